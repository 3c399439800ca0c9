/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of nodes.
 *
 * Clients say "/a/b", "a/b" (below their own home) or "@special". Inside the daemon a path is always
 * canonical: absolute or special, no empty component, no trailing slash except for "/" itself.
 */
#ifndef XENSTORED_PATH_H
#define XENSTORED_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <public/io/xs_wire.h>

typedef char path_t[XENSTORE_ABS_PATH_MAX + 1];

/* "/local/domain/65535" and a NUL */
#define PATH_HOME_MAX	24

bool path_is_special(const char *path);
/* Writes the home of a domain; returns its length. */
size_t path_home(char home[PATH_HOME_MAX], unsigned int domid);
/*
 * Checks what a client sent and makes it canonical. *rel (may be NULL) is how many bytes were put in front,
 * 0 for an absolute name. -EINVAL when malformed or too long.
 */
int path_canonical(path_t out, const char *name, unsigned int domid, size_t *rel);
/* Length of the parent's path ("/" is its own parent: 1). */
size_t path_parent_len(const char *path);
/* The last component. */
const char *path_base(const char *path);
/* Is @path below or at @top? */
bool path_is_below(const char *path, const char *top);
/*
 * Walks components: *pos starts as the path; each call returns the next component and its length, NULL after
 * the last.
 */
const char *path_next(const char **pos, size_t *len);
/* Components of @path beyond those of @top, which it is below. */
unsigned int path_depth_below(const char *path, const char *top);

#endif
