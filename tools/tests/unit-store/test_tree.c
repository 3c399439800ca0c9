// SPDX-License-Identifier: GPL-2.0-only
/* Names, permission lists and the bare tree, the latter also against a simple model. */
#include "path.h"
#include "test.h"
#include "tree.h"

static int canon(const char *name, unsigned int domid, const char *expect)
{
	path_t out;
	size_t rel = 99;
	int r = path_canonical(out, name, domid, &rel);

	if (r)
		return r;
	CHECK(!strcmp(out, expect));
	CHECK(rel == (name[0] == '/' || name[0] == '@' ? 0 : strlen(expect) - strlen(name)));
	return 0;
}

static void test_lengths(void)
{
	char name[XENSTORE_ABS_PATH_MAX + 10];
	path_t out;

	memset(name, 'a', sizeof(name));
	name[0] = '/';
	name[XENSTORE_ABS_PATH_MAX] = '\0';
	CHECK(!path_canonical(out, name, 0, NULL));
	name[XENSTORE_ABS_PATH_MAX] = 'a';
	name[XENSTORE_ABS_PATH_MAX + 1] = '\0';
	CHECK(path_canonical(out, name, 0, NULL) == -EINVAL);
	name[0] = 'b';
	name[XENSTORE_REL_PATH_MAX] = '\0';
	CHECK(!path_canonical(out, name, 5, NULL));
	name[XENSTORE_REL_PATH_MAX] = 'a';
	name[XENSTORE_REL_PATH_MAX + 1] = '\0';
	CHECK(path_canonical(out, name, 5, NULL) == -EINVAL);
}

void test_paths(void)
{
	static const char *const bad[] = { "", "/a/", "//", "/a//b", "a/", "/a b", "/a\\b", "/a\n", "/a.b",
		"a//b" };
	path_t out;
	unsigned int i;

	CHECK(!canon("/", 3, "/"));
	CHECK(!canon("/a/b-c_d@e", 3, "/a/b-c_d@e"));
	CHECK(!canon("device/vif", 3, "/local/domain/3/device/vif"));
	CHECK(!canon("@releaseDomain", 3, "@releaseDomain"));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(path_canonical(out, bad[i], 3, NULL) == -EINVAL);
	test_lengths();
	CHECK(path_parent_len("/a") == 1 && path_parent_len("/a/b") == 2 && path_parent_len("/") == 1);
	CHECK(!strcmp(path_base("/a/bc"), "bc"));
	CHECK(path_is_below("/a/b", "/a") && path_is_below("/a", "/a") && path_is_below("/a", "/"));
	CHECK(!path_is_below("/ab", "/a") && !path_is_below("@a", "/"));
	CHECK(path_depth_below("/a/b/c", "/a") == 2 && path_depth_below("/a/b", "/") == 2 &&
	      path_depth_below("/a", "/a") == 0);
}

void test_perms(void)
{
	struct cred guest = { .domid = 5, .target = CRED_NO_TARGET };
	struct cred model = { .domid = 6, .target = 5 };
	struct cred root = { .domid = 0, .target = CRED_NO_TARGET, .privileged = true };
	struct perms *p, *q;
	char text[64];

	CHECK(!perms_parse("n0\0r5\0b7\0w8", 12, 5, &p));
	CHECK(p->n == 4 && perms_owner(p) == 0);
	CHECK(perms_format(p, text, sizeof(text)) == 12 && !memcmp(text, "n0\0r5\0b7\0w8", 12));
	CHECK(perms_format(p, text, 5) == -E2BIG);
	CHECK(perms_of(&guest, p) == PERM_READ && perms_of(&model, p) == PERM_READ);
	CHECK(perms_of(&root, p) == (PERM_READ | PERM_WRITE | PERM_OWNER));
	guest.domid = 9;
	CHECK(!perms_of(&guest, p));
	q = perms_with_owner(p, 9);
	CHECK(perms_of(&guest, q) == (PERM_READ | PERM_WRITE | PERM_OWNER));
	perms_put(q);
	q = perms_without(p, 7);
	CHECK(q->n == 3 && perms_mention(p, 7) && !perms_mention(q, 7));
	perms_put(q);
	perms_put(p);
	CHECK(perms_parse("n0\0r5", 6, 1, &p) == -E2BIG);
	CHECK(perms_parse("x0", 3, 5, &p) == -EINVAL);
	CHECK(perms_parse("r", 2, 5, &p) == -EINVAL);
	CHECK(perms_parse("r5x", 4, 5, &p) == -EINVAL);
	CHECK(perms_parse("r5", 2, 5, &p) == -EINVAL);
	CHECK(perms_parse("r99999", 7, 5, &p) == -EINVAL);
	CHECK(perms_parse("", 0, 5, &p) == -EINVAL);
	CHECK(perms_parse("r-1", 4, 5, &p) == -EINVAL);
}

static struct node *new_root(struct perms **perms)
{
	struct perm e = { 0, 0 };
	struct node *root;

	*perms = perms_new(&e, 1);
	root = tree_new_root(*perms);
	return root;
}

void test_tree(void)
{
	struct perms *perms;
	struct node *root = new_root(&perms), *snap, *gone;
	struct blob *v = blob_new("one", 3), *w = blob_new("two", 3);
	uint64_t gen;

	CHECK(tree_add(&root, "/a/b", v, perms) == -ENOENT);
	CHECK(!tree_add(&root, "/a", NULL, perms));
	CHECK(tree_add(&root, "/a", NULL, perms) == -EEXIST);
	CHECK(!tree_add(&root, "/a/b", v, perms));
	snap = node_get(root);
	gen = tree_lookup(root, "/a/b")->gen;
	/* A snapshot does not change (T1). */
	CHECK(!tree_set_value(&root, "/a/b", w));
	CHECK(tree_lookup(snap, "/a/b")->value == v && tree_lookup(root, "/a/b")->value == w);
	/* Generations (T2). */
	CHECK(tree_lookup(snap, "/a/b")->gen == gen && tree_lookup(root, "/a/b")->gen > gen);
	CHECK(root->sgen == tree_lookup(root, "/a/b")->gen && root->gen == snap->gen &&
	      root->cgen == snap->cgen);
	CHECK(!tree_add(&root, "/a/c", NULL, perms));
	CHECK(tree_lookup(root, "/a")->cgen > tree_lookup(snap, "/a")->cgen);
	CHECK(tree_lookup(root, "/a")->gen == tree_lookup(snap, "/a")->gen);
	CHECK(!tree_rm(&root, "/a", &gone));
	CHECK(gone->nr_children == 2 && !tree_lookup(root, "/a") && tree_lookup(snap, "/a/b"));
	CHECK(tree_rm(&root, "/a", &gone) == -ENOENT && tree_rm(&root, "/", &gone) == -ENOENT);
	CHECK(tree_set_value(&root, "/a", v) == -ENOENT);
	node_put(gone);
	node_put(snap);
	node_put(root);
	perms_put(perms);
	blob_put(v);
	blob_put(w);
}

/* ---- against a model: a flat table of paths ---- */

#define LETTERS	4
#define MODEL	(LETTERS + LETTERS * LETTERS + LETTERS * LETTERS * LETTERS)

struct model {
	bool there[MODEL];
	int value[MODEL];
};

static void model_path(unsigned int i, char *out)
{
	if (i < LETTERS)
		sprintf(out, "/%c", 'a' + i);
	else if (i < LETTERS + LETTERS * LETTERS)
		sprintf(out, "/%c/%c", 'a' + (i - LETTERS) / LETTERS, 'a' + (i - LETTERS) % LETTERS);
	else
		sprintf(out, "/%c/%c/%c", 'a' + (i - LETTERS - 16) / 16, 'a' + (i - LETTERS - 16) / 4 % 4,
			'a' + (i - LETTERS - 16) % 4);
}

static bool model_parent(const struct model *m, const char *path)
{
	char other[16];
	unsigned int i;

	if (strlen(path) == 2)
		return true;
	for (i = 0; i < MODEL; i++) {
		model_path(i, other);
		if (strlen(other) + 2 == strlen(path) && path_is_below(path, other))
			return m->there[i];
	}
	return false;
}

static void model_rm(struct model *m, const char *path)
{
	char other[16];
	unsigned int i;

	for (i = 0; i < MODEL; i++) {
		model_path(i, other);
		if (path_is_below(other, path))
			m->there[i] = false;
	}
}

static bool model_equal(const struct model *m, struct node *root)
{
	char path[16];
	unsigned int i;

	for (i = 0; i < MODEL; i++) {
		struct node *n;

		model_path(i, path);
		n = tree_lookup(root, path);
		if (m->there[i] != (n != NULL))
			return false;
		if (n && (n->value ? *(int *)n->value->data : 0) != m->value[i])
			return false;
	}
	return true;
}

static void random_step(struct node **root, struct model *m, struct perms *perms)
{
	unsigned int i = rnd(MODEL);
	int value = rnd(1000) + 1;
	struct blob *b = blob_new(&value, sizeof(value));
	struct node *gone;
	char path[16];

	model_path(i, path);
	switch (rnd(4)) {
	case 0:
		CHECK(tree_rm(root, path, &gone) == (m->there[i] ? 0 : -ENOENT));
		if (m->there[i])
			node_put(gone);
		model_rm(m, path);
		break;
	case 1:
		CHECK(tree_set_value(root, path, b) == (m->there[i] ? 0 : -ENOENT));
		m->value[i] = value;
		break;
	default:
		if (!model_parent(m, path)) {
			CHECK(tree_add(root, path, b, perms) == -ENOENT);
		} else {
			CHECK(tree_add(root, path, b, perms) == (m->there[i] ? -EEXIST : 0));
			if (!m->there[i])
				m->value[i] = value;
			m->there[i] = true;
		}
	}
	blob_put(b);
}

void test_tree_random(void)
{
	static struct model now, then;
	struct perms *perms;
	struct node *root = new_root(&perms), *snap = node_get(root);
	unsigned int i;

	memset(&now, 0, sizeof(now));
	then = now;
	for (i = 0; i < 20000 && !checks_failed; i++) {
		random_step(&root, &now, perms);
		if (rnd(50))
			continue;
		CHECK(model_equal(&now, root));
		CHECK(model_equal(&then, snap));
		if (rnd(2)) {
			node_put(snap);
			snap = node_get(root);
			then = now;
		}
	}
	node_put(snap);
	node_put(root);
	CHECK(perms->refs == 1);
	perms_put(perms);
}
