/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A log of console text, optionally with the time in front of each line. A guest decides how much it writes,
 * so a file that has grown to LOGFILE_MAX becomes FILE.1 (in place of an older one) and a new one is begun.
 */
#ifndef XENCONSOLED_LOGFILE_H
#define XENCONSOLED_LOGFILE_H

#include <stdbool.h>
#include <stddef.h>

#define LOGFILE_MAX	(8u << 20)

struct logfile {
	int fd;				/* -1: none */
	bool timestamps, mid_line;
	size_t size;
	char *path;
};

/* Appends to @dir/@name.log; characters of the name that a file name should not have become '_'. -errno. */
int logfile_open(struct logfile *l, const char *dir, const char *name, bool timestamps);
void logfile_reopen(struct logfile *l);
void logfile_close(struct logfile *l);
void logfile_write(struct logfile *l, const char *text, size_t n);

#endif
