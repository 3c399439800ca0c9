// SPDX-License-Identifier: GPL-2.0-only
/*
 * The initial layout of a guest, as arithmetic alone. In order of frame numbers: kernel, ramdisk (when it is
 * to be mapped), the p2m list (unless the kernel wants it elsewhere), start info, store and console rings,
 * page tables, boot stack, padding. All that is mapped at VIRT_BASE. Behind it: p2m list with its own page
 * tables, ramdisk.
 *
 * Facts:
 *  L1. The page tables are contiguous and begin with the L4, then L3s, L2s, L1s: Linux takes the first three
 * away. L2. At least 512 KiB are mapped behind the page tables, up to a multiple of 4 MiB. L3. A p2m list
 * outside begins at the first frame that is not mapped: Linux concludes from it how much is mapped.
 */
#include "xg_internal.h"

#define PADDING		(4 * MIB)
#define SPARE_PAGES	(512 * 1024 / PAGE_SIZE)
#define L2_SHIFT	21
#define L3_SHIFT	30
#define L4_SHIFT	39

/* How many tables, each covering 2^shift bytes, [start, start + pages) touches. */
static uint64_t tables(uint64_t start, uint64_t pages, unsigned int shift)
{
	uint64_t last = start + (pages << PAGE_SHIFT) - 1;

	return (last >> shift) - (start >> shift) + 1;
}

/* Of the first `pages` at VIRT_BASE: beyond the last address of all, or more than the guest has. */
static bool too_many(const struct xg_layout *l, uint64_t pages)
{
	return pages > l->nr_pages || l->virt_base + (pages << PAGE_SHIFT) - 1 < l->virt_base;
}

/* Where it ends early, because no memory or no address is left, the checks in layout_plan() fail. */
static void plan_page_tables(struct xg_layout *l)
{
	uint64_t need = 0, have, end;

	/* The tables map themselves: grow until the estimate holds. */
	do {
		have = need;
		l->stack_pfn = l->pt_pfn + have;
		end = align_up((l->stack_pfn + 1) << PAGE_SHIFT, PADDING) >> PAGE_SHIFT;
		if (end - (l->stack_pfn + 1) < SPARE_PAGES)
			end += PADDING >> PAGE_SHIFT;
		l->mapped_pages = end;
		if (too_many(l, end))
			return;
		l->l1s = tables(l->virt_base, end, L2_SHIFT);
		l->l2s = tables(l->virt_base, end, L3_SHIFT);
		l->l3s = tables(l->virt_base, end, L4_SHIFT);
		need = layout_tables(l);
	} while (need > have);
}

static void plan_p2m_outside(struct xg_layout *l, uint64_t *next)
{
	l->p2m_pfn = *next;
	l->p2m_l1s = tables(l->p2m_virt, l->p2m_pages, L2_SHIFT);
	l->p2m_l2s = tables(l->p2m_virt, l->p2m_pages, L3_SHIFT);
	l->p2m_l3s = tables(l->p2m_virt, l->p2m_pages, L4_SHIFT);
	l->p2m_tables_pfn = l->p2m_pfn + l->p2m_pages;
	*next = l->p2m_tables_pfn + l->p2m_l3s + l->p2m_l2s + l->p2m_l1s;
}

static uint64_t take(uint64_t *next, uint64_t pages)
{
	uint64_t pfn = *next;

	*next += pages;
	return pfn;
}

/* The p2m list's address range must be the guest's to use, and in level-4 slots of its own. */
static int check_p2m_range(const struct xg_layout *l, struct xg_err *err)
{
	uint64_t last = l->p2m_virt + (l->p2m_pages << PAGE_SHIFT) - 1;
	uint64_t base_first = l->virt_base >> L4_SHIFT;
	uint64_t base_last = (l->virt_base + (l->mapped_pages << PAGE_SHIFT) - 1) >> L4_SHIFT;

	if (last < l->p2m_virt || (int64_t)(last << 16) >> 16 != (int64_t)last ||
	    (last >> L4_SHIFT >= base_first && l->p2m_virt >> L4_SHIFT <= base_last))
		return xg_fail(err, -ENOEXEC, "the kernel's INIT_P2M %#llx is in the way of its own memory",
			       (unsigned long long)l->p2m_virt);
	return 0;
}

static int check_mapped_range(const struct xg_layout *l, const struct xg_kernel *k, struct xg_err *err)
{
	uint64_t size = l->mapped_pages << PAGE_SHIFT;
	uint64_t last = l->virt_base + size - 1;

	if (last < l->virt_base || (last ^ l->virt_base) >> 47)
		return xg_fail(err, -ENOEXEC, "the kernel's VIRT_BASE %#llx leaves too little room",
			       (unsigned long long)l->virt_base);
	if (k->notes.entry - l->virt_base >= size)
		return xg_fail(err, -ENOEXEC, "the kernel's entry %#llx is outside of its memory",
			       (unsigned long long)k->notes.entry);
	if (k->notes.hypercall_page != UNSET &&
	    (k->notes.hypercall_page & (PAGE_SIZE - 1) ||
	     k->notes.hypercall_page - l->virt_base < k->pa_start ||
	     k->notes.hypercall_page - l->virt_base >= k->pa_end))
		return xg_fail(err, -ENOEXEC, "the kernel's hypercall page %#llx is outside of it",
			       (unsigned long long)k->notes.hypercall_page);
	return 0;
}

int layout_plan(struct xg_layout *l, const struct xg_kernel *k, uint64_t ramdisk_size, uint64_t nr_pages,
		struct xg_err *err)
{
	uint64_t next = PAGES(k->pa_end);
	int rc;

	*l = (struct xg_layout){
		.virt_base = k->notes.virt_base, .nr_pages = nr_pages,
		.p2m_outside = k->notes.init_p2m != UNSET,
		.p2m_pages = PAGES(nr_pages * sizeof(uint64_t)),
		.ramdisk_mapped = !k->notes.mod_start_pfn, .ramdisk_pages = PAGES(ramdisk_size),
	};
	if (l->ramdisk_mapped)
		l->ramdisk_pfn = take(&next, l->ramdisk_pages);
	if (!l->p2m_outside) {
		l->p2m_pfn = take(&next, l->p2m_pages);
		l->p2m_virt = layout_virt(l, l->p2m_pfn);
	} else {
		l->p2m_virt = k->notes.init_p2m;
	}
	l->start_info_pfn = take(&next, 1);
	l->store_pfn = take(&next, 1);
	l->console_pfn = take(&next, 1);
	l->pt_pfn = next;
	plan_page_tables(l);
	next = l->mapped_pages;
	if (l->p2m_outside)
		plan_p2m_outside(l, &next);
	if (!l->ramdisk_mapped)
		l->ramdisk_pfn = take(&next, l->ramdisk_pages);
	rc = check_mapped_range(l, k, err);
	if (!rc && l->p2m_outside)
		rc = check_p2m_range(l, err);
	if (!rc && next > nr_pages)
		rc = xg_fail(
			err, -ENOMEM,
			"%llu MiB of memory are too little for this kernel and ramdisk, they take %llu MiB",
			(unsigned long long)(nr_pages / (MIB / PAGE_SIZE)),
			(unsigned long long)PAGES(next << PAGE_SHIFT) / (MIB / PAGE_SIZE) + 1);
	return rc;
}
