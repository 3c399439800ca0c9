// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-init-dom0: writes the nodes that tools and dom0's own drivers expect of domain 0. Run once, after
 * xenstored started; again does no harm.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xenctrl.h"
#include "xenstore.h"

#define PATH		"/local/domain/0/"

static int put(struct xs_handle *xsh, const char *path, const char *value)
{
	if (xs_write(xsh, XBT_NULL, path, value, strlen(value)))
		return 0;
	fprintf(stderr, "xen-init-dom0: %s: %s\n", path, strerror(errno));
	return 1;
}

/* What is there already was set by somebody: a store that starts again keeps it. */
static int put_kib(struct xs_handle *xsh, const char *path, unsigned long long kib)
{
	unsigned int len;
	char text[24], *old = xs_read(xsh, XBT_NULL, path, &len);

	free(old);
	if (old)
		return 0;
	snprintf(text, sizeof(text), "%llu", kib);
	return put(xsh, path, text);
}

/* How much memory dom0 has, and may have at most: its balloon driver follows the first, xm keeps to the second. */
static int put_memory(struct xs_handle *xsh)
{
	xc_interface *xch = xc_interface_open();
	struct xen_domctl_getdomaininfo info;
	struct xen_sysctl_physinfo phys;
	unsigned long long max;
	int rc;

	if (!xch) {
		fprintf(stderr, "xen-init-dom0: no way to the hypervisor: %s; no " PATH "memory\n", strerror(errno));
		return 1;
	}
	rc = xc_domain_getinfo(xch, 0, &info);
	if (!rc)
		rc = xc_physinfo(xch, &phys);
	if (rc) {
		fprintf(stderr, "xen-init-dom0: %s\n", xc_last_error(xch));
	} else {
		max = info.max_pages < phys.total_pages ? info.max_pages : phys.total_pages;
		rc = put_kib(xsh, PATH "memory/static-max", max * (XC_PAGE_SIZE / 1024)) ||
		     put_kib(xsh, PATH "memory/target", info.tot_pages * (XC_PAGE_SIZE / 1024));
	}
	xc_interface_close(xch);
	return rc != 0;
}

int main(void)
{
	struct xs_handle *xsh = xs_open(0);
	int rc;

	if (!xsh) {
		fprintf(stderr, "xen-init-dom0: cannot reach xenstored: %s\n", strerror(errno));
		return 1;
	}
	rc = put(xsh, PATH "domid", "0") || put(xsh, PATH "name", "Domain-0") || put_memory(xsh);
	xs_close(xsh);
	return rc;
}
