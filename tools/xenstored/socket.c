// SPDX-License-Identifier: GPL-2.0-only
/* The socket transport. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon.h"
#include "log.h"
#include "loop.h"
#include "socket.h"

static ssize_t socket_read(struct conn *c, void *buf, size_t len)
{
	struct loop_source *s = c->chan;
	ssize_t r = recv(s->fd, buf, len, MSG_DONTWAIT);

	if (r > 0)
		return r;
	if (!r)
		return -ECONNRESET;
	return errno == EAGAIN || errno == EINTR ? 0 : -errno;
}

static ssize_t socket_write(struct conn *c, const void *buf, size_t len)
{
	struct loop_source *s = c->chan;
	ssize_t r = send(s->fd, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (r >= 0)
		return r;
	return errno == EAGAIN || errno == EINTR ? 0 : -errno;
}

static void socket_settle(struct conn *c, bool moved)
{
	loop_set_events(c->chan, (conn_blocked(c) ? 0 : EPOLLIN) | (list_empty(&c->out) ? 0 : EPOLLOUT));
}

static void socket_broken(struct conn *c, int err)
{
	struct loop_source *s = c->chan;

	if (err != -ECONNRESET && err != -EPIPE)
		log_line("socket client dropped: %s", strerror(-err));
	loop_del(s);
	close(s->fd);
	free(s);
	conn_free(c);
}

static const struct conn_transport socket_ops = {
	.name = "socket",
	.read = socket_read,
	.write = socket_write,
	.settle = socket_settle,
	.broken = socket_broken,
};

static void client_ready(struct loop_source *s, uint32_t events)
{
	conn_wake(s->arg);
}

struct conn *socket_conn_new(int fd, const struct cred *cred)
{
	struct loop_source *s = calloc(1, sizeof(*s));
	struct conn *c;

	if (!s)
		return NULL;
	c = conn_new(&socket_ops, s, cred);
	s->fd = fd;
	s->events = EPOLLIN;
	s->ready = client_ready;
	s->arg = c;
	if (c && !loop_add(s))
		return c;
	if (c)
		conn_free(c);
	free(s);
	return NULL;
}

int socket_conn_fd(const struct conn *c)
{
	return c->ops == &socket_ops ? ((const struct loop_source *)c->chan)->fd : -1;
}

static void listener_ready(struct loop_source *s, uint32_t events)
{
	static const struct cred dom0 = { .domid = 0, .target = CRED_NO_TARGET, .privileged = true };
	int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	if (!socket_conn_new(fd, &dom0))
		close(fd);
}

static struct loop_source listener = { .fd = -1, .events = EPOLLIN, .ready = listener_ready };

int socket_listener(void)
{
	return listener.fd;
}

int socket_adopt_listener(int fd)
{
	listener.fd = fd;
	return loop_add(&listener);
}

/* A socket file nobody listens on is left from a daemon that died. */
static int remove_stale(const struct sockaddr_un *addr)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int r = 0;

	if (fd < 0)
		return -errno;
	if (!connect(fd, (const struct sockaddr *)addr, sizeof(*addr)))
		r = -EADDRINUSE;
	else
		unlink(addr->sun_path);
	close(fd);
	return r;
}

int socket_listen(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	mode_t mask;
	int r;

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	strcpy(addr.sun_path, path);
	daemon_make_dirs(path);
	r = remove_stale(&addr);
	if (r)
		return r;
	listener.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listener.fd < 0)
		return -errno;
	/* Root only from the first moment on: whoever connects is privileged. */
	mask = umask(0177);
	r = bind(listener.fd, (struct sockaddr *)&addr, sizeof(addr)) || listen(listener.fd, 64) ? -errno : 0;
	umask(mask);
	if (!r)
		r = loop_add(&listener);
	if (r) {
		close(listener.fd);
		listener.fd = -1;
	}
	return r;
}

void socket_close(const char *path)
{
	unlink(path);
}
