// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations on nodes: the checks first, then the change in the view (present tree or transaction), then the
 * bookkeeping of that view: owned nodes and watches at once, or deltas and a log for the commit.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "path.h"
#include "quota.h"
#include "store.h"
#include "watch.h"

struct node *store_root;

int store_init(void)
{
	struct perm dom0 = { .domid = 0, .bits = 0 };
	struct perms *perms = perms_new(&dom0, 1);

	if (!perms)
		return -ENOMEM;
	node_put(store_root);
	store_root = tree_new_root(perms);
	perms_put(perms);
	if (!store_root)
		return -ENOMEM;
	quota_reset();
	quota_add_nodes(0, 1);
	return 0;
}

void store_replace(struct node *root)
{
	node_put(store_root);
	store_root = root;
}

static struct node **view(const struct access *a)
{
	return a->txn ? &a->txn->root : &store_root;
}

static int note(const struct access *a, const char *path, unsigned int what)
{
	if (!a->txn)
		return 0;
	return a->txn->stale ? -EAGAIN : txn_note(a->txn, path, what);
}

static bool allowed(const struct access *a, const struct node *n, unsigned int perm)
{
	return (perms_of(a->cred, n->perms) & perm) == perm;
}

/* Only who could see the node if it were there learns that it is not. */
static int missing(const struct access *a, const char *path, unsigned int perm)
{
	size_t len = path_parent_len(path);

	return allowed(a, tree_nearest(*view(a), path, &len), perm) ? -ENOENT : -EACCES;
}

int store_get(const struct access *a, const char *path, unsigned int perm, unsigned int what,
	      struct node **out)
{
	struct node *n;
	int r = note(a, path, TXN_NODE | what);

	if (r)
		return r;
	n = tree_lookup(*view(a), path);
	if (!n)
		return missing(a, path, perm);
	if (!allowed(a, n, perm))
		return -EACCES;
	*out = n;
	return 0;
}

/* ---- bookkeeping of changes ---- */

static int owned_by(const struct access *a, unsigned int domid)
{
	return (int)quota_nodes(domid) + (a->txn ? txn_owned(a->txn, domid) : 0);
}

static int add_owned(const struct access *a, unsigned int domid, int delta)
{
	if (a->txn)
		return txn_add_owned(a->txn, domid, delta);
	quota_add_nodes(domid, delta);
	return 0;
}

/* A node was created or changed; @quiet: there will be an event that covers this. */
static int changed(const struct access *a, const char *path, const struct perms *before, bool quiet)
{
	if (a->txn)
		return txn_changed(a->txn, path, quiet);
	if (quiet)
		return 0;
	watch_fire(store_root, path, tree_lookup(store_root, path), before);
	return 0;
}

static int sub_owned(const struct access *a, const struct node *n)
{
	int r = add_owned(a, perms_owner(n->perms), -1);
	unsigned int i;

	for (i = 0; !r && i < n->nr_children; i++)
		r = sub_owned(a, n->child[i]);
	return r;
}

/* ---- creating ---- */

static unsigned int components_after(const char *path, size_t len)
{
	const char *pos = path + len;
	unsigned int n = 0;
	size_t clen;

	while (path_next(&pos, &clen))
		n++;
	return n;
}

/* The permissions of what @a creates below @parent. */
static struct perms *inherit(const struct access *a, const struct node *parent)
{
	if (a->cred->privileged)
		return perms_get(parent->perms);
	return perms_with_owner(parent->perms, a->cred->domid);
}

/* The event for the @last one covers its new ancestors: it passes all their watches. */
static int add_one(const struct access *a, const char *path, struct blob *value, struct perms *perms,
		   bool last)
{
	int r = note(a, path, TXN_NODE);

	if (!r)
		r = tree_add(view(a), path, value, perms);
	if (!r)
		r = add_owned(a, perms_owner(perms), 1);
	return r ? r : changed(a, path, NULL, !last);
}

/*
 * Creates @path with the ancestors it lacks. The client needs write permission on the closest existing node.
 * Running out of memory in the middle leaves empty ancestors, which is a state that clients could have made
 * as well.
 */
static int create(const struct access *a, const char *path, struct blob *value)
{
	size_t len = path_parent_len(path), end = strlen(path);
	struct node *top = tree_nearest(*view(a), path, &len);
	struct perms *perms;
	path_t part;
	int r;

	if (!allowed(a, top, PERM_WRITE))
		return -EACCES;
	if (!a->cred->privileged &&
	    owned_by(a, a->cred->domid) + components_after(path, len) > quota.nodes)
		return -ENOSPC;
	memcpy(part, path, end + 1);
	part[len] = '\0';
	r = note(a, part, TXN_NODE);
	if (r)
		return r;
	perms = inherit(a, top);
	if (!perms)
		return -ENOMEM;
	while (!r && len < end) {
		len += (path[len] == '/');
		len += strcspn(path + len, "/");
		memcpy(part, path, len);
		part[len] = '\0';
		r = add_one(a, part, len == end ? value : NULL, perms, len == end);
	}
	perms_put(perms);
	return r;
}

int store_write(const struct access *a, const char *path, const void *data, unsigned int len)
{
	struct blob *value = NULL;
	struct node *n;
	int r;

	if (!a->cred->privileged && len > quota.value_size)
		return -ENOSPC;
	r = store_get(a, path, PERM_WRITE, 0, &n);
	if (r && r != -ENOENT)
		return r;
	if (a->txn && txn_full(a->txn))
		return -ENOSPC;
	if (len) {
		value = blob_new(data, len);
		if (!value)
			return -ENOMEM;
	}
	if (r == -ENOENT) {
		r = create(a, path, value);
	} else {
		r = tree_set_value(view(a), path, value);
		if (!r)
			r = changed(a, path, NULL, false);
	}
	blob_put(value);
	return r;
}

int store_mkdir(const struct access *a, const char *path)
{
	struct node *n;
	int r = store_get(a, path, PERM_WRITE, 0, &n);

	return r == -ENOENT ? create(a, path, NULL) : r;
}

/* ---- removing ---- */

/* Removing what is not there is fine where its parent is. */
static int rm_missing(const struct access *a, const char *path)
{
	path_t parent;
	size_t len = path_parent_len(path);
	int r;

	memcpy(parent, path, len);
	parent[len] = '\0';
	r = note(a, parent, TXN_NODE);
	if (r)
		return r;
	return tree_lookup(*view(a), parent) ? 0 : -ENOENT;
}

static int rm_present(const struct access *a, const char *path)
{
	struct node *gone;
	int r = tree_rm(view(a), path, &gone);

	if (r)
		return r;
	r = sub_owned(a, gone);
	if (!r && a->txn)
		r = txn_removed(a->txn, path);
	if (!a->txn)
		watch_fire_removed(store_root, path, gone);
	node_put(gone);
	return r;
}

int store_rm(const struct access *a, const char *path)
{
	struct node *n;
	int r;

	if (!strcmp(path, "/"))
		return -EINVAL;
	r = store_get(a, path, PERM_WRITE, TXN_SUBTREE, &n);
	if (r == -ENOENT)
		return rm_missing(a, path);
	return r ? r : rm_present(a, path);
}

/* ---- permissions ---- */

int store_set_perms(const struct access *a, const char *path, struct perms *perms)
{
	struct perms *before;
	struct node *n;
	int r = store_get(a, path, PERM_WRITE | PERM_OWNER, 0, &n);

	if (r)
		return r;
	/* Giving a node away would be a way around one's quota. */
	if (!a->cred->privileged && perms_owner(perms) != perms_owner(n->perms))
		return -EPERM;
	if (!a->cred->privileged && perms->n > quota.perms)
		return -ENOSPC;
	before = perms_get(n->perms);
	r = tree_set_perms(view(a), path, perms);
	if (!r)
		r = add_owned(a, perms_owner(before), -1);
	if (!r)
		r = add_owned(a, perms_owner(perms), 1);
	if (!r)
		r = changed(a, path, before, false);
	perms_put(before);
	return r;
}

/* ---- the end of a domain ---- */

struct sweep {
	const struct access *a;
	unsigned int domid;
	path_t path;
};

/*
 * Goes through the tree as it was at the beginning, which stays as it is (T1) whatever is changed on the way,
 * so that nothing has to be looked up twice.
 */
static void sweep_node(struct sweep *s, size_t len, const struct node *n)
{
	size_t base = len == 1 ? 0 : len;
	unsigned int i;

	if (perms_owner(n->perms) == s->domid && base) {
		rm_present(s->a, s->path);
		return;
	}
	if (perms_mention(n->perms, s->domid)) {
		struct perms *perms = perms_without(n->perms, s->domid);

		if (perms)
			tree_set_perms(&store_root, s->path, perms);
		perms_put(perms);
	}
	for (i = 0; i < n->nr_children; i++) {
		const struct node *k = n->child[i];

		s->path[base] = '/';
		memcpy(s->path + base + 1, k->name, k->name_len + 1);
		sweep_node(s, base + 1 + k->name_len, k);
	}
	s->path[len] = '\0';
}

void store_forget_domain(unsigned int domid)
{
	static const struct cred daemon = { .domid = 0, .target = CRED_NO_TARGET, .privileged = true };
	struct access a = { .cred = &daemon };
	struct sweep s = { .a = &a, .domid = domid, .path = "/" };
	struct node *before = node_get(store_root);

	sweep_node(&s, 1, before);
	node_put(before);
}

/* ---- accounting ---- */

struct tally {
	unsigned long nodes, bytes;
	int *owned;
};

static void tally_node(const struct node *n, struct tally *t)
{
	unsigned int i, owner = perms_owner(n->perms);

	t->nodes++;
	t->bytes += n->value ? n->value->len : 0;
	if (t->owned && owner < QUOTA_DOMIDS)
		t->owned[owner]++;
	for (i = 0; i < n->nr_children; i++)
		tally_node(n->child[i], t);
}

unsigned int store_recount(void)
{
	struct tally t = { .owned = calloc(QUOTA_DOMIDS, sizeof(int)) };
	unsigned int i, wrong = 0;

	if (!t.owned)
		return 0;
	tally_node(store_root, &t);
	for (i = 0; i < QUOTA_DOMIDS; i++) {
		int diff = t.owned[i] - (int)quota_nodes(i);

		wrong += diff != 0;
		quota_add_nodes(i, diff);
	}
	free(t.owned);
	return wrong;
}

void store_size(unsigned long *nodes, unsigned long *bytes)
{
	struct tally t = { 0 };

	tally_node(store_root, &t);
	*nodes = t.nodes;
	*bytes = t.bytes;
}
