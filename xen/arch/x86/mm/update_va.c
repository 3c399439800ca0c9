/* SPDX-License-Identifier: GPL-2.0-only */
/* update_va_mapping: one leaf entry by the virtual address it maps, and the flush that goes with it. */
#include <xen/errno.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <asm/processor.h>
#include "flush_internal.h"
#include "mm_internal.h"

static int flush_va(struct vcpu *v, unsigned long va, unsigned long flags)
{
	unsigned long what = flags & UVMF_FLUSHTYPE_MASK, where = flags & ~UVMF_FLUSHTYPE_MASK;
	cpumask_t mask;
	int rc;

	if (!what)
		return 0;
	if (!where) {
		if (what == UVMF_INVLPG)
			flush_va_local(va);
		else
			flush_tlb_local();
		return 0;
	}
	if (where == UVMF_ALL) {
		mask = v->domain->dirty_cpumask;
	} else {
		rc = vcpumask_to_cpus(v->domain, where, &mask);
		if (rc)
			return rc;
	}
	if (what == UVMF_INVLPG)
		flush_tlb_one_mask(&mask, va);
	else
		flush_tlb_mask(&mask);
	return 0;
}

static long update_va(unsigned long va, u64 val, unsigned long flags, const struct domain *pg_owner)
{
	struct vcpu *v = current;
	struct page_info *l1pg;
	u64 *pte = get_l1_slot(va, &l1pg);
	int rc;

	if (unlikely(!pte))
		return -EINVAL;
	rc = mod_l1_entry(pte, val, 0, v->domain, pg_owner);
	put_page_and_type(l1pg);
	if (unlikely(rc))
		return rc;
	return flush_va(v, va, flags);
}

long do_update_va_mapping(unsigned long va, unsigned long val, unsigned long flags)
{
	return update_va(va, val, flags, current->domain);
}

long do_update_va_mapping_otherdomain(unsigned long va, unsigned long val, unsigned long flags, unsigned long domid)
{
	int rc = 0;
	struct domain *d = get_pg_owner(domid, &rc);

	if (!d)
		return rc;
	rc = update_va(va, val, flags, d);
	put_pg_owner(d);
	return rc;
}
