/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xm cache-kernel: unpack kernels before a guest needs them. Packages run it for each kernel that is installed;
 * it works without a hypervisor.
 */
#include <stdlib.h>
#include <xenguest.h>
#include "xm.h"

static int cmd_cache_kernel(struct xm *xm, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "directory", required_argument, NULL, 'd' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *dir = XM_CACHE_DIR;
	char why[256];
	int opt, rc, failed = 0;
	bool quiet = false;

	while ((opt = xm_getopt(xm, argc, argv, ":hd:q", longs)) != -1) {
		if (opt == 'd')
			dir = optarg;
		else
			quiet = true;
	}
	xm_want_args(xm, argc, 1, argc);
	for (int i = optind; i < argc; i++) {
		rc = xg_keep_kernel(argv[i], dir, why, sizeof(why));
		if (rc < 0) {
			xm_fail(xm, rc, "%s", why);
			failed = 1;
		} else if (!quiet) {
			printf("%s: %s\n", argv[i], rc ? "nothing to do" : "unpacked");
		}
	}
	return failed ? XM_FAILED : XM_OK;
}

const struct command cache_commands[] = {
	{ "cache-kernel", NULL, cmd_cache_kernel, "[options] FILE...", "unpack kernels ahead of their first guest",
	  "  -d, --directory DIR  another directory than " XM_CACHE_DIR "\n"
	  "  -q, --quiet          print errors only\n"
	  "  The first guest with such a kernel starts as quickly as the next ones. What was unpacked is found by the\n"
	  "  content of the file: a changed file is another one. Four kernels are kept, the oldest goes.\n"
	  "\nExample:\n  xm cache-kernel /boot/vmlinuz-*\n" },
	{ .name = NULL },
};
