/* SPDX-License-Identifier: GPL-2.0-only */
/* Page-table entries as typed values, their bits, and conversions between frame numbers, machine and virtual addresses. */
#ifndef ASM_PAGE_H
#define ASM_PAGE_H

#include <xen/types.h>
#include <asm/config.h>

#define PAGE_ORDER_4K		0
#define PAGE_ORDER_2M		9
#define PAGE_ORDER_1G		18

#define L1_SHIFT		12
#define L2_SHIFT		21
#define L3_SHIFT		30
#define L4_SHIFT		39
#define PT_ENTRIES		512

#define _PAGE_PRESENT		0x001UL
#define _PAGE_RW		0x002UL
#define _PAGE_USER		0x004UL
#define _PAGE_PWT		0x008UL
#define _PAGE_PCD		0x010UL
#define _PAGE_ACCESSED		0x020UL
#define _PAGE_DIRTY		0x040UL
#define _PAGE_PSE		0x080UL	/* L2, L3 */
#define _PAGE_PAT		0x080UL	/* L1 */
#define _PAGE_GLOBAL		0x100UL
#define _PAGE_AVAIL0		0x200UL
#define _PAGE_AVAIL1		0x400UL
#define _PAGE_AVAIL2		0x800UL
#define _PAGE_AVAIL_HIGH	(0x7ffUL << 52)
#define _PAGE_NX		(1UL << 63)
#define _PAGE_GUEST_KERNEL	(1UL << 52)	/* ours: the guest asked for a kernel (not user) mapping */
#define PAGE_FRAME_MASK		0x000ffffffffff000UL

#define PAGE_HYPERVISOR		(_PAGE_PRESENT | _PAGE_RW | _PAGE_DIRTY | _PAGE_ACCESSED | _PAGE_GLOBAL | _PAGE_NX)
#define PAGE_HYPERVISOR_RO	(_PAGE_PRESENT | _PAGE_ACCESSED | _PAGE_GLOBAL | _PAGE_NX)
#define PAGE_HYPERVISOR_RX	(_PAGE_PRESENT | _PAGE_ACCESSED | _PAGE_GLOBAL)
#define PAGE_HYPERVISOR_UC	(PAGE_HYPERVISOR | _PAGE_PCD | _PAGE_PWT)
#define HYPERVISOR_TABLE	(_PAGE_PRESENT | _PAGE_RW | _PAGE_DIRTY | _PAGE_ACCESSED)

#define PTE_TYPE(n)									\
	typedef struct { u64 v; } l##n##e_t;						\
	static inline u64 l##n##e_flags(l##n##e_t e) { return e.v & ~PAGE_FRAME_MASK; }	\
	static inline mfn_t l##n##e_mfn(l##n##e_t e) { return _mfn((e.v & PAGE_FRAME_MASK) >> PAGE_SHIFT); } \
	static inline bool l##n##e_present(l##n##e_t e) { return e.v & _PAGE_PRESENT; }	\
	static inline l##n##e_t l##n##e_make(mfn_t m, u64 flags) { return (l##n##e_t){ mfn_x(m) << PAGE_SHIFT | flags }; } \
	static inline l##n##e_t l##n##e_from(u64 v) { return (l##n##e_t){ v }; }	\
	static inline l##n##e_t l##n##e_empty(void) { return (l##n##e_t){ 0 }; }	\
	static inline unsigned int l##n##_index(unsigned long va) { return (va >> L##n##_SHIFT) & (PT_ENTRIES - 1); }
PTE_TYPE(1)
PTE_TYPE(2)
PTE_TYPE(3)
PTE_TYPE(4)

/* Page tables have four levels; an entry of any level when the level is a variable. */
typedef u64 intpte_t;

static inline maddr_t mfn_to_maddr(mfn_t m) { return _maddr(mfn_x(m) << PAGE_SHIFT); }
static inline mfn_t maddr_to_mfn(maddr_t a) { return _mfn(maddr_x(a) >> PAGE_SHIFT); }

/* All RAM is in the direct map; also the image through its own window. */
#ifdef XEN_HOST_TEST
void *mfn_to_virt(mfn_t m);
mfn_t virt_to_mfn(const void *va);
#else
static inline void *maddr_to_virt(maddr_t a) { return (void *)(DIRECTMAP_VIRT_START + maddr_x(a)); }
static inline void *mfn_to_virt(mfn_t m) { return (void *)(DIRECTMAP_VIRT_START + (mfn_x(m) << PAGE_SHIFT)); }
static inline maddr_t virt_to_maddr(const void *va)
{
	unsigned long v = (unsigned long)va;

	return _maddr(v >= DIRECTMAP_VIRT_START ? v - DIRECTMAP_VIRT_START : v - XEN_VIRT_START + XEN_PHYS_START);
}
static inline mfn_t virt_to_mfn(const void *va) { return maddr_to_mfn(virt_to_maddr(va)); }
#endif

static inline bool is_canonical(unsigned long va) { return (long)(va << 16) >> 16 == (long)va; }
static inline bool in_hypervisor_window(unsigned long va) { return va >= HYPERVISOR_VIRT_START && va < HYPERVISOR_VIRT_END; }

#ifndef XEN_HOST_TEST
static inline void clear_page(void *p)
{
	unsigned long n = 512;

	__asm__ volatile("rep stosq" : "+D"(p), "+c"(n) : "a"(0UL) : "memory");
}

static inline void copy_page(void *d, const void *s)
{
	unsigned long n = 512;

	__asm__ volatile("rep movsq" : "+D"(d), "+S"(s), "+c"(n) :: "memory");
}
#else
#define clear_page(p)	memset((p), 0, PAGE_SIZE)
#define copy_page(d, s)	memcpy((d), (s), PAGE_SIZE)
#endif

extern l4e_t idle_pg_table[];		/* the hypervisor's own root */

/*
 * Map frames into the hypervisor's own tables (slot 261 and the direct map); flags are of the PAGE_HYPERVISOR kind.
 * Uses large pages when `large` and alignment permit. Boot and late; not from interrupts. -ENOMEM.
 */
int map_pages_to_xen(unsigned long va, mfn_t mfn, unsigned long nr, u64 flags);
void *ioremap(u64 paddr, size_t len);		/* uncached; NULL without memory or room */
void iounmap(void *va);

#endif
