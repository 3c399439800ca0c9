/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Handing the store over: to another program in this very process (live update), or to the daemon that is
 * started when this one has died (the state file).
 *
 * Live update: the new program first reads the state in a process of its own, as a rehearsal, and the old one
 * goes on if that fails. Then the old one executes the new one, with event channels, sockets and the state
 * left open.
 */
#ifndef XENSTORED_UPDATE_H
#define XENSTORED_UPDATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UPDATE_TAKE_OVER	"take-over"	/* --take-over=FD */
#define UPDATE_CHECK		"check-state"	/* --check-state=FD */

struct state_links;

/*
 * How the daemon was started, which file its state goes to (NULL: none), the port of domains' deaths, and how
 * far the process is confined.
 */
void update_init(char **argv, const char *state_file);
void update_set_exc_port(uint32_t port);
void update_set_confined(uint32_t level);

/*
 * An operator wants @program (NULL: the file we were started from) to go on. Writes "OK" or why not; after
 * "OK", update_run() does it.
 */
void update_request(const char *program, char *text, size_t size);
/* A rehearsal that takes longer has failed. */
extern unsigned int update_check_ms;
/* Becomes the new program if one was requested. Returns if not, or if that failed. */
void update_run(void);

/* Reads a state as a rehearsal; the program's exit status. */
int update_check(int fd);
/*
 * Reads the state that a predecessor left open. @connect takes over what @links says of the process, before a
 * client is looked at. -errno.
 */
int update_take_over(int fd, struct state_links *links, int (*connect)(const struct state_links *links));

/* Goes on where a daemon that died stopped, if there is a file of this boot. -errno: nothing can be done. */
int update_recover(void);
/* Writes the file when it is time; how long until it may have to be done again, -1 never. */
int update_tick(void);
/* Writes the file if anything has changed. */
void update_save(void);

#endif
