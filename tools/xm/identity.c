/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who a guest is: no two that live have the same name or the same uuid.
 *
 * A name is taken while a domain has it in the store, which outlasts the domain until all that belonged to it is gone,
 * and while a monitor keeps it from one life to the next (name_keep).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "guest.h"

#define NAME_WAIT_MS	30000		/* for the same name's former life to go */
#define NAME_TELL_MS	1000		/* then the person is told */

/* Why a name is not free. */
struct bearer {
	uint16_t domid;		/* who has it */
	bool next;		/* nobody: it is kept for a next life */
};

/* 0: free, -EEXIST: a live domain has it, -EAGAIN: that may change in a moment. */
static int name_state(struct xm *xm, const struct identity *who, struct bearer *b)
{
	struct xen_domctl_getdomaininfo info;
	unsigned int n;
	char **doms = xm_xs_list(xm, &n, "/local/domain"), other[64];
	int rc = 0;

	for (unsigned int i = 0; !rc && i < n; i++) {
		uint16_t id = strtoul(doms[i], NULL, 10);

		xm_domain_name(xm, id, other, sizeof(other));
		if (strcmp(other, who->name))
			continue;
		b->domid = id;
		rc = xc_domain_getinfo(xm->xc, id, &info);
		if (rc == -ESRCH || (!rc && xm_is_dying(&info)))
			rc = guest_is_locked(id) ? -EAGAIN : 0;
		else if (rc)
			xm_fail(xm, rc, "%s", xc_last_error(xm->xc));
		else
			/* Without a monitor nobody will clean up: it is preserved. */
			rc = xm_is_shutdown(&info) && guest_is_locked(id) ? -EAGAIN : -EEXIST;
	}
	free(doms);
	/* Last: who keeps it lets go only when a domain has it again. */
	b->next = !rc && !who->again && name_is_kept(who->name);
	return b->next ? -EAGAIN : rc;
}

static int tell_taken(struct xm *xm, const char *name, const struct bearer *b)
{
	struct xen_domctl_getdomaininfo info;
	uint16_t id = b->domid;

	if (b->next)
		return xm_fail(xm, -EEXIST, "guest '%s' is being started again, which has not ended after %d s; see " XM_LOG_DIR,
			       name, NAME_WAIT_MS / 1000);
	if (xc_domain_getinfo(xm->xc, id, &info) || xm_is_dying(&info) ||
	    (xm_is_shutdown(&info) && guest_is_locked(id)))
		return xm_fail(xm, -EEXIST,
			       "guest '%s': its former life, domain %u, is still being cleaned up after %d s; see " XM_LOG_DIR,
			       name, id, NAME_WAIT_MS / 1000);
	if (xm_is_shutdown(&info))
		return xm_fail(xm, -EEXIST,
			       "guest '%s' is preserved as domain %u (it %s); 'xm destroy %u' frees the name",
			       name, id, xm_reason_name(xm_shutdown_reason(&info)), id);
	return xm_fail(xm, -EEXIST, "guest '%s' exists already as domain %u; 'xm destroy %u' would end it", name, id, id);
}

static void tell_wait(struct xm *xm, const char *name, const struct bearer *b)
{
	if (b->next)
		xm_fail(xm, 0, "guest '%s': waiting for its next life: it is being started again", name);
	else
		xm_fail(xm, 0, "guest '%s': waiting for its former life, domain %u, to be cleaned up", name, b->domid);
}

static int check_uuid(struct xm *xm, const char *name, const uint8_t uuid[16])
{
	struct xen_domctl_getdomaininfo *list;
	char text[37], other[64];
	unsigned int n;
	int rc = xm_domain_list(xm, &list, &n);

	if (rc)
		return rc;
	xm_format_uuid(uuid, text);
	for (unsigned int i = 0; !rc && i < n; i++) {
		if (xm_is_dying(&list[i]) || memcmp(list[i].handle, uuid, 16))
			continue;
		xm_domain_name(xm, list[i].domain, other, sizeof(other));
		rc = xm_fail(xm, -EEXIST, "guest '%s': '%s' (domain %u) has its uuid %s; give it another, or none", name, other,
			     list[i].domain, text);
	}
	free(list);
	return rc;
}

/* 0: free; -EAGAIN: not yet; other errors are said. */
static int look(struct xm *xm, const struct identity *who, struct bearer *b)
{
	int rc = name_state(xm, who, b);

	if (rc == -EEXIST)
		return tell_taken(xm, who->name, b);
	return rc || !who->uuid ? rc : check_uuid(xm, who->name, who->uuid);
}

struct wait {
	int64_t start;
	bool told[2];		/* of the former life, of the next */
};

/* Until it is free; the lock of names is not held, as who is waited for may need it. */
static int wait_free(struct xm *xm, const struct identity *who, struct wait *w)
{
	struct bearer b;
	int rc;

	while ((rc = look(xm, who, &b)) == -EAGAIN) {
		int64_t waited = xm_now_ms() - w->start;

		if (waited >= NAME_WAIT_MS)
			return tell_taken(xm, who->name, &b);
		if (!w->told[b.next] && waited >= NAME_TELL_MS) {
			tell_wait(xm, who->name, &b);
			w->told[b.next] = true;
		}
		xm_nap(w->start);
		if (xm_interrupted(xm))
			return -EINTR;
	}
	return rc;
}

int identity_check(struct xm *xm, const struct identity *who)
{
	struct wait w = { .start = xm_now_ms() };

	return wait_free(xm, who, &w);
}

int identity_take(struct xm *xm, const struct identity *who, int (*take)(struct xm *xm, void *arg), void *arg)
{
	struct wait w = { .start = xm_now_ms() };
	struct bearer b;
	int rc;

	do {
		int names = names_lock(xm);

		if (names < 0)
			return names;
		rc = look(xm, who, &b);
		if (rc != -EAGAIN) {
			rc = rc ? rc : take(xm, arg);
			close(names);
			return rc;
		}
		close(names);
		rc = wait_free(xm, who, &w);
	} while (!rc);
	return rc;
}
