// SPDX-License-Identifier: GPL-2.0-only
/*
 * The connection of a store client.
 *
 * Invariants:
 *  - At most one request is under way, so the next message that is no event is its reply.
 *  - A message may arrive in pieces of any size; xsh->in keeps what has come, across calls that must not
 *    block.
 *  - The wake-up eventfd is readable exactly while events are queued, once xs_fileno() made it.
 *  - After a transport error the stream cannot be trusted: the handle is broken, every later call fails with
 *    EIO.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "handle.h"

#define DEFAULT_RUNDIR	"/run/xenstored"

struct event {
	struct event *next;
	unsigned int len;
	char data[];		/* path NUL token NUL, and a NUL more */
};

struct partial {
	struct xsd_sockmsg hdr;
	char *body;
	unsigned int have;	/* bytes so far, header included */
};

struct xs_handle {
	int fd;
	int epoll_fd;		/* -1 until xs_fileno() */
	int wake_fd;
	bool is_socket;
	bool broken;
	unsigned long flags;
	uint32_t next_id;
	struct partial in;
	struct event *head, **tail;
};

const char *xs_daemon_socket(void)
{
	static char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	const char *dir = getenv("XENSTORED_RUNDIR");
	const char *full = getenv("XENSTORED_PATH");

	if (full)
		return full;
	snprintf(path, sizeof(path), "%s/socket", dir ? dir : DEFAULT_RUNDIR);
	return path;
}

static int open_socket(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd, err;

	if (strlen(path) >= sizeof(addr.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (!connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

/* There the kernel's device would wait for ever for a daemon that is gone. Only this domain has the other end's device. */
static bool is_control_domain(void)
{
	struct stat st;

	return !stat("/dev/xen/xenbus_backend", &st);
}

static int open_device(void)
{
	static const char *const names[] = { "/dev/xen/xenbus", "/proc/xen/xenbus" };
	unsigned int i;
	int fd = -1;

	for (i = 0; fd < 0 && i < sizeof(names) / sizeof(names[0]); i++)
		fd = open(names[i], O_RDWR | O_CLOEXEC);
	return fd;
}

struct xs_handle *xs_open(unsigned long flags)
{
	struct xs_handle *xsh = calloc(1, sizeof(*xsh));
	int err;

	if (!xsh)
		return NULL;
	xsh->epoll_fd = -1;
	xsh->wake_fd = -1;
	xsh->flags = flags;
	xsh->tail = &xsh->head;
	xsh->is_socket = true;
	xsh->fd = open_socket(xs_daemon_socket());
	if (xsh->fd < 0) {
		err = errno;
		xsh->is_socket = false;
		xsh->fd = is_control_domain() ? -1 : open_device();
		/* Without a device the reason why the socket failed tells more. */
		if (xsh->fd < 0)
			errno = err;
	}
	if (xsh->fd >= 0)
		return xsh;
	err = errno;
	free(xsh);
	errno = err;
	return NULL;
}

void xs_daemon_destroy_postfork(struct xs_handle *xsh)
{
	xs_close(xsh);
}

void xs_close(struct xs_handle *xsh)
{
	struct event *ev;

	if (!xsh)
		return;
	while ((ev = xsh->head)) {
		xsh->head = ev->next;
		free(ev);
	}
	free(xsh->in.body);
	if (xsh->wake_fd >= 0)
		close(xsh->wake_fd);
	if (xsh->epoll_fd >= 0)
		close(xsh->epoll_fd);
	close(xsh->fd);
	free(xsh);
}

unsigned long xsh_flags(const struct xs_handle *xsh)
{
	return xsh->flags;
}

static void wake_set(struct xs_handle *xsh, bool on)
{
	uint64_t v = 1;

	if (xsh->wake_fd < 0)
		return;
	/* The fd is non-blocking; neither failure changes its level. */
	if (on)
		(void)!write(xsh->wake_fd, &v, sizeof(v));
	else
		(void)!read(xsh->wake_fd, &v, sizeof(v));
}

static bool epoll_add(int epfd, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = fd };

	return !epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ev);
}

/*
 * Events can sit in our queue while nothing is left to read from the daemon, so the fd given out is an epoll
 * set of the connection and a wake-up eventfd.
 */
int xs_fileno(struct xs_handle *xsh)
{
	if (xsh->epoll_fd >= 0)
		return xsh->epoll_fd;
	xsh->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	xsh->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (xsh->wake_fd < 0 || xsh->epoll_fd < 0)
		goto fail;
	if (!epoll_add(xsh->epoll_fd, xsh->fd) || !epoll_add(xsh->epoll_fd, xsh->wake_fd))
		goto fail;
	if (xsh->head)
		wake_set(xsh, true);
	return xsh->epoll_fd;
fail:
	if (xsh->wake_fd >= 0)
		close(xsh->wake_fd);
	if (xsh->epoll_fd >= 0)
		close(xsh->epoll_fd);
	xsh->wake_fd = -1;
	xsh->epoll_fd = -1;
	return xsh->fd;
}

static bool break_handle(struct xs_handle *xsh)
{
	xsh->broken = true;
	errno = EIO;
	return false;
}

static ssize_t send_piece(struct xs_handle *xsh, const char *p, size_t n)
{
	if (xsh->is_socket)
		return send(xsh->fd, p, n, MSG_NOSIGNAL);
	return write(xsh->fd, p, n);
}

static bool send_all(struct xs_handle *xsh, const void *data, size_t n)
{
	const char *p = data;

	while (n) {
		ssize_t r = send_piece(xsh, p, n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return break_handle(xsh);
		p += r;
		n -= r;
	}
	return true;
}

/* One read of at most @n bytes. 1: progress, 0: nothing there (only when !@wait), -1: broken. */
static int recv_some(struct xs_handle *xsh, void *buf, size_t n, bool wait, ssize_t *got)
{
	struct pollfd pfd = { .fd = xsh->fd, .events = POLLIN };

	for (;;) {
		if (!wait && poll(&pfd, 1, 0) == 0)
			return 0;
		*got = read(xsh->fd, buf, n);
		if (*got > 0)
			return 1;
		if (*got < 0 && errno == EINTR)
			continue;
		if (*got < 0 && errno == EAGAIN && !wait)
			return 0;
		break_handle(xsh);
		return -1;
	}
}

/* Goes on with the message in xsh->in. 1: complete, 0: not yet, -1: broken. */
static int recv_message(struct xs_handle *xsh, bool wait)
{
	struct partial *in = &xsh->in;
	ssize_t got;
	int r;

	while (in->have < sizeof(in->hdr)) {
		r = recv_some(xsh, (char *)&in->hdr + in->have, sizeof(in->hdr) - in->have, wait, &got);
		if (r <= 0)
			return r;
		in->have += got;
	}
	if (in->hdr.len > XENSTORE_PAYLOAD_MAX) {
		break_handle(xsh);
		return -1;
	}
	if (!in->body)
		in->body = malloc(in->hdr.len + 1);
	if (!in->body)
		return -1;
	while (in->have < sizeof(in->hdr) + in->hdr.len) {
		unsigned int done = in->have - sizeof(in->hdr);

		r = recv_some(xsh, in->body + done, in->hdr.len - done, wait, &got);
		if (r <= 0)
			return r;
		in->have += got;
	}
	in->body[in->hdr.len] = '\0';
	return 1;
}

static char *take_body(struct xs_handle *xsh, struct xsd_sockmsg *hdr)
{
	char *body = xsh->in.body;

	*hdr = xsh->in.hdr;
	xsh->in.body = NULL;
	xsh->in.have = 0;
	return body;
}

static bool queue_event(struct xs_handle *xsh, const char *body, unsigned int len)
{
	struct event *ev = malloc(sizeof(*ev) + len + 1);

	if (!ev)
		return false;
	ev->next = NULL;
	ev->len = len;
	memcpy(ev->data, body, len);
	ev->data[len] = '\0';
	if (!xsh->head)
		wake_set(xsh, true);
	*xsh->tail = ev;
	xsh->tail = &ev->next;
	return true;
}

/* Daemon's error names; the daemon must not be able to make errno 0. */
static int errno_of_name(const char *name)
{
	unsigned int i;

	for (i = 0; i < sizeof(xsd_errors) / sizeof(xsd_errors[0]); i++)
		if (!strcmp(name, xsd_errors[i].errstring))
			return xsd_errors[i].errnum;
	return EINVAL;
}

static void *wait_reply(struct xs_handle *xsh, enum xsd_sockmsg_type type, uint32_t id, unsigned int *len)
{
	struct xsd_sockmsg hdr;
	char *body;

	for (;;) {
		if (recv_message(xsh, true) < 0)
			return NULL;
		body = take_body(xsh, &hdr);
		if (hdr.type != XS_WATCH_EVENT)
			break;
		if (!queue_event(xsh, body, hdr.len)) {
			free(body);
			break_handle(xsh);
			return NULL;
		}
		free(body);
	}
	if (hdr.req_id == id && hdr.type == type) {
		if (len)
			*len = hdr.len;
		return body;
	}
	if (hdr.req_id == id && hdr.type == XS_ERROR)
		errno = errno_of_name(body);
	else
		break_handle(xsh);
	/* free() of glibc 2.33 and later keeps errno. */
	free(body);
	return NULL;
}

void *xsh_talk(struct xs_handle *xsh, enum xsd_sockmsg_type type, xs_transaction_t t,
	       const struct iovec *iov, unsigned int n, unsigned int *len)
{
	char buf[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX];
	struct xsd_sockmsg hdr = { .type = type, .tx_id = t };
	size_t at = sizeof(hdr);
	unsigned int i;

	if (xsh->broken) {
		errno = EIO;
		return NULL;
	}
	for (i = 0; i < n; i++) {
		if (iov[i].iov_len > sizeof(buf) - at) {
			errno = E2BIG;
			return NULL;
		}
		if (iov[i].iov_len)
			memcpy(buf + at, iov[i].iov_base, iov[i].iov_len);
		at += iov[i].iov_len;
	}
	hdr.req_id = xsh->next_id++;
	hdr.len = at - sizeof(hdr);
	memcpy(buf, &hdr, sizeof(hdr));
	/*
	 * One write for the whole: the kernel's device collects pieces per message, and the daemon is woken
	 * once.
	 */
	if (!send_all(xsh, buf, at))
		return NULL;
	return wait_reply(xsh, type, hdr.req_id, len);
}

void *xsh_talk_str(struct xs_handle *xsh, enum xsd_sockmsg_type type, xs_transaction_t t,
		   const char *arg, unsigned int *len)
{
	struct iovec iov = { .iov_base = (void *)arg, .iov_len = strlen(arg) + 1 };

	return xsh_talk(xsh, type, t, &iov, 1, len);
}

static struct event *pop_event(struct xs_handle *xsh)
{
	struct event *ev = xsh->head;

	xsh->head = ev->next;
	if (!xsh->head) {
		xsh->tail = &xsh->head;
		wake_set(xsh, false);
	}
	return ev;
}

/* An event as the {path, token} vector in one block. */
static char **event_vector(struct event *ev)
{
	size_t head = 2 * sizeof(char *);
	char **vec = malloc(head + ev->len + 1);
	const char *nul = memchr(ev->data, '\0', ev->len);

	if (!vec)
		return NULL;
	memcpy((char *)vec + head, ev->data, ev->len + 1);
	vec[XS_WATCH_PATH] = (char *)vec + head;
	vec[XS_WATCH_TOKEN] = (char *)vec + head + (nul ? (nul - ev->data) + 1 : ev->len);
	return vec;
}

static char **next_event(struct xs_handle *xsh, bool wait)
{
	struct xsd_sockmsg hdr;
	struct event *ev;
	char **vec, *body;
	int r;

	while (!xsh->head) {
		if (xsh->broken) {
			errno = EIO;
			return NULL;
		}
		r = recv_message(xsh, wait);
		if (!r)
			errno = EAGAIN;
		if (r <= 0)
			return NULL;
		body = take_body(xsh, &hdr);
		if (hdr.type == XS_WATCH_EVENT)
			queue_event(xsh, body, hdr.len);
		free(body);
	}
	ev = pop_event(xsh);
	vec = event_vector(ev);
	free(ev);
	return vec;
}

char **xs_read_watch(struct xs_handle *xsh, unsigned int *num)
{
	char **vec = next_event(xsh, true);

	if (vec && num)
		*num = 2;
	return vec;
}

char **xs_check_watch(struct xs_handle *xsh)
{
	return next_event(xsh, false);
}

static bool event_matches(const struct event *ev, const char *path, const char *token)
{
	size_t n = strlen(ev->data);
	const char *tok = n < ev->len ? ev->data + n + 1 : "";

	return !strcmp(tok, token) && xs_path_is_subpath(path, ev->data);
}

void xsh_forget_events(struct xs_handle *xsh, const char *path, const char *token)
{
	struct event **p = &xsh->head, *ev;

	if (!xsh->head)
		return;
	while ((ev = *p)) {
		if (event_matches(ev, path, token)) {
			*p = ev->next;
			free(ev);
		} else {
			p = &ev->next;
		}
	}
	xsh->tail = p;
	if (!xsh->head)
		wake_set(xsh, false);
}
