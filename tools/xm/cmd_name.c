/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xm domid, domname, rename, uptime.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <libcfg.h>
#include "guest.h"
#include "json.h"

static const struct option longs[] = {
	{ "help", no_argument, NULL, 'h' }, { "json", no_argument, NULL, 'j' },
	{ "short", no_argument, NULL, 's' }, { NULL, 0, NULL, 0 },
};

/* True: as JSON. */
static bool options(struct xm *xm, int argc, char **argv, const char *opts, int min, int max)
{
	bool json = false;
	int opt;

	while ((opt = xm_getopt(xm, argc, argv, opts, longs)) != -1)
		json |= opt == 'j';
	xm_want_args(xm, argc, min, max);
	return json;
}

static int both_json(struct xm *xm, uint16_t domid)
{
	char name[64];

	xm_domain_name(xm, domid, name, sizeof(name));
	return json_print(json_pack("{s:i, s:s}", "domid", (int)domid, "name", name)) ? XM_FAILED : XM_OK;
}

static int cmd_domid(struct xm *xm, int argc, char **argv)
{
	bool json = options(xm, argc, argv, ":hj", 1, 1);
	uint16_t domid;

	if (xm_domain(xm, argv[optind], &domid))
		return XM_FAILED;
	if (json)
		return both_json(xm, domid);
	printf("%u\n", domid);
	return XM_OK;
}

static int cmd_domname(struct xm *xm, int argc, char **argv)
{
	bool json = options(xm, argc, argv, ":hj", 1, 1);
	uint16_t domid;
	char name[64];

	if (xm_domain(xm, argv[optind], &domid))
		return XM_FAILED;
	if (json)
		return both_json(xm, domid);
	xm_domain_name(xm, domid, name, sizeof(name));
	puts(name);
	return XM_OK;
}

static int check_name(struct xm *xm, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("._+-", *p))
			len = 0;
	if (!len || len > CFG_NAME_MAX || !isalnum((unsigned char)*name) || strspn(name, "0123456789") == len)
		return xm_fail(xm, -EINVAL,
			       "name '%s': expected 1 to %d letters, digits, '.', '_', '+' or '-', and not "
			       "digits "
			       "alone",
			       name, CFG_NAME_MAX);
	return 0;
}

static int name_taken(struct xm *xm, const char *name)
{
	struct xen_domctl_getdomaininfo *list;
	unsigned int n;
	char other[64];
	int rc = xm_domain_list(xm, &list, &n);

	if (rc)
		return rc;
	for (unsigned int i = 0; !rc && i < n; i++) {
		xm_domain_name(xm, list[i].domain, other, sizeof(other));
		if (!xm_is_dying(&list[i]) && !strcmp(other, name))
			rc = xm_fail(xm, -EEXIST, "domain %u has the name '%s' already", list[i].domain,
				     name);
	}
	free(list);
	if (!rc && name_is_kept(name))
		rc = xm_fail(xm, -EEXIST, "guest '%s' is being started again", name);
	return rc;
}

static int rename_domain(struct xm *xm, uint16_t domid, const char *name)
{
	char *vm;
	int names = names_lock(xm), rc;

	if (names < 0)
		return names;
	rc = name_taken(xm, name);
	vm = rc ? NULL : xm_xs_read(xm, "/local/domain/%u/vm", domid);
	if (!rc && (!xm_xs_write(xm, XBT_NULL, name, "/local/domain/%u/name", domid) ||
		    (vm && !xm_xs_write(xm, XBT_NULL, name, "%s/name", vm))))
		rc = xm_fail(xm, -errno, "domain %u: the name cannot be written: %s", domid, strerror(errno));
	free(vm);
	close(names);
	return rc;
}

static int cmd_rename(struct xm *xm, int argc, char **argv)
{
	uint16_t domid;
	int rc;

	options(xm, argc, argv, ":h", 2, 2);
	rc = check_name(xm, argv[optind + 1]);
	if (!rc)
		rc = xm_guest(xm, argv[optind], &domid);
	if (!rc)
		rc = rename_domain(xm, domid, argv[optind + 1]);
	return rc ? XM_FAILED : XM_OK;
}

/* Since when a domain is there; for the control domain, the machine. */
static long long uptime_of(struct xm *xm, uint16_t domid)
{
	struct timespec boot;
	long start;

	if (!domid && !clock_gettime(CLOCK_BOOTTIME, &boot))
		return boot.tv_sec;
	start = xm_xs_number(xm, 0, "/local/domain/%u/xm-started", domid);
	return start ? (long long)time(NULL) - start : -1;
}

/* As uptime(1) says it: the time, and since when. */
static void print_short(const char *name, uint16_t domid, long long s)
{
	time_t now = time(NULL);
	char clock[16] = "";
	struct tm tm;

	if (localtime_r(&now, &tm))
		strftime(clock, sizeof(clock), "%T", &tm);
	printf(" %s up ", clock);
	if (s < 0)
		printf("unknown");
	else if (s >= 86400)
		printf("%lld day%s, %2lld:%02lld", s / 86400, s >= 2 * 86400 ? "s" : "", s / 3600 % 24, s / 60 % 60);
	else
		printf("%2lld:%02lld", s / 3600, s / 60 % 60);
	printf(", %s (%u)\n", name, domid);
}

struct uptime_view {
	bool brief;
	json_t *out;		/* NULL: as text */
};

static void show_uptime(struct xm *xm, uint16_t domid, const struct uptime_view *v)
{
	long long s = uptime_of(xm, domid);
	char name[64];

	xm_domain_name(xm, domid, name, sizeof(name));
	if (v->out) {
		json_array_append_new(v->out, json_pack("{s:s, s:i, s:o}", "name", name, "domid", (int)domid,
							"uptime_seconds", s < 0 ? json_null() : json_integer(s)));
		return;
	}
	if (v->brief) {
		print_short(name, domid, s);
		return;
	}
	printf("%-40s %5u ", name, domid);
	if (s < 0)
		puts("unknown");
	else
		printf("%lld days, %lld:%02lld:%02lld\n", s / 86400, s / 3600 % 24, s / 60 % 60, s % 60);
}

static int show_uptimes(struct xm *xm, int argc, char **argv, const struct uptime_view *v)
{
	struct xen_domctl_getdomaininfo *list;
	uint16_t domid;
	unsigned int n;
	int rc = xm_domains_exist(xm, argv + optind, argc - optind);

	if (!rc && !v->out && !v->brief)
		printf("%-40s %5s %s\n", "Name", "ID", "Uptime");
	if (!rc && optind == argc) {
		rc = xm_domain_list(xm, &list, &n);
		for (unsigned int i = 0; !rc && i < n; i++)
			show_uptime(xm, list[i].domain, v);
		if (!rc)
			free(list);
		return rc;
	}
	for (; !rc && optind < argc; optind++) {
		rc = xm_domain(xm, argv[optind], &domid);
		if (!rc)
			show_uptime(xm, domid, v);
	}
	return rc;
}

static int cmd_uptime(struct xm *xm, int argc, char **argv)
{
	struct uptime_view v = { .brief = false };
	int opt, rc;

	while ((opt = xm_getopt(xm, argc, argv, ":hjs", longs)) != -1) {
		v.brief |= opt == 's';
		if (opt == 'j' && !v.out)
			v.out = json_array();
	}
	rc = xm_open(xm);
	if (!rc)
		rc = show_uptimes(xm, argc, argv, &v);
	if (rc)
		json_decref(v.out);
	else if (v.out)
		rc = json_print(v.out);
	return rc ? XM_FAILED : XM_OK;
}

#define JSON_HELP "  -j, --json   as JSON\n\n"

const struct command name_commands[] = {
	{ "domid", NULL, cmd_domid, "[--json] NAME", "show the number of a domain",
	  JSON_HELP "Example:\n  xm domid demo\n" },
	{ "domname", NULL, cmd_domname, "[--json] ID", "show the name of a domain",
	  JSON_HELP "Example:\n  xm domname 3\n" },
	{ "rename", NULL, cmd_rename, "DOMAIN NAME", "give a guest another name",
	  "  It keeps the name when it reboots; the configuration file is not changed.\n"
	  "\nExample:\n  xm rename demo demo-old\n" },
	{ "uptime", NULL, cmd_uptime, "[-js] [DOMAIN ...]", "show how long domains have been there",
	  "  -j, --json    as JSON, in seconds\n"
	  "  -s, --short   a line as of uptime(1), without a heading\n"
	  "\nExample:\n  xm uptime demo\n" },
	{ .name = NULL },
};
