/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Into the guest's kernel: exceptions, system calls, events and the failsafe callback are frames on its stack (the
 * "bounce frame" of the ABI: rcx, r11, [error code], rip, cs + saved upcall mask, rflags, rsp, ss); and back, by the
 * iret hypercall. All here is for current, with its registers at guest_cpu_user_regs().
 */
#include <xen/guest_access.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/traps.h>
#include <asm/pv.h>
#include <asm/trap_entry.h>

#define ERROR_CODE_VECTORS	0x60227d00u

bool guest_kernel_mode(const struct vcpu *v, const struct cpu_user_regs *regs)
{
	return v->arch.flags & TF_kernel_mode;
}

void toggle_guest_mode(struct vcpu *v)
{
	v->arch.flags ^= TF_kernel_mode;
	__asm__ volatile("swapgs");
	toggle_ptbase(v);
}

/* What the guest is to find in the frame's rflags: the true ones never show its virtual IF and IOPL. */
static u64 frame_rflags(const struct vcpu *v, const struct cpu_user_regs *regs, bool masked)
{
	u64 f = regs->rflags & ~(X86_EFLAGS_IF | X86_EFLAGS_IOPL);

	return f | (masked ? 0 : X86_EFLAGS_IF) | (u64)v->arch.iopl << 12;
}

/*
 * Write the frame: `extra` words (already in order) lie between r11 and rip. Then run at eip, in kernel mode.
 * A stack that cannot be written ends the domain: it has no other way to hear of it.
 */
static void create_frame(const u64 *extra, unsigned int nr_extra, unsigned long eip, bool mask_events)
{
	struct vcpu *v = current;
	struct cpu_user_regs *regs = guest_cpu_user_regs();
	bool from_kernel = v->arch.flags & TF_kernel_mode;
	u8 masked = v->vcpu_info->evtchn_upcall_mask;
	u64 frame[12];
	unsigned int n = 0;
	unsigned long sp;

	if (from_kernel) {
		sp = regs->rsp & ~0xfUL;
	} else {
		toggle_guest_mode(v);
		sp = v->arch.kernel_sp & ~0xfUL;
	}
	frame[n++] = regs->rcx;
	frame[n++] = regs->r11;
	for (unsigned int i = 0; i < nr_extra; i++)
		frame[n++] = extra[i];
	frame[n++] = regs->rip;
	frame[n++] = (from_kernel ? regs->cs & ~3u : regs->cs) | (u64)masked << 32;
	frame[n++] = frame_rflags(v, regs, masked);
	frame[n++] = regs->rsp;
	frame[n++] = regs->ss;
	sp -= n * 8;
	if (unlikely(!eip)) {
		domain_crash(v->domain, "%pv: no handler for what its kernel must take at %04x:%016lx", v, regs->cs, regs->rip);
		show_execution_state(regs);
		return;
	}
	if (unlikely(copy_to_guest_raw(sp, frame, n * 8))) {
		domain_crash(v->domain, "%pv: cannot write a bounce frame to its stack at %016lx", v, sp);
		show_execution_state(regs);
		return;
	}
	if (mask_events)
		v->vcpu_info->evtchn_upcall_mask = 1;
	regs->entry_vector |= TRAP_syscall;	/* rcx and r11 are in the frame: the quick way out will do */
	regs->rflags &= ~(X86_EFLAGS_AC | X86_EFLAGS_VM | X86_EFLAGS_RF | X86_EFLAGS_NT | X86_EFLAGS_TF);
	regs->ss = FLAT_KERNEL_SS;
	regs->rsp = sp;
	regs->cs = FLAT_KERNEL_CS;
	regs->rip = eip;
}

/* -- what is to be bounced ------------------------------------------------------------------------------------------ */

void pv_inject_event(unsigned int vector, unsigned int error_code)
{
	struct vcpu *v = current;
	struct trap_bounce *tb = &v->arch.trap_bounce;
	const struct trap_info *ti = &v->arch.trap_ctxt[vector];

	tb->flags = 0x80;
	tb->error_code = error_code;
	tb->cs = ti->cs;
	tb->eip = ti->address;
	if (vector < NR_EXCEPTIONS && (ERROR_CODE_VECTORS >> vector & 1))
		tb->flags |= TRAP_BOUNCE_ERRCODE;
	if (ti->flags & 4)
		tb->flags |= TRAP_BOUNCE_INTERRUPT;
	if (unlikely(!tb->eip))
		printk(XENLOG_G_ERR "%pv: unhandled exception %u, error code %04x\n", v, vector, error_code);
}

void pv_inject_gp(unsigned int error_code)
{
	pv_inject_event(TRAP_gp_fault, error_code);
}

void pv_inject_page_fault(unsigned long addr, unsigned int error_code)
{
	struct vcpu *v = current;

	v->vcpu_info->arch.cr2 = addr;
	v->arch.ctrlreg[2] = addr;
	/* The guest's user mode is told by its mode, not by the ring: both are ring 3. */
	error_code &= ~PFEC_user;
	if (!(v->arch.flags & TF_kernel_mode))
		error_code |= PFEC_user;
	pv_inject_event(TRAP_page_fault, error_code);
}

void pv_raise_nmi(struct vcpu *v)
{
	if (xchg(&v->nmi_pending, true))
		return;
	WRITE_ONCE(v->arch.trap_bounce.nmi, 1);
	vcpu_kick(v);
}

/* A second one waits for the iret of the first. */
static void deliver_nmi(struct vcpu *v)
{
	WRITE_ONCE(v->arch.trap_bounce.nmi, 0);
	if (v->async_nmi_masked || !xchg(&v->nmi_pending, false))
		return;
	v->async_nmi_masked = true;
	create_frame(NULL, 0, v->arch.nmi_callback_eip ? v->arch.nmi_callback_eip : v->arch.trap_ctxt[TRAP_nmi].address, true);
}

void pv_deliver_bounce(void)
{
	struct trap_bounce *tb = &current->arch.trap_bounce;
	u64 code = tb->error_code;
	u8 flags = tb->flags;

	if (!flags) {
		deliver_nmi(current);
		return;
	}
	tb->flags = 0;
	create_frame(&code, flags & TRAP_BOUNCE_ERRCODE ? 1 : 0, tb->eip, flags & TRAP_BOUNCE_INTERRUPT);
}

void pv_deliver_upcall(void)
{
	struct vcpu *v = current;

	v->upcalls++;
	create_frame(NULL, 0, v->arch.event_callback_eip, true);
}

void pv_deliver_syscall(struct cpu_user_regs *regs)
{
	struct vcpu *v = current;

	create_frame(NULL, 0, v->arch.syscall_callback_eip, v->arch.syscall_disables_events);
}

void do_syscall32(struct cpu_user_regs *regs)
{
	struct vcpu *v = current;

	if (v->arch.flags & TF_kernel_mode || !v->arch.syscall32_callback_eip) {
		regs->rip -= 2;		/* onto the instruction again */
		pv_inject_event(TRAP_invalid_op, 0);
		return;
	}
	create_frame(NULL, 0, v->arch.syscall32_callback_eip, v->arch.syscall32_disables_events);
}

/* The quick paths of entry.S found the stack unreadable or unwritable. */
void pv_syscall_frame_fault(void)
{
	domain_crash(current->domain, "%pv: cannot write a system call's frame to its stack at %016lx", current,
		     current->arch.syscall_sp);
	show_execution_state(guest_cpu_user_regs());
}

void pv_iret_frame_fault(void)
{
	domain_crash(current->domain, "%pv: iret frame is not readable", current);
	show_execution_state(guest_cpu_user_regs());
}

/* The guest's registers cannot be loaded as they are: it gets its data selectors, null now, and the frame to think about. */
void pv_inject_failsafe(void)
{
	struct vcpu *v = current;
	struct cpu_user_regs *regs = guest_cpu_user_regs();
	u64 selectors[4] = { regs->ds, regs->es, regs->fs, regs->gs };

	create_frame(selectors, 4, v->arch.failsafe_callback_eip, v->arch.failsafe_disables_events);
}

/* -- back ---------------------------------------------------------------------------------------------------------------- */

long do_iret(void)
{
	struct vcpu *v = current;
	struct cpu_user_regs *regs = guest_cpu_user_regs();
	struct iret_context c;

	if (unlikely(copy_in(&c, regs->rsp, sizeof(c)))) {
		domain_crash(v->domain, "%pv: iret frame at %016lx is not readable", v, regs->rsp);
		return 0;
	}
	if ((c.cs & 3) == 3) {
		if (unlikely(mfn_eq(v->arch.guest_table_user, INVALID_MFN))) {
			domain_crash(v->domain, "%pv: iret to user mode without user page tables", v);
			return 0;
		}
		toggle_guest_mode(v);
	}
	regs->rip = c.rip;
	regs->cs = c.cs | 3;
	regs->rflags = (c.rflags & ~(X86_EFLAGS_IOPL | X86_EFLAGS_VM)) | X86_EFLAGS_IF | X86_EFLAGS_MBS;
	regs->rsp = c.rsp;
	regs->ss = c.ss | 3;
	if (!(c.flags & VGCF_in_syscall)) {
		regs->entry_vector &= ~TRAP_syscall;
		regs->r11 = c.r11;
		regs->rcx = c.rcx;
	}
	v->vcpu_info->evtchn_upcall_mask = !(c.rflags & X86_EFLAGS_IF);
	v->async_nmi_masked = false;
	if (unlikely(v->nmi_pending))
		v->arch.trap_bounce.nmi = 1;
	return c.rax;
}
