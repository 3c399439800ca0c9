/* SPDX-License-Identifier: GPL-2.0-only */
/* Copies that may fault on one side: they return the bytes not copied. rdi: to, rsi: from, rdx: count. */
#include <asm/asm_defns.h>

	.text
ENTRY copy_user_bytes
	mov %rdx, %rcx
	and $7, %edx
	shr $3, %rcx
1:	rep movsq
	mov %edx, %ecx
2:	rep movsb
	mov %rcx, %rax
	ret
3:	lea (%rdx, %rcx, 8), %rax
	ret
4:	mov %rcx, %rax
	ret
	EXTABLE 1b, 3b
	EXTABLE 2b, 4b

/* rdi: to, rsi: count */
ENTRY clear_user_bytes
	mov %rsi, %rcx
	xor %eax, %eax
	and $7, %esi
	shr $3, %rcx
5:	rep stosq
	mov %esi, %ecx
6:	rep stosb
	mov %rcx, %rax
	ret
12:	lea (%rsi, %rcx, 8), %rax
	ret
13:	mov %rcx, %rax
	ret
	EXTABLE 5b, 12b
	EXTABLE 6b, 13b

/* edi: msr, rsi: where to put it; 0 or -EFAULT */
ENTRY rdmsr_safe
	mov %edi, %ecx
7:	rdmsr
	shl $32, %rdx
	or %rdx, %rax
	mov %rax, (%rsi)
	xor %eax, %eax
	ret
8:	mov $-14, %eax
	ret
	EXTABLE 7b, 8b

ENTRY wrmsr_safe
	mov %edi, %ecx
	mov %esi, %eax
	mov %rsi, %rdx
	shr $32, %rdx
9:	wrmsr
	xor %eax, %eax
	ret
	EXTABLE 9b, 8b

/* Load a selector that may be bad: edi; eax: 0, or 1 when it was bad and a null one was loaded. */
.macro LOADSEG name, reg
ENTRY \name
	xor %eax, %eax
10:	mov %edi, %\reg
	ret
11:	xor %edi, %edi
	mov %edi, %\reg
	mov $1, %eax
	ret
	EXTABLE 10b, 11b
.endm
LOADSEG load_ds, ds
LOADSEG load_es, es
LOADSEG load_fs, fs
/* GS of the guest's user mode, while its kernel's base is live. */
ENTRY load_gs_user
	xor %eax, %eax
	swapgs
12:	mov %edi, %gs
	mfence
	swapgs
	ret
13:	xor %edi, %edi
	mov %edi, %gs
	swapgs
	mov $1, %eax
	ret
	EXTABLE 12b, 13b
LOADSEG load_gs, gs

	.section .note.GNU-stack, "", @progbits
