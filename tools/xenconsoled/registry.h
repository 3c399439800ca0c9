/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which domains have a console: follows the store, and needs nothing else. A domain's console is announced
 * below /local/domain/N/console by its builder (ring-ref, port, limit, type), and we answer there with the
 * pty's name in tty.
 */
#ifndef XENCONSOLED_REGISTRY_H
#define XENCONSOLED_REGISTRY_H

#include "console.h"

#define REGISTRY_MAX	1024

/* Connects to the store and looks at all domains. @log NULL: no logs. -errno. */
int registry_start(const struct logfile_settings *log);
/* Comes back to a store that was lost, lets go of dead consoles whose time is over. */
void registry_tick(int64_t now);
/* Milliseconds until it wants to be called again; -1: when something happens. */
int registry_ms(int64_t now);
/* Takes back what the store says of us: a pty's number is another's soon. */
void registry_stop(void);
/* The log files were moved away. */
void registry_reopen_logs(void);

#endif
