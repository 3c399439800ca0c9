// SPDX-License-Identifier: GPL-2.0-only
/* Watches: what fires, for whom, and under which name. */
#include "test.h"
#include "watch.h"

void test_watches(void)
{
	struct client *c, *w;

	world_reset();
	c = client_dom0();
	w = client_dom0();
	/* One event at once, also for what does not exist. */
	CHECK(!ask(w, XS_WATCH, "/a/b", "tok", NULL) && event_is(w, "/a/b", "tok"));
	CHECK(ask(w, XS_WATCH, "/a/b", "tok", NULL) == -EEXIST && !ask(w, XS_WATCH, "/a/b", "tok2", NULL));
	CHECK(event_is(w, "/a/b", "tok2") && !drop_events(w));
	CHECK(!put(c, "/a", "") && !drop_events(w));
	/* Creating the node, and what is below. */
	CHECK(!put(c, "/a/b/c/d", "x") && event_is(w, "/a/b/c/d", "tok") &&
	      event_is(w, "/a/b/c/d", "tok2") && !drop_events(w));
	CHECK(!ask(w, XS_UNWATCH, "/a/b", "tok2", NULL) &&
	      ask(w, XS_UNWATCH, "/a/b", "tok2", NULL) == -ENOENT);
	CHECK(!ask(c, XS_SET_PERMS, "/a/b/c", "n0", "r3", NULL) && event_is(w, "/a/b/c", "tok"));
	CHECK(!put(c, "/a/bb", "") && !drop_events(w));
	/* Reading is no change, making what is there neither. */
	CHECK(value_is(c, "/a/b/c/d", "x") && !ask(c, XS_MKDIR, "/a/b/c", NULL) && !drop_events(w));
	/* Writing the same value is. */
	CHECK(!put(c, "/a/b/c/d", "x") && event_is(w, "/a/b/c/d", "tok"));
	/* An event nobody has taken yet is not repeated. */
	CHECK(!ask(w, XS_WATCH, "/", "all", NULL) && event_is(w, "/", "all"));
	/* Depth: 0 the node alone, 1 its children. */
	CHECK(!ask(w, XS_UNWATCH, "/", "all", NULL) && !ask(w, XS_WATCH, "/d", "d0", "0", NULL) &&
	      event_is(w, "/d", "d0"));
	CHECK(!ask(w, XS_WATCH, "/d", "d1", "1", NULL) && event_is(w, "/d", "d1"));
	CHECK(!put(c, "/d/e", "") && event_is(w, "/d/e", "d1") && !drop_events(w));
	CHECK(!put(c, "/d/e/f", "") && !drop_events(w));
	CHECK(!put(c, "/d", "") && event_is(w, "/d", "d0") && event_is(w, "/d", "d1"));
	/* All at once. */
	CHECK(!ask(w, XS_RESET_WATCHES, "", NULL) && !put(c, "/a/b", "") && !drop_events(w));
	CHECK(!ask(w, XS_WATCH, "/q", "t", NULL));
	client_close(w);
	world_run();
	CHECK(watch_count() == 0);
	client_close(c);
}

void test_watch_visibility(void)
{
	struct client *c, *g;

	world_reset();
	c = client_dom0();
	g = client_guest(5);
	/* A relative watch reports relative names. */
	CHECK(!ask(g, XS_WATCH, "data", "rel", NULL) && event_is(g, "data", "rel"));
	CHECK(!ask(g, XS_WATCH, "/local/domain/5/data", "abs", NULL) &&
	      event_is(g, "/local/domain/5/data", "abs"));
	CHECK(!put(g, "data/x", "1") && event_is(g, "data/x", "rel") &&
	      event_is(g, "/local/domain/5/data/x", "abs"));
	CHECK(!ask(g, XS_RESET_WATCHES, "", NULL));
	/* Anything may be watched, but only what may be read is told. */
	CHECK(!ask(g, XS_WATCH, "/", "root", NULL) && event_is(g, "/", "root"));
	CHECK(!put(c, "/secret", "1") && !put(c, "/secret/sub", "1") &&
	      !ask(c, XS_RM, "/secret/sub", NULL) && !drop_events(g));
	CHECK(!put(c, "/open", "1") && !ask(c, XS_SET_PERMS, "/open", "r0", NULL) &&
	      event_is(g, "/open", "root"));
	CHECK(!put(c, "/open", "2") && event_is(g, "/open", "root"));
	/* Losing the right is the last thing to be told. */
	CHECK(!ask(c, XS_SET_PERMS, "/open", "n0", NULL) && event_is(g, "/open", "root"));
	CHECK(!put(c, "/open", "3") && !drop_events(g));
	/* Who may read the parent learns that there is something. */
	CHECK(!ask(c, XS_SET_PERMS, "/open", "r0", NULL) && drop_events(g) == 1);
	CHECK(!put(c, "/open/hidden", "") && !ask(c, XS_SET_PERMS, "/open/hidden", "n0", NULL) &&
	      drop_events(g) >= 1);
	CHECK(!put(c, "/open/hidden", "x") && event_is(g, "/open/hidden", "root"));
	CHECK(!ask(c, XS_RM, "/open/hidden", NULL) && event_is(g, "/open/hidden", "root"));
	client_close(c);
	client_close(g);
}

void test_watch_removal(void)
{
	struct client *c, *w;

	world_reset();
	c = client_dom0();
	w = client_dom0();
	CHECK(!put(c, "/t/a/b", "") && !put(c, "/t/a/c", ""));
	CHECK(!ask(w, XS_WATCH, "/t", "top", NULL) && !ask(w, XS_WATCH, "/t/a/b", "in", NULL) &&
	      !ask(w, XS_WATCH, "/t/a/zz", "none", NULL));
	CHECK(drop_events(w) == 3);
	/* Above: one event for the top of what went. Inside: each its own, if it was there. */
	CHECK(!ask(c, XS_RM, "/t/a", NULL));
	CHECK(event_is(w, "/t/a", "top") && event_is(w, "/t/a/b", "in") && !drop_events(w));
	/* The same by transaction. */
	CHECK(!put(c, "/t/a/b", "") && drop_events(w) == 2);
	CHECK(!txn_begin(c) && !ask(c, XS_RM, "/t/a", NULL) && !drop_events(w) && !txn_finish(c, true));
	CHECK(event_is(w, "/t/a", "top") && event_is(w, "/t/a/b", "in") && !drop_events(w));
	client_close(c);
	client_close(w);
}

void test_watch_special(void)
{
	struct client *c, *g, *h;

	world_reset();
	c = client_dom0();
	g = client_guest(5);
	CHECK(!ask(c, XS_WATCH, "@introduceDomain", "in", NULL) &&
	      !ask(c, XS_WATCH, "@releaseDomain", "out", NULL));
	CHECK(event_is(c, "@introduceDomain", "in") && event_is(c, "@releaseDomain", "out"));
	CHECK(!ask(g, XS_WATCH, "@introduceDomain", "in", NULL) && drop_events(g) == 1);
	h = client_guest(6);
	CHECK(event_is(c, "@introduceDomain", "in") && !drop_events(g));
	CHECK(!ask(c, XS_RELEASE, "6", NULL) && event_is(c, "@releaseDomain", "out"));
	/* Dom0 may let guests know. */
	CHECK(ask(g, XS_SET_PERMS, "@introduceDomain", "r0", NULL) == -EACCES);
	CHECK(ask(g, XS_GET_PERMS, "@introduceDomain", NULL) == -EACCES);
	CHECK(!ask(c, XS_SET_PERMS, "@introduceDomain", "n0", "r5", NULL));
	CHECK(!ask(g, XS_GET_PERMS, "@introduceDomain", NULL) && c->len);
	client_close(h);
	h = client_guest(7);
	CHECK(event_is(g, "@introduceDomain", "in"));
	client_close(c);
	client_close(g);
	client_close(h);
}
