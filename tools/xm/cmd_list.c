/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xm list: the domains there are, as a table or as JSON.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "xm.h"

static const struct {
	uint32_t flag;
	char letter;
	const char *name;
} states[] = {
	{ XEN_DOMINF_running, 'r', "running" }, { XEN_DOMINF_blocked, 'b', "blocked" },
	{ XEN_DOMINF_paused, 'p', "paused" }, { XEN_DOMINF_shutdown, 's', "shutdown" },
	{ 0, 'c', "crashed" }, { XEN_DOMINF_dying, 'd', "dying" },
};

#define NR_STATES	(sizeof(states) / sizeof(states[0]))

/* "crashed" is a shutdown of a kind, so it has no flag of its own. */
static bool in_state(const struct xen_domctl_getdomaininfo *i, unsigned int s)
{
	if (!states[s].flag)
		return xm_is_shutdown(i) && xm_shutdown_reason(i) == SHUTDOWN_crash;
	return i->flags & states[s].flag;
}

static void state_letters(const struct xen_domctl_getdomaininfo *i, char buf[NR_STATES + 1])
{
	for (unsigned int s = 0; s < NR_STATES; s++)
		buf[s] = in_state(i, s) ? states[s].letter : '-';
	buf[NR_STATES] = '\0';
}

static uint64_t mebibytes(const struct xen_domctl_getdomaininfo *i)
{
	return (i->tot_pages + i->outstanding_pages) >> (20 - XC_PAGE_SHIFT);
}

static void print_row(struct xm *xm, const struct xen_domctl_getdomaininfo *i, bool verbose)
{
	char name[64], letters[NR_STATES + 1], uuid[37];

	xm_domain_name(xm, i->domain, name, sizeof(name));
	state_letters(i, letters);
	printf("%-40s %5u %5llu %5u     %s  %8.1f", name[0] ? name : "(no name)", i->domain,
	       (unsigned long long)mebibytes(i), i->nr_online_vcpus, letters, i->cpu_time / 1e9);
	if (verbose) {
		xm_format_uuid(i->handle, uuid);
		if (xm_is_shutdown(i))
			printf("  %s %s", uuid, xm_reason_name(xm_shutdown_reason(i)));
		else
			printf("  %s -", uuid);
	}
	putchar('\n');
}

static json_t *domain_json(struct xm *xm, const struct xen_domctl_getdomaininfo *i)
{
	json_t *o, *st = json_array();
	char name[64], uuid[37];

	xm_domain_name(xm, i->domain, name, sizeof(name));
	xm_format_uuid(i->handle, uuid);
	for (unsigned int s = 0; s < NR_STATES; s++)
		if (in_state(i, s))
			json_array_append_new(st, json_string(states[s].name));
	o = json_pack("{s:i, s:s, s:s, s:I, s:I, s:i, s:i, s:f, s:o}", "domid", (int)i->domain, "name", name,
		      "uuid", uuid, "memory_kib", (json_int_t)i->tot_pages * (XC_PAGE_SIZE / 1024),
		      "max_memory_kib", (json_int_t)i->max_pages * (XC_PAGE_SIZE / 1024), "vcpus",
		      (int)i->nr_online_vcpus, "max_vcpus", (int)i->max_vcpu_id + 1, "cpu_seconds",
		      i->cpu_time / 1e9, "state", st);
	if (o && xm_is_shutdown(i))
		json_object_set_new(o, "ended", json_string(xm_reason_name(xm_shutdown_reason(i))));
	return o;
}

static int print_json(struct xm *xm, const struct xen_domctl_getdomaininfo *list, unsigned int n)
{
	json_t *all = json_array();
	int rc;

	for (unsigned int i = 0; i < n; i++)
		json_array_append_new(all, domain_json(xm, &list[i]));
	rc = json_dumpf(all, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(12));
	putchar('\n');
	json_decref(all);
	return rc ? -EIO : 0;
}

/* Only the domains that the command line names. */
static int pick(struct xm *xm, char **names, unsigned int n, struct xen_domctl_getdomaininfo **list,
		unsigned int *nr)
{
	struct xen_domctl_getdomaininfo *all = calloc(n, sizeof(*all));
	uint16_t domid;
	int rc = all ? 0 : -ENOMEM;

	for (unsigned int i = 0; !rc && i < n; i++) {
		rc = xm_domain(xm, names[i], &domid);
		if (!rc) {
			rc = xc_domain_getinfo(xm->xc, domid, &all[i]);
			if (rc)
				xm_fail(xm, rc, "%s", xc_last_error(xm->xc));
		}
	}
	if (rc) {
		free(all);
		return rc;
	}
	*list = all;
	*nr = n;
	return 0;
}

static int cmd_list(struct xm *xm, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' }, { "long", no_argument, NULL, 'l' },
		{ "json", no_argument, NULL, 'l' }, { "verbose", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	struct xen_domctl_getdomaininfo *list;
	bool json = false, verbose = false;
	unsigned int n;
	int rc, opt;

	while ((opt = xm_getopt(xm, argc, argv, ":hlv", longs)) != -1) {
		json |= opt == 'l';
		verbose |= opt == 'v';
	}
	rc = xm_open(xm);
	if (!rc && optind < argc)
		rc = pick(xm, argv + optind, argc - optind, &list, &n);
	else if (!rc)
		rc = xm_domain_list(xm, &list, &n);
	if (rc)
		return XM_FAILED;
	if (json) {
		rc = print_json(xm, list, n);
	} else {
		printf("%-40s %5s %5s %5s     %-6s  %8s%s\n", "Name", "ID", "Mem", "VCPUs", "State",
		       "Time(s)", verbose ? "  UUID                                 Ended" : "");
		for (unsigned int i = 0; i < n; i++)
			print_row(xm, &list[i], verbose);
	}
	free(list);
	return rc ? XM_FAILED : XM_OK;
}

const struct command list_commands[] = {
	{ "list", NULL, cmd_list, "[-lv] [DOMAIN ...]", "show the domains",
	  "  -l, --long, --json   all that is known, as JSON\n"
	  "  -v, --verbose        with uuid, and why a domain ended\n"
	  "\n  State has a letter for each thing that is true now:\n"
	  "    r  runs on a processor at this moment\n"
	  "    b  waits: idle, or for its devices (the usual state of a quiet guest)\n"
	  "    p  is paused\n"
	  "    s  has shut itself down (or is suspended)\n"
	  "    c  has crashed\n"
	  "    d  is being taken apart\n"
	  "\nExample:\n  xm list --json\n" },
	{ .name = NULL },
};
