/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xm console: raw bytes between this terminal and the pty that xenconsoled keeps for the guest.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>
#include "console.h"
#include "pty.h"

#define OPEN_TIMEOUT_MS		20000
#define REOPEN_MS		100		/* while xenconsoled does not serve the pty */
#define DRAIN_MS		1000		/* for the last words of a guest that ended */
#define CHECK_MS		1000		/* in case no event tells of the end */

char *console_wait(struct xm *xm, uint16_t domid)
{
	int64_t end = xm_now_ms() + OPEN_TIMEOUT_MS;
	struct xen_domctl_getdomaininfo info;
	unsigned int nap = 1;
	char *tty;

	for (;;) {
		tty = xm_xs_read(xm, "/local/domain/%u/console/tty", domid);
		if (tty && *tty)
			return tty;
		free(tty);
		if (xc_domain_getinfo(xm->xc, domid, &info) || xm_is_dying(&info)) {
			xm_fail(xm, -ESRCH, "domain %u is gone", domid);
			return NULL;
		}
		if (xm_interrupted(xm))
			return NULL;
		if (xm_now_ms() > end) {
			xm_fail(xm, -ETIMEDOUT,
				"xenconsoled has made no console for domain %u; is it running?", domid);
			return NULL;
		}
		xm_sleep_ms(nap);
		nap = nap < 16 ? nap * 2 : 20;
	}
}

static void make_raw(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &t))
		return;
	cfmakeraw(&t);
	tcsetattr(fd, TCSANOW, &t);
}

static void lock_name(uint16_t domid, char buf[64])
{
	snprintf(buf, 64, XM_RUN_DIR "/xm-console-%u.lock", domid);
}

/* Its former owner may have removed the file before we had the lock; then it locks nothing, and is closed. */
static bool still_there(const char *path, int fd)
{
	struct stat ours, now;

	if (!fstat(fd, &ours) && !stat(path, &now) && ours.st_ino == now.st_ino)
		return true;
	close(fd);
	return false;
}

/* Takes the console, or says who has it. */
static int lock_console(struct xm *xm, uint16_t domid)
{
	char path[64], pid[16] = "";
	int fd;

	lock_name(domid, path);
	mkdir(XM_RUN_DIR, 0755);
	do {
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0)
			return xm_fail(xm, -errno, "%s: %s", path, strerror(errno));
		if (flock(fd, LOCK_EX | LOCK_NB)) {
			if (read(fd, pid, sizeof(pid) - 1) < 0)
				pid[0] = '\0';
			close(fd);
			return xm_fail(xm, -EBUSY, "the console of domain %u is open in another xm (process %s)",
				       domid, pid[0] ? pid : "unknown");
		}
	} while (!still_there(path, fd));
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	if (ftruncate(fd, 0) || write(fd, pid, strlen(pid)) < 0)
		xm_warn(xm, "%s: %s", path, strerror(errno));
	return fd;
}

/*
 * A name that a killed xenconsoled left may be anybody's terminal by now. So look when it is open, as its number cannot
 * be given to another from then on. -EAGAIN: there is no such pty, or it is not xenconsoled's.
 */
static int open_served(const char *tty)
{
	int fd = open(tty, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return errno == ENOENT || errno == EIO ? -EAGAIN : -errno;
	if (pty_held_by(tty, "xenconsoled"))
		return fd;
	close(fd);
	return -EAGAIN;
}

/* The same, until a xenconsoled that was started again has answered. */
static int open_pty(struct xm *xm, uint16_t domid)
{
	int64_t end = xm_now_ms() + OPEN_TIMEOUT_MS;
	int fd = -EAGAIN;

	while (fd == -EAGAIN) {
		char *tty = console_wait(xm, domid);

		if (!tty)
			return -ETIMEDOUT;
		fd = open_served(tty);
		if (fd == -EAGAIN && xm_now_ms() > end)
			fd = xm_fail(xm, -ETIMEDOUT, "%s is no console of xenconsoled; is it running?", tty);
		else if (fd == -EAGAIN)
			xm_sleep_ms(REOPEN_MS);
		else if (fd < 0)
			xm_fail(xm, fd, "console %s of domain %u: %s", tty, domid, strerror(-fd));
		free(tty);
		if (fd == -EAGAIN && xm_interrupted(xm))
			return -EINTR;
	}
	return fd;
}

int console_open(struct xm *xm, uint16_t domid, struct console *c)
{
	int rc;

	*c = (struct console){ .domid = domid, .pty = -1, .lock = -1 };
	c->lock = lock_console(xm, domid);
	if (c->lock < 0)
		return c->lock;
	rc = open_pty(xm, domid);
	if (rc < 0) {
		console_close(c);
		return rc;
	}
	c->pty = rc;
	make_raw(c->pty);
	return 0;
}

void console_close(struct console *c)
{
	char path[64];

	if (c->pty >= 0)
		close(c->pty);
	if (c->lock >= 0) {
		lock_name(c->domid, path);
		unlink(path);
		close(c->lock);
	}
	c->pty = c->lock = -1;
}

/* All of it, also to a terminal that is slow or non-blocking. */
static int write_all(int fd, const char *buf, size_t len)
{
	while (len) {
		ssize_t n = write(fd, buf, len);

		if (n > 0) {
			buf += n;
			len -= n;
		} else if (n < 0 && errno == EAGAIN) {
			struct pollfd p = { .fd = fd, .events = POLLOUT };

			poll(&p, 1, 1000);
		} else if (n == 0 || errno != EINTR) {
			return -EIO;
		}
	}
	return 0;
}

/* 0: go on, 1: the other side is closed. */
static int from_guest(const struct console *c)
{
	char buf[4096];
	ssize_t n = read(c->pty, buf, sizeof(buf));

	if (n > 0)
		return write_all(1, buf, n) ? 1 : 0;
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : 1;
}

/* What was typed and not yet taken by a guest that may be slow, paused or stuck. */
struct typed {
	char buf[4096];
	size_t len;
};

static void flush_typed(const struct console *c, struct typed *t)
{
	ssize_t n = t->len ? write(c->pty, t->buf, t->len) : 0;

	if (n <= 0)
		return;
	t->len -= n;
	memmove(t->buf, t->buf + n, t->len);
}

/* 0: go on, 1: the person leaves, 2: no more input will come. Never waits for the guest. */
static int to_guest(const struct console *c, struct typed *t)
{
	char buf[256], *leave;
	ssize_t n = read(0, buf, sizeof(buf));

	if (n <= 0)
		return n < 0 && (errno == EINTR || errno == EAGAIN) ? 0 : 2;
	leave = memchr(buf, CONSOLE_LEAVE, n);
	if (leave)
		n = leave - buf;
	/* What does not fit is lost, as on a real line. */
	if ((size_t)n > sizeof(t->buf) - t->len)
		n = sizeof(t->buf) - t->len;
	memcpy(t->buf + t->len, buf, n);
	t->len += n;
	flush_typed(c, t);
	return leave != NULL;
}

static bool domain_ended(struct xm *xm, uint16_t domid)
{
	struct xen_domctl_getdomaininfo info;

	return xc_domain_getinfo(xm->xc, domid, &info) || xm_is_dying(&info) || xm_is_shutdown(&info);
}

static void drain(const struct console *c)
{
	int64_t end = xm_now_ms() + DRAIN_MS;
	struct pollfd p = { .fd = c->pty, .events = POLLIN };

	while (xm_now_ms() < end && poll(&p, 1, 200) > 0)
		if (from_guest(c))
			break;
}

static void copy(struct xm *xm, const struct console *c)
{
	struct pollfd p[3] = {
		{ .fd = 0, .events = POLLIN }, { .fd = c->pty, .events = POLLIN },
		{ .fd = xs_fileno(xm->xs), .events = POLLIN },
	};
	struct typed typed = { .len = 0 };
	int64_t next_check = 0;
	char **event;
	int what;

	while (!xm_interrupted(xm)) {
		p[1].events = POLLIN | (typed.len ? POLLOUT : 0);
		if (poll(p, 3, CHECK_MS) < 0 && errno != EINTR)
			return;
		if (p[1].revents & POLLOUT)
			flush_typed(c, &typed);
		if (p[1].revents & ~POLLOUT && from_guest(c))
			return;
		if (p[0].revents) {
			what = to_guest(c, &typed);
			if (what == 1)
				return;
			if (what == 2)
				p[0].fd = -1;
		}
		if (!p[2].revents && xm_now_ms() < next_check)
			continue;
		while ((event = xs_check_watch(xm->xs)))
			free(event);
		/* A store that is gone has news for ever; the hypervisor tells of the end as well. */
		if (errno != EAGAIN)
			p[2].fd = -1;
		next_check = xm_now_ms() + CHECK_MS;
		if (domain_ended(xm, c->domid)) {
			drain(c);
			return;
		}
	}
}

int console_run(struct xm *xm, struct console *c)
{
	bool terminal = isatty(0);
	struct termios saved;

	xm_catch_signals();
	if (!xs_watch(xm->xs, "@releaseDomain", "console"))
		return xm_fail(xm, -errno, "no watch in xenstored: %s", strerror(errno));
	if (terminal && !tcgetattr(0, &saved))
		make_raw(0);
	else
		terminal = false;
	copy(xm, c);
	if (terminal) {
		tcsetattr(0, TCSAFLUSH, &saved);
		fputs("\n", stderr);
	}
	xs_unwatch(xm->xs, "@releaseDomain", "console");
	return 0;
}

static int cmd_console(struct xm *xm, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' }, { "type", required_argument, NULL, 't' },
		{ "num", required_argument, NULL, 'n' }, { NULL, 0, NULL, 0 },
	};
	struct console c;
	uint16_t domid;
	int rc, opt;

	while ((opt = xm_getopt(xm, argc, argv, ":ht:n:", longs)) != -1) {
		if ((opt == 't' && strcmp(optarg, "pv")) || (opt == 'n' && strcmp(optarg, "0"))) {
			xm_fail(xm, 0, "a guest has one console: --type pv --num 0");
			return XM_USAGE;
		}
	}
	xm_want_args(xm, argc, 1, 1);
	rc = xm_guest(xm, argv[optind], &domid);
	if (!rc)
		rc = console_open(xm, domid, &c);
	if (rc)
		return XM_FAILED;
	rc = console_run(xm, &c);
	console_close(&c);
	return rc ? XM_FAILED : XM_OK;
}

const struct command console_commands[] = {
	{ "console", NULL, cmd_console, "DOMAIN", "attach this terminal to a guest's console",
	  "  Ctrl-] leaves the console; the guest goes on. It ends by itself when the guest ends.\n"
	  "  -t, --type pv, -n, --num 0   accepted for scripts written for other tools\n"
	  "\nExample:\n  xm console demo\n" },
	{ .name = NULL },
};
