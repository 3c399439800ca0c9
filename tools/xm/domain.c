/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finding domains by name or number, and reading their state.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "guest.h"

void xm_domain_name(struct xm *xm, uint16_t domid, char *buf, size_t size)
{
	char *name = xm_xs_read(xm, "/local/domain/%u/name", domid);

	if (!name && !domid)
		snprintf(buf, size, "Domain-0");
	else if (!name)
		zombie_name(xm, domid, buf, size);
	else
		snprintf(buf, size, "%s", name);
	free(name);
}

int xm_domain_list(struct xm *xm, struct xen_domctl_getdomaininfo **list, unsigned int *num)
{
	struct xen_domctl_getdomaininfo *all = NULL, *p;
	unsigned int n = 0, room = 32, first = 0;
	int got;

	do {
		p = realloc(all, (n + room) * sizeof(*all));
		if (!p) {
			free(all);
			return xm_fail(xm, -ENOMEM, "out of memory");
		}
		all = p;
		got = xc_domain_getinfolist(xm->xc, first, room, all + n);
		if (got < 0) {
			free(all);
			return xm_fail(xm, got, "%s", xc_last_error(xm->xc));
		}
		n += got;
		if (got)
			first = all[n - 1].domain + 1u;
	} while ((unsigned int)got == room && first < DOMID_FIRST_RESERVED);
	*list = all;
	*num = n;
	return 0;
}

/* The domain of that name; a dying one only if there is no other. */
static int find_name(struct xm *xm, const char *name, uint16_t *domid)
{
	struct xen_domctl_getdomaininfo *list;
	const char *near, **names;
	char (*buf)[64];
	unsigned int n;
	int rc = xm_domain_list(xm, &list, &n);
	bool found = false;

	if (rc)
		return rc;
	buf = calloc(n + 1, sizeof(*buf));
	names = calloc(n + 1, sizeof(*names));
	for (unsigned int i = 0; buf && names && i < n; i++) {
		xm_domain_name(xm, list[i].domain, buf[i], sizeof(buf[i]));
		names[i] = buf[i];
		if (!strcmp(buf[i], name) && (!found || !xm_is_dying(&list[i]))) {
			*domid = list[i].domain;
			found = true;
		}
	}
	if (!found) {
		near = buf && names ? cfg_suggest(name, names, n) : NULL;
		rc = xm_fail(xm, -ESRCH, "no domain '%s'%s%s%s", name, near ? "; did you mean '" : "",
			     near ? near : "; 'xm list' shows those there are", near ? "'?" : "");
	}
	free(buf);
	free(names);
	free(list);
	return rc;
}

int xm_domain(struct xm *xm, const char *arg, uint16_t *domid)
{
	struct xen_domctl_getdomaininfo info;
	unsigned long n;
	int rc = xm_open(xm);

	if (rc)
		return rc;
	if (!*arg || strspn(arg, "0123456789") != strlen(arg))
		return find_name(xm, arg, domid);
	n = strtoul(arg, NULL, 10);
	rc = n < DOMID_FIRST_RESERVED ? xc_domain_getinfo(xm->xc, n, &info) : -ESRCH;
	if (rc == -ESRCH)
		return xm_fail(xm, rc, "no domain %s; 'xm list' shows those there are", arg);
	if (rc)
		return xm_fail(xm, rc, "%s", xc_last_error(xm->xc));
	*domid = n;
	return 0;
}

int xm_domains_exist(struct xm *xm, char **names, int n)
{
	uint16_t domid;
	int rc = 0;

	for (int i = 0; !rc && i < n; i++)
		rc = xm_domain(xm, names[i], &domid);
	return rc;
}

int xm_guest(struct xm *xm, const char *arg, uint16_t *domid)
{
	int rc = xm_domain(xm, arg, domid);

	if (!rc && !*domid)
		return xm_fail(xm, -EPERM, "this is not possible with the control domain");
	return rc;
}

unsigned int xm_nr_vcpus(const struct xen_domctl_getdomaininfo *i)
{
	return i->max_vcpu_id == XEN_INVALID_MAX_VCPU_ID ? 0 : i->max_vcpu_id + 1;
}

bool xm_is_dying(const struct xen_domctl_getdomaininfo *i)
{
	return i->flags & XEN_DOMINF_dying;
}

bool xm_is_shutdown(const struct xen_domctl_getdomaininfo *i)
{
	return i->flags & XEN_DOMINF_shutdown;
}

unsigned int xm_shutdown_reason(const struct xen_domctl_getdomaininfo *i)
{
	return (i->flags >> XEN_DOMINF_shutdownshift) & XEN_DOMINF_shutdownmask;
}

const char *xm_reason_name(unsigned int reason)
{
	static const char *const names[] = {
		"powered off",		 "rebooted", "suspended", "crashed", "was stopped by its watchdog",
		"asked for a soft reset"
	};

	return reason < sizeof(names) / sizeof(names[0]) ? names[reason] : "ended for an unknown reason";
}

void xm_format_uuid(const uint8_t u[16], char out[37])
{
	char *p = out;

	for (int i = 0; i < 16; i++)
		p += sprintf(p, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", u[i]);
}

/* ---- what a domain does ---- */

static const struct {
	uint32_t flag;
	char letter;
	const char *name;
} states[] = {
	{ XEN_DOMINF_running, 'r', "running" }, { XEN_DOMINF_blocked, 'b', "blocked" },
	{ XEN_DOMINF_paused, 'p', "paused" }, { XEN_DOMINF_shutdown, 's', "shutdown" },
	{ 0, 'c', "crashed" }, { XEN_DOMINF_dying, 'd', "dying" },
};

_Static_assert(sizeof(states) / sizeof(states[0]) == XM_NR_STATES, "one row for each state");

/* "crashed" is a shutdown of a kind, so it has no flag of its own. */
bool xm_in_state(const struct xen_domctl_getdomaininfo *i, unsigned int s)
{
	if (!states[s].flag)
		return xm_is_shutdown(i) && xm_shutdown_reason(i) == SHUTDOWN_crash;
	return i->flags & states[s].flag;
}

void xm_state_letters(const struct xen_domctl_getdomaininfo *i, char buf[XM_NR_STATES + 1])
{
	for (unsigned int s = 0; s < XM_NR_STATES; s++)
		buf[s] = xm_in_state(i, s) ? states[s].letter : '-';
	buf[XM_NR_STATES] = '\0';
}

const char *xm_state_name(unsigned int s)
{
	return states[s].name;
}
