/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who may do what with a node: an immutable, shared list. Element 0 is the owner, and its bits are those of
 * every domain that has no element of its own.
 */
#ifndef XENSTORED_PERMS_H
#define XENSTORED_PERMS_H

#include <stdbool.h>
#include <stddef.h>

#define PERM_READ	1u
#define PERM_WRITE	2u
#define PERM_OWNER	4u

/* Longest list of anybody; what one message holds is less. */
#define PERMS_MAX	1024

#define CRED_NO_TARGET	(~0u)

/* On whose behalf a request is. A target's rights are the client's too (a device model's guest). */
struct cred {
	unsigned int domid;
	unsigned int target;
	bool privileged;
};

struct perm {
	unsigned int domid;
	unsigned int bits;
};

struct perms {
	unsigned int refs;
	unsigned int n;
	struct perm e[];
};

/* A new list of @n > 0 elements, one reference. NULL: no memory. */
struct perms *perms_new(const struct perm *e, unsigned int n);
struct perms *perms_get(struct perms *p);
void perms_put(struct perms *p);
/* The same list with another owner; the same object when that changes nothing. NULL: no memory. */
struct perms *perms_with_owner(struct perms *p, unsigned int domid);
/* The list without the rights of @domid (which is not the owner). NULL: no memory. */
struct perms *perms_without(struct perms *p, unsigned int domid);
/* Does an element besides the owner's name @domid? */
bool perms_mention(const struct perms *p, unsigned int domid);
/* PERM_* bits of a client. */
unsigned int perms_of(const struct cred *c, const struct perms *p);
/* Reads NUL-terminated strings that fill @len exactly. -EINVAL malformed, -E2BIG more than @max, -ENOMEM. */
int perms_parse(const char *text, size_t len, unsigned int max, struct perms **out);
/* Writes the text form; returns its length, or -E2BIG. */
int perms_format(const struct perms *p, char *buf, size_t size);

static inline unsigned int perms_owner(const struct perms *p)
{
	return p->e[0].domid;
}

#endif
