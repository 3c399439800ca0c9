// SPDX-License-Identifier: GPL-2.0-only
/* The client library against the daemon, which runs in a child process. */
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loop.h"
#include "socket.h"
#include "test.h"
#include "xenstore.h"

static char dir[] = "/tmp/unit-store-XXXXXX";

static void serve(const char *path)
{
	world_reset();
	if (socket_listen(path))
		_exit(1);
	for (;;)
		conn_round(-1);
}

static struct xs_handle *open_soon(void)
{
	struct xs_handle *xs = NULL;
	unsigned int i;

	for (i = 0; i < 200 && !xs; i++) {
		xs = xs_open(0);
		if (!xs)
			usleep(10000);
	}
	return xs;
}

static bool reads(struct xs_handle *xs, xs_transaction_t t, const char *path, const char *value)
{
	unsigned int len;
	char *s = xs_read(xs, t, path, &len);
	bool ok = s && len == strlen(value) && !strcmp(s, value);

	free(s);
	return ok;
}

static void nodes(struct xs_handle *xs)
{
	struct xs_permissions p[2] = { { 0, XS_PERM_NONE }, { 5, XS_PERM_READ | XS_PERM_WRITE } }, *q;
	unsigned int n;
	char **names, *s;

	CHECK(xs_write(xs, XBT_NULL, "/l/a", "1", 1) && xs_write(xs, XBT_NULL, "/l/b", "", 0) &&
	      xs_mkdir(xs, XBT_NULL, "/l/c"));
	CHECK(reads(xs, XBT_NULL, "/l/a", "1") && reads(xs, XBT_NULL, "/l/b", ""));
	names = xs_directory(xs, XBT_NULL, "/l", &n);
	CHECK(names && n == 3 && !strcmp(names[0], "a") && !strcmp(names[2], "c"));
	free(names);
	names = xs_directory(xs, XBT_NULL, "/l/c", &n);
	CHECK(names && n == 0);
	free(names);
	CHECK(!xs_read(xs, XBT_NULL, "/none", NULL) && errno == ENOENT);
	CHECK(xs_set_permissions(xs, XBT_NULL, "/l/a", p, 2));
	q = xs_get_permissions(xs, XBT_NULL, "/l/a", &n);
	CHECK(q && n == 2 && q[1].id == 5 && q[1].perms == (XS_PERM_READ | XS_PERM_WRITE) && q[0].perms == 0);
	free(q);
	CHECK(xs_rm(xs, XBT_NULL, "/l/a") && xs_rm(xs, XBT_NULL, "/l/a") && !xs_rm(xs, XBT_NULL, "/l/a/b"));
	s = xs_get_domain_path(xs, 9);
	CHECK(s && !strcmp(s, "/local/domain/9"));
	free(s);
	CHECK(!xs_is_domain_introduced(xs, 9) && !xs_release_domain(xs, 9) && errno == ENOENT);
	s = xs_control_command(xs, "check", NULL, 0);
	CHECK(s && !strcmp(s, "OK"));
	free(s);
}

static void many_names(struct xs_handle *xs)
{
	char path[64], **names;
	unsigned int i, n;

	for (i = 0; i < 1500; i++) {
		sprintf(path, "/many/%05u", i);
		xs_mkdir(xs, XBT_NULL, path);
	}
	names = xs_directory(xs, XBT_NULL, "/many", &n);
	CHECK(names && n == 1500);
	for (i = 0; names && i < n; i++)
		CHECK(strtoul(names[i], NULL, 10) == i);
	free(names);
}

static bool readable(struct xs_handle *xs)
{
	struct pollfd p = { .fd = xs_fileno(xs), .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static bool watched(struct xs_handle *xs, const char *path, const char *token)
{
	unsigned int n;
	char **e = xs_read_watch(xs, &n);
	bool ok = e && n == 2 && !strcmp(e[XS_WATCH_PATH], path) && !strcmp(e[XS_WATCH_TOKEN], token);

	free(e);
	return ok;
}

static void watches(struct xs_handle *xs, struct xs_handle *other)
{
	CHECK(!readable(xs) && !xs_check_watch(xs) && errno == EAGAIN);
	CHECK(xs_watch(xs, "/w", "tok") && watched(xs, "/w", "tok"));
	CHECK(xs_write(other, XBT_NULL, "/w/x", "1", 1));
	/* The event overtakes a reply: it lies in the handle, and poll must say so. */
	CHECK(reads(xs, XBT_NULL, "/w/x", "1"));
	CHECK(readable(xs) && watched(xs, "/w/x", "tok") && !readable(xs));
	CHECK(xs_write(other, XBT_NULL, "/w/y", "1", 1) && reads(xs, XBT_NULL, "/w/y", "1"));
	CHECK(xs_unwatch(xs, "/w", "tok") && !xs_unwatch(xs, "/w", "tok"));
	/* Without the filter what was on its way still comes. */
	CHECK(watched(xs, "/w/y", "tok") && !xs_check_watch(xs) && errno == EAGAIN);
}

static void filter(struct xs_handle *other)
{
	struct xs_handle *xs = xs_open(XS_UNWATCH_FILTER);

	CHECK(xs_watch(xs, "/f", "a") && xs_watch(xs, "/g", "b") && xs_write(other, XBT_NULL, "/f/x", "", 0));
	CHECK(xs_unwatch(xs, "/f", "a") && watched(xs, "/g", "b") && !xs_check_watch(xs) && errno == EAGAIN);
	xs_close(xs);
}

static void transactions(struct xs_handle *xs, struct xs_handle *other)
{
	xs_transaction_t t = xs_transaction_start(xs);

	CHECK(t && xs_write(xs, t, "/t", "1", 1) && reads(xs, t, "/t", "1") &&
	      !xs_read(other, XBT_NULL, "/t", NULL));
	CHECK(xs_transaction_end(xs, t, false) && reads(other, XBT_NULL, "/t", "1"));
	t = xs_transaction_start(xs);
	CHECK(reads(xs, t, "/t", "1") && xs_write(other, XBT_NULL, "/t", "2", 1));
	CHECK(!xs_transaction_end(xs, t, false) && errno == EAGAIN);
	t = xs_transaction_start(xs);
	CHECK(xs_write(xs, t, "/t", "3", 1) && xs_transaction_end(xs, t, true) &&
	      reads(xs, XBT_NULL, "/t", "2"));
}

static void limits(struct xs_handle *xs)
{
	char big[XENSTORE_PAYLOAD_MAX] = "";

	CHECK(!xs_write(xs, XBT_NULL, "/big", big, sizeof(big)) && errno == E2BIG);
	CHECK(reads(xs, XBT_NULL, "/t", "2"));
	CHECK(xs_path_is_subpath("/a", "/a/b") && !xs_path_is_subpath("/a", "/ab") &&
	      xs_path_is_subpath("/", "/a"));
}

void test_library(void)
{
	struct xs_handle *xs, *other;
	char path[64];
	pid_t pid;

	if (!mkdtemp(dir))
		abort();
	sprintf(path, "%s/socket", dir);
	setenv("XENSTORED_PATH", path, 1);
	fflush(NULL);
	pid = fork();
	if (!pid)
		serve(path);
	xs = open_soon();
	other = open_soon();
	CHECK(xs && other);
	if (xs && other) {
		nodes(xs);
		many_names(xs);
		watches(xs, other);
		filter(other);
		transactions(xs, other);
		limits(xs);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	/* The daemon is gone: errors, no signal, no hang. */
	CHECK(!xs_write(xs, XBT_NULL, "/x", "", 0) && errno == EIO && !xs_check_watch(xs) && errno == EIO);
	xs_close(xs);
	xs_close(other);
	CHECK(!xs_open(0));
	unlink(path);
	rmdir(dir);
}
