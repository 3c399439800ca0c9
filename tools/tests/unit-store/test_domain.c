// SPDX-License-Identifier: GPL-2.0-only
/* Domains come, shut down, die; operator's commands. */
#include "domain.h"
#include "quota.h"
#include "test.h"

void test_domain_life(void)
{
	struct client *c, *g;

	world_reset();
	c = client_dom0();
	CHECK(!ask(c, XS_IS_DOMAIN_INTRODUCED, "5", NULL) && !strcmp(c->body, "F"));
	g = client_guest(5);
	CHECK(!ask(c, XS_IS_DOMAIN_INTRODUCED, "5", NULL) && !strcmp(c->body, "T"));
	CHECK(fake_page(5)->server_features == 3 && fake_notified(5) > 0 && fake_held() == 2);
	/* Again: another port. */
	CHECK(!ask(c, XS_INTRODUCE, "5", "1", "8", NULL) &&
	      ask(c, XS_INTRODUCE, "5", "1", "0", NULL) == -EINVAL);
	/* What cannot be introduced leaves nothing behind. */
	fake_destroy(9);
	CHECK(ask(c, XS_INTRODUCE, "9", "1", "1", NULL) == -EINVAL &&
	      ask(c, XS_INTRODUCE, "0", "1", "1", NULL) == -EINVAL);
	fake_create(10);
	CHECK(ask(c, XS_INTRODUCE, "10", "1", "666", NULL) == -EINVAL);
	CHECK(ask(c, XS_RELEASE, "10", NULL) == -ENOENT && ask(c, XS_RELEASE, "0", NULL) == -EINVAL);
	CHECK(ask(c, XS_RESUME, "10", NULL) == -ENOENT && !ask(c, XS_RESUME, "5", NULL));
	CHECK(ask(c, XS_SET_TARGET, "10", "5", NULL) == -ENOENT &&
	      ask(c, XS_SET_TARGET, "5", "10", NULL) == -ENOENT);
	CHECK(!ask(c, XS_RELEASE, "5", NULL));
	CHECK(fake_held() == 0);
	client_close(c);
	client_close(g);
}

void test_domain_death(void)
{
	struct client *c, *g, *h;
	unsigned int lists;

	world_reset();
	c = client_dom0();
	g = client_guest(5);
	h = client_guest(6);
	CHECK(!ask(c, XS_WATCH, "@releaseDomain", "gone", NULL) && drop_events(c) == 1);
	/* A shutdown is told once; a resumed domain's next one again. */
	domain_check_all();
	CHECK(!drop_events(c));
	fake_shutdown(5);
	domain_check_all();
	CHECK(event_is(c, "@releaseDomain", "gone"));
	domain_check_all();
	CHECK(!drop_events(c) && !ask(c, XS_RESUME, "5", NULL));
	domain_check_all();
	CHECK(event_is(c, "@releaseDomain", "gone") && domain_introduced(5));
	/* Death: connection, watches, transactions, nodes wherever they are, rights. */
	CHECK(!put(h, "data/shared", "") && !ask(h, XS_SET_PERMS, "data/shared", "n6", "b5", NULL));
	CHECK(!put(g, "/local/domain/6/data/shared/of5", "") && !put(g, "data/own", ""));
	CHECK(!ask(g, XS_WATCH, "data", "t", NULL) && !txn_begin(g));
	CHECK(!ask(c, XS_WATCH, "/local/domain/6/data", "see", NULL) &&
	      event_is(c, "/local/domain/6/data", "see"));
	fake_destroy(5);
	domain_check_all();
	CHECK(event_is(c, "/local/domain/6/data/shared/of5", "see") && event_is(c, "@releaseDomain", "gone"));
	CHECK(!domain_introduced(5) && quota_nodes(5) == 0 && fake_held() == 2);
	CHECK(ask(c, XS_READ, "/local/domain/6/data/shared/of5", NULL) == -ENOENT);
	CHECK(!ask(c, XS_GET_PERMS, "/local/domain/6/data/shared", NULL) && !strcmp(c->body, "n6") &&
	      c->len == 3);
	/* The home was dom0's: the toolstack's to remove. */
	CHECK(value_is(c, "/local/domain/5", "") && ask(c, XS_READ, "/local/domain/5/data", NULL) == -ENOENT);
	client_close(g);
	/* A new domain of that number inherits nothing. */
	g = client_guest(5);
	CHECK(ask(g, XS_READ, "/local/domain/6/data/shared", NULL) == -EACCES);
	CHECK(counts_right());
	/* That nobody comes after the last one needs no other question. */
	client_close(h);
	h = client_guest(FAKE_DOMAINS - 1);
	lists = fake_lists();
	fake_destroy(FAKE_DOMAINS - 1);
	domain_check_all();
	CHECK(!domain_introduced(FAKE_DOMAINS - 1) && domain_introduced(5) && fake_lists() == lists + 1);
	client_close(c);
	client_close(g);
	client_close(h);
}

void test_reconnect(void)
{
	struct client *c, *g;
	struct xsd_sockmsg hdr = { .type = XS_WRITE, .len = 500 };

	world_reset();
	c = client_dom0();
	g = client_guest(5);
	CHECK(!ask(g, XS_WATCH, "data", "t", NULL) && drop_events(g) == 1 && !txn_begin(g));
	/* Half a request is forgotten. */
	client_send(g, &hdr, sizeof(hdr));
	client_send(g, "data/x", 7);
	world_run();
	fake_page(5)->connection = XENSTORE_RECONNECT;
	fake_kick(5);
	world_run();
	CHECK(fake_page(5)->connection == XENSTORE_CONNECTED);
	CHECK(fake_page(5)->req_prod == 0 && fake_page(5)->req_cons == 0 && fake_page(5)->rsp_prod == 0);
	g->tx = 0;
	CHECK(!put(g, "data/x", "1") && !drop_events(g));
	client_close(c);
	client_close(g);
}

void test_control(void)
{
	struct client *c;

	world_reset();
	c = client_dom0();
	CHECK(!ask(c, XS_CONTROL, "help", NULL) && strstr(c->body, "memreport"));
	CHECK(!ask(c, XS_CONTROL, "memreport", NULL) && strstr(c->body, "nodes "));
	CHECK(!ask(c, XS_CONTROL, "check", NULL) && !strcmp(c->body, "OK"));
	CHECK(!ask(c, XS_CONTROL, "quota", NULL) && strstr(c->body, "watches 128"));
	CHECK(!ask(c, XS_CONTROL, "quota", "set", "watches", "3", NULL) && quota.watches == 3);
	CHECK(!ask(c, XS_CONTROL, "quota", "set", "watches", "128", NULL) && quota.watches == 128);
	CHECK(ask(c, XS_CONTROL, "quota", "set", "watches", "x", NULL) == -EINVAL);
	CHECK(ask(c, XS_CONTROL, "quota", "set", "watches", NULL) == -EINVAL);
	CHECK(ask(c, XS_CONTROL, "quota", "set", "nothing", "1", NULL) == -EINVAL);
	CHECK(!ask(c, XS_CONTROL, "quota", "0", NULL) && !strcmp(c->body, "nodes 1"));
	CHECK(ask(c, XS_CONTROL, "nonsense", NULL) == -EINVAL && ask(c, XS_CONTROL, "log", NULL) == -EINVAL);
	CHECK(ask(c, XS_CONTROL, "print", NULL) == -EINVAL &&
	      ask(c, XS_CONTROL, "quota", "", NULL) == -EINVAL);
	client_close(c);
}
