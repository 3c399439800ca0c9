/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TLB flushes, local and remote, and the clock by which needless ones are skipped.
 *
 * The clock ticks when a frame is stamped (it lost a use that TLBs may know); a CPU notes the clock when it flushes. A CPU whose note
 * is not older than the stamp has flushed since. The note is taken *before* the flush, so that it never claims too much.
 * Lock: flush_lock, one remote flush at a time.
 */
#include <xen/atomic.h>
#include <xen/cpumask.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/percpu.h>
#include <xen/smp.h>
#include <xen/spinlock.h>
#include <xen/irq.h>
#include <asm/apic.h>
#include <asm/processor.h>
#include <asm/smp.h>

static u32 flush_clock = 1;
static DEFINE_PER_CPU(u32, flush_time);

static DEFINE_SPINLOCK(flush_lock);
static cpumask_t flush_mask;		/* CPUs that have yet to flush; flush_lock to set, each clears its own */
static unsigned long flush_va;
static unsigned int flush_flags;

u32 tlbflush_current_time(void)
{
	return __atomic_add_fetch(&flush_clock, 1, __ATOMIC_SEQ_CST);
}

void tlbflush_filter(void *cpumask, u32 stamp)
{
	cpumask_t *mask = cpumask;
	unsigned int cpu;

	for_each_cpu (cpu, mask)
		if ((s32)(READ_ONCE(per_cpu(flush_time, cpu)) - stamp) >= 0)
			__cpumask_clear_cpu(cpu, mask);
}

void write_cr3_flush(unsigned long cr3)
{
	u32 now = READ_ONCE(flush_clock);

	write_cr3(cr3);
	this_cpu(flush_time) = now;
}

void flush_area_local(unsigned long va, unsigned int flags)
{
	unsigned long irq;

	if (flags & FLUSH_VA) {
		invlpg(va);
	} else if (flags & FLUSH_TLB_GLOBAL) {
		u32 now = READ_ONCE(flush_clock);

		local_irq_save(irq);
		write_cr4(mmu_cr4_features & ~X86_CR4_PGE);
		write_cr4(mmu_cr4_features);
		this_cpu(flush_time) = now;
		local_irq_restore(irq);
	} else if (flags & FLUSH_TLB) {
		write_cr3_flush(read_cr3());
	}
	if (flags & FLUSH_CACHE)
		wbinvd();
}

void flush_tlb_local(void)
{
	flush_area_local(0, FLUSH_TLB);
}

/* From the IPI, interrupts off. */
void invalidate_interrupt(void)
{
	if (!cpumask_test_cpu(smp_processor_id(), &flush_mask))
		return;
	flush_area_local(flush_va, flush_flags);
	cpumask_clear_cpu(smp_processor_id(), &flush_mask);
}

void flush_area_mask(const void *cpumask, unsigned long va, unsigned int flags)
{
	unsigned int self = smp_processor_id();
	cpumask_t others;

	cpumask_and(&others, cpumask, &cpu_online_map);
	if (cpumask_test_cpu(self, &others))
		flush_area_local(va, flags);
	__cpumask_clear_cpu(self, &others);
	if (cpumask_empty(&others))
		return;
	ASSERT(local_irq_is_enabled());
	spin_lock(&flush_lock);
	flush_va = va;
	flush_flags = flags;
	cpumask_or(&flush_mask, &flush_mask, &others);
	smp_mb();
	send_ipi_mask(&others, INVALIDATE_TLB_VECTOR);
	while (!cpumask_empty(&flush_mask))
		cpu_relax();
	spin_unlock(&flush_lock);
}
