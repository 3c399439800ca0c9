/* SPDX-License-Identifier: GPL-2.0-only */
/* Operator's commands, by `xenstore control`. */
#ifndef XENSTORED_CONTROL_H
#define XENSTORED_CONTROL_H

#include <stddef.h>

/* Longest answer. */
#define CONTROL_TEXT	4000

/*
 * @args is @argc NUL-terminated strings, the first is the command. Writes the answer; -EINVAL: unknown or
 * misused.
 */
int control_run(unsigned int argc, const char *args, char text[CONTROL_TEXT]);

#endif
