/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xm top: its options.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "top.h"

static int parse_delay(struct xm *xm, const char *text, double *delay_s)
{
	char *end;
	double s = strtod(text, &end);

	if (end == text || *end || !(s >= TOP_DELAY_MIN && s <= TOP_DELAY_MAX))
		return xm_fail(xm, -EINVAL, "delay '%s': expected seconds from %.1f to %d", text, TOP_DELAY_MIN,
			       TOP_DELAY_MAX);
	*delay_s = s;
	return 0;
}

static int parse_sort(struct xm *xm, const char *text, enum top_key *key)
{
	static const char *const names[] = { "cpu", "memory", "net", "disk", "id", "name" };

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(text, names[i])) {
			*key = i;
			return 0;
		}
	}
	return xm_fail(xm, -EINVAL, "sort '%s': expected cpu, memory, net, disk, id or name", text);
}

static int cmd_top(struct xm *xm, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' }, { "delay", required_argument, NULL, 'd' },
		{ "iterations", required_argument, NULL, 'i' }, { "batch", no_argument, NULL, 'b' },
		{ "json", no_argument, NULL, 'j' }, { "sort", required_argument, NULL, 's' },
		{ "reverse", no_argument, NULL, 'r' }, { NULL, 0, NULL, 0 },
	};
	struct top_options o = { .delay_s = 2 };
	int opt, rc = 0;

	while (!rc && (opt = xm_getopt(xm, argc, argv, ":hd:i:bjs:r", longs)) != -1) {
		o.batch |= opt == 'b';
		o.json |= opt == 'j';
		o.reverse |= opt == 'r';
		if (opt == 'd')
			rc = parse_delay(xm, optarg, &o.delay_s);
		if (opt == 'i')
			rc = xm_number(xm, "iterations", optarg, 1, 1000000000, &o.iterations);
		if (opt == 's')
			rc = parse_sort(xm, optarg, &o.key);
	}
	if (rc)
		return XM_USAGE;
	xm_want_args(xm, argc, 0, 0);
	if (!o.batch && !o.json && (!isatty(0) || !isatty(1))) {
		xm_fail(xm, 0, "this is no terminal; --batch or --json print text");
		return XM_FAILED;
	}
	return top_run(xm, &o, stats_take) ? XM_FAILED : XM_OK;
}

const struct command top_commands[] = {
	{ "top", NULL, cmd_top, "[-bjr] [-d SEC] [-i N] [-s COLUMN]",
	  "show what domains use: CPU, memory, network, disks",
	  "  -d, --delay SEC      time between two samples (2)\n"
	  "  -s, --sort COLUMN    cpu (the default), memory, net, disk, id or name\n"
	  "  -r, --reverse        the other way round\n"
	  "  -i, --iterations N   end after N of them\n"
	  "  -b, --batch          plain text, one table per sample\n"
	  "  -j, --json           JSON, one object per sample\n\n"
	  "  'h' lists the keys. CPU% is of one CPU. RX and TX are what the guest received and sent.\n"
	  "\nExample:\n  xm top\n  xm top --json -d 5 -i 1\n" },
	{ .name = NULL },
};
