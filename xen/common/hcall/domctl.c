/* SPDX-License-Identifier: GPL-2.0-only */
/* domctl: the way a controller makes, changes and ends domains. Its version is part of each call; others are refused. */
#include <xen/domctl_if.h>
#include <xen/hypercall.h>
#include <xen/sched.h>
#include <public/holders.h>

struct domctl_row {
	long (*fn)(struct xen_domctl *op, struct domain *d);
	bool copy_back;
};

#define ROW(name, back)	[XEN_DOMCTL_##name] = { domctl_##name, back },
static const struct domctl_row rows[] = { DOMCTL_TABLE(ROW) };

#define OWN_BASE		XEN_DOMCTL_page_holders
#define OWN_ROW(name, back)	[XEN_DOMCTL_##name - OWN_BASE] = { domctl_##name, back },
static const struct domctl_row own_rows[] = { DOMCTL_OWN_TABLE(OWN_ROW) };

static const struct domctl_row *find_row(u32 cmd)
{
	const struct domctl_row *row = NULL;

	if (cmd < ARRAY_SIZE(rows))
		row = &rows[cmd];
	else if (cmd - OWN_BASE < ARRAY_SIZE(own_rows))
		row = &own_rows[cmd - OWN_BASE];
	return row && row->fn ? row : NULL;
}

struct vcpu *domctl_vcpu(const struct domain *d, u32 id)
{
	return id < d->max_vcpus ? d->vcpu[id] : NULL;
}

/* Asking about a domain means the first with this id or a higher one: that is how tools list all. */
static struct domain *named_domain(const struct xen_domctl *op)
{
	struct domain *d = domain_by_any_id(op->domain);

	if (d || op->cmd != XEN_DOMCTL_getdomaininfo || op->domain >= DOMID_FIRST_RESERVED)
		return d;
	for_each_domain(d)
		if (d->domain_id > op->domain)
			return d;
	return NULL;
}

long do_domctl(unsigned long uarg)
{
	const struct domctl_row *row;
	struct domain *d = NULL;
	struct xen_domctl op;
	long rc = may(current->domain, ACT_control, NULL);

	if (rc)
		return rc;
	if (copy_in(&op, uarg, sizeof(op)))
		return -EFAULT;
	if (op.interface_version != XEN_DOMCTL_INTERFACE_VERSION)
		return -EACCES;
	row = find_row(op.cmd);
	if (!row)
		return -ENOSYS;
	if (op.cmd != XEN_DOMCTL_createdomain) {
		d = named_domain(&op);
		if (!d)
			return -ESRCH;
		rc = may(current->domain, ACT_control, d);
		if (rc)
			return rc;
	}
	rc = row->fn(&op, d);
	if (rc == -ERESTART)
		return hypercall_continue(36, uarg);
	/* -ENOBUFS tells by the copy how much room was missing. */
	if (row->copy_back && (rc >= 0 || rc == -ENOBUFS) && copy_out(uarg, &op, sizeof(op)))
		return -EFAULT;
	return rc;
}

/* -- bitmaps ---------------------------------------------------------------------------------------------------------- */

int mask_to_xenctl(const struct xenctl_bitmap *map, const unsigned long *bits, unsigned int nr)
{
	unsigned int bytes = DIV_ROUND_UP((u64)map->nr_bits, 8), ours = min(bytes, DIV_ROUND_UP(nr, 8));

	if (bytes > PAGE_SIZE)
		return -E2BIG;
	if (copy_out(handle_addr(map->bitmap), bits, ours))
		return -EFAULT;
	return clear_guest_raw(handle_addr(map->bitmap) + ours, bytes - ours) ? -EFAULT : 0;
}

int mask_from_xenctl(unsigned long *bits, unsigned int nr, const struct xenctl_bitmap *map)
{
	unsigned int bytes = min_t(u64, DIV_ROUND_UP((u64)map->nr_bits, 8), DIV_ROUND_UP(nr, 8));

	memset(bits, 0, BITS_TO_LONGS(nr) * sizeof(long));
	if (copy_in(bits, handle_addr(map->bitmap), bytes))
		return -EFAULT;
	for (unsigned int i = map->nr_bits; i < bytes * 8; i++)
		__clear_bit(i, bits);
	return 0;
}
