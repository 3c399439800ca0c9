/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The privileges this daemon needs while it serves: none of the capabilities, the files of its logs, ptys,
 * and a few dozen system calls. Guests' grants and event channels come by descriptors that are open already.
 */
#ifndef XENCONSOLED_CONFINE_H
#define XENCONSOLED_CONFINE_H

/* Gives up all others, for good. @log_dir NULL: no logs. -errno. */
int confine(const char *log_dir, const char *pid_file);

#endif
