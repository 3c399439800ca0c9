/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the guest's kernel wants to be entered: trap table, callbacks, kernel stack, virtual TS. */
#include <xen/guest_access.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <asm/processor.h>
#include <asm/pv.h>
#include <public/callback.h>
#include <public/nmi.h>

#define SYSCALL_FRAME_BYTES	56

/* entry.S takes the quick way for system calls of a kernel that wants events masked in them and has a stack outside of our window. */
void pv_update_syscall_path(struct vcpu *v)
{
	struct arch_vcpu *a = &v->arch;
	unsigned long sp = a->kernel_sp & ~0xfUL;
	bool quick = a->syscall_callback_eip && a->syscall_disables_events && sp >= PAGE_SIZE &&
		     access_ok(sp - SYSCALL_FRAME_BYTES, SYSCALL_FRAME_BYTES);

	a->syscall_sp = quick ? sp : 0;
}

long do_set_trap_table(unsigned long traps)
{
	struct vcpu *v = current;
	struct trap_info cur;

	if (!traps) {
		memset(v->arch.trap_ctxt, 0, 256 * sizeof(*v->arch.trap_ctxt));
		return 0;
	}
	/* At most one row a vector is of use: that bounds the loop. */
	for (unsigned int i = 0; i <= 256; i++) {
		if (copy_in_elem(&cur, traps, i))
			return -EFAULT;
		if (!cur.address)
			return 0;
		if (!is_canonical(cur.address))
			return -EINVAL;
		if (!guest_selector_ok(cur.cs))
			cur.cs = FLAT_KERNEL_CS;
		v->arch.trap_ctxt[cur.vector] = cur;
	}
	return -E2BIG;
}

long do_set_callbacks(unsigned long event, unsigned long failsafe, unsigned long syscall)
{
	struct arch_vcpu *a = &current->arch;

	if (!is_canonical(event) || !is_canonical(failsafe) || !is_canonical(syscall))
		return -EINVAL;
	a->event_callback_eip = event;
	a->failsafe_callback_eip = failsafe;
	a->syscall_callback_eip = syscall;
	pv_update_syscall_path(current);
	return 0;
}

static int register_callback(const struct callback_register *r)
{
	struct arch_vcpu *a = &current->arch;
	unsigned long addr = r->address;
	bool mask = r->flags & CALLBACKF_mask_events;

	if (!is_canonical(addr))
		return -EINVAL;
	switch (r->type) {
	case CALLBACKTYPE_event:
		a->event_callback_eip = addr;
		return 0;
	case CALLBACKTYPE_failsafe:
		a->failsafe_callback_eip = addr;
		a->failsafe_disables_events = mask;
		return 0;
	case CALLBACKTYPE_syscall:
		a->syscall_callback_eip = addr;
		a->syscall_disables_events = mask;
		pv_update_syscall_path(current);
		return 0;
	case CALLBACKTYPE_syscall32:
		a->syscall32_callback_eip = addr;
		a->syscall32_disables_events = mask;
		return 0;
	case CALLBACKTYPE_nmi:
		a->nmi_callback_eip = addr;
		return 0;
	default:
		return -ENOSYS;		/* sysenter: SYSENTER is a fault for 64-bit guests */
	}
}

static int unregister_callback(unsigned int type)
{
	switch (type) {
	case CALLBACKTYPE_event:
	case CALLBACKTYPE_failsafe:
	case CALLBACKTYPE_syscall:
		return -EINVAL;		/* no guest works without */
	case CALLBACKTYPE_nmi:
		current->arch.nmi_callback_eip = 0;
		return 0;
	case CALLBACKTYPE_syscall32:
		current->arch.syscall32_callback_eip = 0;
		return 0;
	default:
		return -ENOSYS;
	}
}

long do_callback_op(unsigned long cmd, unsigned long arg)
{
	struct callback_register r;
	struct callback_unregister u;

	switch (cmd) {
	case CALLBACKOP_register:
		return copy_in(&r, arg, sizeof(r)) ? -EFAULT : register_callback(&r);
	case CALLBACKOP_unregister:
		return copy_in(&u, arg, sizeof(u)) ? -EFAULT : unregister_callback(u.type);
	default:
		return -ENOSYS;
	}
}

long do_stack_switch(unsigned long ss, unsigned long sp)
{
	struct vcpu *v = current;

	if (!guest_selector_ok(ss))
		ss = FLAT_KERNEL_SS;
	v->arch.kernel_ss = ss | 3;
	v->arch.kernel_sp = sp;
	pv_update_syscall_path(v);
	return 0;
}

long do_fpu_taskswitch(unsigned long set)
{
	struct vcpu *v = current;

	if (set) {
		v->arch.ctrlreg[0] |= X86_CR0_TS;
		write_cr0(read_cr0() | X86_CR0_TS);
	} else if (v->arch.ctrlreg[0] & X86_CR0_TS) {
		v->arch.ctrlreg[0] &= ~X86_CR0_TS;
		__asm__ volatile("clts");
	}
	return 0;
}
