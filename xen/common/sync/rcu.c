/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Deferred freeing by epochs. call_rcu() opens a new epoch and stamps the object with it; a CPU copies
 * the number of the present epoch whenever it passes a quiescent point; an object may go when every
 * online CPU has copied its epoch or a later one. Objects are queued in the order of their epochs, so
 * that the head of the queue is always the next to go.
 */
#include <xen/atomic.h>
#include <xen/cpumask.h>
#include <xen/percpu.h>
#include <xen/rcu.h>
#include <xen/smp.h>
#include <xen/softirq.h>
#include <xen/spinlock.h>

static DEFINE_SPINLOCK(rcu_lock);		/* the queue and the epoch's increment */
static struct rcu_head *queue_head, *queue_tail;
static u64 rcu_epoch = 1;
static DEFINE_PER_CPU(u64, rcu_seen);

void rcu_quiescent(void)
{
	u64 epoch = READ_ONCE(rcu_epoch);

	if (this_cpu(rcu_seen) == epoch)
		return;
	WRITE_ONCE(this_cpu(rcu_seen), epoch);
	smp_mb();	/* pairs with oldest_seen(): of two CPUs that pass at once, one sees both */
	if (READ_ONCE(queue_head))
		raise_softirq(RCU_SOFTIRQ);
}

static u64 oldest_seen(void)
{
	u64 oldest = ~0ULL;
	unsigned int cpu;

	smp_mb();
	for_each_online_cpu(cpu) {
		u64 seen = READ_ONCE(per_cpu(rcu_seen, cpu));

		if (seen < oldest)
			oldest = seen;
	}
	return oldest;
}

static void rcu_softirq(void)
{
	u64 oldest = oldest_seen();

	for (;;) {
		struct rcu_head *head;
		unsigned long flags;

		spin_lock_irqsave(&rcu_lock, flags);
		head = queue_head;
		if (head && head->epoch <= oldest)
			queue_head = head->next;
		else
			head = NULL;
		spin_unlock_irqrestore(&rcu_lock, flags);
		if (!head)
			return;
		head->fn(head);
	}
}

void call_rcu(struct rcu_head *head, void (*fn)(struct rcu_head *))
{
	unsigned long flags;
	unsigned int cpu;

	head->fn = fn;
	head->next = NULL;
	spin_lock_irqsave(&rcu_lock, flags);
	head->epoch = rcu_epoch + 1;
	if (queue_head)
		queue_tail->next = head;
	else
		queue_head = head;
	queue_tail = head;
	WRITE_ONCE(rcu_epoch, head->epoch);
	spin_unlock_irqrestore(&rcu_lock, flags);
	/* Idle CPUs pass no quiescent point by themselves. */
	for_each_online_cpu(cpu)
		cpu_raise_softirq(cpu, RCU_SOFTIRQ);
}

void rcu_init(void)
{
	open_softirq(RCU_SOFTIRQ, rcu_softirq);
}
