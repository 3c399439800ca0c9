/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the loader to C: multiboot 1 and 2 headers, the way from 32-bit protected mode to long mode.
 * Tables built here: identity map and direct map of the first 4 GiB (2 MiB pages), the image (16 MiB), and boot CPU's stack.
 */
#include <asm/config.h>

#define MB1_MAGIC	0x1badb002
#define MB1_FLAGS	0x00010003	/* align modules, memory map, address fields valid */
#define MB2_MAGIC	0xe85250d6

#define PHYS(x)		((x) - XEN_VIRT_START + XEN_PHYS_START)
#define TABLE_FLAGS	0x063		/* present, rw, accessed, dirty */
#define LARGE_FLAGS	0x0e3		/* and page size */
#define LARGE_GLOBAL	0x1e3

#define L4_SLOT_XEN	261
#define L4_SLOT_DIRECT	262
#define L3_SLOT_IMAGE	((XEN_VIRT_START >> 30) & 511)

	.section .multiboot, "ax", @progbits
	.align 8
mb1_header:
	.long MB1_MAGIC
	.long MB1_FLAGS
	.long -(MB1_MAGIC + MB1_FLAGS)
	.long PHYS(mb1_header)
	.long XEN_PHYS_START
	.long PHYS(__init_end)
	.long PHYS(_end)
	.long PHYS(start)

	.align 8
mb2_header:
	.long MB2_MAGIC
	.long 0
	.long mb2_end - mb2_header
	.long -(MB2_MAGIC + 0 + (mb2_end - mb2_header))
	/* information wanted: command line, modules, memory map, framebuffer, both RSDPs (optional) */
	.word 1, 1
	.long 8 + 4 * 6
	.long 1, 3, 6, 8, 14, 15
	.align 8
	/* modules on page boundaries */
	.word 6, 0
	.long 8
	.align 8
	.word 0, 0
	.long 8
mb2_end:

	.section .text.boot, "ax", @progbits
	.code32
	.globl start
start:
	cli
	cld
	mov $PHYS(boot_stack_end), %esp
	mov %eax, PHYS(loader_magic)
	mov %ebx, PHYS(loader_info)

	/* The loader may have cleared the .bss or not. */
	mov $PHYS(__bss_start), %edi
	mov $PHYS(__bss_end), %ecx
	sub %edi, %ecx
	xor %eax, %eax
	rep stosb

	mov PHYS(loader_magic), %eax
	cmp $0x2badb002, %eax
	je 1f
	cmp $0x36d76289, %eax
	je 1f
	mov $PHYS(msg_loader), %esi
	jmp boot_fail
1:
	/* Long mode, with the instructions to find out about it. */
	mov $0x80000000, %eax
	cpuid
	mov $PHYS(msg_lm), %esi
	cmp $0x80000001, %eax
	jb boot_fail
	mov $0x80000001, %eax
	cpuid
	bt $29, %edx
	jnc boot_fail
	mov $PHYS(msg_nx), %esi
	bt $20, %edx
	jnc boot_fail
	mov $1, %eax
	cpuid
	mov $PHYS(msg_pge), %esi
	bt $13, %edx
	jnc boot_fail

	/* L2 tables of the first 4 GiB. */
	mov $PHYS(l2_directmap0), %edi
	mov $LARGE_GLOBAL, %eax
	mov $2048, %ecx
2:	mov %eax, (%edi)
	movl $0, 4(%edi)
	add $0x200000, %eax
	add $8, %edi
	loop 2b

	mov $PHYS(l3_directmap0), %edi
	mov $PHYS(l2_directmap0) + TABLE_FLAGS, %eax
	mov $4, %ecx
3:	mov %eax, (%edi)
	add $0x1000, %eax
	add $8, %edi
	loop 3b

	/* The image: 8 large pages. */
	mov $PHYS(l2_image), %edi
	mov $XEN_PHYS_START + LARGE_GLOBAL, %eax
	mov $8, %ecx
4:	mov %eax, (%edi)
	add $0x200000, %eax
	add $8, %edi
	loop 4b
	movl $PHYS(l2_image) + TABLE_FLAGS, PHYS(l3_xen) + 8 * L3_SLOT_IMAGE
	movl $PHYS(l2_percpu) + TABLE_FLAGS, PHYS(l3_xen) + 8 * (L3_SLOT_IMAGE + 1)

	movl $PHYS(l3_directmap0) + TABLE_FLAGS, PHYS(idle_pg_table)
	movl $PHYS(l3_xen) + TABLE_FLAGS, PHYS(idle_pg_table) + 8 * L4_SLOT_XEN
	movl $PHYS(l3_directmap0) + TABLE_FLAGS, PHYS(idle_pg_table) + 8 * L4_SLOT_DIRECT

	mov $0xb0, %eax			/* PAE, PGE, PSE */
	mov %eax, %cr4
	mov $PHYS(idle_pg_table), %eax
	mov %eax, %cr3
	mov $0xc0000080, %ecx
	rdmsr
	or $0x900, %eax			/* LME, NXE */
	wrmsr
	mov $0x80010033, %eax		/* PG, WP, NE, ET, MP, PE */
	mov %eax, %cr0
	lgdt PHYS(boot_gdtr)
	ljmp $8, $PHYS(start64)

	/* No way on: say why on the serial line and the screen. %esi: text. */
boot_fail:
	mov $0xb8000, %edi
5:	lodsb
	test %al, %al
	jz 7f
	mov $0x0f, %ah
	mov %ax, (%edi)
	add $2, %edi
	mov %al, %bl
	mov $0x3fd, %dx
	mov $0x10000, %ecx
6:	in %dx, %al
	test $0x20, %al
	loopz 6b
	mov $0x3f8, %dx
	mov %bl, %al
	out %al, %dx
	jmp 5b
7:	hlt
	jmp 7b

msg_loader:	.asciz "xen: not started by a multiboot loader\r\n"
msg_lm:		.asciz "xen: this CPU has no 64-bit long mode\r\n"
msg_nx:		.asciz "xen: this CPU has no NX (or it is off in the firmware)\r\n"
msg_pge:	.asciz "xen: this CPU has no global pages\r\n"

	.code64
start64:
	mov $0x10, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	xor %eax, %eax
	mov %eax, %fs
	mov %eax, %gs
	lea boot_virt(%rip), %rax
	movabs $XEN_VIRT_START - XEN_PHYS_START, %rcx
	add %rcx, %rax
	jmp *%rax
boot_virt:
	lea cpu0_stack(%rip), %rsp
	add $STACK_SIZE - 512, %rsp
	call boot_map_cpu0
	/* The same memory, seen where every CPU's stack lies. */
	mov $STACKS_VIRT_START, %rsp
	add %rax, %rsp
	mov loader_magic(%rip), %edi
	mov loader_info(%rip), %esi
	sub $8, %rsp			/* cpu_info lies 8 bytes off a multiple of 16 */
	xor %ebp, %ebp
	call start_xen
8:	cli
	hlt
	jmp 8b

	.section .data, "aw", @progbits
	.align 8
	.globl loader_magic, loader_info
loader_magic:	.long 0
loader_info:	.long 0
	.align 8
boot_gdt:
	.quad 0
	.quad 0x00af9b000000ffff	/* 8: ring 0, 64-bit code */
	.quad 0x00cf93000000ffff	/* 16: data */
	.globl boot_gdtr
boot_gdtr:
	.word boot_gdtr - boot_gdt - 1
	.long PHYS(boot_gdt)
	.long 0
	/* The first stack, for a few pushes before paging. */
	.skip 256
boot_stack_end:

	.section .bss.page_aligned, "aw", @nobits
	.align 32768
	.globl cpu0_stack
cpu0_stack:	.skip STACK_SIZE
	.align 4096
	.globl idle_pg_table, l3_xen, l3_directmap0, l2_directmap0, l2_image, l2_percpu, l1_percpu, l1_stacks, cpu0_percpu
idle_pg_table:	.skip 4096
l3_xen:		.skip 4096
l3_directmap0:	.skip 4096
l2_directmap0:	.skip 4 * 4096
l2_image:	.skip 4096
l2_percpu:	.skip 4096
l1_percpu:	.skip 2 * 4096
l1_stacks:	.skip 4096
cpu0_percpu:	.skip PERCPU_AREA_SIZE
