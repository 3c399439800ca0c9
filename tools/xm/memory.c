/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is there enough memory? If not: how much is missing, and who has it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
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
		shown++;
	}
	free(list);
}

int memory_check(struct xm *xm, const char *who, uint64_t need_kib)
{
	struct xen_sysctl_physinfo phys;
	uint64_t free_kib;
	char others[400];
	int rc = xc_physinfo(xm->xc, &phys);

	if (rc)
		return xm_fail(xm, rc, "%s", xc_last_error(xm->xc));
	free_kib = (phys.free_pages - phys.outstanding_pages) * (XC_PAGE_SIZE / 1024);
	if (free_kib >= need_kib)
		return 0;
	who_has_it(xm, others, sizeof(others));
	return xm_fail(xm, -ENOMEM,
		       "'%s': not enough memory: %llu MiB needed, %llu MiB free of %llu MiB; %s; 'xm mem-set' makes one give "
		       "some back", who, (unsigned long long)(need_kib + 1023) / 1024,
		       (unsigned long long)free_kib / 1024, (unsigned long long)mib(phys.total_pages), others);
}
