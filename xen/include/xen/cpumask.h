/* SPDX-License-Identifier: GPL-2.0-only */
/* Sets of physical CPUs. */
#ifndef XEN_CPUMASK_H
#define XEN_CPUMASK_H

#include <xen/bitops.h>
#include <asm/config.h>

typedef struct { DECLARE_BITMAP(bits, NR_CPUS); } cpumask_t;

extern cpumask_t cpu_online_map;	/* written at bring-up and power-off only */
extern unsigned int nr_cpu_ids;		/* one more than the highest CPU that can come up */

#define cpu_online(c)		test_bit(c, cpu_online_map.bits)
#define num_online_cpus()	cpumask_weight(&cpu_online_map)

static inline bool cpumask_test_cpu(unsigned int c, const cpumask_t *m) { return test_bit(c, m->bits); }
static inline void cpumask_set_cpu(unsigned int c, cpumask_t *m) { set_bit(c, m->bits); }
static inline void cpumask_clear_cpu(unsigned int c, cpumask_t *m) { clear_bit(c, m->bits); }
static inline void __cpumask_set_cpu(unsigned int c, cpumask_t *m) { __set_bit(c, m->bits); }
static inline void __cpumask_clear_cpu(unsigned int c, cpumask_t *m) { __clear_bit(c, m->bits); }
static inline unsigned int cpumask_next(int c, const cpumask_t *m) { return find_next_bit(m->bits, NR_CPUS, c + 1); }
static inline unsigned int cpumask_first(const cpumask_t *m) { return find_first_bit(m->bits, NR_CPUS); }

static inline void cpumask_clear(cpumask_t *m)
{
	*m = (cpumask_t){};
}

static inline void cpumask_setall(cpumask_t *m)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(NR_CPUS); i++)
		m->bits[i] = ~0UL;
}

static inline void cpumask_and(cpumask_t *d, const cpumask_t *a, const cpumask_t *b)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(NR_CPUS); i++)
		d->bits[i] = a->bits[i] & b->bits[i];
}

static inline void cpumask_or(cpumask_t *d, const cpumask_t *a, const cpumask_t *b)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(NR_CPUS); i++)
		d->bits[i] = a->bits[i] | b->bits[i];
}

static inline bool cpumask_empty(const cpumask_t *m)
{
	return cpumask_first(m) >= NR_CPUS;
}

static inline bool cpumask_intersects(const cpumask_t *a, const cpumask_t *b)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(NR_CPUS); i++)
		if (a->bits[i] & b->bits[i])
			return true;
	return false;
}

static inline unsigned int cpumask_weight(const cpumask_t *m)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < BITS_TO_LONGS(NR_CPUS); i++)
		n += hweight64(m->bits[i]);
	return n;
}

#define for_each_cpu(c, m)	for ((c) = cpumask_first(m); (c) < NR_CPUS; (c) = cpumask_next(c, m))
#define for_each_online_cpu(c)	for_each_cpu(c, &cpu_online_map)

#endif
