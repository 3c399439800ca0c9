// SPDX-License-Identifier: GPL-2.0-only
/*
 * Watches. Each path that is watched has one `struct spot` in a balanced tree (tsearch), which a guest
 * cannot degrade by choosing names; a spot lists its watches.
 */
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "path.h"
#include "quota.h"
#include "watch.h"

struct spot {
	struct list watches;
	char *path;
};

struct watch {
	struct list on_spot;
	struct list on_conn;
	struct spot *spot;
	struct conn *conn;
	size_t rel;
	int depth;
	char token[];
};

static void *spots;
static unsigned int nr_watches;
unsigned long watch_changes;

static struct {
	const char *name;
	struct perms *perms;
} specials[] = {
	{ WATCH_INTRODUCE, NULL },
	{ WATCH_RELEASE, NULL },
};

#define NR_SPECIALS (sizeof(specials) / sizeof(specials[0]))

int watch_init(void)
{
	struct perm dom0 = { .domid = 0, .bits = 0 };
	unsigned int i;

	for (i = 0; i < NR_SPECIALS; i++) {
		perms_put(specials[i].perms);
		specials[i].perms = perms_new(&dom0, 1);
		if (!specials[i].perms)
			return -ENOMEM;
	}
	return 0;
}

static int spot_cmp(const void *a, const void *b)
{
	return strcmp(((const struct spot *)a)->path, ((const struct spot *)b)->path);
}

static struct spot *spot_find(const char *path)
{
	struct spot key = { .path = (char *)path };
	struct spot **found = tfind(&key, &spots, spot_cmp);

	return found ? *found : NULL;
}

static struct spot *spot_make(const char *path)
{
	struct spot *s = spot_find(path);

	if (s)
		return s;
	s = malloc(sizeof(*s));
	if (!s)
		return NULL;
	list_init(&s->watches);
	s->path = strdup(path);
	if (s->path && tsearch(s, &spots, spot_cmp))
		return s;
	free(s->path);
	free(s);
	return NULL;
}

static void spot_tidy(struct spot *s)
{
	if (!list_empty(&s->watches))
		return;
	tdelete(s, &spots, spot_cmp);
	free(s->path);
	free(s);
}

static struct watch *watch_find(struct conn *c, const char *path, const char *token)
{
	struct spot *s = spot_find(path);
	struct list *l;

	if (!s)
		return NULL;
	list_for_each(l, &s->watches) {
		struct watch *w = list_entry(l, struct watch, on_spot);

		if (w->conn == c && !strcmp(w->token, token))
			return w;
	}
	return NULL;
}

int watch_add(struct conn *c, const char *path, size_t rel, const char *token, int depth)
{
	if (!c->cred.privileged && c->nr_watches >= quota.watches)
		return watch_find(c, path, token) ? -EEXIST : -E2BIG;
	return watch_restore(c, path, rel, token, depth);
}

int watch_restore(struct conn *c, const char *path, size_t rel, const char *token, int depth)
{
	struct watch *w;

	if (watch_find(c, path, token))
		return -EEXIST;
	w = malloc(sizeof(*w) + strlen(token) + 1);
	if (!w)
		return -ENOMEM;
	w->spot = spot_make(path);
	if (!w->spot) {
		free(w);
		return -ENOMEM;
	}
	w->conn = c;
	w->rel = rel;
	w->depth = depth;
	strcpy(w->token, token);
	list_add_tail(&w->on_spot, &w->spot->watches);
	list_add_tail(&w->on_conn, &c->watches);
	c->nr_watches++;
	nr_watches++;
	watch_changes++;
	return 0;
}

void watch_first(struct conn *c, const char *path, size_t rel, const char *token)
{
	conn_event(c, path + rel, token);
}

static void watch_free(struct watch *w)
{
	w->conn->nr_watches--;
	nr_watches--;
	watch_changes++;
	list_del(&w->on_spot);
	list_del(&w->on_conn);
	spot_tidy(w->spot);
	free(w);
}

int watch_del(struct conn *c, const char *path, const char *token)
{
	struct watch *w = watch_find(c, path, token);

	if (!w)
		return -ENOENT;
	watch_free(w);
	return 0;
}

void watch_del_all(struct conn *c)
{
	while (!list_empty(&c->watches))
		watch_free(list_entry(c->watches.next, struct watch, on_conn));
}

unsigned int watch_count(void)
{
	return nr_watches;
}

void watch_each(struct conn *c,
		void (*fn)(void *arg, const char *path, size_t rel, const char *token, int depth),
		void *arg)
{
	struct list *l;

	list_for_each(l, &c->watches) {
		struct watch *w = list_entry(l, struct watch, on_conn);

		fn(arg, w->spot->path, w->rel, w->token, w->depth);
	}
}

/* A change and the lists of permissions any of which lets a client see it. */
struct change {
	const char *path;
	const struct perms *lists[3];
};

static bool may_see(const struct cred *cred, const struct change *ch)
{
	unsigned int i;

	for (i = 0; i < 3; i++)
		if (ch->lists[i] && (perms_of(cred, ch->lists[i]) & PERM_READ))
			return true;
	return false;
}

static void tell_spot(const struct spot *s, const struct change *ch)
{
	struct list *l;

	list_for_each(l, &s->watches) {
		struct watch *w = list_entry(l, struct watch, on_spot);

		if (w->depth >= 0 && (int)path_depth_below(ch->path, s->path) > w->depth)
			continue;
		if (may_see(&w->conn->cred, ch))
			conn_event(w->conn, ch->path + w->rel, w->token);
	}
}

static void tell(const char *at, const struct change *ch)
{
	struct spot *s = spot_find(at);

	if (s)
		tell_spot(s, ch);
}

/* Watches on the node itself and on everything above it. */
static void tell_upwards(const struct change *ch)
{
	path_t at;
	size_t len = strlen(ch->path);

	memcpy(at, ch->path, len + 1);
	for (;;) {
		tell(at, ch);
		if (len <= 1)
			return;
		len = path_parent_len(at);
		at[len] = '\0';
	}
}

static const struct perms *parent_perms(struct node *root, const char *path)
{
	struct node *parent = tree_lookup_len(root, path, path_parent_len(path));

	return parent ? parent->perms : NULL;
}

void watch_fire(struct node *root, const char *path, const struct node *n, const struct perms *before)
{
	struct change ch = { .path = path, .lists = { n->perms, before, parent_perms(root, path) } };

	tell_upwards(&ch);
}

/*
 * Inside a removed subtree each watch learns of its own node only: the way up got its one event for the top.
 */
static void tell_inside(path_t at, size_t len, const struct node *n)
{
	unsigned int i;

	for (i = 0; i < n->nr_children; i++) {
		const struct node *k = n->child[i];
		struct change ch = { .path = at, .lists = { k->perms, n->perms, NULL } };

		if (len + 1 + k->name_len > XENSTORE_ABS_PATH_MAX)
			continue;
		at[len] = '/';
		memcpy(at + len + 1, k->name, k->name_len + 1);
		tell(at, &ch);
		tell_inside(at, len + 1 + k->name_len, k);
	}
	at[len] = '\0';
}

void watch_fire_removed(struct node *root, const char *path, const struct node *removed)
{
	struct change ch = { .path = path, .lists = { removed->perms, NULL, parent_perms(root, path) } };
	path_t at;

	tell_upwards(&ch);
	if (!nr_watches)
		return;
	strcpy(at, path);
	tell_inside(at, strlen(path), removed);
}

void watch_fire_special(const char *name)
{
	struct change ch = { .path = name, .lists = { watch_special_perms(name) } };

	tell(name, &ch);
}

static int special_index(const char *name)
{
	unsigned int i;

	for (i = 0; i < NR_SPECIALS; i++)
		if (!strcmp(specials[i].name, name))
			return i;
	return -1;
}

struct perms *watch_special_perms(const char *name)
{
	int i = special_index(name);

	return i < 0 ? NULL : specials[i].perms;
}

void watch_set_special_perms(const char *name, struct perms *perms)
{
	int i = special_index(name);

	if (i < 0)
		return;
	perms_get(perms);
	perms_put(specials[i].perms);
	specials[i].perms = perms;
	watch_changes++;
}
