// SPDX-License-Identifier: GPL-2.0-only
/*
 * Building the daemon from a state. The stream is checked as if it came from an enemy: whoever could write the
 * file has root already, but a mistake must end as a refusal, not as a strange store.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "domain.h"
#include "handlers.h"
#include "path.h"
#include "quota.h"
#include "ring.h"
#include "socket.h"
#include "state.h"
#include "store.h"
#include "watch.h"

#define HEAD_BYTES	(sizeof(STATE_MAGIC) - 1 + 8)
/* Of owned nodes in a transaction; more than any has. */
#define DELTA_MAX	(1 << 24)

struct reader {
	enum state_mode mode;
	struct conn *conn;	/* what WATCH, OUT and TXN belong to */
	struct txn *txn;	/* what NOTE, CHANGE and OWNED belong to */
	bool skip;		/* the connection did not survive, nor what belongs to it */
	bool moved;		/* its ring has gone on since the state was written */
	bool ended;
	uint32_t records;
	struct perms *perms;	/* of the last record: neighbours are often alike */
};

/* ---- parts of records ---- */

static int get_path(struct unpack *u, path_t path, bool special)
{
	path_t same;

	unpack_name(u, path, sizeof(path_t));
	if (u->bad || (*path != '/' && *path != '@') || path_canonical(same, path, 0, NULL) ||
	    strcmp(same, path))
		return -EINVAL;
	return path_is_special(path) && !special ? -EINVAL : 0;
}

static bool same_perms(const struct perms *p, const struct perm *e, unsigned int n)
{
	return p && p->n == n && !memcmp(p->e, e, n * sizeof(*e));
}

/* Borrowed: valid until the next call. */
static int get_perms(struct reader *r, struct unpack *u, struct perms **out)
{
	unsigned int i, n = unpack_u32(u);
	struct perm e[PERMS_MAX];

	if (!n || n > PERMS_MAX)
		return -EINVAL;
	for (i = 0; i < n; i++) {
		e[i].domid = unpack_u32(u);
		e[i].bits = unpack_u32(u);
		if (e[i].domid >= QUOTA_DOMIDS || (e[i].bits & ~(PERM_READ | PERM_WRITE)))
			return -EINVAL;
	}
	if (!same_perms(r->perms, e, n)) {
		perms_put(r->perms);
		r->perms = perms_new(e, n);
	}
	*out = r->perms;
	return *out ? 0 : -ENOMEM;
}

/* NULL for an empty one. */
static int get_value(struct unpack *u, struct blob **value)
{
	size_t n;
	const char *p = unpack_string(u, &n);

	*value = NULL;
	if (u->bad || n > XENSTORE_PAYLOAD_MAX)
		return -EINVAL;
	if (n)
		*value = blob_new(p, n);
	return n && !*value ? -ENOMEM : 0;
}

/* ---- the store ---- */

static int read_global(struct reader *r, struct unpack *u)
{
	char boot[STATE_BOOT_ID];
	unsigned int i;

	unpack_name(u, boot, sizeof(boot));
	/* state_links() has looked at these. */
	for (i = 0; i < 4; i++)
		unpack_u32(u);
	tree_skip_gens(unpack_u64(u));
	handlers_tracing = unpack_u32(u);
	return 0;
}

static int read_process(struct reader *r, struct unpack *u)
{
	/* state_links() has looked at these. */
	unpack_u32(u);
	unpack_u32(u);
	return 0;
}

static int read_quota(struct reader *r, struct unpack *u)
{
	char name[64];
	uint32_t value;

	unpack_name(u, name, sizeof(name));
	value = unpack_u32(u);
	if (u->bad || value > INT32_MAX)
		return -EINVAL;
	/* A limit that this version does not know limits nothing. */
	quota_set(name, value);
	return 0;
}

static int place_root(struct perms *perms, struct blob *value)
{
	unsigned int before = perms_owner(store_root->perms);
	int r = tree_set_perms(&store_root, "/", perms);

	if (r)
		return r;
	quota_add_nodes(before, -1);
	quota_add_nodes(perms_owner(perms), 1);
	return tree_set_value(&store_root, "/", value);
}

static int place_node(const char *path, struct perms *perms, struct blob *value)
{
	int r;

	if (!strcmp(path, "/"))
		return place_root(perms, value);
	if (!tree_lookup_len(store_root, path, path_parent_len(path)))
		return -EINVAL;
	r = tree_add(&store_root, path, value, perms);
	if (!r)
		quota_add_nodes(perms_owner(perms), 1);
	return r;
}

static int read_node(struct reader *r, struct unpack *u)
{
	struct perms *perms;
	struct blob *value;
	path_t path;
	int err = get_path(u, path, false);

	if (!err)
		err = get_perms(r, u, &perms);
	if (!err)
		err = get_value(u, &value);
	if (err)
		return err;
	err = place_node(path, perms, value);
	blob_put(value);
	return err;
}

static int read_special(struct reader *r, struct unpack *u)
{
	struct perms *perms;
	path_t name;
	int err = get_path(u, name, true);

	if (!err)
		err = get_perms(r, u, &perms);
	if (!err && !watch_special_perms(name))
		err = -EINVAL;
	if (!err)
		watch_set_special_perms(name, perms);
	return err;
}

/* ---- connections ---- */

/* The transport of a state that is only looked at. */
static const struct conn_transport nobody = { .name = "nobody" };

static int take_socket(int fd)
{
	struct stat st;

	if (fd <= STDERR_FILENO || fstat(fd, &st) || !S_ISSOCK(st.st_mode))
		return -EINVAL;
	return fcntl(fd, F_SETFD, FD_CLOEXEC) ? -EINVAL : 0;
}

static int make_socket_conn(struct reader *r, int fd)
{
	static const struct cred dom0 = { .domid = 0, .target = CRED_NO_TARGET, .privileged = true };

	r->skip = r->mode == STATE_COLD;
	if (r->skip)
		return 0;
	if (r->mode == STATE_CHECK)
		r->conn = conn_new(&nobody, NULL, &dom0);
	else if (take_socket(fd))
		return -EINVAL;
	else
		r->conn = socket_conn_new(fd, &dom0);
	return r->conn ? 0 : -ENOMEM;
}

static int make_ring_conn(struct reader *r, const struct domain_saved *s, const struct ring_indices *then)
{
	struct domain_saved saved = *s;
	struct ring_indices now;
	bool lost;

	if (s->domid >= DOMAIN_IDS || (s->target >= DOMAIN_IDS && s->target != CRED_NO_TARGET) ||
	    domain_introduced(s->domid))
		return -EINVAL;
	if (r->mode == STATE_COLD)
		saved.port = 0;
	r->conn = domain_restore(&saved, r->mode == STATE_CHECK, &lost);
	if (!r->conn)
		return -EINVAL;
	if (lost && r->mode != STATE_CHECK) {
		conn_kill(r->conn);
		r->skip = true;
	}
	ring_indices(r->conn, &now);
	r->moved = r->mode == STATE_COLD && (now.req_cons != then->req_cons || now.rsp_prod != then->rsp_prod);
	return 0;
}

static int finish_conn(struct reader *r, uint32_t flags, const char *half, size_t half_len)
{
	struct conn *c = r->conn;
	int err = 0;

	if (flags & STATE_DEAD) {
		conn_kill(c);
		r->skip = true;
		return 0;
	}
	c->overflow = flags & STATE_OVERFLOW;
	c->lost_race = flags & STATE_LOST_RACE;
	if (!r->moved)
		err = conn_restore_half(c, half, half_len);
	/* A ring was woken when it was adopted; this is for what waits in a socket. */
	if (r->mode != STATE_CHECK)
		conn_wake(c);
	return err;
}

static int read_conn(struct reader *r, struct unpack *u)
{
	struct domain_saved s = { 0 };
	struct ring_indices at;
	uint32_t flags = unpack_u32(u), last_txn;
	int fd = unpack_u32(u), err;
	uint64_t lost_events;
	const char *half;
	size_t half_len;

	s.domid = unpack_u32(u);
	s.target = unpack_u32(u);
	s.frame = unpack_u64(u);
	s.remote_port = unpack_u32(u);
	s.port = unpack_u32(u);
	s.shutdown = flags & STATE_SHUTDOWN;
	at.req_cons = unpack_u32(u);
	at.rsp_prod = unpack_u32(u);
	last_txn = unpack_u32(u);
	lost_events = unpack_u64(u);
	half = unpack_string(u, &half_len);
	if (u->bad)
		return -EINVAL;
	r->conn = NULL;
	r->txn = NULL;
	r->skip = false;
	r->moved = false;
	err = flags & STATE_RING ? make_ring_conn(r, &s, &at) : make_socket_conn(r, fd);
	if (err || r->skip)
		return err;
	r->conn->last_txn = last_txn;
	r->conn->lost_events = lost_events;
	return finish_conn(r, flags, half, half_len);
}

static int read_watch(struct reader *r, struct unpack *u)
{
	char token[XENSTORE_PAYLOAD_MAX + 1];
	path_t path;
	int err = get_path(u, path, true), depth;
	uint32_t rel;

	rel = unpack_u32(u);
	depth = unpack_u32(u);
	unpack_name(u, token, sizeof(token));
	if (err || u->bad || rel > strlen(path) || depth < WATCH_DEEP || !r->conn)
		return -EINVAL;
	err = watch_restore(r->conn, path, rel, token, depth);
	/* What was missed between the state and now, nobody will tell: let the client look. */
	if (!err && r->mode == STATE_COLD)
		watch_first(r->conn, path, rel, token);
	return err;
}

static int read_out(struct reader *r, struct unpack *u)
{
	bool event = unpack_u32(u);
	uint32_t done = unpack_u32(u);
	const char *msg;
	size_t len;

	msg = unpack_string(u, &len);
	if (u->bad || !r->conn)
		return -EINVAL;
	return r->moved ? 0 : conn_restore_out(r->conn, msg, len, done, event);
}

/* ---- transactions ---- */

static int read_txn(struct reader *r, struct unpack *u)
{
	uint32_t id = unpack_u32(u), flags = unpack_u32(u);
	uint64_t age = unpack_u64(u);

	if (u->bad || !r->conn || age > INT64_MAX / 2)
		return -EINVAL;
	r->txn = txn_restore(r->conn, id, age);
	if (!r->txn)
		return -EINVAL;
	r->txn->doomed = (flags & STATE_DOOMED) || r->moved;
	if (flags & STATE_STALE) {
		txn_give_up(r->txn);
		r->txn = NULL;
	}
	return 0;
}

static int read_note(struct reader *r, struct unpack *u)
{
	uint32_t what = unpack_u32(u);
	path_t path;

	if (get_path(u, path, false) || !r->txn || (what & ~(TXN_NODE | TXN_CHILDREN | TXN_SUBTREE)))
		return -EINVAL;
	return txn_restore_note(r->txn, path, what);
}

static int repeat_put(struct reader *r, struct unpack *u, const char *path, bool quiet)
{
	struct perms *perms;
	struct blob *value;
	int err = get_perms(r, u, &perms);

	if (!err)
		err = get_value(u, &value);
	if (err)
		return err;
	err = txn_restore_put(r->txn, path, quiet, value, perms);
	blob_put(value);
	return err;
}

static int read_change(struct reader *r, struct unpack *u)
{
	uint32_t kind = unpack_u32(u), quiet = unpack_u32(u);
	path_t path;
	int err;

	if (get_path(u, path, false) || !r->txn || kind > TXN_RM)
		return -EINVAL;
	if (kind == TXN_RM)
		err = strcmp(path, "/") ? txn_restore_rm(r->txn, path) : -EINVAL;
	else
		err = repeat_put(r, u, path, quiet);
	/* What has lost already need not fit. */
	return err == -ENOENT && r->txn->doomed ? 0 : err;
}

static int read_owned(struct reader *r, struct unpack *u)
{
	uint32_t domid = unpack_u32(u);
	int n = unpack_u32(u);

	if (u->bad || !r->txn || domid >= QUOTA_DOMIDS || n > DELTA_MAX || n < -DELTA_MAX)
		return -EINVAL;
	return txn_add_owned(r->txn, domid, n);
}

static int read_end(struct reader *r, struct unpack *u)
{
	r->ended = unpack_u32(u) == r->records;
	return r->ended ? 0 : -EINVAL;
}

/* ---- the stream ---- */

static const struct {
	const char *name;
	int (*read)(struct reader *r, struct unpack *u);
	bool of_conn;		/* left out with its connection */
} rows[STATE_TYPES] = {
	[STATE_END]	= { "end", read_end, false },
	[STATE_GLOBAL]	= { "global", read_global, false },
	[STATE_QUOTA]	= { "limit", read_quota, false },
	[STATE_NODE]	= { "node", read_node, false },
	[STATE_SPECIAL]	= { "special event", read_special, false },
	[STATE_CONN]	= { "connection", read_conn, false },
	[STATE_WATCH]	= { "watch", read_watch, true },
	[STATE_OUT]	= { "message", read_out, true },
	[STATE_TXN]	= { "transaction", read_txn, true },
	[STATE_NOTE]	= { "dependency", read_note, true },
	[STATE_CHANGE]	= { "change", read_change, true },
	[STATE_OWNED]	= { "count", read_owned, true },
	[STATE_PROCESS]	= { "process", read_process, false },
};

static int read_record(struct reader *r, uint32_t type, struct unpack *body)
{
	int err;

	r->records++;
	if (type >= STATE_TYPES)
		return type & STATE_OPTIONAL ? 0 : -ENOSYS;
	if (rows[type].of_conn && r->skip)
		return 0;
	err = rows[type].read(r, body);
	if (!err && !unpack_done(body))
		err = -EINVAL;
	return err;
}

static int open_stream(const void *data, size_t len, struct unpack *u)
{
	*u = (struct unpack){ .at = data, .end = (const char *)data + len };
	if (len < HEAD_BYTES || memcmp(data, STATE_MAGIC, sizeof(STATE_MAGIC) - 1))
		return -EINVAL;
	u->at += sizeof(STATE_MAGIC) - 1;
	if (unpack_u32(u) != STATE_VERSION || unpack_u32(u))
		return -EINVAL;
	return 0;
}

/* The record after the first, if it is there. */
static int process_links(struct unpack *u, struct state_links *links)
{
	struct unpack body;
	uint32_t type;

	links->lister = -1;
	links->confined = 0;
	if (!unpack_record(u, &type, &body) || type != STATE_PROCESS)
		return 0;
	links->lister = unpack_u32(&body);
	links->confined = unpack_u32(&body);
	return body.bad ? -EINVAL : 0;
}

int state_links(const void *data, size_t len, struct state_links *links)
{
	char boot[STATE_BOOT_ID], now[STATE_BOOT_ID];
	struct unpack u, body;
	uint32_t type;

	if (open_stream(data, len, &u) || !unpack_record(&u, &type, &body) || type != STATE_GLOBAL)
		return -EINVAL;
	unpack_name(&body, boot, sizeof(boot));
	links->handover = unpack_u32(&body);
	links->listener = unpack_u32(&body);
	links->evtchn = unpack_u32(&body);
	links->exc_port = unpack_u32(&body);
	if (body.bad || process_links(&u, links))
		return -EINVAL;
	state_boot_id(now);
	return strcmp(boot, now) ? -ESTALE : 0;
}

int state_read(const void *data, size_t len, enum state_mode mode, char why[100])
{
	struct reader r = { .mode = mode };
	struct unpack u, body;
	uint32_t type = 0;
	int err = open_stream(data, len, &u);

	snprintf(why, 100, "not a state of version %u", STATE_VERSION);
	while (!err && !r.ended && unpack_record(&u, &type, &body)) {
		err = read_record(&r, type, &body);
		if (err)
			snprintf(why, 100, "record %u (%s) is wrong: %s", r.records,
				 type < STATE_TYPES ? rows[type].name : "unknown", strerror(-err));
	}
	perms_put(r.perms);
	if (err || (r.ended && u.at == u.end))
		return err;
	snprintf(why, 100, "it ends badly after record %u", r.records);
	return -EINVAL;
}

int state_discard(void)
{
	int r;

	domain_forget_all();
	while (!list_empty(&conn_all)) {
		struct conn *c = list_entry(conn_all.next, struct conn, link);

		conn_free(c);
	}
	r = store_init();
	return r ? r : watch_init();
}
