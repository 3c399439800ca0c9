/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Operations on nodes as clients know them: permissions, quotas, transactions and watches applied to the
 * bare tree. Paths are canonical and not special. Errors are the protocol's.
 */
#ifndef XENSTORED_STORE_H
#define XENSTORED_STORE_H

#include "tree.h"
#include "txn.h"

/* The tree that everybody sees. */
extern struct node *store_root;

/* Who asks, and in which view: @txn NULL is the present tree. */
struct access {
	const struct cred *cred;
	struct txn *txn;
};

/* An empty tree, owned by domain 0. -ENOMEM. */
int store_init(void);

/*
 * A node that the client has @perm on; @what (TXN_*) is what the client will look at. Borrowed, until the
 * next change.
 */
int store_get(const struct access *a, const char *path, unsigned int perm, unsigned int what,
	      struct node **out);
int store_write(const struct access *a, const char *path, const void *data, unsigned int len);
int store_mkdir(const struct access *a, const char *path);
int store_rm(const struct access *a, const char *path);
int store_set_perms(const struct access *a, const char *path, struct perms *perms);

/* A domain is gone: its nodes go, and its rights to others' nodes. */
void store_forget_domain(unsigned int domid);
/* The tree becomes @root (takes over the reference); the watches are not told. Counts are the caller's. */
void store_replace(struct node *root);
/* Counts owned nodes anew; returns how many domains' counts were wrong. */
unsigned int store_recount(void);
/* Nodes and bytes of values in all. */
void store_size(unsigned long *nodes, unsigned long *bytes);

#endif
