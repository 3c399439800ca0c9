/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Watches: who wants to know of changes, and telling them.
 *
 * A client sees a change of a node if it may read the node (before or after the change) or its parent.
 * Watches are found by the path they are on: a change costs one lookup for each component of its path,
 * however many watches there are.
 */
#ifndef XENSTORED_WATCH_H
#define XENSTORED_WATCH_H

#include "conn.h"
#include "tree.h"

/* Levels below the watched node that count; WATCH_DEEP: all of them. */
#define WATCH_DEEP	(-1)

/* The two events that are about domains, not nodes. */
#define WATCH_INTRODUCE	"@introduceDomain"
#define WATCH_RELEASE	"@releaseDomain"

/* Creates the special events' permissions (domain 0 only). -ENOMEM. */
int watch_init(void);

/*
 * @path is canonical, its first @rel bytes were not said by the client (and are left out of events).
 * -EEXIST: the same path and token; -E2BIG: too many; -ENOMEM. The initial event is the caller's to send:
 * watch_first().
 */
int watch_add(struct conn *c, const char *path, size_t rel, const char *token, int depth);
/* The same without a limit: for a watch that was there before. */
int watch_restore(struct conn *c, const char *path, size_t rel, const char *token, int depth);
void watch_first(struct conn *c, const char *path, size_t rel, const char *token);
/* -ENOENT: no such watch. */
int watch_del(struct conn *c, const char *path, const char *token);
void watch_del_all(struct conn *c);

/* @n, now at @path in @root, was created or changed; @before are its former permissions or NULL. */
void watch_fire(struct node *root, const char *path, const struct node *n, const struct perms *before);
/* @removed was at @path and is no longer in @root. */
void watch_fire_removed(struct node *root, const char *path, const struct node *removed);
/* One of the special events. */
void watch_fire_special(const char *name);

/* Permissions of a special event; NULL: no such event. Setting takes a reference of its own. */
struct perms *watch_special_perms(const char *name);
void watch_set_special_perms(const char *name, struct perms *perms);

unsigned int watch_count(void);
/* Grows with each change of watches and of the special events' permissions. */
extern unsigned long watch_changes;

/* Calls back for each watch of a connection, in order of registration. */
void watch_each(struct conn *c,
		void (*fn)(void *arg, const char *path, size_t rel, const char *token, int depth),
		void *arg);

#endif
