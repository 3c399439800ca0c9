/* SPDX-License-Identifier: GPL-2.0-only */
/* Work that a CPU does with interrupts on, before it returns to a guest and in its idle loop. */
#ifndef XEN_SOFTIRQ_H
#define XEN_SOFTIRQ_H

#include <xen/cpumask.h>
#include <xen/percpu.h>

enum softirq {
	TIMER_SOFTIRQ,
	RCU_SOFTIRQ,
	SCHED_SLAVE_SOFTIRQ,
	SCHEDULE_SOFTIRQ,
	TASKLET_SOFTIRQ,
	NR_SOFTIRQS
};

DECLARE_PER_CPU(unsigned long, softirq_pending);	/* bit per softirq; set by anyone, cleared by its CPU */
#define softirq_pending(cpu)	READ_ONCE(per_cpu(softirq_pending, cpu))

typedef void (*softirq_handler)(void);
void open_softirq(enum softirq nr, softirq_handler fn);
void raise_softirq(enum softirq nr);				/* this CPU; any context */
void cpu_raise_softirq(unsigned int cpu, enum softirq nr);	/* kicks the CPU when it is another one */
void do_softirq(void);			/* run all that are pending; interrupts on; may not return (schedule) */
void process_pending_softirqs(void);	/* all but SCHEDULE; for long loops at boot and in keyhandlers */

/* A function to be run once, soon, on some CPU in softirq context. */
struct tasklet {
	struct tasklet *next;
	bool scheduled;
	void (*fn)(void *data);
	void *data;
};
void tasklet_init(struct tasklet *t, void (*fn)(void *), void *data);
void tasklet_schedule(struct tasklet *t);	/* on this CPU; no effect if queued already; any context */

#endif
