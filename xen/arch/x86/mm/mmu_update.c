/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mmu_update: changes of page-table entries by machine address, and of the M2P. Requests to the same table in a row share one set of
 * references. A table that is not in use as one is an ordinary writable page of its owner.
 */
#include <xen/errno.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include "batch.h"
#include "mm_internal.h"

#define NO_TABLE		(~0ULL)

struct call {
	struct vcpu *v;
	struct domain *pt_owner, *pg_owner;
	u64 mfn;			/* the table at hand, NO_TABLE: none */
	struct page_info *pg;		/* existence and type references are held */
	unsigned long type;
};

static void table_drop(struct call *c)
{
	if (c->mfn == NO_TABLE)
		return;
	put_table_later(c->v, c->pg);	/* another vcpu may have dropped all other references */
	c->mfn = NO_TABLE;
}

static int table_switch(struct call *c, u64 mfn)
{
	table_drop(c);
	c->pg = get_page_from_mfn(_mfn(mfn), c->pt_owner);
	if (unlikely(!c->pg))
		return -EINVAL;
	c->type = get_validated_table(c->pg);
	if (!c->type) {
		if (get_page_type(c->pg, PGT_writable_page)) {
			put_page(c->pg);
			return -EINVAL;
		}
		c->type = PGT_writable_page;
	}
	c->mfn = mfn;
	return 0;
}

static int update_entry(struct call *c, u64 ptr, u64 val, unsigned int flags)
{
	u64 mfn = ptr >> PAGE_SHIFT, *pte;
	int rc;

	if (unlikely(ptr & 7))
		return -EINVAL;
	if (c->mfn != mfn) {
		rc = table_switch(c, mfn);
		if (unlikely(rc))
			return rc;
	}
	pte = (u64 *)((char *)mfn_to_virt(_mfn(mfn)) + (ptr & ~PAGE_MASK));
	if (likely(c->type == PGT_l1_page_table))
		return mod_l1_entry(pte, val, flags, c->pt_owner, c->pg_owner);
	if (c->type == PGT_writable_page) {
		WRITE_ONCE(*pte, val);
		return 0;
	}
	if (c->pg_owner != c->pt_owner)
		return -EPERM;
	return mod_ln_entry(pte, val, c->type >> 61, flags, c->v, c->pt_owner);
}

static int update_m2p(struct call *c, u64 ptr, u64 val)
{
	struct page_info *pg = get_page_from_mfn(_mfn(ptr >> PAGE_SHIFT), c->pg_owner);

	if (unlikely(!pg))
		return -EINVAL;
	set_gpfn_from_mfn(page_to_mfn(pg), val);
	put_page(pg);
	return 0;
}

static int one_request(struct call *c, const struct mmu_update *req)
{
	u64 ptr = req->ptr & ~3ULL;

	switch (req->ptr & 3) {
	case MMU_MACHPHYS_UPDATE:
		return update_m2p(c, ptr, req->val);
	case MMU_PT_UPDATE_PRESERVE_AD:
		return update_entry(c, ptr, req->val, MOD_PRESERVE_AD);
	default:
		return update_entry(c, ptr, req->val, 0);
	}
}

static int find_owners(struct call *c, unsigned int domids)
{
	int rc = 0;

	c->pt_owner = get_pg_owner(domids >> 16 ? (domids >> 16) - 1 : DOMID_SELF, &rc);
	if (!c->pt_owner)
		return rc;
	c->pg_owner = get_pg_owner(domids & 0xffff, &rc);
	if (!c->pg_owner)
		put_pg_owner(c->pt_owner);
	return rc;
}

/* Requests from the guest's array until all are done, one fails, or it is time to give way. Returns how many were done. */
static unsigned int serve(struct call *c, unsigned long reqs, unsigned int count, int *rc)
{
	struct mmu_update req;
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (i && hypercall_preempt_check()) {
			*rc = -ERESTART;
			break;
		}
		*rc = copy_in_elem(&req, reqs, i);
		if (unlikely(*rc))
			break;
		*rc = one_request(c, &req);
		if (unlikely(*rc))
			break;
		if (unlikely(c->v->arch.old_guest_table)) {
			table_drop(c);
			*rc = put_old_guest_table(c->v);
			if (*rc) {
				i++;
				break;
			}
		}
	}
	table_drop(c);
	if (likely(!*rc))
		*rc = put_old_guest_table(c->v);
	return i;
}

long do_mmu_update(unsigned long reqs, unsigned long count, unsigned long pdone, unsigned long domids)
{
	struct call c = { .v = current, .mfn = NO_TABLE };
	struct batch b;
	unsigned int done = 0;
	int rc = batch_begin(&b, c.v, count, pdone);

	if (likely(!rc))
		rc = find_owners(&c, domids);
	if (likely(!rc)) {
		done = serve(&c, reqs, b.count, &rc);
		put_pg_owner(c.pg_owner);
		put_pg_owner(c.pt_owner);
	}
	return batch_end(&b, __HYPERVISOR_mmu_update, reqs, sizeof(struct mmu_update), done, rc, domids);
}
