// SPDX-License-Identifier: GPL-2.0-only
/*
 * The requests of the protocol. Each handler takes apart the payload, asks the store, and queues one reply;
 * it returns 0 or a negative errno, which handlers_run() turns into an error reply.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "domain.h"
#include "handlers.h"
#include "log.h"
#include "path.h"
#include "plain.h"
#include "quota.h"
#include "store.h"
#include "watch.h"

#define PRIVILEGED	1u	/* toolstack only */
#define IN_TXN		2u	/* the transaction id means something */

bool handlers_tracing;

struct request {
	struct conn *c;
	struct access a;
	const char *body;
	unsigned int len;
};

struct handler {
	const char *name;
	int (*run)(struct request *rq);
	unsigned int flags;
};

/* ---- payloads ---- */

/* The payload as exactly one string. NULL: it is not. */
static const char *one_string(const struct request *rq)
{
	return rq->len && strlen(rq->body) + 1 == rq->len ? rq->body : NULL;
}

/*
 * The first @want strings; *rest (may be NULL) becomes what follows them. Returns how many there are (at
 * most @want).
 */
static unsigned int strings(const struct request *rq, const char **vec, unsigned int want, unsigned int *rest)
{
	unsigned int n, at = 0;

	for (n = 0; n < want; n++) {
		const char *nul = memchr(rq->body + at, '\0', rq->len - at);

		if (!nul)
			break;
		vec[n] = rq->body + at;
		at = nul + 1 - rq->body;
	}
	if (rest)
		*rest = at;
	return n;
}

static int parse_number(const char *s, unsigned long max, unsigned long *out)
{
	char *end;

	if (*s < '0' || *s > '9')
		return -EINVAL;
	errno = 0;
	*out = strtoul(s, &end, 10);
	return errno || *end || *out > max ? -EINVAL : 0;
}

static int parse_domid(const char *s, unsigned int *domid)
{
	unsigned long v;
	int r = parse_number(s, 0x7fef, &v);

	if (!r)
		*domid = v;
	return r;
}

/* The name of an ordinary node. */
static int node_path(const struct request *rq, const char *name, path_t path)
{
	int r = name ? path_canonical(path, name, rq->c->cred.domid, NULL) : -EINVAL;

	if (!r && path_is_special(path))
		r = -EINVAL;
	if (!r && !rq->c->cred.privileged && strlen(path) > quota.path_max)
		r = -EINVAL;
	return r;
}

static int reply(struct request *rq, const void *data, unsigned int len)
{
	return conn_reply(rq->c, &rq->c->hdr, rq->c->hdr.type, data, len);
}

static int reply_string(struct request *rq, const char *s)
{
	return reply(rq, s, strlen(s) + 1);
}

static int reply_ok(struct request *rq, int r)
{
	return r ? r : reply_string(rq, "OK");
}

/* ---- looking ---- */

static int get_node(struct request *rq, const char *name, unsigned int what, struct node **n)
{
	path_t path;
	int r = node_path(rq, name, path);

	return r ? r : store_get(&rq->a, path, PERM_READ, what, n);
}

static int do_read(struct request *rq)
{
	struct node *n;
	int r = get_node(rq, one_string(rq), 0, &n);

	if (r)
		return r;
	if (!n->value)
		return reply(rq, NULL, 0);
	return n->value->len > XENSTORE_PAYLOAD_MAX ? -E2BIG : reply(rq, n->value->data, n->value->len);
}

/*
 * Appends whole names of children to @buf, leaving out the first @skip bytes of the list. True: the list's
 * end is reached.
 */
static bool put_names(const struct node *n, unsigned long skip, char *buf, unsigned int size,
		      unsigned int *len)
{
	unsigned long pos = 0;
	unsigned int i;

	for (i = 0; i < n->nr_children; i++) {
		const struct node *k = n->child[i];
		unsigned int bytes = k->name_len + 1;

		if (pos >= skip) {
			if (*len + bytes > size)
				return false;
			memcpy(buf + *len, k->name, bytes);
			*len += bytes;
		}
		pos += bytes;
	}
	return true;
}

static int do_directory(struct request *rq)
{
	char names[XENSTORE_PAYLOAD_MAX];
	unsigned int len = 0;
	struct node *n;
	int r = get_node(rq, one_string(rq), TXN_CHILDREN, &n);

	if (r)
		return r;
	return put_names(n, 0, names, sizeof(names), &len) ? reply(rq, names, len) : -E2BIG;
}

static int do_directory_part(struct request *rq)
{
	char part[XENSTORE_PAYLOAD_MAX];
	const char *arg[2];
	unsigned long skip;
	unsigned int len;
	struct node *n;
	int r;

	if (strings(rq, arg, 2, NULL) != 2 || parse_number(arg[1], 1ul << 31, &skip))
		return -EINVAL;
	r = get_node(rq, arg[0], TXN_CHILDREN, &n);
	if (r)
		return r;
	len = snprintf(part, sizeof(part), "%llu", (unsigned long long)n->cgen) + 1;
	/* Room is kept for the empty name that marks the end. */
	if (put_names(n, skip, part, sizeof(part) - 1, &len))
		part[len++] = '\0';
	return reply(rq, part, len);
}

static int do_get_perms(struct request *rq)
{
	const char *name = one_string(rq);
	struct perms *perms = name ? watch_special_perms(name) : NULL;
	char text[XENSTORE_PAYLOAD_MAX];
	struct node *n;
	int r = 0;

	if (perms && !(perms_of(&rq->c->cred, perms) & PERM_READ))
		return -EACCES;
	if (!perms) {
		r = get_node(rq, name, 0, &n);
		if (r)
			return r;
		perms = n->perms;
	}
	r = perms_format(perms, text, sizeof(text));
	return r < 0 ? r : reply(rq, text, r);
}

/* ---- changing ---- */

static int do_write(struct request *rq)
{
	const char *name;
	unsigned int at;
	path_t path;
	int r;

	if (strings(rq, &name, 1, &at) != 1)
		return -EINVAL;
	r = node_path(rq, name, path);
	return reply_ok(rq, r ? r : store_write(&rq->a, path, rq->body + at, rq->len - at));
}

static int do_mkdir(struct request *rq)
{
	path_t path;
	int r = node_path(rq, one_string(rq), path);

	return reply_ok(rq, r ? r : store_mkdir(&rq->a, path));
}

static int do_rm(struct request *rq)
{
	path_t path;
	int r = node_path(rq, one_string(rq), path);

	return reply_ok(rq, r ? r : store_rm(&rq->a, path));
}

static int set_special_perms(struct request *rq, const char *name, struct perms *perms)
{
	if (!rq->c->cred.privileged)
		return -EACCES;
	watch_set_special_perms(name, perms);
	return 0;
}

static int do_set_perms(struct request *rq)
{
	struct perms *perms;
	unsigned int at, max = rq->c->cred.privileged ? PERMS_MAX : quota.perms;
	const char *name;
	path_t path;
	int r;

	if (strings(rq, &name, 1, &at) != 1)
		return -EINVAL;
	r = perms_parse(rq->body + at, rq->len - at, max, &perms);
	/* The protocol's word for "over quota". */
	if (r)
		return r == -E2BIG ? -ENOSPC : r;
	if (watch_special_perms(name)) {
		r = set_special_perms(rq, name, perms);
	} else {
		r = node_path(rq, name, path);
		if (!r)
			r = store_set_perms(&rq->a, path, perms);
	}
	perms_put(perms);
	return reply_ok(rq, r);
}

/* ---- watches ---- */

static int parse_depth(const char *s, int *depth)
{
	unsigned long v;
	int r;

	*depth = WATCH_DEEP;
	if (!s || !*s)
		return 0;
	r = parse_number(s, XENSTORE_ABS_PATH_MAX, &v);
	if (!r)
		*depth = v;
	return r;
}

static int do_watch(struct request *rq)
{
	const char *arg[3] = { NULL };
	path_t path;
	size_t rel;
	int depth, r;

	if (strings(rq, arg, 3, NULL) < 2 || parse_depth(arg[2], &depth))
		return -EINVAL;
	r = path_canonical(path, arg[0], rq->c->cred.domid, &rel);
	if (!r)
		r = watch_add(rq->c, path, rel, arg[1], depth);
	r = reply_ok(rq, r);
	/*
	 * An event at once: a client that starts late, or starts again, needs no code of its own for what is
	 * there already.
	 */
	if (!r)
		watch_first(rq->c, path, rel, arg[1]);
	return r;
}

static int do_unwatch(struct request *rq)
{
	const char *arg[2];
	path_t path;
	int r;

	if (strings(rq, arg, 2, NULL) != 2)
		return -EINVAL;
	r = path_canonical(path, arg[0], rq->c->cred.domid, NULL);
	return reply_ok(rq, r ? r : watch_del(rq->c, path, arg[1]));
}

static int do_reset_watches(struct request *rq)
{
	watch_del_all(rq->c);
	txn_drop_all(rq->c);
	return reply_ok(rq, 0);
}

/* ---- transactions ---- */

static int do_transaction_start(struct request *rq)
{
	char text[16];
	uint32_t id;
	int r;

	if (rq->a.txn)
		return -EBUSY;
	r = txn_start(rq->c, &id);
	if (r)
		return r;
	snprintf(text, sizeof(text), "%u", id);
	return reply_string(rq, text);
}

static int do_transaction_end(struct request *rq)
{
	const char *how = one_string(rq);

	if (!how || (strcmp(how, "T") && strcmp(how, "F")))
		return -EINVAL;
	if (!rq->a.txn)
		return -ENOENT;
	return reply_ok(rq, txn_end(rq->a.txn, how[0] == 'T'));
}

/* ---- domains ---- */

static int domid_arg(const struct request *rq, unsigned int *domid)
{
	const char *s = one_string(rq);

	return s ? parse_domid(s, domid) : -EINVAL;
}

static int do_introduce(struct request *rq)
{
	unsigned long frame, port;
	unsigned int domid;
	const char *arg[3];

	if (strings(rq, arg, 3, NULL) != 3 || parse_domid(arg[0], &domid) ||
	    parse_number(arg[1], ~0ul, &frame) || parse_number(arg[2], UINT32_MAX, &port))
		return -EINVAL;
	return reply_ok(rq, domain_introduce(domid, frame, port));
}

static int do_release(struct request *rq)
{
	unsigned int domid;
	int r = domid_arg(rq, &domid);

	return reply_ok(rq, r ? r : domain_release(domid));
}

static int do_resume(struct request *rq)
{
	unsigned int domid;
	int r = domid_arg(rq, &domid);

	return reply_ok(rq, r ? r : domain_resume(domid));
}

static int do_set_target(struct request *rq)
{
	unsigned int domid, target;
	const char *arg[2];

	if (strings(rq, arg, 2, NULL) != 2 || parse_domid(arg[0], &domid) || parse_domid(arg[1], &target))
		return -EINVAL;
	return reply_ok(rq, domain_set_target(domid, target));
}

static int do_is_domain_introduced(struct request *rq)
{
	unsigned int domid;
	int r = domid_arg(rq, &domid);

	return r ? r : reply_string(rq, domain_introduced(domid) ? "T" : "F");
}

static int do_get_domain_path(struct request *rq)
{
	char home[PATH_HOME_MAX];
	unsigned int domid;
	int r = domid_arg(rq, &domid);

	if (r)
		return r;
	path_home(home, domid);
	return reply_string(rq, home);
}

static int do_control(struct request *rq)
{
	char text[CONTROL_TEXT];
	const char *arg[16];
	unsigned int n = strings(rq, arg, 16, NULL);
	int r;

	if (!n)
		return -EINVAL;
	r = control_run(n, arg[0], text);
	return r ? r : reply_string(rq, text);
}

static const struct handler handlers[XS_TYPE_COUNT] = {
	[XS_CONTROL]		  = { "control", do_control, PRIVILEGED },
	[XS_DIRECTORY]		  = { "directory", do_directory, IN_TXN },
	[XS_READ]		  = { "read", do_read, IN_TXN },
	[XS_GET_PERMS]		  = { "get-perms", do_get_perms, IN_TXN },
	[XS_WATCH]		  = { "watch", do_watch, 0 },
	[XS_UNWATCH]		  = { "unwatch", do_unwatch, 0 },
	[XS_TRANSACTION_START]	  = { "transaction-start", do_transaction_start, IN_TXN },
	[XS_TRANSACTION_END]	  = { "transaction-end", do_transaction_end, IN_TXN },
	[XS_INTRODUCE]		  = { "introduce", do_introduce, PRIVILEGED },
	[XS_RELEASE]		  = { "release", do_release, PRIVILEGED },
	[XS_GET_DOMAIN_PATH]	  = { "get-domain-path", do_get_domain_path, 0 },
	[XS_WRITE]		  = { "write", do_write, IN_TXN },
	[XS_MKDIR]		  = { "mkdir", do_mkdir, IN_TXN },
	[XS_RM]			  = { "rm", do_rm, IN_TXN },
	[XS_SET_PERMS]		  = { "set-perms", do_set_perms, IN_TXN },
	[XS_IS_DOMAIN_INTRODUCED] = { "is-domain-introduced", do_is_domain_introduced, 0 },
	[XS_RESUME]		  = { "resume", do_resume, PRIVILEGED },
	[XS_SET_TARGET]		  = { "set-target", do_set_target, PRIVILEGED },
	[XS_RESET_WATCHES]	  = { "reset-watches", do_reset_watches, 0 },
	[XS_DIRECTORY_PART]	  = { "directory-part", do_directory_part, IN_TXN },
};

static const char *error_name(int err)
{
	unsigned int i;

	for (i = 0; i < sizeof(xsd_errors) / sizeof(xsd_errors[0]); i++)
		if (xsd_errors[i].errnum == err)
			return xsd_errors[i].errstring;
	return "EINVAL";
}

static int dispatch(struct request *rq, const struct handler *h)
{
	struct conn *c = rq->c;
	int r;

	if ((h->flags & PRIVILEGED) && !c->cred.privileged)
		return -EACCES;
	if ((h->flags & IN_TXN) && c->hdr.tx_id) {
		rq->a.txn = txn_find(c, c->hdr.tx_id);
		if (!rq->a.txn)
			return -ENOENT;
	}
	r = h->run(rq);
	/*
	 * A change that was cut short must not become real. (A transaction that is at its end is gone by
	 * now.)
	 */
	if (r == -ENOMEM && rq->a.txn && h->run != do_transaction_end)
		txn_give_up(rq->a.txn);
	return r;
}

static void trace(const struct conn *c, const struct handler *h, int r)
{
	char shown[201];
	size_t n = strnlen(c->body, c->hdr.len < 200 ? c->hdr.len : 200);

	memcpy(shown, c->body, n);
	shown[n] = '\0';
	plain_line(shown, n);
	log_line("%s %u: %s tx %u \"%s\" -> %d", c->ops->name, c->cred.domid, h ? h->name : "?",
		 c->hdr.tx_id, shown, r);
}

void handlers_run(struct conn *c)
{
	struct request rq = { .c = c, .a = { .cred = &c->cred }, .body = c->body, .len = c->hdr.len };
	const struct handler *h = c->hdr.type < XS_TYPE_COUNT ? &handlers[c->hdr.type] : NULL;
	const char *name;
	int r;

	if (h && !h->run)
		h = NULL;
	r = h ? dispatch(&rq, h) : -ENOSYS;
	if (handlers_tracing)
		trace(c, h, r);
	if (!r)
		return;
	name = error_name(-r);
	/* Without a reply the client would wait for ever. */
	if (conn_reply(c, &c->hdr, XS_ERROR, name, strlen(name) + 1))
		c->overflow = true;
}
