/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instruction decoding, 64-bit mode: prefixes, REX, opcode map, ModRM, SIB, displacement, immediate (Intel SDM vol. 2, chapter 2).
 * Pure: bytes and registers in, struct insn out. Only what insn.h's users need is known; VEX and its kin are refused.
 */
#include <xen/errno.h>
#include <xen/guest_access.h>
#include <xen/lib.h>
#include <asm/insn.h>

struct cursor {
	const u8 *p;
	unsigned int left;
};

static bool take(struct cursor *c, void *to, unsigned int n)
{
	if (c->left < n)
		return false;
	memcpy(to, c->p, n);
	c->p += n;
	c->left -= n;
	return true;
}

u64 *insn_reg(struct cpu_user_regs *regs, unsigned int n)
{
#define AT(r)	offsetof(struct cpu_user_regs, r)
	static const u8 at[16] = {
		AT(rax), AT(rcx), AT(rdx), AT(rbx), AT(rsp), AT(rbp), AT(rsi), AT(rdi),
		AT(r8), AT(r9), AT(r10), AT(r11), AT(r12), AT(r13), AT(r14), AT(r15),
	};
#undef AT

	return (u64 *)((char *)regs + at[n & 15]);
}

static u64 reg_value(const struct cpu_user_regs *regs, unsigned int n)
{
	return *insn_reg((struct cpu_user_regs *)(uintptr_t)regs, n);
}

static inline bool take_byte(struct cursor *c, u8 *b)
{
	if (!c->left)
		return false;
	*b = *c->p++;
	c->left--;
	return true;
}

static bool take_prefixes(struct insn *in, struct cursor *c)
{
	for (u8 b; take_byte(c, &b);) {
		if ((b & 0xf0) == 0x40) {	/* REX is the last prefix */
			in->rex = b;
			if (!take_byte(c, &b))
				return false;
			in->opcode = b;
			return true;
		}
		switch (b) {
		case 0x66: in->opsize16 = true; continue;
		case 0x67: in->addrsize32 = true; continue;
		case 0xf0: in->lock = true; continue;
		case 0xf2: in->repne = true; continue;
		case 0xf3: in->rep = true; continue;
		case 0x26: case 0x2e: case 0x36: case 0x3e: case 0x64: case 0x65:
			in->seg = b;
			continue;
		}
		in->opcode = b;
		return true;
	}
	return false;
}

static bool take_opcode(struct insn *in, struct cursor *c)
{
	if (!take_prefixes(in, c))
		return false;
	if (in->opcode != 0x0f)
		return true;
	in->map = 1;
	if (!take_byte(c, &in->opcode))
		return false;
	return in->opcode != 0x38 && in->opcode != 0x3a;
}

/* One-byte opcodes that have a ModRM byte, as a bitmap of 256. */
static bool one_byte_has_modrm(u8 op)
{
	if (op < 0x40)
		return (op & 7) < 4;
	return op == 0x63 || op == 0x69 || op == 0x6b || (op >= 0x80 && op <= 0x8f) || op == 0xc0 || op == 0xc1 ||
	       op == 0xc6 || op == 0xc7 || (op >= 0xd0 && op <= 0xd3) || op == 0xf6 || op == 0xf7 || op == 0xfe || op == 0xff;
}

static bool two_byte_has_modrm(u8 op)
{
	switch (op) {
	case 0x00: case 0x01: case 0x20: case 0x21: case 0x22: case 0x23:
	case 0xa3: case 0xab: case 0xb3: case 0xbb: case 0xb0: case 0xb1: case 0xba: case 0xc0: case 0xc1: case 0xb6: case 0xb7:
	case 0xae: case 0x1f: case 0x0d:
		return true;
	}
	return false;
}

static bool take_disp(struct cursor *c, unsigned int bytes, s64 *v)
{
	s8 d8;
	s32 d32;

	*v = 0;
	if (bytes == 1) {
		if (!take(c, &d8, 1))
			return false;
		*v = d8;
	} else if (bytes == 4) {
		if (!take(c, &d32, 4))
			return false;
		*v = d32;
	}
	return true;
}

static bool take_modrm(struct insn *in, struct cursor *c, const struct cpu_user_regs *regs, bool *rip_relative)
{
	unsigned int mod, rm, disp_bytes;
	u64 addr = 0;
	s64 disp;

	*rip_relative = false;
	if (!take_byte(c, &in->modrm))
		return false;
	mod = in->modrm >> 6;
	rm = in->modrm & 7;
	in->reg = (in->modrm >> 3 & 7) | (in->rex & 4) << 1;
	in->rm = rm | (in->rex & 1) << 3;
	in->rm_is_mem = mod != 3;
	if (!in->rm_is_mem)
		return true;
	disp_bytes = mod == 1 ? 1 : mod == 2 ? 4 : 0;
	if (rm == 4) {
		u8 sib;
		unsigned int index, base;

		if (!take_byte(c, &sib))
			return false;
		index = (sib >> 3 & 7) | (in->rex & 2) << 2;
		base = (sib & 7) | (in->rex & 1) << 3;
		if (index != 4)
			addr = reg_value(regs, index) << (sib >> 6);
		if ((sib & 7) == 5 && mod == 0)
			disp_bytes = 4;
		else
			addr += reg_value(regs, base);
	} else if (rm == 5 && mod == 0) {
		disp_bytes = 4;
		*rip_relative = true;
	} else {
		addr = reg_value(regs, in->rm);
	}
	if (!take_disp(c, disp_bytes, &disp))
		return false;
	in->mem = addr + disp;
	return true;
}

static unsigned int imm_bytes(const struct insn *in)
{
	unsigned int word = in->opsize16 && !(in->rex & 8) ? 2 : 4;	/* REX.W wins over the size prefix */
	u8 op = in->opcode;

	if (in->map == 1)
		return op == 0xba ? 1 : 0;
	if (op < 0x40 && (op & 7) == 4)
		return 1;
	if (op < 0x40 && (op & 7) == 5)
		return word;
	switch (op) {
	case 0x80: case 0x83: case 0xc6: case 0x6b: case 0xe4: case 0xe5: case 0xe6: case 0xe7: case 0xcd: case 0xc0: case 0xc1:
		return 1;
	case 0x81: case 0xc7: case 0x69:
		return word;
	case 0xf6:
		return (in->modrm >> 3 & 7) < 2 ? 1 : 0;
	case 0xf7:
		return (in->modrm >> 3 & 7) < 2 ? word : 0;
	}
	return 0;
}

static bool take_imm(struct insn *in, struct cursor *c)
{
	s8 i8;
	s16 i16;
	s32 i32;

	in->imm_bytes = imm_bytes(in);
	switch (in->imm_bytes) {
	case 1:
		if (!take(c, &i8, 1))
			return false;
		in->imm = i8;
		break;
	case 2:
		if (!take(c, &i16, 2))
			return false;
		in->imm = i16;
		break;
	case 4:
		if (!take(c, &i32, 4))
			return false;
		in->imm = i32;
		break;
	}
	return true;
}

int insn_decode_bytes(struct insn *in, const struct cpu_user_regs *regs, const u8 *bytes, unsigned int n)
{
	struct cursor c;
	bool rip_relative = false;

	memset(in, 0, sizeof(*in));
	in->nr_bytes = min_t(unsigned int, n, sizeof(in->bytes));
	memcpy(in->bytes, bytes, in->nr_bytes);
	c = (struct cursor){ in->bytes, in->nr_bytes };
	if (!take_opcode(in, &c))
		return -EINVAL;
	in->has_modrm = in->map ? two_byte_has_modrm(in->opcode) : one_byte_has_modrm(in->opcode);
	if (in->has_modrm && !take_modrm(in, &c, regs, &rip_relative))
		return -EINVAL;
	if (!take_imm(in, &c))
		return -EINVAL;
	in->len = in->nr_bytes - c.left;
	if (rip_relative)
		in->mem += regs->rip + in->len;
	if (in->addrsize32)
		in->mem = (u32)in->mem;
	return 0;
}

/* Most instructions end before the page does: a failed fetch is retried up to the page's end. */
size_t insn_fetch(unsigned long rip, u8 bytes[15])
{
	size_t n = 15 - copy_from_guest_raw(bytes, rip, 15);

	if (unlikely(n < 15)) {
		n = min(4096 - (rip & 4095), 15UL);
		if (copy_from_guest_raw(bytes, rip, n))
			return 0;
	}
	return n;
}

int insn_decode(const struct cpu_user_regs *regs, struct insn *in)
{
	u8 bytes[15];
	size_t n = insn_fetch(regs->rip, bytes);

	return n ? insn_decode_bytes(in, regs, bytes, n) : -EFAULT;
}
