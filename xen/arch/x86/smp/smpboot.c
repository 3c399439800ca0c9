/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bring-up of the other CPUs, one at a time, by the boot CPU: stack and per-CPU area are made, the AP is
 * kicked with INIT-SIPI, runs the trampoline and then start_secondary(), compares its TSC with ours, and
 * marks itself online.
 */
#include <xen/acpi.h>
#include <xen/atomic.h>
#include <xen/boot_info.h>
#include <xen/domain_if.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/sched.h>
#include <xen/smp.h>
#include <asm/apic.h>
#include <asm/processor.h>
#include <asm/setup.h>
#include <asm/smp.h>
#include <asm/time.h>

cpumask_t cpu_online_map;
unsigned int nr_cpu_ids = 1;

extern const char trampoline_start[], trampoline_64[], trampoline_vars[], trampoline_end[];
void ap_entry(void);

struct trampoline_vars {
	u16 gdt_limit;
	u32 gdt_base;
	u16 pad0;
	u32 far_offset;
	u16 far_selector, pad1;
	u32 cr0, cr3, cr4, efer;
	u64 stack, entry, idle_cr3;
	u64 gdt[2];
} __packed;

#define AP_TIMEOUT	SECONDS(10)

static u64 trampoline_page;		/* machine address, below 1 MiB */
static l4e_t *trampoline_l4;
static bool ap_arrived;

/* -- the page and its tables ------------------------------------------------------------------- */

/*
 * The highest page of RAM below 640 KiB that is not the first; what lies below 1 MiB is never given to
 * the allocator.
 */
static u64 find_low_page(void)
{
	u64 best = 0;

	for (unsigned int i = 0; i < boot_info.nr_e820; i++) {
		const struct e820_entry *e = &boot_info.e820[i];
		u64 end = min_t(u64, ROUNDDOWN(e->addr + e->size, PAGE_SIZE), 0x9f000);

		if (e->type == E820_RAM && end >= e->addr + PAGE_SIZE && end > PAGE_SIZE)
			best = max(best, end - PAGE_SIZE);
	}
	return best;
}

/*
 * The hypervisor's root plus the first 2 MiB one to one; it lies below 4 GiB since the AP loads it in
 * real mode.
 */
static int make_tables(void)
{
	l4e_t *l4 = alloc_xenheap_pages(0, MEMF_bits(32));
	l3e_t *l3 = alloc_xenheap_zeroed_page();
	l2e_t *l2 = alloc_xenheap_zeroed_page();

	if (!l4 || !l3 || !l2)
		return -ENOMEM;
	copy_page(l4, idle_pg_table);
	l2[0] = l2e_make(_mfn(0), HYPERVISOR_TABLE | _PAGE_PSE);
	l3[0] = l3e_make(virt_to_mfn(l2), HYPERVISOR_TABLE);
	l4[0] = l4e_make(virt_to_mfn(l3), HYPERVISOR_TABLE);
	trampoline_l4 = l4;
	return 0;
}

static void fill_trampoline(unsigned int cpu)
{
	char *page = maddr_to_virt(_maddr(trampoline_page));
	struct trampoline_vars *v = (void *)(page + (trampoline_vars - trampoline_start));

	memcpy(page, trampoline_start, trampoline_end - trampoline_start);
	v->gdt_base = trampoline_page + (trampoline_vars - trampoline_start) +
		      offsetof(struct trampoline_vars, gdt);
	v->far_offset = trampoline_page + (trampoline_64 - trampoline_start);
	v->cr0 = read_cr0() & ~X86_CR0_TS;
	v->cr3 = maddr_x(virt_to_maddr(trampoline_l4));
	v->cr4 = X86_CR4_PAE | X86_CR4_PGE;
	v->efer = rdmsr(MSR_EFER) & ~EFER_LMA;
	v->stack = cpu_stack_top(cpu);
	v->entry = (u64)ap_entry;
	v->idle_cr3 = maddr_x(virt_to_maddr(idle_pg_table));
}

/* -- which CPUs there are ---------------------------------------------------------------------- */

void __init smp_prepare_cpus(unsigned int max_cpus)
{
	unsigned int too_many = 0;

	for (unsigned int i = 0; i < acpi.nr_cpus; i++) {
		const struct acpi_cpu *c = &acpi.cpu[i];

		if (c->apic_id == cpu_apic_id[0])
			continue;
		if (nr_cpu_ids >= min_t(unsigned int, max_cpus, NR_CPUS) ||
		    (!x2apic_enabled && c->apic_id > 254)) {
			too_many++;
			continue;
		}
		cpu_apic_id[nr_cpu_ids] = c->apic_id;
		cpu_acpi_id[nr_cpu_ids++] = c->acpi_id;
	}
	if (too_many)
		printk(XENLOG_WARNING "%u CPUs are left unused\n", too_many);
	smp_ipi_init();
	trampoline_page = find_low_page();
	if (nr_cpu_ids > 1 && (!trampoline_page || make_tables())) {
		printk(XENLOG_ERR "no memory for the start of other CPUs\n");
		nr_cpu_ids = 1;
	}
}

/* -- bring-up ---------------------------------------------------------------------------------- */

static bool wait_arrival(s_time_t how_long)
{
	s_time_t end = NOW() + how_long;

	while (!__atomic_load_n(&ap_arrived, __ATOMIC_SEQ_CST) && NOW() < end)
		cpu_relax();
	return __atomic_load_n(&ap_arrived, __ATOMIC_SEQ_CST);
}

/* The pauses between the commands are those that old hardware asks for; what is newer has long arrived. */
static bool kick(u32 apic_id)
{
	u32 sipi = APIC_DM_STARTUP | (trampoline_page >> PAGE_SHIFT);

	apic_icr_write(apic_id, APIC_DM_INIT | APIC_ASSERT);
	udelay(cpu_has(X86_FEATURE_HYPERVISOR) ? 10 : 10000);
	for (unsigned int i = 0; i < 2; i++) {
		apic_icr_write(apic_id, sipi);
		if (wait_arrival(MILLISECS(1)))
			return true;
	}
	return wait_arrival(AP_TIMEOUT);
}

int cpu_up(unsigned int cpu)
{
	s_time_t end;
	int rc;

	if (cpu >= nr_cpu_ids || cpu_apic_id[cpu] == BAD_APICID)
		return -ENODEV;
	if (cpu_online(cpu))
		return -EEXIST;
	rc = percpu_init_area(cpu);
	if (rc)
		return rc;
	if (!idle_vcpu[cpu])
		idle_vcpu_create(cpu);
	ap_arrived = false;
	fill_trampoline(cpu);
	if (!kick(cpu_apic_id[cpu]))
		return -EIO;
	tsc_sync_source();
	end = NOW() + AP_TIMEOUT;
	while (!cpu_online(cpu)) {
		if (NOW() > end)
			return -EIO;
		cpu_relax();
	}
	return 0;
}

void smp_ap_arrived(void)
{
	__atomic_store_n(&ap_arrived, true, __ATOMIC_SEQ_CST);
}
