/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine, as far as host tests need one: one CPU, a clock that stands still, memory from malloc, locks that must be free. */
#include "unit.h"
#include <xen/cpumask.h>
#include <xen/mm.h>
#include <xen/percpu.h>
#include <xen/smp.h>
#include <xen/spinlock.h>
#include <xen/time.h>

int vprintf(const char *fmt, va_list ap);
void *calloc(size_t n, size_t size);

bool unit_failed;
s64 host_now;
static struct cpu_info info;
unsigned long __per_cpu_offset[NR_CPUS];
cpumask_t cpu_online_map = { { 1 } };
unsigned int nr_cpu_ids = 1;

struct cpu_info *get_cpu_info(void) { return &info; }
__weak s_time_t get_s_time(void) { return host_now; }

void printk(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt[0] == 1 ? fmt + 2 : fmt, ap);
	va_end(ap);
}

void panic(const char *fmt, ...)
{
	printf("panic: %s\n", fmt);
	abort();
}

void bug(const char *file, int line, const char *what)
{
	printf("BUG %s:%d %s\n", file, line, what);
	abort();
}

void warn_once(const char *file, int line, const char *what) { printf("WARN %s:%d %s\n", file, line, what); }

__weak void *xmalloc_bytes(size_t size) { return malloc(size); }
__weak void *xzalloc_bytes(size_t size) { return calloc(1, size); }
__weak void xfree(void *p) { free(p); }

__weak void spin_lock(spinlock_t *l)
{
	if (l->depth++)
		panic("lock taken twice");
}

__weak void spin_unlock(spinlock_t *l)
{
	if (l->depth-- != 1)
		panic("unlock of a free lock");
}

__weak void spin_lock_irq(spinlock_t *l) { spin_lock(l); }
__weak void spin_unlock_irq(spinlock_t *l) { spin_unlock(l); }
__weak unsigned long __spin_lock_irqsave(spinlock_t *l) { spin_lock(l); return 0; }
__weak void spin_unlock_irqrestore(spinlock_t *l, unsigned long flags) { spin_unlock(l); }
__weak void smp_send_event_check_cpu(unsigned int cpu) {}

int main(void)
{
	int failures = 0;

	for (unsigned int i = 0; i < unit_nr_tests; i++) {
		unit_failed = false;
		unit_tests[i].fn();
		printf("%s: %s\n", unit_failed ? "FAIL" : "PASS", unit_tests[i].name);
		failures += unit_failed;
	}
	return failures != 0;
}
