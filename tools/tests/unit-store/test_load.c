// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hundred guests with twenty watches each, a fifth of them honest. The others flood, send half a packet and
 * no more, leave transactions open, watch everything and take nothing, or let their ring's indices jump.
 */
#include "test.h"

#include "domain.h"
#include "quota.h"
#include "watch.h"

#define GUESTS	100
#define WATCHES	20
#define ROUNDS	6

enum role { HONEST, FLOODS, HALF, KEEPS_OPEN, TAKES_NOTHING, ROLES };

static struct client *guests[GUESTS + 1];

static enum role role_of(unsigned int domid)
{
	return domid % ROLES;
}

static unsigned int message(char *msg, uint32_t type, const char *body, unsigned int len)
{
	struct xsd_sockmsg hdr = { .type = type, .req_id = 9, .len = len };

	memcpy(msg, &hdr, sizeof(hdr));
	memcpy(msg + sizeof(hdr), body, len);
	return sizeof(hdr) + len;
}

/* As often as it fits the ring. */
static void pour(struct client *g, uint32_t type, const char *body, unsigned int len)
{
	struct xenstore_domain_interface *page = fake_page(g->domid);
	char msg[200];
	unsigned int n = message(msg, type, body, len);

	while (page->req_prod - page->req_cons <= XENSTORE_RING_SIZE - n)
		client_send(g, msg, n);
	fake_kick(g->domid);
}

static void misbehave(unsigned int domid, unsigned int round)
{
	struct client *g = guests[domid];
	char msg[200];

	switch (role_of(domid)) {
	case FLOODS:
		pour(g, XS_WRITE, "data/flood\0value", 16);
		fake_page(domid)->rsp_cons = fake_page(domid)->rsp_prod;
		break;
	case HALF:
		/* A value of the largest size is promised once; a few bytes of it come. */
		if (!round)
			client_send(g, msg, message(msg, XS_WRITE, "data/x", 7) - 3);
		break;
	case KEEPS_OPEN:
		pour(g, XS_TRANSACTION_START, "", 1);
		fake_page(domid)->rsp_cons = fake_page(domid)->rsp_prod;
		break;
	case TAKES_NOTHING:
		pour(g, XS_WRITE, "data/w0/x\0v", 11);
		break;
	default:
		break;
	}
	/* And one of each kind in turn goes mad. */
	if (role_of(domid) != HONEST && domid == 20 + round) {
		fake_page(domid)->req_prod += 5000;
		fake_kick(domid);
	}
}

static void set_up(void)
{
	char path[40], token[16];
	unsigned int i, k;

	for (i = 1; i <= GUESTS; i++) {
		guests[i] = client_guest(i);
		for (k = 0; k < WATCHES; k++) {
			sprintf(path, "data/w%u", k);
			sprintf(token, "%u", k);
			CHECK(!ask(guests[i], XS_WATCH, path, token, NULL));
		}
		drop_events(guests[i]);
	}
}

/* An honest guest writes, and gets the answer and the event, whatever the others do. */
static unsigned int serve_honest(unsigned int round)
{
	unsigned int i, turns, served = 0, waiting = 0;
	char msg[200], value[2] = { 'a' + round };

	for (i = 1; i <= GUESTS; i++) {
		char body[11] = "data/w3/x";

		if (role_of(i) != HONEST)
			continue;
		body[10] = value[0];
		client_send(guests[i], msg, message(msg, XS_WRITE, body, sizeof(body)));
		guests[i]->type = XS_INVALID;
		waiting++;
	}
	for (turns = 0; turns < 4; turns++) {
		for (i = 1; i <= GUESTS; i++)
			misbehave(i, round);
		fake_deliver();
		conn_run();
	}
	for (i = 1; i <= GUESTS; i++) {
		struct client *g = guests[i];

		if (role_of(i) != HONEST)
			continue;
		client_drain(g);
		served += g->type == XS_WRITE && g->events && !strcmp(g->events->token, "3");
	}
	for (i = 1; i <= GUESTS; i++)
		if (role_of(i) == HONEST && guests[i]->events) {
			char path[XENSTORE_PAYLOAD_MAX], token[XENSTORE_PAYLOAD_MAX];

			next_event(guests[i], path, token);
		}
	CHECK(served == waiting);
	return served;
}

static void check_bounds(void)
{
	struct list *l;

	list_for_each(l, &conn_all) {
		struct conn *c = list_entry(l, struct conn, link);

		if (c->cred.privileged)
			continue;
		CHECK(c->nr_txns <= quota.transactions && c->nr_watches <= quota.watches);
		CHECK(c->out_event_bytes <= quota.event_bytes && c->out_replies <= quota.replies);
		CHECK(quota_nodes(c->cred.domid) <= quota.nodes);
	}
}

void test_load(void)
{
	struct client *c;
	unsigned int i, served = 0;

	world_reset();
	c = client_dom0();
	set_up();
	CHECK(watch_count() == GUESTS * WATCHES);
	for (i = 0; i < ROUNDS; i++)
		served += serve_honest(i);
	CHECK(served == ROUNDS * GUESTS / ROLES);
	check_bounds();
	/* The operator is served as well, and a live update carries all of it over. */
	CHECK(!put(c, "/still", "alive") && counts_right());
	live_update();
	CHECK(domain_count() == GUESTS && value_is(c, "/still", "alive"));
	check_bounds();
	for (i = 1; i <= GUESTS; i++) {
		fake_destroy(i);
		domain_check_all();
		client_close(guests[i]);
	}
	CHECK(domain_count() == 0 && watch_count() == 0 && fake_held() == 0 && counts_right());
	client_close(c);
}
