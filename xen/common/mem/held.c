/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For the tools: pages that a dead domain still has, since someone refers to them (public/holders.h). Each of them was
 * marked by the release of its memory, and stays on the list until its last reference goes.
 */
#include <xen/errno.h>
#include <xen/sched.h>
#include <public/holders.h>
#include "mem_internal.h"

/* Under page_alloc_lock: the page on d's list with that number, or NULL. */
static struct page_info *on_list(const struct domain *d, u64 frame)
{
	struct page_info *pg;

	if (frame >= max_page || !mfn_valid(_mfn(frame)))
		return NULL;
	pg = mfn_to_page(_mfn(frame));
	if (page_get_owner(pg) != d || (pg->count_info & (PGC_released | PGC_xen_heap)) != PGC_released)
		return NULL;
	return pg;
}

int domain_held_pages(struct domain *d, u64 *next, struct xen_page_holder *list, unsigned int room)
{
	struct page_info *pg;
	int n = 0;

	spin_lock(&d->page_alloc_lock);
	pg = *next ? on_list(d, *next) : page_list_first(&d->page_list);
	if (!pg && *next && *next != XEN_HOLDERS_END)
		n = -EAGAIN;
	for (; pg && n < (int)room; pg = page_list_next(pg))
		list[n++] = (struct xen_page_holder){
			.frame = mfn_x(page_to_mfn(pg)), .gfn = get_gpfn_from_mfn(page_to_mfn(pg)),
			.refs = pg->count_info & PGC_count_mask,
		};
	*next = pg ? mfn_x(page_to_mfn(pg)) : XEN_HOLDERS_END;
	spin_unlock(&d->page_alloc_lock);
	return n;
}
