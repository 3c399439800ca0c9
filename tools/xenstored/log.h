/* SPDX-License-Identifier: GPL-2.0-only */
/* The daemon's log file. */
#ifndef XENSTORED_LOG_H
#define XENSTORED_LOG_H

#include <stdbool.h>

/* Appends to @path (NULL: stderr); -errno. Again after SIGHUP: the file may have been moved away. */
int log_open(const char *path);
void log_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* For what a guest can cause at will: a few lines a second at most, the rest are counted. */
void log_guest(unsigned int domid, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Trace of all requests, for an operator in search of a fault. */
extern bool log_tracing;

#endif
