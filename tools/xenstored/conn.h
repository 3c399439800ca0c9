/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A client's connection, whatever carries it: bytes in, requests out to the handlers; replies and events in,
 * bytes out.
 *
 * Fairness: a connection with something to do stands in one queue; conn_run() gives each one a turn of
 * bounded work, then it goes to the end. A client that does not take its replies gets no further requests
 * handled, so what it can make the daemon hold is bounded (quota.h).
 *
 * The control domain's kernel serves all guests' devices and must miss no event, so it has no limit; instead a guest
 * whose changes it has yet to hear of gets no further requests handled. Its ring is never given up for what it has not
 * taken.
 */
#ifndef XENSTORED_CONN_H
#define XENSTORED_CONN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <public/io/xs_wire.h>

#include "list.h"
#include "perms.h"

struct conn;
struct debt;
struct out_msg;

/* Places for events that wait, by their hash. */
#define CONN_RECENT	512

struct conn_transport {
	const char *name;
	bool is_ring;
	/*
	 * Bytes moved; 0 would block; -errno: the connection is over (-EPROTO: the client broke the rules).
	 */
	ssize_t (*read)(struct conn *c, void *buf, size_t len);
	ssize_t (*write)(struct conn *c, const void *buf, size_t len);
	/*
	 * End of a turn: tell the peer that something moved (@moved), ask for the wake-ups that are needed.
	 */
	void (*settle)(struct conn *c, bool moved);
	/* The connection was found to be over. The transport frees it or leaves it dead. */
	void (*broken)(struct conn *c, int err);
};

struct conn {
	const struct conn_transport *ops;
	void *chan;			/* the transport's */
	struct cred cred;
	struct list link;		/* all connections */
	struct list ready;		/* the queue of turns */
	bool dead;			/* takes no more turns */
	bool overflow;			/* must go: holds more than anybody may */

	/* The request under way. */
	struct xsd_sockmsg hdr;
	unsigned int have;		/* bytes of it, header included */
	char body[XENSTORE_PAYLOAD_MAX + 1];

	/* What the client has yet to take. */
	struct list out;
	unsigned int out_replies;
	size_t out_bytes, out_event_bytes;
	struct debt *debt;		/* events of its making that the control domain's kernel has not taken */
	unsigned long lost_events;
	bool losing_events;		/* until the client takes one */
	struct out_msg *recent[CONN_RECENT];

	/* Owned by watch.c and txn.c. */
	struct list watches;
	unsigned int nr_watches;
	struct list txns;
	unsigned int nr_txns;
	size_t txn_bytes;		/* what they hold, quota.txn_bytes */
	uint32_t last_txn;
	bool lost_race;
};

/* A new connection, in no queue. NULL: no memory. */
struct conn *conn_new(const struct conn_transport *ops, void *chan, const struct cred *cred);
/* Drops everything the client has: watches, transactions, queued output. */
void conn_free(struct conn *c);
/* Forgets half-read requests, output, watches and transactions; the connection goes on (ring reset). */
void conn_reset(struct conn *c);
/* The connection takes no more turns and holds nothing; the object stays (a ring of a misbehaving guest). */
void conn_kill(struct conn *c);

/* Something may have to be done for @c. */
void conn_wake(struct conn *c);
/*
 * How long the main loop may sleep: 0 somebody waits for a turn, -1 as long as it likes, else milliseconds.
 */
int conn_sleep_ms(void);
/* One turn for each waiting connection. */
void conn_run(void);
/* Waits at most @max_ms (-1: for ever) for events, hands them out, and runs one round of turns. */
void conn_round(int max_ms);
/* May more requests be read, or must the client first take what it has? */
bool conn_blocked(const struct conn *c);

/* Queue a message for the client; -ENOMEM. */
int conn_reply(struct conn *c, const struct xsd_sockmsg *rq, uint32_t type, const void *data,
	       unsigned int len);
void conn_event(struct conn *c, const char *path, const char *token);

/* Calls back for each message that waits to be taken, @done bytes of which are with the client already. */
void conn_each_out(const struct conn *c,
		   void (*fn)(void *arg, const char *msg, unsigned int len, unsigned int done, bool event),
		   void *arg);
/*
 * Puts back what a predecessor had read of a request, and a message that waited. -EINVAL: there can be no
 * such thing; -ENOMEM.
 */
int conn_restore_half(struct conn *c, const char *data, size_t len);
int conn_restore_out(struct conn *c, const char *msg, size_t len, size_t done, bool event);

/* Events that were more than a count, since the start: what a test measures instead of time. */
extern unsigned long conn_event_steps;
/* All connections, for accounting. */
extern struct list conn_all;

#endif
