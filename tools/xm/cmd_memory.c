/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xm mem-set, mem-max.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "conf.h"
#include "guest.h"

#define SLACK_KIB	1024		/* as at creation */

static const struct option help_only[] = {
	{ "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 },
};

/* "512", "512m", "2g", "65536k", "536870912b": KiB; a plain number is MiB. */
static int parse_size(struct xm *xm, const char *text, int64_t *kib)
{
	static const struct {
		char unit;
		int shift;
	} units[] = { { 'k', 0 }, { 'm', 10 }, { 'g', 20 }, { 't', 30 }, { '\0', 10 } };
	char *end;
	long long n;

	errno = 0;
	n = strtoll(text, &end, 10);
	if (!errno && end != text && n >= 1024 && !strcasecmp(end, "b")) {
		n >>= 10;
		end = "k";
	}
	for (size_t i = 0; !errno && end != text && i < sizeof(units) / sizeof(units[0]); i++) {
		if (tolower((unsigned char)*end) != units[i].unit || (*end && end[1]))
			continue;
		if (n <= 0 || n > (1ll << 40) >> units[i].shift)
			break;
		*kib = n << units[i].shift;
		return 0;
	}
	return xm_fail(xm, -EINVAL, "size '%s': expected a number of MiB, or one with b (at least 1024), k, m, g or t", text);
}

static int put_kib(struct xm *xm, uint16_t domid, const char *key, int64_t kib)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)kib);
	if (xm_xs_write(xm, XBT_NULL, text, "/local/domain/%u/memory/%s", domid, key))
		return 0;
	return xm_fail(xm, -errno, "domain %u cannot be told: %s", domid, strerror(errno));
}

/* What a guest is to grow by must be there, and is its own from now on. */
static int grow_guest(struct xm *xm, uint16_t domid, int64_t kib, int64_t max)
{
	struct xen_domctl_getdomaininfo info;
	int64_t have;
	char name[80];
	int rc = memory_claim(xm, domid, 0);

	if (!rc)
		rc = xc_domain_getinfo(xm->xc, domid, &info);
	/* Raise the limit before the guest asks for more. */
	if (!rc)
		rc = xc_domain_max_mem_kb(xm->xc, domid, (max ? max : kib) + SLACK_KIB);
	if (rc)
		return xm_fail(xm, rc, "%s", xc_last_error(xm->xc));
	have = info.tot_pages * (XC_PAGE_SIZE / 1024);
	if (kib <= have)
		return 0;
	xm_domain_name(xm, domid, name, sizeof(name));
	rc = memory_get(xm, *name ? name : "domain", kib - have);
	return rc ? rc : memory_claim(xm, domid, kib);
}

static int resize_dom0(struct xm *xm, int64_t kib)
{
	struct memory m;
	int rc = memory_look(xm, &m);

	if (rc)
		return rc;
	if (kib < m.dom0_min && kib < m.dom0_target)
		return xm_fail(xm, -EINVAL, "Domain-0 keeps at least %lld MiB (dom0_memory_min in " XM_CONF ")",
			       (long long)m.dom0_min / 1024);
	return kib <= m.dom0_size ? 0 : memory_check_free(xm, "Domain-0", kib - m.dom0_size);
}

static int set_target(struct xm *xm, uint16_t domid, int64_t kib)
{
	long max = xm_xs_number(xm, 0, "/local/domain/%u/memory/static-max", domid);
	int lock, rc;

	if (max && kib > max)
		return xm_fail(xm, -EINVAL, "domain %u can have %ld MiB at most (%s)", domid, max / 1024,
			       domid ? "maxmem" : "dom0_mem=max: of the hypervisor, or the machine's memory");
	xm_catch_signals();
	lock = memory_lock(xm);
	if (lock < 0)
		return lock;
	rc = domid ? grow_guest(xm, domid, kib, max) : resize_dom0(xm, kib);
	if (!rc)
		rc = put_kib(xm, domid, "target", kib);
	close(lock);
	return rc;
}

static int set_max(struct xm *xm, uint16_t domid, int64_t kib)
{
	long target = xm_xs_number(xm, 0, "/local/domain/%u/memory/target", domid);
	int rc;

	if (kib < target)
		return xm_fail(xm, -EINVAL,
			       "domain %u is set to use %ld MiB; lower that first ('xm mem-set')", domid,
			       target / 1024);
	rc = xc_domain_max_mem_kb(xm->xc, domid, kib + SLACK_KIB);
	if (rc)
		return xm_fail(xm, rc, "%s", xc_last_error(xm->xc));
	return put_kib(xm, domid, "static-max", kib);
}

/* DOMAIN SIZE: what both commands take. */
static int with_size(struct xm *xm, int argc, char **argv, int (*find)(struct xm *, const char *, uint16_t *),
		     int (*set)(struct xm *, uint16_t, int64_t))
{
	uint16_t domid = 0;
	int64_t kib = 0;
	int rc;

	while (xm_getopt(xm, argc, argv, ":h", help_only) != -1)
		;
	xm_want_args(xm, argc, 2, 2);
	rc = parse_size(xm, argv[optind + 1], &kib);
	if (!rc)
		rc = find(xm, argv[optind], &domid);
	if (!rc)
		rc = set(xm, domid, kib);
	return rc ? XM_FAILED : XM_OK;
}

static int cmd_mem_set(struct xm *xm, int argc, char **argv)
{
	return with_size(xm, argc, argv, xm_domain, set_target);
}

static int cmd_mem_max(struct xm *xm, int argc, char **argv)
{
	return with_size(xm, argc, argv, xm_guest, set_max);
}

const struct command memory_commands[] = {
	{ "mem-set", NULL, cmd_mem_set, "DOMAIN SIZE", "ask a domain to use SIZE of memory",
	  "  SIZE is in MiB, or has a b, k, m, g or t behind it. The guest's balloon driver does the work.\n"
	  "  What a guest is to get and is not free comes from Domain-0 (autoballoon in " XM_CONF ").\n"
	  "\nExample:\n  xm mem-set demo 256\n" },
	{ "mem-max", NULL, cmd_mem_max, "DOMAIN SIZE", "set the most memory a guest may reach",
	  "Example:\n  xm mem-max demo 1g\n" },
	{ .name = NULL },
};
