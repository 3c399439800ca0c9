/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The event loop: descriptors and what to call when they are ready, between rounds of turns (conn.h).
 * Callbacks only take note; connections are freed in turns, never while a batch of events is being handed
 * out.
 */
#ifndef XENSTORED_LOOP_H
#define XENSTORED_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop_source {
	int fd;
	uint32_t events;	/* EPOLL* */
	void (*ready)(struct loop_source *s, uint32_t events);
	void *arg;
};

int loop_init(void);
/* The source stays the caller's and must live until loop_del(). */
int loop_add(struct loop_source *s);
void loop_set_events(struct loop_source *s, uint32_t events);
void loop_del(struct loop_source *s);
/* Waits at most @max_ms (-1: for ever), hands out events, runs one round of turns. */
void loop_once(int max_ms);

#endif
