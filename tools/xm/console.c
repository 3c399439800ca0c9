/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xm console: raw bytes between this terminal and the pty that xenconsoled keeps for the guest.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
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
#define TAKE_MS			5000		/* for the other reader to let go */

/* Set when another xm takes the console over. */
static volatile sig_atomic_t taken;

static void on_taken(int sig)
{
	taken = 1;
}

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

/* The lock, or -EWOULDBLOCK and who has it. A file that its holder has removed meanwhile is no lock. */
static int try_lock(const char *path, char holder[16])
{
	struct stat ours, now;
	ssize_t n;

	for (;;) {
		int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

		if (fd < 0)
			return -errno;
		if (flock(fd, LOCK_EX | LOCK_NB)) {
			n = read(fd, holder, 15);
			holder[n > 0 ? n : 0] = '\0';
			close(fd);
			return -EWOULDBLOCK;
		}
		if (!fstat(fd, &ours) && !stat(path, &now) && ours.st_ino == now.st_ino)
			return fd;
		close(fd);
	}
}

/* Asks the one that has it to leave, and waits for that. */
static int take_over(struct xm *xm, uint16_t domid, const char *path)
{
	int64_t end = xm_now_ms() + TAKE_MS;
	char holder[16] = "", asked[16] = "";
	int fd;

	while ((fd = try_lock(path, holder)) == -EWOULDBLOCK && xm_now_ms() < end) {
		long pid = strtol(holder, NULL, 10);

		if (pid > 1 && strcmp(holder, asked)) {
			kill(pid, SIGUSR1);
			strcpy(asked, holder);
		}
		xm_sleep_ms(20);
	}
	if (fd == -EWOULDBLOCK)
		return xm_fail(xm, -EBUSY, "process %s does not let go of the console of domain %u within %d s",
			       holder[0] ? holder : "unknown", domid, TAKE_MS / 1000);
	return fd;
}

/* Takes the console, or says who has it. */
static int lock_console(struct xm *xm, uint16_t domid, bool force)
{
	const struct sigaction sa = { .sa_handler = on_taken };
	char path[64], pid[16] = "";
	int fd;

	/* From here on others may find our number in the file. It ends what waits. */
	taken = 0;
	sigaction(SIGUSR1, &sa, NULL);
	lock_name(domid, path);
	mkdir(XM_RUN_DIR, 0755);
	fd = force ? take_over(xm, domid, path) : try_lock(path, pid);
	if (fd == -EBUSY)
		return fd;
	if (fd == -EWOULDBLOCK)
		return xm_fail(xm, -EBUSY,
			       "the console of domain %u is open in another xm (process %s); 'xm console --force' takes it over",
			       domid, pid[0] ? pid : "unknown");
	if (fd < 0)
		return xm_fail(xm, fd, "%s: %s", path, strerror(-fd));
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

int console_open(struct xm *xm, uint16_t domid, bool force, struct console *c)
{
	int rc;

	*c = (struct console){ .domid = domid, .pty = -1, .lock = -1, .leave = CONSOLE_LEAVE };
	c->lock = lock_console(xm, domid, force);
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

static bool must_leave(void)
{
	return taken || xm_signalled();
}

/* 0: go on, and see why it was left, 1: the other side is closed. */
static int from_guest(const struct console *c)
{
	char buf[4096];
	ssize_t n = read(c->pty, buf, sizeof(buf));

	if (n > 0) {
		n = xm_put(1, buf, n, must_leave);
		return n && n != -EINTR;
	}
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
	leave = memchr(buf, c->leave, n);
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
		if (taken) {
			xm_fail(xm, 0, "the console of domain %u was taken over by another xm", c->domid);
			return;
		}
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

/* "^A", "^]" or a character as it is. */
static int parse_leave(struct xm *xm, const char *text, char *leave)
{
	size_t len = strlen(text);

	if (len == 2 && text[0] == '^' && text[1] >= '?' && text[1] < 0x7f)
		*leave = text[1] == '?' ? 0x7f : text[1] & 0x1f;
	else if (len == 1)
		*leave = text[0];
	else
		return xm_fail(xm, -EINVAL, "escape '%s': expected one character, or '^' and a letter: ^A", text);
	return 0;
}

static int cmd_console(struct xm *xm, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' }, { "type", required_argument, NULL, 't' },
		{ "num", required_argument, NULL, 'n' }, { "escape", required_argument, NULL, 'e' },
		{ "force", no_argument, NULL, 'f' }, { NULL, 0, NULL, 0 },
	};
	char leave = CONSOLE_LEAVE;
	bool force = false;
	struct console c;
	uint16_t domid;
	int rc, opt;

	while ((opt = xm_getopt(xm, argc, argv, ":ht:n:e:f", longs)) != -1) {
		force |= opt == 'f';
		if (opt == 'e' && parse_leave(xm, optarg, &leave))
			return XM_USAGE;
		if ((opt == 't' && strcmp(optarg, "pv")) || (opt == 'n' && strcmp(optarg, "0"))) {
			xm_fail(xm, 0, "a guest has one console: --type pv --num 0");
			return XM_USAGE;
		}
	}
	xm_want_args(xm, argc, 1, 1);
	rc = xm_guest(xm, argv[optind], &domid);
	if (!rc)
		rc = console_open(xm, domid, force, &c);
	if (rc)
		return XM_FAILED;
	c.leave = leave;
	rc = console_run(xm, &c);
	console_close(&c);
	return rc ? XM_FAILED : XM_OK;
}

const struct command console_commands[] = {
	{ "console", NULL, cmd_console, "[-f] [-e CHAR] DOMAIN", "attach this terminal to a guest's console",
	  "  -e, --escape CHAR   the key that leaves, instead of Ctrl-]: a character, or ^A for Ctrl-A\n"
	  "  -f, --force         take the console over from the xm that has it\n"
	  "  -t, --type pv, -n, --num 0   accepted for scripts written for other tools\n"
	  "  Ctrl-] leaves the console; the guest goes on. It ends by itself when the guest ends.\n"
	  "\nExample:\n  xm console demo\n" },
	{ .name = NULL },
};
