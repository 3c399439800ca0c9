/* SPDX-License-Identifier: GPL-2.0-only */
/* What a daemon has to say: to its own file, to syslog, or to stderr. */
#ifndef LIBDAEMON_LOG_H
#define LIBDAEMON_LOG_H

/*
 * Appends to @path (NULL: stderr); -errno. Again after SIGHUP: the file may have been moved away. A file of
 * 4 MB becomes FILE.1, and a new one is begun.
 */
int log_open(const char *path);
/* From now on to syslog, under this name. */
void log_to_syslog(const char *name);
void log_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* For what a guest can cause at will: a few lines a second at most, the rest are counted. */
void log_guest(unsigned int domid, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
