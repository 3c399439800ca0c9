/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * map_grant_ref, unmap_grant_ref, unmap_and_replace. A mapping is: a pin of the entry (which holds the
 * frame), an entry of a page table with references of its own (host maps), and a handle, which holds the
 * granting domain. Unmapping goes in two steps: page-table entries are removed for a batch, then one flush,
 * then the pins go. Thus a frame is held until no TLB knows it.
 */
#include <asm/grant_map.h>
#include "grant_internal.h"

static int do_map(struct gnttab_map_grant_ref *op, struct domain *rd, u32 handle)
{
	struct domain *ld = current->domain;
	bool readonly = op->flags & GNTMAP_readonly;
	unsigned int parts = op->flags & MT_MAPPED;
	mfn_t mfn;
	int status;

	status = grant_pin(rd, op->ref, ld->domain_id, parts, readonly, &mfn);
	if (status)
		return status;
	if (parts & GNTMAP_host_map)
		status = grant_map_install(op->host_addr, mfn, op->flags, rd);
	if (status) {
		grant_unpin(rd, op->ref, parts, readonly, true);
		return status;
	}
	op->handle = handle;
	op->dev_bus_addr = mfn_x(mfn) << PAGE_SHIFT;
	maptrack_publish(ld->grant_table, handle, rd, op->ref,
			 op->flags & (MT_MAPPED | GNTMAP_readonly | GNTMAP_contains_pte));
	return GNTST_okay;
}

int gnttab_map(void *arg, struct gnttab_call *call)
{
	struct gnttab_map_grant_ref *op = arg;
	struct grant_table *lgt = current->domain->grant_table;
	struct domain *rd;
	u32 handle;
	int rc;

	if (!(op->flags & MT_MAPPED)) {
		op->status = GNTST_bad_gntref;
		return 0;
	}
	rd = get_domain_by_id(op->dom);
	if (!rd) {
		op->status = GNTST_bad_domain;
		return 0;
	}
	rc = maptrack_get(lgt, &handle);
	if (rc) {
		gprintk(XENLOG_G_WARNING, "no more grants can be mapped: error %d, the limit is %u frames (max_maptrack_frames)\n", rc,
			lgt->max_maptrack_frames);
		op->status = GNTST_no_device_space;
		goto fail;
	}
	op->status = do_map(op, rd, handle);
	if (!op->status)
		return 0;
	gprintk(XENLOG_G_DEBUG, "grant %u of %pd not mapped at %lx, flags %x: %d\n", op->ref, rd,
		(unsigned long)op->host_addr, op->flags, op->status);
	maptrack_put(lgt, handle);
fail:
	put_domain(rd);
	return 0;
}

/* -- unmapping ---------------------------------------------------------------------------------- */

static void finish_one(struct grant_table *lgt, const struct unmap_done *u)
{
	/* The handle is ours (busy): its flags do not change. */
	bool last = (u->mt.flags & MT_MAPPED) == u->parts;

	if (u->parts)
		grant_unpin(u->mt.rd, u->mt.ref, u->parts, u->mt.flags & GNTMAP_readonly, last);
	if (maptrack_unclaim(lgt, u->handle, u->parts))
		put_domain(u->mt.rd);
}

void gnttab_unmap_finish(struct gnttab_call *call)
{
	struct domain *ld = current->domain;

	if (call->flush)
		grant_map_flush(ld);
	call->flush = false;
	for (unsigned int i = 0; i < call->nr_unmapped; i++)
		finish_one(ld->grant_table, &call->unmapped[i]);
	call->nr_unmapped = 0;
}

struct unmap_request {
	u64 host_addr, dev_bus_addr, new_addr;
	grant_handle_t handle;
};

static int claim(struct gnttab_call *call, u32 handle, struct maptrack *mt)
{
	struct grant_table *lgt = current->domain->grant_table;
	int rc = maptrack_claim(lgt, handle, mt);

	if (rc == -EBUSY) {
		/* Perhaps by an earlier element of this call, for another part. */
		gnttab_unmap_finish(call);
		rc = maptrack_claim(lgt, handle, mt);
	}
	return rc ? GNTST_bad_handle : GNTST_okay;
}

/* Step one, for the parts that the request names. */
static int remove_parts(struct gnttab_call *call, const struct unmap_request *req, const struct maptrack *mt,
			u32 *parts)
{
	mfn_t mfn = active_entry(mt->rd->grant_table, mt->ref)->mfn;	/* does not change: it is pinned */
	int status;

	*parts = 0;
	if (req->dev_bus_addr && (mt->flags & GNTMAP_device_map)) {
		if (req->dev_bus_addr != mfn_x(mfn) << PAGE_SHIFT)
			return GNTST_general_error;
		*parts |= GNTMAP_device_map;
	}
	if (!req->host_addr || !(mt->flags & GNTMAP_host_map))
		return GNTST_okay;
	if (req->new_addr)
		status = grant_map_replace(req->host_addr, req->new_addr, mfn, mt->flags);
	else
		status = grant_map_remove(req->host_addr, mfn, mt->flags);
	if (!status) {
		*parts |= GNTMAP_host_map;
		call->flush = true;
	}
	return status;
}

static int unmap(struct gnttab_call *call, const struct unmap_request *req)
{
	struct unmap_done *u;
	int status;

	if (call->nr_unmapped == UNMAP_BATCH)
		gnttab_unmap_finish(call);
	u = &call->unmapped[call->nr_unmapped];
	status = claim(call, req->handle, &u->mt);
	if (status)
		return status;
	/* The claim may have emptied the batch. */
	if (u != &call->unmapped[call->nr_unmapped])
		call->unmapped[call->nr_unmapped] = *u;
	u = &call->unmapped[call->nr_unmapped];
	u->handle = req->handle;
	status = remove_parts(call, req, &u->mt, &u->parts);
	if (status) {
		(void)maptrack_unclaim(current->domain->grant_table, req->handle, 0);
		gprintk(XENLOG_G_DEBUG, "mapping %u at %lx not undone: %d\n", req->handle,
			(unsigned long)req->host_addr, status);
		return status;
	}
	call->nr_unmapped++;
	return GNTST_okay;
}

int gnttab_unmap(void *arg, struct gnttab_call *call)
{
	struct gnttab_unmap_grant_ref *op = arg;
	const struct unmap_request req = {
		.host_addr = op->host_addr, .dev_bus_addr = op->dev_bus_addr, .handle = op->handle,
	};

	op->status = unmap(call, &req);
	return 0;
}

int gnttab_unmap_replace(void *arg, struct gnttab_call *call)
{
	struct gnttab_unmap_and_replace *op = arg;
	const struct unmap_request req = {
		.host_addr = op->host_addr, .new_addr = op->new_addr, .handle = op->handle,
	};

	op->status = unmap(call, &req);
	return 0;
}

/* -- the end of a domain ------------------------------------------------------------------------ */

#define RELEASE_CHECK	64u

/*
 * d does not run any more, so no TLB uses the mappings; their page-table entries drop what they hold when
 * the tables go.
 */
int grant_table_release_mappings(struct domain *d)
{
	struct grant_table *gt = d->grant_table;
	struct unmap_done u;

	if (!gt)
		return 0;
	/* Whoever is adding frames ends, and nobody starts again: is_dying is set. */
	spin_lock(&gt->lock);
	spin_unlock(&gt->lock);
	while (gt->release_next < gt->nr_maptrack_frames * MAPTRACK_PER_FRAME) {
		u.handle = gt->release_next++;
		if (!maptrack_claim(gt, u.handle, &u.mt)) {
			u.parts = u.mt.flags & MT_MAPPED;
			finish_one(gt, &u);
		}
		if (!(gt->release_next % RELEASE_CHECK) && general_preempt_check())
			return -ERESTART;
	}
	return 0;
}
