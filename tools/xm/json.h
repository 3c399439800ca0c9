/* SPDX-License-Identifier: GPL-2.0-only */
/* Facts as JSON, the same everywhere: members in the order in which they were added, two blanks of indent. */
#ifndef XM_JSON_H
#define XM_JSON_H

#include <jansson.h>

/** Print @o on stdout and drop it; NULL is a failure. 0 or a negative errno. */
int json_print(json_t *o);

#endif
