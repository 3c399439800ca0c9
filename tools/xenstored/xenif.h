/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the daemon needs from hypervisor and kernel. xenif.c is the real thing; the unit tests link a fake
 * one. Errors are negative errno.
 */
#ifndef XENSTORED_XENIF_H
#define XENSTORED_XENIF_H

#include <stdbool.h>
#include <stdint.h>

enum xenif_state { XENIF_GONE, XENIF_SHUTDOWN, XENIF_RUNNING };

struct xenstore_domain_interface;

int xenif_open(void);

/* Readable while ports are pending. */
int xenif_fd(void);
/* The next pending port, which stays masked; -EAGAIN. */
int xenif_pending(void);
void xenif_unmask(uint32_t port);
void xenif_notify(uint32_t port);
/* Local port. */
int xenif_bind(unsigned int domid, uint32_t remote_port);
/* The port that tells of domains' deaths. */
int xenif_bind_dom_exc(void);
void xenif_unbind(uint32_t port);

/* The ring of a domain: the page it granted for that purpose, or else frame @frame. */
int xenif_map_ring(unsigned int domid, uint64_t frame, struct xenstore_domain_interface **ring,
		   bool *granted);
void xenif_unmap_ring(struct xenstore_domain_interface *ring, bool granted);
/* The ring of this very kernel and its remote port. */
int xenif_map_own_ring(struct xenstore_domain_interface **ring, uint32_t *remote_port);

enum xenif_state xenif_domain_state(unsigned int domid);

#endif
