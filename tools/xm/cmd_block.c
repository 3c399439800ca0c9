/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xm block-attach, block-detach, block-list.
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

/* All words after the domain make one disk, so that spaces and the classic three words work. */
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

static int attach(struct xm *xm, uint16_t domid, const char *spec)
{
	struct cfg_disk d;
	struct cfg_error err = { "out of memory" };
	char name[64];
	int rc = cfg_parse_disk(spec, &d, &err);

	if (rc)
		return xm_fail(xm, rc, "disk '%s': %s", spec, err.text);
	xm_domain_name(xm, domid, name, sizeof(name));
	if (xm_xs_exists(xm, "/local/domain/0/backend/vbd/%u/%u/state", domid, d.devid))
		rc = xm_fail(xm, -EEXIST, "guest '%s' has a disk %s already", name, d.vdev);
	else
		rc = vbd_check(xm, name, &d);
	if (!rc)
		rc = vbd_add(xm, domid, &d);
	cfg_disk_clear(&d);
	return rc;
}

static int cmd_block_attach(struct xm *xm, int argc, char **argv)
{
	uint16_t domid;
	char *spec;
	int rc;

	while (xm_getopt(xm, argc, argv, ":h", options) != -1)
		;
	xm_want_args(xm, argc, 2, 5);
	rc = xm_guest(xm, argv[optind], &domid);
	spec = rc ? NULL : join(argv + optind + 1, argc - optind - 1);
	if (spec)
		rc = attach(xm, domid, spec);
	free(spec);
	return rc ? XM_FAILED : XM_OK;
}

static int cmd_block_detach(struct xm *xm, int argc, char **argv)
{
	struct device d = { .kind = "vbd" };
	bool force = false;
	uint32_t devid;
	int rc, opt;

	while ((opt = xm_getopt(xm, argc, argv, ":hf", options)) != -1)
		force |= opt == 'f';
	xm_want_args(xm, argc, 2, 2);
	rc = xm_guest(xm, argv[optind], &d.domid);
	if (rc)
		return XM_FAILED;
	if (cfg_vdev_number(argv[optind + 1], &devid) ||
	    !xm_xs_exists(xm, "/local/domain/0/backend/vbd/%u/%u/state", d.domid, devid)) {
		xm_fail(xm, -ENODEV, "domain %u has no disk '%s'; 'xm block-list %u' shows those it has",
			d.domid, argv[optind + 1], d.domid);
		return XM_FAILED;
	}
	d.devid = devid;
	return device_remove(xm, &d, force) ? XM_FAILED : XM_OK;
}

static char *back_value(struct xm *xm, uint16_t domid, unsigned int devid, const char *key)
{
	char *text = xm_xs_read(xm, "/local/domain/0/backend/vbd/%u/%u/%s", domid, devid, key);

	return text ? text : strdup("?");
}

static void show_disk(struct xm *xm, uint16_t domid, unsigned int devid, json_t *out)
{
	char *dev = back_value(xm, domid, devid, "dev"), *mode = back_value(xm, domid, devid, "mode");
	char *type = back_value(xm, domid, devid, "type"), *path = back_value(xm, domid, devid, "params");
	long state = xm_xs_number(xm, 0, "/local/domain/0/backend/vbd/%u/%u/state", domid, devid);

	if (out)
		json_array_append_new(out, json_pack("{s:s?, s:i, s:s?, s:s?, s:i, s:s?}", "device", dev,
						     "number", (int)devid, "type", type, "mode", mode,
						     "state", (int)state, "target", path));
	else
		printf("%-8s %6u %5s %4s %5ld  %s\n", dev ? dev : "?", devid, type ? type : "?",
		       mode ? mode : "?", state, path ? path : "?");
	free(dev);
	free(mode);
	free(type);
	free(path);
}

static int cmd_block_list(struct xm *xm, int argc, char **argv)
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
		printf("%-8s %6s %5s %4s %5s  %s\n", "Device", "Number", "Type", "Mode", "State", "Target");
	n = device_list(xm, "vbd", domid, &ids);
	for (unsigned int i = 0; i < n; i++)
		show_disk(xm, domid, ids[i], out);
	free(ids);
	if (out) {
		json_dumpf(out, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
		putchar('\n');
	}
	json_decref(out);
	return XM_OK;
}

const struct command block_commands[] = {
	{ "block-attach", NULL, cmd_block_attach, "DOMAIN DISK", "give a running guest another disk",
	  "  DISK is written as in a configuration file.\n"
	  "\nExample:\n  xm block-attach demo file:/srv/data.img,xvdb,w\n" },
	{ "block-detach", NULL, cmd_block_detach, "[--force] DOMAIN DEVICE",
	  "take a disk from a running guest",
	  "  -f, --force   although the guest does not let go of it\n"
	  "\nExample:\n  xm block-detach demo xvdb\n" },
	{ "block-list", NULL, cmd_block_list, "[--json] DOMAIN", "show a guest's disks",
	  "  -j, --json   as JSON\n\n  State: 2 waits for the guest, 4 is in use, 6 is closed.\n"
	  "\nExample:\n  xm block-list demo\n" },
	{ .name = NULL },
};
