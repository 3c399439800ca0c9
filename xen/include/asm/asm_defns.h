/* SPDX-License-Identifier: GPL-2.0-only */
/* For assembly files: saving and restoring registers, exception table entries. */
#ifndef ASM_ASM_DEFNS_H
#define ASM_ASM_DEFNS_H

#include <asm/config.h>
#include <asm-offsets.h>

#define TRAP_SYSCALL	0x100		/* in entry_vector: came by SYSCALL, rcx and r11 need not survive */

#define FLAT_RING3_CS64	0xe033
#define FLAT_RING3_SS64	0xe02b

/* The order of struct cpu_user_regs, from rdi down; error_code and entry_vector are on the stack already. */
.macro SAVE_ALL
	cld
	push %rdi
	push %rsi
	push %rdx
	push %rcx
	push %rax
	push %r8
	push %r9
	push %r10
	push %r11
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
	xor %ebp, %ebp
.endm

.macro RESTORE_ALL adj=0
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
	pop %r11
	pop %r10
	pop %r9
	pop %r8
	pop %rax
	pop %rcx
	pop %rdx
	pop %rsi
	pop %rdi
	add $8 + \adj, %rsp
.endm

.macro EXTABLE from, to
	.pushsection .ex_table, "a"
	.long \from - ., \to - .
	.popsection
.endm

/* %rbx: this CPU's cpu_info */
.macro GET_CPUINFO reg
	mov $STACK_SIZE - 1, %e\reg
	or %rsp, %r\reg
	sub $CPUINFO_sizeof - 1, %r\reg
.endm

.macro ENTRY name
	.globl \name
	.type \name, @function
	.p2align 4
\name:
.endm

#endif
