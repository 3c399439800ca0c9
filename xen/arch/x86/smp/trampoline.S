/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where an AP begins: real mode, CS:IP = page:0. The code is copied to a page below 1 MiB and its
 * variables at the end are filled in (struct trampoline_vars in smpboot.c). It goes to long mode in one
 * step, on tables that map this page one to one.
 */
	.section .rodata, "a", @progbits
	.globl trampoline_start, trampoline_end
	.code16
	.balign 16
trampoline_start:
	cli
	cld
	mov %cs, %ax
	mov %ax, %ds
	mov (tr_cr4 - trampoline_start), %eax
	mov %eax, %cr4
	mov (tr_cr3 - trampoline_start), %eax
	mov %eax, %cr3
	mov $0xc0000080, %ecx
	mov (tr_efer - trampoline_start), %eax
	xor %edx, %edx
	wrmsr
	lgdtl (tr_gdtr - trampoline_start)
	mov (tr_cr0 - trampoline_start), %eax
	mov %eax, %cr0
	ljmpl *(tr_far - trampoline_start)

	.code64
	.globl trampoline_64
trampoline_64:
	xor %eax, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %fs
	mov %eax, %gs
	mov %eax, %ss
	mov tr_stack(%rip), %rsp
	mov tr_idle_cr3(%rip), %rdi
	mov tr_entry(%rip), %rax
	jmp *%rax

	.balign 8
	.globl trampoline_vars
trampoline_vars:
tr_gdtr:	.word 15
		.long 0
		.word 0
tr_far:		.long 0
		.word 8
		.word 0
tr_cr0:		.long 0
tr_cr3:		.long 0
tr_cr4:		.long 0
tr_efer:	.long 0
tr_stack:	.quad 0
tr_entry:	.quad 0
tr_idle_cr3:	.quad 0
tr_gdt:		.quad 0
		.quad 0x00af9b000000ffff	/* 64-bit code, ring 0 */
trampoline_end:

	/* In the image's own window: off the trampoline's tables, and into C. */
	.section .text, "ax", @progbits
	.code64
	.globl ap_entry
ap_entry:
	mov %rdi, %cr3
	xor %ebp, %ebp
	call start_secondary
1:	hlt
	jmp 1b
