/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The store's tree: persistent, with counted references and copy-on-write.
 *
 * Facts that the rest relies on:
 *  T1. A node reachable from two references is never changed: whoever wants to change it gets a copy of the
 *      nodes on the path from the root. Keeping a reference to a root is therefore a snapshot, at the cost
 *      of one increment.
 *  T2. Generations come from one ever-growing counter. gen is that of the last change of the node's own
 *      value or permissions (or its creation), cgen that of the last change of its set of children, sgen
 *      that of the last change of anything in the subtree, so sgen >= gen, cgen. Equal generations in two
 *      trees mean equal contents.
 *  T3. Children are sorted by name, so lookup is logarithmic and the order that clients see does not depend
 *      on history.
 */
#ifndef XENSTORED_TREE_H
#define XENSTORED_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "perms.h"

/* A value: immutable, shared by the copies of a node. */
struct blob {
	unsigned int refs;
	unsigned int len;
	char data[];
};

struct node {
	unsigned int refs;
	unsigned int nr_children;
	unsigned int room;
	unsigned int name_len;
	uint64_t gen, cgen, sgen;
	struct perms *perms;
	struct blob *value;		/* NULL: empty */
	struct node **child;
	char name[];
};

/* Bytes of all values and nodes (but not their tables of children) that there are, whatever tree they belong to. */
extern size_t tree_bytes;
/* Those of one tree. */
size_t tree_size(const struct node *root);

struct blob *blob_new(const void *data, unsigned int len);
struct blob *blob_get(struct blob *b);
void blob_put(struct blob *b);

/* A fresh generation. */
uint64_t tree_next_gen(void);
/* The last one given. */
uint64_t tree_last_gen(void);
/* None given from now on is @gen or older: clients may remember those. */
void tree_skip_gens(uint64_t gen);

/* A root node; takes a reference of its own on @perms. */
struct node *tree_new_root(struct perms *perms);
struct node *node_get(struct node *n);
void node_put(struct node *n);

/* Borrowed: valid while the tree is neither changed nor dropped. */
struct node *tree_lookup(struct node *root, const char *path);
/* The same for the first @len bytes of the path. */
struct node *tree_lookup_len(struct node *root, const char *path, size_t len);
/* The deepest existing node on the way there; *len becomes the length of its path (1 for the root). */
struct node *tree_nearest(struct node *root, const char *path, size_t *len);

/*
 * Changes. @root is replaced by the changed tree; on error (-ENOENT, -EEXIST, -ENOMEM) the contents are as
 * before. All take references of their own on what they store. tree_set_*() need an existing node;
 * tree_add() makes a childless node below an existing parent. tree_rm() hands the removed subtree to the
 * caller.
 */
int tree_set_value(struct node **root, const char *path, struct blob *value);
int tree_set_perms(struct node **root, const char *path, struct perms *perms);
int tree_add(struct node **root, const char *path, struct blob *value, struct perms *perms);
int tree_rm(struct node **root, const char *path, struct node **removed);

#endif
