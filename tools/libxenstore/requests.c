// SPDX-License-Identifier: GPL-2.0-only
/*
 * The requests of the store protocol, one function each: arguments to payload, reply to result.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "handle.h"

#define NUM_LEN	24	/* an unsigned long in decimal */

static struct iovec piece(const void *data, size_t len)
{
	return (struct iovec){ .iov_base = (void *)data, .iov_len = len };
}

static struct iovec string(const char *s)
{
	return piece(s, strlen(s) + 1);
}

/* The caller wants to know only whether it worked. */
static bool done(void *reply)
{
	free(reply);
	return reply != NULL;
}

static unsigned int count_strings(const char *s, unsigned int len)
{
	unsigned int i, n = 0;

	for (i = 0; i < len; i++)
		n += !s[i];
	return n;
}

/* NUL-separated strings as a vector in one block. */
static char **split(const char *s, unsigned int len, unsigned int *num)
{
	unsigned int i, n = count_strings(s, len);
	char **vec = malloc(n * sizeof(*vec) + len + 1);
	char *p;

	if (!vec)
		return NULL;
	p = memcpy(vec + n, s, len);
	p[len] = '\0';
	for (i = 0; i < n; i++) {
		vec[i] = p;
		p += strlen(p) + 1;
	}
	*num = n;
	return vec;
}

struct listing {
	char *names;
	unsigned int len, room;
	char gen[NUM_LEN];
};

static bool listing_add(struct listing *l, const char *s, unsigned int n)
{
	if (n > l->room - l->len) {
		unsigned int room = 2 * l->room + n;
		char *p = realloc(l->names, room);

		if (!p)
			return false;
		l->names = p;
		l->room = room;
	}
	memcpy(l->names + l->len, s, n);
	l->len += n;
	return true;
}

/* Takes one part. 1: that was the last, 0: more to come, 2: the directory changed, start again, -1: errno. */
static int listing_part(struct listing *l, const char *part, unsigned int n)
{
	unsigned int glen = strnlen(part, n) + 1;
	bool last;

	if (glen > n || glen > sizeof(l->gen)) {
		errno = EIO;
		return -1;
	}
	if (!l->len)
		memcpy(l->gen, part, glen);
	else if (strcmp(l->gen, part))
		return 2;
	part += glen;
	n -= glen;
	/* The end is an empty name, which may follow the last name or stand alone. */
	last = n && !part[n - 1] && (n == 1 || !part[n - 2]);
	if (!listing_add(l, part, n - last))
		return -1;
	return last;
}

/* A directory whose names do not fit one reply. */
static char **directory_in_parts(struct xs_handle *xsh, xs_transaction_t t, const char *path,
				 unsigned int *num)
{
	struct listing l = { 0 };
	char offset[NUM_LEN], **vec = NULL;
	unsigned int len;
	int r = 0;

	while (r == 0 || r == 2) {
		struct iovec iov[2];
		char *part;

		snprintf(offset, sizeof(offset), "%u", l.len);
		iov[0] = string(path);
		iov[1] = string(offset);
		part = xsh_talk(xsh, XS_DIRECTORY_PART, t, iov, 2, &len);
		r = part ? listing_part(&l, part, len) : -1;
		free(part);
		if (r == 2)
			l.len = 0;
	}
	if (r == 1)
		vec = split(l.names ? l.names : "", l.len, num);
	free(l.names);
	return vec;
}

char **xs_directory(struct xs_handle *xsh, xs_transaction_t t, const char *path, unsigned int *num)
{
	unsigned int len;
	char *names = xsh_talk_str(xsh, XS_DIRECTORY, t, path, &len);
	char **vec;

	if (!names)
		return errno == E2BIG ? directory_in_parts(xsh, t, path, num) : NULL;
	vec = split(names, len, num);
	free(names);
	return vec;
}

void *xs_read(struct xs_handle *xsh, xs_transaction_t t, const char *path, unsigned int *len)
{
	return xsh_talk_str(xsh, XS_READ, t, path, len);
}

bool xs_write(struct xs_handle *xsh, xs_transaction_t t, const char *path, const void *data, unsigned int len)
{
	struct iovec iov[2] = { string(path), piece(data, len) };

	return done(xsh_talk(xsh, XS_WRITE, t, iov, 2, NULL));
}

bool xs_mkdir(struct xs_handle *xsh, xs_transaction_t t, const char *path)
{
	return done(xsh_talk_str(xsh, XS_MKDIR, t, path, NULL));
}

bool xs_rm(struct xs_handle *xsh, xs_transaction_t t, const char *path)
{
	return done(xsh_talk_str(xsh, XS_RM, t, path, NULL));
}

struct xs_permissions *xs_get_permissions(struct xs_handle *xsh, xs_transaction_t t, const char *path,
					  unsigned int *num)
{
	struct xs_permissions *perms = NULL;
	unsigned int len, n;
	char *s = xsh_talk_str(xsh, XS_GET_PERMS, t, path, &len);

	if (!s)
		return NULL;
	n = count_strings(s, len);
	perms = malloc((n + 1) * sizeof(*perms));
	if (perms && !xs_strings_to_perms(perms, n, s)) {
		free(perms);
		perms = NULL;
		errno = EIO;
	}
	free(s);
	if (perms)
		*num = n;
	return perms;
}

bool xs_set_permissions(struct xs_handle *xsh, xs_transaction_t t, const char *path,
			struct xs_permissions *perms, unsigned int num_perms)
{
	char text[XENSTORE_PAYLOAD_MAX];
	unsigned int i, at = 0;
	struct iovec iov[2];

	for (i = 0; i < num_perms; i++) {
		if (!xs_perm_to_string(&perms[i], text + at, sizeof(text) - at)) {
			errno = EINVAL;
			return false;
		}
		at += strlen(text + at) + 1;
	}
	iov[0] = string(path);
	iov[1] = piece(text, at);
	return done(xsh_talk(xsh, XS_SET_PERMS, t, iov, 2, NULL));
}

bool xs_watch(struct xs_handle *xsh, const char *path, const char *token)
{
	struct iovec iov[2] = { string(path), string(token) };

	return done(xsh_talk(xsh, XS_WATCH, XBT_NULL, iov, 2, NULL));
}

bool xs_unwatch(struct xs_handle *xsh, const char *path, const char *token)
{
	struct iovec iov[2] = { string(path), string(token) };
	bool ok = done(xsh_talk(xsh, XS_UNWATCH, XBT_NULL, iov, 2, NULL));

	if (ok && (xsh_flags(xsh) & XS_UNWATCH_FILTER))
		xsh_forget_events(xsh, path, token);
	return ok;
}

xs_transaction_t xs_transaction_start(struct xs_handle *xsh)
{
	char *id = xsh_talk_str(xsh, XS_TRANSACTION_START, XBT_NULL, "", NULL);
	xs_transaction_t t;

	if (!id)
		return XBT_NULL;
	t = strtoul(id, NULL, 10);
	free(id);
	return t;
}

bool xs_transaction_end(struct xs_handle *xsh, xs_transaction_t t, bool abort)
{
	return done(xsh_talk_str(xsh, XS_TRANSACTION_END, t, abort ? "F" : "T", NULL));
}

bool xs_introduce_domain(struct xs_handle *xsh, unsigned int domid, unsigned long mfn, unsigned int eventchn)
{
	char dom[NUM_LEN], frame[NUM_LEN], port[NUM_LEN];
	struct iovec iov[3];

	snprintf(dom, sizeof(dom), "%u", domid);
	snprintf(frame, sizeof(frame), "%lu", mfn);
	snprintf(port, sizeof(port), "%u", eventchn);
	iov[0] = string(dom);
	iov[1] = string(frame);
	iov[2] = string(port);
	return done(xsh_talk(xsh, XS_INTRODUCE, XBT_NULL, iov, 3, NULL));
}

bool xs_set_target(struct xs_handle *xsh, unsigned int domid, unsigned int target)
{
	char dom[NUM_LEN], tgt[NUM_LEN];
	struct iovec iov[2];

	snprintf(dom, sizeof(dom), "%u", domid);
	snprintf(tgt, sizeof(tgt), "%u", target);
	iov[0] = string(dom);
	iov[1] = string(tgt);
	return done(xsh_talk(xsh, XS_SET_TARGET, XBT_NULL, iov, 2, NULL));
}

static void *talk_domid(struct xs_handle *xsh, enum xsd_sockmsg_type type, unsigned int domid)
{
	char dom[NUM_LEN];

	snprintf(dom, sizeof(dom), "%u", domid);
	return xsh_talk_str(xsh, type, XBT_NULL, dom, NULL);
}

bool xs_resume_domain(struct xs_handle *xsh, unsigned int domid)
{
	return done(talk_domid(xsh, XS_RESUME, domid));
}

bool xs_release_domain(struct xs_handle *xsh, unsigned int domid)
{
	return done(talk_domid(xsh, XS_RELEASE, domid));
}

bool xs_is_domain_introduced(struct xs_handle *xsh, unsigned int domid)
{
	char *answer = talk_domid(xsh, XS_IS_DOMAIN_INTRODUCED, domid);
	bool yes = answer && !strcmp(answer, "T");

	free(answer);
	return yes;
}

char *xs_get_domain_path(struct xs_handle *xsh, unsigned int domid)
{
	return talk_domid(xsh, XS_GET_DOMAIN_PATH, domid);
}

char *xs_control_command(struct xs_handle *xsh, const char *cmd, void *data, unsigned int len)
{
	struct iovec iov[2] = { string(cmd), piece(data, len) };

	return xsh_talk(xsh, XS_CONTROL, XBT_NULL, iov, 2, NULL);
}

char *xs_debug_command(struct xs_handle *xsh, const char *cmd, void *data, unsigned int len)
{
	return xs_control_command(xsh, cmd, data, len);
}
