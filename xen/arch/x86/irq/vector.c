/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which interrupt a vector means on each CPU. An interrupt keeps its vector for life. Normally the
 * vector is reserved on all CPUs, so that moving the interrupt is only a change of destination and one
 * that is under way on the old CPU still arrives. When many are taken, further interrupts get a vector
 * on one CPU alone, and stay there: then each CPU adds its own share.
 */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/spinlock.h>
#include <asm/irq.h>

#define NO_IRQ		(-1)
#define MAX_COMMON	128	/* vectors reserved on all CPUs */

static s16 vector_irq[NR_CPUS][256];		/* vector_lock for writing */
static DEFINE_SPINLOCK(vector_lock);
static unsigned int next_vector = FIRST_DYNAMIC_VECTOR, nr_common;

static bool vector_reserved(unsigned int v)
{
	return v == LEGACY_SYSCALL_VECTOR || v == HYPERCALL_VECTOR;
}

static bool free_on_all(unsigned int v)
{
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++)
		if (vector_irq[cpu][v] != NO_IRQ)
			return false;
	return true;
}

static bool free_on(unsigned int cpu, unsigned int v)
{
	return vector_irq[cpu][v] == NO_IRQ;
}

/* Round robin over the priority classes, so that neighbours do not share one. 0: none. */
static u8 find_vector(unsigned int cpu, bool everywhere)
{
	unsigned int span = LAST_DYNAMIC_VECTOR - FIRST_DYNAMIC_VECTOR + 1, v = next_vector;

	for (unsigned int n = 0; n < span; n++) {
		v += 16;
		if (v > LAST_DYNAMIC_VECTOR)
			v = FIRST_DYNAMIC_VECTOR + (v + 1) % 16;
		if (!vector_reserved(v) && (everywhere ? free_on_all(v) : free_on(cpu, v))) {
			next_vector = v;
			return v;
		}
	}
	return 0;
}

static void assign(struct irq_desc *desc, int irq)
{
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++)
		if (desc->any_cpu || cpu == desc->cpu)
			vector_irq[cpu][desc->vector] = irq;
}

int vector_alloc(struct irq_desc *desc)
{
	unsigned long flags;
	int rc = 0;

	spin_lock_irqsave(&vector_lock, flags);
	if (!desc->vector) {
		desc->any_cpu = nr_common < MAX_COMMON;
		desc->vector = find_vector(desc->cpu, desc->any_cpu);
		if (desc->vector) {
			assign(desc, desc->irq);
			nr_common += desc->any_cpu;
		} else {
			rc = -ENOSPC;
		}
	}
	spin_unlock_irqrestore(&vector_lock, flags);
	return rc;
}

void vector_free(struct irq_desc *desc)
{
	unsigned long flags;

	spin_lock_irqsave(&vector_lock, flags);
	if (desc->vector) {
		assign(desc, NO_IRQ);
		nr_common -= desc->any_cpu;
		desc->vector = 0;
	}
	spin_unlock_irqrestore(&vector_lock, flags);
}

bool vector_usable_on(const struct irq_desc *desc, unsigned int cpu)
{
	return desc->any_cpu || desc->cpu == cpu;
}

int vector_to_irq(unsigned int cpu, u8 vector)
{
	return READ_ONCE(vector_irq[cpu][vector]);
}

void vector_init(void)
{
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++)
		for (unsigned int v = 0; v < 256; v++)
			vector_irq[cpu][v] = NO_IRQ;
	nr_common = 0;
}
