// SPDX-License-Identifier: GPL-2.0-only
/* The event loop, on epoll. */
#include <errno.h>
#include <sys/epoll.h>

#include "conn.h"
#include "loop.h"

#define BATCH	64

static int epfd = -1;

int loop_init(void)
{
	if (epfd < 0)
		epfd = epoll_create1(EPOLL_CLOEXEC);
	return epfd < 0 ? -errno : 0;
}

int loop_add(struct loop_source *s)
{
	struct epoll_event ev = { .events = s->events, .data.ptr = s };

	return epoll_ctl(epfd, EPOLL_CTL_ADD, s->fd, &ev) ? -errno : 0;
}

void loop_set_events(struct loop_source *s, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = s };

	if (s->events == events)
		return;
	s->events = events;
	epoll_ctl(epfd, EPOLL_CTL_MOD, s->fd, &ev);
}

void loop_del(struct loop_source *s)
{
	epoll_ctl(epfd, EPOLL_CTL_DEL, s->fd, NULL);
}

void loop_once(int max_ms)
{
	struct epoll_event ev[BATCH];
	int i, n, wait = conn_sleep_ms();

	if (wait < 0 || (max_ms >= 0 && max_ms < wait))
		wait = max_ms;
	n = epoll_wait(epfd, ev, BATCH, wait);
	for (i = 0; i < n; i++) {
		struct loop_source *s = ev[i].data.ptr;

		s->ready(s, ev[i].events);
	}
	conn_run();
}
