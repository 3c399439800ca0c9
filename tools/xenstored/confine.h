/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What xenstored may still do once it serves. All of it stays in force when a live update executes another
 * program, so the lists are made for that one, too.
 */
#ifndef XENSTORED_CONFINE_H
#define XENSTORED_CONFINE_H

#include <stdint.h>

/* Grows when the lists become shorter; a successor that has shorter ones lays them on top. */
#define CONFINE_LEVEL	1u

/* Where the daemon writes; NULL: no such file. */
struct confine_files {
	const char *log, *pid, *state, *socket;
};

/*
 * Gives up capabilities, files and system calls. @level: of what a predecessor in this process has given up
 * already, 0 nothing. -errno.
 */
int confine(const struct confine_files *files, uint32_t level);

#endif
