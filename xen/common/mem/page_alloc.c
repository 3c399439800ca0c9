/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory of domains and of the hypervisor, on top of the buddy allocator. A domain's frame is on d->page_list, counted in
 * d->tot_pages, and holds PGC_allocated, which is one existence reference. While a domain owns any frame, the frames together hold one
 * reference on the domain; so do the hypervisor's pages that are shared with it.
 */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include "mem_internal.h"

/* -- the hypervisor's own ------------------------------------------------------------------------------------------ */

void *alloc_xenheap_pages(unsigned int order, unsigned int memflags)
{
	struct page_info *pg = heap_alloc(NULL, order, memflags);

	if (!pg)
		return NULL;
	for (unsigned long i = 0; i < 1UL << order; i++)
		pg[i].count_info = PGC_xen_heap;
	return page_to_virt(pg);
}

void *alloc_xenheap_zeroed_page(void)
{
	return alloc_xenheap_pages(0, 0);	/* scrubbed is zeroed */
}

/* Pages that were shared with a guest come here when no reference is left: TLBs may still know them. */
void free_xenheap_pages(void *va, unsigned int order)
{
	struct page_info *pg;
	bool shared = false;

	if (!va)
		return;
	pg = virt_to_page(va);
	for (unsigned long i = 0; i < 1UL << order; i++) {
		BUG_ON(!(pg[i].count_info & PGC_xen_heap));
		shared |= pg[i].owner_mfn != 0;
		pg[i].count_info = 0;
	}
	heap_free(pg, order, shared);
}

/* -- domains' ---------------------------------------------------------------------------------------------------------- */

static int check_quota(const struct domain *d, unsigned long nr, unsigned int memflags)
{
	if (d->is_dying)
		return -EINVAL;
	if (memflags & MEMF_no_refcount)
		return 0;
	return d->tot_pages + nr > d->max_pages || d->tot_pages + nr < nr ? -E2BIG : 0;
}

int assign_pages(struct page_info *pg, unsigned int order, struct domain *d, unsigned int memflags)
{
	unsigned long nr = 1UL << order;
	int rc;

	spin_lock(&d->page_alloc_lock);
	rc = check_quota(d, nr, memflags);
	if (rc)
		goto out;
	if (!(memflags & MEMF_no_refcount) && domain_adjust_tot_pages(d, nr) == nr)
		get_knownalive_domain(d);
	for (unsigned long i = 0; i < nr; i++) {
		BUG_ON(pg[i].count_info || pg[i].owner_mfn);
		page_set_owner(&pg[i], d);
		barrier();	/* get_page() reads the count first */
		WRITE_ONCE(pg[i].count_info, PGC_allocated | 1);
		page_list_add_tail(&pg[i], &d->page_list);
	}
out:
	spin_unlock(&d->page_alloc_lock);
	return rc;
}

struct page_info *alloc_domheap_pages(struct domain *d, unsigned int order, unsigned int memflags)
{
	struct page_info *pg = heap_alloc(memflags & MEMF_no_refcount ? NULL : d, order, memflags);

	if (pg && d && !(memflags & MEMF_no_owner) && assign_pages(pg, order, d, memflags)) {
		heap_free(pg, order, false);
		return NULL;
	}
	return pg;
}

static void release_shared(struct page_info *pg, struct domain *d)
{
	bool last;

	spin_lock(&d->page_alloc_lock);
	page_list_del(pg, &d->xenpage_list);
	last = --d->xenheap_pages == 0;
	spin_unlock(&d->page_alloc_lock);
	if (last)
		put_domain(d);
}

static void release_owned(struct page_info *pg, struct domain *d, unsigned int order)
{
	unsigned long nr = 1UL << order;
	bool last;

	spin_lock(&d->page_alloc_lock);
	for (unsigned long i = 0; i < nr; i++) {
		BUG_ON(pg[i].type_info & (PGT_count_mask | PGT_pinned | PGT_partial));
		page_list_del(&pg[i], &d->page_list);
		pg[i].count_info = 0;
	}
	last = domain_adjust_tot_pages(d, -(long)nr) == 0;
	spin_unlock(&d->page_alloc_lock);
	heap_free(pg, order, true);
	if (last)
		put_domain(d);
}

void free_domheap_pages(struct page_info *pg, unsigned int order)
{
	struct domain *d = page_get_owner(pg);

	if (pg->count_info & PGC_xen_heap) {
		ASSERT(order == 0 && d);
		release_shared(pg, d);	/* whoever allocated it frees it */
		return;
	}
	if (d) {
		release_owned(pg, d, order);
		return;
	}
	for (unsigned long i = 0; i < 1UL << order; i++)
		pg[i].count_info = 0;
	heap_free(pg, order, true);
}

void free_stolen_page(struct page_info *pg)
{
	heap_free(pg, 0, true);
}
