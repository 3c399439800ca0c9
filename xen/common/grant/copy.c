/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * GNTTABOP_copy: between two frames, each the caller's own or granted to it, without mapping. Both are
 * pinned meanwhile; what an element used is kept for the next one, since backends copy many pieces of the
 * same page in a row.
 */
#include "grant_internal.h"

static void side_put(struct copy_side *s, bool write)
{
	struct page_info *pg;

	if (!s->valid)
		return;
	s->valid = false;
	if (s->by_ref) {
		grant_unpin(s->d, s->ptr.u.ref, GNTMAP_host_map, !write, true);
	} else {
		pg = mfn_to_page(s->mfn);
		if (write)
			put_page_type(pg);
		put_page(pg);
	}
	put_domain(s->d);
}

static int get_own_frame(struct copy_side *s, bool write)
{
	struct page_info *pg;

	s->mfn = _mfn(s->ptr.u.gmfn);
	pg = get_page_from_mfn(s->mfn, s->d);
	if (!pg)
		return GNTST_bad_page;
	if (write && get_page_type(pg, PGT_writable_page)) {
		put_page(pg);
		return GNTST_bad_page;
	}
	return GNTST_okay;
}

static bool same_frame(const struct copy_side *s, const struct gnttab_copy_ptr *ptr, bool by_ref)
{
	if (!s->valid || s->by_ref != by_ref || s->ptr.domid != ptr->domid)
		return false;
	return by_ref ? s->ptr.u.ref == ptr->u.ref : s->ptr.u.gmfn == ptr->u.gmfn;
}

static int side_get(struct copy_side *s, const struct gnttab_copy_ptr *ptr, bool by_ref, bool write)
{
	struct domain *self = current->domain;
	int status;

	if (same_frame(s, ptr, by_ref))
		return GNTST_okay;
	side_put(s, write);
	if (!by_ref && ptr->domid != DOMID_SELF)
		return GNTST_permission_denied;
	s->d = get_domain_by_id(ptr->domid == DOMID_SELF ? self->domain_id : ptr->domid);
	if (!s->d)
		return GNTST_bad_domain;
	s->ptr = *ptr;
	s->by_ref = by_ref;
	if (by_ref)
		status = grant_pin(s->d, ptr->u.ref, self->domain_id, GNTMAP_host_map, !write, &s->mfn);
	else
		status = get_own_frame(s, write);
	if (status)
		put_domain(s->d);
	else
		s->valid = true;
	return status;
}

static int copy(const struct gnttab_copy *op, struct gnttab_call *call)
{
	int status;

	if (op->flags & ~(GNTCOPY_source_gref | GNTCOPY_dest_gref))
		return GNTST_general_error;
	if (op->source.offset + op->len > PAGE_SIZE || op->dest.offset + op->len > PAGE_SIZE)
		return GNTST_bad_copy_arg;
	status = side_get(&call->source, &op->source, op->flags & GNTCOPY_source_gref, false);
	if (!status)
		status = side_get(&call->dest, &op->dest, op->flags & GNTCOPY_dest_gref, true);
	if (!status)
		memmove((char *)mfn_to_virt(call->dest.mfn) + op->dest.offset,
			(const char *)mfn_to_virt(call->source.mfn) + op->source.offset, op->len);
	return status;
}

int gnttab_copy_one(void *arg, struct gnttab_call *call)
{
	struct gnttab_copy *op = arg;

	op->status = copy(op, call);
	return 0;
}

void gnttab_copy_finish(struct gnttab_call *call)
{
	side_put(&call->source, false);
	side_put(&call->dest, true);
}
