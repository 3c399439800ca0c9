/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Integer instructions that write memory: what they store and what they leave in registers and flags. Whoever carries one out
 * reads the memory, calls insn_mem_write_apply(), stores atomically if memory still held that value, then insn_mem_write_complete().
 */
#include <xen/errno.h>
#include <xen/lib.h>
#include <asm/insn.h>

#define EFLAGS_ARITH	0x8d5UL		/* CF PF AF ZF SF OF */
#define EFLAGS_CF	0x001UL
#define EFLAGS_DF	0x400UL

static u64 mask_of(unsigned int size)
{
	return size == 8 ? ~0ULL : (1ULL << (8 * size)) - 1;
}

static u64 read_reg(const struct cpu_user_regs *regs, const struct insn *in, unsigned int n, unsigned int size)
{
	struct cpu_user_regs *r = (struct cpu_user_regs *)(uintptr_t)regs;

	if (size == 1 && !in->rex && n >= 4 && n < 8)	/* ah ch dh bh */
		return *insn_reg(r, n - 4) >> 8 & 0xff;
	return *insn_reg(r, n) & mask_of(size);
}

static void write_reg(struct cpu_user_regs *regs, const struct insn *in, unsigned int n, unsigned int size, u64 v)
{
	u64 *r;

	if (size == 1 && !in->rex && n >= 4 && n < 8) {
		r = insn_reg(regs, n - 4);
		*r = (*r & ~0xff00ULL) | (v & 0xff) << 8;
		return;
	}
	r = insn_reg(regs, n);
	if (size == 8)
		*r = v;
	else if (size == 4)
		*r = (u32)v;
	else
		*r = (*r & ~mask_of(size)) | (v & mask_of(size));
}

static unsigned int operand_size(const struct insn *in)
{
	return in->rex & 8 ? 8 : in->opsize16 ? 2 : 4;
}

static const enum insn_op group1[8] = { OP_ADD, OP_OR, OP_ADC, OP_SBB, OP_AND, OP_SUB, OP_XOR, OP_MOV };

/* What kind, and where the source operand is: register, immediate or none. */
static int classify_one_byte(struct insn_mem_write *w, bool *src_is_reg)
{
	const struct insn *in = &w->insn;
	unsigned int ext = in->modrm >> 3 & 7;
	u8 op = in->opcode;

	*src_is_reg = true;
	w->size = op & 1 ? operand_size(in) : 1;
	if (op < 0x38 && (op & 7) < 2) {
		w->op = group1[op >> 3];
		return 0;
	}
	switch (op) {
	case 0x86: case 0x87:
		w->op = OP_XCHG;
		return 0;
	case 0x88: case 0x89:
		w->op = OP_MOV;
		return 0;
	case 0xc6: case 0xc7:
		w->op = OP_MOV;
		*src_is_reg = false;
		return ext ? -EINVAL : 0;
	case 0x80: case 0x81: case 0x83:
		if (ext == 7)
			return -EINVAL;		/* CMP */
		w->op = group1[ext];
		*src_is_reg = false;
		return 0;
	case 0xfe: case 0xff:
		w->op = ext ? OP_DEC : OP_INC;
		*src_is_reg = false;
		return ext > 1 ? -EINVAL : 0;
	case 0xf6: case 0xf7:
		w->op = ext == 2 ? OP_NOT : OP_NEG;
		*src_is_reg = false;
		return ext == 2 || ext == 3 ? 0 : -EINVAL;
	}
	return -EINVAL;
}

static int classify_two_byte(struct insn_mem_write *w, bool *src_is_reg)
{
	const struct insn *in = &w->insn;
	unsigned int ext = in->modrm >> 3 & 7;

	*src_is_reg = true;
	w->size = operand_size(in);
	switch (in->opcode) {
	case 0xab: w->op = OP_BTS; return 0;
	case 0xb3: w->op = OP_BTR; return 0;
	case 0xbb: w->op = OP_BTC; return 0;
	case 0xb0: w->size = 1; w->op = OP_CMPXCHG; return 0;
	case 0xb1: w->op = OP_CMPXCHG; return 0;
	case 0xc3: w->op = OP_MOV; return 0;	/* MOVNTI */
	case 0xc0: w->size = 1; w->op = OP_XADD; return 0;
	case 0xc1: w->op = OP_XADD; return 0;
	case 0xba:
		*src_is_reg = false;
		if (ext < 5)
			return -EINVAL;
		w->op = ext == 5 ? OP_BTS : ext == 6 ? OP_BTR : OP_BTC;
		return 0;
	}
	return -EINVAL;
}

static bool is_bit_op(enum insn_op op)
{
	return op == OP_BTS || op == OP_BTR || op == OP_BTC;
}

/* A rep that has nothing left to do does not fault: rcx is not 0 here. */
static int decode_stos(const struct cpu_user_regs *regs, struct insn_mem_write *w)
{
	const struct insn *in = &w->insn;

	if (in->addrsize32)
		return -EINVAL;
	w->string = true;
	w->op = OP_MOV;
	w->size = in->opcode & 1 ? operand_size(in) : 1;
	w->addr = regs->rdi;
	w->src = regs->rax & mask_of(w->size);
	return 0;
}

/* Operand in memory by a base register, with or without displacement: ModRM at *b, which moves behind the operand. */
static bool quick_operand(const struct cpu_user_regs *regs, const u8 **b, u8 rex, unsigned long *addr)
{
	u8 modrm = *(*b)++;
	unsigned int mod = modrm >> 6, rm = modrm & 7;
	s32 d = 0;

	if (mod == 3 || (rm == 5 && mod == 0))
		return false;
	if (rm == 4) {
		u8 sib = *(*b)++;

		rm = sib & 7;
		if ((sib >> 3 & 7) != 4 || (rex & 2) || (rm == 5 && mod == 0))
			return false;
	}
	if (mod == 1) {
		d = (s8)*(*b)++;
	} else if (mod == 2) {
		memcpy(&d, *b, 4);
		*b += 4;
	}
	*addr = *insn_reg((struct cpu_user_regs *)(uintptr_t)regs, rm | (rex & 1) << 3) + d;
	return true;
}

/*
 * The forms that Linux writes page tables with: 64-bit mov or xchg of a register (REX.W 89, 87), and lock and of a byte with a constant
 * (f0 80 /4; a kernel on one CPU has put 3e in place of the lock prefix). As the long way would decode them.
 */
static bool decode_quick(const struct cpu_user_regs *regs, const u8 *bytes, struct insn_mem_write *w)
{
	const u8 *b = bytes;
	bool lock = *b == 0xf0, locked_and;
	u8 rex = 0, op, reg;

	b += lock || *b == 0x3e;
	if ((*b & 0xf0) == 0x40)
		rex = *b++;
	op = *b++;
	reg = *b >> 3 & 7;
	locked_and = op == 0x80 && reg == 4;
	if (!locked_and && ((op != 0x87 && op != 0x89) || !(rex & 8) || (lock && op == 0x89)))
		return false;
	if (!quick_operand(regs, &b, rex, &w->addr))
		return false;
	if (locked_and) {
		w->op = OP_AND;
		w->size = 1;
		w->src = *b++;
	} else {
		w->op = op == 0x87 ? OP_XCHG : OP_MOV;
		w->size = 8;
		w->src_reg = reg | (rex & 4) << 1;
		w->src = *insn_reg((struct cpu_user_regs *)(uintptr_t)regs, w->src_reg);
	}
	w->insn.rex = rex;
	w->insn.len = b - bytes;
	return true;
}

int insn_decode_mem_write(const struct cpu_user_regs *regs, struct insn_mem_write *w)
{
	struct insn *in = &w->insn;
	bool src_is_reg;
	u8 bytes[15];
	size_t n = insn_fetch(regs->rip, bytes);
	int rc;

	w->string = false;
	if (likely(n == sizeof(bytes)) && decode_quick(regs, bytes, w))
		return 0;
	rc = n ? insn_decode_bytes(in, regs, bytes, n) : -EFAULT;
	if (rc)
		return rc;
	if (!in->map && (in->opcode & ~1) == 0xaa)
		return decode_stos(regs, w);
	if (!in->has_modrm || !in->rm_is_mem || in->seg == 0x64 || in->seg == 0x65 || in->rep || in->repne)
		return -EINVAL;
	rc = in->map ? classify_two_byte(w, &src_is_reg) : classify_one_byte(w, &src_is_reg);
	if (rc)
		return rc;
	if (w->op == OP_ADC || w->op == OP_SBB)
		return -EINVAL;		/* no kernel does arithmetic with carry on a page table */
	w->addr = in->mem;
	w->src_reg = in->reg;
	w->src = src_is_reg ? read_reg(regs, in, in->reg, w->size) : (u64)in->imm & mask_of(w->size);
	w->accumulator = regs->rax & mask_of(w->size);
	if (is_bit_op(w->op)) {
		/* A register operand reaches beyond the word: the address moves with its high part. */
		s64 bit = src_is_reg ? (s64)(w->src << (64 - 8 * w->size)) >> (64 - 8 * w->size) : (s64)(w->src & 63);
		unsigned int bits = 8 * w->size;

		if (src_is_reg)
			w->addr += (bit >> (bits == 64 ? 6 : bits == 32 ? 5 : 4)) * (s64)w->size;
		w->src = bit & (bits - 1);
	}
	return 0;
}

void insn_mem_write_apply(const struct insn_mem_write *w, u64 old, u64 *new_val, bool *writes)
{
	u64 m = mask_of(w->size), v = old;

	*writes = true;
	switch (w->op) {
	case OP_MOV: case OP_XCHG: v = w->src; break;
	case OP_CMPXCHG:
		*writes = (old & m) == w->accumulator;
		v = w->src;
		break;
	case OP_ADD: case OP_XADD: v = old + w->src; break;
	case OP_OR: v = old | w->src; break;
	case OP_AND: v = old & w->src; break;
	case OP_SUB: v = old - w->src; break;
	case OP_XOR: v = old ^ w->src; break;
	case OP_INC: v = old + 1; break;
	case OP_DEC: v = old - 1; break;
	case OP_NOT: v = ~old; break;
	case OP_NEG: v = 0 - old; break;
	case OP_BTS: v = old | 1ULL << w->src; break;
	case OP_BTR: v = old & ~(1ULL << w->src); break;
	case OP_BTC: v = old ^ 1ULL << w->src; break;
	case OP_ADC: case OP_SBB:	/* refused by the decoder */
		*writes = false;
		break;
	}
	*new_val = v & m;
}

/* The flags by letting the CPU do the operation on operands shifted to the top, where carry, sign and overflow come out right. */
static u64 arith_flags(enum insn_op op, u64 a, u64 b, unsigned int size, u64 flags)
{
	unsigned int shift = 64 - 8 * size;
	u64 out, low = flags;

	a <<= shift;
	b <<= shift;
	switch (op) {
	case OP_ADD: case OP_XADD: case OP_INC:
		__asm__("add %2, %1; pushf; pop %0" : "=r"(out), "+r"(a) : "r"(b) : "cc");
		break;
	case OP_SUB: case OP_CMPXCHG: case OP_DEC: case OP_NEG:
		__asm__("sub %2, %1; pushf; pop %0" : "=r"(out), "+r"(a) : "r"(b) : "cc");
		break;
	case OP_OR:
		__asm__("or %2, %1; pushf; pop %0" : "=r"(out), "+r"(a) : "r"(b) : "cc");
		break;
	case OP_AND:
		__asm__("and %2, %1; pushf; pop %0" : "=r"(out), "+r"(a) : "r"(b) : "cc");
		break;
	case OP_XOR:
		__asm__("xor %2, %1; pushf; pop %0" : "=r"(out), "+r"(a) : "r"(b) : "cc");
		break;
	default:
		return flags;
	}
	/* Parity and auxiliary carry are of the low byte: make parity from the unshifted result. */
	out &= EFLAGS_ARITH & ~0x14UL;
	if (!__builtin_parity((u8)(a >> shift)))
		out |= 0x04;
	if (op == OP_INC || op == OP_DEC)
		out = (out & ~EFLAGS_CF) | (low & EFLAGS_CF);
	return (flags & ~EFLAGS_ARITH) | out;
}

static u64 flags_after(const struct insn_mem_write *w, u64 old, u64 flags)
{
	switch (w->op) {
	case OP_MOV: case OP_XCHG: case OP_NOT: case OP_ADC: case OP_SBB:
		return flags;
	case OP_BTS: case OP_BTR: case OP_BTC:
		return (flags & ~EFLAGS_CF) | (old >> w->src & 1);
	case OP_CMPXCHG:
		return arith_flags(w->op, w->accumulator, old, w->size, flags);
	case OP_INC: case OP_DEC:
		return arith_flags(w->op, old, 1, w->size, flags);
	case OP_NEG:
		return arith_flags(w->op, 0, old, w->size, flags);
	default:
		return arith_flags(w->op, old, w->src, w->size, flags);
	}
}

static void complete_stos(const struct insn_mem_write *w, struct cpu_user_regs *regs)
{
	regs->rdi += regs->rflags & EFLAGS_DF ? -(u64)w->size : w->size;
	if ((w->insn.rep || w->insn.repne) && --regs->rcx)
		return;
	regs->rip += w->insn.len;
}

void insn_mem_write_complete(const struct insn_mem_write *w, struct cpu_user_regs *regs, u64 old)
{
	if (w->string) {
		complete_stos(w, regs);
		return;
	}
	old &= mask_of(w->size);
	regs->rflags = flags_after(w, old, regs->rflags);
	if (w->op == OP_XCHG || w->op == OP_XADD)
		write_reg(regs, &w->insn, w->src_reg, w->size, old);
	if (w->op == OP_CMPXCHG && old != w->accumulator)
		write_reg(regs, &w->insn, 0, w->size, old);
	regs->rip += w->insn.len;
}
