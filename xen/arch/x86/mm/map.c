/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypervisor's own mappings: one walker over idle_pg_table, whose L3 tables all roots share (slots 256, 261..271). Large pages are
 * used where alignment permits and are split when a part of one changes. Tables are never given back.
 */
#include <xen/bitops.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/sched.h>
#include <asm/processor.h>
#include "mm_internal.h"

static DEFINE_SPINLOCK(map_lock);	/* entries of these tables, below L4 */
bool boot_allocator_ended;

static unsigned int level_shift(unsigned int level)
{
	return PAGE_SHIFT + 9 * (level - 1);
}

static u64 *alloc_table(void)
{
	u64 *t;

	if (boot_allocator_ended)
		return alloc_xenheap_zeroed_page();
	t = mfn_to_virt(alloc_boot_pages(1, 1));
	clear_page(t);
	return t;
}

static u64 table_flags(unsigned long va)
{
	return HYPERVISOR_TABLE | (va < RO_MPT_VIRT_END ? _PAGE_USER : 0);
}

/* Replace the large page of *e (in a table of `level`) by a table of pages that map the same. */
static int split(u64 *e, unsigned int level, unsigned long va)
{
	u64 *t = alloc_table(), old = *e, step = 1UL << level_shift(level - 1);

	if (!t)
		return -ENOMEM;
	if (level == 2)
		old &= ~_PAGE_PSE;
	for (unsigned int i = 0; i < PT_ENTRIES; i++)
		t[i] = old + i * step;
	smp_wmb();
	WRITE_ONCE(*e, maddr_x(virt_to_maddr(t)) | table_flags(va));
	return 0;
}

static int make_table(u64 *e, unsigned int level, unsigned long va)
{
	u64 *t;

	/* Guests' roots hold copies of the L4 entries. */
	BUG_ON(level == 4 && boot_allocator_ended);
	t = alloc_table();
	if (!t)
		return -ENOMEM;
	WRITE_ONCE(*e, maddr_x(virt_to_maddr(t)) | table_flags(va));
	return 0;
}

/* The entry of `level` for va; tables on the way are made. NULL: no memory. */
static u64 *walk(unsigned long va, unsigned int level)
{
	u64 *t = (u64 *)idle_pg_table, *e;

	for (unsigned int l = 4;; l--) {
		e = &t[(va >> level_shift(l)) & (PT_ENTRIES - 1)];
		if (l == level)
			return e;
		if (!(*e & _PAGE_PRESENT)) {
			if (make_table(e, l, va))
				return NULL;
		} else if (*e & _PAGE_PSE) {
			if (split(e, l, va))
				return NULL;
		}
		t = mfn_to_virt(_mfn((*e & PAGE_FRAME_MASK) >> PAGE_SHIFT));
	}
}

/* The largest level whose pages fit here, given that nothing smaller is mapped already. */
static unsigned int pick_level(unsigned long va, u64 mfn, unsigned long nr)
{
	u64 *e;

	if (nr < PT_ENTRIES || ((va >> PAGE_SHIFT | mfn) & (PT_ENTRIES - 1)))
		return 1;
	e = walk(va, 2);
	return e && (!(*e & _PAGE_PRESENT) || (*e & _PAGE_PSE)) ? 2 : 1;
}

int map_pages_to_xen(unsigned long va, mfn_t mfn, unsigned long nr, u64 flags)
{
	bool mapping = flags & _PAGE_PRESENT, flush = false;
	u64 m = mfn_x(mfn);
	int rc = 0;

	spin_lock(&map_lock);
	while (nr) {
		unsigned int level = mapping ? pick_level(va, m, nr) : 1;
		unsigned long step = 1UL << (level_shift(level) - PAGE_SHIFT);
		u64 *e = walk(va, level);

		if (!e) {
			rc = -ENOMEM;
			break;
		}
		flush |= *e & _PAGE_PRESENT;
		WRITE_ONCE(*e, mapping ? m << PAGE_SHIFT | flags | (level > 1 ? _PAGE_PSE : 0) : 0);
		va += step << PAGE_SHIFT;
		m += step;
		nr -= step;
	}
	spin_unlock(&map_lock);
	if (flush)
		flush_area_mask(&cpu_online_map, 0, FLUSH_TLB | FLUSH_TLB_GLOBAL);
	return rc;
}

mfn_t xen_va_to_mfn(unsigned long va)
{
	u64 *t = (u64 *)idle_pg_table;

	for (unsigned int l = 4;; l--) {
		u64 e = t[(va >> level_shift(l)) & (PT_ENTRIES - 1)];
		u64 m = (e & PAGE_FRAME_MASK) >> PAGE_SHIFT;

		if (!(e & _PAGE_PRESENT))
			return INVALID_MFN;
		if (l == 1 || (e & _PAGE_PSE))
			return _mfn(m + ((va >> PAGE_SHIFT) & ((1UL << (level_shift(l) - PAGE_SHIFT)) - 1)));
		t = mfn_to_virt(_mfn(m));
	}
}
