/* SPDX-License-Identifier: GPL-2.0-only */
/* Per-CPU timers in a heap, driven by the local APIC. Handlers run in softirq context on the timer's CPU. */
#ifndef XEN_TIMER_H
#define XEN_TIMER_H

#include <xen/time.h>

struct timer {
	s_time_t expires;
	void (*fn)(void *data);
	void *data;
	unsigned int cpu;
	unsigned int heap_pos;		/* 0: not queued */
	struct timer *overflow_next;	/* when the heap had no room */
	u8 status;			/* invalid, inactive, queued, killed; under the CPU's timer lock */
};

void init_timer(struct timer *t, void (*fn)(void *), void *data, unsigned int cpu);
void set_timer(struct timer *t, s_time_t expires);	/* absolute; re-arms if queued */
void stop_timer(struct timer *t);
void kill_timer(struct timer *t);			/* waits until a running handler ended; t is dead then */
void migrate_timer(struct timer *t, unsigned int cpu);
bool timer_is_active(const struct timer *t);
void timer_init(void);

#endif
