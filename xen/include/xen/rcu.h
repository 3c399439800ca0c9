/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Deferred freeing. The hypervisor never sleeps and is never preempted inside, so that whoever found an object
 * through a published pointer is done with it when its CPU next runs softirqs (before a guest runs or when idle).
 */
#ifndef XEN_RCU_H
#define XEN_RCU_H

#include <xen/types.h>

struct rcu_head {
	struct rcu_head *next;
	void (*fn)(struct rcu_head *);
	u64 epoch;
};

void rcu_init(void);
/* Call fn when every online CPU has passed a quiescent point. Any context with interrupts on. */
void call_rcu(struct rcu_head *head, void (*fn)(struct rcu_head *));
/* A quiescent point of this CPU (softirq loop, idle loop). */
void rcu_quiescent(void);

#endif
