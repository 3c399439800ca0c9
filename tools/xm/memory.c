/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is there enough memory? If not: how much is missing, and who has it.
 *
 * Who needs memory takes memory_lock(), gets it (memory_get, which may make the control domain give some back), claims
 * it for its domain and lets the lock go. What is claimed counts as free for nobody else.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "conf.h"
#include "guest.h"

#define NAMED	3	/* of those who have most */

static uint64_t mib(uint64_t pages)
{
	return pages >> (20 - XC_PAGE_SHIFT);
}

static int by_size(const void *a, const void *b)
{
	const struct xen_domctl_getdomaininfo *x = a, *y = b;

	return x->tot_pages < y->tot_pages ? 1 : x->tot_pages > y->tot_pages ? -1 : 0;
}

/* "Domain-0 has 512 MiB, 'demo' 128 MiB": those who could give some back, and the dead ones that still hold some. */
static void who_has_it(struct xm *xm, char *buf, size_t size)
{
	struct xen_domctl_getdomaininfo *list;
	unsigned int n, shown = 0;
	size_t len = 0;
	char name[64];

	buf[0] = '\0';
	if (xm_domain_list(xm, &list, &n))
		return;
	qsort(list, n, sizeof(*list), by_size);
	for (unsigned int i = 0; i < n && shown < NAMED && len < size; i++) {
		if (!mib(list[i].tot_pages))
			continue;
		xm_domain_name(xm, list[i].domain, name, sizeof(name));
		len += snprintf(buf + len, size - len, "%s%s (domain %u)%s has %llu MiB", shown ? ", " : "",
				*name ? name : "a guest", list[i].domain, xm_is_dying(&list[i]) ? ", dead," : "",
				(unsigned long long)mib(list[i].tot_pages));
		if (mib(list[i].outstanding_pages) && len < size)
			len += snprintf(buf + len, size - len, " and is promised %llu more",
					(unsigned long long)mib(list[i].outstanding_pages));
		shown++;
	}
	free(list);
}

int memory_look(struct xm *xm, struct memory *m)
{
	struct xen_sysctl_physinfo phys;
	int rc = xc_physinfo(xm->xc, &phys);

	if (rc)
		return xm_fail(xm, rc, "%s", xc_last_error(xm->xc));
	m->total = phys.total_pages * (XC_PAGE_SIZE / 1024);
	rc = balloon_look(xm, m);
	if (rc)
		return rc;
	/* Free memory is read last: pages that come in between must not count as missing. */
	rc = xc_physinfo(xm->xc, &phys);
	if (rc)
		return xm_fail(xm, rc, "%s", xc_last_error(xm->xc));
	m->free = (int64_t)(phys.free_pages - phys.outstanding_pages) * (XC_PAGE_SIZE / 1024);
	return 0;
}

int memory_fail(struct xm *xm, const char *who, int64_t need_kib, const struct memory *m, const char *why)
{
	char others[400];

	who_has_it(xm, others, sizeof(others));
	return xm_fail(xm, -ENOMEM,
		       "'%s': not enough memory: %lld MiB needed, %lld MiB free of %lld MiB; %s; %s; 'xm mem-set' makes "
		       "one give some back", who, (long long)(need_kib + 1023) / 1024, (long long)m->free / 1024,
		       (long long)m->total / 1024, others, why);
}

/* What stands in the way of the control domain's help. */
static int fail_for_good(struct xm *xm, const char *who, int64_t need_kib, const struct memory *m)
{
	char why[120];

	if (m->off_because)
		return memory_fail(xm, who, need_kib, m, m->off_because);
	snprintf(why, sizeof(why), "Domain-0 keeps at least %lld MiB (dom0_memory_min in " XM_CONF ")",
		 (long long)m->dom0_min / 1024);
	return memory_fail(xm, who, need_kib, m, why);
}

int memory_check(struct xm *xm, const char *who, int64_t need_kib)
{
	struct memory m;
	int rc = memory_look(xm, &m);

	if (rc || m.free + m.can_give >= need_kib)
		return rc;
	return fail_for_good(xm, who, need_kib, &m);
}

int memory_check_free(struct xm *xm, const char *who, int64_t need_kib)
{
	struct memory m;
	int rc = memory_look(xm, &m);

	if (rc || m.free >= need_kib)
		return rc;
	return memory_fail(xm, who, need_kib, &m, "Domain-0 asks for it itself");
}

int memory_get(struct xm *xm, const char *who, int64_t need_kib)
{
	struct memory m;
	int rc = memory_look(xm, &m);

	if (rc || m.free >= need_kib)
		return rc;
	if (m.free + m.can_give < need_kib)
		return fail_for_good(xm, who, need_kib, &m);
	return balloon_dom0(xm, who, need_kib, &m);
}

/* A hypervisor without claims says so, and one who has it all already needs none. */
int memory_claim(struct xm *xm, uint16_t domid, int64_t total_kib)
{
	int rc = xc_claim_pages(xm->xc, domid, 0);

	if (!rc && total_kib)
		rc = xc_claim_pages(xm->xc, domid, total_kib / (XC_PAGE_SIZE / 1024));
	return rc == -ENOMEM ? xm_fail(xm, rc, "%s", xc_last_error(xm->xc)) : 0;
}
