/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_XM_TEST_H
#define UNIT_XM_TEST_H

#include <stdbool.h>

/* What the tests of xm's files share: counting what is checked, and weak stand-ins for xm's words and for the store. */

/* Count @ok; if it is false @what is printed, with what xm said last. */
void check(bool ok, const char *what);
#define CHECK(x)	check((x), #x)

/* The last line of a test, and the exit code of its program. */
int test_end(void);

/* What the stand-ins of xm_fail() and xm_warn() were told: the last text, and how often each was called. */
extern char said[1024];
extern unsigned int nr_fails, nr_warnings;

/* xm_interrupted() says this, and xm_signalled() whether there is anything. */
extern int interrupted;

#endif
