// SPDX-License-Identifier: GPL-2.0-only
/* One guest's console; the policy is told in console.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "buffer.h"
#include "conring.h"
#include "console.h"
#include "guestif.h"
#include "logfile.h"

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

struct console {
	unsigned int domid;
	struct xencons_interface *page;
	uint64_t frame;
	uint32_t remote_port, port;
	bool granted, masked, ended;
	/* The slave is held open, else the master reports hang-up while nobody reads. */
	int master, slave;
	char tty[64];
	struct buffer out;
	struct logfile log;
	int64_t drained_ms, ended_ms, period_ms;
	unsigned int services;
};

/* Both ends of a pty that hands bytes through as they are. */
static int open_pty(struct console *con)
{
	struct termios tio;

	con->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (con->master < 0)
		return -errno;
	if (grantpt(con->master) || unlockpt(con->master) ||
	    ptsname_r(con->master, con->tty, sizeof(con->tty)))
		return -errno;
	con->slave = open(con->tty, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (con->slave < 0 || tcgetattr(con->slave, &tio))
		return -errno;
	cfmakeraw(&tio);
	return tcsetattr(con->slave, TCSANOW, &tio) ? -errno : 0;
}

struct console *console_new(unsigned int domid, const struct console_info *info,
			    const struct console_settings *s)
{
	struct console *con = calloc(1, sizeof(*con));
	size_t limit = info->limit ? info->limit : BUFFER_DEFAULT;
	char name[96];
	int r;

	if (!con)
		return NULL;
	con->domid = domid;
	con->master = -1;
	con->slave = -1;
	con->log.fd = -1;
	buffer_init(&con->out, limit < BUFFER_MAX ? limit : BUFFER_MAX);
	r = open_pty(con);
	if (r) {
		console_free(con);
		errno = -r;
		return NULL;
	}
	snprintf(name, sizeof(name), "guest-%s", info->name);
	if (s->log_dir)
		logfile_open(&con->log, s->log_dir, name, s->timestamps);
	return con;
}

static void disconnect(struct console *con)
{
	if (con->port)
		guestif_unbind(con->port);
	if (con->page)
		guestif_unmap(con->page, con->granted);
	con->port = 0;
	con->page = NULL;
	con->masked = false;
}

int console_connect(struct console *con, const struct console_info *info)
{
	int r, port;

	if (con->page && con->frame == info->frame && con->remote_port == info->port)
		return 0;
	disconnect(con);
	r = guestif_map(con->domid, info->frame, &con->page, &con->granted);
	if (r)
		return r;
	port = guestif_bind(con->domid, info->port);
	if (port < 0) {
		disconnect(con);
		return port;
	}
	con->port = port;
	con->frame = info->frame;
	con->remote_port = info->port;
	/* The guest may have written before we listened: as if an event had come. */
	con->masked = true;
	return 0;
}

void console_free(struct console *con)
{
	disconnect(con);
	if (con->slave >= 0)
		close(con->slave);
	if (con->master >= 0)
		close(con->master);
	logfile_close(&con->log);
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

uint32_t console_port(const struct console *con)
{
	return con->port;
}

bool console_ended(const struct console *con)
{
	return con->ended;
}

void console_event(struct console *con)
{
	con->masked = true;
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
	buffer_put(&con->out, text, n);
	return n;
}

static void output_to_pty(struct console *con, int64_t now)
{
	const char *p;
	ssize_t r;

	while (con->out.used) {
		size_t n = buffer_peek(&con->out, &p);

		r = write(con->master, p, n);
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
	ssize_t n = room ? read(con->master, text, room) : 0;

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
	guestif_unmask(con->port);
	if (take_output(con))
		guestif_notify(con->port);
}

void console_serve(struct console *con, short revents, int64_t now)
{
	output_to_pty(con, now);
	if (con->page) {
		serve_ring(con, now);
		if ((revents & POLLIN) && input_from_pty(con))
			guestif_notify(con->port);
	}
	output_to_pty(con, now);
}

void console_poll(const struct console *con, struct pollfd *pfd)
{
	pfd->fd = con->master;
	pfd->events = con->out.used ? POLLOUT : 0;
	if (con->page && conring_room(con->page))
		pfd->events |= POLLIN;
}

int console_timeout(const struct console *con, int64_t now)
{
	int64_t due = -1;

	if (con->ended)
		due = con->ended_ms + LINGER_MS;
	else if (con->masked && over_budget(con, now))
		due = con->period_ms + PERIOD_MS;
	else if (con->masked && reader_behind(con, now))
		due = con->drained_ms + READER_MS;
	else if (con->masked)
		return 0;
	if (due < 0)
		return -1;
	return due > now ? due - now : 0;
}

void console_end(struct console *con, int64_t now)
{
	if (con->page)
		take_output(con);
	disconnect(con);
	con->ended = true;
	con->ended_ms = now;
	output_to_pty(con, now);
}

bool console_lingering(const struct console *con, int64_t now)
{
	return now - con->ended_ms < LINGER_MS;
}
