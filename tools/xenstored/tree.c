// SPDX-License-Identifier: GPL-2.0-only
/* The persistent tree; the facts T1..T3 are in tree.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "path.h"
#include "tree.h"

static uint64_t last_gen;

uint64_t tree_next_gen(void)
{
	return ++last_gen;
}

uint64_t tree_last_gen(void)
{
	return last_gen;
}

void tree_skip_gens(uint64_t gen)
{
	if (last_gen < gen)
		last_gen = gen;
}

size_t tree_bytes;

static size_t node_bytes(const struct node *n)
{
	return sizeof(*n) + n->name_len + 1;
}

static size_t blob_bytes(const struct blob *b)
{
	return b ? sizeof(*b) + b->len : 0;
}

size_t tree_size(const struct node *root)
{
	size_t bytes = node_bytes(root) + blob_bytes(root->value);

	for (unsigned int i = 0; i < root->nr_children; i++)
		bytes += tree_size(root->child[i]);
	return bytes;
}

struct blob *blob_new(const void *data, unsigned int len)
{
	struct blob *b = malloc(sizeof(*b) + len);

	if (!b)
		return NULL;
	tree_bytes += sizeof(*b) + len;
	b->refs = 1;
	b->len = len;
	memcpy(b->data, data, len);
	return b;
}

struct blob *blob_get(struct blob *b)
{
	if (b)
		b->refs++;
	return b;
}

void blob_put(struct blob *b)
{
	if (!b || --b->refs)
		return;
	tree_bytes -= blob_bytes(b);
	free(b);
}

static struct node *node_new(const char *name, size_t len, struct blob *value, struct perms *perms)
{
	struct node *n = calloc(1, sizeof(*n) + len + 1);

	if (!n)
		return NULL;
	n->refs = 1;
	n->name_len = len;
	memcpy(n->name, name, len);
	tree_bytes += node_bytes(n);
	n->value = blob_get(value);
	n->perms = perms_get(perms);
	n->gen = n->cgen = n->sgen = tree_next_gen();
	return n;
}

struct node *tree_new_root(struct perms *perms)
{
	return node_new("", 0, NULL, perms);
}

struct node *node_get(struct node *n)
{
	n->refs++;
	return n;
}

void node_put(struct node *n)
{
	unsigned int i;

	if (!n || --n->refs)
		return;
	for (i = 0; i < n->nr_children; i++)
		node_put(n->child[i]);
	perms_put(n->perms);
	blob_put(n->value);
	tree_bytes -= node_bytes(n);
	free(n->child);
	free(n);
}

static int name_cmp(const struct node *n, const char *name, size_t len)
{
	size_t min = n->name_len < len ? n->name_len : len;
	int r = memcmp(n->name, name, min);

	if (r)
		return r;
	return (n->name_len > len) - (n->name_len < len);
}

/* The index of a child; where it is missing, -1 with the index it would get in *at. */
static int find_child(const struct node *n, const char *name, size_t len, unsigned int *at)
{
	unsigned int lo = 0, hi = n->nr_children;

	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;
		int r = name_cmp(n->child[mid], name, len);

		if (!r)
			return mid;
		if (r < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (at)
		*at = lo;
	return -1;
}

struct node *tree_lookup_len(struct node *root, const char *path, size_t len)
{
	const char *pos = path, *end = path + len, *comp;
	struct node *n = root;
	size_t clen;
	int i;

	while (n && (comp = path_next(&pos, &clen)) && comp < end) {
		i = find_child(n, comp, clen, NULL);
		n = i < 0 ? NULL : n->child[i];
	}
	return n;
}

struct node *tree_nearest(struct node *root, const char *path, size_t *len)
{
	const char *pos = path, *end = path + *len, *comp;
	struct node *n = root;
	size_t clen;
	int i;

	*len = 1;
	while ((comp = path_next(&pos, &clen)) && comp < end) {
		i = find_child(n, comp, clen, NULL);
		if (i < 0)
			break;
		n = n->child[i];
		*len = pos - path;
	}
	return n;
}

struct node *tree_lookup(struct node *root, const char *path)
{
	return tree_lookup_len(root, path, strlen(path));
}

static int copy_children(struct node *to, const struct node *from)
{
	unsigned int i;

	if (!from->nr_children)
		return 0;
	to->child = malloc(from->nr_children * sizeof(*to->child));
	if (!to->child)
		return -ENOMEM;
	for (i = 0; i < from->nr_children; i++)
		to->child[i] = node_get(from->child[i]);
	to->nr_children = from->nr_children;
	to->room = from->nr_children;
	return 0;
}

/* Makes the node in a slot ours alone (T1): what was shared is copied, without its descendants. */
static int own_slot(struct node **slot)
{
	struct node *old = *slot, *n;

	if (old->refs == 1)
		return 0;
	n = node_new(old->name, old->name_len, old->value, old->perms);
	if (!n)
		return -ENOMEM;
	if (copy_children(n, old)) {
		node_put(n);
		return -ENOMEM;
	}
	n->gen = old->gen;
	n->cgen = old->cgen;
	n->sgen = old->sgen;
	*slot = n;
	node_put(old);
	return 0;
}

/*
 * Owns all nodes from the root to the first @len bytes of @path, which must exist. Contents do not change,
 * so stopping in the middle is harmless.
 */
static int own_path(struct node **root, const char *path, size_t len, struct node **out)
{
	const char *pos = path, *end = path + len, *comp;
	struct node **slot = root;
	size_t clen;
	int i, r = own_slot(slot);

	while (!r && (comp = path_next(&pos, &clen)) && comp < end) {
		i = find_child(*slot, comp, clen, NULL);
		if (i < 0)
			return -ENOENT;
		slot = &(*slot)->child[i];
		r = own_slot(slot);
	}
	if (!r)
		*out = *slot;
	return r;
}

/* After a change: the subtree generation of all owned nodes on the path (T2). */
static void stamp_path(struct node *root, const char *path, size_t len, uint64_t gen)
{
	const char *pos = path, *end = path + len, *comp;
	struct node *n = root;
	size_t clen;
	int i;

	n->sgen = gen;
	while ((comp = path_next(&pos, &clen)) && comp < end) {
		i = find_child(n, comp, clen, NULL);
		if (i < 0)
			return;
		n = n->child[i];
		n->sgen = gen;
	}
}

int tree_set_value(struct node **root, const char *path, struct blob *value)
{
	size_t len = strlen(path);
	struct node *n;
	int r = own_path(root, path, len, &n);

	if (r)
		return r;
	blob_get(value);
	blob_put(n->value);
	n->value = value;
	n->gen = tree_next_gen();
	stamp_path(*root, path, len, n->gen);
	return 0;
}

int tree_set_perms(struct node **root, const char *path, struct perms *perms)
{
	size_t len = strlen(path);
	struct node *n;
	int r = own_path(root, path, len, &n);

	if (r)
		return r;
	perms_get(perms);
	perms_put(n->perms);
	n->perms = perms;
	n->gen = tree_next_gen();
	stamp_path(*root, path, len, n->gen);
	return 0;
}

static int make_room(struct node *n)
{
	unsigned int room = n->room ? 2 * n->room : 4;
	struct node **child;

	if (n->nr_children < n->room)
		return 0;
	child = realloc(n->child, room * sizeof(*child));
	if (!child)
		return -ENOMEM;
	n->child = child;
	n->room = room;
	return 0;
}

int tree_add(struct node **root, const char *path, struct blob *value, struct perms *perms)
{
	size_t plen = path_parent_len(path);
	const char *name = path_base(path);
	struct node *parent, *n;
	unsigned int at;
	int r = own_path(root, path, plen, &parent);

	if (r)
		return r;
	if (find_child(parent, name, strlen(name), &at) >= 0)
		return -EEXIST;
	if (make_room(parent))
		return -ENOMEM;
	n = node_new(name, strlen(name), value, perms);
	if (!n)
		return -ENOMEM;
	memmove(parent->child + at + 1, parent->child + at,
		(parent->nr_children - at) * sizeof(*parent->child));
	parent->child[at] = n;
	parent->nr_children++;
	parent->cgen = n->gen;
	stamp_path(*root, path, strlen(path), n->gen);
	return 0;
}

int tree_rm(struct node **root, const char *path, struct node **removed)
{
	size_t plen = path_parent_len(path);
	const char *name = path_base(path);
	struct node *parent;
	int i, r;

	if (!*name || !tree_lookup(*root, path))
		return -ENOENT;
	r = own_path(root, path, plen, &parent);
	if (r)
		return r;
	i = find_child(parent, name, strlen(name), NULL);
	*removed = parent->child[i];
	parent->nr_children--;
	memmove(parent->child + i, parent->child + i + 1, (parent->nr_children - i) * sizeof(*parent->child));
	parent->cgen = tree_next_gen();
	stamp_path(*root, path, plen, parent->cgen);
	return 0;
}
