/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * XEN_DOMCTL_page_holders (public/holders.h): who uses pages of a domain. No state is kept between calls, and each one
 * looks at a bounded part.
 */
#include <xen/domctl_if.h>
#include <xen/grant.h>
#include <xen/hypercall.h>
#include <xen/sched.h>
#include <public/holders.h>

long domctl_page_holders(struct xen_domctl *op, struct domain *d)
{
	struct xen_domctl_page_holders *h = (void *)op->u.pad;
	struct xen_page_holder list[XEN_HOLDERS_AT_ONCE];
	unsigned int room = min_t(u32, h->nr, XEN_HOLDERS_AT_ONCE);
	u64 next = h->next;
	int n;

	BUILD_BUG_ON(sizeof(*h) > sizeof(op->u));
	if (!room || h->what > XEN_HOLDERS_pages)
		return -EINVAL;
	if (h->what == XEN_HOLDERS_grants)
		n = grant_table_users(d, &next, list, room);
	else
		n = d->is_dying == DOMDYING_dead ? domain_held_pages(d, &next, list, room) : -EBUSY;
	if (n < 0)
		return n;
	if (copy_out(handle_addr(h->list), list, n * sizeof(*list)))
		return -EFAULT;
	h->nr = n;
	h->next = next;
	h->xen_pages = d->xenheap_pages;
	return 0;
}
