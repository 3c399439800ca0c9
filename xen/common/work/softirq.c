/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Deferred work of a CPU. A pending bit is set by anyone and cleared by its own CPU only, just before
 * the handler runs, so that a bit raised while its handler runs makes it run again. The outer loop is a
 * quiescent point for RCU.
 */
#include <xen/atomic.h>
#include <xen/bitops.h>
#include <xen/lib.h>
#include <xen/rcu.h>
#include <xen/smp.h>
#include <xen/softirq.h>
#include <asm/processor.h>

DEFINE_PER_CPU(unsigned long, softirq_pending);

static softirq_handler handlers[NR_SOFTIRQS];	/* set at boot */

static void run_pending(unsigned long allowed, bool quiescent)
{
	for (;;) {
		unsigned long *word = &this_cpu(softirq_pending);
		unsigned long pending;
		unsigned int nr;

		if (quiescent)
			rcu_quiescent();
		pending = READ_ONCE(*word) & allowed;
		if (!pending)
			return;
		nr = ffsl0(pending);
		clear_bit(nr, word);
		if (handlers[nr])
			handlers[nr]();
	}
}

void do_softirq(void)
{
	run_pending(~0UL, true);
}

void process_pending_softirqs(void)
{
	/* The caller may hold pointers that RCU protects: this is no quiescent point. */
	run_pending(~(1UL << SCHEDULE_SOFTIRQ | 1UL << SCHED_SLAVE_SOFTIRQ), false);
}

void open_softirq(enum softirq nr, softirq_handler fn)
{
	handlers[nr] = fn;
}

void raise_softirq(enum softirq nr)
{
	set_bit(nr, &this_cpu(softirq_pending));
}

void cpu_raise_softirq(unsigned int cpu, enum softirq nr)
{
	if (!test_and_set_bit(nr, &per_cpu(softirq_pending, cpu)) && cpu != smp_processor_id())
		smp_send_event_check_cpu(cpu);
}

/* -- tasklets: a FIFO per CPU, touched by its CPU alone with interrupts off -------------------- */

struct tasklet_queue {
	struct tasklet *head, *tail;
};
static DEFINE_PER_CPU(struct tasklet_queue, tasklet_queue);

void tasklet_init(struct tasklet *t, void (*fn)(void *), void *data)
{
	*t = (struct tasklet){ .fn = fn, .data = data };
}

static void tasklet_softirq(void)
{
	struct tasklet_queue *q = &this_cpu(tasklet_queue);
	struct tasklet *t;

	local_irq_disable();
	t = q->head;
	if (t)
		q->head = t->next;
	if (q->head)
		raise_softirq(TASKLET_SOFTIRQ);
	local_irq_enable();
	if (!t)
		return;
	__atomic_store_n(&t->scheduled, false, __ATOMIC_SEQ_CST);
	t->fn(t->data);
}

void tasklet_schedule(struct tasklet *t)
{
	struct tasklet_queue *q;
	unsigned long flags;

	if (xchg(&t->scheduled, true))
		return;
	if (!handlers[TASKLET_SOFTIRQ])
		open_softirq(TASKLET_SOFTIRQ, tasklet_softirq);
	local_irq_save(flags);
	q = &this_cpu(tasklet_queue);
	t->next = NULL;
	if (q->head)
		q->tail->next = t;
	else
		q->head = t;
	q->tail = t;
	raise_softirq(TASKLET_SOFTIRQ);
	local_irq_restore(flags);
}
