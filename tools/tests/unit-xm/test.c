/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdio.h>
#include "test.h"
#include "xm.h"

#define STAND_IN	__attribute__((weak))

char said[1024];
unsigned int nr_fails, nr_warnings;
int interrupted;

static unsigned int checks, failures;

void check(bool ok, const char *what)
{
	checks++;
	if (ok)
		return;
	failures++;
	printf("%s: %s (said: %s)\n", program_invocation_short_name, what, said);
}

int test_end(void)
{
	printf("%s: %u checks, %u failed\n", program_invocation_short_name, checks, failures);
	return failures != 0;
}

/* ---- xm's words ---- */

STAND_IN int xm_fail(const struct xm *xm, int rc, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(said, sizeof(said), fmt, ap);
	va_end(ap);
	nr_fails++;
	return rc;
}

STAND_IN void xm_warn(const struct xm *xm, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(said, sizeof(said), fmt, ap);
	va_end(ap);
	nr_warnings++;
}

STAND_IN void xm_tell(const struct xm *xm, const char *fmt, ...)
{
}

STAND_IN int xm_interrupted(const struct xm *xm)
{
	return interrupted;
}

STAND_IN bool xm_signalled(void)
{
	return interrupted;
}

/* ---- a store that refuses all ---- */

STAND_IN void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *len)
{
	return NULL;
}

STAND_IN char **xs_directory(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *num)
{
	return NULL;
}

STAND_IN bool xs_write(struct xs_handle *h, xs_transaction_t t, const char *path, const void *data, unsigned int len)
{
	return false;
}

STAND_IN bool xs_mkdir(struct xs_handle *h, xs_transaction_t t, const char *path)
{
	return false;
}

STAND_IN bool xs_rm(struct xs_handle *h, xs_transaction_t t, const char *path)
{
	return false;
}

STAND_IN bool xs_set_permissions(struct xs_handle *h, xs_transaction_t t, const char *path, struct xs_permissions *perms,
				 unsigned int num)
{
	return false;
}

STAND_IN xs_transaction_t xs_transaction_start(struct xs_handle *h)
{
	return XBT_NULL;
}

STAND_IN bool xs_transaction_end(struct xs_handle *h, xs_transaction_t t, bool abort)
{
	return false;
}
