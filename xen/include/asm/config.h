/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypervisor's part of the address space (L4 slots 256..271; the ABI keeps it out of guests' hands), and sizes
 * that the linker script, assembly and C share. See docs/address-space.md.
 */
#ifndef ASM_CONFIG_H
#define ASM_CONFIG_H

#ifdef __ASSEMBLY__
#define _UL(x)	x
#else
#define _UL(x)	x##UL
#endif

#define PAGE_SHIFT		12
#define PAGE_SIZE		(_UL(1) << PAGE_SHIFT)
#define PAGE_MASK		(~(PAGE_SIZE - 1))
#define PADDR_BITS		52

#define NR_CPUS			64

#define STACK_ORDER		3
#define STACK_SIZE		(PAGE_SIZE << STACK_ORDER)

#undef HYPERVISOR_VIRT_START
#undef HYPERVISOR_VIRT_END
#define HYPERVISOR_VIRT_START	_UL(0xffff800000000000)
#define HYPERVISOR_VIRT_END	_UL(0xffff880000000000)
#define XEN_FIRST_L4_SLOT	256
#define XEN_LAST_L4_SLOT	271

/* Slot 256: machine-to-physical table, guests read it. */
#define RO_MPT_VIRT_START	_UL(0xffff800000000000)
#define RO_MPT_VIRT_END		_UL(0xffff804000000000)
#define MPT_MAX_FRAMES		((RO_MPT_VIRT_END - RO_MPT_VIRT_START) / 8)

/* Slot 260: per-domain area (its L3 belongs to the domain): 64 KiB of GDT and 64 KiB of LDT view for each vcpu. */
#define PERDOMAIN_L4_SLOT	260
#define PERDOMAIN_VIRT_START	_UL(0xffff820000000000)
#define GDT_LDT_VCPU_SHIFT	17
#define GDT_VIRT_START(id)	(PERDOMAIN_VIRT_START + ((unsigned long)(id) << GDT_LDT_VCPU_SHIFT))
#define LDT_VIRT_START(id)	(GDT_VIRT_START(id) + 0x10000)

/* Slot 261: the hypervisor itself. */
#define XEN_L4_SLOT		261
#define IOREMAP_VIRT_START	_UL(0xffff82c000000000)	/* 64 GiB of device mappings and vmap */
#define IOREMAP_VIRT_END	_UL(0xffff82d000000000)
#define XEN_VIRT_START		_UL(0xffff82d080000000)	/* image: 1 GiB reserved */
#define PERCPU_VIRT_START	_UL(0xffff82d0c0000000)	/* per-CPU data, PERCPU_AREA_SIZE each; in RIP reach of the image */
#define PERCPU_AREA_SIZE	_UL(0x10000)
#define STACKS_VIRT_START	_UL(0xffff82d0d0000000)	/* per-CPU stacks, STACK_SIZE each, aligned to it */
#define FIXMAP_VIRT_START	_UL(0xffff82d0e0000000)	/* early mappings */
#define FRAMETABLE_VIRT_START	_UL(0xffff82e000000000)	/* 128 GiB: 32 bytes for each frame */
#define RW_MPT_VIRT_START	_UL(0xffff82d400000000)	/* writable alias of the machine-to-physical table: 32 GiB = 16 TiB of RAM */

/* Slots 262..271: all RAM, one to one. */
#define DIRECTMAP_L4_SLOT	262
#define DIRECTMAP_VIRT_START	_UL(0xffff830000000000)
#define DIRECTMAP_VIRT_END	HYPERVISOR_VIRT_END

#define XEN_PHYS_START		_UL(0x200000)		/* where the loader puts the image */

/* Guests may use canonical addresses outside of the window. */
#define MACH2PHYS_GUEST_ENTRIES	(MPT_MAX_FRAMES)

/* Selectors: the guests' flat ones are fixed by the ABI (0xe0xx); ours follow in the reserved GDT page. */
#define FIRST_RESERVED_GDT_PAGE	14
#define NR_RESERVED_GDT_PAGES	2
#define FIRST_RESERVED_GDT_BYTE	(FIRST_RESERVED_GDT_PAGE * 4096)
#define FIRST_RESERVED_GDT_ENTRY (FIRST_RESERVED_GDT_BYTE / 8)
#define LDT_SELECTOR		0xe050		/* FIRST_RESERVED_GDT_BYTE = 0xe000 */
#define TSS_SELECTOR		0xe040
#define XEN_DS64		0xe010
#define XEN_CS64		0xe008

#endif
