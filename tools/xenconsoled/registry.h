/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which domains have a console: follows the store. A domain's console is announced below
 * /local/domain/N/console by its builder (ring-ref, port, limit, type), and we answer there with the pty's
 * name in tty.
 */
#ifndef XENCONSOLED_REGISTRY_H
#define XENCONSOLED_REGISTRY_H

#include "console.h"

#define REGISTRY_MAX	1024

extern struct console *registry[REGISTRY_MAX];
extern unsigned int registry_count;

/* Connects to the store and looks at all domains. -errno. */
int registry_start(const struct console_settings *s);
/* To poll for POLLIN; -1 while the store is away. */
int registry_fd(void);
/* Handles the store's events; after a loss of the store tries to come back. */
void registry_serve(int64_t now);
/* Lets go of dead consoles whose time is over. */
void registry_reap(int64_t now);
/* The console with a local port. NULL: none. */
struct console *registry_by_port(uint32_t port);

#endif
