// SPDX-License-Identifier: GPL-2.0-only
/* Names of nodes: checks, the canonical form, walking. Pure functions of strings. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "path.h"

#define HOMES	"/local/domain/"

static bool valid_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("-/_@", c));
}

bool path_is_special(const char *path)
{
	return path[0] == '@';
}

size_t path_home(char home[PATH_HOME_MAX], unsigned int domid)
{
	return snprintf(home, PATH_HOME_MAX, HOMES "%u", domid & 0xffff);
}

/*
 * Bytes after "/local/domain/<n>/": guests see names relative to that, whose length has a limit of its own.
 */
static size_t length_in_home(const char *path, size_t len)
{
	const char *p = path + strlen(HOMES);

	if (strncmp(path, HOMES, strlen(HOMES)))
		return 0;
	while (*p >= '0' && *p <= '9')
		p++;
	return *p == '/' ? len - (p + 1 - path) : 0;
}

static bool well_formed(const char *path)
{
	size_t len = strlen(path), i;

	if (path[0] != '/' && path[0] != '@')
		return false;
	if (len > 1 && path[len - 1] == '/')
		return false;
	for (i = 0; i < len; i++)
		if (!valid_char(path[i]) || (path[i] == '/' && path[i + 1] == '/'))
			return false;
	return length_in_home(path, len) <= XENSTORE_REL_PATH_MAX;
}

int path_canonical(path_t out, const char *name, unsigned int domid, size_t *rel)
{
	char home[PATH_HOME_MAX] = "";
	size_t hlen = 0, nlen = strlen(name);

	if (name[0] != '/' && name[0] != '@') {
		hlen = path_home(home, domid) + 1;
		home[hlen - 1] = '/';
	}
	if (!nlen || hlen + nlen > XENSTORE_ABS_PATH_MAX)
		return -EINVAL;
	memcpy(out, home, hlen);
	memcpy(out + hlen, name, nlen + 1);
	if (!well_formed(out))
		return -EINVAL;
	if (rel)
		*rel = hlen;
	return 0;
}

size_t path_parent_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash != path ? slash - path : 1;
}

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool path_is_below(const char *path, const char *top)
{
	size_t n = strlen(top);

	if (n == 1 && top[0] == '/')
		return path[0] == '/';
	return !strncmp(path, top, n) && (!path[n] || path[n] == '/');
}

const char *path_next(const char **pos, size_t *len)
{
	const char *p = *pos;

	while (*p == '/')
		p++;
	if (!*p)
		return NULL;
	*len = strcspn(p, "/");
	*pos = p + *len;
	return p;
}

unsigned int path_depth_below(const char *path, const char *top)
{
	unsigned int n = 0;
	const char *p = strcmp(top, "/") ? path + strlen(top) : path;
	size_t len;

	while (path_next(&p, &len))
		n++;
	return n;
}
