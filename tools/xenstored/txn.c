// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transactions; the idea is in txn.h.
 *
 * The log of changes holds each path at most once in a way that replay in order gives the final state:
 *  X1. A PUT stands before the PUTs of everything below it that was made in the transaction.
 *  X2. A RM drops the entries at and below its path, so what follows it there is newer than it.
 */
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "path.h"
#include "quota.h"
#include "store.h"
#include "watch.h"

/* A privileged client gets this long for a repetition without interference. */
#define HOLD_MS	100

static unsigned int nr_open;
static unsigned int nr_hold;
static int64_t hold_until;

/* ---- what they hold ---- */

static void charge(struct txn *t, size_t bytes)
{
	t->bytes += bytes;
	t->conn->txn_bytes += bytes;
}

static void discharge(struct txn *t, size_t bytes)
{
	t->bytes -= bytes;
	t->conn->txn_bytes -= bytes;
}

bool txn_full(const struct txn *t)
{
	return !t->conn->cred.privileged && t->conn->txn_bytes >= quota.txn_bytes;
}

/* ---- noted dependencies ---- */

static size_t note_bytes(const char *path)
{
	return sizeof(struct txn_note) + strlen(path) + 1;
}

static int note_cmp(const void *a, const void *b)
{
	return strcmp(((const struct txn_note *)a)->path, ((const struct txn_note *)b)->path);
}

static void note_free(void *p)
{
	struct txn_note *n = p;

	free(n->path);
	free(n);
}

static struct txn_note *note_make(struct txn *t, const char *path)
{
	struct txn_note *n = malloc(sizeof(*n));

	if (!n)
		return NULL;
	n->what = 0;
	n->held = 0;
	n->put = NULL;
	n->path = strdup(path);
	if (n->path && tsearch(n, &t->noted, note_cmp)) {
		t->nr_noted++;
		charge(t, note_bytes(path));
		return n;
	}
	free(n->path);
	free(n);
	return NULL;
}

static struct txn_note *note_find(struct txn *t, const char *path)
{
	struct txn_note key = { .path = (char *)path };
	struct txn_note **found = tfind(&key, &t->noted, note_cmp);

	return found ? *found : NULL;
}

int txn_note(struct txn *t, const char *path, unsigned int what)
{
	bool full = txn_full(t) || (!t->conn->cred.privileged && t->nr_noted >= quota.txn_nodes);

	if (full && !note_find(t, path))
		return -ENOSPC;
	return txn_restore_note(t, path, what);
}

int txn_restore_note(struct txn *t, const char *path, unsigned int what)
{
	struct txn_note *n = note_find(t, path);

	if (!n)
		n = note_make(t, path);
	if (!n)
		return -ENOMEM;
	n->what |= what;
	return 0;
}

static bool note_holds(const struct txn_note *n, struct node *base, struct node *now)
{
	const struct node *b = tree_lookup(base, n->path);
	const struct node *c = tree_lookup(now, n->path);

	if (b == c)
		return true;
	if (!b || !c)
		return false;
	if ((n->what & TXN_NODE) && b->gen != c->gen)
		return false;
	if ((n->what & TXN_CHILDREN) && b->cgen != c->cgen)
		return false;
	return !(n->what & TXN_SUBTREE) || b->sgen == c->sgen;
}

struct verdict {
	struct node *base, *now;
	bool conflict;
};

static void judge_note(const struct txn_note *n, void *arg)
{
	struct verdict *v = arg;

	if (!v->conflict)
		v->conflict = !note_holds(n, v->base, v->now);
}

struct note_walk {
	void (*fn)(const struct txn_note *n, void *arg);
	void *arg;
};

static void walk_note(const void *nodep, VISIT which, void *arg)
{
	const struct note_walk *w = arg;

	if (which == preorder || which == leaf)
		w->fn(*(const struct txn_note *const *)nodep, w->arg);
}

void txn_each_note(const struct txn *t, void (*fn)(const struct txn_note *n, void *arg), void *arg)
{
	struct note_walk walk = { fn, arg };

	twalk_r(t->noted, walk_note, &walk);
}

bool txn_conflicts(const struct txn *t)
{
	struct verdict v = { .base = t->base, .now = store_root };

	if (t->base != store_root)
		txn_each_note(t, judge_note, &v);
	return v.conflict;
}

/* ---- the log ---- */

static struct txn_change *log_add(struct txn *t, enum txn_change_kind kind, const char *path, bool quiet)
{
	size_t len = strlen(path) + 1;
	struct txn_change *ch = malloc(sizeof(*ch) + len);

	if (!ch)
		return NULL;
	ch->note = NULL;
	ch->kind = kind;
	ch->quiet = quiet;
	memcpy(ch->path, path, len);
	list_add_tail(&ch->link, &t->log);
	charge(t, sizeof(*ch) + len);
	return ch;
}

static void log_drop(struct txn *t, struct txn_change *ch)
{
	discharge(t, sizeof(*ch) + strlen(ch->path) + 1);
	if (ch->note)
		ch->note->put = NULL;
	list_del(&ch->link);
	free(ch);
}

/* The copy of the node that is the transaction's own. */
static void charge_node(struct txn *t, struct txn_note *n)
{
	const struct node *now = tree_lookup(t->root, n->path);
	size_t held = now ? sizeof(*now) + now->name_len + 1 + (now->value ? now->value->len : 0) : 0;

	charge(t, held);
	discharge(t, n->held);
	n->held = held;
}

int txn_changed(struct txn *t, const char *path, bool quiet)
{
	struct txn_note *n = note_find(t, path);

	if (!n)
		n = note_make(t, path);
	if (!n)
		return -ENOMEM;
	charge_node(t, n);
	if (n->put) {
		n->put->quiet &= quiet;
		return 0;
	}
	n->put = log_add(t, TXN_PUT, path, quiet);
	if (!n->put)
		return -ENOMEM;
	n->put->note = n;
	return 0;
}

int txn_removed(struct txn *t, const char *path)
{
	struct list *l, *tmp;

	if (!log_add(t, TXN_RM, path, false))
		return -ENOMEM;
	list_for_each_safe(l, tmp, &t->log) {
		struct txn_change *ch = list_entry(l, struct txn_change, link);

		if (l != t->log.prev && path_is_below(ch->path, path)) {
			if (ch->note)
				charge_node(t, ch->note);
			log_drop(t, ch);
		}
	}
	return 0;
}

/* ---- owned nodes ---- */

static struct txn_delta *delta_find(const struct txn *t, unsigned int domid)
{
	struct list *l;

	list_for_each(l, &t->deltas)
		if (list_entry(l, struct txn_delta, link)->domid == domid)
			return list_entry(l, struct txn_delta, link);
	return NULL;
}

int txn_owned(const struct txn *t, unsigned int domid)
{
	struct txn_delta *d = delta_find(t, domid);

	return d ? d->n : 0;
}

int txn_add_owned(struct txn *t, unsigned int domid, int delta)
{
	struct txn_delta *d = delta_find(t, domid);

	if (!d) {
		d = malloc(sizeof(*d));
		if (!d)
			return -ENOMEM;
		d->domid = domid;
		d->n = 0;
		list_add_tail(&d->link, &t->deltas);
	}
	d->n += delta;
	return 0;
}

/* Others may have used up a domain's share since the transaction was let do its part. */
static bool over_quota(const struct txn *t)
{
	const struct cred *cred = &t->conn->cred;
	int more = txn_owned(t, cred->domid);

	return !cred->privileged && more > 0 && quota_nodes(cred->domid) + more > quota.nodes;
}

static void settle_owned(const struct txn *t)
{
	struct list *l;

	list_for_each(l, &t->deltas) {
		struct txn_delta *d = list_entry(l, struct txn_delta, link);

		quota_add_nodes(d->domid, d->n);
	}
}

/* ---- start and end ---- */

static struct txn *txn_new(struct conn *c, uint32_t id)
{
	struct txn *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->id = id;
	t->conn = c;
	t->base = node_get(store_root);
	t->root = node_get(store_root);
	t->started_ms = clock_ms();
	list_init(&t->log);
	list_init(&t->deltas);
	list_add_tail(&t->link, &c->txns);
	c->nr_txns++;
	nr_open++;
	return t;
}

int txn_start(struct conn *c, uint32_t *id)
{
	struct txn *t;

	if (!c->cred.privileged && c->nr_txns >= quota.transactions)
		return -ENOSPC;
	/* Ids wrap; 0 means none, and an open one must not be given twice. */
	do
		c->last_txn++;
	while (!c->last_txn || txn_find(c, c->last_txn));
	t = txn_new(c, c->last_txn);
	if (!t)
		return -ENOMEM;
	if (c->lost_race && c->cred.privileged) {
		t->hold = true;
		nr_hold++;
		hold_until = t->started_ms + HOLD_MS;
	}
	*id = t->id;
	return 0;
}

struct txn *txn_find(struct conn *c, uint32_t id)
{
	struct list *l;

	list_for_each(l, &c->txns)
		if (list_entry(l, struct txn, link)->id == id)
			return list_entry(l, struct txn, link);
	return NULL;
}

/* All that it holds; what is left can be ended, not used. */
static void txn_let_go(struct txn *t)
{
	while (!list_empty(&t->log))
		log_drop(t, list_entry(t->log.next, struct txn_change, link));
	while (!list_empty(&t->deltas)) {
		struct txn_delta *d = list_entry(t->deltas.next, struct txn_delta, link);

		list_del(&d->link);
		free(d);
	}
	tdestroy(t->noted, note_free);
	t->noted = NULL;
	t->nr_noted = 0;
	discharge(t, t->bytes);
	node_put(t->base);
	node_put(t->root);
	t->base = NULL;
	t->root = NULL;
}

static void txn_free(struct txn *t)
{
	txn_let_go(t);
	list_del(&t->link);
	t->conn->nr_txns--;
	nr_open--;
	nr_hold -= t->hold;
	free(t);
}

void txn_drop_all(struct conn *c)
{
	while (!list_empty(&c->txns))
		txn_free(list_entry(c->txns.next, struct txn, link));
}

static int put(struct node **root, const char *path, struct blob *value, struct perms *perms)
{
	const struct node *old = tree_lookup(*root, path);
	int r = 0;

	if (!old)
		return tree_add(root, path, value, perms);
	if (old->perms != perms)
		r = tree_set_perms(root, path, perms);
	/* A write of the same value is a change as well. */
	if (!r)
		r = tree_set_value(root, path, value);
	return r;
}

static int replay_put(struct txn *t, struct node **root, const char *path)
{
	const struct node *n = tree_lookup(t->root, path);

	return n ? put(root, path, n->value, n->perms) : 0;
}

static int replay_rm(struct node **root, const char *path)
{
	struct node *gone;
	int r;

	if (!tree_lookup(*root, path))
		return 0;
	r = tree_rm(root, path, &gone);
	if (!r)
		node_put(gone);
	return r;
}

/* The present tree with this transaction's changes, as a new reference. */
static int merge(struct txn *t, struct node **merged)
{
	struct node *root;
	struct list *l;
	int r = 0;

	if (t->base == store_root) {
		*merged = node_get(t->root);
		return 0;
	}
	root = node_get(store_root);
	list_for_each(l, &t->log) {
		struct txn_change *ch = list_entry(l, struct txn_change, link);

		r = ch->kind == TXN_PUT ? replay_put(t, &root, ch->path) : replay_rm(&root, ch->path);
		if (r)
			break;
	}
	if (r)
		node_put(root);
	else
		*merged = root;
	return r;
}

static void fire(const struct txn *t, struct node *before)
{
	struct list *l;

	list_for_each(l, &t->log) {
		struct txn_change *ch = list_entry(l, struct txn_change, link);
		struct node *old = tree_lookup(before, ch->path);
		struct node *now = tree_lookup(store_root, ch->path);

		if (ch->kind == TXN_PUT && now && !ch->quiet)
			watch_fire(store_root, ch->path, now, old ? old->perms : NULL);
		if (ch->kind == TXN_RM && old)
			watch_fire_removed(store_root, ch->path, old);
	}
}

static int commit(struct txn *t)
{
	struct node *before, *merged;
	int r;

	if (t->stale || t->doomed || txn_conflicts(t))
		return -EAGAIN;
	if (over_quota(t))
		return -ENOSPC;
	if (list_empty(&t->log))
		return 0;
	r = merge(t, &merged);
	if (r)
		return r;
	before = store_root;
	store_root = merged;
	settle_owned(t);
	fire(t, before);
	node_put(before);
	return 0;
}

int txn_end(struct txn *t, bool do_commit)
{
	struct conn *c = t->conn;
	int r = do_commit ? commit(t) : 0;

	c->lost_race = r == -EAGAIN || (c->lost_race && !do_commit);
	txn_free(t);
	return r;
}

/* ---- in another process ---- */

struct txn *txn_restore(struct conn *c, uint32_t id, int64_t age_ms)
{
	struct txn *t = id && !txn_find(c, id) ? txn_new(c, id) : NULL;

	if (t)
		t->started_ms -= age_ms;
	return t;
}

int txn_restore_put(struct txn *t, const char *path, bool quiet, struct blob *value, struct perms *perms)
{
	int r = put(&t->root, path, value, perms);

	return r ? r : txn_changed(t, path, quiet);
}

int txn_restore_rm(struct txn *t, const char *path)
{
	int r = replay_rm(&t->root, path);

	return r ? r : txn_removed(t, path);
}

/* ---- fairness ---- */

bool txn_hold(void)
{
	return nr_hold && clock_ms() < hold_until;
}

bool txn_any(void)
{
	return nr_open != 0;
}

void txn_give_up(struct txn *t)
{
	t->stale = true;
	txn_let_go(t);
}

/* The oldest of an unprivileged client that keeps an old tree, or NULL. */
static struct txn *oldest(void)
{
	struct txn *found = NULL;
	struct list *l, *k;

	list_for_each(l, &conn_all) {
		struct conn *c = list_entry(l, struct conn, link);

		if (c->cred.privileged)
			continue;
		list_for_each(k, &c->txns) {
			struct txn *t = list_entry(k, struct txn, link);

			if (!t->stale && t->base != store_root && (!found || t->started_ms < found->started_ms))
				found = t;
		}
	}
	return found;
}

size_t txn_max_pinned = 64u << 20;

void txn_bound(void)
{
	static size_t calm;	/* nothing to do up to so many bytes */
	struct txn *t;
	size_t live;

	/* Then all bytes are the present tree's. */
	if (!txn_any())
		calm = tree_bytes + txn_max_pinned;
	if (tree_bytes <= calm)
		return;
	live = tree_size(store_root);
	/* To a half: not again in a moment. */
	if (tree_bytes > live + txn_max_pinned)
		while (tree_bytes > live + txn_max_pinned / 2 && (t = oldest()))
			txn_give_up(t);
	/* What only privileged clients hold stays, and is not measured again in each turn. */
	calm = tree_bytes > live + txn_max_pinned ? tree_bytes + txn_max_pinned / 2 : live + txn_max_pinned;
}

static void expire_conn(struct conn *c, int64_t now)
{
	struct list *l;

	list_for_each(l, &c->txns) {
		struct txn *t = list_entry(l, struct txn, link);

		if (t->stale || t->base == store_root || now - t->started_ms < quota.txn_seconds * 1000LL)
			continue;
		txn_give_up(t);
	}
}

void txn_expire(void)
{
	int64_t now = clock_ms();
	struct list *l;

	list_for_each(l, &conn_all) {
		struct conn *c = list_entry(l, struct conn, link);

		if (!c->cred.privileged)
			expire_conn(c, now);
	}
}
