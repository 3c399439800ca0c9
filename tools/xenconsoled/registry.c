// SPDX-License-Identifier: GPL-2.0-only
/* Follows the store: consoles come with @introduceDomain and their nodes, they go with @releaseDomain. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "clock.h"
#include "log.h"
#include "loop.h"
#include "registry.h"
#include "xenstore.h"

#define RETRY_MS	1000
#define PATH_MAX_LEN	96
#define DOMIDS		0x7ff0u

static struct console *registry[REGISTRY_MAX];
static unsigned int registry_count;
/* Introduced domains, whose console nodes we watch. */
static bool known[DOMIDS];
static unsigned int highest;

static struct xs_handle *xs;
static struct loop_source store;
static const struct logfile_settings *settings;
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
		log_line("domain %u: cannot announce %s: %s", console_domid(con), tty, strerror(errno));
}

static struct console *make(unsigned int domid, const struct console_info *info)
{
	struct console *con;

	if (registry_count == REGISTRY_MAX) {
		log_line("domain %u: too many consoles", domid);
		return NULL;
	}
	con = console_new(domid, info, settings);
	if (!con)
		log_line("domain %u: no pty: %s", domid, strerror(errno));
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
		log_line("domain %u: cannot reach its console: %s", domid, strerror(-r));
	if (r && fresh) {
		console_free(con);
		return;
	}
	if (fresh) {
		registry[registry_count++] = con;
		announce(con);
	}
}

/* Those we do not know yet; what a known one's nodes say comes by its own watch. */
static void meet(unsigned int domid)
{
	if (!domid || domid >= DOMIDS || known[domid] || !xs_is_domain_introduced(xs, domid))
		return;
	known[domid] = true;
	if (domid > highest)
		highest = domid;
	watch_nodes(domid, true);
	update(domid);
}

static void look_for_new(void)
{
	unsigned int i, n;
	char **names = xs_directory(xs, XBT_NULL, "/local/domain", &n);

	for (i = 0; names && i < n; i++) {
		char *end;
		unsigned long domid = strtoul(names[i], &end, 10);

		if (end != names[i] && !*end && domid < DOMIDS)
			meet(domid);
	}
	free(names);
}

static void look_for_dead(int64_t now)
{
	unsigned int domid;
	struct console *con;

	for (domid = 1; domid <= highest; domid++) {
		errno = 0;
		if (!known[domid] || xs_is_domain_introduced(xs, domid))
			continue;
		/* An answer, not a broken connection? */
		if (!xs_is_domain_introduced(xs, 0))
			return;
		known[domid] = false;
		watch_nodes(domid, false);
		con = find(domid);
		if (con)
			console_end(con, now);
	}
}

static void reap(int64_t now)
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

/* ---- the store ---- */

static void handle_event(const char *token, int64_t now)
{
	if (!strcmp(token, "introduce"))
		look_for_new();
	else if (!strcmp(token, "release"))
		look_for_dead(now);
	else
		update(strtoul(token, NULL, 10));
}

static void store_ready(struct loop_source *s, uint32_t events)
{
	int64_t now = clock_ms();
	char **event;

	while ((event = xs_check_watch(xs))) {
		handle_event(event[XS_WATCH_TOKEN], now);
		free(event);
	}
	if (errno == EAGAIN)
		return;
	log_line("lost the store: %s; the consoles go on", strerror(errno));
	loop_del(&store);
	xs_close(xs);
	xs = NULL;
	retry_at = now + RETRY_MS;
}

/* Events that came in between the answers to our own requests: the descriptor does not tell of those. */
static void take_events(void)
{
	if (xs)
		store_ready(&store, 0);
}

static int connect_store(void)
{
	int r = -EIO;

	xs = xs_open(0);
	if (!xs)
		return -errno;
	store = (struct loop_source){ .fd = xs_fileno(xs), .events = EPOLLIN, .ready = store_ready };
	if (xs_watch(xs, "@introduceDomain", "introduce") && xs_watch(xs, "@releaseDomain", "release"))
		r = loop_add(&store);
	if (!r)
		return 0;
	xs_close(xs);
	xs = NULL;
	return r;
}

int registry_start(const struct logfile_settings *log)
{
	int r = connect_store();

	settings = log;
	if (r)
		return r;
	look_for_new();
	take_events();
	return 0;
}

/* The store was restarted: the consoles stay, the watches must be set anew. */
static void come_back(int64_t now)
{
	unsigned int i;

	retry_at = now + RETRY_MS;
	if (connect_store())
		return;
	log_line("the store is back");
	for (i = 1; i <= highest; i++)
		if (known[i])
			watch_nodes(i, true);
	look_for_new();
	for (i = 0; i < registry_count; i++)
		if (!console_ended(registry[i]))
			announce(registry[i]);
	take_events();
}

void registry_tick(int64_t now)
{
	if (!xs && now >= retry_at)
		come_back(now);
	reap(now);
}

int registry_ms(int64_t now)
{
	if (xs)
		return -1;
	return retry_at > now ? retry_at - now : 0;
}

/* Not what a successor has said. */
static void withdraw(const struct console *con)
{
	char *tty = read_node(console_domid(con), "console/tty"), path[PATH_MAX_LEN];

	snprintf(path, sizeof(path), "/local/domain/%u/console/tty", console_domid(con));
	if (tty && !strcmp(tty, console_tty(con)))
		xs_rm(xs, XBT_NULL, path);
	free(tty);
}

void registry_stop(void)
{
	unsigned int i;

	for (i = 0; xs && i < registry_count; i++)
		if (!console_ended(registry[i]))
			withdraw(registry[i]);
}

void registry_reopen_logs(void)
{
	unsigned int i;

	for (i = 0; i < registry_count; i++)
		console_reopen_log(registry[i]);
}
