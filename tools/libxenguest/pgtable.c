// SPDX-License-Identifier: GPL-2.0-only
/*
 * The initial page tables. Every range is filled level by level: entry i of a level's tables (which are
 * contiguous) points to the i-th thing of the level below, shifted by where the range begins within its first
 * table. What is itself a page table may only be mapped read-only, or the hypervisor refuses to accept the
 * tables.
 */
#include "xg_internal.h"

#define PTE_PRESENT	0x001ULL
#define PTE_RW		0x002ULL
#define PTE_USER	0x004ULL
#define PTE_ACCESSED	0x020ULL
#define PTE_DIRTY	0x040ULL
#define PTE_LEAF	(PTE_PRESENT | PTE_RW | PTE_USER | PTE_ACCESSED | PTE_DIRTY)
#define PTE_TABLE	(PTE_PRESENT | PTE_RW | PTE_USER | PTE_ACCESSED)
#define ENTRIES		512

struct level {
	uint64_t *table;		/* mapped memory of this level's tables */
	unsigned int shift;		/* an entry covers 2^shift bytes */
};

static uint64_t first_index(uint64_t va, unsigned int shift)
{
	return (va >> shift) % ENTRIES;
}

/* Entries for n consecutive pfns from `pfn` on. */
static void fill(const struct level *lv, uint64_t va, const uint64_t *p2m, uint64_t pfn, uint64_t n,
		 uint64_t flags)
{
	uint64_t *e = lv->table + first_index(va, lv->shift);

	for (uint64_t i = 0; i < n; i++)
		e[i] = p2m[pfn + i] << PAGE_SHIFT | flags;
}

/* Tables for the range, from `tables` on in the order L3s, L2s, L1s, whose first frame is pfn. */
static void map_range(uint64_t *l4, uint64_t *tables, uint64_t pfn, uint64_t l3s, uint64_t l2s, uint64_t l1s,
		      uint64_t va, const uint64_t *p2m, uint64_t first, uint64_t n)
{
	const struct level lv4 = { l4, 39 };
	const struct level lv3 = { tables, 30 };
	const struct level lv2 = { tables + l3s * ENTRIES, 21 };
	const struct level lv1 = { tables + (l3s + l2s) * ENTRIES, 12 };

	fill(&lv4, va, p2m, pfn, l3s, PTE_TABLE);
	fill(&lv3, va, p2m, pfn + l3s, l2s, PTE_TABLE);
	fill(&lv2, va, p2m, pfn + l3s + l2s, l1s, PTE_TABLE);
	fill(&lv1, va, p2m, first, n, PTE_LEAF);
}

static void protect_tables(const struct xg_layout *l, uint64_t *l1)
{
	uint64_t *e = l1 + first_index(l->virt_base, PAGE_SHIFT) + l->pt_pfn;

	for (uint64_t i = 0; i < layout_tables(l); i++)
		e[i] &= ~PTE_RW;
}

void pgtable_build(const struct xg_layout *l, const uint64_t *p2m, uint64_t *tables, uint64_t *p2m_tables)
{
	uint64_t *below = tables + ENTRIES;

	zero_bulk(tables, layout_tables(l) << PAGE_SHIFT);
	map_range(tables, below, l->pt_pfn + 1, l->l3s, l->l2s, l->l1s, l->virt_base, p2m, 0,
		  l->mapped_pages);
	protect_tables(l, below + (l->l3s + l->l2s) * ENTRIES);
	if (!p2m_tables)
		return;
	zero_bulk(p2m_tables, (l->p2m_l3s + l->p2m_l2s + l->p2m_l1s) << PAGE_SHIFT);
	map_range(tables, p2m_tables, l->p2m_tables_pfn, l->p2m_l3s, l->p2m_l2s, l->p2m_l1s, l->p2m_virt, p2m,
		  l->p2m_pfn, l->p2m_pages);
}
