// SPDX-License-Identifier: GPL-2.0-only
/* Follows the store: consoles come with @introduceDomain and their nodes, they go with @releaseDomain. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guestif.h"
#include "registry.h"
#include "say.h"
#include "xenstore.h"

#define RETRY_MS	1000
#define PATH_MAX_LEN	96

struct console *registry[REGISTRY_MAX];
unsigned int registry_count;

static struct xs_handle *xs;
static const struct console_settings *settings;
static int64_t retry_at;

static char *read_node(unsigned int domid, const char *node)
{
	char path[PATH_MAX_LEN];

	snprintf(path, sizeof(path), "/local/domain/%u/%s", domid, node);
	return xs_read(xs, XBT_NULL, path, NULL);
}

static bool read_number(unsigned int domid, const char *node, unsigned long *v)
{
	char *s = read_node(domid, node), *end;
	bool ok;

	if (!s)
		return false;
	errno = 0;
	*v = strtoul(s, &end, 10);
	ok = !errno && end != s && !*end;
	free(s);
	return ok;
}

/* False: the domain's console is not ours to serve, or not announced yet. */
static bool read_info(unsigned int domid, struct console_info *info)
{
	unsigned long frame, port;
	char *type, *name;
	bool ours;

	if (!read_number(domid, "console/ring-ref", &frame) || !read_number(domid, "console/port", &port))
		return false;
	type = read_node(domid, "console/type");
	ours = !type || !strcmp(type, "xenconsoled");
	free(type);
	if (!ours || !port || port > UINT32_MAX)
		return false;
	info->frame = frame;
	info->port = port;
	if (!read_number(domid, "console/limit", &info->limit))
		info->limit = 0;
	name = read_node(domid, "name");
	if (name && *name)
		snprintf(info->name, sizeof(info->name), "%s", name);
	else
		snprintf(info->name, sizeof(info->name), "%u", domid);
	free(name);
	return true;
}

static struct console *find(unsigned int domid)
{
	unsigned int i;

	for (i = 0; i < registry_count; i++)
		if (console_domid(registry[i]) == domid && !console_ended(registry[i]))
			return registry[i];
	return NULL;
}

struct console *registry_by_port(uint32_t port)
{
	unsigned int i;

	for (i = 0; i < registry_count; i++)
		if (console_port(registry[i]) == port)
			return registry[i];
	return NULL;
}

static void watch_nodes(unsigned int domid, bool on)
{
	char path[PATH_MAX_LEN], token[16];

	snprintf(path, sizeof(path), "/local/domain/%u/console", domid);
	snprintf(token, sizeof(token), "%u", domid);
	if (on)
		xs_watch(xs, path, token);
	else
		xs_unwatch(xs, path, token);
}

static void announce(const struct console *con)
{
	const char *tty = console_tty(con);
	char path[PATH_MAX_LEN];

	snprintf(path, sizeof(path), "/local/domain/%u/console/tty", console_domid(con));
	if (!xs_write(xs, XBT_NULL, path, tty, strlen(tty)))
		say("domain %u: cannot announce %s: %s", console_domid(con), tty, strerror(errno));
}

static struct console *make(unsigned int domid, const struct console_info *info)
{
	struct console *con;

	if (registry_count == REGISTRY_MAX) {
		say("domain %u: too many consoles", domid);
		return NULL;
	}
	con = console_new(domid, info, settings);
	if (!con)
		say("domain %u: no pty: %s", domid, strerror(errno));
	return con;
}

/* Brings a living domain's console in line with the store. */
static void update(unsigned int domid)
{
	struct console *con = find(domid);
	struct console_info info;
	bool fresh = !con;
	int r;

	if (!read_info(domid, &info))
		return;
	if (!con)
		con = make(domid, &info);
	if (!con)
		return;
	r = console_connect(con, &info);
	if (r)
		say("domain %u: cannot reach its console: %s", domid, strerror(-r));
	if (r && fresh) {
		console_free(con);
		return;
	}
	if (fresh) {
		registry[registry_count++] = con;
		announce(con);
	}
}

static void look_at_all(bool watch)
{
	unsigned int domids[64], first = 1;
	int i, n;

	while ((n = guestif_list(first, domids, 64)) > 0) {
		for (i = 0; i < n; i++) {
			if (watch)
				watch_nodes(domids[i], true);
			update(domids[i]);
		}
		first = domids[n - 1] + 1;
	}
}

static void look_for_dead(int64_t now)
{
	unsigned int i;

	for (i = 0; i < registry_count; i++) {
		struct console *con = registry[i];

		if (console_ended(con) || guestif_alive(console_domid(con)))
			continue;
		watch_nodes(console_domid(con), false);
		console_end(con, now);
	}
}

void registry_reap(int64_t now)
{
	unsigned int i = 0;

	while (i < registry_count) {
		struct console *con = registry[i];

		if (!console_ended(con) || console_lingering(con, now)) {
			i++;
			continue;
		}
		console_free(con);
		registry[i] = registry[--registry_count];
	}
}

static int connect_store(void)
{
	xs = xs_open(0);
	if (!xs)
		return -errno;
	if (xs_watch(xs, "@introduceDomain", "introduce") && xs_watch(xs, "@releaseDomain", "release"))
		return 0;
	xs_close(xs);
	xs = NULL;
	return -EIO;
}

int registry_start(const struct console_settings *s)
{
	int r = connect_store();

	settings = s;
	if (!r)
		look_at_all(true);
	return r;
}

int registry_fd(void)
{
	return xs ? xs_fileno(xs) : -1;
}

static void handle_event(const char *token, int64_t now)
{
	if (!strcmp(token, "introduce"))
		/* A repeated watch on the same nodes is refused, and that is all. */
		look_at_all(true);
	else if (!strcmp(token, "release"))
		look_for_dead(now);
	else
		update(strtoul(token, NULL, 10));
}

/* The store was restarted: the consoles stay, the watches must be set anew. */
static void come_back(int64_t now)
{
	unsigned int i;

	if (now < retry_at)
		return;
	retry_at = now + RETRY_MS;
	if (connect_store())
		return;
	say("the store is back");
	look_at_all(true);
	for (i = 0; i < registry_count; i++)
		if (!console_ended(registry[i]))
			announce(registry[i]);
}

void registry_serve(int64_t now)
{
	char **event;

	if (!xs) {
		come_back(now);
		return;
	}
	while ((event = xs_check_watch(xs))) {
		handle_event(event[XS_WATCH_TOKEN], now);
		free(event);
	}
	if (errno == EAGAIN)
		return;
	say("lost the store: %s", strerror(errno));
	xs_close(xs);
	xs = NULL;
	retry_at = now + RETRY_MS;
}
