/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The decoder and the emulated writes, against the CPU itself: random instructions of the kinds that are emulated are executed natively on
 * a word of memory and emulated on a copy; memory, registers and flags must agree. And random bytes must not be read out of bounds.
 */
/* sources: arch/x86/insn/decode.c arch/x86/insn/memwrite.c */
#include <xen/lib.h>
#include <asm/insn.h>
#include "unit.h"

void *mmap(void *addr, size_t len, int prot, int flags, int fd, long off);

#define FLAGS_SEEN	0x8d5UL

/* regs, then code: load all but rsp and rbp, run, store them back with the flags. */
void run_native(struct cpu_user_regs *regs, const void *code);
__asm__(
"	.text\n"
"run_native:\n"
"	push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
"	push %rdi\n"
"	mov %rsi, %rbp\n"
"	push 144(%rdi); popf\n"
"	mov 0(%rdi), %r15; mov 8(%rdi), %r14; mov 16(%rdi), %r13; mov 24(%rdi), %r12; mov 40(%rdi), %rbx\n"
"	mov 48(%rdi), %r11; mov 56(%rdi), %r10; mov 64(%rdi), %r9; mov 72(%rdi), %r8; mov 80(%rdi), %rax\n"
"	mov 88(%rdi), %rcx; mov 96(%rdi), %rdx; mov 104(%rdi), %rsi; mov 112(%rdi), %rdi\n"
"	call *%rbp\n"
"	xchg %rdi, (%rsp)\n"
"	mov %r15, 0(%rdi); mov %r14, 8(%rdi); mov %r13, 16(%rdi); mov %r12, 24(%rdi); mov %rbx, 40(%rdi)\n"
"	mov %r11, 48(%rdi); mov %r10, 56(%rdi); mov %r9, 64(%rdi); mov %r8, 72(%rdi); mov %rax, 80(%rdi)\n"
"	mov %rcx, 88(%rdi); mov %rdx, 96(%rdi); mov %rsi, 104(%rdi)\n"
"	pushf; pop 144(%rdi)\n"
"	pop %rax; mov %rax, 112(%rdi)\n"
"	pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
"	cld; ret\n");

static u64 random64(void)
{
	return (u64)unit_random() << 40 ^ (u64)unit_random() << 20 ^ unit_random();
}

/* One instruction with a memory operand at (%rdi) or disp8(%rdi); 0: try again. */
static unsigned int make_insn(u8 *p, s8 disp, bool *lock_ok)
{
	static const u8 one[] = { 0x00, 0x01, 0x08, 0x09, 0x20, 0x21, 0x28, 0x29, 0x30, 0x31, 0x86, 0x87, 0x88, 0x89,
				  0x80, 0x81, 0x83, 0xc6, 0xc7, 0xfe, 0xff, 0xf6, 0xf7 };
	static const u8 two[] = { 0xab, 0xb3, 0xbb, 0xba, 0xb0, 0xb1, 0xc0, 0xc1 };
	u8 op, reg = unit_random() & 7, rex = 0x40 | (unit_random() & 0xc), *start = p;
	bool is_two = unit_random() & 1, op16 = unit_random() % 5 == 0;
	unsigned int imm = 0;

	op = is_two ? two[unit_random() % sizeof(two)] : one[unit_random() % sizeof(one)];
	if (is_two && op == 0xba) {
		reg = 5 + unit_random() % 3;
		imm = 1;
	}
	if (!is_two && (op == 0x80 || op == 0x83)) {
		reg = (u8[]){ 0, 1, 4, 5, 6 }[unit_random() % 5];
		imm = 1;
	} else if (!is_two && op == 0x81) {
		reg = (u8[]){ 0, 1, 4, 5, 6 }[unit_random() % 5];
		imm = op16 && !(rex & 8) ? 2 : 4;	/* REX.W wins */
	} else if (!is_two && (op == 0xc6 || op == 0xc7)) {
		reg = 0;
		imm = op == 0xc6 ? 1 : op16 && !(rex & 8) ? 2 : 4;
	} else if (!is_two && (op == 0xfe || op == 0xff)) {
		reg &= 1;
	} else if (!is_two && (op == 0xf6 || op == 0xf7)) {
		reg = 2 + (reg & 1);
	}
	if (imm)
		rex &= ~4;
	*lock_ok = op != 0x88 && op != 0x89 && op != 0xc6 && op != 0xc7;
	/* rsp and rbp are not the test's to change: no plain encodings of them as the register operand. */
	if (!imm && op != 0xfe && op != 0xff && op != 0xf6 && op != 0xf7 && !(rex & 4) && (reg == 4 || reg == 5 || reg == 7))
		return 0;
	if (op16)
		*p++ = 0x66;
	*p++ = rex;
	if (is_two)
		*p++ = 0x0f;
	*p++ = op;
	*p++ = 0x40 | reg << 3 | 7;
	*p++ = disp;
	while (imm--)
		*p++ = unit_random();
	*p++ = 0xc3;
	return p - start - 1;
}

static bool is_register_bit_op(const u8 *code, unsigned int len)
{
	for (unsigned int i = 0; i + 1 < len; i++)
		if (code[i] == 0x0f)
			return code[i + 1] == 0xab || code[i + 1] == 0xb3 || code[i + 1] == 0xbb;
	return false;
}

static void fill_registers(struct cpu_user_regs *r, u64 *mem, const u8 *code, unsigned int len)
{
	for (unsigned int i = 0; i < 16; i++)
		*insn_reg(r, i) = random64();
	/* Bit numbers of register operands reach far: keep them near. */
	if (is_register_bit_op(code, len)) {
		for (unsigned int i = 0; i < 16; i++)
			*insn_reg(r, i) = (s64)(s8)unit_random();
	} else if (unit_random() & 1) {
		r->rax = *mem;
	}
	r->rdi = (u64)(uintptr_t)mem;
	r->rflags = 0x202 | (random64() & FLAGS_SEEN);
}

UNIT(agrees_with_the_cpu)
{
	u8 *code = mmap(NULL, 4096, 7, 0x22, -1, 0);
	u64 native_mem[64], emul_mem[64];

	for (int round = 0; round < 200000; round++) {
		struct cpu_user_regs native, emul;
		struct insn_mem_write w;
		u64 *slot, old, new;
		bool lock_ok, writes, bad;
		s8 disp = (unit_random() % 3 - 1) * 8;
		unsigned int len = make_insn(code, disp, &lock_ok);

		if (!len)
			continue;
		for (unsigned int i = 0; i < ARRAY_SIZE(native_mem); i++)
			native_mem[i] = emul_mem[i] = random64();
		memset(&native, 0, sizeof(native));
		fill_registers(&native, &native_mem[32], code, len);
		emul = native;
		emul.rip = (u64)(uintptr_t)code;
		CHECK_EQ(insn_decode_mem_write(&emul, &w), 0);
		CHECK_EQ(w.insn.len, len);
		run_native(&native, code);
		/* The address is the native one: the copy is at the same offset. */
		slot = (u64 *)((char *)emul_mem + (w.addr - (u64)(uintptr_t)native_mem));
		if (w.addr < (u64)(uintptr_t)native_mem || w.addr + 8 > (u64)(uintptr_t)(native_mem + 64)) {
			CHECK(!"address out of range");
			break;
		}
		old = new = 0;
		memcpy(&old, slot, w.size);
		insn_mem_write_apply(&w, old, &new, &writes);
		if (writes)
			memcpy(slot, &new, w.size);
		insn_mem_write_complete(&w, &emul, old);
		bad = memcmp(native_mem, emul_mem, sizeof(native_mem)) != 0;
		for (unsigned int i = 0; i < 16; i++)
			if (i != 4 && i != 5 && *insn_reg(&native, i) != *insn_reg(&emul, i))
				bad = true;
		/* AF is undefined or not made for most of them. */
		if ((native.rflags ^ emul.rflags) & FLAGS_SEEN & ~0x10UL && w.op != OP_BTS && w.op != OP_BTR && w.op != OP_BTC)
			bad = true;
		if ((native.rflags ^ emul.rflags) & 1)
			bad = true;
		if (bad) {
			printf("op %d size %u code %02x %02x %02x %02x %02x %02x: flags native %lx emulated %lx, rax %lx %lx, old %lx\n",
			       w.op, w.size, code[0], code[1], code[2], code[3], code[4], code[5],
			       (unsigned long)native.rflags & FLAGS_SEEN, (unsigned long)emul.rflags & FLAGS_SEEN,
			       (unsigned long)native.rax, (unsigned long)emul.rax, (unsigned long)old);
			CHECK(!bad);
			break;
		}
	}
}

UNIT(rubbish_stays_in_bounds)
{
	struct cpu_user_regs regs;

	memset(&regs, 0, sizeof(regs));
	for (int round = 0; round < 200000; round++) {
		unsigned int n = unit_random() % 16;
		u8 *bytes = malloc(n + 1);	/* exactly as long: a read behind it is seen */
		struct insn in;

		for (unsigned int i = 0; i < n; i++)
			bytes[i] = unit_random();
		if (!insn_decode_bytes(&in, &regs, bytes, n))
			CHECK(in.len && in.len <= n);
		free(bytes);
	}
}
