/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who a guest is: no two that live have the same name or the same uuid.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "guest.h"

#define NAME_WAIT_MS	30000		/* for the same name's former life to go */
#define NAME_TELL_MS	1000		/* then the person is told */

/*
 * 0: free, -EEXIST: a live domain has it, -EAGAIN: one has it that is about to go. Names stay in the store until all
 * that belonged to a domain is gone, the domain itself before that.
 */
static int name_state(struct xm *xm, const char *name, uint16_t *who)
{
	struct xen_domctl_getdomaininfo info;
	unsigned int n;
	char **doms = xm_xs_list(xm, &n, "/local/domain"), other[64];
	int rc = 0;

	for (unsigned int i = 0; !rc && i < n; i++) {
		uint16_t id = strtoul(doms[i], NULL, 10);

		xm_domain_name(xm, id, other, sizeof(other));
		if (strcmp(other, name))
			continue;
		*who = id;
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
	return rc;
}

static int tell_name_taken(struct xm *xm, const char *name, uint16_t who)
{
	struct xen_domctl_getdomaininfo info;

	if (xc_domain_getinfo(xm->xc, who, &info) || xm_is_dying(&info))
		return xm_fail(xm, -EEXIST,
			       "guest '%s': its former life, domain %u, is still being cleaned up after %d s; see " XM_LOG_DIR,
			       name, who, NAME_WAIT_MS / 1000);
	if (xm_is_shutdown(&info))
		return xm_fail(xm, -EEXIST,
			       "guest '%s' is preserved as domain %u (it %s); 'xm destroy %u' frees the name",
			       name, who, xm_reason_name(xm_shutdown_reason(&info)), who);
	return xm_fail(xm, -EEXIST, "guest '%s' exists already as domain %u; 'xm destroy %u' would end it", name, who,
		       who);
}

/* A guest that has just powered off is cleaned up by its monitor in a moment: wait for that. */
static int check_name(struct xm *xm, const char *name)
{
	int64_t start = xm_now_ms();
	bool told = false;
	uint16_t who = 0;
	int rc;

	while ((rc = name_state(xm, name, &who)) == -EAGAIN && xm_now_ms() < start + NAME_WAIT_MS) {
		if (!told && xm_now_ms() > start + NAME_TELL_MS) {
			xm_fail(xm, 0, "guest '%s': waiting for its former life, domain %u, to be cleaned up", name, who);
			told = true;
		}
		xm_sleep_ms(50);
		if (xm_interrupted(xm))
			return -EINTR;
	}
	return rc == -EAGAIN || rc == -EEXIST ? tell_name_taken(xm, name, who) : rc;
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

int identity_check(struct xm *xm, const char *name, const uint8_t *uuid)
{
	int rc = check_name(xm, name);

	return rc || !uuid ? rc : check_uuid(xm, name, uuid);
}
