/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Starting another program, listening to it, and not waiting for ever.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "run.h"

#define SEARCH	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

bool run_find(const char *name)
{
	char dirs[] = SEARCH, path[128], *save;

	for (char *d = strtok_r(dirs, ":", &save); d; d = strtok_r(NULL, ":", &save)) {
		snprintf(path, sizeof(path), "%s/%s", d, name);
		if (!access(path, X_OK))
			return true;
	}
	return false;
}

#define PIPE_BYTES	65536u

/* A pipe holds 64 KiB, so that nobody has to wait for a reader. */
static int open_input(const char *text)
{
	int fds[2];

	if (!text)
		return open("/dev/null", O_RDWR | O_CLOEXEC);
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	if (write(fds[1], text, strlen(text)) != (ssize_t)strlen(text)) {
		close(fds[0]);
		fds[0] = -E2BIG;
	} else {
		fcntl(fds[0], F_SETFL, 0);
	}
	close(fds[1]);
	return fds[0];
}

static void child(const struct run *r, int in, int out)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), rc;
	sigset_t none;

	/* What a terminal sends is for xm, which decides what becomes of its programs. */
	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	dup2(in, 0);
	dup2(r->daemon ? null : out, 1);
	dup2(out, 2);
	setenv("PATH", SEARCH, 1);
	for (const struct run_env *e = r->env; e && e->name; e++)
		setenv(e->name, e->value, 1);
	rc = r->prepare ? r->prepare(r->arg) : 0;
	if (!rc) {
		execvp(r->argv[0], (char *const *)r->argv);
		rc = -errno;
	}
	dprintf(2, "%s: %s\n", r->argv[0], strerror(-rc));
	_exit(127);
}

/* What it wrote, as far as it was read: the last line is kept, or the first. */
struct hearing {
	struct run *r;
	size_t len;
	bool fresh;
};

static void hear(struct hearing *h, const char *text, size_t n)
{
	char *line = h->r->said;

	for (size_t i = 0; i < n; i++) {
		if (text[i] == '\n') {
			h->fresh = true;
			continue;
		}
		if (h->fresh && h->len && h->r->first)
			continue;
		if (h->fresh)
			h->len = 0;
		h->fresh = false;
		if (h->len + 1 < sizeof(h->r->said))
			line[h->len++] = text[i];
		line[h->len] = '\0';
	}
}

/*
 * Until it ends: 0, -ETIMEDOUT, or -EINTR. The end of its output is no sign of that. A daemon may keep the other end of the pipe: qemu-nbd
 * does when its threads come in the wrong order.
 */
static int listen(const struct xm *xm, int fd, int process, struct run *r, int timeout_ms)
{
	struct hearing h = { .r = r, .fresh = true };
	struct pollfd pfds[] = { { .fd = fd, .events = POLLIN }, { .fd = process, .events = POLLIN } };
	int64_t end = xm_now_ms() + timeout_ms;
	bool ended = false;
	char buf[4096];
	ssize_t n;

	r->said[0] = '\0';
	while (!ended) {
		int64_t left = end - xm_now_ms();

		if (left <= 0)
			return -ETIMEDOUT;
		if (!r->undo && xm_interrupted(xm))
			return -EINTR;
		if (poll(pfds, 2, left) <= 0)
			continue;
		ended = pfds[1].revents;
		/* All that a full pipe holds, and no more: who writes without end meets the bound. */
		n = 1;
		for (size_t held = 0; held < PIPE_BYTES && n > 0; held += n > 0 ? n : 0) {
			n = read(fd, buf, sizeof(buf));
			if (n > 0)
				hear(&h, buf, n);
		}
		if (!n)
			pfds[0].fd = -1;	/* it has closed it */
	}
	return 0;
}

static void tell(const struct xm *xm, const struct run *r)
{
	char line[512] = "";
	size_t len = 0;

	for (const char *const *arg = r->argv; *arg && len < sizeof(line); arg++)
		len += snprintf(line + len, sizeof(line) - len, " %s", *arg);
	xm_tell(xm, "runs%s", line);
}

int run_program(struct xm *xm, struct run *r, int timeout_ms)
{
	int fds[2], status = 0, rc, process, in = open_input(r->input);
	pid_t pid, got;

	tell(xm, r);
	if (in < 0)
		return xm_fail(xm, in, "%s: %s", r->argv[0], strerror(-in));
	if (pipe2(fds, O_CLOEXEC)) {
		close(in);
		return xm_fail(xm, -errno, "pipe: %s", strerror(errno));
	}
	pid = fork();
	if (!pid)
		child(r, in, fds[1]);
	close(in);
	close(fds[1]);
	if (pid > 0)
		setpgid(pid, pid);	/* both do: whoever comes first */
	if (pid < 0) {
		close(fds[0]);
		return xm_fail(xm, -errno, "fork: %s", strerror(errno));
	}
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	process = syscall(SYS_pidfd_open, pid, 0);
	rc = process < 0 ? xm_fail(xm, -errno, "%s cannot be watched: %s", r->argv[0], strerror(errno)) :
			   listen(xm, fds[0], process, r, timeout_ms);
	close(fds[0]);
	if (process >= 0)
		close(process);
	/* With what it has started itself, but not a daemon that has left its group. */
	if (rc)
		kill(-pid, SIGKILL);
	while ((got = waitpid(pid, &status, 0)) < 0 && errno == EINTR)
		;
	if (!rc && got < 0)
		return xm_fail(xm, -errno, "%s: its end is not known: %s", r->argv[0], strerror(errno));
	if (rc || (WIFEXITED(status) && !WEXITSTATUS(status)))
		return rc;
	if (!r->said[0])
		snprintf(r->said, sizeof(r->said), "it gave no reason");
	return -EIO;
}
