/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text of guests made harmless for whoever prints it on a terminal: newlines, tabs, printable ASCII and
 * well-formed UTF-8 stay; any other control character becomes ^X, any other byte \xNN. A carriage return in
 * front of a newline is left out.
 */
#ifndef LIBPLAIN_PLAIN_H
#define LIBPLAIN_PLAIN_H

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
/*
 * The same for what is to stay one line and no longer than it is: in the @n bytes, control characters (newlines and
 * tabs too) and bytes that belong to no character become '?'.
 */
void plain_line(char *text, size_t n);

#endif
