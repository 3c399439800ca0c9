/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A dying domain's memory. Each frame on its lists loses its pin and the list's own reference; frames go when nothing else holds them:
 * tables when what points to them is undone, frames that others map when they let go. A frame that was seen is marked and moved to
 * the list's tail: when a marked one is at the head, all were seen. Nothing is added to the lists of a dying domain.
 */
#include <xen/atomic.h>
#include <xen/errno.h>
#include <xen/sched.h>
#include "mm_internal.h"

static int release_types(struct page_info *pg)
{
	if (__atomic_fetch_and(&pg->type_info, ~PGT_pinned, __ATOMIC_SEQ_CST) & PGT_pinned) {
		int rc = put_page_type_preemptible(pg);

		put_page(pg);
		if (rc)
			return rc;
	}
	return release_parked(pg);
}

static void mark_seen(struct page_info *pg, struct page_list_head *list)
{
	__atomic_fetch_or(&pg->count_info, PGC_released, __ATOMIC_SEQ_CST);
	page_list_del(pg, list);
	page_list_add_tail(pg, list);
}

/* The next frame to look at, with a reference of ours. Those whose last reference is just going need no help. */
static struct page_info *next_page(struct domain *d, struct page_list_head *list)
{
	struct page_info *pg;

	spin_lock(&d->page_alloc_lock);
	while ((pg = page_list_first(list)) != NULL && !(pg->count_info & PGC_released)) {
		if (get_page(pg, d))
			break;
		mark_seen(pg, list);
	}
	if (pg && (pg->count_info & PGC_released))
		pg = NULL;
	spin_unlock(&d->page_alloc_lock);
	return pg;
}

static int release_list(struct domain *d, struct page_list_head *list)
{
	struct page_info *pg;
	unsigned int n = 0;

	while ((pg = next_page(d, list)) != NULL) {
		if (release_types(pg)) {
			put_page(pg);
			return -ERESTART;
		}
		spin_lock(&d->page_alloc_lock);
		mark_seen(pg, list);
		spin_unlock(&d->page_alloc_lock);
		put_page_alloc_ref(pg);
		put_page(pg);
		if (!(++n & 63) && hypercall_preempt_check())
			return -ERESTART;
	}
	return 0;
}

int relinquish_memory(struct domain *d)
{
	int rc = release_list(d, &d->xenpage_list);

	if (!rc)
		rc = release_list(d, &d->page_list);
	if (!rc)
		(void)domain_set_outstanding_pages(d, 0);
	return rc;
}
