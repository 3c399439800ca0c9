/* SPDX-License-Identifier: GPL-2.0-only */
/* Into ring 3 and back, for cpu/smap.c: rdi rip, rsi rsp. Returns 1 when int3 came back, 0 when a page fault did. */
#include <asm/asm_defns.h>

	.text
ENTRY smap_test_run
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
	mov %rsp, smap_test_rsp(%rip)
	pushq $FLAT_RING3_SS64
	push %rsi
	pushq $0x2
	pushq $FLAT_RING3_CS64
	push %rdi
	iretq

ENTRY smap_test_int3
	mov $1, %eax
	jmp 1f
ENTRY smap_test_page_fault
	xor %eax, %eax
1:	mov smap_test_rsp(%rip), %rsp
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
	ret

	.section .bss, "aw", @nobits
	.align 8
smap_test_rsp:	.skip 8
	.section .note.GNU-stack, "", @progbits
