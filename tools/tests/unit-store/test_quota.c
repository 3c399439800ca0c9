// SPDX-License-Identifier: GPL-2.0-only
/* What guests may use, and that dom0 is not held to it. */
#include "test.h"

#include "guest.h"
#include "quota.h"
#include "ring.h"
#include "txn.h"

static void test_sizes(struct client *g)
{
	char data[XENSTORE_PAYLOAD_MAX];

	memset(data, 'x', sizeof(data));
	memcpy(data, "data/v", 7);
	CHECK(!ask_raw(g, XS_WRITE, data, 7 + quota.value_size));
	CHECK(ask_raw(g, XS_WRITE, data, 7 + quota.value_size + 1) == -ENOSPC);
	CHECK(!ask(g, XS_SET_PERMS, "data/v", "n5", "r1", "r2", "r3", "r4", NULL));
	CHECK(ask(g, XS_SET_PERMS, "data/v", "n5", "r1", "r2", "r3", "r4", "r6", NULL) == -ENOSPC);
}

static void test_nodes(struct client *g, struct client *c)
{
	char path[64];
	unsigned int i, have = quota_nodes(5);
	int r = 0;

	for (i = have; i < quota.nodes && !r; i++) {
		sprintf(path, "data/n%u", i);
		r = put(g, path, "");
	}
	CHECK(!r && quota_nodes(5) == quota.nodes);
	CHECK(put(g, "data/more", "") == -ENOSPC && ask(g, XS_MKDIR, "data/more", NULL) == -ENOSPC);
	/* Changing is not creating; removing makes room; ancestors count. */
	CHECK(!put(g, "data/v", "z") && !ask(g, XS_RM, "data/v", NULL));
	CHECK(put(g, "data/a/b", "") == -ENOSPC && ask(g, XS_READ, "data/a", NULL) == -ENOENT &&
	      !put(g, "data/a", ""));
	/* Dom0 is not limited, but what it gives to the guest counts. */
	CHECK(!put(c, "/local/domain/5/data/dom0", "") && quota_nodes(5) == quota.nodes + 1);
	CHECK(!ask(c, XS_RM, "/local/domain/5/data", NULL) && quota_nodes(5) == 0);
}

static void test_watches_and_txns(struct client *g)
{
	char token[16];
	unsigned int i;

	for (i = 0; i < quota.watches; i++) {
		sprintf(token, "%u", i);
		CHECK(!ask(g, XS_WATCH, "w", token, NULL));
		drop_events(g);
	}
	CHECK(ask(g, XS_WATCH, "w", "more", NULL) == -E2BIG);
	CHECK(!ask(g, XS_UNWATCH, "w", "0", NULL) && !ask(g, XS_WATCH, "w", "more", NULL));
	drop_events(g);
	for (i = 0; i < quota.transactions; i++)
		CHECK(!txn_begin(g));
	CHECK(txn_begin(g) == -ENOSPC);
	CHECK(!ask(g, XS_RESET_WATCHES, "", NULL) && !txn_begin(g) && !txn_finish(g, false));
}

void test_quota(void)
{
	struct client *c, *g;

	world_reset();
	c = client_dom0();
	g = client_guest(5);
	test_sizes(g);
	test_nodes(g, c);
	test_watches_and_txns(g);
	CHECK(counts_right());
	client_close(c);
	client_close(g);
}

void test_quota_txn(void)
{
	unsigned int keep_nodes = quota.nodes, keep_txn = quota.txn_nodes;
	struct client *c, *g, *h;
	char path[64];
	unsigned int i;

	world_reset();
	c = client_dom0();
	g = client_guest(5);
	h = client_guest(6);
	CHECK(!put(h, "data/x", "") && !ask(h, XS_SET_PERMS, "data/x", "b6", NULL));
	quota.nodes = 10;
	/* Counted inside the transaction... */
	CHECK(!txn_begin(g));
	for (i = 0; i < 9; i++) {
		sprintf(path, "data/t%u", i);
		CHECK(!put(g, path, ""));
	}
	CHECK(put(g, "data/over", "") == -ENOSPC);
	CHECK(quota_nodes(5) == 1);
	/* ...and again at its end, as others may have used the room. */
	g->tx = 0;
	CHECK(!put(g, "/local/domain/6/data/x/y", ""));
	g->tx = 1;
	CHECK(txn_finish(g, true) == -ENOSPC && quota_nodes(5) == 2);
	CHECK(ask(c, XS_READ, "/local/domain/5/data/t0", NULL) == -ENOENT);
	CHECK(!txn_begin(g) && !put(g, "data/a", "") && !ask(g, XS_RM, "data/a", NULL) &&
	      !put(g, "data/b", "") &&
	      !txn_finish(g, true));
	CHECK(quota_nodes(5) == 3);
	/* Paths that a transaction touches are limited as well. */
	quota.txn_nodes = 4;
	CHECK(!txn_begin(g));
	for (i = 0; i < 4; i++) {
		sprintf(path, "data/r%u", i);
		CHECK(ask(g, XS_READ, path, NULL) == -ENOENT);
	}
	CHECK(ask(g, XS_READ, "data/r4", NULL) == -ENOSPC && ask(g, XS_READ, "data/r0", NULL) == -ENOENT);
	CHECK(!txn_finish(g, true));
	quota.nodes = keep_nodes;
	quota.txn_nodes = keep_txn;
	CHECK(counts_right());
	client_close(c);
	client_close(g);
	client_close(h);
}

/* A guest that sends requests and takes no replies. */
static void flood(unsigned int domid)
{
	struct client g = { .fd = -1, .domid = domid };
	struct xsd_sockmsg hdr = { .type = XS_DIRECTORY, .len = 2 };
	char msg[sizeof(hdr) + 2];
	unsigned int i;

	memcpy(msg, &hdr, sizeof(hdr));
	memcpy(msg + sizeof(hdr), "/", 2);
	for (i = 0; i < 3000; i++) {
		struct xenstore_domain_interface *page = fake_page(domid);

		if (XENSTORE_RING_SIZE - (page->req_prod - page->req_cons) >= sizeof(msg))
			client_send(&g, msg, sizeof(msg));
		world_run();
	}
}

static struct conn *conn_of(unsigned int domid)
{
	struct list *l;

	list_for_each(l, &conn_all)
		if (list_entry(l, struct conn, link)->cred.domid == domid)
			return list_entry(l, struct conn, link);
	return NULL;
}

void test_backpressure(void)
{
	struct client *c, *g;
	char path[64];
	unsigned int i;

	world_reset();
	c = client_dom0();
	g = client_guest(5);
	flood(5);
	CHECK(conn_of(5)->out_replies <= quota.replies && conn_of(5)->out_bytes < 65536);
	/* It comes back to its senses. */
	for (i = 0; i < 300; i++) {
		client_drain(g);
		world_run();
	}
	CHECK(!ask(g, XS_GET_DOMAIN_PATH, "5", NULL));
	/* Events are bounded, others are served. */
	CHECK(!ask(g, XS_WATCH, "data", "t", NULL) && drop_events(g) == 1);
	for (i = 0; i < 12000; i++) {
		sprintf(path, "/local/domain/5/data/a-rather-long-name-%u", i);
		CHECK(!put(c, path, "") && !ask(c, XS_RM, path, NULL));
	}
	CHECK(conn_of(5)->out_event_bytes <= quota.event_bytes && conn_of(5)->lost_events > 0);
	CHECK(drop_events(g) > 1000 && !ask(g, XS_GET_DOMAIN_PATH, "5", NULL));
	client_close(c);
	client_close(g);
}

/* Makes a node with a name of 900 bytes, if the ring has room, and looks at no reply. */
static bool try_noise(struct client *g, unsigned int i)
{
	static char path[1000];
	struct xsd_sockmsg hdr = { .type = XS_MKDIR };
	struct xenstore_domain_interface *page = fake_page(g->domid);
	char msg[sizeof(hdr) + sizeof(path)];

	snprintf(path, sizeof(path), "data/%u-%0890u", i, 0);
	hdr.len = strlen(path) + 1;
	memcpy(msg, &hdr, sizeof(hdr));
	memcpy(msg + sizeof(hdr), path, hdr.len);
	if (XENSTORE_RING_SIZE - (page->req_prod - page->req_cons) < sizeof(hdr) + hdr.len)
		return false;
	client_send(g, msg, sizeof(hdr) + hdr.len);
	world_run();
	client_drain(g);
	world_run();
	return true;
}

/* Dom0's kernel hears of all changes of its guests' devices, however slowly; who makes many waits, alone. */
void test_dom0_events(void)
{
	static const struct cred cred = { .domid = 0, .target = CRED_NO_TARGET, .privileged = true };
	struct client kernel = { .fd = -1, .events_tail = &kernel.events }, *g, *other, *c;
	struct xsd_sockmsg hdr = { .type = XS_WATCH, .len = 17 };
	unsigned int made = 0, heard = 0;
	struct conn *ring;

	world_reset();
	c = client_dom0();
	g = client_guest(5);
	other = client_guest(6);
	fake_create(0);
	ring = ring_conn_new(fake_page(0), guest_bind(0, 1), &cred);
	client_send(&kernel, &hdr, sizeof(hdr));
	client_send(&kernel, "/local/domain\0tk", 17);
	ring_event(ring);
	world_run();
	while (made < 900 && try_noise(g, made))
		made++;
	/* It is held, with what one more request may have added. */
	CHECK(made > 50 && made < 100);
	CHECK(ring->out_event_bytes > 60000 && ring->out_event_bytes < quota.dom0_events + 8192);
	CHECK(!ask(other, XS_GET_DOMAIN_PATH, "6", NULL) && !put(other, "data/x", "1") && !put(c, "/y", "1"));
	/* An end does not end what it owes. */
	CHECK(!ask(c, XS_RELEASE, "6", NULL));
	for (unsigned int i = 0; i < 20000 && (ring->out_bytes || i < 10); i++) {
		client_drain(&kernel);
		ring_event(ring);
		world_run();
		heard += drop_events(&kernel);
	}
	CHECK(!ring->out_bytes && !ring->dead && heard > made);
	client_drain(g);
	CHECK(try_noise(g, 1000) && try_noise(g, 1001));
	ring_conn_free(ring);
	client_close(c);
	client_close(g);
	client_close(other);
}

/* One commit with very many events costs what can be queued, not what could be told. */
void test_event_work(void)
{
	struct client *g, *c;
	unsigned long before;
	char text[64];
	unsigned int i;

	world_reset();
	c = client_dom0();
	g = client_guest(5);
	for (i = 0; i < quota.watches; i++) {
		sprintf(text, "t%u", i);
		CHECK(!ask(g, XS_WATCH, "data", text, NULL));
	}
	drop_events(g);
	CHECK(!txn_begin(g));
	for (i = 0; i < 900; i++) {
		sprintf(text, "data/n%u", i);
		CHECK(!put(g, text, ""));
	}
	before = conn_event_steps;
	CHECK(!txn_finish(g, true));
	CHECK(conn_of(5)->lost_events > 900 * quota.watches / 2);
	/* While the reply waits behind them, the guest takes some, so a few more are looked at. */
	CHECK(conn_event_steps - before <= quota.event_bytes / (sizeof(struct xsd_sockmsg) + 10));
	/* It comes back to its senses, and the same again is told once. */
	while (drop_events(g))
		world_run();
	CHECK(!conn_of(5)->out_event_bytes);
	before = conn_of(5)->lost_events;
	for (i = 0; i < 20; i++)
		CHECK(!put(c, "/local/domain/5/data/n1", ""));
	CHECK(drop_events(g) >= quota.watches && conn_of(5)->lost_events == before);
	client_close(c);
	client_close(g);
}

/* A long name, for @i; rewritten by each of many transactions. */
static int put_long(struct client *g, unsigned int i, char fill)
{
	static char path[2048], value[1024];

	memset(path, 'a', 1900);
	sprintf(path, "data/%03u", i);
	path[8] = 'a';
	path[1900] = '\0';
	memset(value, fill, sizeof(value) - 1);
	return put(g, path, value);
}

void test_quota_bytes(void)
{
	unsigned int i, t, refused = 0, keep = quota.txn_seconds;
	struct client *c, *g;

	world_reset();
	c = client_dom0();
	g = client_guest(5);
	for (i = 0; i < 200; i++)
		CHECK(!put_long(g, i, 'v'));
	for (t = 0; t < quota.transactions; t++) {
		g->tx = 0;
		CHECK(!txn_begin(g));
		for (i = 0; i < 200; i++) {
			int r = put_long(g, i, '0' + t);

			CHECK(!r || r == -ENOSPC);
			refused += r == -ENOSPC;
		}
	}
	CHECK(refused > 200 && conn_of(5)->txn_bytes >= quota.txn_bytes &&
	      conn_of(5)->txn_bytes < quota.txn_bytes + 16384);
	/* Given up, they hold nothing; others may begin where they were. */
	CHECK(!put(c, "/other", ""));
	quota.txn_seconds = 0;
	txn_expire();
	quota.txn_seconds = keep;
	CHECK(!conn_of(5)->txn_bytes && put_long(g, 0, 'x') == -EAGAIN && txn_finish(g, true) == -EAGAIN);
	CHECK(!txn_begin(g) && !put_long(g, 0, 'x') && conn_of(5)->txn_bytes > 2 * 1900);
	/* A value that shrinks, a node that goes, give back what they took. */
	CHECK(!ask(g, XS_RM, "data", NULL) && conn_of(5)->txn_bytes < 3 * 1900);
	CHECK(!txn_finish(g, false) && !conn_of(5)->txn_bytes && counts_right());
	client_close(c);
	client_close(g);
}
