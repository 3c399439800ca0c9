/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xm list: the domains there are, as a table or as JSON.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "guest.h"
#include "holders.h"
#include "json.h"

static uint64_t mebibytes(const struct xen_domctl_getdomaininfo *i)
{
	return (i->tot_pages + i->outstanding_pages) >> (20 - XC_PAGE_SHIFT);
}

/* ---- the table ---- */

#define NAME_MIN	8
#define NAME_WIDE	40	/* for a file or a pipe: scripts find their columns where they always were */
#define OTHER_COLUMNS	39

/* As wide as the longest name needs and the terminal allows. */
static int name_width(struct xm *xm, const struct xen_domctl_getdomaininfo *list, unsigned int n)
{
	int columns = xm_columns(), widest = NAME_MIN;
	char name[64];

	if (!columns)
		return NAME_WIDE;
	for (unsigned int i = 0; i < n; i++) {
		xm_domain_name(xm, list[i].domain, name, sizeof(name));
		if ((int)strlen(name) > widest)
			widest = strlen(name);
	}
	if (widest > columns - OTHER_COLUMNS)
		widest = columns - OTHER_COLUMNS;
	return widest < NAME_MIN ? NAME_MIN : widest;
}

/* A name that is cut ends in a plus sign. */
static void print_name(const char *name, int width)
{
	int len = strlen(name);

	if (len > width && width < NAME_WIDE)
		printf("%.*s+", width - 1, name);
	else
		printf("%-*s", width, name);
}

static void print_details(struct xm *xm, const struct xen_domctl_getdomaininfo *i)
{
	struct xen_domctl_getvcpuinfo v;
	struct holders h;
	char uuid[37];

	xm_format_uuid(i->handle, uuid);
	if (xm_is_dying(i)) {
		printf("    dead, %llu pages are held:\n", (unsigned long long)i->tot_pages);
		holders_find(xm, i->domain, &h);
		holders_print(xm, &h, "      ");
	}
	printf("    uuid %s%s%s\n", uuid, xm_is_shutdown(i) ? ", " : "",
	       xm_is_shutdown(i) ? xm_reason_name(xm_shutdown_reason(i)) : "");
	if (i->max_vcpu_id == XEN_INVALID_MAX_VCPU_ID)
		return;
	for (unsigned int id = 0; id <= i->max_vcpu_id; id++) {
		if (xc_vcpu_getinfo(xm->xc, i->domain, id, &v))
			continue;
		if (!v.online)
			printf("    vcpu %u: off\n", id);
		else
			printf("    vcpu %u: %s CPU %u, %.1f s\n", id,
			       v.running ? "runs on" : v.blocked ? "waits, was on" : "wants to run on", v.cpu,
			       v.cpu_time / 1e9);
	}
}

static void print_row(struct xm *xm, const struct xen_domctl_getdomaininfo *i, int width, bool verbose)
{
	char name[64], letters[XM_NR_STATES + 1];

	xm_domain_name(xm, i->domain, name, sizeof(name));
	xm_state_letters(i, letters);
	print_name(name[0] ? name : "(no name)", width);
	printf(" %5u %5llu %5u     %s  %8.1f\n", i->domain, (unsigned long long)mebibytes(i),
	       i->nr_online_vcpus, letters, i->cpu_time / 1e9);
	if (verbose)
		print_details(xm, i);
}

static void print_table(struct xm *xm, const struct xen_domctl_getdomaininfo *list, unsigned int n,
			bool verbose)
{
	int width = name_width(xm, list, n);

	printf("%-*s %5s %5s %5s     %-6s  %8s\n", width, "Name", "ID", "Mem", "VCPUs", "State", "Time(s)");
	for (unsigned int i = 0; i < n; i++)
		print_row(xm, &list[i], width, verbose);
}

/* ---- JSON ---- */

static json_t *domain_json(struct xm *xm, const struct xen_domctl_getdomaininfo *i)
{
	json_t *o, *st = json_array();
	char name[64], uuid[37];
	struct holders h;

	xm_domain_name(xm, i->domain, name, sizeof(name));
	xm_format_uuid(i->handle, uuid);
	for (unsigned int s = 0; s < XM_NR_STATES; s++)
		if (xm_in_state(i, s))
			json_array_append_new(st, json_string(xm_state_name(s)));
	o = json_pack("{s:i, s:s, s:s, s:I, s:I, s:i, s:i, s:f, s:o}", "domid", (int)i->domain, "name", name,
		      "uuid", uuid, "memory_kib", (json_int_t)i->tot_pages * (XC_PAGE_SIZE / 1024),
		      "max_memory_kib", (json_int_t)i->max_pages * (XC_PAGE_SIZE / 1024), "vcpus",
		      (int)i->nr_online_vcpus, "max_vcpus", (int)i->max_vcpu_id + 1, "cpu_seconds",
		      i->cpu_time / 1e9, "state", st);
	if (o && xm_is_shutdown(i))
		json_object_set_new(o, "ended", json_string(xm_reason_name(xm_shutdown_reason(i))));
	if (o)
		json_object_set_new(o, "config", guest_json(xm, i));
	if (o && xm_is_dying(i)) {
		holders_find(xm, i->domain, &h);
		json_object_set_new(o, "held_pages", json_integer(i->tot_pages));
		json_object_set_new(o, "held_by", holders_json(xm, &h));
	}
	return o;
}

static json_t *vcpus_json(struct xm *xm, const struct xen_domctl_getdomaininfo *i)
{
	json_t *list = json_array();
	struct xen_domctl_getvcpuinfo v;

	for (unsigned int id = 0; id < xm_nr_vcpus(i); id++) {
		if (xc_vcpu_getinfo(xm->xc, i->domain, id, &v))
			continue;
		json_array_append_new(list, json_pack("{s:i, s:b, s:b, s:b, s:i, s:f}", "vcpu", (int)id, "online", v.online,
						      "running", v.running, "blocked", v.blocked, "cpu", (int)v.cpu,
						      "cpu_seconds", v.cpu_time / 1e9));
	}
	return list;
}

static int print_json(struct xm *xm, const struct xen_domctl_getdomaininfo *list, unsigned int n, bool verbose)
{
	json_t *all = json_array(), *o;

	for (unsigned int i = 0; i < n; i++) {
		o = domain_json(xm, &list[i]);
		if (o && verbose)
			json_object_set_new(o, "vcpu_list", vcpus_json(xm, &list[i]));
		json_array_append_new(all, o);
	}
	return json_print(all);
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
		{ "json", no_argument, NULL, 'j' }, { "verbose", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	struct xen_domctl_getdomaininfo *list;
	bool json = false, verbose = false;
	unsigned int n;
	int rc, opt;

	while ((opt = xm_getopt(xm, argc, argv, ":hljv", longs)) != -1) {
		json |= opt == 'l' || opt == 'j';
		verbose |= opt == 'v';
	}
	rc = xm_open(xm);
	if (!rc && optind < argc)
		rc = pick(xm, argv + optind, argc - optind, &list, &n);
	else if (!rc)
		rc = xm_domain_list(xm, &list, &n);
	if (rc)
		return XM_FAILED;
	if (json)
		rc = print_json(xm, list, n, verbose);
	else
		print_table(xm, list, n, verbose);
	free(list);
	return rc ? XM_FAILED : XM_OK;
}

static json_t *vm_json(const char *uuid, uint16_t domid, const char *name)
{
	return json_pack("{s:s, s:i, s:s}", "uuid", uuid, "domid", (int)domid, "name", name);
}

/* Guests alone: who keeps books by uuid wants no control domain in them. */
static int cmd_vm_list(struct xm *xm, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' }, { "json", no_argument, NULL, 'j' }, { NULL, 0, NULL, 0 },
	};
	struct xen_domctl_getdomaininfo *list;
	json_t *out = NULL;
	char name[64], uuid[37];
	unsigned int n;
	bool json = false;
	int rc, opt;

	while ((opt = xm_getopt(xm, argc, argv, ":hj", longs)) != -1)
		json |= opt == 'j';
	xm_want_args(xm, argc, 0, 0);
	rc = xm_open(xm);
	if (!rc)
		rc = xm_domain_list(xm, &list, &n);
	if (rc)
		return XM_FAILED;
	if (json)
		out = json_array();
	else
		printf("%-36s %5s  %s\n", "UUID", "ID", "Name");
	for (unsigned int i = 0; i < n; i++) {
		if (!list[i].domain)
			continue;
		xm_domain_name(xm, list[i].domain, name, sizeof(name));
		xm_format_uuid(list[i].handle, uuid);
		if (json)
			json_array_append_new(out, vm_json(uuid, list[i].domain, name));
		else
			printf("%s %5u  %s\n", uuid, list[i].domain, name[0] ? name : "(no name)");
	}
	free(list);
	return json && json_print(out) ? XM_FAILED : XM_OK;
}

const struct command list_commands[] = {
	{ "vm-list", NULL, cmd_vm_list, "[--json]", "show uuid, number and name of the guests",
	  "  -j, --json   as JSON\n\nExample:\n  xm vm-list\n" },
	{ "list", NULL, cmd_list, "[-lv] [DOMAIN ...]", "show the domains",
	  "  -l, --long, --json   all that is known, as JSON: also kernel, settings, and each device and its backend\n"
	  "  -v, --verbose        with uuid, why a domain ended, and what each virtual CPU does\n"
	  "\n  Mem is in MiB. State has a letter for each thing that is true now:\n"
	  "    r  runs on a processor at this moment\n"
	  "    b  waits: idle, or for its devices (the usual state of a quiet guest)\n"
	  "    p  is paused, by 'xm pause' or because it was just made: not crashed; 'xm unpause'\n"
	  "    s  has shut itself down (or is suspended)\n"
	  "    c  has crashed (then also s); 'xm list -v' and 'xm log' tell more\n"
	  "    d  is being taken apart; stays while other domains hold its memory\n"
	  "  No letter at all: it wants to run and waits for a processor.\n"
	  "  A guest that does not answer but shows b or r has not crashed for the hypervisor: look at its\n"
	  "  console ('xm log', 'xm console'), ask its kernel ('xm sysrq DOMAIN w').\n"
	  "\nExample:\n  xm list --json\n" },
	{ .name = NULL },
};
