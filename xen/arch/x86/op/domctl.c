/* SPDX-License-Identifier: GPL-2.0-only */
/* domctl rows that know x86: page types for the savers, time stamp counter, permissions, CPU policy. */
#include <xen/domctl_if.h>
#include <xen/guest_access.h>
#include <xen/irq.h>
#include <xen/sched.h>
#include <xen/time.h>
#include <asm/cpu-policy.h>
#include <asm/perm.h>
#include <asm/pv.h>

/* Switching a mode off that is not on is what tools do at the end of a save. */
long domctl_shadow_op(struct xen_domctl *op, struct domain *d)
{
	return op->u.shadow_op.op == XEN_DOMCTL_SHADOW_OP_OFF ? -EINVAL : -EOPNOTSUPP;
}

long domctl_set_address_size(struct xen_domctl *op, struct domain *d)
{
	return op->u.address_size.size == 64 ? 0 : -EINVAL;
}

long domctl_get_address_size(struct xen_domctl *op, struct domain *d)
{
	op->u.address_size.size = 64;
	return 0;
}

long domctl_hypercall_init(struct xen_domctl *op, struct domain *d)
{
	mfn_t mfn = _mfn(op->u.hypercall_init.gmfn);

	if (!mfn_valid(mfn) || get_page_and_type(mfn_to_page(mfn), d, PGT_writable_page))
		return -EACCES;
	hypercall_page_init(mfn_to_virt(mfn));
	put_page_and_type(mfn_to_page(mfn));
	return 0;
}

/* -- page types -------------------------------------------------------------------------------------------------------- */

#define MAX_PAGES_ASKED	1024

static u32 page_kind(struct domain *d, u64 mfn)
{
	static const u32 kinds[] = {
		[PGT_l1_page_table >> 61] = XEN_DOMCTL_PFINFO_L1TAB, [PGT_l2_page_table >> 61] = XEN_DOMCTL_PFINFO_L2TAB,
		[PGT_l3_page_table >> 61] = XEN_DOMCTL_PFINFO_L3TAB, [PGT_l4_page_table >> 61] = XEN_DOMCTL_PFINFO_L4TAB,
		[PGT_writable_page >> 61] = XEN_DOMCTL_PFINFO_NOTAB,
	};
	struct page_info *pg;
	unsigned long type;
	u32 kind;

	if (!mfn_valid(_mfn(mfn)))
		return XEN_DOMCTL_PFINFO_XTAB;
	pg = mfn_to_page(_mfn(mfn));
	if (pg->count_info & PGC_broken)
		return XEN_DOMCTL_PFINFO_BROKEN;
	if (!get_page(pg, d))
		return XEN_DOMCTL_PFINFO_XTAB;
	type = READ_ONCE(pg->type_info);
	kind = type & PGT_count_mask ? kinds[(type & PGT_type_mask) >> 61] : XEN_DOMCTL_PFINFO_NOTAB;
	if (type & PGT_pinned)
		kind |= XEN_DOMCTL_PFINFO_LPINTAB;
	put_page(pg);
	return kind;
}

long domctl_getpageframeinfo3(struct xen_domctl *op, struct domain *d)
{
	const struct xen_domctl_getpageframeinfo3 *pf = &op->u.getpageframeinfo3;
	unsigned long array = handle_addr(pf->array);

	if (d == current->domain)
		return -EINVAL;
	if (pf->num > MAX_PAGES_ASKED)
		return -E2BIG;
	for (u64 i = 0; i < pf->num; i++) {
		u64 frame;

		if (copy_in_elem(&frame, array, i))
			return -EFAULT;
		frame = page_kind(d, frame);
		if (copy_out_elem(array, i, &frame))
			return -EFAULT;
	}
	return 0;
}

/* -- time stamp counter ---------------------------------------------------------------------------------------------------- */

enum tsc_mode { TSC_MODE_default, TSC_MODE_always_emulate, TSC_MODE_native };

long domctl_gettscinfo(struct xen_domctl *op, struct domain *d)
{
	op->u.tsc_info = (struct xen_domctl_tsc_info){
		.tsc_mode = d->arch.tsc_mode,
		.gtsc_khz = cpu_khz,
		.incarnation = d->arch.tsc_incarnation,
		.elapsed_nsec = NOW() - d->arch.vtsc_offset,
	};
	return 0;
}

/* Guests read the counter natively; to slow it down for one is not offered. */
long domctl_settscinfo(struct xen_domctl *op, struct domain *d)
{
	const struct xen_domctl_tsc_info *t = &op->u.tsc_info;

	if (d == current->domain)
		return -EINVAL;
	if (t->tsc_mode > TSC_MODE_native)
		return -EINVAL;
	if (t->tsc_mode == TSC_MODE_always_emulate)
		return -EOPNOTSUPP;
	d->arch.tsc_mode = t->tsc_mode;
	d->arch.tsc_khz = t->gtsc_khz;
	d->arch.tsc_incarnation = t->incarnation + 1;
	d->arch.vtsc_offset = NOW() - t->elapsed_nsec;
	return 0;
}

/* -- permissions -------------------------------------------------------------------------------------------------------------- */

long domctl_ioport_permission(struct xen_domctl *op, struct domain *d)
{
	const struct xen_domctl_ioport_permission *p = &op->u.ioport_permission;
	long rc;

	spin_lock(&d->domain_lock);
	rc = ioports_set_permission(d, p->first_port, p->nr_ports, p->allow_access);
	spin_unlock(&d->domain_lock);
	return rc;
}

/* Guests have no access to device memory and interrupts: taking it away is done, giving it is not possible yet. */
long domctl_irq_permission(struct xen_domctl *op, struct domain *d)
{
	const struct xen_domctl_irq_permission *p = &op->u.irq_permission;

	return p->allow_access == irq_access_permitted(d, p->pirq) ? 0 : -EOPNOTSUPP;
}

long domctl_iomem_permission(struct xen_domctl *op, struct domain *d)
{
	const struct xen_domctl_iomem_permission *p = &op->u.iomem_permission;
	u64 last = p->first_mfn + p->nr_mfns - 1;

	if (!p->nr_mfns || last < p->first_mfn)
		return -EINVAL;
	return p->allow_access == iomem_access_permitted(d, p->first_mfn, last) ? 0 : -EOPNOTSUPP;
}

/* -- CPU policy ------------------------------------------------------------------------------------------------------------------ */

long domctl_get_cpu_policy(struct xen_domctl *op, struct domain *d)
{
	return cpu_policy_domctl_get(d, &op->u.cpu_policy);
}

long domctl_set_cpu_policy(struct xen_domctl *op, struct domain *d)
{
	return d == current->domain ? -EINVAL : cpu_policy_domctl_set(d, &op->u.cpu_policy);
}
