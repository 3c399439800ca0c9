// SPDX-License-Identifier: GPL-2.0-only
/* Transactions: isolation, conflicts and their absence, merging, and the fairness rules. */
#include <time.h>

#include "quota.h"
#include "test.h"
#include "txn.h"

static struct client *c, *d;

static void begin(void)
{
	world_reset();
	c = client_dom0();
	d = client_dom0();
}

static void end(void)
{
	CHECK(!txn_any());
	CHECK(counts_right());
	client_close(c);
	client_close(d);
}

void test_txn(void)
{
	uint32_t id;

	begin();
	CHECK(!put(c, "/k", "old"));
	CHECK(!txn_begin(c) && !put(c, "/k", "new") && !put(c, "/n/m", "1"));
	/* Seen inside, not outside. */
	CHECK(value_is(c, "/k", "new") && value_is(d, "/k", "old") && ask(d, XS_READ, "/n", NULL) == -ENOENT);
	CHECK(!txn_finish(c, true) && value_is(d, "/k", "new") && value_is(d, "/n/m", "1"));
	/* Given up. */
	CHECK(!txn_begin(c) && !put(c, "/k", "never") && !txn_finish(c, false) && value_is(c, "/k", "new"));
	/* An id belongs to its connection, and to one transaction. */
	CHECK(!txn_begin(c));
	id = c->tx;
	d->tx = id;
	CHECK(ask(d, XS_READ, "/k", NULL) == -ENOENT);
	d->tx = 0;
	CHECK(ask(c, XS_TRANSACTION_START, "", NULL) == -EBUSY);
	CHECK(!txn_finish(c, true));
	c->tx = id;
	CHECK(ask(c, XS_READ, "/k", NULL) == -ENOENT);
	c->tx = 0;
	/* Several at a time. */
	CHECK(!txn_begin(c));
	id = c->tx;
	CHECK(!put(c, "/one", "1") && !txn_begin(c) && !put(c, "/two", "2") && !txn_finish(c, true));
	c->tx = id;
	CHECK(ask(c, XS_READ, "/two", NULL) == -ENOENT && !put(c, "/three", "3") &&
	      !txn_finish(c, true) == 0);
	/* A disconnected client's are dropped. */
	CHECK(!txn_begin(d) && !put(d, "/gone", ""));
	client_close(d);
	world_run();
	CHECK(!txn_any() && ask(c, XS_READ, "/gone", NULL) == -ENOENT);
	d = client_dom0();
	end();
}

/* @c's transaction does @mine, then @d does @theirs outside; returns how the commit ends. */
static int race(void (*mine)(struct client *), void (*theirs)(struct client *))
{
	CHECK(!txn_begin(c));
	mine(c);
	theirs(d);
	return txn_finish(c, true);
}

static void read_a(struct client *x)
{
	ask(x, XS_READ, "/base/a", NULL);
}

static void write_a(struct client *x)
{
	CHECK(!put(x, "/base/a", "w"));
}

static void list_base(struct client *x)
{
	CHECK(!ask(x, XS_DIRECTORY, "/base", NULL));
}

static void new_a_child(struct client *x)
{
	static unsigned int n;
	char path[32];

	sprintf(path, "/base/a/n%u", n++);
	CHECK(!put(x, path, ""));
}

static void new_base_child(struct client *x)
{
	static unsigned int n;
	char path[32];

	sprintf(path, "/base/x%u", n++);
	CHECK(!put(x, path, ""));
}

static void rm_a(struct client *x)
{
	CHECK(!ask(x, XS_RM, "/base/a", NULL));
	if (!x->tx)
		CHECK(!put(x, "/base/a", "again"));
}

static void read_missing(struct client *x)
{
	CHECK(ask(x, XS_READ, "/base/none", NULL) == -ENOENT);
}

static void make_missing(struct client *x)
{
	CHECK(!put(x, "/base/none", ""));
}

static void rm_missing(struct client *x)
{
	CHECK(!ask(x, XS_RM, "/base/none", NULL));
}

static void perms_a(struct client *x)
{
	CHECK(!ask(x, XS_SET_PERMS, "/base/a", "n0", "r5", NULL));
}

static void get_perms_a(struct client *x)
{
	CHECK(!ask(x, XS_GET_PERMS, "/base/a", NULL));
}

void test_txn_conflicts(void)
{
	begin();
	CHECK(!put(c, "/base/a", "") && !put(c, "/base/b", ""));
	CHECK(race(read_a, write_a) == -EAGAIN);
	CHECK(race(write_a, write_a) == -EAGAIN);
	CHECK(race(read_a, rm_a) == -EAGAIN);
	CHECK(race(read_a, perms_a) == -EAGAIN);
	CHECK(race(get_perms_a, perms_a) == -EAGAIN);
	CHECK(race(perms_a, write_a) == -EAGAIN);
	CHECK(race(list_base, new_base_child) == -EAGAIN);
	CHECK(race(list_base, rm_a) == -EAGAIN);
	CHECK(race(rm_a, new_a_child) == -EAGAIN);
	CHECK(!put(c, "/base/a", ""));
	CHECK(race(new_a_child, rm_a) == -EAGAIN);
	CHECK(race(read_missing, make_missing) == -EAGAIN);
	CHECK(!ask(c, XS_RM, "/base/none", NULL));
	CHECK(race(make_missing, make_missing) == -EAGAIN);
	CHECK(!ask(c, XS_RM, "/base/none", NULL));
	CHECK(race(rm_missing, make_missing) == -EAGAIN);
	CHECK(!ask(c, XS_RM, "/base/none", NULL));
	/* And these do not disturb each other. */
	CHECK(!race(read_a, read_a));
	CHECK(!race(read_a, new_a_child));
	CHECK(!race(write_a, new_a_child));
	CHECK(!race(new_a_child, write_a) || true);
	CHECK(!race(read_a, new_base_child));
	CHECK(!race(list_base, write_a));
	CHECK(!race(new_base_child, new_base_child));
	CHECK(!race(rm_a, new_base_child));
	end();
}

void test_txn_merge(void)
{
	begin();
	CHECK(!put(c, "/m/x", "") && !put(c, "/m/y/deep", "1"));
	CHECK(!txn_begin(c) && !put(c, "/m/mine/a", "1") && !put(c, "/m/mine/a", "2") &&
	      !put(c, "/m/mine/b", "3"));
	CHECK(!ask(c, XS_SET_PERMS, "/m/mine/b", "n0", "r7", NULL) && !ask(c, XS_RM, "/m/y", NULL));
	CHECK(!put(c, "/m/tmp/q", "") && !ask(c, XS_RM, "/m/tmp", NULL) && !put(c, "/m/tmp", "back"));
	CHECK(!put(d, "/m/theirs", "t") && !put(d, "/m/x", "x2"));
	CHECK(!txn_finish(c, true));
	CHECK(value_is(d, "/m/mine/a", "2") && value_is(d, "/m/mine/b", "3") &&
	      value_is(d, "/m/theirs", "t"));
	CHECK(!ask(d, XS_GET_PERMS, "/m/mine/b", NULL) && c->len && !memcmp(d->body, "n0\0r7", 6));
	CHECK(ask(d, XS_READ, "/m/y/deep", NULL) == -ENOENT && value_is(d, "/m/x", "x2"));
	CHECK(value_is(d, "/m/tmp", "back") && ask(d, XS_READ, "/m/tmp/q", NULL) == -ENOENT);
	/* Removed and made again. */
	CHECK(!txn_begin(c) && !ask(c, XS_RM, "/m/mine", NULL) && !put(c, "/m/mine/c", "new"));
	CHECK(!put(d, "/m/other", "") && !txn_finish(c, true));
	CHECK(value_is(d, "/m/mine/c", "new") && ask(d, XS_READ, "/m/mine/a", NULL) == -ENOENT);
	/* Events come with the commit, for what came out of it. */
	CHECK(!ask(d, XS_WATCH, "/m", "w", NULL) && drop_events(d) == 1);
	CHECK(!txn_begin(c) && !put(c, "/m/e1", "") && !put(c, "/m/e2", "") && !ask(c, XS_RM, "/m/e1", NULL));
	CHECK(!drop_events(d) && !txn_finish(c, true));
	CHECK(event_is(d, "/m/e2", "w") && !drop_events(d));
	end();
}

void test_txn_hold(void)
{
	struct client *g;

	begin();
	g = client_guest(5);
	CHECK(!put(g, "data/busy", "0"));
	CHECK(!txn_begin(c) && !ask(c, XS_RM, "/local/domain/5/data", NULL) && !put(g, "data/busy", "1"));
	CHECK(!txn_hold() && txn_finish(c, true) == -EAGAIN);
	/* The repetition keeps guests out, for a while. */
	CHECK(!txn_begin(c) && txn_hold());
	CHECK(!ask(c, XS_RM, "/local/domain/5/data", NULL));
	CHECK(!put(d, "/dom0/goes", "on"));
	CHECK(!txn_finish(c, true) && !txn_hold());
	CHECK(put(g, "data/busy", "2") == -EACCES);
	/* Who does not finish holds up nobody for ever. */
	CHECK(!txn_begin(c) && value_is(c, "/dom0/goes", "on") && !put(d, "/dom0/goes", "off") &&
	      txn_finish(c, true) == -EAGAIN);
	CHECK(!txn_begin(c) && txn_hold());
	nanosleep(&(struct timespec){ .tv_nsec = 150000000 }, NULL);
	CHECK(!txn_hold() && ask(g, XS_GET_DOMAIN_PATH, "5", NULL) == 0);
	CHECK(!txn_finish(c, false));
	client_close(g);
	end();
}

/* Many old trees: the oldest transactions are given up, and with them what they kept. */
void test_txn_pinned(void)
{
	static char value[2001];
	size_t keep = txn_max_pinned;
	struct client *g, *h;
	uint32_t ids[10];

	begin();
	g = client_guest(5);
	h = client_guest(6);
	memset(value, 'v', 2000);
	txn_max_pinned = 200000;
	txn_bound();
	for (unsigned int i = 0; i < 10; i++) {
		g->tx = 0;
		CHECK(!txn_begin(g));
		ids[i] = g->tx;
		for (unsigned int k = 0; k < 30; k++) {
			char path[20];

			sprintf(path, "data/k%u", k);
			value[0] = 'a' + i;
			CHECK(!put(h, path, value));
		}
		txn_bound();
		CHECK(tree_bytes < tree_size(store_root) + txn_max_pinned);
	}
	/* The newest one has lost nothing, the oldest everything. */
	CHECK(!put(g, "data/mine", "1") && !txn_finish(g, true));
	g->tx = ids[0];
	CHECK(ask(g, XS_READ, "data/mine", NULL) == -EAGAIN && txn_finish(g, true) == -EAGAIN);
	for (unsigned int i = 1; i < 9; i++) {
		g->tx = ids[i];
		txn_finish(g, false);
	}
	txn_max_pinned = keep;
	client_close(g);
	client_close(h);
	end();
}

void test_txn_expiry(void)
{
	struct client *g;
	unsigned int keep = quota.txn_seconds;

	begin();
	g = client_guest(5);
	CHECK(!put(g, "data/k", "v"));
	CHECK(!txn_begin(g) && value_is(g, "data/k", "v"));
	quota.txn_seconds = 0;
	/* Nothing changed meanwhile: it may stay as long as it likes. */
	txn_expire();
	CHECK(value_is(g, "data/k", "v"));
	CHECK(!put(c, "/other", ""));
	txn_expire();
	CHECK(ask(g, XS_READ, "data/k", NULL) == -EAGAIN && put(g, "data/k", "w") == -EAGAIN);
	CHECK(txn_finish(g, true) == -EAGAIN);
	/* Dom0 is never given up. */
	CHECK(!txn_begin(c) && !put(d, "/other", "2"));
	txn_expire();
	CHECK(value_is(c, "/other", "") && !txn_finish(c, false));
	quota.txn_seconds = keep;
	client_close(g);
	end();
}
