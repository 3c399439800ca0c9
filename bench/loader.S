/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A multiboot "kernel" that prints the TSC as 16 hexadecimal digits on the first serial port and stops. Loaded
 * with the same modules as a hypervisor, it tells at how many instructions the loader jumps.
 */
	.section .multiboot, "ax"
	.align 4
multiboot:	/* with addresses, so that the ELF class does not matter */
	.long 0x1badb002, 0x00010001, -(0x1badb002 + 0x00010001)
	.long multiboot, 0x100000, 0, 0, _start

	.text
	.code32
	.globl _start
_start:
	rdtsc
	mov $stack_top, %esp
	mov %eax, %esi
	mov %edx, %ebx
	call hex
	mov %esi, %ebx
	call hex
	mov $'\n', %al
	call put
1:	cli
	hlt
	jmp 1b

/* Prints ebx. */
hex:
	mov $8, %ebp
2:	rol $4, %ebx
	mov %bl, %al
	and $15, %al
	add $'0', %al
	cmp $'9', %al
	jbe 3f
	add $'a' - '0' - 10, %al
3:	call put
	dec %ebp
	jnz 2b
	ret

put:
	mov $0x3f8, %dx
	out %al, %dx
	ret

	.bss
	.skip 256
stack_top:
	.section .note.GNU-stack, "", @progbits
