/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One guest's console: its ring and event channel on one side, a pty and log files on the other.
 *
 * Output goes from the ring into the log and a bounded buffer, and from there to the pty. Somebody who reads
 * the pty gets everything (the guest waits); when nobody reads, the oldest output is lost there and the guest
 * never waits. A guest is served a bounded number of times in each period: its port stays masked in between,
 * so that a flood costs the others nothing.
 *
 * Consoles with something to do stand in one queue; the others cost nothing.
 */
#ifndef XENCONSOLED_CONSOLE_H
#define XENCONSOLED_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

#include "logfile.h"

struct console;

/* What the store says of a domain's console. */
struct console_info {
	uint64_t frame;
	uint32_t port;
	unsigned long limit;
	char name[64];
};

/*
 * Makes the pty; the guest's side is connected by console_connect(). @log NULL: no log. NULL and errno.
 */
struct console *console_new(unsigned int domid, const struct console_info *info,
			    const struct logfile_settings *log);
/* Connects to ring and port, or does so anew when they changed. -errno. */
int console_connect(struct console *con, const struct console_info *info);
void console_free(struct console *con);
/*
 * The guest is gone: takes what is left in the ring, lets go of its memory. The pty stays for
 * console_lingering().
 */
void console_end(struct console *con, int64_t now);
/* Is a dead guest's pty still worth keeping? */
bool console_lingering(const struct console *con, int64_t now);

unsigned int console_domid(const struct console *con);
const char *console_tty(const struct console *con);
bool console_ended(const struct console *con);

/* The port is pending (and masked until served). */
void console_event(struct console *con);
/* Moves bytes of all consoles in the queue. */
void console_serve_queue(int64_t now);
/* Milliseconds until one in the queue is due; -1: the queue is empty. */
int console_queue_ms(int64_t now);
/* The log files were moved away. */
void console_reopen_log(struct console *con);

#endif
