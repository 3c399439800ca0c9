/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The local APIC. Registers are named by their xAPIC offset; in x2APIC mode that becomes an MSR number.
 * x2APIC is used when the firmware enabled it or under a hypervisor, since without interrupt remapping
 * bare hardware does not promise it works.
 */
#include <xen/acpi.h>
#include <xen/boot_info.h>
#include <xen/atomic.h>
#include <xen/irq.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <asm/apic.h>
#include <asm/page.h>
#include <asm/processor.h>

bool x2apic_enabled;
u32 cpu_apic_id[NR_CPUS], cpu_acpi_id[NR_CPUS];

static volatile u8 *apic_regs;
static bool opt_x2apic = true;
boolean_param("x2apic", opt_x2apic);

u32 apic_read(unsigned int reg)
{
	if (x2apic_enabled)
		return rdmsr(MSR_X2APIC_FIRST + (reg >> 4));
	return *(volatile u32 *)(apic_regs + reg);
}

void apic_write(unsigned int reg, u32 v)
{
	if (x2apic_enabled)
		wrmsr(MSR_X2APIC_FIRST + (reg >> 4), v);
	else
		*(volatile u32 *)(apic_regs + reg) = v;
}

void apic_eoi(void)
{
	apic_write(APIC_EOI, 0);
}

u32 this_apic_id(void)
{
	u32 id = apic_read(APIC_ID);

	return x2apic_enabled ? id : id >> 24;
}

u32 arch_cpu_apicid(unsigned int cpu)
{
	return cpu < NR_CPUS ? cpu_apic_id[cpu] : BAD_APICID;
}

/* -- commands to others ------------------------------------------------------------------------ */

static void icr_wait(void)
{
	while (apic_read(APIC_ICR) & APIC_ICR_BUSY)
		cpu_relax();
}

void apic_icr_write(u32 apic_id, u32 low)
{
	unsigned long flags;

	if (x2apic_enabled) {
		smp_mb();	/* the MSR write does not order the stores before it */
		wrmsr(MSR_X2APIC_FIRST + (APIC_ICR >> 4), (u64)apic_id << 32 | low);
		return;
	}
	local_irq_save(flags);	/* the two halves belong together */
	icr_wait();
	apic_write(APIC_ICR2, apic_id << 24);
	apic_write(APIC_ICR, low);
	local_irq_restore(flags);
}

void send_ipi(unsigned int cpu, u8 vector)
{
	apic_icr_write(cpu_apic_id[cpu], APIC_DM_FIXED | APIC_ASSERT | vector);
}

void send_ipi_mask(const cpumask_t *mask, u8 vector)
{
	unsigned int cpu;

	for_each_cpu(cpu, mask)
		if (cpu != smp_processor_id() && cpu_online(cpu))
			send_ipi(cpu, vector);
}

void send_nmi_others(void)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		if (cpu != smp_processor_id())
			apic_icr_write(cpu_apic_id[cpu], APIC_DM_NMI | APIC_ASSERT);
}

/* -- set-up ------------------------------------------------------------------------------------ */

static bool want_x2apic(u64 base)
{
	if (!cpu_has(X86_FEATURE_X2APIC))
		return false;
	return (base & APIC_BASE_EXTD) || (opt_x2apic && cpu_has(X86_FEATURE_HYPERVISOR));
}

static void enable_apic(void)
{
	u64 base = rdmsr(MSR_APIC_BASE);

	if (x2apic_enabled && !(base & APIC_BASE_EXTD)) {
		wrmsr(MSR_APIC_BASE, base | APIC_BASE_ENABLE);
		wrmsr(MSR_APIC_BASE, base | APIC_BASE_ENABLE | APIC_BASE_EXTD);
	} else if (!(base & APIC_BASE_ENABLE)) {
		wrmsr(MSR_APIC_BASE, base | APIC_BASE_ENABLE);
	}
}

/* An interrupt that was in service when a previous owner was left would block all of lower priority. */
static void drain_isr(void)
{
	for (unsigned int n = 0; n < 256; n++) {
		u32 any = 0;

		for (unsigned int i = 0; i < 8; i++)
			any |= apic_read(APIC_ISR + i * 16);
		if (!any)
			return;
		apic_eoi();
	}
}

static void setup_lint(void)
{
	unsigned int cpu = smp_processor_id();

	apic_write(APIC_LVT_LINT0, APIC_LVT_MASKED);
	apic_write(APIC_LVT_LINT1, cpu == 0 ? APIC_DM_NMI : APIC_DM_NMI | APIC_LVT_MASKED);
	for (unsigned int i = 0; i < acpi.nr_nmis; i++) {
		const struct acpi_nmi *n = &acpi.nmi[i];
		u32 v = APIC_DM_NMI | ((n->flags & 3) == 3 ? APIC_LVT_ACTIVE_LOW : 0);

		if (n->acpi_id == ~0u || n->acpi_id == cpu_acpi_id[cpu])
			apic_write(n->lint ? APIC_LVT_LINT1 : APIC_LVT_LINT0, v);
	}
}

void apic_init_cpu(void)
{
	unsigned int max_lvt;

	enable_apic();
	apic_write(APIC_SVR, APIC_SVR_ENABLE | SPURIOUS_APIC_VECTOR);
	max_lvt = (apic_read(APIC_VERSION) >> 16) & 0xff;
	if (!x2apic_enabled) {
		apic_write(APIC_DFR, ~0u);
		apic_write(APIC_LDR, 1u << (24 + smp_processor_id() % 8));
	}
	apic_write(APIC_LVT_TIMER, APIC_LVT_MASKED | LOCAL_TIMER_VECTOR);
	if (max_lvt >= 4)
		apic_write(APIC_LVT_PERF, APIC_LVT_MASKED);
	if (max_lvt >= 5)
		apic_write(APIC_LVT_THERMAL, APIC_LVT_MASKED);
	drain_isr();
	apic_write(APIC_TPR, 0);
	setup_lint();
	apic_write(APIC_ESR, 0);
	apic_write(APIC_LVT_ERROR, ERROR_APIC_VECTOR);
}

void __init apic_init_bsp(void)
{
	u64 base = rdmsr(MSR_APIC_BASE);

	x2apic_enabled = want_x2apic(base);
	if (!x2apic_enabled) {
		apic_regs = ioremap(base & PAGE_FRAME_MASK, PAGE_SIZE);
		if (!apic_regs)
			panic("no memory to map the local APIC");
	}
	for (unsigned int i = 0; i < NR_CPUS; i++)
		cpu_apic_id[i] = BAD_APICID;
	enable_apic();
	cpu_apic_id[0] = this_apic_id();
	for (unsigned int i = 0; i < acpi.nr_cpus; i++)
		if (acpi.cpu[i].apic_id == cpu_apic_id[0])
			cpu_acpi_id[0] = acpi.cpu[i].acpi_id;
	apic_init_cpu();
	printk(XENLOG_INFO "APIC: %s, boot CPU has id %u\n", x2apic_enabled ? "x2APIC" : "xAPIC",
	       cpu_apic_id[0]);
}

void apic_shutdown(void)
{
	apic_write(APIC_LVT_TIMER, APIC_LVT_MASKED | LOCAL_TIMER_VECTOR);
	apic_write(APIC_LVT_ERROR, APIC_LVT_MASKED | ERROR_APIC_VECTOR);
	if (!x2apic_enabled)
		apic_write(APIC_LVT_LINT0, APIC_DM_EXTINT);	/* as the firmware's code expects it */
}
