/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TLB flushes and their clock.
 * The clock ticks before each flush of all of a CPU's entries; afterwards the CPU notes the tick. Whoever lets go of a mapping stamps the
 * frame with the present time: a CPU whose last flush is later than the stamp cannot know the mapping any more.
 * Guests' user pages are global entries (they survive the switch between kernel and user root), so all flushes include those.
 * With PCIDs, a guest's kernel root has number 0 and its user root number 1. Changing between them keeps all entries; a flush of
 * everything is one of both numbers, and a flush of one address is one of that address and of all entries of the other number:
 * INVLPG drops what was remembered of tables on any address's way, but only of the number in CR3.
 * Times are compared by their difference: every CPU flushes once in 2^30 ticks at least, so that it never gets out of range.
 */
#include <xen/atomic.h>
#include <xen/cpumask.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/percpu.h>
#include <xen/smp.h>
#include <xen/softirq.h>
#include <asm/apic.h>
#include <asm/irq.h>
#include <asm/processor.h>
#include <asm/smp.h>

#define PERIOD		(1u << 30)

static u32 tlb_clock = 1;
static DEFINE_PER_CPU(u32, last_flush);

static void flush_everywhere(void *unused)
{
	flush_area_mask(&cpu_online_map, 0, FLUSH_TLB | FLUSH_TLB_GLOBAL);
}

static struct tasklet period_tasklet = { .fn = flush_everywhere };

u32 tlbflush_current_time(void)
{
	return READ_ONCE(tlb_clock);
}

static u32 tick(void)
{
	u32 now = __atomic_add_fetch(&tlb_clock, 1, __ATOMIC_SEQ_CST);

	if (unlikely(!(now & (PERIOD - 1))))
		tasklet_schedule(&period_tasklet);
	return now;
}

void tlbflush_filter(void *cpumask, u32 stamp)
{
	cpumask_t *mask = cpumask;
	unsigned int cpu;

	for_each_cpu(cpu, mask)
		if ((s32)(per_cpu(last_flush, cpu) - stamp) > 0)
			__cpumask_clear_cpu(cpu, mask);
}

/* -- this CPU ------------------------------------------------------------------------------------------------------ */

unsigned long cr3_kernel_bits __ro_after_init;
unsigned long cr3_user_bits __ro_after_init;

static inline void invpcid_all(void)
{
	invpcid(INVPCID_ALL, 0);
}

noinline void flush_other_pcid(void)
{
	invpcid(INVPCID_ONE, ~read_cr3() & CR3_USER_PCID);
}

void flush_va_local(unsigned long va)
{
	invlpg(va);
	flush_other_root();
}

static void flush_all_entries(void)
{
	unsigned long cr4;

	if (cpu_has(X86_FEATURE_INVPCID)) {
		invpcid_all();
		return;
	}
	cr4 = read_cr4();
	write_cr4(cr4 & ~X86_CR4_PGE);
	write_cr4(cr4);
}

void flush_tlb_local(void)
{
	u32 now = tick();

	flush_all_entries();
	this_cpu(last_flush) = now;
}

void flush_area_local(unsigned long va, unsigned int flags)
{
	if (flags & FLUSH_VA)
		flush_va_local(va);
	else if (flags & (FLUSH_TLB | FLUSH_TLB_GLOBAL))
		flush_tlb_local();
	if (flags & FLUSH_CACHE)
		wbinvd();
}

void write_cr3_flush(unsigned long cr3)
{
	u32 now = tick();
	unsigned long cr4;

	if (cpu_has(X86_FEATURE_INVPCID)) {
		write_cr3(cr3);
		invpcid_all();
	} else {
		cr4 = read_cr4();
		write_cr4(cr4 & ~X86_CR4_PGE);
		write_cr3(cr3);
		write_cr4(cr4);
	}
	this_cpu(last_flush) = now;
}

/* -- other CPUs ------------------------------------------------------------------------------------------------------ */

static DEFINE_SPINLOCK(flush_lock);	/* the request */
static struct {
	unsigned long va;
	unsigned int flags;
	cpumask_t todo;
} request;

void invalidate_interrupt(void)
{
	unsigned int cpu = smp_processor_id();

	if (!cpumask_test_cpu(cpu, &request.todo))
		return;
	flush_area_local(request.va, request.flags);
	cpumask_clear_cpu(cpu, &request.todo);
}

static bool request_done(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(request.todo.bits); i++)
		if (READ_ONCE(request.todo.bits[i]))
			return false;
	return true;
}

void flush_area_mask(const void *cpumask, unsigned long va, unsigned int flags)
{
	unsigned int self = smp_processor_id();
	cpumask_t others;

	if (cpumask_test_cpu(self, cpumask))
		flush_area_local(va, flags);
	cpumask_and(&others, cpumask, &cpu_online_map);
	__cpumask_clear_cpu(self, &others);
	if (cpumask_empty(&others))
		return;
	/* Interrupts are on, so that two CPUs that wait for each other's answer both give it. */
	ASSERT(local_irq_is_enabled());
	spin_lock(&flush_lock);
	request.va = va;
	request.flags = flags;
	request.todo = others;
	smp_wmb();
	send_ipi_mask(&others, INVALIDATE_TLB_VECTOR);
	while (!request_done())
		cpu_relax();
	spin_unlock(&flush_lock);
}
