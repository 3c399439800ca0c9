// SPDX-License-Identifier: GPL-2.0-only
/* Connections: queues, turns, messages in and out. The rules of fairness are in conn.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "conn.h"
#include "handlers.h"
#include "log.h"
#include "loop.h"
#include "quota.h"
#include "txn.h"
#include "watch.h"

/*
 * One turn: requests handled, time after which no further one is begun, and bytes written. Privileged clients must not
 * fall behind what all guests together make them be told.
 */
#define TURN_REQUESTS		4
#define TURN_MS			1
#define TURN_BYTES		16384
#define TURN_BYTES_PRIVILEGED	(1u << 20)
/*
 * A privileged client that reads nothing: no more requests are read from it beyond the first, it is dropped
 * beyond the second.
 */
#define OUT_HIGH		(1u << 20)
#define OUT_LIMIT		(32u << 20)
/* Unprivileged clients look again after so long when a transaction holds them up. */
#define HOLD_POLL_MS		2

/* Kept by the connection and by each message. */
struct debt {
	struct conn *conn;	/* NULL: it is gone */
	unsigned int refs;
	size_t bytes;
};

struct out_msg {
	struct list link;
	unsigned int len, done;
	uint32_t hash;		/* of an event's path and token */
	bool event;
	struct debt *debt;	/* whose, or NULL */
	char data[];
};

unsigned long conn_event_steps;
struct list conn_all = LIST_INIT(conn_all);
static struct list ready = LIST_INIT(ready);
static struct conn *running;	/* whose request is handled */

static void debt_put(struct debt *d)
{
	if (!--d->refs)
		free(d);
}

static void debt_paid(struct debt *d, size_t len)
{
	bool held = d->bytes > quota.dom0_events;

	d->bytes -= len;
	if (held && d->bytes <= quota.dom0_events && d->conn)
		conn_wake(d->conn);
	debt_put(d);
}

static bool is_kernel(const struct conn *c)
{
	return c->cred.privileged && c->ops->is_ring;
}

struct conn *conn_new(const struct conn_transport *ops, void *chan, const struct cred *cred)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->debt = calloc(1, sizeof(*c->debt));
	if (!c->debt) {
		free(c);
		return NULL;
	}
	c->debt->conn = c;
	c->debt->refs = 1;
	c->ops = ops;
	c->chan = chan;
	c->cred = *cred;
	list_init(&c->ready);
	list_init(&c->out);
	list_init(&c->watches);
	list_init(&c->txns);
	list_add_tail(&c->link, &conn_all);
	return c;
}

static void out_free(struct conn *c, struct out_msg *m)
{
	c->out_bytes -= m->len;
	if (m->event) {
		c->out_event_bytes -= m->len;
		c->losing_events = false;
		if (c->recent[m->hash % CONN_RECENT] == m)
			c->recent[m->hash % CONN_RECENT] = NULL;
	} else {
		c->out_replies--;
	}
	if (m->debt)
		debt_paid(m->debt, m->len);
	list_del(&m->link);
	free(m);
}

void conn_reset(struct conn *c)
{
	watch_del_all(c);
	txn_drop_all(c);
	while (!list_empty(&c->out))
		out_free(c, list_entry(c->out.next, struct out_msg, link));
	c->have = 0;
	c->lost_race = false;
}

void conn_kill(struct conn *c)
{
	conn_reset(c);
	c->dead = true;
	list_del(&c->ready);
}

void conn_free(struct conn *c)
{
	conn_kill(c);
	list_del(&c->link);
	c->debt->conn = NULL;
	debt_put(c->debt);
	free(c);
}

void conn_wake(struct conn *c)
{
	if (!c->dead && list_empty(&c->ready))
		list_add_tail(&c->ready, &ready);
}

bool conn_blocked(const struct conn *c)
{
	if (is_kernel(c))
		return c->out_bytes - c->out_event_bytes > OUT_HIGH;
	if (c->cred.privileged)
		return c->out_bytes > OUT_HIGH;
	return c->out_replies >= quota.replies || c->debt->bytes > quota.dom0_events;
}

int conn_sleep_ms(void)
{
	struct list *l;

	if (list_empty(&ready))
		return -1;
	if (!txn_hold())
		return 0;
	list_for_each(l, &ready)
		if (list_entry(l, struct conn, ready)->cred.privileged)
			return 0;
	return HOLD_POLL_MS;
}

/* ---- output ---- */

static struct out_msg *out_new(const struct xsd_sockmsg *hdr)
{
	struct out_msg *m = malloc(sizeof(*m) + sizeof(*hdr) + hdr->len);

	if (!m)
		return NULL;
	m->len = sizeof(*hdr) + hdr->len;
	m->done = 0;
	m->hash = 0;
	m->debt = NULL;
	memcpy(m->data, hdr, sizeof(*hdr));
	return m;
}

static void out_add(struct conn *c, struct out_msg *m, bool event)
{
	m->event = event;
	c->out_bytes += m->len;
	if (event) {
		c->out_event_bytes += m->len;
		c->recent[m->hash % CONN_RECENT] = m;
	} else {
		c->out_replies++;
	}
	list_add_tail(&m->link, &c->out);
	if (c->out_bytes > OUT_LIMIT && !is_kernel(c))
		c->overflow = true;
	conn_wake(c);
}

int conn_reply(struct conn *c, const struct xsd_sockmsg *rq, uint32_t type, const void *data,
	       unsigned int len)
{
	struct xsd_sockmsg hdr = { .type = type, .req_id = rq->req_id, .tx_id = rq->tx_id, .len = len };
	struct out_msg *m;

	if (c->dead)
		return 0;
	m = out_new(&hdr);
	if (!m)
		return -ENOMEM;
	if (len)
		memcpy(m->data + sizeof(hdr), data, len);
	out_add(c, m, false);
	return 0;
}

static uint32_t hash_bytes(uint32_t h, const char *p, unsigned int len)
{
	unsigned int i;

	for (i = 0; i < len; i++)
		h = (h ^ (unsigned char)p[i]) * 16777619u;
	return h;
}

struct event {
	const char *path, *token;
	unsigned int plen, tlen;	/* with their NULs */
	uint32_t hash;
};

/*
 * Is the same event still waiting? The client will look after having got that one. One is looked at, the last
 * with such a hash: a change with many watches must not cost the length of the queue for each.
 */
static bool already_queued(const struct conn *c, const struct event *e)
{
	const struct out_msg *q = c->recent[e->hash % CONN_RECENT];
	const char *body;

	if (!q || q->done || q->hash != e->hash || q->len != sizeof(struct xsd_sockmsg) + e->plen + e->tlen)
		return false;
	body = q->data + sizeof(struct xsd_sockmsg);
	return !memcmp(body, e->path, e->plen) && !memcmp(body + e->plen, e->token, e->tlen);
}

/* Once one was lost, all are, until the client has taken one: the many that follow cost next to nothing. */
static bool no_room_for_event(struct conn *c, unsigned int len)
{
	if (c->cred.privileged || c->out_event_bytes + len <= quota.event_bytes)
		return false;
	if (!c->lost_events++)
		log_guest(c->cred.domid, "takes no watch events, further ones are lost");
	c->losing_events = true;
	return true;
}

static void queue_event(struct conn *c, const struct event *e)
{
	struct xsd_sockmsg hdr = { .type = XS_WATCH_EVENT, .len = e->plen + e->tlen };
	struct out_msg *m = out_new(&hdr);

	if (!m)
		return;
	m->hash = e->hash;
	memcpy(m->data + sizeof(hdr), e->path, e->plen);
	memcpy(m->data + sizeof(hdr) + e->plen, e->token, e->tlen);
	if (running && !running->cred.privileged && is_kernel(c)) {
		m->debt = running->debt;
		m->debt->refs++;
		m->debt->bytes += m->len;
	}
	out_add(c, m, true);
}

void conn_event(struct conn *c, const char *path, const char *token)
{
	struct event e = { .path = path, .token = token };

	if (c->losing_events) {
		c->lost_events++;
		return;
	}
	conn_event_steps++;
	e.plen = strlen(path) + 1;
	e.tlen = strlen(token) + 1;
	/* Cannot be said in one message: the registration allowed a token that leaves no room for this path. */
	if (c->dead || e.plen + e.tlen > XENSTORE_PAYLOAD_MAX)
		return;
	e.hash = hash_bytes(hash_bytes(2166136261u, path, e.plen), token, e.tlen);
	if (!already_queued(c, &e) && !no_room_for_event(c, sizeof(struct xsd_sockmsg) + e.plen + e.tlen))
		queue_event(c, &e);
}

/* Bytes written, or -errno. */
static ssize_t flush(struct conn *c, size_t budget)
{
	size_t total = 0;

	while (!list_empty(&c->out) && total < budget) {
		struct out_msg *m = list_entry(c->out.next, struct out_msg, link);
		ssize_t r = c->ops->write(c, m->data + m->done, m->len - m->done);

		if (r < 0)
			return r;
		if (!r)
			break;
		total += r;
		m->done += r;
		if (m->done == m->len)
			out_free(c, m);
	}
	return total;
}

/* ---- input ---- */

/* What the request still lacks; 0 when it is complete, -EPROTO when it can never be. */
static ssize_t wanted(const struct conn *c)
{
	if (c->have < sizeof(c->hdr))
		return sizeof(c->hdr) - c->have;
	if (c->hdr.len > XENSTORE_PAYLOAD_MAX)
		return -EPROTO;
	return sizeof(c->hdr) + c->hdr.len - c->have;
}

/* Goes on reading one request. 1: complete, 0: the client has sent no more, -errno. */
static int read_request(struct conn *c, bool *moved)
{
	ssize_t want, r;

	while ((want = wanted(c)) > 0) {
		bool head = c->have < sizeof(c->hdr);
		char *to = head ? (char *)&c->hdr + c->have : c->body + (c->have - sizeof(c->hdr));

		r = c->ops->read(c, to, want);
		if (r <= 0)
			return r;
		c->have += r;
		*moved = true;
	}
	if (want < 0)
		return want;
	c->body[c->hdr.len] = '\0';
	return 1;
}

static int turn_requests(struct conn *c, bool *moved, bool *more)
{
	int64_t begin = clock_ms();
	unsigned int n;
	int r;

	*more = true;
	for (n = 0; n < TURN_REQUESTS; n++) {
		if (conn_blocked(c) || (!c->cred.privileged && txn_hold()))
			return 0;
		/* Some requests are dear, such as the creation of a thousand nodes in one. */
		if (n && clock_ms() - begin >= TURN_MS)
			return 0;
		r = read_request(c, moved);
		if (r <= 0) {
			*more = false;
			return r;
		}
		c->have = 0;
		running = c;
		handlers_run(c);
		running = NULL;
		if (c->dead)
			return 0;
	}
	return 0;
}

static void turn(struct conn *c)
{
	const ssize_t bytes = c->cred.privileged ? TURN_BYTES_PRIVILEGED : TURN_BYTES;
	bool moved = false, more = false;
	ssize_t r;

	list_del(&c->ready);
	r = c->overflow ? -ENOBUFS : flush(c, bytes);
	moved = r > 0;
	if (r >= 0)
		r = turn_requests(c, &moved, &more);
	if (r >= 0 && !c->dead) {
		r = flush(c, bytes);
		moved |= r > 0;
		/* Blocked still: the transport wakes us when the client has taken something. */
		more = (more && !conn_blocked(c)) || r >= bytes;
	}
	if (r < 0) {
		c->ops->broken(c, r);
		return;
	}
	if (c->dead)
		return;
	/* Replies queued here put us into the queue; after the flush only what the peer must take is left. */
	list_del(&c->ready);
	c->ops->settle(c, moved);
	if (more)
		conn_wake(c);
}

void conn_run(void)
{
	struct list round = LIST_INIT(round);
	struct list *l;

	/* Those who come back during the round wait for the next one. */
	while (!list_empty(&ready)) {
		l = ready.next;
		list_del(l);
		list_add_tail(l, &round);
	}
	while (!list_empty(&round))
		turn(list_entry(round.next, struct conn, ready));
}

void conn_round(int max_ms)
{
	loop_wait(loop_shorter(conn_sleep_ms(), max_ms));
	conn_run();
}

/* ---- in another process ---- */

void conn_each_out(const struct conn *c,
		   void (*fn)(void *arg, const char *msg, unsigned int len, unsigned int done, bool event),
		   void *arg)
{
	struct list *l;

	list_for_each(l, &c->out) {
		const struct out_msg *m = list_entry(l, struct out_msg, link);

		fn(arg, m->data, m->len, m->done, m->event);
	}
}

int conn_restore_half(struct conn *c, const char *data, size_t len)
{
	size_t head = len < sizeof(c->hdr) ? len : sizeof(c->hdr);

	if (len >= sizeof(c->hdr) + XENSTORE_PAYLOAD_MAX)
		return -EINVAL;
	memcpy(&c->hdr, data, head);
	memcpy(c->body, data + head, len - head);
	c->have = len;
	return c->have && wanted(c) <= 0 ? -EINVAL : 0;
}

int conn_restore_out(struct conn *c, const char *msg, size_t len, size_t done, bool event)
{
	struct xsd_sockmsg hdr;
	struct out_msg *m;

	if (len < sizeof(hdr) || done >= len)
		return -EINVAL;
	memcpy(&hdr, msg, sizeof(hdr));
	if (hdr.len > XENSTORE_PAYLOAD_MAX || hdr.len != len - sizeof(hdr))
		return -EINVAL;
	m = out_new(&hdr);
	if (!m)
		return -ENOMEM;
	memcpy(m->data, msg, len);
	m->done = done;
	if (event)
		m->hash = hash_bytes(2166136261u, m->data + sizeof(hdr), hdr.len);
	out_add(c, m, event);
	return 0;
}
