/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The x86 part of domains and vcpus, and the switch between vcpus. A CPU has one stack: switching means to copy the guest's registers from
 * its top to prev, load next's there, and leave through the exit path; whatever else was on the stack is dropped.
 */
#include <xen/errno.h>
#include <xen/grant.h>
#include <xen/irq.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/time.h>
#include <asm/cpu-policy.h>
#include <asm/gdt.h>
#include <asm/processor.h>
#include <asm/pv.h>
#include <asm/trap_entry.h>

/* -- life ------------------------------------------------------------------------------------------------------------------ */

int arch_domain_create(struct domain *d, const struct xen_domctl_createdomain *cfg)
{
	int rc;

	d->arch.tsc_native = true;
	spin_lock_init(&d->arch.e820_lock);
	if (is_idle_domain(d) || d->domain_id >= DOMID_FIRST_RESERVED)
		return 0;
	if (cfg->flags & (XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap | XEN_DOMCTL_CDF_iommu | XEN_DOMCTL_CDF_nested_virt))
		return -EINVAL;
	rc = domain_mm_init(d);
	if (rc)
		return rc;
	rc = cpu_policy_init_domain(d);
	if (rc)
		goto mm;
	rc = pirq_domain_init(d);
	if (rc)
		goto policy;
	return 0;
policy:
	cpu_policy_destroy_domain(d);
mm:
	domain_mm_destroy(d);
	return rc;
}

void arch_domain_destroy(struct domain *d)
{
	if (is_idle_domain(d) || d->domain_id >= DOMID_FIRST_RESERVED)
		return;
	pirq_domain_destroy(d);
	cpu_policy_destroy_domain(d);
	XFREE(d->arch.e820);
	XFREE(d->arch.ioport_caps);
	domain_mm_destroy(d);
}

int arch_vcpu_create(struct vcpu *v)
{
	int rc;

	v->arch.guest_table = v->arch.guest_table_user = INVALID_MFN;
	v->arch.flags = TF_kernel_mode;
	if (is_idle_vcpu(v))
		return 0;
	v->arch.trap_ctxt = xzalloc_array(struct trap_info, 256);
	if (!v->arch.trap_ctxt)
		return -ENOMEM;
	rc = fpu_vcpu_init(v);
	if (rc)
		goto traps;
	rc = vcpu_mm_init(v);
	if (rc)
		goto fpu;
	v->arch.ctrlreg[0] = X86_CR0_PG | X86_CR0_WP | X86_CR0_NE | X86_CR0_ET | X86_CR0_PE | X86_CR0_AM | X86_CR0_MP;
	v->arch.ctrlreg[4] = X86_CR4_PAE | X86_CR4_PGE | X86_CR4_OSFXSR | X86_CR4_OSXMMEXCPT | X86_CR4_DE | X86_CR4_MCE;
	return 0;
fpu:
	fpu_vcpu_destroy(v);
traps:
	XFREE(v->arch.trap_ctxt);
	return rc;
}

void arch_vcpu_destroy(struct vcpu *v)
{
	fpu_vcpu_destroy(v);
	XFREE(v->arch.trap_ctxt);
}

/* The order matters: views of descriptor tables and roots hold references on pages that relinquish_memory() wants back. */
int domain_relinquish_resources(struct domain *d)
{
	struct vcpu *v;
	int rc;

	for_each_vcpu (d, v) {
		rc = vcpu_destroy_pagetables(v);
		if (rc)
			return rc;
		if (v->arch.perdomain_ptes) {
			pv_destroy_gdt(v);
			pv_destroy_ldt(v);
		}
		unmap_vcpu_info(v);
	}
	pirq_domain_release(d);
	return relinquish_memory(d);
}

/* -- switch --------------------------------------------------------------------------------------------------------------- */

/* What the guest has loaded meanwhile: the entry code does not look at them. */
void save_selectors(struct cpu_user_regs *regs)
{
	u16 ds, es, fs, gs;

	__asm__ volatile("mov %%ds, %0" : "=r"(ds));
	__asm__ volatile("mov %%es, %0" : "=r"(es));
	__asm__ volatile("mov %%fs, %0" : "=r"(fs));
	__asm__ volatile("mov %%gs, %0" : "=r"(gs));
	regs->ds = ds;
	regs->es = es;
	regs->fs = fs;
	regs->gs = gs;
}

static void save_segments(struct vcpu *v)
{
	save_selectors(&v->arch.user_regs);
	v->arch.fs_base = rdmsr(MSR_FS_BASE);
	if (v->arch.flags & TF_kernel_mode) {
		v->arch.gs_base_kernel = rdmsr(MSR_GS_BASE);
		v->arch.gs_base_user = rdmsr(MSR_SHADOW_GS_BASE);
	} else {
		v->arch.gs_base_user = rdmsr(MSR_GS_BASE);
		v->arch.gs_base_kernel = rdmsr(MSR_SHADOW_GS_BASE);
	}
}

/* The guest's tables are in place. A selector that went bad is null from now on, and the guest's kernel is told. */
static bool load_segments(struct vcpu *v)
{
	const struct cpu_user_regs *regs = &v->arch.user_regs;
	bool kernel = v->arch.flags & TF_kernel_mode;
	int bad = 0;

	bad |= load_ds(regs->ds);
	bad |= load_es(regs->es);
	bad |= load_fs(regs->fs);
	bad |= load_gs(regs->gs);
	wrmsr(MSR_FS_BASE, v->arch.fs_base);
	wrmsr(MSR_GS_BASE, kernel ? v->arch.gs_base_kernel : v->arch.gs_base_user);
	wrmsr(MSR_SHADOW_GS_BASE, kernel ? v->arch.gs_base_user : v->arch.gs_base_kernel);
	return bad;
}

static void save_state(struct vcpu *v)
{
	v->arch.user_regs = *guest_cpu_user_regs();
	save_segments(v);
	if (v->arch.dr[7] & 0xff)
		pv_clear_debugregs();
	if (v->arch.ctrlreg[0] & X86_CR0_TS)
		__asm__ volatile("clts");
	fpu_leave_guest(v);
	fpu_save(v);
}

/* The CPU leaves v's address space for the hypervisor's own. */
static void leave_tables(struct vcpu *v)
{
	load_ldt(0, 0);
	load_idle_gdt();
	v->arch.perdomain_ptes[FIRST_RESERVED_GDT_PAGE] = l1e_empty();
}

static void enter_tables(struct vcpu *v)
{
	v->arch.perdomain_ptes[FIRST_RESERVED_GDT_PAGE] = l1e_make(cpu_gdt_mfn(), HYPERVISOR_TABLE | _PAGE_NX);
	cpumask_set_cpu(smp_processor_id(), &v->domain->dirty_cpumask);
	v->dirty_cpu = smp_processor_id();
	write_ptbase(v);
	load_gdt(GDT_VIRT_START(v->vcpu_id));
	if (v->arch.ldt_ents)
		load_ldt(LDT_VIRT_START(v->vcpu_id), v->arch.ldt_ents);
}

static bool load_state(struct vcpu *v)
{
	bool bad;

	*guest_cpu_user_regs() = v->arch.user_regs;
	fpu_restore(v);
	fpu_enter_guest(v);
	if (v->arch.ctrlreg[0] & X86_CR0_TS)
		write_cr0(read_cr0() | X86_CR0_TS);
	bad = load_segments(v);
	if (v->arch.dr[7] & 0xff)
		pv_load_debugregs(v);
	if (cpu_has(X86_FEATURE_RDTSCP))
		wrmsr(MSR_TSC_AUX, v->arch.tsc_aux);
	return bad;
}

/* prev's TLB entries went with its root: this CPU no longer counts among those that may hold them. */
static void forget_tlb(struct vcpu *prev, const struct vcpu *next)
{
	if (prev->domain != next->domain)
		cpumask_clear_cpu(smp_processor_id(), &prev->domain->dirty_cpumask);
	prev->dirty_cpu = NR_CPUS;
}

static void switch_tables(struct vcpu *prev, struct vcpu *next)
{
	if (!is_idle_vcpu(prev))
		leave_tables(prev);
	if (is_idle_vcpu(next))
		write_ptbase(next);
	else
		enter_tables(next);
	if (!is_idle_vcpu(prev))
		forget_tlb(prev, next);
}

void context_switch(struct vcpu *prev, struct vcpu *next)
{
	bool bad = false;

	if (!is_idle_vcpu(prev))
		save_state(prev);
	set_current(next);
	switch_tables(prev, next);
	if (!is_idle_vcpu(next))
		bad = load_state(next);
	context_saved(prev);
	if (!is_idle_vcpu(next)) {
		update_vcpu_system_time(next);
		if (unlikely(bad)) {
			/* An exception that waits belongs to the registers as they are now, not to the callback's first instruction. */
			if (next->arch.trap_bounce.flags)
				pv_deliver_bounce();
			pv_inject_failsafe();
		}
	}
	continue_running(next);
}

void continue_running(struct vcpu *same)
{
	if (is_idle_vcpu(same))
		reset_stack_and_jump(idle_loop);
	reset_stack_and_jump(test_all_events);
}

/* State never stays in the registers of a CPU that went idle: nothing to do. */
void sync_local_execstate(void)
{
}

void sync_vcpu_execstate(struct vcpu *v)
{
}

void startup_cpu_idle_loop(void)
{
	ASSERT(is_idle_vcpu(current));
	raise_softirq(SCHEDULE_SOFTIRQ);
	reset_stack_and_jump(idle_loop);
}

void idle_loop(void)
{
	for (;;) {
		local_irq_disable();
		if (!softirq_pending(smp_processor_id()))
			safe_halt();
		else
			local_irq_enable();
		rcu_quiescent();
		do_softirq();
	}
}

void vcpu_show_registers(const struct vcpu *v)
{
	/* Those of the running vcpu are on the stack; arch.user_regs is what it came with. */
	const struct cpu_user_regs *r = v == current ? guest_cpu_user_regs() : &v->arch.user_regs;

	printk("%pv: rip %04x:%016lx rsp %016lx rflags %08lx %s mode\n", v, r->cs, r->rip, r->rsp, r->rflags,
	       v->arch.flags & TF_kernel_mode ? "kernel" : "user");
	printk("rax %016lx rbx %016lx rcx %016lx rdx %016lx\n", r->rax, r->rbx, r->rcx, r->rdx);
	printk("rsi %016lx rdi %016lx rbp %016lx cr3 %016lx\n", r->rsi, r->rdi, r->rbp, mfn_x(v->arch.guest_table) << PAGE_SHIFT);
	printk("r8  %016lx r9  %016lx r10 %016lx r11 %016lx\n", r->r8, r->r9, r->r10, r->r11);
	printk("r12 %016lx r13 %016lx r14 %016lx r15 %016lx\n", r->r12, r->r13, r->r14, r->r15);
}
