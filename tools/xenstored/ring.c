// SPDX-License-Identifier: GPL-2.0-only
/* The ring transport; the rules are in ring.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"
#include "log.h"
#include "ring.h"

struct ring {
	struct xenstore_domain_interface *page;
	uint32_t port;
	bool masked;		/* an event came in and the port waits for us to unmask it */
};

/*
 * Unmask before looking at the indices: what the guest does after our look then raises a new event, so
 * nothing is missed, and a guest that sends events all the time gets one look per turn for them.
 */
static void enter(struct ring *r)
{
	if (!r->masked)
		return;
	r->masked = false;
	guest_unmask(r->port);
}

static uint32_t load(const uint32_t *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static void store(uint32_t *p, uint32_t v)
{
	/*
	 * Sequential consistency: the store must be visible before the following look at the other side's
	 * index.
	 */
	__atomic_store_n(p, v, __ATOMIC_SEQ_CST);
}

static void reconnect(struct conn *c, struct ring *r)
{
	conn_reset(c);
	store(&r->page->req_cons, 0);
	store(&r->page->req_prod, 0);
	store(&r->page->rsp_cons, 0);
	store(&r->page->rsp_prod, 0);
	store(&r->page->connection, XENSTORE_CONNECTED);
	guest_notify(r->port);
}

static ssize_t ring_read(struct conn *c, void *buf, size_t len)
{
	struct ring *r = c->chan;
	uint32_t cons, prod, at;

	enter(r);
	if (load(&r->page->connection) == XENSTORE_RECONNECT) {
		reconnect(c, r);
		return 0;
	}
	cons = load(&r->page->req_cons);
	prod = load(&r->page->req_prod);
	if (prod - cons > XENSTORE_RING_SIZE)
		return -ERANGE;
	at = MASK_XENSTORE_IDX(cons);
	if (len > prod - cons)
		len = prod - cons;
	if (len > XENSTORE_RING_SIZE - at)
		len = XENSTORE_RING_SIZE - at;
	memcpy(buf, r->page->req + at, len);
	store(&r->page->req_cons, cons + len);
	return len;
}

static ssize_t ring_write(struct conn *c, const void *buf, size_t len)
{
	struct ring *r = c->chan;
	uint32_t cons, prod, at, room;

	enter(r);
	cons = load(&r->page->rsp_cons);
	prod = load(&r->page->rsp_prod);
	if (prod - cons > XENSTORE_RING_SIZE)
		return -ERANGE;
	room = XENSTORE_RING_SIZE - (prod - cons);
	at = MASK_XENSTORE_IDX(prod);
	if (len > room)
		len = room;
	if (len > XENSTORE_RING_SIZE - at)
		len = XENSTORE_RING_SIZE - at;
	memcpy(r->page->rsp + at, buf, len);
	store(&r->page->rsp_prod, prod + len);
	return len;
}

static void ring_settle(struct conn *c, bool moved)
{
	struct ring *r = c->chan;

	enter(r);
	if (moved)
		guest_notify(r->port);
}

/* The domain stays introduced, so that its death is still noticed. */
static void ring_broken(struct conn *c, int err)
{
	struct ring *r = c->chan;
	uint32_t code = XENSTORE_ERROR_COMM;

	if (err == -ERANGE)
		code = XENSTORE_ERROR_RINGIDX;
	if (err == -EPROTO)
		code = XENSTORE_ERROR_PROTO;
	log_guest(c->cred.domid, "ring given up: %s", strerror(-err));
	store(&r->page->error, code);
	guest_notify(r->port);
	conn_kill(c);
}

static const struct conn_transport ring_ops = {
	.name = "ring",
	.is_ring = true,
	.read = ring_read,
	.write = ring_write,
	.settle = ring_settle,
	.broken = ring_broken,
};

struct conn *ring_conn_adopt(struct xenstore_domain_interface *page, uint32_t port, const struct cred *cred)
{
	struct ring *r = calloc(1, sizeof(*r));
	struct conn *c;

	if (!r)
		return NULL;
	r->page = page;
	r->port = port;
	/* The predecessor may have left it so, and to unmask an open port does no harm. */
	r->masked = true;
	c = conn_new(&ring_ops, r, cred);
	if (!c)
		free(r);
	else if (page && port)
		conn_wake(c);
	return c;
}

struct conn *ring_conn_new(struct xenstore_domain_interface *page, uint32_t port, const struct cred *cred)
{
	struct conn *c = ring_conn_adopt(page, port, cred);

	if (!c)
		return NULL;
	page->server_features = XENSTORE_SERVER_FEATURE_RECONNECTION | XENSTORE_SERVER_FEATURE_ERROR;
	store(&page->error, XENSTORE_ERROR_NONE);
	store(&page->connection, XENSTORE_CONNECTED);
	/* Requests may lie there already, and the guest may wait for a sign of life. */
	guest_notify(port);
	return c;
}

void ring_conn_free(struct conn *c)
{
	struct ring *r = c->chan;

	conn_free(c);
	if (r->port)
		guest_unbind(r->port);
	/* Dom0's own page is no grant, but dom0 stays. */
	if (r->page)
		guest_unmap(r->page);
	free(r);
}

void ring_event(struct conn *c)
{
	struct ring *r = c->chan;

	r->masked = true;
	conn_wake(c);
}

uint32_t ring_port(const struct conn *c)
{
	return ((const struct ring *)c->chan)->port;
}

void ring_set_port(struct conn *c, uint32_t port)
{
	struct ring *r = c->chan;

	if (r->port)
		guest_unbind(r->port);
	r->port = port;
	r->masked = false;
	conn_wake(c);
	guest_notify(port);
}

void ring_indices(const struct conn *c, struct ring_indices *at)
{
	const struct ring *r = c->chan;

	at->req_cons = r->page ? load(&r->page->req_cons) : 0;
	at->rsp_prod = r->page ? load(&r->page->rsp_prod) : 0;
}
