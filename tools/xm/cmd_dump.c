/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xm dump-core.
 */
#include <string.h>
#include <unistd.h>
#include "conf.h"
#include "dump.h"

static int cmd_dump_core(struct xm *xm, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' }, { "live", no_argument, NULL, 'L' },
		{ "quiet", no_argument, NULL, 'q' }, { NULL, 0, NULL, 0 },
	};
	struct dump_options o = { .progress = isatty(2) };
	char name[64], path[256];
	const char *file = path;
	bool quiet = false;
	uint16_t domid;
	int opt;

	while ((opt = xm_getopt(xm, argc, argv, ":hLq", longs)) != -1) {
		o.live |= opt == 'L';
		quiet |= opt == 'q';
	}
	xm_want_args(xm, argc, 1, 2);
	if (xm_guest(xm, argv[optind], &domid))
		return XM_FAILED;
	xm_domain_name(xm, domid, name, sizeof(name));
	if (argc - optind == 2)
		file = argv[optind + 1];
	else
		dump_default_path(name, path, sizeof(path));
	o.progress &= !quiet;
	xm_catch_signals();
	if (file == path)
		cores_sweep(xm, DUMP_DIR);
	if (dump_core(xm, domid, file, &o))
		return XM_FAILED;
	if (!quiet)
		printf("%s\n", file);
	if (file == path)
		cores_trim(xm, DUMP_DIR, cores_limit(xm, XM_CONF), path);
	return XM_OK;
}

const struct command dump_commands[] = {
	{ "dump-core", NULL, cmd_dump_core, "[-Lq] DOMAIN [FILE]",
	  "write a guest's memory and registers to a file for gdb or crash",
	  "  -L, --live    do not pause the guest meanwhile; the core is then a blur\n"
	  "  -q, --quiet   no progress and no name of the file\n"
	  "  Without FILE it goes to " DUMP_DIR "/NAME-TIME.core. It holds all the guest's memory: keep it secret.\n"
	  "  Pages of zeros take no room on the disk. Old cores there are removed: see core_limit in " XM_CONF ".\n"
	  "\nExample:\n  xm dump-core demo demo.core\n  gdb vmlinux demo.core\n  crash vmlinux demo.core\n" },
	{ .name = NULL },
};
