// SPDX-License-Identifier: GPL-2.0-only
/* The state: handed over whole, taken up after a death, and refused when it is wrong. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"

#include "control.h"
#include "domain.h"
#include "path.h"
#include "quota.h"
#include "socket.h"
#include "state.h"
#include "update.h"
#include "watch.h"

#define SOCKETS_MAX	64

static void head(struct pack *p)
{
	*p = (struct pack){ 0 };
	pack_bytes(p, STATE_MAGIC, strlen(STATE_MAGIC));
	pack_u32(p, STATE_VERSION);
	pack_u32(p, 0);
}

static void written(struct pack *p, bool handover)
{
	const struct state_links links = { .handover = handover, .listener = -1, .evtchn = -1, .lister = -1 };

	*p = (struct pack){ 0 };
	CHECK(!state_write(p, &links));
}

/* The daemon's memory goes; descriptors (@keep) stay as over exec, and so do ports. */
static void die(bool keep)
{
	int old[SOCKETS_MAX], copy[SOCKETS_MAX];
	unsigned int i, n = 0;
	struct list *l, *tmp;

	list_for_each_safe(l, tmp, &conn_all) {
		struct conn *c = list_entry(l, struct conn, link);
		int fd = socket_conn_fd(c);

		if (fd < 0)
			continue;
		old[n] = fd;
		copy[n++] = fcntl(fd, F_DUPFD, 500);
		c->ops->broken(c, -ECONNRESET);
	}
	fake_keep_ports(keep);
	CHECK(!state_discard());
	fake_keep_ports(false);
	for (i = 0; i < n; i++) {
		if (keep)
			dup2(copy[i], old[i]);
		close(copy[i]);
	}
	CHECK(list_empty(&conn_all) && !watch_count() && !domain_count());
}

void live_update(void)
{
	struct pack p;
	char why[100] = "";

	written(&p, true);
	die(true);
	CHECK(!state_read(p.data, p.len, STATE_HANDOVER, why));
	if (*why && checks_failed)
		fprintf(stderr, "%s\n", why);
	pack_free(&p);
	world_run();
}

/* Are two states the same, but for generations and the age of transactions? */
static bool same_state(const struct pack *a, const struct pack *b)
{
	struct unpack ua = { a->data + 16, a->data + a->len, false }, ub = { b->data + 16, b->data + b->len, false };
	struct unpack ra, rb;
	uint32_t ta = 0, tb = 0;
	bool more;

	do {
		more = unpack_record(&ua, &ta, &ra);
		if (more != unpack_record(&ub, &tb, &rb) || ta != tb)
			return false;
		if (!more)
			return !ua.bad && !ub.bad;
		if (ta == STATE_TXN)
			ra.end = ra.at + 8, rb.end = rb.at + 8;
	} while (ta == STATE_GLOBAL ||
		 (ra.end - ra.at == rb.end - rb.at && !memcmp(ra.at, rb.at, ra.end - ra.at)));
	fprintf(stderr, "records of type %u differ\n", ta);
	return false;
}

static void send_part(struct client *c, uint32_t type, const char *body, unsigned int len, unsigned int part)
{
	struct xsd_sockmsg hdr = { .type = type, .req_id = 5, .len = len };
	char msg[sizeof(hdr) + 100];

	memcpy(msg, &hdr, sizeof(hdr));
	memcpy(msg + sizeof(hdr), body, len);
	client_send(c, msg, part);
	world_run();
}

static void rest_of_request(struct client *c, const char *rest, unsigned int len, const char *expect)
{
	c->type = XS_INVALID;
	client_send(c, rest, len);
	world_run();
	client_drain(c);
	CHECK(c->type == XS_READ && c->len == strlen(expect) && !memcmp(c->body, expect, c->len));
}

static void check_same(void)
{
	struct pack before, after;

	written(&before, true);
	live_update();
	written(&after, true);
	CHECK(same_state(&before, &after));
	pack_free(&before);
	pack_free(&after);
}

static unsigned int replies_waiting(struct client *g)
{
	unsigned int n = 0;

	for (g->type = XS_INVALID; ; g->type = XS_INVALID) {
		world_run();
		client_drain(g);
		if (g->type == XS_INVALID)
			return n;
		n++;
	}
}

void test_state(void)
{
	struct client *c, *d, *g, *h;

	world_reset();
	c = client_dom0();
	d = client_dom0();
	g = client_guest(5);
	h = client_guest(6);
	CHECK(!put(c, "/a/b", "of dom0") && !put(g, "data/x", "of 5") && !put(h, "data/y", "of 6"));
	CHECK(!ask(g, XS_SET_PERMS, "data/x", "n5", "r6", NULL));
	CHECK(!ask(c, XS_SET_PERMS, "@releaseDomain", "n0", "r6", NULL));
	CHECK(!ask(c, XS_CONTROL, "quota", "set", "watches", "4", NULL));
	CHECK(!ask(g, XS_WATCH, "data", "rel", NULL) && !ask(c, XS_WATCH, "/a", "deep", "0", NULL) &&
	      !ask(h, XS_WATCH, "@releaseDomain", "gone", NULL));
	CHECK(drop_events(g) == 1 && drop_events(c) == 1 && drop_events(h) == 1);
	CHECK(!txn_begin(d) && !put(d, "/a/new", "1") && !ask(d, XS_RM, "/a/b", NULL));
	CHECK(!txn_begin(h) && !put(h, "data/y", "2"));
	CHECK(!put(c, "/local/domain/6/data/y", "3"));
	/* Half a header here, half a body there. */
	send_part(c, XS_READ, "/a/b", 5, 7);
	send_part(g, XS_READ, "data/x", 7, 19);
	check_same();
	rest_of_request(g, "a/x", 4, "of 5");
	{
		struct xsd_sockmsg hdr = { .type = XS_READ, .req_id = 5, .len = 5 };
		char rest[9 + 5];

		memcpy(rest, (char *)&hdr + 7, 9);
		memcpy(rest + 9, "/a/b", 5);
		rest_of_request(c, rest, sizeof(rest), "of dom0");
	}
	/* Transactions go on: one is undisturbed, one had lost before. */
	CHECK(value_is(d, "/a/new", "1") && !put(d, "/a/later", "2") && !txn_finish(d, true));
	CHECK(value_is(h, "data/y", "2") && txn_finish(h, true) == -EAGAIN);
	CHECK(value_is(c, "/a/later", "2") && ask(c, XS_READ, "/a/b", NULL) == -ENOENT);
	/* Rights, limits, watches, domains. */
	CHECK(value_is(h, "/local/domain/5/data/x", "of 5") && put(h, "/local/domain/5/data/x", "") == -EACCES);
	CHECK(quota.watches == 4 && ask(c, XS_WATCH, "/a", "deep", "0", NULL) == -EEXIST);
	CHECK(!put(c, "/local/domain/5/data/z", "") && event_is(g, "data/z", "rel"));
	CHECK(!put(c, "/a", "1") && event_is(c, "/a", "deep"));
	fake_destroy(5);
	domain_check_all();
	CHECK(event_is(h, "@releaseDomain", "gone") && !domain_introduced(5) && quota_nodes(5) == 0);
	CHECK(!ask(c, XS_CONTROL, "quota", "set", "watches", "128", NULL));
	CHECK(counts_right());
	client_close(c);
	client_close(d);
	client_close(g);
	client_close(h);
}

/* Output that the client has not taken, the first message in part. */
void test_state_output(void)
{
	struct client *g;
	unsigned int i;

	world_reset();
	g = client_guest(5);
	for (i = 0; i < 30; i++) {
		send_part(g, XS_GET_DOMAIN_PATH, "1", 2, sizeof(struct xsd_sockmsg) + 2);
		/* The page of replies is full at the 31st; then requests wait. */
	}
	check_same();
	CHECK(replies_waiting(g) > 0 || g->in_len == 0);
	CHECK(!put(g, "data/x", "1"));
	/* A client that takes nothing at all. */
	{
		struct client *c = client_dom0(), *d = client_dom0();
		char path[40];

		CHECK(!ask(c, XS_WATCH, "/w", "t", NULL) && drop_events(c) == 1);
		for (i = 0; i < 6000; i++) {
			sprintf(path, "/w/%u", i);
			CHECK(!put(d, path, ""));
		}
		check_same();
		CHECK(drop_events(c) == 6000);
		client_close(c);
		client_close(d);
	}
	client_close(g);
}

static bool links_are(const struct state_links *wanted, int lister, uint32_t confined)
{
	struct state_links got;
	struct pack p = { 0 };
	bool right;

	CHECK(!state_write(&p, wanted));
	right = !state_links(p.data, p.len, &got) && got.handover == wanted->handover && got.listener == 7 &&
		got.evtchn == 8 && got.exc_port == 9 && got.lister == lister && got.confined == confined;
	pack_free(&p);
	return right;
}

/* Of the process, a handover tells; a file does not, nor does a version that gave up less. */
void test_state_process(void)
{
	struct state_links links = { .handover = true, .listener = 7, .evtchn = 8, .exc_port = 9, .lister = 10,
		.confined = 1 };
	struct pack p = { 0 };
	char why[100];

	world_reset();
	CHECK(links_are(&links, 10, 1));
	CHECK(!state_write(&p, &links) && !state_discard() && !state_read(p.data, p.len, STATE_CHECK, why));
	pack_free(&p);
	links.lister = -1;
	CHECK(links_are(&links, -1, 1));
	links.confined = 0;
	CHECK(links_are(&links, -1, 0));
	links.handover = false;
	links.confined = 1;
	CHECK(links_are(&links, -1, 0));
	/* A record that is cut short. */
	head(&p);
	pack_begin(&p, STATE_GLOBAL);
	pack_u32(&p, 0);
	pack_bytes(&p, (char[16]){ 0 }, 16);
	pack_end(&p);
	pack_begin(&p, STATE_PROCESS);
	pack_u32(&p, 10);
	pack_end(&p);
	CHECK(state_links(p.data, p.len, &links) == -EINVAL);
	pack_free(&p);
}

/* Many updates in the middle of much. */
void test_state_lost_ring(void)
{
	struct client *c, *g;
	struct pack p;
	char why[100];

	world_reset();
	c = client_dom0();
	g = client_guest(5);
	CHECK(!ask(g, XS_WATCH, "data", "t", NULL) && !put(g, "data/x", "1"));
	written(&p, true);
	/* The guest is gone when the successor looks for its page. */
	fake_destroy(5);
	die(true);
	CHECK(!state_read(p.data, p.len, STATE_HANDOVER, why));
	pack_free(&p);
	CHECK(domain_introduced(5) && watch_count() == 0 && value_is(c, "/local/domain/5/data/x", "1"));
	domain_check_all();
	CHECK(!domain_introduced(5) && ask(c, XS_READ, "/local/domain/5/data", NULL) == -ENOENT && counts_right());
	client_close(c);
	client_close(g);
}

static void recover(struct pack *p)
{
	char why[100] = "";

	die(false);
	CHECK(!state_read(p->data, p->len, STATE_COLD, why));
	pack_free(p);
}

void test_state_cold(void)
{
	struct client *c, *g, *h, *d;
	struct pack p;

	world_reset();
	c = client_dom0();
	g = client_guest(5);
	h = client_guest(6);
	CHECK(!put(g, "data/x", "1") && !ask(g, XS_WATCH, "data", "t", NULL) && drop_events(g) == 1);
	CHECK(!put(h, "data/y", "0"));
	CHECK(!ask(c, XS_WATCH, "/", "lost", NULL) && drop_events(c) == 1);
	CHECK(!txn_begin(g) && !put(g, "data/x", "2") && !txn_begin(h) && !put(h, "data/y", "2"));
	send_part(h, XS_READ, "data/y", 7, 19);
	written(&p, false);
	/* One guest sleeps; what the other asks is known to no file. */
	g->tx = 0;
	CHECK(!put(g, "data/late", "1") && event_is(g, "data/late", "t"));
	recover(&p);
	CHECK(domain_introduced(5) && watch_count() == 1 && fake_held() == 4);
	/* To be looked at again. */
	CHECK(event_is(g, "data", "t"));
	rest_of_request(h, "a/y", 4, "0");
	h->tx = 1;
	CHECK(txn_finish(h, true) == 0);
	g->tx = 1;
	CHECK(txn_finish(g, true) == -EAGAIN);
	d = client_dom0();
	CHECK(ask(d, XS_READ, "/local/domain/5/data/late", NULL) == -ENOENT);
	CHECK(value_is(d, "/local/domain/5/data/x", "1") && value_is(d, "/local/domain/6/data/y", "2"));
	CHECK(counts_right());
	client_close(c);
	client_close(d);
	client_close(g);
	client_close(h);
}

/* ---- states that are wrong ---- */

static int check(const struct pack *p)
{
	struct quota_limits keep = quota;
	char why[100] = "";
	int r = state_read(p->data, p->len, STATE_CHECK, why);

	if (!r)
		CHECK(counts_right());
	CHECK(!r || *why);
	CHECK(!state_discard());
	quota = keep;
	return r;
}

static void text(struct pack *p, const char *s)
{
	pack_string(p, s, strlen(s));
}

static void node(struct pack *p, const char *path, unsigned int owner, unsigned int bits, size_t len)
{
	static const char zeros[2 * XENSTORE_PAYLOAD_MAX];

	pack_begin(p, STATE_NODE);
	text(p, path);
	pack_u32(p, 1);
	pack_u32(p, owner);
	pack_u32(p, bits);
	pack_string(p, zeros, len);
	pack_end(p);
}

static void conn(struct pack *p, uint32_t flags, unsigned int domid, const char *half, size_t half_len)
{
	pack_begin(p, STATE_CONN);
	pack_u32(p, flags);
	pack_u32(p, -1);
	pack_u32(p, domid);
	pack_u32(p, CRED_NO_TARGET);
	pack_u64(p, 1);
	pack_u32(p, 1);
	pack_u32(p, 1);
	pack_u32(p, 0);
	pack_u32(p, 0);
	pack_u32(p, 0);
	pack_u64(p, 0);
	pack_string(p, half, half_len);
	pack_end(p);
}

static void watch(struct pack *p, const char *path, uint32_t rel, int depth, const char *token)
{
	pack_begin(p, STATE_WATCH);
	text(p, path);
	pack_u32(p, rel);
	pack_u32(p, depth);
	text(p, token);
	pack_end(p);
}

static void txn(struct pack *p, uint32_t id)
{
	pack_begin(p, STATE_TXN);
	pack_u32(p, id);
	pack_u32(p, 0);
	pack_u64(p, 0);
	pack_end(p);
}

static void note(struct pack *p, uint32_t what, const char *path)
{
	pack_begin(p, STATE_NOTE);
	pack_u32(p, what);
	text(p, path);
	pack_end(p);
}

static void out(struct pack *p, uint32_t len_said, uint32_t done, size_t len)
{
	struct xsd_sockmsg hdr = { .type = XS_READ, .len = len_said };
	char msg[64] = "";

	memcpy(msg, &hdr, sizeof(hdr));
	pack_begin(p, STATE_OUT);
	pack_u32(p, 0);
	pack_u32(p, done);
	pack_string(p, msg, len);
	pack_end(p);
}

static void remove_root(struct pack *p)
{
	conn(p, 0, 0, "", 0);
	txn(p, 1);
	pack_begin(p, STATE_CHANGE);
	pack_u32(p, TXN_RM);
	pack_u32(p, 0);
	text(p, "/");
	pack_end(p);
}

static void many(struct pack *p, unsigned int type)
{
	pack_begin(p, STATE_NODE);
	text(p, "/x");
	pack_u32(p, type);
	pack_end(p);
}

/* The wrong parts, one at a time; the first few are right. */
#define WRONG_RIGHT	6
#define WRONG_ALL	36

static void wrong(struct pack *p, unsigned int which)
{
	static const char too_long[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX];
	static const struct xsd_sockmsg whole = { .type = XS_READ, .len = 0 };

	switch (which) {
	case 0: break;
	case 1: node(p, "/", 3, 1, 5); break;
	case 2: node(p, "/x", 3, 3, XENSTORE_PAYLOAD_MAX); break;
	case 3: conn(p, STATE_RING, 5, "abc", 3); watch(p, "/x", 1, 3, "t"); break;
	case 4: conn(p, 0, 0, "", 0); txn(p, 1); note(p, 7, "/x"); out(p, 4, 19, 20); break;
	case 5: pack_begin(p, STATE_OPTIONAL | 99); text(p, "later versions"); pack_end(p); break;
	case 6: node(p, "/x/y", 0, 0, 0); break;
	case 7: node(p, "/x", 0, 0, 0); node(p, "/x", 0, 0, 0); break;
	case 8: node(p, "x", 0, 0, 0); break;
	case 9: node(p, "/x/", 0, 0, 0); break;
	case 10: node(p, "/x y", 0, 0, 0); break;
	case 11: node(p, "@x", 0, 0, 0); break;
	case 12: node(p, "", 0, 0, 0); break;
	case 13: node(p, "/x", 0x10000, 0, 0); break;
	case 14: node(p, "/x", 0, 4, 0); break;
	case 15: node(p, "/x", 0, 0, XENSTORE_PAYLOAD_MAX + 1); break;
	case 16: conn(p, STATE_RING, 5, "", 0); conn(p, STATE_RING, 5, "", 0); break;
	case 17: conn(p, STATE_RING, 0x7ff0, "", 0); break;
	case 18: conn(p, 0, 0, too_long, sizeof(too_long)); break;
	case 19: conn(p, 0, 0, (const char *)&whole, sizeof(whole)); break;
	case 20: watch(p, "/x", 0, -1, "t"); break;
	case 21: conn(p, 0, 0, "", 0); watch(p, "/x", 3, -1, "t"); break;
	case 22: conn(p, 0, 0, "", 0); watch(p, "/x", 0, -2, "t"); break;
	case 23: conn(p, 0, 0, "", 0); watch(p, "/x", 0, -1, "t"); watch(p, "/x", 0, -1, "t"); break;
	case 24: txn(p, 1); break;
	case 25: conn(p, 0, 0, "", 0); txn(p, 0); break;
	case 26: conn(p, 0, 0, "", 0); txn(p, 1); txn(p, 1); break;
	case 27: conn(p, 0, 0, "", 0); note(p, 1, "/x"); break;
	case 28: conn(p, 0, 0, "", 0); txn(p, 1); note(p, 8, "/x"); break;
	case 29: conn(p, 0, 0, "", 0); out(p, 5, 0, 20); break;
	case 30: conn(p, 0, 0, "", 0); out(p, 4, 20, 20); break;
	case 31: remove_root(p); break;
	case 32: pack_begin(p, 99); pack_end(p); break;
	case 33: many(p, ~0u); break;
	case 34: pack_begin(p, STATE_PROCESS); pack_u32(p, 1); pack_end(p); break;
	case 35: pack_begin(p, STATE_PROCESS); pack_u64(p, 1); pack_u32(p, 1); pack_end(p); break;
	}
}

static unsigned int count_records(const struct pack *p)
{
	struct unpack u = { p->data + 16, p->data + p->len, false }, body;
	unsigned int n = 0;
	uint32_t type;

	while (unpack_record(&u, &type, &body))
		n++;
	return n;
}

static void finish(struct pack *p, uint32_t more)
{
	uint32_t n = count_records(p) + 1 + more;

	pack_begin(p, STATE_END);
	pack_u32(p, n);
	pack_end(p);
}

void test_state_wrong(void)
{
	struct pack p;
	unsigned int i;

	world_reset();
	for (i = 0; i < WRONG_ALL; i++) {
		head(&p);
		wrong(&p, i);
		finish(&p, 0);
		if ((check(&p) == 0) != (i < WRONG_RIGHT)) {
			fprintf(stderr, "state %u\n", i);
			checks_failed++;
		}
		pack_free(&p);
	}
	/* The end: missing, with a wrong count, not the last thing; the head: another version. */
	head(&p);
	CHECK(check(&p));
	finish(&p, 1);
	CHECK(check(&p));
	pack_free(&p);
	head(&p);
	finish(&p, 0);
	CHECK(!check(&p));
	pack_bytes(&p, "x", 1);
	CHECK(check(&p));
	p.len--;
	p.data[8]++;
	CHECK(check(&p));
	pack_free(&p);
}

/* A state of everything, then damaged at random. */
void test_state_fuzz(void)
{
	struct client *c, *g;
	struct pack p, q;
	unsigned int i, n, good = 0;

	world_reset();
	c = client_dom0();
	g = client_guest(5);
	CHECK(!ask(g, XS_WATCH, "data", "t", NULL) && !put(g, "data/x", "1") && !put(c, "/a/b", "2"));
	CHECK(!txn_begin(c) && !put(c, "/a/c", "1") && !ask(c, XS_RM, "/a/b", NULL));
	CHECK(!txn_begin(g) && !put(g, "data/x", "1"));
	send_part(g, XS_READ, "data/x", 7, 19);
	written(&p, true);
	die(false);
	CHECK(!check(&p));
	for (i = 0; i < 20000; i++) {
		q = (struct pack){ 0 };
		pack_bytes(&q, p.data, rnd(20) ? p.len : rnd(p.len));
		for (n = rnd(3) + 1; n && q.len > 24; n--) {
			unsigned int at = 16 + rnd(q.len - 20);

			if (rnd(2))
				q.data[at] ^= 1 << rnd(8);
			else
				q.data[at] = rnd(256);
		}
		good += !check(&q);
		pack_free(&q);
	}
	/* Damage to values and counters cannot be seen; all else was refused. */
	CHECK(good > 100 && good < 10000);
	pack_free(&p);
	client_close(c);
	client_close(g);
	world_reset();
}

/* What an operator is told after a rehearsal by a program that does @script. */
static void rehearse_by(const char *script, char *text, size_t size)
{
	char name[] = "/tmp/unit-store.XXXXXX";
	int fd = mkstemp(name);

	CHECK(fd >= 0 && dprintf(fd, "#!/bin/sh\n%s\n", script) > 0 && !fchmod(fd, 0700) && !close(fd));
	update_request(name, text, size);
	unlink(name);
}

void test_state_rehearsal(void)
{
	unsigned int keep = update_check_ms;
	char text[CONTROL_TEXT];

	world_reset();
	rehearse_by("echo the state is too new >&2; exit 1", text, sizeof(text));
	CHECK(strstr(text, "refused by /tmp/unit-store.") && strstr(text, ": the state is too new"));
	rehearse_by("kill -9 $$", text, sizeof(text));
	CHECK(strstr(text, "signal 9"));
	/* More than the pipe takes. */
	rehearse_by("head -c 300000 /dev/zero | tr '\\0' x >&2; exit 1", text, sizeof(text));
	CHECK(strstr(text, ": xxxx"));
	update_check_ms = 300;
	rehearse_by("echo so far so good >&2; exec sleep 100", text, sizeof(text));
	CHECK(strstr(text, "no answer in"));
	rehearse_by("exec sleep 100 2>&-", text, sizeof(text));
	CHECK(strstr(text, "no answer in"));
	update_check_ms = keep;
}
