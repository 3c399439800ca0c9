/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The monitor: one process for each guest that xm made. It sleeps in xenstored until domains end,
 * does what the configuration says for this end, and cleans up. It holds the domain's lock.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "conf.h"
#include "dump.h"
#include "guest.h"

#define LOG_MAX		(1 << 20)	/* then it becomes NAME.log.1 */
#define SHORT_LIFE_MS	10000
#define SHORT_LIVES	5		/* crashes in a row that end the restarting */

struct monitor {
	struct xm *xm;
	struct guest_config *cfg;	/* brought up to date at each end */
	struct guest g;
	int64_t started;
	unsigned int short_lives;
};

enum end { END_GONE, END_SHUTDOWN, END_LOST };

static int open_log(const char *name)
{
	char path[128], old[136];
	struct stat st;
	int fd;

	mkdir(XM_LOG_DIR, 0755);
	snprintf(path, sizeof(path), XM_LOG_DIR "/xm-%s.log", name);
	snprintf(old, sizeof(old), "%s.1", path);
	if (!stat(path, &st) && st.st_size > LOG_MAX)
		rename(path, old);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	return fd < 0 ? open("/dev/null", O_RDWR | O_CLOEXEC) : fd;
}

/* Messages go to the log of that name. */
static void use_log(const char *name)
{
	int log = open_log(name);

	dup2(log, 1);
	dup2(log, 2);
	close(log);
}

static int watch_ends(struct monitor *m)
{
	return xs_watch(m->xm->xs, "@releaseDomain", "end") ? 0 : -errno;
}

static bool reconnect(struct monitor *m)
{
	if (!xm_store_answers() || xm_open_xs(m->xm))
		return false;
	if (!watch_ends(m))
		return true;
	xs_close(m->xm->xs);
	m->xm->xs = NULL;
	return false;
}

/* xenstored died. The guest lives on, and so must its monitor: until there is a new one. */
static void wait_for_store(struct monitor *m)
{
	xm_fail(m->xm, -errno, "xenstored is gone: %s; waiting for another", strerror(errno));
	xs_close(m->xm->xs);
	m->xm->xs = NULL;
	while (!reconnect(m))
		sleep(1);
	xm_fail(m->xm, 0, "xenstored is back");
}

/* Waits; for END_SHUTDOWN *reason says why it ended. */
static enum end wait_end(struct monitor *m, unsigned int *reason)
{
	struct xen_domctl_getdomaininfo info;
	unsigned int n;
	char **event;
	int rc;

	for (;;) {
		rc = xc_domain_getinfo(m->xm->xc, m->g.domid, &info);
		if (rc == -ESRCH || (!rc && memcmp(info.handle, m->g.uuid, sizeof(info.handle))))
			return END_GONE;
		if (rc) {
			xm_fail(m->xm, rc, "%s", xc_last_error(m->xm->xc));
			return END_LOST;
		}
		if (xm_is_dying(&info))
			return END_GONE;
		*reason = xm_shutdown_reason(&info);
		if (xm_is_shutdown(&info) && *reason != SHUTDOWN_suspend)
			return END_SHUTDOWN;
		event = xs_read_watch(m->xm->xs, &n);
		if (!event && errno != EINTR)
			wait_for_store(m);
		free(event);
	}
}

static enum cfg_action action_for(const struct guest_config *cfg, unsigned int reason)
{
	switch (reason) {
	case SHUTDOWN_poweroff:
		return cfg->on_poweroff;
	case SHUTDOWN_reboot:
	case SHUTDOWN_soft_reset:
		return cfg->on_reboot;
	default:
		return cfg->on_crash;
	}
}

static bool store_works(struct monitor *m)
{
	return xm_xs_exists(m->xm, "/");
}

/* Without the store nothing of a guest can be found; so while that is away, its monitor waits. */
static void need_store(struct monitor *m)
{
	if (!store_works(m))
		wait_for_store(m);
}

static int finish(struct monitor *m)
{
	int rc;

	/* Its memory goes in any case; the rest as well, if xenstored dies meanwhile. */
	xc_domain_destroy(m->xm->xc, m->g.domid);
	do {
		need_store(m);
		rc = guest_teardown(m->xm, m->g.domid);
	} while (!store_works(m));
	guest_unlock(m->g.domid, m->g.lock);
	m->g.lock = -1;
	return rc;
}

static bool name_exists(struct xm *xm, const char *name)
{
	unsigned int n;
	char **doms = xm_xs_list(xm, &n, "/local/domain"), other[CFG_NAME_MAX + 1];
	bool found = false;

	for (unsigned int i = 0; !found && i < n; i++) {
		xm_domain_name(xm, strtoul(doms[i], NULL, 10), other, sizeof(other));
		found = !strcmp(other, name);
	}
	free(doms);
	return found || name_is_kept(name);
}

/* NAME-NUMBER, cut to what a name may have; and one that nobody has. */
static void aside_name(const struct monitor *m, char name[CFG_NAME_MAX + 1])
{
	char tail[24];
	int len = snprintf(tail, sizeof(tail), "-%u", m->g.domid);

	for (unsigned int i = 1; i < 100; i++) {
		snprintf(name, CFG_NAME_MAX + 1, "%.*s%s", CFG_NAME_MAX - len, m->cfg->name, tail);
		if (!name_exists(m->xm, name))
			return;
		len = snprintf(tail, sizeof(tail), "-%u.%u", m->g.domid, i);
	}
}

/* Out of the way of its next life: another name, another identity, no devices. */
static int move_aside(struct monitor *m)
{
	uint16_t id = m->g.domid;
	struct guest aside = { .domid = id };
	char name[CFG_NAME_MAX + 1], text[37];
	int names, rc;

	guest_new_uuid(aside.uuid);
	xm_format_uuid(aside.uuid, text);
	rc = guest_remove_devices(m->xm, id);
	guest_save(m->xm, m->cfg, &aside);
	names = names_lock(m->xm);
	aside_name(m, name);
	if (xc_domain_set_handle(m->xm->xc, id, aside.uuid))
		xm_warn(m->xm, "%s", xc_last_error(m->xm->xc));
	xm_xs_write(m->xm, XBT_NULL, name, "/local/domain/%u/name", id);
	xm_xs_write(m->xm, XBT_NULL, text, "/vm/%s/uuid", text);
	xm_xs_write(m->xm, XBT_NULL, name, "/vm/%s/name", text);
	snprintf(name, sizeof(name), "/vm/%s", text);
	xm_xs_write(m->xm, XBT_NULL, name, "/local/domain/%u/vm", id);
	if (names >= 0)
		close(names);
	guest_unlock(id, m->g.lock);
	m->g.lock = -1;
	return rc;
}

/* A guest that cannot even start would otherwise keep the machine busy for ever. */
static bool crashes_too_often(struct monitor *m, unsigned int reason)
{
	if (reason == SHUTDOWN_poweroff || reason == SHUTDOWN_reboot ||
	    xm_now_ms() - m->started > SHORT_LIFE_MS)
		m->short_lives = 0;
	else
		m->short_lives++;
	return m->short_lives >= SHORT_LIVES;
}

/* @left: what the end of its last life came to. With a disk's backend of that still at work, the disk would change under the next one. */
static int restart(struct monitor *m, int left)
{
	struct boot_files files;
	struct guest next;
	int rc;

	if (left == -EBUSY)
		return xm_fail(m->xm, left, "guest '%s' is not started again: a disk of domain %u is still in use",
			       m->cfg->name, m->g.domid);
	rc = boot_open(m->xm, m->cfg, &files);
	if (rc)
		return rc;
	rc = guest_build(m->xm, m->cfg, &files, m->g.uuid, &next);
	boot_close(&files);
	if (rc)
		return rc;
	m->g = next;
	rc = xc_domain_unpause(m->xm->xc, next.domid);
	if (rc) {
		xm_fail(m->xm, rc, "%s", xc_last_error(m->xm->xc));
		finish(m);
		return rc;
	}
	m->started = xm_now_ms();
	xm_fail(m->xm, 0, "guest '%s' runs again as domain %u", m->cfg->name, next.domid);
	return 0;
}

/* From its end until its next life has the name, nobody else gets that. */
static bool live_again(struct monitor *m, bool rename)
{
	int kept = name_keep(m->xm, m->cfg->name), rc;

	rc = restart(m, rename ? move_aside(m) : finish(m));
	name_release(m->cfg->name, kept);
	return !rc;
}

/* A core that cannot be written does not keep the guest from what else is to be done. */
static void write_core(struct monitor *m)
{
	const struct dump_options o = { .live = false };
	char path[256];

	dump_default_path(m->cfg->name, path, sizeof(path));
	cores_sweep(m->xm, DUMP_DIR);
	if (dump_core(m->xm, m->g.domid, path, &o))
		return;
	xm_fail(m->xm, 0, "core of domain %u written to %s", m->g.domid, path);
	cores_trim(m->xm, DUMP_DIR, cores_limit(m->xm, XM_CONF), path);
}

/*
 * What was attached, detached or set while it ran holds for its next life. That is read from its entries in the store,
 * and so before they go.
 */
static void keep_changes(struct monitor *m)
{
	char *was = strdup(m->cfg->name);

	if (!guest_update(m->xm, m->cfg, m->g.domid) && was && strcmp(was, m->cfg->name)) {
		xm_fail(m->xm, 0, "guest '%s' is called '%s' now", was, m->cfg->name);
		use_log(m->cfg->name);
	}
	free(was);
}

/* What the configuration wants for this end; true when there is a next life to watch. */
static bool act(struct monitor *m, unsigned int reason)
{
	enum cfg_action action = action_for(m->cfg, reason);

	keep_changes(m);
	/* A monitor may live for years: its log is looked at each time. */
	use_log(m->cfg->name);
	xm_fail(m->xm, 0, "domain %u (guest '%s') %s; action: %s", m->g.domid, m->cfg->name,
		xm_reason_name(reason), cfg_action_name(action));
	if (action == ACTION_COREDUMP_DESTROY || action == ACTION_COREDUMP_RESTART)
		write_core(m);
	if ((action == ACTION_RESTART || action == ACTION_COREDUMP_RESTART ||
	     action == ACTION_RENAME_RESTART) &&
	    crashes_too_often(m, reason)) {
		xm_fail(m->xm, 0,
			"%u crashes within %d s of starting, one after the other: not restarted again",
			SHORT_LIVES, SHORT_LIFE_MS / 1000);
		action = ACTION_DESTROY;
	}
	switch (action) {
	case ACTION_PRESERVE:
		guest_unlock(m->g.domid, m->g.lock);
		return false;
	case ACTION_RENAME_RESTART:
	case ACTION_RESTART:
	case ACTION_COREDUMP_RESTART:
		return live_again(m, action == ACTION_RENAME_RESTART);
	default:
		finish(m);
		return false;
	}
}

static void watch_over(struct monitor *m)
{
	unsigned int reason = 0;

	for (;;) {
		switch (wait_end(m, &reason)) {
		case END_LOST:
			return;
		case END_GONE:
			xm_fail(m->xm, 0, "domain %u (guest '%s') was destroyed", m->g.domid, m->cfg->name);
			finish(m);
			return;
		case END_SHUTDOWN:
			need_store(m);
			if (!act(m, reason))
				return;
		}
	}
}

/* Away from the terminal and from the parent's connections. */
static int detach(struct monitor *m)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int rc;

	setsid();
	prctl(PR_SET_NAME, "xm-monitor");
	if (m->xm->xs)
		xs_daemon_destroy_postfork(m->xm->xs);
	xc_interface_close(m->xm->xc);
	m->xm->xs = NULL;
	m->xm->xc = NULL;
	if (chdir("/"))
		return -errno;
	m->xm->in_monitor = true;
	/* The last messages to the person, if any, come from opening; then on to the log. */
	rc = xm_open(m->xm);
	if (rc)
		return rc;
	rc = watch_ends(m);
	if (rc)
		return xm_fail(m->xm, rc, "no watch in xenstored: %s", strerror(-rc));
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	dup2(null, 0);
	use_log(m->cfg->name);
	return 0;
}

static void child(struct monitor *m, int ready)
{
	if (detach(m))
		_exit(1);
	xm_fail(m->xm, 0, "watching domain %u (guest '%s')", m->g.domid, m->cfg->name);
	m->started = xm_now_ms();
	if (write(ready, "r", 1) != 1)
		_exit(1);
	close(ready);
	watch_over(m);
	_exit(0);
}

int monitor_start(struct xm *xm, struct guest_config *cfg, struct guest *g)
{
	struct monitor m = { .xm = xm, .cfg = cfg, .g = *g };
	int fds[2];
	char byte;
	pid_t pid;
	ssize_t n;

	if (pipe2(fds, O_CLOEXEC))
		return xm_fail(xm, -errno, "pipe: %s", strerror(errno));
	fflush(NULL);
	pid = fork();
	if (!pid) {
		close(fds[0]);
		child(&m, fds[1]);
	}
	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		return xm_fail(xm, -errno, "fork: %s", strerror(errno));
	}
	while ((n = read(fds[0], &byte, 1)) < 0 && errno == EINTR)
		;
	close(fds[0]);
	if (n != 1)
		return xm_fail(xm, -EIO, "guest '%s': its monitor did not start", cfg->name);
	g->monitor = pid;
	/* The lock lives on in the monitor. */
	close(g->lock);
	g->lock = -1;
	return 0;
}
