/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames and page tables of a tiny kernel. All of its pool is mapped at VIRT_BASE + pfn * 4096. */
#ifndef GUEST_PT_H
#define GUEST_PT_H

#define PTE_P		1UL
#define PTE_RW		2UL
#define PTE_US		4UL
#define PTE_PWT		8UL
#define PTE_PCD		0x10UL
#define PTE_A		0x20UL
#define PTE_D		0x40UL
#define PTE_PS		0x80UL
#define PTE_G		0x100UL
#define PTE_NX		(1UL << 63)
#define PTE_ADDR	0x000ffffffffff000UL
#define PTE_RWX		(PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D)
#define PTE_RO		(PTE_P | PTE_US | PTE_A)
#define PTE_TABLE	(PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D)

/* A region that the boot page tables do not touch. */
#define SCRATCH		0x0000010000000000UL

static inline u64 va_pfn(const void *va) { return (P(va) - VIRT_BASE) / PAGE_SIZE; }
static inline void *pfn_va(u64 pfn) { return (void *)(VIRT_BASE + pfn * PAGE_SIZE); }
u64 pfn_mfn(u64 pfn);
void set_p2m(u64 pfn, u64 mfn);
u64 mfn_pfn(u64 mfn);			/* by the machine-to-phys table */
static inline u64 va_mfn(const void *va) { return pfn_mfn(va_pfn(va)); }
static inline u64 pte_of(u64 mfn, u64 flags) { return mfn * PAGE_SIZE | flags; }

/* A zeroed page of the pool, mapped writable; there is no free. */
void *alloc_page(void);
/* pfns of the domain that the boot mapping does not reach, from the top down. */
u64 alloc_high_pfn(void);

u64 *root_table(void);
/* Where the entry of level 1..4 for va lies, or NULL if a table above it is missing. */
u64 *pte_ptr(u64 va, int level);
u64 pte_maddr(u64 va, int level);	/* its machine address, 0 if there is none */
u64 maddr_of(const void *va);		/* machine address of something in the pool */

long write_pte(u64 maddr, u64 val);	/* mmu_update of one entry */
long write_pte_dom(u64 maddr, u64 val, u32 domid);
long make_ro(void *page);
long make_rw(void *page);
long pin(int level, u64 mfn);
long unpin(u64 mfn);
long mmuext1(u32 cmd, u64 arg1, u64 arg2);
void flush_tlb(void);

/* Makes tables down to level 1 for va; false on failure. */
bool make_tables(u64 va);
/* Maps mfn at va, of which the tables exist or get made. */
long map_page(u64 va, u64 mfn, u64 flags);
#endif
