/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Transactions: a snapshot of the tree that one client works on, made real at once or not at all.
 *
 * A transaction keeps two references: `base`, the tree as it was at the start, and `root`, the tree with the
 * client's changes. What it looked at or changed is noted path by path. On commit, each noted path must look
 * in the present tree as it did in `base` (equal generations, T2); then the changes are replayed onto the
 * present tree. So transactions in different corners of the tree, even below one directory, never disturb
 * each other.
 */
#ifndef XENSTORED_TXN_H
#define XENSTORED_TXN_H

#include <stdint.h>

#include "conn.h"
#include "tree.h"

/* What a transaction depends on, at a path. */
#define TXN_NODE	1u	/* that it exists (or not), its value and permissions */
#define TXN_CHILDREN	2u	/* its set of children */
#define TXN_SUBTREE	4u	/* everything below */

enum txn_change_kind { TXN_PUT, TXN_RM };

struct txn_note {
	unsigned int what;
	struct txn_change *put;		/* in the log; NULL: none */
	size_t held;			/* by the transaction's own node of this path */
	char *path;
};

struct txn_change {
	struct list link;
	struct txn_note *note;		/* of a TXN_PUT */
	enum txn_change_kind kind;
	bool quiet;
	char path[];
};

struct txn_delta {
	struct list link;
	unsigned int domid;
	int n;
};

struct txn {
	struct list link;
	struct conn *conn;
	uint32_t id;
	struct node *base, *root;
	void *noted;			/* tsearch tree of struct txn_note */
	unsigned int nr_noted;
	size_t bytes;			/* of conn->txn_bytes */
	struct list log;		/* of struct txn_change */
	struct list deltas;		/* of struct txn_delta: owned nodes */
	int64_t started_ms;
	bool stale;			/* given up: only its end is still to come */
	bool doomed;			/* goes on, but cannot be committed */
	bool hold;			/* see txn_hold() */
};

/* -ENOSPC: too many open; -ENOMEM. */
int txn_start(struct conn *c, uint32_t *id);
/* NULL: the connection has no such transaction. */
struct txn *txn_find(struct conn *c, uint32_t id);
/*
 * Commits (-EAGAIN: lost against others; -ENOSPC: quota; -ENOMEM) or discards. The transaction is gone in
 * any case.
 */
int txn_end(struct txn *t, bool commit);
/* Discards all of a connection. */
void txn_drop_all(struct conn *c);

/* Do the transactions of the client together hold as much as it may? */
bool txn_full(const struct txn *t);
/* Notes a dependency before it is used; -ENOSPC, -ENOMEM. */
int txn_note(struct txn *t, const char *path, unsigned int what);
/*
 * Records that @path was created or changed, or removed, in t->root. A @quiet one has no events of its own:
 * an ancestor made for a node that is told. -ENOMEM.
 */
int txn_changed(struct txn *t, const char *path, bool quiet);
int txn_removed(struct txn *t, const char *path);
/* Owned nodes made by this transaction so far, and adding to them. */
int txn_owned(const struct txn *t, unsigned int domid);
int txn_add_owned(struct txn *t, unsigned int domid, int delta);

/*
 * Guests that write all the time could make a privileged transaction fail again and again. So while a
 * privileged client repeats a failed one (for a bounded time), unprivileged clients have to wait.
 */
bool txn_hold(void);
/* Gives up transactions of unprivileged clients that keep an old tree alive for too long. */
void txn_expire(void);
/* The same, the oldest first, while old trees hold more than txn_max_pinned bytes in all. Cheap when they cannot. */
void txn_bound(void);
extern size_t txn_max_pinned;
/* All that is still possible is its end, with EAGAIN; what it held is freed. */
void txn_give_up(struct txn *t);
/* Any open at all? */
bool txn_any(void);

/* Would it lose against others if it ended now? */
bool txn_conflicts(const struct txn *t);
/* Calls back for each dependency. */
void txn_each_note(const struct txn *t, void (*fn)(const struct txn_note *n, void *arg), void *arg);
/*
 * A predecessor's transaction, on the present tree: one that has met no conflict so far would have seen the
 * same had it begun now. NULL: no memory, or the connection has this id already.
 */
struct txn *txn_restore(struct conn *c, uint32_t id, int64_t age_ms);
/* A dependency of it, without a limit. -ENOMEM. */
int txn_restore_note(struct txn *t, const char *path, unsigned int what);
/* Repeats a change of it; nothing is noted. -ENOENT: not possible on this tree. */
int txn_restore_put(struct txn *t, const char *path, bool quiet, struct blob *value, struct perms *perms);
int txn_restore_rm(struct txn *t, const char *path);

#endif
