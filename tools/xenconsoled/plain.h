/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Console text made harmless for whoever prints a log on a terminal: newlines, tabs, printable ASCII and
 * well-formed UTF-8 stay; any other control character becomes ^X, any other byte \xNN. A carriage return in
 * front of a newline is left out.
 */
#ifndef XENCONSOLED_PLAIN_H
#define XENCONSOLED_PLAIN_H

#include <stddef.h>

struct plain {
	unsigned char seq[4];	/* of a character that is not complete */
	unsigned int have, need;
	unsigned int returns;	/* carriage returns not yet decided on */
};

/* What one byte can become, with all that waited for it. */
#define PLAIN_GROWTH	4
#define PLAIN_EXTRA	32

/* Writes into @out, which has room for PLAIN_GROWTH * @n + PLAIN_EXTRA; returns the length. */
size_t plain_text(struct plain *p, const char *in, size_t n, char *out);

#endif
