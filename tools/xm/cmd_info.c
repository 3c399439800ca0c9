/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xm info, dmesg, debug-keys, version: the machine and its hypervisor.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include "json.h"
#include "xm.h"

#define DMESG_STEP	(64 * 1024)
#define FOLLOW_MS	200

/* Facts in the order in which they are shown; printed as lines or as one JSON object. */
static void add_text(json_t *o, const char *key, const char *value)
{
	json_object_set_new(o, key, json_string(value));
}

static void add_number(json_t *o, const char *key, long long n)
{
	json_object_set_new(o, key, json_integer(n));
}

static void add_host(json_t *o)
{
	struct utsname u;

	if (uname(&u))
		return;
	add_text(o, "host", u.nodename);
	add_text(o, "release", u.release);
	add_text(o, "version", u.version);
	add_text(o, "machine", u.machine);
}

static void add_hw_caps(json_t *o, const struct xen_sysctl_physinfo *p)
{
	char text[128] = "";
	size_t len = 0;

	for (size_t i = 0; i < sizeof(p->hw_cap) / sizeof(p->hw_cap[0]); i++)
		len += snprintf(text + len, sizeof(text) - len, "%s%08x", i ? ":" : "", p->hw_cap[i]);
	add_text(o, "hw_caps", text);
}

static void add_virt_caps(json_t *o, const struct xen_sysctl_physinfo *p)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} caps[] = {
		{ XEN_SYSCTL_PHYSCAP_pv, "pv" }, { XEN_SYSCTL_PHYSCAP_hvm, "hvm" },
		{ XEN_SYSCTL_PHYSCAP_directio, "directio" }, { XEN_SYSCTL_PHYSCAP_hap, "hap" },
		{ XEN_SYSCTL_PHYSCAP_shadow, "shadow" }, { XEN_SYSCTL_PHYSCAP_gnttab_v1, "gnttab-v1" },
		{ XEN_SYSCTL_PHYSCAP_gnttab_v2, "gnttab-v2" },
	};
	char text[128] = "";
	size_t len = 0;

	for (size_t i = 0; i < sizeof(caps) / sizeof(caps[0]); i++)
		if (p->capabilities & caps[i].bit)
			len += snprintf(text + len, sizeof(text) - len, "%s%s", len ? " " : "", caps[i].name);
	add_text(o, "virt_caps", text);
}

static void add_phys(json_t *o, const struct xen_sysctl_physinfo *p)
{
	unsigned int per_core = p->threads_per_core ? p->threads_per_core : 1;

	add_number(o, "nr_cpus", p->nr_cpus);
	add_number(o, "max_cpu_id", p->max_cpu_id);
	add_number(o, "nr_nodes", p->nr_nodes);
	add_number(o, "cores_per_socket", p->cores_per_socket);
	add_number(o, "threads_per_core", per_core);
	add_number(o, "cpu_mhz", p->cpu_khz / 1000);
	add_hw_caps(o, p);
	add_virt_caps(o, p);
	add_number(o, "total_memory", p->total_pages >> (20 - XC_PAGE_SHIFT));
	add_number(o, "free_memory", p->free_pages >> (20 - XC_PAGE_SHIFT));
	add_number(o, "outstanding_claims", p->outstanding_pages >> (20 - XC_PAGE_SHIFT));
}

static const char *sched_name(struct xm *xm)
{
	static const char *const names[] = {
		[XEN_SCHEDULER_CREDIT] = "credit",
		[XEN_SCHEDULER_CREDIT2] = "credit2", [XEN_SCHEDULER_ARINC653] = "arinc653",
		[XEN_SCHEDULER_RTDS] = "rtds", [XEN_SCHEDULER_NULL] = "null",
	};
	unsigned int id;

	if (xc_sched_id(xm->xc, &id) || id >= sizeof(names) / sizeof(names[0]) || !names[id])
		return "unknown";
	return names[id];
}

static void add_version(struct xm *xm, json_t *o, const struct xc_version *v)
{
	char text[160], *p = text;
	uint8_t id[32];
	int n;

	add_number(o, "xen_major", v->major);
	add_number(o, "xen_minor", v->minor);
	add_text(o, "xen_extra", v->extra);
	snprintf(text, sizeof(text), "%u.%u%s", v->major, v->minor, v->extra);
	add_text(o, "xen_version", text);
	add_text(o, "xen_caps", v->caps);
	add_text(o, "xen_scheduler", sched_name(xm));
	add_number(o, "xen_pagesize", v->pagesize);
	snprintf(text, sizeof(text), "virt_start=0x%lx", v->virt_start);
	add_text(o, "platform_params", text);
	add_text(o, "xen_changeset", v->changeset);
	add_text(o, "xen_commandline", v->commandline);
	add_text(o, "cc_compiler", v->compile.compiler);
	add_text(o, "cc_compile_by", v->compile.compile_by);
	add_text(o, "cc_compile_domain", v->compile.compile_domain);
	add_text(o, "cc_compile_date", v->compile.compile_date);
	n = xc_build_id(xm->xc, id, sizeof(id));
	text[0] = '\0';
	for (int i = 0; i < n && i < (int)sizeof(id); i++)
		p += sprintf(p, "%02x", id[i]);
	add_text(o, "build_id", text);
}

static int gather(struct xm *xm, json_t *o)
{
	struct xen_sysctl_physinfo phys;
	struct xc_version v;
	int rc = xm_open_xc(xm);

	if (rc)
		return rc;
	rc = xc_physinfo(xm->xc, &phys);
	if (!rc)
		rc = xc_version(xm->xc, &v);
	if (rc)
		return xm_fail(xm, rc, "%s", xc_last_error(xm->xc));
	add_host(o);
	add_phys(o, &phys);
	add_version(xm, o, &v);
	return 0;
}

static void print_facts(json_t *o)
{
	const char *key;
	json_t *v;

	json_object_foreach(o, key, v) {
		if (json_is_string(v))
			printf("%-22s : %s\n", key, json_string_value(v));
		else
			printf("%-22s : %lld\n", key, (long long)json_integer_value(v));
	}
}

static int cmd_info(struct xm *xm, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' }, { "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	json_t *o;
	bool json = false;
	int rc, opt;

	while ((opt = xm_getopt(xm, argc, argv, ":hj", longs)) != -1)
		json |= opt == 'j';
	xm_want_args(xm, argc, 0, 0);
	o = json_object();
	rc = gather(xm, o);
	if (!rc && json) {
		rc = json_dumpf(o, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
		putchar('\n');
	} else if (!rc) {
		print_facts(o);
	}
	json_decref(o);
	return rc ? XM_FAILED : XM_OK;
}

/* The ring from *index on; with @clear the hypervisor forgets what it has given. */
static int print_ring(struct xm *xm, char *buf, uint32_t *index, bool clear)
{
	int n;

	do {
		n = xc_readconsole(xm->xc, buf, DMESG_STEP, clear, true, index);
		if (n < 0)
			return xm_fail(xm, n, "%s", xc_last_error(xm->xc));
		fwrite(buf, 1, n, stdout);
	} while (n == DMESG_STEP);
	return fflush(stdout) ? -EIO : 0;
}

static int cmd_dmesg(struct xm *xm, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' }, { "clear", no_argument, NULL, 'c' },
		{ "follow", no_argument, NULL, 'f' }, { NULL, 0, NULL, 0 },
	};
	bool clear = false, follow = false;
	uint32_t index = 0;
	char *buf;
	int rc, opt;

	while ((opt = xm_getopt(xm, argc, argv, ":hcf", longs)) != -1) {
		clear |= opt == 'c';
		follow |= opt == 'f';
	}
	xm_want_args(xm, argc, 0, 0);
	rc = xm_open_xc(xm);
	buf = malloc(DMESG_STEP);
	if (!rc && !buf)
		rc = -ENOMEM;
	if (!rc)
		rc = print_ring(xm, buf, &index, clear);
	while (!rc && follow) {
		xm_sleep_ms(FOLLOW_MS);
		rc = print_ring(xm, buf, &index, clear);
	}
	free(buf);
	return rc ? XM_FAILED : XM_OK;
}

static int cmd_debug_keys(struct xm *xm, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 },
	};
	int rc;

	while (xm_getopt(xm, argc, argv, ":h", longs) != -1)
		;
	xm_want_args(xm, argc, 1, 1);
	rc = xm_open_xc(xm);
	if (!rc) {
		rc = xc_send_debug_keys(xm->xc, argv[optind]);
		if (rc)
			xm_fail(xm, rc, "%s", xc_last_error(xm->xc));
	}
	return rc ? XM_FAILED : XM_OK;
}

static int cmd_version(struct xm *xm, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' }, { "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	char hypervisor[64] = "";
	struct xc_version v;
	bool json = false;
	int opt;

	while ((opt = xm_getopt(xm, argc, argv, ":hj", longs)) != -1)
		json |= opt == 'j';
	xm_want_args(xm, argc, 0, 0);
	/* No hypervisor below is no reason to fail. */
	xm->xc = xc_interface_open();
	if (xm->xc && !xc_version(xm->xc, &v))
		snprintf(hypervisor, sizeof(hypervisor), "%u.%u%s", v.major, v.minor, v.extra);
	if (json)
		return json_print(json_pack("{s:i, s:i, s:o}", "domctl_interface", XEN_DOMCTL_INTERFACE_VERSION,
					    "sysctl_interface", XEN_SYSCTL_INTERFACE_VERSION, "hypervisor",
					    hypervisor[0] ? json_string(hypervisor) : json_null()))
			       ? XM_FAILED
			       : XM_OK;
	printf("xm: control interface %u/%u (domctl/sysctl)\n", XEN_DOMCTL_INTERFACE_VERSION,
	       XEN_SYSCTL_INTERFACE_VERSION);
	if (hypervisor[0])
		printf("hypervisor: %s\n", hypervisor);
	return XM_OK;
}

const struct command info_commands[] = {
	{ "info", NULL, cmd_info, "[--json]", "show facts about the machine and its hypervisor",
	  "  -j, --json   as JSON\n\n  Memory is in MiB.\n\nExample:\n  xm info\n" },
	{ "dmesg", NULL, cmd_dmesg, "[-cf]", "show the hypervisor's messages",
	  "  -c, --clear    empty the hypervisor's buffer of what was shown\n"
	  "  -f, --follow   go on showing new messages\n"
	  "\nExample:\n  xm dmesg | tail\n" },
	{ "debug-keys", NULL, cmd_debug_keys, "KEYS",
	  "press debug keys of the hypervisor; output goes to its messages",
	  "  'h' lists the keys.\n\nExample:\n  xm debug-keys h; xm dmesg | tail -40\n" },
	{ "version", NULL, cmd_version, "[--json]", "show versions",
	  "  -j, --json   as JSON\n\nExample:\n  xm version\n" },
	{ .name = NULL },
};
