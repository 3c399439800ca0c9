/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * XENMEM_exchange: a domain trades frames for others with the same pseudo-physical numbers, mostly for contiguous or low ones. Done in
 * chunks of the larger of the two extent sizes: a chunk is traded whole or not at all.
 */
#include <xen/cpumask.h>
#include <xen/guest_access.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <public/memory.h>
#include "memory_op.h"

#define MAX_CHUNK_ORDER	9u

struct chunk {
	struct page_info *out[1u << MAX_CHUNK_ORDER];
	struct page_list_head stolen;
	unsigned int nr_out;
};

static bool steal_count(struct page_info *pg)
{
	unsigned long x = READ_ONCE(pg->count_info);

	return (x & PGC_allocated) && (x & PGC_count_mask) == 2 && cmpxchg(&pg->count_info, x, 0UL) == x;
}

bool steal_page(struct domain *d, struct page_info *pg)
{
	bool ok = false;

	spin_lock(&d->page_alloc_lock);
	/* Two references: the owner's list's and ours. */
	if (!d->is_dying && !(pg->count_info & PGC_xen_heap) && !(pg->type_info & PGT_count_mask) && steal_count(pg)) {
		page_list_del(pg, &d->page_list);
		page_set_owner(pg, NULL);
		ok = true;
	}
	spin_unlock(&d->page_alloc_lock);
	return ok;
}

static void give_back(struct domain *d, struct page_info *pg)
{
	if (assign_pages(pg, 0, d, MEMF_no_refcount))
		panic("a frame is lost in an exchange");	/* d cannot begin to die: it is in this call, or its lock is held */
}

static int steal_inputs(struct domain *d, const struct xen_memory_exchange *x, struct chunk *c, unsigned long first, unsigned long nr)
{
	for (unsigned long i = first; i < first + nr; i++) {
		xen_pfn_t mfn;

		if (copy_in_elem(&mfn, handle_addr(x->in.extent_start), i))
			return -EFAULT;
		for (unsigned long n = 0; n < 1UL << x->in.extent_order; n++) {
			struct page_info *pg = get_page_from_mfn(_mfn(mfn + n), d);

			if (!pg)
				return -EINVAL;
			if (!steal_page(d, pg)) {
				put_page(pg);
				return -EINVAL;
			}
			page_list_add_tail(pg, &c->stolen);
		}
	}
	return 0;
}

static int allocate_outputs(const struct xen_memory_exchange *x, struct chunk *c, unsigned int nr)
{
	unsigned int bits = XENMEMF_get_address_bits(x->out.mem_flags);

	for (c->nr_out = 0; c->nr_out < nr; c->nr_out++) {
		c->out[c->nr_out] = alloc_domheap_pages(NULL, x->out.extent_order, bits ? MEMF_bits(bits) : 0);
		if (!c->out[c->nr_out])
			return -ENOMEM;
	}
	return 0;
}

static void undo(struct domain *d, const struct xen_memory_exchange *x, struct chunk *c)
{
	struct page_info *pg;

	while (c->nr_out)
		free_domheap_pages(c->out[--c->nr_out], x->out.extent_order);
	/* That others had mapped them (PGC_extra) is forgotten: nobody's TLB may know them any more. */
	if (!page_list_empty(&c->stolen))
		flush_area_mask(&cpu_online_map, 0, FLUSH_TLB | FLUSH_TLB_GLOBAL);
	while ((pg = page_list_remove_head(&c->stolen)) != NULL)
		give_back(d, pg);
}

/* From here on nothing fails but the guest's own array. */
static int commit(struct domain *d, const struct xen_memory_exchange *x, struct chunk *c, unsigned long first)
{
	unsigned int order = x->out.extent_order;
	struct page_info *pg;
	int rc = 0;

	/* TLBs may still know them: the stamp makes the heap flush before it hands them out. */
	while ((pg = page_list_remove_head(&c->stolen)) != NULL) {
		page_set_owner(pg, NULL);
		free_stolen_page(pg);
	}
	for (unsigned int i = 0; i < c->nr_out; i++) {
		xen_pfn_t gpfn, mfn = mfn_x(page_to_mfn(c->out[i]));

		if (assign_pages(c->out[i], order, d, MEMF_no_refcount))
			panic("a frame is lost in an exchange");
		if (copy_in_elem(&gpfn, handle_addr(x->out.extent_start), first + i)) {
			rc = -EFAULT;
			continue;
		}
		for (unsigned long n = 0; n < 1UL << order; n++)
			set_gpfn_from_mfn(_mfn(mfn + n), gpfn + n);
		if (copy_out_elem(handle_addr(x->out.extent_start), first + i, &mfn))
			rc = -EFAULT;
	}
	return rc;
}

static int check(const struct xen_memory_exchange *x, struct domain **d)
{
	if (x->in.extent_order > MAX_CHUNK_ORDER || x->out.extent_order > MAX_CHUNK_ORDER)
		return -EPERM;
	if (x->nr_exchanged > x->in.nr_extents || x->in.domid != x->out.domid)
		return -EINVAL;
	if (x->in.nr_extents > ~0UL >> MAX_CHUNK_ORDER || x->out.nr_extents > ~0UL >> MAX_CHUNK_ORDER ||
	    x->in.nr_extents << x->in.extent_order != x->out.nr_extents << x->out.extent_order)
		return -EINVAL;
	return memory_op_target(x->in.domid, d);
}

static long exchange(struct xen_memory_exchange *x, struct domain *d, struct chunk *c)
{
	unsigned int order = max(x->in.extent_order, x->out.extent_order);
	unsigned long in_per_chunk = 1UL << (order - x->in.extent_order), out_per_chunk = 1UL << (order - x->out.extent_order);

	if (x->nr_exchanged & (in_per_chunk - 1) || x->in.nr_extents & (in_per_chunk - 1))
		return -EINVAL;
	for (bool first = true; x->nr_exchanged < x->in.nr_extents; first = false) {
		unsigned long chunk = x->nr_exchanged / in_per_chunk;
		int rc;

		if (!first && hypercall_preempt_check())
			return -ERESTART;
		page_list_init(&c->stolen);
		c->nr_out = 0;
		rc = steal_inputs(d, x, c, x->nr_exchanged, in_per_chunk);
		if (!rc)
			rc = allocate_outputs(x, c, out_per_chunk);
		if (rc) {
			undo(d, x, c);
			return rc;
		}
		rc = commit(d, x, c, chunk * out_per_chunk);
		if (rc)
			return rc;
		x->nr_exchanged += in_per_chunk;
	}
	return 0;
}

long op_exchange(unsigned long arg, unsigned long start)
{
	struct xen_memory_exchange x;
	struct domain *d;
	struct chunk *c;
	long rc;

	if (copy_in(&x, arg, sizeof(x)))
		return -EFAULT;
	rc = check(&x, &d);
	if (rc)
		return rc;
	c = xmalloc(struct chunk);
	if (!c)
		return -ENOMEM;
	/* Its killer waits for its own calls; against ours it has the lock. */
	if (d != current->domain)
		spin_lock(&d->domain_lock);
	rc = exchange(&x, d, c);
	if (d != current->domain)
		spin_unlock(&d->domain_lock);
	xfree(c);
	if (copy_out(arg + offsetof(struct xen_memory_exchange, nr_exchanged), &x.nr_exchanged, sizeof(x.nr_exchanged)))
		return -EFAULT;
	if (rc == -ERESTART)
		return hypercall_continue(__HYPERVISOR_memory_op, XENMEM_exchange, arg);
	return rc;
}
