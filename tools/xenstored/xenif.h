/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this daemon alone needs from hypervisor and kernel; the rest is guest.h. xenif.c and lister.c are the real
 * thing; the unit tests link a made-up one. Errors are negative errno.
 */
#ifndef XENSTORED_XENIF_H
#define XENSTORED_XENIF_H

#include <stdint.h>

enum xenif_state { XENIF_GONE, XENIF_SHUTDOWN, XENIF_RUNNING };

struct xenif_domain {
	unsigned int domid;
	enum xenif_state state;
};

struct xenstore_domain_interface;

/* The ring of this very kernel and its remote port. */
int xenif_map_own_ring(struct xenstore_domain_interface **ring, uint32_t *remote_port);

/* Domains with an id of @first or more, in order of id; returns how many of at most @max. */
int xenif_list(unsigned int first, struct xenif_domain *list, unsigned int max);

#endif
