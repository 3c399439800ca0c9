/* SPDX-License-Identifier: GPL-2.0-only */
/* Whose frames a page-table call is about. */
#include <xen/errno.h>
#include <xen/hypercall.h>
#include <xen/sched.h>
#include "mm_internal.h"

struct domain *get_foreign_owner(domid_t id, int *rc)
{
	struct domain *self = current->domain, *d;

	if (id == DOMID_IO || id == DOMID_XEN) {
		d = id == DOMID_IO ? dom_io : dom_xen;
		get_knownalive_domain(d);
	} else {
		d = get_domain_by_id(id);
	}
	if (!d) {
		*rc = -ESRCH;
		return NULL;
	}
	*rc = may(self, ACT_map_foreign, d);
	if (*rc) {
		put_domain(d);
		return NULL;
	}
	return d;
}
