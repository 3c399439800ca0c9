/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include "cpus.h"

bool cpus_has(const struct cfg_cpuset *set, unsigned int cpu)
{
	return set->bits[cpu / 64] >> (cpu % 64) & 1;
}

void cpus_format(const struct cfg_cpuset *set, unsigned int n, char *buf, size_t size)
{
	unsigned int count = 0;
	size_t len = 0;

	buf[0] = '\0';
	for (unsigned int i = 0; i < n; i++)
		count += cpus_has(set, i);
	if (count == n) {
		snprintf(buf, size, "all");
		return;
	}
	for (unsigned int i = 0; i < n && len < size; i++) {
		unsigned int last = i;

		if (!cpus_has(set, i))
			continue;
		while (last + 1 < n && cpus_has(set, last + 1))
			last++;
		len += snprintf(buf + len, size - len, last > i ? "%s%u-%u" : "%s%u", len ? "," : "", i, last);
		i = last;
	}
}

/* Those that run. */
static int get_online(struct xm *xm, struct cfg_cpuset *out)
{
	struct xen_sysctl_cputopo topo[CFG_MAX_CPUS];
	int n = xc_cputopoinfo(xm->xc, CFG_MAX_CPUS, topo);

	if (n < 0)
		return xm_fail(xm, n, "%s", xc_last_error(xm->xc));
	*out = (struct cfg_cpuset){ .bits = { 0 } };
	for (int i = 0; i < n; i++)
		if (topo[i].core != XEN_INVALID_CORE_ID)
			out->bits[i / 64] |= 1ull << (i % 64);
	return 0;
}

int cpus_check(struct xm *xm, const char *what, const struct cfg_cpuset *set)
{
	struct cfg_cpuset online, missing;
	bool some = false, all = true, lacks = false;
	char want[128], have[128];
	int rc = get_online(xm, &online);

	if (rc)
		return rc;
	for (unsigned int i = 0; i < CFG_MAX_CPUS / 64; i++) {
		missing.bits[i] = set->bits[i] & ~online.bits[i];
		some |= (set->bits[i] & online.bits[i]) != 0;
		lacks |= missing.bits[i] != 0;
		all &= !~set->bits[i];
	}
	cpus_format(&online, CFG_MAX_CPUS, have, sizeof(have));
	cpus_format(some ? &missing : set, CFG_MAX_CPUS, want, sizeof(want));
	if (!some)
		return xm_fail(xm, -EINVAL, "%s: this machine has no CPU %s; it has %s", what, want, have);
	/* "all", and all but a few, are said of any machine. */
	if (lacks && !all && !cpus_has(set, CFG_MAX_CPUS - 1))
		xm_warn(xm, "%s: this machine has no CPU %s; it has %s", what, want, have);
	return 0;
}
