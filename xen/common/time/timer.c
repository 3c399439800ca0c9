/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Per-CPU timers. A binary heap (entries 1..size, soonest first) holds what is armed; when it is full,
 * timers wait in a sorted overflow list until the softirq has enlarged the heap.
 *
 * 1. A timer's fields are protected by the lock of the CPU it is on; whoever wants it locks that CPU and
 * looks again.
 * 2. A handler runs without the lock, with ts->running naming its timer, and never before `expires`.
 * 3. Whenever the earliest deadline of a CPU moves forward, its hardware timer is programmed, or its
 * softirq raised.
 */
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/percpu.h>
#include <xen/smp.h>
#include <xen/softirq.h>
#include <xen/spinlock.h>
#include <xen/timer.h>
#include <asm/processor.h>
#include <asm/time.h>

enum timer_status { TIMER_invalid, TIMER_inactive, TIMER_killed, TIMER_in_heap, TIMER_in_list };

#define FIRST_HEAP	32

struct timers {
	spinlock_t lock;
	struct timer **heap;		/* [0] is not used */
	unsigned int size, limit;
	struct timer *list;		/* overflow, soonest first */
	struct timer *running;
	struct timer *first_heap[FIRST_HEAP];
};
static DEFINE_PER_CPU(struct timers, timers);

/* -- heap -------------------------------------------------------------------------------------- */

static void heap_place(struct timer **heap, unsigned int pos, struct timer *t)
{
	heap[pos] = t;
	t->heap_pos = pos;
}

static void heap_up(struct timer **heap, unsigned int pos)
{
	struct timer *t = heap[pos];

	for (; pos > 1 && heap[pos / 2]->expires > t->expires; pos /= 2)
		heap_place(heap, pos, heap[pos / 2]);
	heap_place(heap, pos, t);
}

static void heap_down(struct timer **heap, unsigned int size, unsigned int pos)
{
	struct timer *t = heap[pos];
	unsigned int child;

	while ((child = pos * 2) <= size) {
		if (child < size && heap[child + 1]->expires < heap[child]->expires)
			child++;
		if (heap[child]->expires >= t->expires)
			break;
		heap_place(heap, pos, heap[child]);
		pos = child;
	}
	heap_place(heap, pos, t);
}

static void heap_remove(struct timers *ts, struct timer *t)
{
	unsigned int pos = t->heap_pos;
	struct timer *last = ts->heap[ts->size--];

	t->heap_pos = 0;
	if (last == t)
		return;
	heap_place(ts->heap, pos, last);
	if (pos > 1 && ts->heap[pos / 2]->expires > last->expires)
		heap_up(ts->heap, pos);
	else
		heap_down(ts->heap, ts->size, pos);
}

/* -- overflow list ----------------------------------------------------------------------------- */

static void list_insert(struct timers *ts, struct timer *t)
{
	struct timer **p = &ts->list;

	while (*p && (*p)->expires <= t->expires)
		p = &(*p)->overflow_next;
	t->overflow_next = *p;
	*p = t;
	t->status = TIMER_in_list;
}

static void list_remove(struct timers *ts, struct timer *t)
{
	struct timer **p = &ts->list;

	while (*p && *p != t)
		p = &(*p)->overflow_next;
	if (*p)
		*p = t->overflow_next;
	t->overflow_next = NULL;
}

/* -- both -------------------------------------------------------------------------------------- */

static void timers_setup(struct timers *ts)
{
	ts->heap = ts->first_heap;
	ts->limit = FIRST_HEAP - 1;
}

static struct timer *earliest(const struct timers *ts)
{
	struct timer *t = ts->size ? ts->heap[1] : NULL;

	if (ts->list && (!t || ts->list->expires < t->expires))
		t = ts->list;
	return t;
}

static void enqueue(struct timers *ts, struct timer *t)
{
	if (!ts->heap)
		timers_setup(ts);
	if (ts->size == ts->limit) {
		list_insert(ts, t);
		cpu_raise_softirq(t->cpu, TIMER_SOFTIRQ);	/* to enlarge the heap */
		return;
	}
	t->status = TIMER_in_heap;
	heap_place(ts->heap, ++ts->size, t);
	heap_up(ts->heap, ts->size);
}

static void dequeue(struct timers *ts, struct timer *t)
{
	if (t->status == TIMER_in_heap)
		heap_remove(ts, t);
	else if (t->status == TIMER_in_list)
		list_remove(ts, t);
	else
		return;
	t->status = TIMER_inactive;
}

/* Fact 3: `t` has become the earliest of its CPU. */
static void deadline_moved(struct timer *t)
{
	if (t->cpu != smp_processor_id())
		cpu_raise_softirq(t->cpu, TIMER_SOFTIRQ);
	else if (!reprogram_timer(t->expires))
		raise_softirq(TIMER_SOFTIRQ);
}

static struct timers *timer_lock(struct timer *t, unsigned long *flags)
{
	for (;;) {
		unsigned int cpu = READ_ONCE(t->cpu);
		struct timers *ts = &per_cpu(timers, cpu);

		spin_lock_irqsave(&ts->lock, *flags);
		if (likely(t->cpu == cpu))
			return ts;
		spin_unlock_irqrestore(&ts->lock, *flags);
	}
}

void init_timer(struct timer *t, void (*fn)(void *), void *data, unsigned int cpu)
{
	*t = (struct timer){ .fn = fn, .data = data, .cpu = cpu, .status = TIMER_inactive };
}

void set_timer(struct timer *t, s_time_t expires)
{
	unsigned long flags;
	struct timers *ts = timer_lock(t, &flags);

	if (t->status != TIMER_invalid && t->status != TIMER_killed) {
		dequeue(ts, t);
		t->expires = expires;
		enqueue(ts, t);
		if (earliest(ts) == t)
			deadline_moved(t);
	}
	spin_unlock_irqrestore(&ts->lock, flags);
}

void stop_timer(struct timer *t)
{
	unsigned long flags;
	struct timers *ts = timer_lock(t, &flags);

	/* The hardware is left as it is: it will fire once in vain at most. */
	dequeue(ts, t);
	spin_unlock_irqrestore(&ts->lock, flags);
}

bool timer_is_active(const struct timer *t)
{
	return READ_ONCE(t->status) >= TIMER_in_heap;
}

void migrate_timer(struct timer *t, unsigned int cpu)
{
	unsigned long flags;
	struct timers *ts;
	bool active;

	if (t->status == TIMER_invalid)
		return;
	ts = timer_lock(t, &flags);
	if (t->cpu == cpu || t->status == TIMER_killed) {
		spin_unlock_irqrestore(&ts->lock, flags);
		return;
	}
	active = timer_is_active(t);
	dequeue(ts, t);
	WRITE_ONCE(t->cpu, cpu);
	spin_unlock_irqrestore(&ts->lock, flags);
	/* Between the locks someone may arm, stop or kill it: then it is no longer ours to queue. */
	ts = timer_lock(t, &flags);
	if (active && t->status == TIMER_inactive) {
		enqueue(ts, t);
		if (earliest(ts) == t)
			deadline_moved(t);
	}
	spin_unlock_irqrestore(&ts->lock, flags);
}

void kill_timer(struct timer *t)
{
	unsigned long flags;
	struct timers *ts;
	unsigned int cpu;

	if (t->status == TIMER_invalid)
		return;
	ts = timer_lock(t, &flags);
	dequeue(ts, t);
	t->status = TIMER_killed;
	spin_unlock_irqrestore(&ts->lock, flags);
	for_each_online_cpu(cpu)
		while (cpu != smp_processor_id() && READ_ONCE(per_cpu(timers, cpu).running) == t)
			cpu_relax();
}

static void enlarge_heap(struct timers *ts)
{
	unsigned int limit = (ts->limit + 1) * 2 - 1;
	struct timer **heap = xzalloc_array(struct timer *, limit + 1), **old;
	struct timer *t;

	if (!heap)
		return;		/* the list serves meanwhile */
	spin_lock_irq(&ts->lock);
	old = ts->heap;
	memcpy(heap, old, (ts->size + 1) * sizeof(*heap));
	ts->heap = heap;
	ts->limit = limit;
	while ((t = ts->list) != NULL && ts->size < ts->limit) {
		list_remove(ts, t);
		enqueue(ts, t);
	}
	spin_unlock_irq(&ts->lock);
	if (old != ts->first_heap)
		xfree(old);
}

static void timer_softirq(void)
{
	struct timers *ts = &this_cpu(timers);
	struct timer *t;

	if (unlikely(ts->list))
		enlarge_heap(ts);
	spin_lock_irq(&ts->lock);
	while ((t = earliest(ts)) != NULL && t->expires <= NOW()) {
		void (*fn)(void *) = t->fn;
		void *data = t->data;

		dequeue(ts, t);
		WRITE_ONCE(ts->running, t);
		spin_unlock_irq(&ts->lock);
		fn(data);
		spin_lock_irq(&ts->lock);
		WRITE_ONCE(ts->running, NULL);
	}
	if (t && !reprogram_timer(t->expires))
		raise_softirq(TIMER_SOFTIRQ);
	else if (!t)
		reprogram_timer(0);
	spin_unlock_irq(&ts->lock);
}

void timer_init(void)
{
	open_softirq(TIMER_SOFTIRQ, timer_softirq);
}
