/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Logs of console text. A guest decides how much it writes, so a file that has grown to its limit becomes
 * FILE.1, that one FILE.2 and so on, up to a number, and a new one is begun.
 */
#ifndef XENCONSOLED_LOGFILE_H
#define XENCONSOLED_LOGFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "plain.h"

struct logfile_settings {
	const char *dir;
	bool timestamps;		/* in front of each line */
	size_t limit;			/* bytes of one file */
	unsigned int keep;		/* old files */
};

struct logfile {
	int fd;				/* -1: none */
	const struct logfile_settings *s;
	size_t limit;
	bool once, mid_line;
	size_t size;
	struct plain plain;
	char *path;
};

/* Appends to @s->dir/@name.log; characters of the name that a file name should not have become '_'. -errno. */
int logfile_open(struct logfile *l, const struct logfile_settings *s, const char *name);
/* The same for @name:boot.log, a new file (an old one becomes FILE.1) that takes the first @limit bytes. -errno. */
int logfile_open_once(struct logfile *l, const struct logfile_settings *s, const char *name, size_t limit);
void logfile_reopen(struct logfile *l);
void logfile_close(struct logfile *l);
void logfile_write(struct logfile *l, const char *text, size_t n);

#endif
