/* SPDX-License-Identifier: GPL-2.0-only */
/* Starting and ending a daemon. Errors are negative errno. */
#ifndef LIBDAEMON_DAEMON_H
#define LIBDAEMON_DAEMON_H

#include <stdbool.h>

/*
 * Forks. The child goes on, with a descriptor for daemon_detach(); the parent stays until then and ends with
 * the child's verdict. Event channels and mappings belong to the process that made them: fork first.
 */
int daemon_fork(void);
/* The child serves: lets the parent go, and the terminal. */
void daemon_detach(int fd);

/* Makes the directories that @path is in (mode 0755). */
void daemon_make_dirs(const char *path);
int daemon_write_pid(const char *file);

/* From now on SIGTERM and SIGINT make daemon_stopping() true; SIGHUP calls @reopen. Needs the loop. */
int daemon_watch_signals(void (*reopen)(void));
bool daemon_stopping(void);

/* "PROGRAM: what: error" on stderr; returns @r. */
int daemon_fail(const char *program, const char *what, int r);

#endif
