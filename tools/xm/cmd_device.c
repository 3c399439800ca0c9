/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xm block-attach, block-detach, block-list and their network- brothers: two kinds of devices, three commands.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "device.h"
#include "json.h"

#define NAME_WIDTH	"24"

/* What the commands need to know of a kind of devices. */
struct kind {
	const char *name;
	int min_words, max_words;	/* that describe a new one */
	int (*attach)(struct xm *xm, uint16_t domid, const char *spec);
	/* The device that a person means by @which, into d->devid; else says why not. */
	int (*find)(struct xm *xm, const char *which, struct device *d);
	const char *header;
	/* One row, or into @out. */
	void (*show)(struct xm *xm, const struct device *d, json_t *out);
};

static const struct option options[] = {
	{ "help", no_argument, NULL, 'h' }, { "force", no_argument, NULL, 'f' },
	{ "json", no_argument, NULL, 'j' }, { NULL, 0, NULL, 0 },
};

/* All words after the domain make one device, so that blanks do where commas are usual. */
static char *join(char **words, int n)
{
	size_t len = 1;
	char *text;

	for (int i = 0; i < n; i++)
		len += strlen(words[i]) + 1;
	text = calloc(1, len);
	for (int i = 0; text && i < n; i++) {
		if (i)
			strcat(text, ",");
		strcat(text, words[i]);
	}
	return text;
}

static int attach(struct xm *xm, int argc, char **argv, const struct kind *k)
{
	uint16_t domid;
	char *spec;
	int rc;

	while (xm_getopt(xm, argc, argv, ":h", options) != -1)
		;
	xm_want_args(xm, argc, 1 + k->min_words, 1 + k->max_words);
	xm_catch_signals();
	rc = xm_guest(xm, argv[optind], &domid);
	spec = rc ? NULL : join(argv + optind + 1, argc - optind - 1);
	if (!rc)
		rc = spec ? k->attach(xm, domid, spec) : xm_fail(xm, -ENOMEM, "out of memory");
	free(spec);
	return rc ? XM_FAILED : XM_OK;
}

static int detach(struct xm *xm, int argc, char **argv, const struct kind *k)
{
	struct device d = { .kind = k->name };
	bool force = false;
	int rc, opt;

	while ((opt = xm_getopt(xm, argc, argv, ":hf", options)) != -1)
		force |= opt == 'f';
	xm_want_args(xm, argc, 2, 2);
	xm_catch_signals();
	rc = xm_guest(xm, argv[optind], &d.domid);
	if (!rc)
		rc = k->find(xm, argv[optind + 1], &d);
	if (!rc)
		rc = device_remove(xm, &d, force);
	return rc ? XM_FAILED : XM_OK;
}

/* Whose devices they are stands in front where there are several domains. */
static void list_one(struct xm *xm, const struct kind *k, uint16_t domid, bool several, json_t *out)
{
	struct device d = { .kind = k->name, .domid = domid };
	unsigned int *ids, n = device_list(xm, k->name, domid, &ids);
	char name[64];

	xm_domain_name(xm, domid, name, sizeof(name));
	for (unsigned int i = 0; i < n; i++) {
		json_t *o = out ? json_pack("{s:s, s:i}", "domain", name, "domid", (int)domid) : NULL;

		d.devid = ids[i];
		if (several && !out)
			printf("%-" NAME_WIDTH "s ", name);
		k->show(xm, &d, o);
		if (o)
			json_array_append_new(out, o);
	}
	free(ids);
}

static int list(struct xm *xm, int argc, char **argv, const struct kind *k)
{
	json_t *out = NULL;
	uint16_t *domids;
	int opt, n, rc = 0;

	while ((opt = xm_getopt(xm, argc, argv, ":hj", options)) != -1)
		if (opt == 'j' && !out)
			out = json_array();
	xm_want_args(xm, argc, 1, -1);
	n = argc - optind;
	domids = calloc(n, sizeof(*domids));
	if (!domids)
		rc = xm_fail(xm, -ENOMEM, "out of memory");
	for (int i = 0; !rc && i < n; i++)
		rc = xm_domain(xm, argv[optind + i], &domids[i]);
	if (!rc && !out && n > 1)
		printf("%-" NAME_WIDTH "s ", "Domain");
	if (!rc && !out)
		puts(k->header);
	for (int i = 0; !rc && i < n; i++)
		list_one(xm, k, domids[i], n > 1, out);
	free(domids);
	if (out && !rc)
		return json_print(out) ? XM_FAILED : XM_OK;
	json_decref(out);
	return rc ? XM_FAILED : XM_OK;
}

static char *back_value(struct xm *xm, const struct device *d, const char *key)
{
	char *text = device_value(xm, d, key);

	return text ? text : strdup("-");
}

static const char *or_null(const char *text)
{
	return text && strcmp(text, "-") ? text : NULL;
}

/* ---- disks ---- */

static int attach_disk(struct xm *xm, uint16_t domid, const char *spec)
{
	struct cfg_disk d;
	struct cfg_error err = { "out of memory" };
	char name[64];
	int rc = cfg_parse_disk(spec, &d, &err);

	if (rc)
		return xm_fail(xm, rc, "disk '%s': %s", spec, err.text);
	xm_domain_name(xm, domid, name, sizeof(name));
	rc = vbd_check_new(xm, domid, &d);
	if (!rc)
		rc = vbd_check(xm, name, &d);
	if (!rc)
		rc = vbd_add(xm, domid, &d);
	cfg_disk_clear(&d);
	return rc;
}

static int find_disk(struct xm *xm, const char *which, struct device *d)
{
	uint32_t devid;

	if (!cfg_vdev_number(which, &devid) &&
	    xm_xs_exists(xm, "/local/domain/0/backend/vbd/%u/%u/state", d->domid, devid)) {
		d->devid = devid;
		return 0;
	}
	return xm_fail(xm, -ENODEV, "domain %u has no disk '%s'; 'xm block-list %u' shows those it has", d->domid, which,
		       d->domid);
}

static void show_disk(struct xm *xm, const struct device *d, json_t *out)
{
	char *dev = back_value(xm, d, "dev"), *mode = back_value(xm, d, "mode"), *type = back_value(xm, d, "type");
	char *path = back_value(xm, d, "params"), *state = back_value(xm, d, "state");

	if (out)
		json_object_update_new(out, json_pack("{s:s?, s:i, s:s?, s:s?, s:i, s:s?}", "device", or_null(dev), "number",
						      (int)d->devid, "type", or_null(type), "mode", or_null(mode),
						      "state", state ? atoi(state) : 0, "target", or_null(path)));
	else
		printf("%-8s %6u %5s %4s %5s  %s\n", dev, d->devid, type, mode, state, path);
	free(dev);
	free(mode);
	free(type);
	free(path);
	free(state);
}

static const struct kind disks = {
	"vbd", 1, 4, attach_disk, find_disk, "Device   Number  Type Mode State  Target", show_disk,
};

static int cmd_block_attach(struct xm *xm, int argc, char **argv)
{
	return attach(xm, argc, argv, &disks);
}

static int cmd_block_detach(struct xm *xm, int argc, char **argv)
{
	return detach(xm, argc, argv, &disks);
}

static int cmd_block_list(struct xm *xm, int argc, char **argv)
{
	return list(xm, argc, argv, &disks);
}

const struct command block_commands[] = {
	{ "block-attach", NULL, cmd_block_attach, "DOMAIN DISK", "give a running guest another disk",
	  "  DISK is written as in a configuration file.\n"
	  "\nExample:\n  xm block-attach demo file:/srv/data.img,xvdb,w\n" },
	{ "block-detach", NULL, cmd_block_detach, "[--force] DOMAIN DEVICE",
	  "take a disk from a running guest",
	  "  -f, --force   although the guest does not let go of it\n"
	  "\nExample:\n  xm block-detach demo xvdb\n" },
	{ "block-list", NULL, cmd_block_list, "[--json] DOMAIN ...", "show the disks of guests",
	  "  -j, --json   as JSON\n\n  State: 2 waits for the guest, 4 is in use, 6 is closed.\n"
	  "  With several domains each row begins with the name of its own.\n"
	  "\nExample:\n  xm block-list demo\n" },
	{ .name = NULL },
};

/* ---- network cards ---- */

static int attach_vif(struct xm *xm, uint16_t domid, const char *spec)
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
		rc = vif_attach(xm, domid, name, &v);
	cfg_vif_clear(&v);
	return rc;
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

static void show_vif(struct xm *xm, const struct device *d, json_t *out)
{
	char *mac = back_value(xm, d, "mac"), *bridge = back_value(xm, d, "bridge"), *ip = back_value(xm, d, "ip");
	char *other = back_value(xm, d, "vifname"), *script = back_value(xm, d, "script");
	char *state = back_value(xm, d, "state"), name[16];
	bool antispoof = xm_xs_exists(xm, "/local/domain/0/backend/vif/%u/%u/xm-antispoof", d->domid, d->devid);

	snprintf(name, sizeof(name), "vif%u.%u", d->domid, d->devid);
	if (other && *other != '-')
		snprintf(name, sizeof(name), "%.15s", other);
	if (out)
		json_object_update_new(out, json_pack("{s:i, s:s?, s:s?, s:s?, s:s?, s:b, s:s, s:i}", "handle",
						      (int)d->devid, "mac", or_null(mac), "bridge", or_null(bridge), "ip",
						      or_null(ip), "script", or_null(script), "antispoof", antispoof,
						      "interface", name, "state", state ? atoi(state) : 0));
	else
		printf("%3u %-17s %5s  %-12s %-10s %s\n", d->devid, mac, state, name, bridge, ip);
	free(mac);
	free(bridge);
	free(ip);
	free(other);
	free(script);
	free(state);
}

static const struct kind cards = {
	"vif", 0, 7, attach_vif, find_vif, "Idx MAC               State  Interface    Bridge     IP", show_vif,
};

static int cmd_network_attach(struct xm *xm, int argc, char **argv)
{
	return attach(xm, argc, argv, &cards);
}

static int cmd_network_detach(struct xm *xm, int argc, char **argv)
{
	return detach(xm, argc, argv, &cards);
}

static int cmd_network_list(struct xm *xm, int argc, char **argv)
{
	return list(xm, argc, argv, &cards);
}

const struct command network_commands[] = {
	{ "network-attach", NULL, cmd_network_attach, "DOMAIN [FIELD=VALUE ...]",
	  "give a running guest another network card",
	  "  Fields as in a configuration file: mac, bridge, script, ip, gateway, antispoof, vifname,\n  rate.\n"
	  "\nExample:\n  xm network-attach demo bridge=br1\n" },
	{ "network-detach", NULL, cmd_network_detach, "[--force] DOMAIN INDEX|MAC",
	  "take a network card from a running guest",
	  "  -f, --force   although the guest does not let go of it\n"
	  "\nExample:\n  xm network-detach demo 1\n" },
	{ "network-list", NULL, cmd_network_list, "[--json] DOMAIN ...", "show the network cards of guests",
	  "  -j, --json   as JSON\n\n  State: 2 waits for the guest, 4 is in use, 6 is closed.\n"
	  "  With several domains each row begins with the name of its own.\n"
	  "\nExample:\n  xm network-list demo\n" },
	{ .name = NULL },
};
