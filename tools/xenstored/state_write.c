// SPDX-License-Identifier: GPL-2.0-only
/* Writing the state: what everything else depends on comes first. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "domain.h"
#include "handlers.h"
#include "path.h"
#include "quota.h"
#include "ring.h"
#include "socket.h"
#include "state.h"
#include "store.h"
#include "watch.h"

struct writer {
	struct pack *p;
	uint32_t records;
	path_t path;
};

static void begin(struct writer *w, uint32_t type)
{
	pack_begin(w->p, type);
	w->records++;
}

static void put_text(struct writer *w, const char *s)
{
	pack_string(w->p, s, strlen(s));
}

static void put_perms(struct writer *w, const struct perms *perms)
{
	unsigned int i;

	pack_u32(w->p, perms->n);
	for (i = 0; i < perms->n; i++) {
		pack_u32(w->p, perms->e[i].domid);
		pack_u32(w->p, perms->e[i].bits);
	}
}

static void put_value(struct writer *w, const struct blob *value)
{
	pack_string(w->p, value ? value->data : "", value ? value->len : 0);
}

void state_boot_id(char id[STATE_BOOT_ID])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, id, STATE_BOOT_ID - 1);

	id[n > 0 ? n : 0] = '\0';
	id[strcspn(id, "\n")] = '\0';
	if (fd >= 0)
		close(fd);
}

static void put_global(struct writer *w, const struct state_links *l)
{
	char boot[STATE_BOOT_ID];

	state_boot_id(boot);
	begin(w, STATE_GLOBAL);
	put_text(w, boot);
	pack_u32(w->p, l->handover);
	pack_u32(w->p, l->listener);
	pack_u32(w->p, l->evtchn);
	pack_u32(w->p, l->exc_port);
	pack_u64(w->p, tree_last_gen());
	pack_u32(w->p, handlers_tracing);
	pack_end(w->p);
}

/*
 * Of use to nobody but who takes over this process. A version that does not know the record would not find what
 * it needs there, so it has to refuse.
 */
static void put_process(struct writer *w, const struct state_links *l)
{
	begin(w, STATE_PROCESS);
	pack_u32(w->p, l->lister);
	pack_u32(w->p, l->confined);
	pack_end(w->p);
}

static void put_quota(void *arg, const char *name, unsigned int value)
{
	struct writer *w = arg;

	begin(w, STATE_QUOTA);
	put_text(w, name);
	pack_u32(w->p, value);
	pack_end(w->p);
}

/* The node at w->path, then what is below. Parents come before children. */
static void put_node(struct writer *w, size_t len, const struct node *n)
{
	size_t base = len == 1 ? 0 : len;
	unsigned int i;

	begin(w, STATE_NODE);
	pack_string(w->p, w->path, len);
	put_perms(w, n->perms);
	put_value(w, n->value);
	pack_end(w->p);
	for (i = 0; i < n->nr_children; i++) {
		const struct node *k = n->child[i];

		w->path[base] = '/';
		memcpy(w->path + base + 1, k->name, k->name_len);
		put_node(w, base + 1 + k->name_len, k);
	}
}

static void put_special(struct writer *w, const char *name)
{
	begin(w, STATE_SPECIAL);
	put_text(w, name);
	put_perms(w, watch_special_perms(name));
	pack_end(w->p);
}

/* ---- connections ---- */

static void put_watch(void *arg, const char *path, size_t rel, const char *token, int depth)
{
	struct writer *w = arg;

	begin(w, STATE_WATCH);
	put_text(w, path);
	pack_u32(w->p, rel);
	pack_u32(w->p, depth);
	put_text(w, token);
	pack_end(w->p);
}

static void put_out(void *arg, const char *msg, unsigned int len, unsigned int done, bool event)
{
	struct writer *w = arg;

	begin(w, STATE_OUT);
	pack_u32(w->p, event);
	pack_u32(w->p, done);
	pack_string(w->p, msg, len);
	pack_end(w->p);
}

static void put_note(const struct txn_note *n, void *arg)
{
	struct writer *w = arg;

	begin(w, STATE_NOTE);
	pack_u32(w->p, n->what);
	put_text(w, n->path);
	pack_end(w->p);
}

static void put_change(struct writer *w, const struct txn *t, const struct txn_change *ch)
{
	const struct node *n = ch->kind == TXN_PUT ? tree_lookup(t->root, ch->path) : NULL;

	if (ch->kind == TXN_PUT && !n)
		return;
	begin(w, STATE_CHANGE);
	pack_u32(w->p, ch->kind);
	pack_u32(w->p, ch->quiet);
	put_text(w, ch->path);
	if (n) {
		put_perms(w, n->perms);
		put_value(w, n->value);
	}
	pack_end(w->p);
}

static void put_txn(struct writer *w, const struct txn *t)
{
	bool doomed = t->doomed || (!t->stale && txn_conflicts(t));
	struct list *l;

	begin(w, STATE_TXN);
	pack_u32(w->p, t->id);
	pack_u32(w->p, (t->stale ? STATE_STALE : 0) | (doomed ? STATE_DOOMED : 0));
	pack_u64(w->p, clock_ms() - t->started_ms);
	pack_end(w->p);
	if (t->stale)
		return;
	txn_each_note(t, put_note, w);
	list_for_each(l, &t->log)
		put_change(w, t, list_entry(l, struct txn_change, link));
	list_for_each(l, &t->deltas) {
		const struct txn_delta *d = list_entry(l, struct txn_delta, link);

		begin(w, STATE_OWNED);
		pack_u32(w->p, d->domid);
		pack_u32(w->p, d->n);
		pack_end(w->p);
	}
}

static uint32_t conn_flags(const struct conn *c)
{
	return (c->dead ? STATE_DEAD : 0) | (c->overflow ? STATE_OVERFLOW : 0) |
	       (c->lost_race ? STATE_LOST_RACE : 0);
}

static void put_half(struct writer *w, const struct conn *c)
{
	size_t head = c->have < sizeof(c->hdr) ? c->have : sizeof(c->hdr);

	pack_u32(w->p, c->have);
	pack_bytes(w->p, &c->hdr, head);
	pack_bytes(w->p, c->body, c->have - head);
}

static void put_conn_record(struct writer *w, const struct conn *c)
{
	struct domain_saved d = { .domid = c->cred.domid, .target = c->cred.target };
	struct ring_indices at = { 0 };
	int fd = socket_conn_fd(c);

	if (fd < 0) {
		domain_save(c, &d);
		ring_indices(c, &at);
	}
	begin(w, STATE_CONN);
	pack_u32(w->p, conn_flags(c) | (fd < 0 ? STATE_RING : 0) | (d.shutdown ? STATE_SHUTDOWN : 0));
	pack_u32(w->p, fd);
	pack_u32(w->p, d.domid);
	pack_u32(w->p, d.target);
	pack_u64(w->p, d.frame);
	pack_u32(w->p, d.remote_port);
	pack_u32(w->p, d.port);
	pack_u32(w->p, at.req_cons);
	pack_u32(w->p, at.rsp_prod);
	pack_u32(w->p, c->last_txn);
	pack_u64(w->p, c->lost_events);
	put_half(w, c);
	pack_end(w->p);
}

static void put_conn(struct writer *w, struct conn *c)
{
	struct list *l;

	put_conn_record(w, c);
	watch_each(c, put_watch, w);
	conn_each_out(c, put_out, w);
	list_for_each(l, &c->txns)
		put_txn(w, list_entry(l, struct txn, link));
}

int state_write(struct pack *p, const struct state_links *links)
{
	struct writer w = { .p = p, .path = "/" };
	struct list *l;

	pack_bytes(p, STATE_MAGIC, strlen(STATE_MAGIC));
	pack_u32(p, STATE_VERSION);
	pack_u32(p, 0);
	put_global(&w, links);
	if (links->handover && links->confined)
		put_process(&w, links);
	quota_each(put_quota, &w);
	put_node(&w, 1, store_root);
	put_special(&w, WATCH_INTRODUCE);
	put_special(&w, WATCH_RELEASE);
	list_for_each(l, &conn_all)
		put_conn(&w, list_entry(l, struct conn, link));
	begin(&w, STATE_END);
	pack_u32(p, w.records);
	pack_end(p);
	return pack_finish(p);
}

unsigned long state_changes(void)
{
	return tree_last_gen() + watch_changes + domain_changes;
}
