// SPDX-License-Identifier: GPL-2.0-only
/* One guest's console; the policy is told in console.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <termios.h>
#include <unistd.h>

#include "buffer.h"
#include "conring.h"
#include "console.h"
#include "guest.h"
#include "list.h"
#include "log.h"
#include "loop.h"
#include "ports.h"

/* Kept for a reader who is to come. */
#define BUFFER_DEFAULT		(64u << 10)
#define BUFFER_MAX		(256u << 10)
/* Somebody who took bytes this recently is a reader: then the guest waits rather than lose output. */
#define READER_MS		300
/* At most so many services in each period. */
#define PERIOD_MS		200
#define PERIOD_SERVICES		64
/* A dead guest's pty is kept so long for the reader of its last words. */
#define LINGER_MS		1000
/* The first output of a domain, kept whatever it writes later. */
#define BOOT_LOG		(256u << 10)

struct console {
	struct list queue;
	unsigned int domid;
	struct xencons_interface *page;
	uint64_t frame;
	uint32_t remote_port, port;
	bool masked, ended;
	/* The slave is held open, else the master reports hang-up while nobody reads. */
	int slave;
	struct loop_source master;
	uint32_t revents;
	char tty[64];
	struct buffer out;
	struct logfile log, boot_log;
	const struct logfile_settings *log_settings;
	char log_name[96];
	int64_t drained_ms, ended_ms, period_ms;
	unsigned int services;
};

static struct list queue = LIST_INIT(queue);

static void enqueue(struct console *con)
{
	if (list_empty(&con->queue))
		list_add_tail(&con->queue, &queue);
}

static void pty_ready(struct loop_source *s, uint32_t events)
{
	struct console *con = s->arg;

	con->revents |= events;
	enqueue(con);
}

/* Both ends of a pty that hands bytes through as they are. */
static int open_pty(struct console *con)
{
	struct termios tio;
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);

	con->master = (struct loop_source){ .fd = fd, .ready = pty_ready, .arg = con };
	if (fd < 0)
		return -errno;
	if (grantpt(fd) || unlockpt(fd) || ptsname_r(fd, con->tty, sizeof(con->tty)))
		return -errno;
	con->slave = open(con->tty, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (con->slave < 0 || tcgetattr(con->slave, &tio))
		return -errno;
	cfmakeraw(&tio);
	if (tcsetattr(con->slave, TCSANOW, &tio))
		return -errno;
	return loop_add(&con->master);
}

static void open_log(struct console *con)
{
	int r = con->log_settings ? logfile_open(&con->log, con->log_settings, con->log_name) : 0;

	if (r)
		log_line("domain %u: %s: no log: %s", con->domid, con->log_name, strerror(-r));
}

/* The first text of this domain, as the ring says that none was taken before. */
static void open_boot_log(struct console *con)
{
	if (!con->log_settings || con->page->out_cons)
		return;
	logfile_open_once(&con->boot_log, con->log_settings, con->log_name, BOOT_LOG);
}

struct console *console_new(unsigned int domid, const struct console_info *info,
			    const struct logfile_settings *log)
{
	struct console *con = calloc(1, sizeof(*con));
	size_t limit = info->limit ? info->limit : BUFFER_DEFAULT;
	int r;

	if (!con)
		return NULL;
	list_init(&con->queue);
	con->domid = domid;
	con->slave = -1;
	con->log.fd = -1;
	con->boot_log.fd = -1;
	con->log_settings = log;
	snprintf(con->log_name, sizeof(con->log_name), "guest-%s", info->name);
	buffer_init(&con->out, limit < BUFFER_MAX ? limit : BUFFER_MAX);
	r = open_pty(con);
	if (r) {
		console_free(con);
		errno = -r;
		return NULL;
	}
	open_log(con);
	return con;
}

static void disconnect(struct console *con)
{
	if (con->port) {
		ports_clear(con->port, con);
		guest_unbind(con->port);
	}
	if (con->page)
		guest_unmap(con->page);
	con->port = 0;
	con->page = NULL;
	con->masked = false;
}

static int connect_ring(struct console *con, const struct console_info *info)
{
	void *page;
	int port, r = guest_map(con->domid, GUEST_CONSOLE_GRANT, &page);

	if (r)
		return r;
	con->page = page;
	port = guest_bind(con->domid, info->port);
	if (port < 0)
		return port;
	con->port = port;
	return ports_set(port, con);
}

int console_connect(struct console *con, const struct console_info *info)
{
	int r;

	if (con->page && con->frame == info->frame && con->remote_port == info->port)
		return 0;
	disconnect(con);
	r = connect_ring(con, info);
	if (r) {
		disconnect(con);
		return r;
	}
	con->frame = info->frame;
	con->remote_port = info->port;
	if (con->boot_log.fd < 0)
		open_boot_log(con);
	/* The guest may have written before we listened: as if an event had come. */
	console_event(con);
	return 0;
}

void console_free(struct console *con)
{
	disconnect(con);
	list_del(&con->queue);
	if (con->slave >= 0)
		close(con->slave);
	if (con->master.fd >= 0) {
		loop_del(&con->master);
		close(con->master.fd);
	}
	logfile_close(&con->log);
	logfile_close(&con->boot_log);
	buffer_free(&con->out);
	free(con);
}

unsigned int console_domid(const struct console *con)
{
	return con->domid;
}

const char *console_tty(const struct console *con)
{
	return con->tty;
}

bool console_ended(const struct console *con)
{
	return con->ended;
}

void console_event(struct console *con)
{
	con->masked = true;
	enqueue(con);
}

void console_reopen_log(struct console *con)
{
	logfile_reopen(&con->log);
}

/* One ring's worth of output. */
static size_t take_output(struct console *con)
{
	char text[sizeof(con->page->out)];
	size_t n = conring_take(con->page, text, sizeof(text));

	if (!n)
		return 0;
	logfile_write(&con->log, text, n);
	logfile_write(&con->boot_log, text, n);
	buffer_put(&con->out, text, n);
	return n;
}

static void output_to_pty(struct console *con, int64_t now)
{
	const char *p;
	ssize_t r;

	while (con->out.used) {
		size_t n = buffer_peek(&con->out, &p);

		r = write(con->master.fd, p, n);
		if (r <= 0)
			return;
		buffer_drop(&con->out, r);
		con->drained_ms = now;
	}
}

/* More input than fits the ring stays in the pty. */
static size_t input_from_pty(struct console *con)
{
	char text[sizeof(con->page->in)];
	size_t room = conring_room(con->page);
	ssize_t n = room ? read(con->master.fd, text, room) : 0;

	return n > 0 ? conring_give(con->page, text, n) : 0;
}

static bool over_budget(const struct console *con, int64_t now)
{
	return con->services >= PERIOD_SERVICES && now - con->period_ms < PERIOD_MS;
}

/* A reader is there but slower than the guest. */
static bool reader_behind(const struct console *con, int64_t now)
{
	return con->out.used > con->out.limit / 2 && now - con->drained_ms < READER_MS;
}

static void serve_ring(struct console *con, int64_t now)
{
	if (!con->masked || over_budget(con, now) || reader_behind(con, now))
		return;
	if (now - con->period_ms >= PERIOD_MS) {
		con->period_ms = now;
		con->services = 0;
	}
	con->services++;
	/* Unmask before looking: what comes after our look raises a new event. */
	con->masked = false;
	guest_unmask(con->port);
	if (take_output(con))
		guest_notify(con->port);
}

/* What is to be waited for at the pty. */
static void arm(struct console *con)
{
	uint32_t events = con->out.used ? EPOLLOUT : 0;

	if (con->page && conring_room(con->page))
		events |= EPOLLIN;
	loop_set_events(&con->master, events);
}

static void serve(struct console *con, int64_t now)
{
	output_to_pty(con, now);
	if (con->page) {
		serve_ring(con, now);
		if ((con->revents & EPOLLIN) && input_from_pty(con))
			guest_notify(con->port);
	}
	output_to_pty(con, now);
	con->revents = 0;
	arm(con);
}

/* When one in the queue must be served without an event. */
static int64_t due(const struct console *con, int64_t now)
{
	if (con->ended)
		return con->ended_ms + LINGER_MS;
	if (con->masked && over_budget(con, now))
		return con->period_ms + PERIOD_MS;
	if (con->masked && reader_behind(con, now))
		return con->drained_ms + READER_MS;
	return now;
}

void console_serve_queue(int64_t now)
{
	struct list *l, *tmp;

	list_for_each_safe(l, tmp, &queue) {
		struct console *con = list_entry(l, struct console, queue);

		serve(con, now);
		if (!con->masked && !con->ended)
			list_del(&con->queue);
	}
}

int console_queue_ms(int64_t now)
{
	int wait = -1;
	struct list *l;

	list_for_each(l, &queue) {
		int64_t at = due(list_entry(l, struct console, queue), now);

		wait = loop_shorter(wait, at > now ? at - now : 0);
	}
	return wait;
}

void console_end(struct console *con, int64_t now)
{
	if (con->page)
		take_output(con);
	disconnect(con);
	con->ended = true;
	con->ended_ms = now;
	enqueue(con);
	output_to_pty(con, now);
}

bool console_lingering(const struct console *con, int64_t now)
{
	return now - con->ended_ms < LINGER_MS;
}
