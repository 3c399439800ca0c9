/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions that only ring 0 may execute and that a guest's kernel executes all the same: control and debug registers, MSRs, port I/O...
 * A row of the table for each opcode. What the table does not know, or may not do, is the guest's own #GP.
 */
#include <xen/guest_access.h>
#include <xen/irq.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/traps.h>
#include <asm/cpu-policy.h>
#include <asm/insn.h>
#include <asm/pv.h>
#include "priv.h"

/* -- CPUID, by its #UD prefix ------------------------------------------------------------------------------------------------ */

static void emulate_cpuid(struct cpu_user_regs *regs)
{
	struct cpuid_leaf l = {};

	guest_cpuid(current, regs->rax, regs->rcx, &l);
	regs->rax = l.a;
	regs->rbx = l.b;
	regs->rcx = l.c;
	regs->rdx = l.d;
}

bool pv_emulate_invalid_op(struct cpu_user_regs *regs)
{
	static const u8 prefixed_cpuid[7] = { 0x0f, 0x0b, 'x', 'e', 'n', 0x0f, 0xa2 };
	u8 code[7];

	if (copy_from_guest_raw(code, regs->rip, sizeof(code)) || memcmp(code, prefixed_cpuid, sizeof(code)))
		return false;
	regs->rip += sizeof(code);
	emulate_cpuid(regs);
	return true;
}

/* -- `int n` with the guest's own gate ------------------------------------------------------------------------------------------ */

bool pv_emulate_int_n(struct cpu_user_regs *regs)
{
	unsigned int vector = regs->error_code >> 3;
	const struct trap_info *ti;
	u8 code[2];

	if (!(regs->error_code & 2) || vector > 255)	/* not about the IDT */
		return false;
	ti = &current->arch.trap_ctxt[vector];
	/* A gate for this ring? User programs count as 3, the kernel as 1: gates of level 0 are for the CPU alone. */
	if ((ti->flags & 3) < (guest_kernel_mode(current, regs) ? 1 : 3) || !ti->address)
		return false;
	if (copy_from_guest_raw(code, regs->rip, 2) || code[0] != 0xcd)
		return false;
	regs->rip += 2;
	pv_inject_event(vector, 0);
	current->arch.trap_bounce.flags &= ~TRAP_BOUNCE_ERRCODE;
	return true;
}

/* -- control registers ---------------------------------------------------------------------------------------------------------- */

static int read_cr(struct vcpu *v, unsigned int n, u64 *val)
{
	switch (n) {
	case 0:
		*val = v->arch.ctrlreg[0];
		return 0;
	case 2:
		*val = v->arch.ctrlreg[2];
		return 0;
	case 3:
		*val = mfn_x(v->arch.guest_table) << PAGE_SHIFT;
		return 0;
	case 4:
		*val = v->arch.ctrlreg[4];
		return 0;
	}
	return -EINVAL;
}

#define CR0_CHANGEABLE	X86_CR0_TS
#define CR4_GUEST	(X86_CR4_TSD | X86_CR4_DE | X86_CR4_PSE | X86_CR4_PAE | X86_CR4_MCE | X86_CR4_PGE | X86_CR4_PCE | \
			 X86_CR4_OSFXSR | X86_CR4_OSXMMEXCPT | X86_CR4_FSGSBASE | X86_CR4_OSXSAVE | X86_CR4_UMIP | X86_CR4_SMEP | \
			 X86_CR4_SMAP)

/* Only its own view changes; of what it may set nothing needs another CR4 of ours. */
static int write_cr(struct vcpu *v, unsigned int n, u64 val)
{
	switch (n) {
	case 0:
		if ((val ^ v->arch.ctrlreg[0]) & ~CR0_CHANGEABLE)
			printk(XENLOG_G_WARNING "%pv: CR0 %#lx: only TS changes\n", v, val);
		do_fpu_taskswitch(!!(val & X86_CR0_TS));
		return 0;
	case 2:
		v->arch.ctrlreg[2] = val;
		v->vcpu_info->arch.cr2 = val;
		return 0;
	case 3:
		return new_guest_cr3(_mfn(val >> PAGE_SHIFT));
	case 4:
		v->arch.ctrlreg[4] = val & CR4_GUEST;
		return 0;
	}
	return -EINVAL;
}

static int op_mov_from_cr(struct vcpu *v, struct cpu_user_regs *regs, const struct insn *in)
{
	return read_cr(v, in->reg, insn_reg(regs, in->rm));
}

static int op_mov_to_cr(struct vcpu *v, struct cpu_user_regs *regs, const struct insn *in)
{
	return write_cr(v, in->reg, *insn_reg(regs, in->rm));
}

static int op_clts(struct vcpu *v, struct cpu_user_regs *regs, const struct insn *in)
{
	do_fpu_taskswitch(0);
	return 0;
}

static int op_mov_from_dr(struct vcpu *v, struct cpu_user_regs *regs, const struct insn *in)
{
	if (in->reg > 7)
		return -EINVAL;
	*insn_reg(regs, in->rm) = do_get_debugreg(in->reg);
	return 0;
}

static int op_mov_to_dr(struct vcpu *v, struct cpu_user_regs *regs, const struct insn *in)
{
	return in->reg > 7 ? -EINVAL : pv_set_debugreg(v, in->reg, *insn_reg(regs, in->rm));
}

/* 0f 01: XSETBV (d1); LMSW and INVLPG are done by hypercalls. */
static int op_group7(struct vcpu *v, struct cpu_user_regs *regs, const struct insn *in)
{
	if (in->modrm == 0xd1)
		return (u32)regs->rcx ? -EINVAL : pv_set_xcr0(v, (u32)regs->rax | regs->rdx << 32);
	if (in->modrm == 0xf9) {	/* RDTSCP */
		u64 tsc = rdtsc();

		regs->rax = (u32)tsc;
		regs->rdx = tsc >> 32;
		regs->rcx = v->arch.tsc_aux;
		return 0;
	}
	return -EINVAL;
}

/* -- MSRs -------------------------------------------------------------------------------------------------------------------------- */

static int op_rdmsr(struct vcpu *v, struct cpu_user_regs *regs, const struct insn *in)
{
	u64 val;
	int rc = guest_rdmsr(v, regs->rcx, &val);

	if (!rc) {
		regs->rax = (u32)val;
		regs->rdx = val >> 32;
	}
	return rc;
}

static int op_wrmsr(struct vcpu *v, struct cpu_user_regs *regs, const struct insn *in)
{
	return guest_wrmsr(v, regs->rcx, (u32)regs->rax | regs->rdx << 32);
}

/* -- the rest ---------------------------------------------------------------------------------------------------------------------- */

static int op_rdtsc(struct vcpu *v, struct cpu_user_regs *regs, const struct insn *in)
{
	u64 tsc = rdtsc();

	regs->rax = (u32)tsc;
	regs->rdx = tsc >> 32;
	return 0;
}

static int op_cpuid(struct vcpu *v, struct cpu_user_regs *regs, const struct insn *in)
{
	emulate_cpuid(regs);
	return 0;
}

static int op_wbinvd(struct vcpu *v, struct cpu_user_regs *regs, const struct insn *in)
{
	if (v->domain->is_privileged)	/* of use only to whoever drives devices; it holds up the whole machine */
		wbinvd();
	return 0;
}

static int op_hlt(struct vcpu *v, struct cpu_user_regs *regs, const struct insn *in)
{
	vcpu_block();
	return 0;
}

static int op_cli_sti(struct vcpu *v, struct cpu_user_regs *regs, const struct insn *in)
{
	return v->arch.iopl >= 1 ? 0 : -EINVAL;	/* no effect: the upcall mask is the flag */
}

typedef int (*emulate_fn)(struct vcpu *, struct cpu_user_regs *, const struct insn *);

struct row {
	u8 map, opcode;
	emulate_fn fn;
};

static const struct row rows[] = {
	{ 0, 0xe4, op_in }, { 0, 0xe5, op_in }, { 0, 0xec, op_in }, { 0, 0xed, op_in },
	{ 0, 0xe6, op_out }, { 0, 0xe7, op_out }, { 0, 0xee, op_out }, { 0, 0xef, op_out },
	{ 0, 0x6c, op_ins }, { 0, 0x6d, op_ins }, { 0, 0x6e, op_outs }, { 0, 0x6f, op_outs },
	{ 0, 0xf4, op_hlt }, { 0, 0xfa, op_cli_sti }, { 0, 0xfb, op_cli_sti },
	{ 1, 0x01, op_group7 }, { 1, 0x06, op_clts }, { 1, 0x08, op_wbinvd }, { 1, 0x09, op_wbinvd },
	{ 1, 0x20, op_mov_from_cr }, { 1, 0x21, op_mov_from_dr }, { 1, 0x22, op_mov_to_cr }, { 1, 0x23, op_mov_to_dr },
	{ 1, 0x30, op_wrmsr }, { 1, 0x31, op_rdtsc }, { 1, 0x32, op_rdmsr }, { 1, 0xa2, op_cpuid },
};

static const struct row *find_row(const struct insn *in)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].map == in->map && rows[i].opcode == in->opcode)
			return &rows[i];
	return NULL;
}

/* RDMSR and the like of MSR_SHADOW_GS_BASE come at each process switch of Linux: two opcode bytes are looked at before all else. */
bool pv_emulate_privileged_op(struct cpu_user_regs *regs)
{
	struct vcpu *v = current;
	const struct row *row;
	struct insn in;
	int rc;

	if (insn_decode(regs, &in))
		return false;
	row = find_row(&in);
	if (!row || in.lock)
		return false;
	/* User programs may do port I/O if the kernel lets them; nothing else. */
	if (!guest_kernel_mode(v, regs) && !(in.map == 0 && is_port_io(in.opcode)))
		return false;
	rc = row->fn(v, regs, &in);
	if (rc == -ERESTART)		/* a string instruction in the middle: same instruction again */
		return true;
	if (rc)
		return false;
	regs->rip += in.len;
	regs->rflags &= ~X86_EFLAGS_RF;
	if (regs->rflags & X86_EFLAGS_TF)
		pv_inject_event(TRAP_debug, 0);
	return true;
}
