/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The event loop: descriptors and what to call when they are ready. A callback may delete its own source, and
 * no other: the rest of the batch may still name it.
 */
#ifndef LIBDAEMON_LOOP_H
#define LIBDAEMON_LOOP_H

#include <stdint.h>

struct loop_source {
	int fd;
	uint32_t events;	/* EPOLL* */
	void (*ready)(struct loop_source *s, uint32_t events);
	void *arg;
};

/* -errno. Again does no harm. */
int loop_init(void);
/* The source stays the caller's and must live until loop_del(). -errno. */
int loop_add(struct loop_source *s);
void loop_set_events(struct loop_source *s, uint32_t events);
void loop_del(struct loop_source *s);
/* Waits at most @max_ms (-1: for ever) and hands out what is ready. */
void loop_wait(int max_ms);

/* The shorter of two times to wait, where -1 is for ever. */
int loop_shorter(int a, int b);

#endif
