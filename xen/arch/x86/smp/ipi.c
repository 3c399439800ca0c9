/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inter-processor interrupts. The event check has no work of its own: coming out of it, the CPU looks at
 * its softirqs. One cross-CPU call is under way at a time; its sender waits with interrupts on, so that
 * two senders cannot wait for each other.
 */
#include <xen/atomic.h>
#include <xen/irq.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/smp.h>
#include <xen/spinlock.h>
#include <asm/apic.h>
#include <asm/irq.h>
#include <asm/processor.h>
#include <asm/smp.h>

static DEFINE_SPINLOCK(call_lock);
static struct {
	void (*fn)(void *);
	void *info;
	bool wait;
	cpumask_t todo;		/* CPUs that have not begun (wait: ended) */
} call;
static bool stopping;

void smp_send_event_check_cpu(unsigned int cpu)
{
	send_ipi(cpu, EVENT_CHECK_VECTOR);
}

void smp_send_event_check_mask(const cpumask_t *mask)
{
	send_ipi_mask(mask, EVENT_CHECK_VECTOR);
}

static void call_function_interrupt(void)
{
	unsigned int cpu = smp_processor_id();
	void (*fn)(void *) = call.fn;
	void *info = call.info;

	if (READ_ONCE(stopping)) {
		cpumask_clear_cpu(cpu, &cpu_online_map);
		for (;;)
			halt();
	}
	if (!cpumask_test_cpu(cpu, &call.todo))
		return;
	if (call.wait) {
		fn(info);
		cpumask_clear_cpu(cpu, &call.todo);
	} else {
		cpumask_clear_cpu(cpu, &call.todo);
		fn(info);
	}
}

void on_selected_cpus(const cpumask_t *mask, void (*fn)(void *), void *info, bool wait)
{
	unsigned int self = smp_processor_id();
	cpumask_t others;

	ASSERT(local_irq_is_enabled());
	cpumask_and(&others, mask, &cpu_online_map);
	__cpumask_clear_cpu(self, &others);
	if (!cpumask_empty(&others)) {
		spin_lock(&call_lock);
		call.fn = fn;
		call.info = info;
		call.wait = wait;
		call.todo = others;
		smp_wmb();
		send_ipi_mask(&others, CALL_FUNCTION_VECTOR);
	}
	if (cpumask_test_cpu(self, mask)) {
		local_irq_disable();
		fn(info);
		local_irq_enable();
	}
	if (!cpumask_empty(&others)) {
		while (!cpumask_empty((const cpumask_t *)&call.todo)) {
			barrier();
			cpu_relax();
		}
		spin_unlock(&call_lock);
	}
}

void smp_call_function(void (*fn)(void *), void *info, bool wait)
{
	cpumask_t others = cpu_online_map;

	__cpumask_clear_cpu(smp_processor_id(), &others);
	on_selected_cpus(&others, fn, info, wait);
}

/* Also from a CPU that panics, with whatever locks held: takes none and does not wait for ever. */
void smp_send_stop(void)
{
	if (xchg(&stopping, true))
		return;
	send_ipi_mask(&cpu_online_map, CALL_FUNCTION_VECTOR);
	for (unsigned int i = 0; i < 1000000 && num_online_cpus() > 1; i++)
		cpu_relax();
}

void smp_ipi_init(void)
{
	set_direct_vector(CALL_FUNCTION_VECTOR, call_function_interrupt);
	set_direct_vector(INVALIDATE_TLB_VECTOR, invalidate_interrupt);
}
