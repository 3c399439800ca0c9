/* SPDX-License-Identifier: GPL-2.0-only */
/* Changing the hypervisor's own page tables: large pages where they fit, split where a part needs other rights. Lock: map_lock. */
#include <xen/bitops.h>
#include <xen/cpumask.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include "mm_internal.h"

static DEFINE_SPINLOCK(map_lock);
bool boot_allocator_ended;

static void *alloc_table(void)
{
	void *t = boot_allocator_ended ? alloc_xenheap_page() : mfn_to_virt(alloc_boot_pages(1, 1));

	if (t)
		clear_page(t);
	return t;
}

/* The lower table behind an entry: made if absent, and out of the large page if the entry is one (of frames 2^order each). */
static u64 *lower_table(u64 *entry, unsigned int order)
{
	u64 *t;

	if ((*entry & (_PAGE_PRESENT | _PAGE_PSE)) == _PAGE_PRESENT)
		return mfn_to_virt(_mfn((*entry & PAGE_FRAME_MASK) >> PAGE_SHIFT));
	t = alloc_table();
	if (!t)
		return NULL;
	if (*entry & _PAGE_PRESENT)
		for (unsigned int i = 0; i < PT_ENTRIES; i++)
			t[i] = (order == PAGE_ORDER_2M ? *entry & ~_PAGE_PSE : *entry) +
			       ((u64)i << (PAGE_SHIFT + order - 9));
	*entry = maddr_x(virt_to_maddr(t)) | HYPERVISOR_TABLE;
	return t;
}

static int map_one(unsigned long va, mfn_t mfn, unsigned long nr, u64 flags, unsigned long *done)
{
	u64 *l3 = lower_table(&idle_pg_table[l4_index(va)].v, 27), *l2, *l1;

	if (!l3)
		return -ENOMEM;
	l2 = lower_table(&l3[l3_index(va)], PAGE_ORDER_1G);
	if (!l2)
		return -ENOMEM;
	if (nr >= 512 && IS_ALIGNED(va, MB(2)) && (IS_ALIGNED(mfn_x(mfn), 512) || !flags) &&
	    (l2[l2_index(va)] & (_PAGE_PRESENT | _PAGE_PSE)) != _PAGE_PRESENT) {
		l2[l2_index(va)] = flags ? mfn_x(mfn) << PAGE_SHIFT | flags | _PAGE_PSE : 0;
		*done = 512;
		return 0;
	}
	l1 = lower_table(&l2[l2_index(va)], PAGE_ORDER_2M);
	if (!l1)
		return -ENOMEM;
	l1[l1_index(va)] = flags ? mfn_x(mfn) << PAGE_SHIFT | flags : 0;
	*done = 1;
	return 0;
}

int map_pages_to_xen(unsigned long va, mfn_t mfn, unsigned long nr, u64 flags)
{
	int rc = 0;

	spin_lock(&map_lock);
	while (nr && !rc) {
		unsigned long done = 0;

		rc = map_one(va, mfn, nr, flags, &done);
		va += done << PAGE_SHIFT;
		mfn = mfn_add(mfn, done);
		nr -= done;
	}
	spin_unlock(&map_lock);
	return rc;
}

mfn_t xen_va_to_mfn(unsigned long va)
{
	u64 e = idle_pg_table[l4_index(va)].v;

	for (unsigned int shift = L3_SHIFT; e & _PAGE_PRESENT; shift -= 9) {
		const u64 *t = mfn_to_virt(_mfn((e & PAGE_FRAME_MASK) >> PAGE_SHIFT));

		e = t[(va >> shift) & (PT_ENTRIES - 1)];
		if (!(e & _PAGE_PRESENT))
			break;
		if (shift == L1_SHIFT || e & _PAGE_PSE)
			return _mfn(((e & PAGE_FRAME_MASK) + (va & ((1UL << shift) - 1))) >> PAGE_SHIFT);
	}
	return INVALID_MFN;
}
