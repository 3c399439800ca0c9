/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdio.h>
#include "json.h"

int json_print(json_t *o)
{
	int rc = o ? json_dumpf(o, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(12)) : -1;

	putchar('\n');
	json_decref(o);
	return rc ? -EIO : 0;
}
