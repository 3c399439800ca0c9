/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the emulation's table and its groups of instructions. 0, -EINVAL/-EPERM: the guest's #GP, -ERESTART: not yet done. */
#ifndef PV_PRIV_H
#define PV_PRIV_H

#include <xen/hypercall.h>
#include <xen/sched.h>
#include <asm/insn.h>

int op_in(struct vcpu *v, struct cpu_user_regs *regs, const struct insn *in);
int op_out(struct vcpu *v, struct cpu_user_regs *regs, const struct insn *in);
int op_ins(struct vcpu *v, struct cpu_user_regs *regs, const struct insn *in);
int op_outs(struct vcpu *v, struct cpu_user_regs *regs, const struct insn *in);

static inline bool is_port_io(u8 opcode)
{
	return (opcode & 0xfc) == 0x6c || (opcode & 0xf4) == 0xe4;
}

#endif
