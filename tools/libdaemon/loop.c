// SPDX-License-Identifier: GPL-2.0-only
/* The event loop, on epoll. */
#include <errno.h>
#include <stddef.h>
#include <sys/epoll.h>

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

void loop_wait(int max_ms)
{
	struct epoll_event ev[BATCH];
	int i, n = epoll_wait(epfd, ev, BATCH, max_ms);

	for (i = 0; i < n; i++) {
		struct loop_source *s = ev[i].data.ptr;

		s->ready(s, ev[i].events);
	}
}

int loop_shorter(int a, int b)
{
	if (a < 0)
		return b;
	return b < 0 || a < b ? a : b;
}
