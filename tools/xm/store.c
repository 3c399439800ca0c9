/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Short forms of the calls to xenstored: printf paths, numbers, nodes with an owner and a reader.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "xm.h"

/* False when the path does not fit; xenstored would refuse it anyway. */
static bool make_path(char *buf, const char *fmt, va_list ap)
{
	int n = vsnprintf(buf, XM_PATH_MAX, fmt, ap);

	if (n >= 0 && n < XM_PATH_MAX)
		return true;
	errno = ENAMETOOLONG;
	return false;
}

static bool is_open(const struct xm *xm)
{
	errno = xm->xs ? 0 : ENOTCONN;
	return xm->xs;
}

#define PATH(buf, fmt)							\
	({								\
		va_list ap_;						\
		bool ok_;						\
		va_start(ap_, fmt);					\
		ok_ = make_path(buf, fmt, ap_);				\
		va_end(ap_);						\
		ok_;							\
	})

char *xm_xs_read(struct xm *xm, const char *fmt, ...)
{
	char path[XM_PATH_MAX];

	return is_open(xm) && PATH(path, fmt) ? xs_read(xm->xs, XBT_NULL, path, NULL) : NULL;
}

long xm_xs_number(struct xm *xm, long none, const char *fmt, ...)
{
	char path[XM_PATH_MAX], *text, *end;
	long n = none;

	text = PATH(path, fmt) ? xs_read(xm->xs, XBT_NULL, path, NULL) : NULL;
	if (text && *text) {
		n = strtol(text, &end, 0);
		if (*end)
			n = none;
	}
	free(text);
	return n;
}

bool xm_xs_write(struct xm *xm, xs_transaction_t t, const char *value, const char *fmt, ...)
{
	char path[XM_PATH_MAX];

	return PATH(path, fmt) && xs_write(xm->xs, t, path, value, strlen(value));
}

bool xm_xs_exists(struct xm *xm, const char *fmt, ...)
{
	char path[XM_PATH_MAX];
	void *value = PATH(path, fmt) ? xs_read(xm->xs, XBT_NULL, path, NULL) : NULL;

	free(value);
	return value != NULL;
}

void xm_xs_remove(struct xm *xm, xs_transaction_t t, const char *fmt, ...)
{
	char path[XM_PATH_MAX];

	if (PATH(path, fmt))
		xs_rm(xm->xs, t, path);
}

char **xm_xs_list(struct xm *xm, unsigned int *num, const char *fmt, ...)
{
	char path[XM_PATH_MAX];
	char **list = is_open(xm) && PATH(path, fmt) ? xs_directory(xm->xs, XBT_NULL, path, num) : NULL;

	if (!list)
		*num = 0;
	return list;
}

bool xm_xs_mkdir(struct xm *xm, xs_transaction_t t, const char *path, unsigned int owner,
		 unsigned int reader)
{
	struct xs_permissions perms[2] = {
		{ .id = owner, .perms = XS_PERM_NONE }, { .id = reader, .perms = XS_PERM_READ },
	};

	return xs_mkdir(xm->xs, t, path) &&
	       xs_set_permissions(xm->xs, t, path, perms, owner == reader ? 1 : 2);
}
