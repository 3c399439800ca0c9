// SPDX-License-Identifier: GPL-2.0-only
/*
 * store-transcript SEED COUNT: does COUNT requests, the same for the same SEED, and prints what the daemon
 * answered: results, values, children (sorted), permissions, and the watch events of each step (sorted, each
 * once, as their order and repetition are the daemon's business). All below /diff, which is removed in the
 * end.
 *
 * Left out, because daemons may differ: conflicts of transactions; events of one that removes (the peer also
 * tells of nodes that were made and removed inside).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xenstore.h"

#define EVENTS_MAX	256
#define SETTLE_US	300

static struct xs_handle *xs, *watcher;
static xs_transaction_t txn;
static uint64_t state;
/* The transaction that is open, or has just ended, removed something. */
static bool rm_in_txn;

static uint32_t rnd(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 11) % below;
}

static void random_path(char *path)
{
	static const char *const odd[] = { "/diff/", "/diff//a", "/diff/a b", "/diff/%", "", "@diff",
		"/diff/a/" };
	unsigned int depth = rnd(4);

	if (!rnd(40)) {
		strcpy(path, odd[rnd(sizeof(odd) / sizeof(odd[0]))]);
		return;
	}
	strcpy(path, "/diff");
	while (depth--)
		sprintf(path + strlen(path), "/%c", 'a' + rnd(3));
}

static const char *verdict(bool ok)
{
	return ok ? "ok" : strerrorname_np(errno);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* ---- the requests ---- */

static void do_read(const char *path)
{
	unsigned int len = 0;
	char *val = xs_read(xs, txn, path, &len);

	printf("read %s: %s %u \"%s\"\n", path, verdict(val), len, val ? val : "");
	free(val);
}

static void do_list(const char *path)
{
	unsigned int i, n = 0;
	char **names = xs_directory(xs, txn, path, &n);

	printf("list %s: %s", path, verdict(names));
	if (names && n)
		qsort(names, n, sizeof(*names), by_name);
	for (i = 0; names && i < n; i++)
		printf(" %s", names[i]);
	putchar('\n');
	free(names);
}

static void do_write(const char *path)
{
	char value[300];
	unsigned int len = rnd(4) ? rnd(10) : rnd(sizeof(value));

	memset(value, 'A' + rnd(26), sizeof(value));
	printf("write %s %u: ", path, len);
	puts(verdict(xs_write(xs, txn, path, value, len)));
}

static void do_mkdir(const char *path)
{
	printf("mkdir %s: ", path);
	puts(verdict(xs_mkdir(xs, txn, path)));
}

static void do_rm(const char *path)
{
	rm_in_txn |= txn != XBT_NULL;
	printf("rm %s: ", path);
	puts(verdict(xs_rm(xs, txn, path)));
}

static void do_get_perms(const char *path)
{
	unsigned int i, n = 0;
	struct xs_permissions *p = xs_get_permissions(xs, txn, path, &n);
	char text[16];

	printf("perms %s: %s", path, verdict(p));
	for (i = 0; p && i < n; i++)
		if (xs_perm_to_string(&p[i], text, sizeof(text)))
			printf(" %s", text);
	putchar('\n');
	free(p);
}

/* Only of living domains: what daemons keep of others differs. */
static void do_set_perms(const char *path)
{
	struct xs_permissions p[1] = { { 0, rnd(4) } };

	/* The peer's daemon hangs up at an unknown special name. */
	if (path[0] == '@')
		return;
	printf("chmod %s %u: ", path, p[0].perms);
	puts(verdict(xs_set_permissions(xs, txn, path, p, 1)));
}

static void do_watch(const char *path)
{
	unsigned int i = rnd(64);
	char token[16], at[16];

	sprintf(token, "t%u", i);
	sprintf(at, "/diff/%c", 'a' + i % 3);
	if (i % 8)
		sprintf(at + strlen(at), "/%c", 'a' + i / 3 % 3);
	printf("watch %s %s: ", at, token);
	puts(verdict(xs_watch(watcher, at, token)));
}

static void do_unwatch(const char *path)
{
	unsigned int i = rnd(64);
	char token[16], at[16];

	sprintf(token, "t%u", i);
	sprintf(at, "/diff/%c", 'a' + i % 3);
	if (i % 8)
		sprintf(at + strlen(at), "/%c", 'a' + i / 3 % 3);
	printf("unwatch %s: %s\n", token, verdict(xs_unwatch(watcher, at, token)));
}

static void do_txn(const char *path)
{
	bool abandon;

	if (!txn) {
		txn = xs_transaction_start(xs);
		rm_in_txn = false;
		printf("begin: %s\n", verdict(txn));
		return;
	}
	abandon = !rnd(4);
	printf("end %d: ", abandon);
	puts(verdict(xs_transaction_end(xs, txn, abandon)));
	txn = XBT_NULL;
}

static void (*const requests[])(const char *path) = {
	do_read, do_list, do_write, do_write, do_write, do_mkdir, do_rm, do_get_perms, do_set_perms,
		do_txn, do_watch,
	do_unwatch,
};

/* ---- events ---- */

static void print_events(bool silent)
{
	static char *seen[EVENTS_MAX];
	unsigned int i, n = 0;
	char **e;

	usleep(SETTLE_US);
	/* A request of the watcher's own: the reply comes after all events of what was done before. */
	free(xs_read(watcher, XBT_NULL, "/diff", NULL));
	while (n < EVENTS_MAX && (e = xs_check_watch(watcher))) {
		if (asprintf(&seen[n], "event %s %s", e[XS_WATCH_PATH], e[XS_WATCH_TOKEN]) >= 0)
			n++;
		free(e);
	}
	qsort(seen, n, sizeof(*seen), by_name);
	for (i = 0; i < n; i++)
		if (!silent && (i == n - 1 || strcmp(seen[i], seen[i + 1])))
			puts(seen[i]);
	for (i = 0; i < n; i++)
		free(seen[i]);
}

int main(int argc, char **argv)
{
	unsigned long i, count = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000;
	char path[64];

	state = (argc > 1 ? strtoull(argv[1], NULL, 10) : 1) * 2654435761u + 88172645463325252ull;
	xs = xs_open(0);
	watcher = xs_open(0);
	if (!xs || !watcher) {
		perror("store-transcript");
		return 1;
	}
	xs_rm(xs, XBT_NULL, "/diff");
	xs_mkdir(xs, XBT_NULL, "/diff");
	for (i = 0; i < count; i++) {
		bool in_txn = txn != XBT_NULL;

		random_path(path);
		requests[rnd(sizeof(requests) / sizeof(requests[0]))](path);
		print_events(in_txn && !txn && rm_in_txn);
	}
	if (txn)
		xs_transaction_end(xs, txn, true);
	xs_rm(xs, XBT_NULL, "/diff");
	return 0;
}
