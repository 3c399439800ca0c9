/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small decoder for the instructions that guests' kernels execute and the hypervisor must carry out: writes to read-only page tables,
 * and privileged instructions. Decoding has no effects; an instruction that is not known is an error, never a guess.
 */
#ifndef ASM_INSN_H
#define ASM_INSN_H

#include <xen/types.h>
#include <public/xen.h>

struct insn {
	u8 bytes[15];
	u8 nr_bytes;		/* fetched */
	u8 len;			/* of the whole instruction */
	u8 rex;
	bool lock, rep, repne, opsize16, addrsize32;
	u8 seg;			/* override prefix byte, 0: none */
	u8 map;			/* 0: one byte, 1: 0f, 2: 0f38, 3: 0f3a */
	u8 opcode;
	bool has_modrm;
	u8 modrm;
	u8 reg, rm;		/* with REX bits */
	bool rm_is_mem;
	unsigned long mem;	/* effective address (64-bit mode, flat) */
	u8 imm_bytes;
	s64 imm;		/* sign-extended */
};

/* Fetch and decode at regs->rip in current's address space, 64-bit code only. -EFAULT: cannot read; -EINVAL: not understood. */
int insn_decode(const struct cpu_user_regs *regs, struct insn *insn);
/* As above from bytes at hand (host tests). `rip` is their address. */
int insn_decode_bytes(struct insn *insn, const struct cpu_user_regs *regs, const u8 *bytes, unsigned int n);
/* The bytes at rip: how many could be read; 0: none. */
size_t insn_fetch(unsigned long rip, u8 bytes[15]);
/* General register n (0 rax .. 15 r15). */
u64 *insn_reg(struct cpu_user_regs *regs, unsigned int n);

/* -- read-modify-write of memory by integer instructions --------------------------------------------------- */

enum insn_op { OP_MOV, OP_XCHG, OP_CMPXCHG, OP_ADD, OP_OR, OP_ADC, OP_SBB, OP_AND, OP_SUB, OP_XOR, OP_INC, OP_DEC, OP_NOT, OP_NEG,
	       OP_BTS, OP_BTR, OP_BTC, OP_XADD };

struct insn_mem_write {
	struct insn insn;
	enum insn_op op;
	unsigned long addr;	/* linear */
	unsigned int size;	/* bytes: 1, 2, 4, 8 */
	u64 src;		/* register or immediate operand */
	u64 accumulator;	/* cmpxchg's expected value */
	u8 src_reg;		/* for xchg, xadd: the register that gets the old value */
	bool string;		/* STOS: rdi moves, and with a rep prefix rcx counts; one element at a time */
};

/* The instruction at regs->rip as a write to memory: 0, -EFAULT, -EINVAL (not one of the above). */
int insn_decode_mem_write(const struct cpu_user_regs *regs, struct insn_mem_write *w);
/* The value it would store when memory holds `old` (both in the low w->size bytes). *writes is false for a failing cmpxchg. */
void insn_mem_write_apply(const struct insn_mem_write *w, u64 old, u64 *new_val, bool *writes);
/* Memory held `old` at the moment of the (atomic) write: update registers, flags and rip. */
void insn_mem_write_complete(const struct insn_mem_write *w, struct cpu_user_regs *regs, u64 old);

#endif
