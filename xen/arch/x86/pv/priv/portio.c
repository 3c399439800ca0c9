/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IN, OUT, INS, OUTS. A port is reached if the domain was given it; else reads are all ones and writes vanish: kernels probe ports, and
 * a fault would kill them. Whether the *user mode* may try at all is the guest kernel's word: virtual IOPL or its I/O bitmap.
 */
#include <xen/guest_access.h>
#include <xen/irq.h>
#include <xen/lib.h>
#include <xen/pci.h>
#include <asm/processor.h>
#include <asm/pv.h>
#include "priv.h"

static bool bitmap_permits(const struct vcpu *v, unsigned int port, unsigned int bytes)
{
	u16 bits;

	if (!v->arch.iobmp || port + bytes > v->arch.iobmp_limit)
		return false;
	if (copy_in(&bits, v->arch.iobmp + port / 8, sizeof(bits)) && copy_in(&bits, v->arch.iobmp + port / 8, 1))
		return false;
	return !(bits >> (port & 7) & ((1u << bytes) - 1));
}

static bool guest_may_try(const struct vcpu *v, unsigned int port, unsigned int bytes)
{
	unsigned int ring = v->arch.flags & TF_kernel_mode ? 1 : 3;

	return v->arch.iopl >= ring || (v->arch.flags & TF_kernel_mode) || bitmap_permits(v, port, bytes);
}

static u32 mask_bytes(unsigned int bytes)
{
	return bytes == 4 ? ~0u : (1u << (8 * bytes)) - 1;
}

static u32 raw_in(u16 port, unsigned int bytes)
{
	return bytes == 1 ? inb(port) : bytes == 2 ? inw(port) : inl(port);
}

static void raw_out(u16 port, unsigned int bytes, u32 v)
{
	if (bytes == 1)
		outb(v, port);
	else if (bytes == 2)
		outw(v, port);
	else
		outl(v, port);
}

static u32 guest_in(struct domain *d, unsigned int port, unsigned int bytes)
{
	u32 val;

	if ((port & 0xfffc) == 0xcf8 && bytes == 4)
		return d->arch.pci_cf8;
	if ((port & 0xfffc) == 0xcfc && d->is_privileged) {
		pci_cfg_read(d, d->arch.pci_cf8, port & 3, bytes, &val);
		return val;
	}
	if (!ioports_access_permitted(d, port, port + bytes - 1))
		return mask_bytes(bytes);
	return raw_in(port, bytes);
}

static void guest_out(struct domain *d, unsigned int port, unsigned int bytes, u32 val)
{
	if (port == 0xcf8 && bytes == 4) {
		d->arch.pci_cf8 = val;
		return;
	}
	if ((port & 0xfffc) == 0xcfc && d->is_privileged) {
		pci_cfg_write(d, d->arch.pci_cf8, port & 3, bytes, val);
		return;
	}
	if (ioports_access_permitted(d, port, port + bytes - 1))
		raw_out(port, bytes, val);
}

static unsigned int io_bytes(const struct insn *in)
{
	return !(in->opcode & 1) ? 1 : in->opsize16 ? 2 : 4;
}

static int io_port(struct vcpu *v, const struct cpu_user_regs *regs, const struct insn *in, unsigned int bytes)
{
	unsigned int port = in->imm_bytes ? (u8)in->imm : (u16)regs->rdx;

	if (port + bytes > 0x10000 || !guest_may_try(v, port, bytes))
		return -EPERM;
	return port;
}

int op_in(struct vcpu *v, struct cpu_user_regs *regs, const struct insn *in)
{
	unsigned int bytes = io_bytes(in);
	int port = io_port(v, regs, in, bytes);
	u32 val;

	if (port < 0)
		return port;
	val = guest_in(v->domain, port, bytes);
	if (bytes == 4)
		regs->rax = val;
	else
		regs->rax = (regs->rax & ~(u64)mask_bytes(bytes)) | (val & mask_bytes(bytes));
	return 0;
}

int op_out(struct vcpu *v, struct cpu_user_regs *regs, const struct insn *in)
{
	unsigned int bytes = io_bytes(in);
	int port = io_port(v, regs, in, bytes);

	if (port < 0)
		return port;
	guest_out(v->domain, port, bytes, (u32)regs->rax & mask_bytes(bytes));
	return 0;
}

/* At most so many elements in one go; then events and softirqs have their turn, and the instruction goes on. */
#define STRING_BATCH	64

static int string_op(struct vcpu *v, struct cpu_user_regs *regs, const struct insn *in, bool input)
{
	unsigned int bytes = io_bytes(in);
	int port = io_port(v, regs, in, bytes);
	s64 step = regs->rflags & X86_EFLAGS_DF ? -(s64)bytes : bytes;
	u64 *ptr = input ? &regs->rdi : &regs->rsi;

	if (port < 0)
		return port;
	if (in->addrsize32 || in->seg == 0x64 || in->seg == 0x65)
		return -EINVAL;
	for (unsigned int i = 0; !in->rep || regs->rcx; i++) {
		u32 val = 0;

		if (i == STRING_BATCH)
			return -ERESTART;
		if (input) {
			val = guest_in(v->domain, port, bytes);
			if (copy_out(*ptr, &val, bytes))
				return -EFAULT;
		} else {
			if (copy_in(&val, *ptr, bytes))
				return -EFAULT;
			guest_out(v->domain, port, bytes, val);
		}
		*ptr += step;
		if (!in->rep)
			return 0;
		regs->rcx--;
	}
	return 0;
}

int op_ins(struct vcpu *v, struct cpu_user_regs *regs, const struct insn *in)
{
	return string_op(v, regs, in, true);
}

int op_outs(struct vcpu *v, struct cpu_user_regs *regs, const struct insn *in)
{
	return string_op(v, regs, in, false);
}
