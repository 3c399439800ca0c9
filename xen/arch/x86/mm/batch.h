/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frame of the calls that take a list of page-table operations (mmu_update, mmuext_op): how far the list is done over all lives of
 * a preempted call. The caller's *pdone gets that number however the call ends: Linux's xen_remap_pfn() goes on from it after an
 * error, even that of a domain that is gone.
 */
#ifndef MM_BATCH_H
#define MM_BATCH_H

#include <xen/errno.h>
#include <xen/guest_access.h>
#include <xen/hypercall.h>
#include "mm_internal.h"

#define MMU_UPDATE_PREEMPTED	(1UL << 31)	/* in the count: not the first life of the call */

struct batch {
	unsigned int count;		/* operations still to do at the begin of this life */
	unsigned int before;		/* done in earlier ones */
	unsigned long pdone;		/* the guest's address for the sum, or 0 */
};

/* Also finishes what the vcpu's last call left half released. 0, -EFAULT, -ERESTART: go to batch_end() with it. */
static inline int batch_begin(struct batch *b, struct vcpu *v, unsigned long count, unsigned long pdone)
{
	b->count = count & ~MMU_UPDATE_PREEMPTED;
	b->before = 0;
	b->pdone = pdone;
	if (unlikely(count & MMU_UPDATE_PREEMPTED) && pdone && copy_in(&b->before, pdone, sizeof(b->before)))
		return -EFAULT;
	return put_old_guest_table(v);
}

/* `done` operations, of `size` bytes each in `list`, succeeded in this life; rc is what stopped it. Returns the call's result. */
static inline long batch_end(const struct batch *b, unsigned int call, unsigned long list, size_t size,
			     unsigned int done, int rc, unsigned long domid)
{
	unsigned int sum = b->before + done;

	if (b->pdone && copy_out(b->pdone, &sum, sizeof(sum)))
		return -EFAULT;
	if (likely(rc != -ERESTART))
		return rc;
	return hypercall_continue(call, guest_elem(list, done, size), (b->count - done) | MMU_UPDATE_PREEMPTED,
				  b->pdone, domid);
}

#endif
