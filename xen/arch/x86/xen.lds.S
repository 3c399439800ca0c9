/* SPDX-License-Identifier: GPL-2.0-only */
/* The image: loaded at XEN_PHYS_START, runs at XEN_VIRT_START. The first page holds the loader's headers. */
#include <asm/config.h>

OUTPUT_FORMAT(elf64-x86-64)
OUTPUT_ARCH(i386:x86-64)
ENTRY(start)

SECTIONS
{
	cpu_stacks = STACKS_VIRT_START;	/* entry code reaches them relative to %rip */
	. = XEN_VIRT_START;
	_start = .;
	.text : {
		_stext = .;
		*(.multiboot)
		*(.text.boot)
		. = ALIGN(PAGE_SIZE);
		_stext_entry = .;	/* all that runs on a guest's tables while no isolation switch was made */
		*(.text.entry)
		_etext_entry = .;
		*(.text .text.*)
		_etext = .;
	}
	. = ALIGN(PAGE_SIZE);
	.rodata : {
		_srodata = .;
		*(.rodata .rodata.*)
		. = ALIGN(8);
		__start_ex_table = .;
		*(.ex_table)
		__stop_ex_table = .;
		*(.data.rel.ro .data.rel.ro.*)
		*(.got .got.plt)
		_erodata = .;
	}
	. = ALIGN(PAGE_SIZE);
	.data.ro_after_init : {
		_sro_after_init = .;
		*(.data.ro_after_init)
		. = ALIGN(PAGE_SIZE);
		_ero_after_init = .;
	}
	.data : {
		*(.data.page_aligned)
		*(.data .data.*)
	}
	. = ALIGN(PAGE_SIZE);
	.init : {
		__init_begin = .;
		*(.init.text)
		. = ALIGN(8);
		*(.init.data)
		*(.init.rodata)
		. = ALIGN(8);
		__start_ctors = .;
		*(.init_array .init_array.*)
		__stop_ctors = .;
		. = ALIGN(8);
		__start_params = .;
		*(.init.params)
		__stop_params = .;
		. = ALIGN(PAGE_SIZE);
		__init_end = .;
	}
	.bss : {
		__bss_start = .;
		*(.bss.page_aligned)
		. = ALIGN(PAGE_SIZE);
		__per_cpu_start = .;
		*(.bss.percpu)
		. = ALIGN(64);
		__per_cpu_end = .;
		*(.bss .bss.* COMMON)
		. = ALIGN(PAGE_SIZE);
		__bss_end = .;
	}
	_end = .;
	ASSERT(_end - _start < 0x1000000, "image larger than the 16 MiB that boot code maps")
	ASSERT(__per_cpu_end - __per_cpu_start <= PERCPU_AREA_SIZE, "per-CPU data larger than its area")

	/DISCARD/ : { *(.comment) *(.note*) *(.eh_frame*) *(.discard*) }
}
