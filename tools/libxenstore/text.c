// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text forms that client and daemon share: permission strings, and the relation of two paths.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore.h"

/* Indexed by XS_PERM_READ | XS_PERM_WRITE. */
static const char perm_letters[] = "nrwb";

static bool parse_perm(struct xs_permissions *perm, const char *s)
{
	const char *letter = *s ? strchr(perm_letters, *s) : NULL;
	unsigned long id;
	char *end;

	if (!letter || !isdigit((unsigned char)s[1]))
		return false;
	errno = 0;
	id = strtoul(s + 1, &end, 10);
	if (errno || *end || id > UINT32_MAX)
		return false;
	perm->perms = letter - perm_letters;
	perm->id = id;
	return true;
}

bool xs_strings_to_perms(struct xs_permissions *perms, unsigned int num, const char *strings)
{
	unsigned int i;

	for (i = 0; i < num; i++) {
		if (!parse_perm(&perms[i], strings)) {
			errno = EINVAL;
			return false;
		}
		strings += strlen(strings) + 1;
	}
	return true;
}

bool xs_perm_to_string(const struct xs_permissions *perm, char *buf, unsigned int size)
{
	int n;

	if (perm->perms & ~(XS_PERM_READ | XS_PERM_WRITE))
		return false;
	n = snprintf(buf, size, "%c%u", perm_letters[perm->perms], perm->id);
	return n > 0 && (unsigned int)n < size;
}

bool xs_path_is_subpath(const char *parent, const char *child)
{
	size_t n = strlen(parent);

	if (!strcmp(parent, "/"))
		return child[0] == '/';
	return !strncmp(parent, child, n) && (!child[n] || child[n] == '/');
}
