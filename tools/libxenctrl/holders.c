// SPDX-License-Identifier: GPL-2.0-only
/* Who uses pages of a domain: a question that only our own hypervisor answers (public/holders.h). */
#include <stdlib.h>

#include "xc_internal.h"

#define TRIES	20	/* pages that go while they are listed: begin again */

/* One call. The answer is in *h and, as long as the call lasts, in list. */
static int ask(xc_interface *xch, uint16_t domid, struct xen_domctl_page_holders *h, struct xen_page_holder *list)
{
	DOMCTL(op, page_holders, domid);
	int rc;

	set_xen_guest_handle(h->list, list);
	memcpy(op.u.pad, h, sizeof(*h));
	rc = domctl(xch, &op, "asking who holds pages");
	if (!rc)
		memcpy(h, op.u.pad, sizeof(*h));
	return rc;
}

/* All of it once, at most max entries. */
static int list_once(xc_interface *xch, uint16_t domid, uint32_t what, size_t max, struct xc_holders *out)
{
	struct xen_domctl_page_holders h = { .what = what };
	struct xen_page_holder *b;
	int rc = 0;

	out->num = 0;
	while (!rc && h.next != XEN_HOLDERS_END && out->num < max) {
		b = bounce_alloc(xch, XEN_HOLDERS_AT_ONCE * sizeof(*b));
		h.nr = max - out->num < XEN_HOLDERS_AT_ONCE ? max - out->num : XEN_HOLDERS_AT_ONCE;
		rc = b ? ask(xch, domid, &h, b) : fail(xch, -ENOMEM, "asking who holds pages");
		if (!rc && h.nr <= XEN_HOLDERS_AT_ONCE && h.nr <= max - out->num) {
			memcpy(out->list + out->num, b, h.nr * sizeof(*b));
			out->num += h.nr;
		}
		bounce_end(xch);
	}
	out->complete = h.next == XEN_HOLDERS_END;
	out->xen_pages = h.xen_pages;
	return rc;
}

int xc_domain_page_holders(xc_interface *xch, uint16_t domid, uint32_t what, size_t max, struct xc_holders *out)
{
	int rc = -EAGAIN;

	out->list = calloc(max, sizeof(*out->list));
	if (!out->list)
		return fail(xch, -ENOMEM, "asking who holds pages");
	for (unsigned int i = 0; i < TRIES && rc == -EAGAIN; i++)
		rc = list_once(xch, domid, what, max, out);
	if (rc) {
		free(out->list);
		out->list = NULL;
	}
	return rc;
}
