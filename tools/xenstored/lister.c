// SPDX-License-Identifier: GPL-2.0-only
/* The daemon's side of the lister. Nothing here waits without a bound, whatever the other side does. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "lister.h"
#include "log.h"
#include "loop.h"

#define START_MS	10000
/* The answer is a matter of microseconds; guests wait meanwhile. */
#define ANSWER_MS	1000

static void ready(struct loop_source *s, uint32_t events);
static struct loop_source src = { .fd = -1, .ready = ready };
static void (*ask_again)(void);
static uint32_t seq;
static bool late;		/* the answer to the question `seq` has yet to come */

int lister_fd(void)
{
	return src.fd;
}

static void lost(int err)
{
	log_line("the process that lists domains %s: shutdowns and deaths of domains go unnoticed until this "
		 "daemon is killed and started anew", err == -EPROTO ? "does not make sense" : "is gone");
	loop_del(&src);
	close(src.fd);
	src.fd = -1;
}

/* Length of the next answer; 0: none is there; -errno: there will be none. */
static ssize_t receive(int fd, struct lister_answer *a)
{
	ssize_t n = recv(fd, a, sizeof(*a), MSG_DONTWAIT | MSG_TRUNC);

	if (!n)
		return -EPIPE;
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	/* MSG_TRUNC tells how long it was, not how much of it was read. */
	if (n < (ssize_t)LISTER_HEAD || a->n > LISTER_MAX ||
	    n != (ssize_t)(LISTER_HEAD + (a->n > 0 ? a->n : 0) * sizeof(a->domains[0])))
		return -EPROTO;
	return n;
}

/* The same, but waits for the answer to question @wanted until @deadline. */
static ssize_t wait_for(int fd, uint32_t wanted, int64_t deadline, struct lister_answer *a)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	ssize_t n;

	for (;;) {
		int64_t left = deadline - clock_ms();

		n = receive(fd, a);
		if (n < 0 || (n > 0 && a->seq == wanted))
			return n;
		if (!n && (left <= 0 || (poll(&pfd, 1, left) < 0 && errno != EINTR)))
			return 0;
	}
}

/* An answer that is late has come: what it says is old. */
static void ready(struct loop_source *s, uint32_t events)
{
	struct lister_answer a;
	bool back = false;
	ssize_t n;

	if (s->fd < 0)
		return;
	while ((n = receive(s->fd, &a)) > 0)
		back |= late && a.seq == seq;
	if (n < 0) {
		lost(n);
		return;
	}
	if (!back)
		return;
	late = false;
	loop_set_events(s, 0);
	ask_again();
}

static bool in_order(const struct lister_answer *a, unsigned int first, unsigned int max)
{
	int i;

	if (a->n > 0 && a->n > max)
		return false;
	for (i = 0; i < a->n; i++) {
		if (a->domains[i].domid < first || a->domains[i].state > XENIF_RUNNING)
			return false;
		first = a->domains[i].domid + 1;
	}
	return true;
}

static int take(const struct lister_answer *a, unsigned int first, struct xenif_domain *list, unsigned int max)
{
	int i;

	if (!in_order(a, first, max)) {
		lost(-EPROTO);
		return -ENOTCONN;
	}
	for (i = 0; i < a->n; i++) {
		list[i].domid = a->domains[i].domid;
		list[i].state = a->domains[i].state;
	}
	return a->n;
}

int lister_ask(unsigned int first, struct xenif_domain *list, unsigned int max)
{
	struct lister_question q = { .seq = seq + 1, .first = first, .max = max < LISTER_MAX ? max : LISTER_MAX };
	struct lister_answer a;
	ssize_t n;

	if (src.fd < 0)
		return -ENOTCONN;
	if (late)
		return -EAGAIN;
	n = send(src.fd, &q, sizeof(q), MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n == sizeof(q))
		n = wait_for(src.fd, ++seq, clock_ms() + ANSWER_MS, &a);
	else
		n = -EPIPE;
	if (n > 0)
		return take(&a, first, list, q.max);
	if (n < 0) {
		lost(n);
		return -ENOTCONN;
	}
	log_line("the process that lists domains does not answer; going on without until it does");
	late = true;
	loop_set_events(&src, EPOLLIN);
	return -EAGAIN;
}

/* ---- having one ---- */

static int adopt(int fd, void (*again)(void))
{
	int r;

	src.fd = fd;
	/* Its end is always told. */
	src.events = 0;
	ask_again = again;
	late = false;
	/* Other numbers than those of a predecessor, who may have left a question without an answer. */
	seq = clock_ms();
	r = loop_add(&src);
	if (r)
		src.fd = -1;
	return r;
}

int lister_adopt(int fd, void (*again)(void))
{
	socklen_t len = sizeof(int);
	int type;

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) || fcntl(fd, F_SETFD, FD_CLOEXEC))
		return -errno;
	return type == SOCK_SEQPACKET ? adopt(fd, again) : -EINVAL;
}

/* By way of a process that ends at once: who lists domains is the first process's child then, to be buried. */
static int fork_off(int sock)
{
	int status = 1;
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (!pid) {
		pid = fork();
		if (!pid)
			lister_process(sock);
		_exit(pid < 0);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status ? -EAGAIN : 0;
}

int lister_start(void (*again)(void))
{
	struct lister_answer a;
	int sv[2], r;
	ssize_t n;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv))
		return -errno;
	r = fork_off(sv[1]);
	close(sv[1]);
	if (!r) {
		n = wait_for(sv[0], 0, clock_ms() + START_MS, &a);
		r = n < 0 ? n : !n ? -ETIMEDOUT : a.n < 0 ? a.n : adopt(sv[0], again);
	}
	if (r)
		close(sv[0]);
	return r;
}
