/* SPDX-License-Identifier: MIT */
/*
 * A domctl of this hypervisor's own; others answer -ENOSYS. It tells who uses pages of a domain, for tools that are to
 * find out why a dead one stays. Each call looks at a part: the first with next = 0, then with what the last one left
 * there, until that is XEN_HOLDERS_END.
 */
#ifndef XEN_PUBLIC_HOLDERS_H
#define XEN_PUBLIC_HOLDERS_H

#include "domctl.h"

#define XEN_DOMCTL_page_holders		0x10000

/* xen_domctl_page_holders.what */
#define XEN_HOLDERS_grants	0	/* entries of its grant table that are in use */
#define XEN_HOLDERS_pages	1	/* pages that it still has; -EBUSY unless it is dead */

#define XEN_HOLDERS_END		(~(uint64_t)0)
#define XEN_HOLDERS_AT_ONCE	32	/* more are not written by one call */

struct xen_page_holder {
	uint64_aligned_t frame;		/* of the machine */
	uint64_aligned_t gfn;		/* pages: where the domain had it, by the machine-to-phys table */
	uint64_aligned_t refs;		/* grants: mappings, or copies under way; pages: references of any kind */
	uint32_t ref;			/* grants: the entry */
	domid_t domid;			/* grants: who uses it */
	uint16_t pad;
};
typedef struct xen_page_holder xen_page_holder_t;
DEFINE_XEN_GUEST_HANDLE(xen_page_holder_t);

/* In xen_domctl.u. -EAGAIN: the page at which to go on has gone meanwhile; begin again. */
struct xen_domctl_page_holders {
	uint32_t what;			/* IN: XEN_HOLDERS_ */
	uint32_t nr;			/* IN: room in the list, not 0; OUT: how many were written, perhaps none */
	uint64_aligned_t next;		/* IN, OUT: where to go on */
	uint64_aligned_t xen_pages;	/* OUT: pages of the hypervisor's that it shares and that are not let go */
	XEN_GUEST_HANDLE_64(xen_page_holder_t) list;
};
#endif
