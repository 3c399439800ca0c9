/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * XENMEM_*: the table of the memory_op hypercall, and the operations that only tell. Those that move memory are in reservation.c and
 * exchange.c. The high bits of the command say at which extent a preempted call goes on.
 */
#include <xen/boot_info.h>
#include <xen/grant.h>
#include <xen/guest_access.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <public/memory.h>
#include "memory_op.h"

/* A domain named in a structure, which the caller may act on. */
int memory_op_target(domid_t domid, struct domain **d)
{
	*d = domain_by_any_id(domid);
	if (!*d)
		return -ESRCH;
	return may(current->domain, ACT_map_foreign, *d);
}

static long target_of(unsigned long arg, struct domain **d)
{
	struct xen_memory_domain dom;

	if (copy_in(&dom, arg, sizeof(dom)))
		return -EFAULT;
	return memory_op_target(dom.domid, d);
}

static long op_maximum_ram_page(unsigned long arg, unsigned long start)
{
	return max_page;
}

static long op_current_reservation(unsigned long arg, unsigned long start)
{
	struct domain *d;
	long rc = target_of(arg, &d);

	return rc ? rc : (long)d->tot_pages;
}

static long op_maximum_reservation(unsigned long arg, unsigned long start)
{
	struct domain *d;
	long rc = target_of(arg, &d);

	return rc ? rc : (long)d->max_pages;
}

static long op_maximum_gpfn(unsigned long arg, unsigned long start)
{
	struct domain *d;
	long rc = target_of(arg, &d);
	unsigned long max_pfn;

	if (rc)
		return rc;
	/* The guest counts pages; before it has said how many, tools want 0 and no error. */
	max_pfn = READ_ONCE(d->shared_info->arch.max_pfn);
	return max_pfn ? (long)((max_pfn - 1) & ~(1UL << 63)) : 0;
}

/* -- the machine-to-phys table ---------------------------------------------------------------------------------------------- */

static long op_machphys_mfn_list(unsigned long arg, unsigned long start)
{
	struct xen_machphys_mfn_list list;
	xen_pfn_t last = 0;
	unsigned int i;

	if (copy_in(&list, arg, sizeof(list)))
		return -EFAULT;
	for (i = 0; i < list.max_extents && (u64)i * (MB(2) / 8) < max_page; i++) {
		mfn_t m;

		if (m2p_chunk(i, &m))
			last = mfn_x(m);
		if (copy_out_elem(handle_addr(list.extent_start), i, &last))
			return -EFAULT;
	}
	list.nr_extents = i;
	return copy_out(arg, &list, sizeof(list));
}

static long op_machphys_mapping(unsigned long arg, unsigned long start)
{
	struct xen_machphys_mapping m = {
		.v_start = RO_MPT_VIRT_START,
		.v_end = RO_MPT_VIRT_END,
		.max_mfn = MPT_MAX_FRAMES - 1,
	};

	return copy_out(arg, &m, sizeof(m));
}

/* -- memory maps ---------------------------------------------------------------------------------------------------------------- */

#define MAX_GUEST_E820	128u

static long give_map(unsigned long arg, const struct e820_entry *e, unsigned int nr, bool all)
{
	struct xen_memory_map map;
	unsigned int n;

	if (copy_in(&map, arg, sizeof(map)))
		return -EFAULT;
	n = min(map.nr_entries, nr);
	if (!n || (all && n < nr))
		return -EINVAL;
	if (copy_out(handle_addr(map.buffer), e, n * sizeof(*e)))
		return -EFAULT;
	map.nr_entries = n;
	return copy_out(arg, &map, sizeof(map));
}

static long op_machine_memory_map(unsigned long arg, unsigned long start)
{
	long rc = may(current->domain, ACT_system, NULL);

	return rc ? rc : give_map(arg, boot_info.e820, boot_info.nr_e820, true);
}

static long op_memory_map(unsigned long arg, unsigned long start)
{
	struct domain *d = current->domain;
	struct e820_entry *copy;
	unsigned int nr;
	long rc;

	copy = xzalloc_array(struct e820_entry, MAX_GUEST_E820);
	if (!copy)
		return -ENOMEM;
	spin_lock(&d->arch.e820_lock);
	nr = d->arch.nr_e820;
	if (nr)
		memcpy(copy, d->arch.e820, nr * sizeof(*copy));
	spin_unlock(&d->arch.e820_lock);
	rc = nr ? give_map(arg, copy, nr, false) : -ENOSYS;
	xfree(copy);
	return rc;
}

static long op_set_memory_map(unsigned long arg, unsigned long start)
{
	struct xen_foreign_memory_map fmap;
	struct e820_entry *e, *old;
	struct domain *d;
	long rc;

	if (copy_in(&fmap, arg, sizeof(fmap)))
		return -EFAULT;
	if (fmap.map.nr_entries > MAX_GUEST_E820)
		return -EINVAL;
	rc = memory_op_target(fmap.domid, &d);
	if (rc)
		return rc;
	rc = may(current->domain, ACT_control, d);
	if (rc)
		return rc;
	e = xzalloc_array(struct e820_entry, max(fmap.map.nr_entries, 1u));
	if (!e)
		return -ENOMEM;
	if (copy_in(e, handle_addr(fmap.map.buffer), fmap.map.nr_entries * sizeof(*e))) {
		xfree(e);
		return -EFAULT;
	}
	spin_lock(&d->arch.e820_lock);
	old = d->arch.e820;
	d->arch.e820 = e;
	d->arch.nr_e820 = fmap.map.nr_entries;
	spin_unlock(&d->arch.e820_lock);
	xfree(old);
	return 0;
}

/* -- the rest -------------------------------------------------------------------------------------------------------------------- */

static long op_none(unsigned long arg, unsigned long start)
{
	return 0;		/* pages shared between domains: there are none */
}

static long op_not_translated(unsigned long arg, unsigned long start)
{
	return -EACCES;		/* for guests without a p2m of their own */
}

static long op_not_supported(unsigned long arg, unsigned long start)
{
	return -EOPNOTSUPP;
}

static long op_claim_pages(unsigned long arg, unsigned long start)
{
	struct xen_memory_reservation r;
	struct domain *d;
	long rc;

	if (copy_in(&r, arg, sizeof(r)))
		return -EFAULT;
	if (handle_addr(r.extent_start) || r.extent_order || r.mem_flags)
		return -EINVAL;
	rc = may(current->domain, ACT_system, NULL);
	if (rc)
		return rc;
	rc = memory_op_target(r.domid, &d);
	return rc ? rc : domain_set_outstanding_pages(d, r.nr_extents);
}

#define MAX_RESOURCE_FRAMES	32

static long acquire_frames(struct domain *d, const struct xen_mem_acquire_resource *r)
{
	for (unsigned int i = 0; i < r->nr_frames; i++) {
		xen_pfn_t pfn;
		mfn_t m;
		int rc = grant_table_get_frame(d, r->frame + i, &m);

		if (rc)
			return rc;
		pfn = mfn_x(m);
		if (copy_out_elem(handle_addr(r->frame_list), i, &pfn))
			return -EFAULT;
	}
	return 0;
}

static long op_acquire_resource(unsigned long arg, unsigned long start)
{
	struct xen_mem_acquire_resource r;
	struct domain *d;
	long rc;

	if (copy_in(&r, arg, sizeof(r)))
		return -EFAULT;
	if (r.pad)
		return -EINVAL;
	rc = may(current->domain, ACT_system, NULL);
	if (rc)
		return rc;
	d = domain_by_id(r.domid);
	if (!d)
		return -ESRCH;
	if (r.type != XENMEM_resource_grant_table)
		return -EOPNOTSUPP;
	if (r.id != XENMEM_resource_grant_table_id_shared)
		return -EINVAL;
	if (!handle_addr(r.frame_list)) {
		r.nr_frames = grant_table_max_frames(d);
		return copy_out(arg, &r, sizeof(r));
	}
	if (!r.nr_frames || r.nr_frames > MAX_RESOURCE_FRAMES || r.frame + r.nr_frames < r.frame || r.frame > ~0u)
		return r.nr_frames > MAX_RESOURCE_FRAMES ? -E2BIG : -EINVAL;
	return acquire_frames(d, &r);
}

static long (*const rows[])(unsigned long arg, unsigned long start) = {
	[XENMEM_increase_reservation] = op_increase_reservation,
	[XENMEM_decrease_reservation] = op_decrease_reservation,
	[XENMEM_populate_physmap] = op_populate_physmap,
	[XENMEM_maximum_ram_page] = op_maximum_ram_page,
	[XENMEM_current_reservation] = op_current_reservation,
	[XENMEM_maximum_reservation] = op_maximum_reservation,
	[XENMEM_maximum_gpfn] = op_maximum_gpfn,
	[XENMEM_machphys_mfn_list] = op_machphys_mfn_list,
	[XENMEM_machphys_mapping] = op_machphys_mapping,
	[XENMEM_add_to_physmap] = op_not_translated,
	[XENMEM_memory_map] = op_memory_map,
	[XENMEM_machine_memory_map] = op_machine_memory_map,
	[XENMEM_set_memory_map] = op_set_memory_map,
	[XENMEM_exchange] = op_exchange,
	[XENMEM_remove_from_physmap] = op_not_translated,
	[XENMEM_get_sharing_freed_pages] = op_none,
	[XENMEM_get_sharing_shared_pages] = op_none,
	[XENMEM_claim_pages] = op_claim_pages,
	[XENMEM_get_vnumainfo] = op_not_supported,
	[XENMEM_acquire_resource] = op_acquire_resource,
};

long do_memory_op(unsigned long cmd, unsigned long arg)
{
	unsigned int op = cmd & MEMORY_OP_MASK;

	if (op >= ARRAY_SIZE(rows) || !rows[op])
		return -ENOSYS;
	return rows[op](arg, cmd >> MEMORY_OP_SHIFT);
}
