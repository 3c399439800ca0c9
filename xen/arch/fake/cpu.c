/* SPDX-License-Identifier: GPL-2.0-only */
/* The one CPU: its identity, time, softirqs and locks. */
#include <xen/cpumask.h>
#include <xen/lib.h>
#include <xen/percpu.h>
#include <xen/smp.h>
#include <xen/softirq.h>
#include <xen/spinlock.h>
#include <xen/time.h>
#include <xen/timer.h>
#include "fake.h"

int printf(const char *fmt, ...);
int vprintf(const char *fmt, va_list ap);
void abort(void) __noreturn;

s64 host_now;
unsigned long fake_softirqs;
unsigned long __per_cpu_offset[NR_CPUS];
__weak cpumask_t cpu_online_map = { { 1 } };
__weak unsigned int nr_cpu_ids = 1;
static struct cpu_info the_cpu;

struct cpu_info *get_cpu_info(void)
{
	return &the_cpu;
}

__weak s_time_t get_s_time(void)
{
	return host_now;
}

/* -- address translation: none --------------------------------------------------------------------------------------------- */

__weak unsigned long read_cr3(void) { return 0; }
__weak unsigned long read_cr4(void) { return 0; }
__weak void write_cr3(unsigned long v) {}
__weak void write_cr4(unsigned long v) {}
__weak void invlpg(unsigned long va) {}
__weak void invpcid(unsigned long type, unsigned long pcid) {}

/* -- messages ---------------------------------------------------------------------------------------------------------- */

const char *fake_said = "";

__weak void printk(const char *fmt, ...)
{
	va_list ap;

	fake_said = fmt;
	va_start(ap, fmt);
	vprintf(fmt[0] == 1 ? fmt + 2 : fmt, ap);
	va_end(ap);
}

static void __noreturn die(const char *what, const char *where, int line)
{
	printf("hypervisor bug: %s (%s:%d)\n", what, where, line);
	abort();
}

__weak void panic(const char *fmt, ...)
{
	die(fmt, "panic", 0);
}

__weak void bug(const char *file, int line, const char *what)
{
	die(what, file, line);
}

__weak void warn_once(const char *file, int line, const char *what)
{
	printf("warning %s:%d %s\n", file, line, what);
}

/* -- softirqs and IPIs --------------------------------------------------------------------------------------------------- */

__weak DEFINE_PER_CPU(unsigned long, softirq_pending);

__weak void open_softirq(enum softirq nr, softirq_handler fn)
{
}

__weak void raise_softirq(enum softirq nr)
{
	fake_softirqs |= 1UL << nr;
}

__weak void cpu_raise_softirq(unsigned int cpu, enum softirq nr)
{
	fake_softirqs |= 1UL << nr;
}

__weak void process_pending_softirqs(void)
{
}

__weak void smp_send_event_check_cpu(unsigned int cpu)
{
}

/* -- locks: with one CPU a lock that is taken twice is a bug -------------------------------------------------------------- */

__weak void spin_lock(spinlock_t *l)
{
	BUG_ON(l->head);
	l->head = 1;
}

__weak void spin_unlock(spinlock_t *l)
{
	BUG_ON(!l->head);
	l->head = 0;
}

__weak bool spin_trylock(spinlock_t *l)
{
	if (l->head)
		return false;
	l->head = 1;
	return true;
}

__weak bool spin_is_locked(const spinlock_t *l)
{
	return l->head;
}

__weak void spin_lock_irq(spinlock_t *l)
{
	spin_lock(l);
}

__weak void spin_unlock_irq(spinlock_t *l)
{
	spin_unlock(l);
}

__weak unsigned long __spin_lock_irqsave(spinlock_t *l)
{
	spin_lock(l);
	return 0;
}

__weak void spin_unlock_irqrestore(spinlock_t *l, unsigned long flags)
{
	spin_unlock(l);
}

__weak void read_lock(rwlock_t *l)
{
	BUG_ON(l->v < 0);
	l->v++;
}

__weak void read_unlock(rwlock_t *l)
{
	l->v--;
}

__weak void write_lock(rwlock_t *l)
{
	BUG_ON(l->v);
	l->v = -1;
}

__weak void write_unlock(rwlock_t *l)
{
	l->v = 0;
}

/* -- timers ------------------------------------------------------------------------------------------------------------------- */

#define MAX_TIMERS	64
static struct timer *armed[MAX_TIMERS];

__weak void init_timer(struct timer *t, void (*fn)(void *), void *data, unsigned int cpu)
{
	*t = (struct timer){ .fn = fn, .data = data, .cpu = cpu, .status = 1 };
}

__weak void stop_timer(struct timer *t)
{
	for (unsigned int i = 0; i < MAX_TIMERS; i++)
		if (armed[i] == t)
			armed[i] = NULL;
}

__weak void set_timer(struct timer *t, s_time_t expires)
{
	stop_timer(t);
	t->expires = expires;
	for (unsigned int i = 0; i < MAX_TIMERS; i++) {
		if (armed[i])
			continue;
		armed[i] = t;
		return;
	}
	BUG();
}

__weak void kill_timer(struct timer *t)
{
	stop_timer(t);
}

__weak void migrate_timer(struct timer *t, unsigned int cpu)
{
	t->cpu = cpu;
}

__weak bool timer_is_active(const struct timer *t)
{
	for (unsigned int i = 0; i < MAX_TIMERS; i++)
		if (armed[i] == t)
			return true;
	return false;
}

void fake_run_timers(void)
{
	for (unsigned int i = 0; i < MAX_TIMERS; i++) {
		struct timer *t = armed[i];

		if (!t || t->expires > host_now)
			continue;
		armed[i] = NULL;
		t->fn(t->data);
	}
}
