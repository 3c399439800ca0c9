// SPDX-License-Identifier: GPL-2.0-only
/* Guests that break the rules, flood, or send noise: nobody else may notice. */
#include "test.h"
#include "watch.h"

/* Is the guest's ring given up, with this reason, while others are served? */
static void given_up(struct client *c, unsigned int domid, uint32_t reason)
{
	world_run();
	CHECK(fake_page(domid)->error == reason);
	CHECK(!put(c, "/still", "alive"));
	/* No more sign of life to it, whatever it does. */
	fake_page(domid)->req_cons = fake_page(domid)->req_prod = 0;
	fake_page(domid)->rsp_cons = fake_page(domid)->rsp_prod = 0;
	fake_page(domid)->req_prod = 16;
	fake_kick(domid);
	world_run();
	CHECK(fake_page(domid)->req_cons == 0);
	CHECK(watch_count() == 0);
}

void test_bad_rings(void)
{
	struct client *c, *g;
	struct xsd_sockmsg hdr = { .type = XS_READ, .len = XENSTORE_PAYLOAD_MAX + 1 };

	world_reset();
	c = client_dom0();
	g = client_guest(5);
	CHECK(!ask(g, XS_WATCH, "data", "t", NULL));
	fake_page(5)->req_prod = fake_page(5)->req_cons + XENSTORE_RING_SIZE + 1;
	fake_kick(5);
	given_up(c, 5, XENSTORE_ERROR_RINGIDX);
	client_close(g);
	g = client_guest(6);
	fake_page(6)->rsp_cons = fake_page(6)->rsp_prod + 1;
	hdr.len = 0;
	client_send(g, &hdr, sizeof(hdr));
	given_up(c, 6, XENSTORE_ERROR_RINGIDX);
	client_close(g);
	g = client_guest(7);
	hdr.len = XENSTORE_PAYLOAD_MAX + 1;
	client_send(g, &hdr, sizeof(hdr));
	given_up(c, 7, XENSTORE_ERROR_PROTO);
	client_close(g);
	g = client_guest(8);
	hdr.len = ~0u;
	client_send(g, &hdr, sizeof(hdr));
	given_up(c, 8, XENSTORE_ERROR_PROTO);
	client_close(g);
	/* The toolstack can still get rid of them. */
	CHECK(!ask(c, XS_RELEASE, "5", NULL) && !ask(c, XS_RELEASE, "6", NULL));
	client_close(c);
}

void test_bad_messages(void)
{
	struct client *c, *d, *g;
	struct xsd_sockmsg hdr = { .type = XS_READ, .len = XENSTORE_PAYLOAD_MAX + 1 };
	unsigned int i;
	char half[8];

	world_reset();
	c = client_dom0();
	g = client_guest(5);
	/* A socket client that breaks the rules is dropped. */
	d = client_dom0();
	client_send(d, &hdr, sizeof(hdr));
	world_run();
	client_drain(d);
	CHECK(client_send(d, &hdr, sizeof(hdr)) == 0);
	client_close(d);
	/* Byte by byte is slow, not wrong. */
	hdr.len = 2;
	for (i = 0; i < sizeof(hdr); i++) {
		client_send(g, (char *)&hdr + i, 1);
		world_run();
	}
	client_send(g, "/", 1);
	world_run();
	client_send(g, "", 1);
	g->type = XS_INVALID;
	world_run();
	client_drain(g);
	CHECK(g->type == XS_ERROR && !strcmp(g->body, "EACCES"));
	/* A client that goes away in the middle of a request. */
	d = client_dom0();
	memcpy(half, &hdr, sizeof(half));
	client_send(d, half, sizeof(half));
	world_run();
	client_close(d);
	world_run();
	CHECK(!put(c, "/still", "alive"));
	client_close(c);
	client_close(g);
}

/* Fills the ring with cheap requests, takes all replies, sends events all the time. */
static void busy(struct client *g)
{
	struct xsd_sockmsg hdr = { .type = XS_RM, .len = 7 };
	struct xenstore_domain_interface *page = fake_page(g->domid);
	char msg[sizeof(hdr) + 7];

	memcpy(msg, &hdr, sizeof(hdr));
	memcpy(msg + sizeof(hdr), "data/x", 7);
	while (XENSTORE_RING_SIZE - (page->req_prod - page->req_cons) >= sizeof(msg))
		client_send(g, msg, sizeof(msg));
	client_drain(g);
	fake_kick(g->domid);
}

void test_fairness(void)
{
	struct client *g[8], *quiet;
	struct xsd_sockmsg hdr = { .type = XS_GET_DOMAIN_PATH, .len = 2 };
	unsigned int i, rounds, served = 0;

	world_reset();
	quiet = client_guest(20);
	for (i = 0; i < 8; i++)
		g[i] = client_guest(i + 1);
	for (i = 0; i < 50; i++) {
		client_send(quiet, &hdr, sizeof(hdr));
		client_send(quiet, "1", 2);
		quiet->type = XS_INVALID;
		/* One round of turns is enough, however busy the others are. */
		for (rounds = 0; rounds < 3 && quiet->type == XS_INVALID; rounds++) {
			unsigned int k;

			for (k = 0; k < 8; k++)
				busy(g[k]);
			fake_deliver();
			conn_run();
			client_drain(quiet);
		}
		served += quiet->type == XS_GET_DOMAIN_PATH;
		CHECK(rounds <= 2);
	}
	CHECK(served == 50);
	for (i = 0; i < 8; i++)
		client_close(g[i]);
	client_close(quiet);
}

/* ---- noise ---- */

static const char *const words[] = {
	"/", "data", "data/a", "data/a/b", "/local/domain/5", "/local/domain/6/data", "@releaseDomain",
		"@introduceDomain",
	"n5", "r6", "w0", "b5", "T", "F", "0", "1", "7", "5", "4294967295", "-1", "token", "", "//",
		"/tool/xenstored",
	"device/vif/0/state", "set", "quota", "help", "check", "data/\xff", "data/../x",
};

static unsigned int noise(char *msg)
{
	struct xsd_sockmsg hdr = { .type = rnd(26), .req_id = rnd(9), .tx_id = rnd(3) ? 0 : rnd(12) };
	unsigned int n = rnd(5), at = sizeof(hdr);

	while (n--) {
		const char *w = words[rnd(sizeof(words) / sizeof(words[0]))];

		memcpy(msg + at, w, strlen(w) + 1);
		at += strlen(w) + (rnd(20) != 0);
	}
	if (!rnd(30)) {
		unsigned int extra = rnd(XENSTORE_PAYLOAD_MAX - 200);

		memset(msg + at, rnd(256), extra);
		at += extra;
	}
	hdr.len = at - sizeof(hdr);
	memcpy(msg, &hdr, sizeof(hdr));
	if (!rnd(40))
		msg[rnd(at)] ^= 1 << rnd(8);
	return at;
}

static void disturb(unsigned int domid)
{
	struct xenstore_domain_interface *page = fake_page(domid);
	uint32_t *fields[] = { &page->req_cons, &page->req_prod, &page->rsp_cons, &page->rsp_prod,
		&page->connection };

	*fields[rnd(5)] = rnd(4) ? rnd(3000) : rnd(0xffffffff);
	fake_kick(domid);
}

static void revive(struct client **g, unsigned int domid)
{
	char num[8];
	struct client *c = client_dom0();

	sprintf(num, "%u", domid);
	ask(c, XS_RELEASE, num, NULL);
	client_close(c);
	client_close(*g);
	*g = client_guest(domid);
}

void test_fuzz(void)
{
	struct client *guest[3], *dom0;
	unsigned int i, k;
	char msg[2 * XENSTORE_PAYLOAD_MAX];

	world_reset();
	dom0 = client_dom0();
	for (k = 0; k < 3; k++)
		guest[k] = client_guest(5 + k);
	for (i = 0; i < 60000; i++) {
		k = rnd(3);
		client_send(guest[k], msg, noise(msg));
		if (!rnd(300))
			disturb(5 + k);
		if (!rnd(4)) {
			fake_deliver();
			conn_run();
		}
		if (rnd(3)) {
			struct client *g = guest[rnd(3)];

			/* What comes back may be torn by its own disturbances: thrown away unread. */
			fake_page(g->domid)->rsp_cons = fake_page(g->domid)->rsp_prod;
			fake_kick(g->domid);
		}
		if (!rnd(200))
			CHECK(!put(dom0, "/still", "alive"));
		if (!rnd(2000))
			revive(&guest[k], 5 + k);
	}
	CHECK(counts_right());
	for (k = 0; k < 3; k++)
		client_close(guest[k]);
	client_close(dom0);
	world_reset();
}
