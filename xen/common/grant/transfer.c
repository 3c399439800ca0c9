/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * GNTTABOP_transfer: a domain gives a frame away. Room at the receiver is reserved before its entry is
 * committed, since a committed entry must be completed: the receiver waits for that.
 */
#include <xen/atomic.h>
#include "grant_internal.h"

/* Count a frame that e will get. */
static bool reserve(struct domain *e)
{
	bool ok = false;

	spin_lock(&e->page_alloc_lock);
	if (!e->is_dying && e->tot_pages < e->max_pages) {
		ok = true;
		if (domain_adjust_tot_pages(e, 1) == 1)
			get_knownalive_domain(e);	/* its memory keeps the domain */
	}
	spin_unlock(&e->page_alloc_lock);
	return ok;
}

/* A frame less; the caller holds a reference on d, or is it. */
static void uncount(struct domain *d)
{
	bool last;

	spin_lock(&d->page_alloc_lock);
	last = !domain_adjust_tot_pages(d, -1);
	spin_unlock(&d->page_alloc_lock);
	if (last)
		put_domain(d);
}

/* The entry accepts a frame from `who`, and nobody else's from now on. */
static bool commit_entry(struct grant_entry_v1 *e, domid_t who)
{
	u32 accepting = GTF_accept_transfer | (u32)who << 16;

	return cmpxchg((u32 *)(void *)e, accepting, accepting | GTF_transfer_committed) == accepting;
}

static void complete_entry(struct grant_entry_v1 *e, mfn_t mfn)
{
	WRITE_ONCE(e->frame, mfn_x(mfn));
	smp_wmb();
	__atomic_fetch_or(&e->flags, GTF_transfer_completed, __ATOMIC_SEQ_CST);
}

/* Take the frame off d, which gives up the caller's reference too, and out of everybody's TLB. */
static bool take_frame(struct domain *d, struct page_info *pg)
{
	if (!steal_page(d, pg))
		return false;
	flush_area_mask(&cpu_online_map, 0, FLUSH_TLB | FLUSH_TLB_GLOBAL);
	pg->type_info = 0;
	return true;
}

/* Nobody's frame becomes e's, in whom room is reserved. */
static int hand_over(struct page_info *pg, struct domain *e, struct grant_entry_v1 *entry)
{
	mfn_t mfn = page_to_mfn(pg);

	set_gpfn_from_mfn(mfn, READ_ONCE(entry->frame));
	if (assign_pages(pg, 0, e, MEMF_no_refcount)) {
		/* It began to die: nobody waits for the entry. */
		free_stolen_page(pg);
		return GNTST_general_error;
	}
	complete_entry(entry, mfn);
	return GNTST_okay;
}

/* pg is d's, with a reference that this function uses up. */
static int transfer_page(struct domain *d, struct page_info *pg, struct domain *e,
			 struct grant_entry_v1 *entry)
{
	int status = GNTST_bad_gntref;

	if (!reserve(e)) {
		put_page(pg);
		return GNTST_general_error;
	}
	if (!take_frame(d, pg)) {
		put_page(pg);
		status = GNTST_bad_page;
		goto fail;
	}
	if (!commit_entry(entry, d->domain_id)) {
		if (assign_pages(pg, 0, d, MEMF_no_refcount))
			panic("a frame is lost in a transfer");	/* d runs, so it is not dying */
		goto fail;
	}
	uncount(d);
	status = hand_over(pg, e, entry);
	if (!status)
		return status;
fail:
	uncount(e);
	return status;
}

static int transfer(const struct gnttab_transfer *op, struct domain *e)
{
	struct domain *d = current->domain;
	struct page_info *pg;

	if (!e->grant_table || op->ref >= grant_nr_refs(e->grant_table))
		return GNTST_bad_gntref;
	if (op->mfn > ~0u)
		return GNTST_address_too_big;
	pg = get_page_from_mfn(_mfn(op->mfn), d);
	return pg ? transfer_page(d, pg, e, shared_entry(e->grant_table, op->ref)) : GNTST_bad_page;
}

int gnttab_transfer_one(void *arg, struct gnttab_call *call)
{
	struct gnttab_transfer *op = arg;
	struct domain *e = get_domain_by_id(op->domid);

	op->status = GNTST_bad_domain;
	if (e) {
		op->status = transfer(op, e);
		put_domain(e);
	}
	return 0;
}
