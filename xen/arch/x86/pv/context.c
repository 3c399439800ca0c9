/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A vcpu's whole context in the ABI's form (struct vcpu_guest_context): taken over when a vcpu is made or restored, given out when a
 * domain is saved. The vcpu does not run. Nothing of a given context is trusted: selectors, flags, frames are checked here.
 */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/time.h>
#include <asm/processor.h>
#include <asm/pv.h>

static bool callbacks_ok(const struct vcpu_guest_context *c)
{
	return is_canonical(c->user_regs.rip) && is_canonical(c->user_regs.rsp) && is_canonical(c->kernel_sp) &&
	       is_canonical(c->event_callback_eip) && is_canonical(c->syscall_callback_eip) &&
	       is_canonical(c->failsafe_callback_eip) && is_canonical(c->fs_base) && is_canonical(c->gs_base_kernel) &&
	       is_canonical(c->gs_base_user);
}

static void fix_selector(u16 *sel)
{
	if (!guest_selector_ok(*sel))
		*sel = 0;
	else if (*sel & ~3)
		*sel |= 3;
}

static void take_registers(struct vcpu *v, const struct vcpu_guest_context *c)
{
	struct cpu_user_regs *r = &v->arch.user_regs;

	*r = c->user_regs;
	r->entry_vector = 0;
	r->error_code = 0;
	r->saved_upcall_mask = 0;
	v->arch.trap_bounce.flags = 0;	/* of the registers that were */
	r->rflags = (r->rflags & ~(X86_EFLAGS_IOPL | X86_EFLAGS_VM | X86_EFLAGS_NT)) | X86_EFLAGS_IF | X86_EFLAGS_MBS;
	if (!guest_selector_ok(r->cs) || !(r->cs & ~3))
		r->cs = FLAT_KERNEL_CS;
	if (!guest_selector_ok(r->ss))
		r->ss = FLAT_KERNEL_SS;
	r->cs |= 3;
	if (r->ss)
		r->ss |= 3;
	fix_selector(&r->ds);
	fix_selector(&r->es);
	fix_selector(&r->fs);
	fix_selector(&r->gs);
}

static void take_callbacks(struct vcpu *v, const struct vcpu_guest_context *c)
{
	struct arch_vcpu *a = &v->arch;

	a->event_callback_eip = c->event_callback_eip;
	a->failsafe_callback_eip = c->failsafe_callback_eip;
	a->syscall_callback_eip = c->syscall_callback_eip;
	a->failsafe_disables_events = c->flags & VGCF_failsafe_disables_events;
	a->syscall_disables_events = c->flags & VGCF_syscall_disables_events;
	a->kernel_ss = guest_selector_ok(c->kernel_ss) ? c->kernel_ss | 3 : FLAT_KERNEL_SS;
	a->kernel_sp = c->kernel_sp;
	a->fs_base = c->fs_base;
	a->gs_base_kernel = c->gs_base_kernel;
	a->gs_base_user = c->gs_base_user;
	for (unsigned int i = 0; i < 256; i++) {
		a->trap_ctxt[i] = c->trap_ctxt[i];
		if (!is_canonical(a->trap_ctxt[i].address))
			a->trap_ctxt[i].address = 0;
	}
	pv_update_syscall_path(v);
}

static void take_debug_registers(struct vcpu *v, const struct vcpu_guest_context *c)
{
	for (unsigned int i = 0; i < 8; i++)
		if (i != 4 && i != 5)
			(void)pv_set_debugreg(v, i, c->debugreg[i]);
}

static int take_gdt(struct vcpu *v, const struct vcpu_guest_context *c)
{
	u64 frames[FIRST_RESERVED_GDT_PAGE];

	if (c->gdt_ents > FIRST_RESERVED_GDT_ENTRY)
		return -EINVAL;
	for (unsigned int i = 0; i < DIV_ROUND_UP(c->gdt_ents, 512); i++)
		frames[i] = c->gdt_frames[i];
	return pv_set_gdt(v, frames, c->gdt_ents);
}

/* A root by frame number, with existence and type references. */
static int take_root(struct domain *d, u64 cr3, mfn_t *root)
{
	struct page_info *pg = get_page_from_mfn(_mfn(cr3 >> PAGE_SHIFT), d);
	int rc;

	if (!pg)
		return -EINVAL;
	rc = get_page_type_preemptible(pg, PGT_l4_page_table);
	if (rc == -EINTR)
		rc = -ERESTART;
	if (rc) {
		put_page(pg);
		return rc;
	}
	*root = page_to_mfn(pg);
	return 0;
}

static int take_roots(struct vcpu *v, const struct vcpu_guest_context *c)
{
	mfn_t kernel, user = INVALID_MFN;
	int rc = take_root(v->domain, c->ctrlreg[3], &kernel);

	if (rc)
		return rc;
	v->arch.guest_table = kernel;
	if (c->ctrlreg[1]) {
		rc = take_root(v->domain, c->ctrlreg[1], &user);
		if (rc) {
			(void)vcpu_destroy_pagetables(v);	/* preempted, it goes on with the next context or at the end */
			return rc;
		}
	}
	v->arch.guest_table_user = user;
	return 0;
}

int arch_set_info_guest(struct vcpu *v, struct vcpu_guest_context *c)
{
	struct domain *d = v->domain;
	int rc;

	if (!callbacks_ok(c))
		return -EINVAL;
	if (v->is_initialised)		/* a checkpoint goes on: registers only, its tables are as they were */
		goto registers;
	v->arch.flags = c->flags & VGCF_in_kernel ? TF_kernel_mode : 0;
	if (!(c->flags & VGCF_in_kernel) && !c->ctrlreg[1])
		return -EINVAL;
	if (!v->vcpu_info)		/* the way out to a guest reads it */
		return -EINVAL;
	rc = vcpu_destroy_pagetables(v);	/* what a reset that was cut short left */
	if (rc)
		return rc;
	rc = take_gdt(v, c);
	if (rc)
		return rc;
	rc = take_roots(v, c);
	if (rc) {
		pv_destroy_gdt(v);
		return rc;
	}
	if (v->vcpu_id == 0) {
		d->vm_assist = c->vm_assist & 0x10000002fUL;
		update_domain_wallclock_time(d);	/* the builder has cleared the shared page */
	}
	if (c->ldt_ents <= 8192 && !(c->ldt_base & ~PAGE_MASK)) {
		v->arch.ldt_base = c->ldt_base;
		v->arch.ldt_ents = 0;	/* mapped when it is set again; a saved guest has none */
	}
	v->arch.ctrlreg[0] |= c->ctrlreg[0] & X86_CR0_TS;
registers:
	take_registers(v, c);
	take_callbacks(v, c);
	take_debug_registers(v, c);
	if (c->flags & VGCF_I387_VALID)
		fpu_set_legacy(v, &c->fpu_ctxt);
	v->is_initialised = true;
	if (c->flags & VGCF_online)
		clear_bit(VPF_down, &v->pause_flags);
	else
		set_bit(VPF_down, &v->pause_flags);
	return 0;
}

void arch_get_info_guest(struct vcpu *v, struct vcpu_guest_context *c)
{
	const struct arch_vcpu *a = &v->arch;

	memset(c, 0, sizeof(*c));
	c->user_regs = a->user_regs;
	c->user_regs.saved_upcall_mask = v->vcpu_info ? v->vcpu_info->evtchn_upcall_mask : 0;
	c->user_regs.rflags = (c->user_regs.rflags & ~X86_EFLAGS_IOPL) | (u64)a->iopl << 12;
	c->user_regs.entry_vector = c->user_regs.error_code = 0;
	fpu_get_legacy(v, &c->fpu_ctxt);
	c->flags = VGCF_I387_VALID;
	if (a->flags & TF_kernel_mode)
		c->flags |= VGCF_in_kernel;
	if (!test_bit(VPF_down, &v->pause_flags))
		c->flags |= VGCF_online;
	if (a->failsafe_disables_events)
		c->flags |= VGCF_failsafe_disables_events;
	if (a->syscall_disables_events)
		c->flags |= VGCF_syscall_disables_events;
	memcpy(c->trap_ctxt, a->trap_ctxt, sizeof(c->trap_ctxt));
	c->ldt_base = a->ldt_base;
	c->ldt_ents = a->ldt_ents;
	for (unsigned int i = 0; i < FIRST_RESERVED_GDT_PAGE; i++)
		c->gdt_frames[i] = a->gdt_frames[i];
	c->gdt_ents = a->gdt_ents;
	c->kernel_ss = a->kernel_ss;
	c->kernel_sp = a->kernel_sp;
	c->ctrlreg[0] = a->ctrlreg[0];
	c->ctrlreg[2] = a->ctrlreg[2];
	c->ctrlreg[4] = a->ctrlreg[4];
	c->ctrlreg[3] = mfn_eq(a->guest_table, INVALID_MFN) ? 0 : mfn_x(a->guest_table) << PAGE_SHIFT;
	c->ctrlreg[1] = mfn_eq(a->guest_table_user, INVALID_MFN) ? 0 : mfn_x(a->guest_table_user) << PAGE_SHIFT;
	for (unsigned int i = 0; i < 8; i++)
		c->debugreg[i] = a->dr[i];
	c->event_callback_eip = a->event_callback_eip;
	c->failsafe_callback_eip = a->failsafe_callback_eip;
	c->syscall_callback_eip = a->syscall_callback_eip;
	c->vm_assist = v->domain->vm_assist;
	c->fs_base = a->fs_base;
	c->gs_base_kernel = a->gs_base_kernel;
	c->gs_base_user = a->gs_base_user;
}
