/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xm network-attach, network-detach, network-list.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "device.h"

static const struct option options[] = {
	{ "help", no_argument, NULL, 'h' }, { "force", no_argument, NULL, 'f' },
	{ "json", no_argument, NULL, 'j' }, { NULL, 0, NULL, 0 },
};

static unsigned int free_handle(struct xm *xm, uint16_t domid)
{
	unsigned int *ids, n = device_list(xm, "vif", domid, &ids), handle = 0;

	for (unsigned int i = 0; i < n; i++)
		if (ids[i] >= handle)
			handle = ids[i] + 1;
	free(ids);
	return handle;
}

static int attach(struct xm *xm, uint16_t domid, const char *spec)
{
	struct cfg_vif v;
	struct cfg_error err = { "out of memory" };
	char name[64];
	int rc = cfg_parse_vif(spec, &v, &err);

	if (rc)
		return xm_fail(xm, rc, "vif '%s': %s", spec, err.text);
	xm_domain_name(xm, domid, name, sizeof(name));
	rc = vif_check(xm, &v);
	if (!rc)
		rc = vif_add(xm, domid, free_handle(xm, domid), &v, name, strlen(name));
	cfg_vif_clear(&v);
	return rc;
}

static int cmd_network_attach(struct xm *xm, int argc, char **argv)
{
	char spec[512] = "";
	uint16_t domid;
	size_t len = 0;
	int rc;

	while (xm_getopt(xm, argc, argv, ":h", options) != -1)
		;
	xm_want_args(xm, argc, 1, 8);
	rc = xm_guest(xm, argv[optind], &domid);
	for (int i = optind + 1; i < argc && len < sizeof(spec); i++)
		len += snprintf(spec + len, sizeof(spec) - len, "%s%s", len ? "," : "", argv[i]);
	if (!rc)
		rc = attach(xm, domid, spec);
	return rc ? XM_FAILED : XM_OK;
}

/* By its number or its MAC address. */
static int find_vif(struct xm *xm, const char *which, struct device *d)
{
	unsigned int *ids, n = device_list(xm, "vif", d->domid, &ids);
	char number[16];
	int rc = -ENODEV;

	for (unsigned int i = 0; rc && i < n; i++) {
		char *mac = xm_xs_read(xm, "/local/domain/0/backend/vif/%u/%u/mac", d->domid, ids[i]);

		snprintf(number, sizeof(number), "%u", ids[i]);
		if (!strcmp(number, which) || (mac && !strcasecmp(mac, which))) {
			d->devid = ids[i];
			rc = 0;
		}
		free(mac);
	}
	free(ids);
	if (rc)
		xm_fail(xm, rc, "domain %u has no network card '%s'; 'xm network-list %u' shows those it has",
			d->domid, which, d->domid);
	return rc;
}

static int cmd_network_detach(struct xm *xm, int argc, char **argv)
{
	struct device d = { .kind = "vif" };
	bool force = false;
	int rc, opt;

	while ((opt = xm_getopt(xm, argc, argv, ":hf", options)) != -1)
		force |= opt == 'f';
	xm_want_args(xm, argc, 2, 2);
	rc = xm_guest(xm, argv[optind], &d.domid);
	if (!rc)
		rc = find_vif(xm, argv[optind + 1], &d);
	if (!rc)
		rc = device_remove(xm, &d, force);
	return rc ? XM_FAILED : XM_OK;
}

static void show_vif(struct xm *xm, uint16_t domid, unsigned int handle, json_t *out)
{
	char *mac = xm_xs_read(xm, "/local/domain/0/backend/vif/%u/%u/mac", domid, handle);
	char *bridge = xm_xs_read(xm, "/local/domain/0/backend/vif/%u/%u/bridge", domid, handle);
	long state = xm_xs_number(xm, 0, "/local/domain/0/backend/vif/%u/%u/state", domid, handle);
	char name[16];

	snprintf(name, sizeof(name), "vif%u.%u", domid, handle);
	if (out)
		json_array_append_new(out, json_pack("{s:i, s:s?, s:s?, s:s, s:i}", "handle", (int)handle,
						     "mac", mac, "bridge", bridge, "interface", name, "state",
						     (int)state));
	else
		printf("%3u %-17s %5ld  %-12s %s\n", handle, mac ? mac : "?", state, name,
		       bridge ? bridge : "-");
	free(mac);
	free(bridge);
}

static int cmd_network_list(struct xm *xm, int argc, char **argv)
{
	unsigned int *ids, n;
	json_t *out = NULL;
	uint16_t domid;
	int opt;

	while ((opt = xm_getopt(xm, argc, argv, ":hj", options)) != -1)
		if (opt == 'j' && !out)
			out = json_array();
	xm_want_args(xm, argc, 1, 1);
	if (xm_domain(xm, argv[optind], &domid)) {
		json_decref(out);
		return XM_FAILED;
	}
	if (!out)
		printf("%3s %-17s %5s  %-12s %s\n", "Idx", "MAC", "State", "Interface", "Bridge");
	n = device_list(xm, "vif", domid, &ids);
	for (unsigned int i = 0; i < n; i++)
		show_vif(xm, domid, ids[i], out);
	free(ids);
	if (out) {
		json_dumpf(out, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
		putchar('\n');
	}
	json_decref(out);
	return XM_OK;
}

const struct command network_commands[] = {
	{ "network-attach", NULL, cmd_network_attach, "DOMAIN [FIELD=VALUE ...]",
	  "give a running guest another network card",
	  "  Fields as in a configuration file: mac, bridge, script, ip, vifname, rate.\n"
	  "\nExample:\n  xm network-attach demo bridge=br1\n" },
	{ "network-detach", NULL, cmd_network_detach, "[--force] DOMAIN INDEX|MAC",
	  "take a network card from a running guest",
	  "  -f, --force   although the guest does not let go of it\n"
	  "\nExample:\n  xm network-detach demo 1\n" },
	{ "network-list", NULL, cmd_network_list, "[--json] DOMAIN", "show a guest's network cards",
	  "  -j, --json   as JSON\n\n  State: 2 waits for the guest, 4 is in use, 6 is closed.\n"
	  "\nExample:\n  xm network-list demo\n" },
	{ .name = NULL },
};
