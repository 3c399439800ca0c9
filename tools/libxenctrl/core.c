// SPDX-License-Identifier: GPL-2.0-only
/* The handle: opening, closing, and the text of the last error. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "xc_internal.h"

xc_interface *xc_interface_open(void)
{
	xc_interface *xch = calloc(1, sizeof(*xch));
	int rc;

	if (!xch)
		return NULL;
	rc = os_open(xch);
	if (rc) {
		free(xch);
		errno = -rc;
		return NULL;
	}
	return xch;
}

void xc_interface_close(xc_interface *xch)
{
	if (!xch)
		return;
	bounce_release_all(xch);
	os_close(xch);
	free(xch);
}

const char *xc_last_error(const xc_interface *xch)
{
	return xch->error;
}

int xc_set_error(xc_interface *xch, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(xch->error, sizeof(xch->error), fmt, ap);
	va_end(ap);
	return err;
}

int fail(xc_interface *xch, long err, const char *what)
{
	return xc_set_error(xch, err, "%s: %s", what, strerror(-err));
}

int fail_dom(xc_interface *xch, long err, const char *what, unsigned int domid)
{
	return xc_set_error(xch, err, "%s, domain %u: %s", what, domid, strerror(-err));
}

int domctl(xc_interface *xch, struct xen_domctl *op, const char *what)
{
	struct xen_domctl *b;
	long rc;

	op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	b = bounce_in(xch, op, sizeof(*op));
	if (!b)
		return fail(xch, -ENOMEM, what);
	rc = hypercall(xch, __HYPERVISOR_domctl, ARG_PTR(b));
	if (rc < 0)
		return fail_dom(xch, rc, what, op->domain);
	memcpy(op, b, sizeof(*op));
	return 0;
}

int sysctl_call(xc_interface *xch, struct xen_sysctl *op, const char *what)
{
	struct xen_sysctl *b;
	long rc;

	op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	b = bounce_in(xch, op, sizeof(*op));
	if (!b)
		return fail(xch, -ENOMEM, what);
	rc = hypercall(xch, __HYPERVISOR_sysctl, ARG_PTR(b));
	if (rc < 0)
		return fail(xch, rc, what);
	memcpy(op, b, sizeof(*op));
	return 0;
}

int xc_domctl_raw(xc_interface *xch, struct xen_domctl *op)
{
	int rc = domctl(xch, op, "domctl");

	bounce_end(xch);
	return rc;
}

int xc_sysctl_raw(xc_interface *xch, struct xen_sysctl *op)
{
	int rc = sysctl_call(xch, op, "sysctl");

	bounce_end(xch);
	return rc;
}
