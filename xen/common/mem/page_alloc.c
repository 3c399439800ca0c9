/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who gets frames out of the heap (buddy.c): the hypervisor itself, and domains, whose frames are on their list, counted,
 * and go back when the last reference is dropped. Locks: d->page_alloc_lock.
 */
#include <xen/bitops.h>
#include <xen/cpumask.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/sched.h>
#include "mem_internal.h"

/* -- the hypervisor's own --------------------------------------------------------------------------------------------------- */

void *alloc_xenheap_pages(unsigned int order, unsigned int memflags)
{
	struct page_info *pg = heap_alloc(NULL, order, memflags | MEMF_no_scrub);

	if (!pg)
		return NULL;
	for (unsigned long i = 0; i < 1UL << order; i++)
		pg[i].count_info = PGC_xen_heap;
	return page_to_virt(pg);
}

void *alloc_xenheap_zeroed_page(void)
{
	void *p = alloc_xenheap_pages(0, 0);

	if (p)
		clear_page(p);
	return p;
}

void free_xenheap_pages(void *va, unsigned int order)
{
	struct page_info *pg;

	if (!va)
		return;
	pg = virt_to_page(va);
	ASSERT(pg->count_info & PGC_xen_heap);
	for (unsigned long i = 0; i < 1UL << order; i++)
		pg[i].count_info = 0;
	/* It may have been shared with guests (shared_info, grant frames). */
	heap_free(pg, order, page_get_owner(pg) != NULL);
}

/* -- domains' ---------------------------------------------------------------------------------------------------------------- */

int assign_pages(struct page_info *pg, unsigned int order, struct domain *d, unsigned int memflags)
{
	bool first;

	spin_lock(&d->page_alloc_lock);
	if (d->is_dying) {
		spin_unlock(&d->page_alloc_lock);
		return -EINVAL;
	}
	if (!(memflags & MEMF_no_refcount)) {
		if (d->tot_pages + (1UL << order) > d->max_pages) {
			spin_unlock(&d->page_alloc_lock);
			return -E2BIG;
		}
		first = !d->tot_pages;
		domain_adjust_tot_pages(d, 1L << order);
		if (first)
			get_knownalive_domain(d);	/* its memory keeps the domain */
	}
	for (unsigned long i = 0; i < 1UL << order; i++) {
		page_set_owner(&pg[i], d);
		smp_wmb();
		pg[i].count_info = PGC_allocated | 1;
		page_list_add_tail(&pg[i], &d->page_list);
	}
	spin_unlock(&d->page_alloc_lock);
	return 0;
}

struct page_info *alloc_domheap_pages(struct domain *d, unsigned int order, unsigned int memflags)
{
	struct page_info *pg = heap_alloc(d, order, memflags);

	if (!pg)
		return NULL;
	if (d && !(memflags & MEMF_no_owner) && assign_pages(pg, order, d, memflags)) {
		heap_free(pg, order, false);
		return NULL;
	}
	return pg;
}

void free_domheap_pages(struct page_info *pg, unsigned int order)
{
	struct domain *d = page_get_owner(pg);
	bool last = false;

	if (pg->count_info & PGC_xen_heap) {
		/* The hypervisor's page, which the guest no longer maps: the hypervisor frees it when it likes. */
		return;
	}
	if (d) {
		spin_lock_recursive(&d->page_alloc_lock);
		for (unsigned long i = 0; i < 1UL << order; i++)
			page_list_del(&pg[i], &d->page_list);
		last = !domain_adjust_tot_pages(d, -(1L << order));
		spin_unlock_recursive(&d->page_alloc_lock);
	}
	for (unsigned long i = 0; i < 1UL << order; i++)
		pg[i].count_info = 0;
	heap_free(pg, order, d != NULL);
	if (last)
		put_domain(d);
}

void free_stolen_page(struct page_info *pg)
{
	heap_free(pg, 0, true);
}
