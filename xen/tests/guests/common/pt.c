/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames and page tables. Boot tables and pool pages are reached through the boot mapping. */
#include "guest.h"

#define POOL_PAGES	192

static char pool[POOL_PAGES][PAGE_SIZE] __attribute__((__aligned__(4096)));
static unsigned pool_used;
static u64 high_pfn;

u64 pfn_mfn(u64 pfn)
{
	return ((const u64 *)start_info->mfn_list)[pfn];
}

void set_p2m(u64 pfn, u64 mfn)
{
	((u64 *)start_info->mfn_list)[pfn] = mfn;
}

u64 mfn_pfn(u64 mfn)
{
	return ((const u64 *)MACH2PHYS_VIRT_START)[mfn];
}

void *alloc_page(void)
{
	if (pool_used == POOL_PAGES) {
		printf("The test needs more pages than the pool has\n");
		finish("ERROR");
	}
	return pool[pool_used++];
}

u64 alloc_high_pfn(void)
{
	if (!high_pfn)
		high_pfn = start_info->nr_pages;
	return --high_pfn;
}

u64 *root_table(void)
{
	return (u64 *)start_info->pt_base;
}

u64 *pte_ptr(u64 va, int level)
{
	u64 *table = root_table();

	for (int l = 4;; l--) {
		u64 *e = &table[(va >> (12 + 9 * (l - 1))) & 511];

		if (l == level)
			return e;
		if (!(*e & PTE_P) || (l < 4 && (*e & PTE_PS)))
			return NULL;
		table = pfn_va(mfn_pfn((*e & PTE_ADDR) / PAGE_SIZE));
	}
}

u64 maddr_of(const void *va)
{
	return va_mfn(va) * PAGE_SIZE + P(va) % PAGE_SIZE;
}

u64 pte_maddr(u64 va, int level)
{
	u64 *e = pte_ptr(va, level);

	return e ? maddr_of(e) : 0;
}

long write_pte_dom(u64 maddr, u64 val, u32 domid)
{
	struct mmu_update u = { .ptr = maddr | MMU_NORMAL_PT_UPDATE, .val = val };

	return mmu_update(&u, 1, NULL, domid);
}

long write_pte(u64 maddr, u64 val)
{
	return write_pte_dom(maddr, val, DOMID_SELF);
}

long make_ro(void *page)
{
	return update_va_mapping(P(page), pte_of(va_mfn(page), PTE_RO), UVMF_INVLPG);
}

long make_rw(void *page)
{
	return update_va_mapping(P(page), pte_of(va_mfn(page), PTE_RWX), UVMF_INVLPG);
}

long mmuext1(u32 cmd, u64 arg1, u64 arg2)
{
	struct mmuext_op op = { .cmd = cmd, .arg1.mfn = arg1, .arg2.src_mfn = arg2 };

	return mmuext_op(&op, 1, NULL, DOMID_SELF);
}

long pin(int level, u64 mfn)
{
	return mmuext1(MMUEXT_PIN_L1_TABLE + level - 1, mfn, 0);
}

long unpin(u64 mfn)
{
	return mmuext1(MMUEXT_UNPIN_TABLE, mfn, 0);
}

void flush_tlb(void)
{
	mmuext1(MMUEXT_TLB_FLUSH_LOCAL, 0, 0);
}

bool make_tables(u64 va)
{
	for (int level = 4; level > 1; level--) {
		u64 *e = pte_ptr(va, level);
		void *table;

		if (!e)
			return false;
		if (*e & PTE_P)
			continue;
		table = alloc_page();
		if (make_ro(table) || write_pte(maddr_of(e), pte_of(va_mfn(table), PTE_TABLE)))
			return false;
	}
	return true;
}

long map_page(u64 va, u64 mfn, u64 flags)
{
	if (!make_tables(va))
		return -XEN_ENOMEM;
	return update_va_mapping(va, pte_of(mfn, flags), UVMF_INVLPG);
}
