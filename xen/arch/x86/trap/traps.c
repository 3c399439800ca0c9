/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exceptions. From a guest: its kernel gets it, unless it is ours to mend or to carry out. From the hypervisor itself: a fault
 * in a marked instruction goes to its fix-up, all others stop the machine.
 * Entered with interrupts off; regs is the guest's frame or, for do_exception_xen(), a nested one.
 */
#include <xen/console.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/traps.h>
#include <asm/extable.h>
#include <asm/gdt.h>
#include <asm/pv.h>
#include <asm/trap_entry.h>

static const char *const trap_names[] = {
	"divide error", "debug", "NMI", "int3", "overflow", "bounds", "invalid opcode", "device not available",
	"double fault", "coprocessor segment", "invalid TSS", "segment not present", "stack error", "general protection", "page fault",
	"spurious", "coprocessor error", "alignment check", "machine check", "SIMD error", "virtualisation", "control protection",
};

#define ERROR_CODE_VECTORS	0x60227d00u

static const char *trap_name(unsigned int v)
{
	return v < ARRAY_SIZE(trap_names) ? trap_names[v] : "reserved exception";
}

/* -- from guests --------------------------------------------------------------------------------------------------- */

static void reflect(struct cpu_user_regs *regs)
{
	pv_inject_event(regs->entry_vector, regs->error_code);
}

static void guest_debug(struct cpu_user_regs *regs)
{
	unsigned long dr6;

	__asm__ volatile("mov %%db6, %0" : "=r"(dr6));
	__asm__ volatile("mov %0, %%db6" :: "r"(0xffff0ff0UL));
	current->arch.dr[6] |= dr6 & 0xe00f;
	reflect(regs);
}

static void guest_invalid_op(struct cpu_user_regs *regs)
{
	local_irq_enable();
	if (!pv_emulate_invalid_op(regs))
		reflect(regs);
}

/* #NM comes only while the guest's (virtual) TS is set. The ABI clears it for the handler. */
static void guest_no_device(struct cpu_user_regs *regs)
{
	do_fpu_taskswitch(0);
	reflect(regs);
}

static void guest_gp_fault(struct cpu_user_regs *regs)
{
	local_irq_enable();
	if (regs->error_code & 1)	/* external: not the guest's doing */
		panic("#GP caused by an external event, error code %#x", regs->error_code);
	if (pv_emulate_int_n(regs))
		return;
	if (!regs->error_code && pv_emulate_privileged_op(regs))
		return;
	reflect(regs);
}

/* A selector of a part of its GDT or LDT that is not there: as if it lay beyond the table's limit. */
static bool descriptor_view_fault(unsigned long addr)
{
	unsigned long offset = addr - GDT_VIRT_START(current->vcpu_id);

	if (offset >= 1UL << GDT_LDT_VCPU_SHIFT)
		return false;
	pv_inject_gp((offset & 0xfff8) | (offset >= 0x10000 ? 4 : 0));
	return true;
}

static void guest_page_fault(struct cpu_user_regs *regs)
{
	unsigned long addr = read_cr2();

	local_irq_enable();
	if (unlikely(regs->error_code & PFEC_reserved))
		printk(XENLOG_G_ERR "%pv: reserved bit set in the page tables at %#lx\n", current, addr);
	if ((regs->error_code & (PFEC_write | PFEC_present | PFEC_reserved | PFEC_insn)) == (PFEC_write | PFEC_present) &&
	    !in_hypervisor_window(addr) && guest_kernel_mode(current, regs) && pv_ro_page_fault(addr, regs))
		return;
	/* The CPU's own reads of descriptors are not user accesses. */
	if (unlikely(in_hypervisor_window(addr)) && !(regs->error_code & PFEC_user) && descriptor_view_fault(addr))
		return;
	pv_inject_page_fault(addr, regs->error_code);
}

static void (*const guest_handlers[NR_EXCEPTIONS])(struct cpu_user_regs *) = {
	[TRAP_debug] = guest_debug,
	[TRAP_invalid_op] = guest_invalid_op,
	[TRAP_no_device] = guest_no_device,
	[TRAP_gp_fault] = guest_gp_fault,
	[TRAP_page_fault] = guest_page_fault,
};

void do_exception(struct cpu_user_regs *regs)
{
	unsigned int v = regs->entry_vector & (NR_EXCEPTIONS - 1);

	if (guest_handlers[v])
		guest_handlers[v](regs);
	else
		reflect(regs);
}

/* -- from the hypervisor -------------------------------------------------------------------------------------------- */

static void __noreturn fatal_trap(const struct cpu_user_regs *regs)
{
	unsigned int v = regs->entry_vector & 0xff;

	console_start_sync();
	printk("FATAL: %s (vector %u, error code %04x) in the hypervisor, CPU%u\n", trap_name(v), v, regs->error_code,
	       smp_processor_id());
	if (v == TRAP_page_fault)
		printk("faulting address: %016lx\n", read_cr2());
	show_execution_state(regs);
	panic("fatal trap %u", v);
}

/* IRET to a guest whose frame is bad: the guest's registers were restored already; its frame is where it was. */
static void __noreturn iret_fault(struct cpu_user_regs *fault)
{
	struct cpu_user_regs copy = *fault;
	struct cpu_user_regs *regs = guest_cpu_user_regs();

	memcpy(regs, &copy, offsetof(struct cpu_user_regs, error_code));
	regs->error_code = 0;
	regs->entry_vector = 0;
	/* Equal to those in the registers: that tells the guest that no selector went bad, but its frame. */
	save_selectors(regs);
	pv_inject_failsafe();
	reset_stack_and_jump(test_all_events);
}

/*
 * Who lets itself write to a page that was read-only need not flush: the TLB may still know the old entry, and the first write faults.
 * Linux gives pages that were page tables back that way. A guest's own fault goes to its kernel, which looks at its tables; a copy to a
 * guest must look too, or fails for no reason.
 */
static bool stale_read_only(const struct cpu_user_regs *regs, unsigned long addr)
{
	/* Nothing else in the code: a fault for any other reason would come again, for ever. */
	if ((regs->entry_vector & 0xff) != TRAP_page_fault || regs->error_code != (PFEC_write | PFEC_present))
		return false;
	if (opt_smap && !(regs->rflags & X86_EFLAGS_AC))
		return false;		/* that fault would come again */
	return guest_may_write(addr);
}

void do_exception_xen(struct cpu_user_regs *regs)
{
	unsigned long fixup, addr = read_cr2();

	/* Also by page fault: the selector lies in a part of the GDT or LDT view where nothing is. */
	if (regs->rip == (unsigned long)iret_to_guest)
		iret_fault(regs);
	fixup = search_exception_table(regs->rip);
	if (!fixup)
		fatal_trap(regs);
	if (stale_read_only(regs, addr)) {
		flush_va_local(addr);
		return;			/* the same instruction again */
	}
	if (regs->rflags & X86_EFLAGS_IF)
		local_irq_enable();
	regs->rip = fixup;
}

/* -- on stacks of their own -------------------------------------------------------------------------------------------- */

void do_debug(struct cpu_user_regs *regs)
{
	if (regs->cs & 3) {
		guest_debug(regs);
		return;
	}
	/* A guest's single-step flag or breakpoint that struck on the way in: not ours, and gone with the flag. */
	regs->rflags &= ~X86_EFLAGS_TF;
	__asm__ volatile("mov %0, %%db6" :: "r"(0xffff0ff0UL));
}

void do_nmi(struct cpu_user_regs *regs)
{
	u8 reason = inb(0x61);

	this_cpu(console_in_nmi) = true;
	if (reason & 0x80)
		printk(XENLOG_ERR "NMI: memory parity or SERR, reason %#x, CPU%u\n", reason, smp_processor_id());
	else if (reason & 0x40)
		printk(XENLOG_ERR "NMI: I/O check, reason %#x, CPU%u\n", reason, smp_processor_id());
	else
		printk(XENLOG_ERR "NMI without known reason, CPU%u\n", smp_processor_id());
	show_execution_state(regs);
	this_cpu(console_in_nmi) = false;
}

void do_double_fault(struct cpu_user_regs *regs)
{
	console_start_sync();
	printk("DOUBLE FAULT, CPU%u\n", smp_processor_id());
	show_registers(regs);
	panic("double fault");
}
