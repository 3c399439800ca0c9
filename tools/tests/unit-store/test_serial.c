// SPDX-License-Identifier: GPL-2.0-only
/*
 * Are transactions serializable? Several clients do random things, in and out of transactions, and
 * everything they see is recorded. When a transaction commits, its requests are done again, one after the
 * other, in a model of the tree: each must give what it gave. In the end the tree must be the model.
 */
#include "test.h"

#define CLIENTS		4
#define STEPS		30000
#define LETTERS		3
#define PATHS		(LETTERS + LETTERS * LETTERS + LETTERS * LETTERS * LETTERS)
#define OPS_MAX		12

enum kind { READ, WRITE, MKDIR, RM, LIST, KINDS };

struct op {
	enum kind kind;
	unsigned int path;
	char value;		/* written */
	int result;
	uint32_t seen;		/* value read, or set of names */
};

struct model {
	bool there[PATHS];
	char value[PATHS];	/* 0: empty */
};

struct actor {
	struct client *c;
	struct op ops[OPS_MAX];
	unsigned int n;
};

static struct model model;
static char names[PATHS][8];
static int parent[PATHS];

static void make_names(void)
{
	unsigned int i, n = 0, first = 0, k;

	for (i = 0; i < LETTERS; i++, n++) {
		sprintf(names[n], "/%c", 'a' + i);
		parent[n] = -1;
	}
	for (i = first; n < PATHS; i++) {
		for (k = 0; k < LETTERS; k++, n++) {
			snprintf(names[n], sizeof(names[n]), "%.4s/%c", names[i], 'a' + k);
			parent[n] = i;
		}
	}
}

static void model_create(unsigned int i)
{
	if (parent[i] >= 0 && !model.there[parent[i]])
		model_create(parent[i]);
	model.there[i] = true;
	model.value[i] = 0;
}

static void model_remove(unsigned int i)
{
	unsigned int k;

	for (k = 0; k < PATHS; k++)
		if (parent[k] == (int)i && model.there[k])
			model_remove(k);
	model.there[i] = false;
}

static uint32_t model_list(unsigned int i)
{
	uint32_t set = 0;
	unsigned int k;

	for (k = 0; k < PATHS; k++)
		if (parent[k] == (int)i && model.there[k])
			set |= 1u << (names[k][strlen(names[k]) - 1] - 'a');
	return set;
}

/* Does @op in the model: what would it give now? */
static struct op model_do(struct op op)
{
	unsigned int i = op.path;

	op.result = 0;
	op.seen = 0;
	if (op.kind == READ || op.kind == LIST) {
		op.result = model.there[i] ? 0 : -ENOENT;
		if (!op.result)
			op.seen = op.kind == READ ? (unsigned char)model.value[i] : model_list(i);
	} else if (op.kind == RM) {
		if (model.there[i])
			model_remove(i);
		else if (parent[i] >= 0 && !model.there[parent[i]])
			op.result = -ENOENT;
	} else {
		if (!model.there[i])
			model_create(i);
		if (op.kind == WRITE)
			model.value[i] = op.value;
	}
	return op;
}

static uint32_t reply_seen(const struct client *c, enum kind kind)
{
	uint32_t set = 0;
	unsigned int k;

	if (kind == READ)
		return c->len ? (unsigned char)c->body[0] : 0;
	for (k = 0; kind == LIST && k < c->len; k += 2)
		set |= 1u << (c->body[k] - 'a');
	return set;
}

static struct op really_do(struct client *c)
{
	static const enum xsd_sockmsg_type types[KINDS] = { XS_READ, XS_WRITE, XS_MKDIR, XS_RM,
		XS_DIRECTORY };
	struct op op = { .kind = rnd(KINDS), .path = rnd(PATHS), .value = 'A' + rnd(26) };
	char value[2] = { op.value };

	if (op.kind == WRITE)
		op.result = put(c, names[op.path], value);
	else
		op.result = ask(c, types[op.kind], names[op.path], NULL);
	op.seen = op.result ? 0 : reply_seen(c, op.kind);
	return op;
}

static void compare(const struct op *was, const struct op *is)
{
	CHECK(was->result == is->result && was->seen == is->seen);
}

static unsigned int commits, aborts;

static void finish(struct actor *a)
{
	bool commit = rnd(8) != 0;
	int r = txn_finish(a->c, commit);
	unsigned int i;

	CHECK(r == 0 || r == -EAGAIN);
	commits += commit && !r;
	aborts += r == -EAGAIN;
	for (i = 0; commit && !r && i < a->n; i++) {
		struct op is = model_do(a->ops[i]);

		compare(&a->ops[i], &is);
	}
	a->n = 0;
}

static void step(struct actor *a)
{
	struct op op, is;

	if (!a->c->tx && rnd(4)) {
		CHECK(!txn_begin(a->c));
		return;
	}
	if (a->c->tx && (a->n == OPS_MAX || !rnd(5))) {
		finish(a);
		return;
	}
	op = really_do(a->c);
	if (a->c->tx) {
		a->ops[a->n++] = op;
	} else {
		is = model_do(op);
		compare(&op, &is);
	}
}

static void compare_trees(struct client *c)
{
	unsigned int i;

	for (i = 0; i < PATHS; i++) {
		int r = ask(c, XS_READ, names[i], NULL);

		CHECK(r == (model.there[i] ? 0 : -ENOENT));
		if (!r)
			CHECK(reply_seen(c, READ) == (unsigned char)model.value[i]);
	}
}

void test_serial(void)
{
	struct actor actors[CLIENTS] = { 0 };
	unsigned int i;

	world_reset();
	make_names();
	memset(&model, 0, sizeof(model));
	for (i = 0; i < CLIENTS; i++)
		actors[i].c = client_dom0();
	for (i = 0; i < STEPS && !checks_failed; i++) {
		/* A live update may come at any time. */
		if (!rnd(300))
			live_update();
		step(&actors[rnd(CLIENTS)]);
	}
	for (i = 0; i < CLIENTS; i++)
		if (actors[i].c->tx)
			txn_finish(actors[i].c, false);
	compare_trees(actors[0].c);
	/* Both outcomes were there, or nothing was tested. */
	CHECK(commits > 500 && aborts > 500);
	CHECK(counts_right());
	for (i = 0; i < CLIENTS; i++)
		client_close(actors[i].c);
}
