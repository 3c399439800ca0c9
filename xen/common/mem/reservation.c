/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Giving memory to domains and taking it back, extent by extent. The call returns how many extents were done; what stops it early is
 * no error of the call. Between two extents it may be preempted and goes on later at the next one.
 */
#include <xen/guest_access.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <public/memory.h>
#include "memory_op.h"

#define MAX_ORDER_GUEST	9u
#define MAX_ORDER_DOM0	10u	/* a larger block could not be cleared in a millisecond */

struct job {
	struct xen_memory_reservation r;
	struct domain *d;
	unsigned int memflags;
	unsigned long i;
};

/* Do extent j->i: 0, or an error that ends the call. */
typedef int (*extent_fn)(struct job *j);

static unsigned int memflags_of(const struct xen_memory_reservation *r)
{
	unsigned int bits = XENMEMF_get_address_bits(r->mem_flags);

	return bits ? MEMF_bits(max(bits, PAGE_SHIFT + 1u)) : 0;
}

static int one_decrease(struct job *j)
{
	xen_pfn_t first;

	if (copy_in_elem(&first, handle_addr(j->r.extent_start), j->i))
		return -EFAULT;
	for (unsigned long n = 0; n < 1UL << j->r.extent_order; n++) {
		struct page_info *pg = get_page_from_mfn(_mfn(first + n), j->d);

		if (!pg) {
			printk(XENLOG_G_INFO "%pd: gives back frame %#lx that is not its own\n", j->d, first + n);
			return -EINVAL;
		}
		if (pg->count_info & PGC_xen_heap) {
			put_page(pg);
			return -EINVAL;
		}
		put_page_alloc_ref(pg);
		put_page(pg);
	}
	return 0;
}

static int one_increase(struct job *j)
{
	struct page_info *pg = alloc_domheap_pages(j->d, j->r.extent_order, j->memflags);
	xen_pfn_t mfn;

	if (!pg)
		return -ENOMEM;
	mfn = mfn_x(page_to_mfn(pg));
	if (handle_addr(j->r.extent_start) && copy_out_elem(handle_addr(j->r.extent_start), j->i, &mfn))
		return -EFAULT;
	return 0;
}

static int one_populate(struct job *j)
{
	struct page_info *pg;
	xen_pfn_t gpfn, mfn;

	if (copy_in_elem(&gpfn, handle_addr(j->r.extent_start), j->i))
		return -EFAULT;
	pg = alloc_domheap_pages(j->d, j->r.extent_order, j->memflags);
	if (!pg)
		return -ENOMEM;
	mfn = mfn_x(page_to_mfn(pg));
	for (unsigned long n = 0; n < 1UL << j->r.extent_order; n++)
		set_gpfn_from_mfn(_mfn(mfn + n), gpfn + n);
	return copy_out_elem(handle_addr(j->r.extent_start), j->i, &mfn);
}

static long run(unsigned int op, unsigned long arg, unsigned long start, extent_fn fn)
{
	struct job j;
	long rc;

	if (copy_in(&j.r, arg, sizeof(j.r)))
		return start;
	if (j.r.nr_extents > ~0UL >> MEMORY_OP_SHIFT || start > j.r.nr_extents ||
	    j.r.extent_order > (current->domain->is_privileged ? MAX_ORDER_DOM0 : MAX_ORDER_GUEST))
		return start;
	rc = memory_op_target(j.r.domid, &j.d);
	if (rc)
		return start;
	j.memflags = memflags_of(&j.r);
	for (j.i = start; j.i < j.r.nr_extents; j.i++) {
		if (j.i > start && hypercall_preempt_check())
			return hypercall_continue(__HYPERVISOR_memory_op, op | j.i << MEMORY_OP_SHIFT, arg);
		if (fn(&j))
			break;
	}
	return j.i;
}

long op_increase_reservation(unsigned long arg, unsigned long start)
{
	return run(XENMEM_increase_reservation, arg, start, one_increase);
}

long op_decrease_reservation(unsigned long arg, unsigned long start)
{
	return run(XENMEM_decrease_reservation, arg, start, one_decrease);
}

long op_populate_physmap(unsigned long arg, unsigned long start)
{
	return run(XENMEM_populate_physmap, arg, start, one_populate);
}
