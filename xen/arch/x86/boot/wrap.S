/* SPDX-License-Identifier: GPL-2.0-only */
/* The flat image inside a 32-bit ELF: what multiboot loaders accept everywhere. IMAGE is set by the Makefile. */
	.section .image, "awx", @progbits
	.globl image
image:
	.incbin IMAGE
	.section .pad, "aw", @nobits
	.skip BSS_SIZE
