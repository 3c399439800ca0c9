/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the scheduler's core and its policies. The core knows states, timers and locks; a policy orders the vcpus that
 * want to run. Each CPU has a run queue lock; it is taken with interrupts off, and protects the queue, `curr` and all that
 * is marked `s` in xen/sched.h of the vcpus whose `processor` it is. Two of them are taken lower CPU first, or by trying.
 */
#ifndef XEN_SCHED_IF_H
#define XEN_SCHED_IF_H

#include <xen/list.h>
#include <xen/percpu.h>
#include <xen/sched.h>

struct sched_cpu {
	spinlock_t lock;
	struct vcpu *curr;		/* who runs here (or is about to) */
	struct vcpu *idle;
	struct timer slice;		/* ends the slice of curr */
	void *priv;			/* the policy's */
};
DECLARE_PER_CPU(struct sched_cpu, sched_cpu);

#define curr_on_cpu(cpu)	READ_ONCE(per_cpu(sched_cpu, cpu).curr)

/* What do_schedule decided. */
struct sched_choice {
	struct vcpu *next;
	s_time_t slice;			/* until the next look, <0: none needed */
};

/* Rows marked L are called with the vcpu's (the CPU's) run queue lock held. */
struct sched_policy {
	const char *name, *opt_name;
	u32 sched_id;
	int (*init)(void);
	int (*cpu_init)(unsigned int cpu);
	void *(*alloc_domain)(struct domain *d);
	void (*free_domain)(void *priv);
	void *(*alloc_vcpu)(struct vcpu *v, void *domain_priv);
	void (*free_vcpu)(void *priv);
	void (*remove)(struct vcpu *v);			/* for good */
	void (*wake)(struct vcpu *v);			/* L: it became runnable */
	void (*sleep)(struct vcpu *v);			/* L: it is no longer */
	void (*yield)(struct vcpu *v);			/* L */
	unsigned int (*pick_cpu)(struct vcpu *v);	/* a CPU of its affinity */
	struct sched_choice (*do_schedule)(unsigned int cpu, s_time_t now);	/* L */
	long (*adjust)(struct domain *d, struct xen_domctl_scheduler_op *op);
	long (*adjust_global)(struct xen_sysctl_scheduler_op *op);
	void (*dump)(unsigned int cpu);
};
extern const struct sched_policy sched_credit;

/* Lock the run queue of the CPU that v is on. */
spinlock_t *vcpu_sched_lock(struct vcpu *v, unsigned long *flags);
/* Where v may run now: hard affinity and online; the online CPUs when that is empty. */
void vcpu_allowed_cpus(const struct vcpu *v, cpumask_t *out);
/* A VPF_ flag that stops v (lets it go on); with the run queue's lock free. */
void vcpu_set_stop_flag(struct vcpu *v, unsigned int flag);
void vcpu_clear_stop_flag(struct vcpu *v, unsigned int flag);
void sched_dump(unsigned char key);

#endif
