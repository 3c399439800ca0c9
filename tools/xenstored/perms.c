// SPDX-License-Identifier: GPL-2.0-only
/* Permission lists: immutable, counted references, since thousands of nodes share a few. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "perms.h"
#include "xenstore.h"

struct perms *perms_new(const struct perm *e, unsigned int n)
{
	struct perms *p = malloc(sizeof(*p) + n * sizeof(p->e[0]));

	if (!p)
		return NULL;
	p->refs = 1;
	p->n = n;
	memcpy(p->e, e, n * sizeof(*e));
	return p;
}

struct perms *perms_get(struct perms *p)
{
	p->refs++;
	return p;
}

void perms_put(struct perms *p)
{
	if (p && !--p->refs)
		free(p);
}

struct perms *perms_with_owner(struct perms *p, unsigned int domid)
{
	struct perms *q;

	if (perms_owner(p) == domid)
		return perms_get(p);
	q = perms_new(p->e, p->n);
	if (q)
		q->e[0].domid = domid;
	return q;
}

bool perms_mention(const struct perms *p, unsigned int domid)
{
	unsigned int i;

	for (i = 1; i < p->n; i++)
		if (p->e[i].domid == domid)
			return true;
	return false;
}

struct perms *perms_without(struct perms *p, unsigned int domid)
{
	struct perms *q = perms_new(p->e, p->n);
	unsigned int i, k = 1;

	if (!q)
		return NULL;
	for (i = 1; i < p->n; i++)
		if (p->e[i].domid != domid)
			q->e[k++] = p->e[i];
	q->n = k;
	return q;
}

static bool is_client(const struct cred *c, unsigned int domid)
{
	return domid == c->domid || domid == c->target;
}

unsigned int perms_of(const struct cred *c, const struct perms *p)
{
	unsigned int i;

	if (c->privileged || is_client(c, perms_owner(p)))
		return PERM_READ | PERM_WRITE | PERM_OWNER;
	for (i = 1; i < p->n; i++)
		if (is_client(c, p->e[i].domid))
			return p->e[i].bits;
	return p->e[0].bits;
}

int perms_parse(const char *text, size_t len, unsigned int max, struct perms **out)
{
	struct xs_permissions x;
	struct perm e[PERMS_MAX];
	unsigned int n = 0;

	if (!len || text[len - 1])
		return -EINVAL;
	while (len) {
		size_t used = strlen(text) + 1;

		if (n == max || n == PERMS_MAX)
			return -E2BIG;
		if (!xs_strings_to_perms(&x, 1, text) || x.id > 0xffff)
			return -EINVAL;
		e[n++] = (struct perm){ .domid = x.id, .bits = x.perms };
		text += used;
		len -= used;
	}
	*out = perms_new(e, n);
	return *out ? 0 : -ENOMEM;
}

int perms_format(const struct perms *p, char *buf, size_t size)
{
	size_t at = 0;
	unsigned int i;

	for (i = 0; i < p->n; i++) {
		struct xs_permissions x = { .id = p->e[i].domid, .perms = p->e[i].bits };

		if (at >= size || !xs_perm_to_string(&x, buf + at, size - at))
			return -E2BIG;
		at += strlen(buf + at) + 1;
	}
	return at;
}
