/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sub-operations about the table itself: where its frames are, how many, which version; and swapping
 * two entries.
 */
#include <xen/hypercall.h>
#include "grant_internal.h"

/* The domain whose table is asked about; *status tells why there is none. */
static struct domain *table_of(domid_t domid, s16 *status)
{
	struct domain *d = domain_by_any_id(domid);

	*status = GNTST_okay;
	if (!d || !d->grant_table) {
		*status = GNTST_bad_domain;
		return NULL;
	}
	if (d != current->domain && may(current->domain, ACT_map_foreign, d)) {
		*status = GNTST_permission_denied;
		return NULL;
	}
	return d;
}

int gnttab_setup(void *arg, struct gnttab_call *call)
{
	struct gnttab_setup_table *op = arg;
	struct domain *d = table_of(op->dom, &op->status);

	if (!d)
		return 0;
	if (grant_table_grow(d, op->nr_frames)) {
		op->status = GNTST_general_error;
		return 0;
	}
	for (unsigned int i = 0; i < op->nr_frames; i++) {
		xen_pfn_t pfn = mfn_x(virt_to_mfn(d->grant_table->shared[i]));

		if (copy_out_elem(handle_addr(op->frame_list), i, &pfn)) {
			op->status = GNTST_bad_virt_addr;
			break;
		}
	}
	return 0;
}

int gnttab_query(void *arg, struct gnttab_call *call)
{
	struct gnttab_query_size *op = arg;
	struct domain *d = table_of(op->dom, &op->status);

	if (d) {
		op->nr_frames = READ_ONCE(d->grant_table->nr_frames);
		op->max_nr_frames = d->grant_table->max_frames;
	}
	return 0;
}

/* A guest that is refused version 2 stays with 1. */
int gnttab_set_version(void *arg, struct gnttab_call *call)
{
	struct gnttab_set_version *op = arg;
	u32 wanted = op->version;

	op->version = 1;
	if (wanted == 1)
		return 0;
	return wanted == 2 ? -ENOSYS : -EINVAL;
}

int gnttab_get_version(void *arg, struct gnttab_call *call)
{
	struct gnttab_get_version *op = arg;
	s16 status;

	if (!table_of(op->dom, &status))
		return status == GNTST_bad_domain ? -ESRCH : -EPERM;
	op->version = 1;
	return 0;
}

/* Version 2 only. */
int gnttab_status_frames(void *arg, struct gnttab_call *call)
{
	struct gnttab_get_status_frames *op = arg;

	op->status = GNTST_general_error;
	return 0;
}

static int swap_refs(struct grant_table *gt, grant_ref_t a, grant_ref_t b)
{
	struct active_entry *act_a, *act_b;
	int status = GNTST_okay;

	if (a >= grant_nr_refs(gt) || b >= grant_nr_refs(gt))
		return GNTST_bad_gntref;
	if (a == b)
		return GNTST_okay;
	act_a = active_entry(gt, min(a, b));
	act_b = active_entry(gt, max(a, b));
	spin_lock(&act_a->lock);
	spin_lock(&act_b->lock);
	if (is_pinned(act_a) || is_pinned(act_b))
		status = GNTST_eagain;
	else
		swap(*shared_entry(gt, a), *shared_entry(gt, b));
	spin_unlock(&act_b->lock);
	spin_unlock(&act_a->lock);
	return status;
}

int gnttab_swap(void *arg, struct gnttab_call *call)
{
	struct gnttab_swap_grant_ref *op = arg;

	op->status = swap_refs(current->domain->grant_table, op->ref_a, op->ref_b);
	return 0;
}
