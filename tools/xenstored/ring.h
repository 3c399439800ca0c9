/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ring transport: two byte streams in a page shared with a guest, and an event channel.
 *
 * Everything in the page may change at any time: indices are read once and checked before use, bytes are
 * copied out before they are looked at. A guest with impossible indices is not served again; it keeps its
 * other rights.
 */
#ifndef XENSTORED_RING_H
#define XENSTORED_RING_H

#include <stdint.h>

#include "conn.h"

/* Takes over the mapped page and the bound local port. NULL: no memory (the caller keeps them). */
struct conn *ring_conn_new(struct xenstore_domain_interface *page, uint32_t port, const struct cred *cred);
/*
 * The same for a ring that a predecessor has served: its page is left as it is. @page NULL or @port 0: it
 * could not be had again; such a connection has to be killed.
 */
struct conn *ring_conn_adopt(struct xenstore_domain_interface *page, uint32_t port, const struct cred *cred);
/* Unmaps, unbinds, frees. */
void ring_conn_free(struct conn *c);
/* The port is pending (and masked until the connection's turn). */
void ring_event(struct conn *c);
uint32_t ring_port(const struct conn *c);
/* Another port for the same ring; the old one is closed. */
void ring_set_port(struct conn *c, uint32_t port);

/* How far the daemon has come in both directions. */
struct ring_indices {
	uint32_t req_cons, rsp_prod;
};

void ring_indices(const struct conn *c, struct ring_indices *at);

#endif
