// SPDX-License-Identifier: GPL-2.0-only
/* Requests on nodes, by dom0 and by guests. */
#include "test.h"

void test_ops(void)
{
	struct client *c;
	char big[XENSTORE_PAYLOAD_MAX];

	world_reset();
	c = client_dom0();
	CHECK(ask(c, XS_READ, "/x", NULL) == -ENOENT);
	CHECK(!put(c, "/x/y/z", "deep"));
	CHECK(value_is(c, "/x/y/z", "deep") && value_is(c, "/x/y", ""));
	CHECK(!put(c, "/x/y/z", "") && value_is(c, "/x/y/z", ""));
	/* Values are bytes. */
	CHECK(!ask_raw(c, XS_WRITE, "/bin\0a\0b\xff", 9));
	CHECK(!ask(c, XS_READ, "/bin", NULL) && c->len == 4 && !memcmp(c->body, "a\0b\xff", 4));
	CHECK(!ask(c, XS_MKDIR, "/m/n", NULL) && !ask(c, XS_MKDIR, "/m/n", NULL));
	CHECK(!put(c, "/m/n", "kept") && !ask(c, XS_MKDIR, "/m/n", NULL) && value_is(c, "/m/n", "kept"));
	CHECK(!ask(c, XS_DIRECTORY, "/x", NULL) && c->len == 2 && !memcmp(c->body, "y", 2));
	CHECK(!ask(c, XS_DIRECTORY, "/x/y/z", NULL) && c->len == 0);
	/* Children in the order of their names. */
	CHECK(!put(c, "/o/b", "") && !put(c, "/o/a", "") && !put(c, "/o/ab", ""));
	CHECK(!ask(c, XS_DIRECTORY, "/o", NULL) && c->len == 7 && !memcmp(c->body, "a\0ab\0b", 7));
	CHECK(!ask(c, XS_RM, "/x", NULL) && ask(c, XS_READ, "/x/y/z", NULL) == -ENOENT);
	/* Removing nothing is fine where the parent is. */
	CHECK(!ask(c, XS_RM, "/x", NULL) && ask(c, XS_RM, "/x/y", NULL) == -ENOENT);
	CHECK(ask(c, XS_RM, "/", NULL) == -EINVAL);
	CHECK(!ask(c, XS_GET_DOMAIN_PATH, "7", NULL) && !strcmp(c->body, "/local/domain/7"));
	/* Relative names are below the client's home. */
	CHECK(!put(c, "name", "Domain-0") && value_is(c, "/local/domain/0/name", "Domain-0"));
	/* Whatever fits a message fits a node of dom0. */
	memset(big, 'v', sizeof(big));
	memcpy(big, "/big", 5);
	CHECK(!ask_raw(c, XS_WRITE, big, sizeof(big)));
	CHECK(!ask(c, XS_READ, "/big", NULL) && c->len == sizeof(big) - 5);
	CHECK(counts_right());
	client_close(c);
}

void test_permissions(void)
{
	struct client *c, *g, *h;

	world_reset();
	c = client_dom0();
	g = client_guest(5);
	h = client_guest(6);
	/*
	 * The home is dom0's and closed to others but not hidden from the tests' point of view: no rights at
	 * all.
	 */
	CHECK(ask(g, XS_READ, "/local/domain/5", NULL) == -EACCES);
	CHECK(ask(g, XS_READ, "/local/domain/5/nothing", NULL) == -EACCES);
	CHECK(!put(g, "data/k", "v") && value_is(c, "/local/domain/5/data/k", "v"));
	/* What a guest makes is its own. */
	CHECK(!ask(c, XS_GET_PERMS, "/local/domain/5/data/k", NULL) && !strcmp(c->body, "n5"));
	CHECK(ask(h, XS_READ, "/local/domain/5/data/k", NULL) == -EACCES);
	/* It may let others in, but not give it away. */
	CHECK(!ask(g, XS_SET_PERMS, "data/k", "n5", "r6", NULL));
	CHECK(value_is(h, "/local/domain/5/data/k", "v"));
	CHECK(put(h, "/local/domain/5/data/k", "w") == -EACCES);
	CHECK(ask(h, XS_SET_PERMS, "/local/domain/5/data/k", "n6", NULL) == -EACCES);
	CHECK(ask(g, XS_SET_PERMS, "data/k", "n6", NULL) == -EPERM);
	CHECK(!ask(g, XS_SET_PERMS, "data/k", "b5", NULL) && !put(h, "/local/domain/5/data/k", "w"));
	/* A new node under another's writable one: the maker owns it. */
	CHECK(!put(h, "/local/domain/5/data/k/sub", "s"));
	CHECK(!ask(c, XS_GET_PERMS, "/local/domain/5/data/k/sub", NULL) && !strcmp(c->body, "b6"));
	/* Write alone does not let one look. */
	CHECK(!ask(g, XS_SET_PERMS, "data/k", "w5", NULL));
	CHECK(!put(h, "/local/domain/5/data/k", "x") &&
	      ask(h, XS_READ, "/local/domain/5/data/k", NULL) == -EACCES);
	CHECK(ask(h, XS_DIRECTORY, "/local/domain/5/data/k", NULL) == -EACCES);
	/* The toolstack's requests are not for guests. */
	CHECK(ask(g, XS_INTRODUCE, "7", "1", "1", NULL) == -EACCES);
	CHECK(ask(g, XS_RELEASE, "6", NULL) == -EACCES && ask(g, XS_CONTROL, "help", NULL) == -EACCES);
	CHECK(ask(g, XS_RESUME, "6", NULL) == -EACCES && ask(g, XS_SET_TARGET, "5", "6", NULL) == -EACCES);
	/* A device model may do what its guest may. */
	CHECK(!ask(c, XS_SET_TARGET, "6", "5", NULL));
	CHECK(!ask(h, XS_SET_PERMS, "/local/domain/5/data/k", "n5", NULL) &&
	      value_is(h, "/local/domain/5/data/k", "x"));
	CHECK(counts_right());
	client_close(c);
	client_close(g);
	client_close(h);
}

void test_directory(void)
{
	struct client *c;
	char path[64], offset[16], gen[32];
	unsigned int i, got = 0, at = 0, parts = 0;
	bool end = false;

	world_reset();
	c = client_dom0();
	for (i = 0; i < 900; i++) {
		sprintf(path, "/long/child-number-%04u", i);
		CHECK(!put(c, path, ""));
	}
	CHECK(ask(c, XS_DIRECTORY, "/long", NULL) == -E2BIG);
	while (!end && parts++ < 20) {
		const char *p;

		sprintf(offset, "%u", at);
		CHECK(!ask(c, XS_DIRECTORY_PART, "/long", offset, NULL));
		if (!at)
			strcpy(gen, c->body);
		CHECK(!strcmp(gen, c->body));
		for (p = c->body + strlen(gen) + 1; p < c->body + c->len && *p; p += strlen(p) + 1) {
			sprintf(path, "child-number-%04u", got++);
			CHECK(!strcmp(p, path));
			at += strlen(p) + 1;
		}
		end = p < c->body + c->len;
	}
	CHECK(got == 900 && parts > 3);
	CHECK(!put(c, "/long/zzz", ""));
	CHECK(!ask(c, XS_DIRECTORY_PART, "/long", "0", NULL) && strcmp(gen, c->body));
	CHECK(!ask(c, XS_MKDIR, "/empty", NULL) && !ask(c, XS_DIRECTORY_PART, "/empty", "0", NULL));
	CHECK(c->len == strlen(c->body) + 2);
	CHECK(!ask(c, XS_DIRECTORY_PART, "/empty", "999999", NULL));
	client_close(c);
}

/* What a request without any payload gets. */
static int without_arguments(uint32_t type)
{
	static const uint32_t unknown[] = { XS_WATCH_EVENT, XS_ERROR, XS_SET_TARGET + 1 };
	unsigned int i;

	if (type == XS_RESET_WATCHES || type == XS_TRANSACTION_START)
		return 0;
	for (i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		if (type == unknown[i])
			return -ENOSYS;
	return type < XS_TYPE_COUNT ? -EINVAL : -ENOSYS;
}

void test_arguments(void)
{
	struct client *c;
	uint32_t type;

	world_reset();
	c = client_dom0();
	for (type = 0; type < 40; type++)
		CHECK(ask_raw(c, type, "", 0) == without_arguments(type));
	CHECK(ask_raw(c, XS_INVALID, "", 0) == -ENOSYS);
	/* A string must end within the message, and be alone where one is expected. */
	CHECK(ask_raw(c, XS_READ, "/a", 2) == -EINVAL && ask_raw(c, XS_READ, "/a\0b", 4) == -EINVAL);
	CHECK(ask_raw(c, XS_WRITE, "/a", 2) == -EINVAL && ask_raw(c, XS_WATCH, "/a\0tok", 6) == -EINVAL);
	CHECK(ask(c, XS_WATCH, "/a", NULL) == -EINVAL && ask(c, XS_UNWATCH, "/a", NULL) == -EINVAL);
	CHECK(ask(c, XS_WATCH, "/a", "t", "deep", NULL) == -EINVAL &&
	      ask(c, XS_READ, "@releaseDomain", NULL) == -EINVAL);
	CHECK(ask(c, XS_SET_PERMS, "/", NULL) == -EINVAL && ask(c, XS_SET_PERMS, "/", "q0", NULL) == -EINVAL);
	CHECK(ask(c, XS_TRANSACTION_END, "T", NULL) == -ENOENT &&
	      ask(c, XS_TRANSACTION_END, "maybe", NULL) == -EINVAL);
	CHECK(ask(c, XS_DIRECTORY_PART, "/", "-1", NULL) == -EINVAL &&
	      ask(c, XS_DIRECTORY_PART, "/", NULL) == -EINVAL);
	CHECK(ask(c, XS_INTRODUCE, "1", "x", "1", NULL) == -EINVAL &&
	      ask(c, XS_INTRODUCE, "40000", "1", "1", NULL) == -EINVAL);
	CHECK(ask(c, XS_GET_DOMAIN_PATH, "", NULL) == -EINVAL &&
	      ask(c, XS_GET_DOMAIN_PATH, "1x", NULL) == -EINVAL);
	c->tx = 12345;
	CHECK(ask(c, XS_READ, "/", NULL) == -ENOENT && ask(c, XS_TRANSACTION_END, "T", NULL) == -ENOENT);
	/* Requests that know no transactions do not look at the id. */
	CHECK(!ask(c, XS_GET_DOMAIN_PATH, "1", NULL));
	client_close(c);
}
