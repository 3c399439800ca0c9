/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xm vcpu-list, vcpu-pin, vcpu-set.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>
#include "cpus.h"

static const struct option help_json[] = {
	{ "help", no_argument, NULL, 'h' }, { "json", no_argument, NULL, 'j' }, { NULL, 0, NULL, 0 },
};

/* Accepted, without a meaning here: for scripts written for other tools. */
static const struct option help_force[] = {
	{ "help", no_argument, NULL, 'h' }, { "force", no_argument, NULL, 'f' }, { NULL, 0, NULL, 0 },
};
static const struct option help_ignore[] = {
	{ "help", no_argument, NULL, 'h' }, { "ignore-host", no_argument, NULL, 'i' }, { NULL, 0, NULL, 0 },
};

/* CPUs of this machine: sets are shown as "all" when they hold them all. */
static int nr_cpus(struct xm *xm, unsigned int *n)
{
	struct xen_sysctl_physinfo phys;
	int rc = xc_physinfo(xm->xc, &phys);

	if (rc)
		return xm_fail(xm, rc, "%s", xc_last_error(xm->xc));
	*n = phys.max_cpu_id + 1;
	if (*n > CFG_MAX_CPUS)
		*n = CFG_MAX_CPUS;
	return 0;
}

struct vcpu {
	struct xen_domctl_getvcpuinfo info;
	char hard[128], soft[128], state[4];
};

static int read_vcpu(struct xm *xm, uint16_t domid, unsigned int id, unsigned int cpus, struct vcpu *v)
{
	struct cfg_cpuset hard = { .bits = { 0 } }, soft = { .bits = { 0 } };
	int rc = xc_vcpu_getinfo(xm->xc, domid, id, &v->info);

	if (!rc)
		rc = xc_vcpu_get_affinity(xm->xc, domid, id, (uint8_t *)hard.bits, (uint8_t *)soft.bits,
					  CFG_MAX_CPUS);
	if (rc)
		return rc;
	cpus_format(&hard, cpus, v->hard, sizeof(v->hard));
	cpus_format(&soft, cpus, v->soft, sizeof(v->soft));
	snprintf(v->state, sizeof(v->state), "%c%c%c", v->info.running ? 'r' : '-',
		 v->info.blocked ? 'b' : '-', v->info.online ? '-' : 'p');
	return 0;
}

static json_t *vcpu_json(const char *name, uint16_t domid, unsigned int id, const struct vcpu *v)
{
	return json_pack("{s:s, s:i, s:i, s:b, s:b, s:b, s:i, s:f, s:s, s:s}", "name", name, "domid",
			 (int)domid, "vcpu", (int)id, "online", v->info.online, "running", v->info.running,
			 "blocked", v->info.blocked, "cpu", (int)v->info.cpu, "cpu_seconds",
			 v->info.cpu_time / 1e9, "affinity", v->hard, "soft_affinity", v->soft);
}

static int show_domain(struct xm *xm, const struct xen_domctl_getdomaininfo *i, unsigned int cpus,
		       json_t *out)
{
	char name[64], cpu[12];

	xm_domain_name(xm, i->domain, name, sizeof(name));
	for (unsigned int id = 0; id < xm_nr_vcpus(i); id++) {
		struct vcpu v;
		int rc = read_vcpu(xm, i->domain, id, cpus, &v);

		/* A vcpu that was never made, or a domain that has gone meanwhile. */
		if (rc == -ESRCH || rc == -EINVAL)
			continue;
		if (rc)
			return xm_fail(xm, rc, "%s", xc_last_error(xm->xc));
		if (out) {
			json_array_append_new(out, vcpu_json(name, i->domain, id, &v));
			continue;
		}
		snprintf(cpu, sizeof(cpu), "%u", v.info.cpu);
		printf("%-32s %5u %5u %5s   %s %9.1f  %s / %s\n", name, i->domain, id,
		       v.info.online ? cpu : "-", v.state, v.info.cpu_time / 1e9, v.hard, v.soft);
	}
	return 0;
}

static int show_all(struct xm *xm, int argc, char **argv, json_t *out)
{
	struct xen_domctl_getdomaininfo *list, one;
	unsigned int n, cpus = 0;
	uint16_t domid;
	int rc = xm_open(xm);

	if (!rc)
		rc = nr_cpus(xm, &cpus);
	if (!rc)
		rc = xm_domains_exist(xm, argv + optind, argc - optind);
	if (!rc && !out)
		printf("%-32s %5s %5s %5s   %s %9s  %s\n", "Name", "ID", "VCPU", "CPU", "St.", "Time(s)",
		       "Affinity (Hard / Soft)");
	if (!rc && optind == argc) {
		rc = xm_domain_list(xm, &list, &n);
		for (unsigned int i = 0; !rc && i < n; i++)
			rc = show_domain(xm, &list[i], cpus, out);
		if (!rc)
			free(list);
		return rc;
	}
	for (; !rc && optind < argc; optind++) {
		rc = xm_domain(xm, argv[optind], &domid);
		if (!rc)
			rc = xc_domain_getinfo(xm->xc, domid, &one)
				     ? xm_fail(xm, -ESRCH, "domain %u is gone", domid)
				     : show_domain(xm, &one, cpus, out);
	}
	return rc;
}

static int cmd_vcpu_list(struct xm *xm, int argc, char **argv)
{
	json_t *out = NULL;
	int opt, rc;

	while ((opt = xm_getopt(xm, argc, argv, ":hj", help_json)) != -1)
		if (opt == 'j' && !out)
			out = json_array();
	rc = show_all(xm, argc, argv, out);
	if (out && !rc) {
		json_dumpf(out, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(12));
		putchar('\n');
	}
	json_decref(out);
	return rc ? XM_FAILED : XM_OK;
}

/* "-" leaves this kind of affinity as it is. */
static int parse_set(struct xm *xm, const char *text, struct cfg_cpuset *set, uint8_t **bits)
{
	struct cfg_error err;

	*bits = NULL;
	if (!strcmp(text, "-"))
		return 0;
	if (cfg_parse_cpuset(text, set, &err))
		return xm_fail(xm, -EINVAL, "%s", err.text);
	*bits = (uint8_t *)set->bits;
	return 0;
}

static int pin(struct xm *xm, uint16_t domid, const char *which, uint8_t *hard, uint8_t *soft)
{
	struct xen_domctl_getdomaininfo info;
	long first = 0, last;
	int rc = xc_domain_getinfo(xm->xc, domid, &info);

	if (rc)
		return xm_fail(xm, rc, "%s", xc_last_error(xm->xc));
	if (!xm_nr_vcpus(&info))
		return xm_fail(xm, -ENOENT, "domain %u has no virtual CPUs yet", domid);
	last = info.max_vcpu_id;
	if (strcmp(which, "all")) {
		rc = xm_number(xm, "vcpu", which, 0, last, &first);
		if (rc)
			return rc;
		last = first;
	}
	for (long i = first; !rc && i <= last; i++) {
		/* The call overwrites the sets with what took effect. */
		struct cfg_cpuset h, s;

		if (hard)
			memcpy(&h, hard, sizeof(h));
		if (soft)
			memcpy(&s, soft, sizeof(s));
		rc = xc_vcpu_set_affinity(xm->xc, domid, i, hard ? (uint8_t *)h.bits : NULL,
					  soft ? (uint8_t *)s.bits : NULL, CFG_MAX_CPUS);
	}
	return rc ? xm_fail(xm, rc, "%s", xc_last_error(xm->xc)) : 0;
}

static int cmd_vcpu_pin(struct xm *xm, int argc, char **argv)
{
	struct cfg_cpuset hard_set, soft_set;
	uint8_t *hard, *soft = NULL;
	uint16_t domid;
	int rc;

	/* "-" is an argument here, and options come first. */
	while (xm_getopt(xm, argc, argv, "+:hf", help_force) != -1)
		;
	xm_want_args(xm, argc, 3, 4);
	rc = parse_set(xm, argv[optind + 2], &hard_set, &hard);
	if (!rc && argc - optind == 4)
		rc = parse_set(xm, argv[optind + 3], &soft_set, &soft);
	if (!rc)
		rc = xm_domain(xm, argv[optind], &domid);
	if (!rc && hard)
		rc = cpus_check(xm, "CPUS", &hard_set);
	if (!rc && soft)
		rc = cpus_check(xm, "SOFT", &soft_set);
	if (!rc)
		rc = pin(xm, domid, argv[optind + 1], hard, soft);
	return rc ? XM_FAILED : XM_OK;
}

static int set_vcpus(struct xm *xm, uint16_t domid, long n, long max)
{
	for (long i = 0; i < max; i++)
		if (!xm_xs_write(xm, XBT_NULL, i < n ? "online" : "offline",
				 "/local/domain/%u/cpu/%ld/availability", domid, i))
			return xm_fail(xm, -errno, "domain %u cannot be told: %s", domid, strerror(errno));
	return 0;
}

static int cmd_vcpu_set(struct xm *xm, int argc, char **argv)
{
	struct xen_domctl_getdomaininfo info;
	uint16_t domid;
	long n;
	int rc;

	while (xm_getopt(xm, argc, argv, ":hi", help_ignore) != -1)
		;
	xm_want_args(xm, argc, 2, 2);
	rc = xm_domain(xm, argv[optind], &domid);
	if (!rc && (rc = xc_domain_getinfo(xm->xc, domid, &info)))
		xm_fail(xm, rc, "%s", xc_last_error(xm->xc));
	if (!rc && !xm_nr_vcpus(&info))
		rc = xm_fail(xm, -ENOENT, "domain %u has no virtual CPUs yet", domid);
	if (!rc)
		rc = xm_number(xm, "number of vcpus", argv[optind + 1], 1, xm_nr_vcpus(&info), &n);
	if (!rc)
		rc = set_vcpus(xm, domid, n, xm_nr_vcpus(&info));
	return rc ? XM_FAILED : XM_OK;
}

const struct command vcpu_commands[] = {
	{ "vcpu-list", NULL, cmd_vcpu_list, "[--json] [DOMAIN ...]", "show virtual CPUs and where they run",
	  "  -j, --json   as JSON\n\n  State: r runs, b waits, p is off.\n\nExample:\n  xm vcpu-list "
	  "demo\n" },
	{ "vcpu-pin", NULL, cmd_vcpu_pin, "DOMAIN VCPU|all CPUS [SOFT]",
	  "say on which CPUs a virtual CPU may run",
	  "  CPUS   all, 0-3,5 or 0-7,^2; '-' leaves it as it is\n"
	  "  SOFT   where it prefers to run\n"
	  "  -f, --force   accepted for scripts written for other tools\n"
	  "\nExample:\n  xm vcpu-pin demo all 2-3\n" },
	{ "vcpu-set", NULL, cmd_vcpu_set, "DOMAIN N", "ask a guest to use N of its virtual CPUs",
	  "  -i, --ignore-host   accepted for scripts written for other tools\n"
	  "\nExample:\n  xm vcpu-set demo 2\n" },
	{ .name = NULL },
};
