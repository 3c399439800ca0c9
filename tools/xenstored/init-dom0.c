// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-init-dom0: writes the nodes that tools and dom0's own drivers expect of domain 0. Run once, after
 * xenstored started; again does no harm.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "xenstore.h"

static const struct {
	const char *path, *value;
} nodes[] = {
	{ "/local/domain/0/domid", "0" },
	{ "/local/domain/0/name", "Domain-0" },
};

int main(void)
{
	struct xs_handle *xsh = xs_open(0);
	unsigned int i;

	if (!xsh) {
		fprintf(stderr, "xen-init-dom0: cannot reach xenstored: %s\n", strerror(errno));
		return 1;
	}
	for (i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		if (!xs_write(xsh, XBT_NULL, nodes[i].path, nodes[i].value, strlen(nodes[i].value))) {
			fprintf(stderr, "xen-init-dom0: %s: %s\n", nodes[i].path, strerror(errno));
			return 1;
		}
	}
	xs_close(xsh);
	return 0;
}
