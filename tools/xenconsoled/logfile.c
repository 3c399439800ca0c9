// SPDX-License-Identifier: GPL-2.0-only
/* Logs of console text. A full disk loses text, nothing else. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "logfile.h"

static int open_append(const char *path)
{
	return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
}

/* A file that was there already has a size. */
static void note_size(struct logfile *l)
{
	off_t end = l->fd < 0 ? 0 : lseek(l->fd, 0, SEEK_END);

	l->size = end > 0 ? end : 0;
}

int logfile_open(struct logfile *l, const char *dir, const char *name, bool timestamps)
{
	char *p;

	*l = (struct logfile){ .fd = -1, .timestamps = timestamps };
	if (asprintf(&l->path, "%s/%s.log", dir, name) < 0) {
		l->path = NULL;
		return -ENOMEM;
	}
	for (p = l->path + strlen(dir) + 1; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr(".-_+", *p))
			*p = '_';
	l->fd = open_append(l->path);
	note_size(l);
	return l->fd < 0 ? -errno : 0;
}

void logfile_reopen(struct logfile *l)
{
	int fd = l->path ? open_append(l->path) : -1;

	if (fd < 0)
		return;
	if (l->fd >= 0)
		close(l->fd);
	l->fd = fd;
	note_size(l);
}

static void rotate(struct logfile *l)
{
	char *old;

	if (asprintf(&old, "%s.1", l->path) < 0)
		return;
	if (!rename(l->path, old))
		logfile_reopen(l);
	/* Without success the next try comes after as much again. */
	l->size = 0;
	free(old);
}

void logfile_close(struct logfile *l)
{
	if (l->fd >= 0)
		close(l->fd);
	free(l->path);
	*l = (struct logfile){ .fd = -1 };
}

static void put(struct logfile *l, const char *p, size_t n)
{
	while (n) {
		ssize_t r = write(l->fd, p, n);

		if (r <= 0)
			return;
		l->size += r;
		p += r;
		n -= r;
	}
}

static void stamp(struct logfile *l)
{
	time_t now = time(NULL);
	char text[32];
	struct tm tm;

	put(l, text, strftime(text, sizeof(text), "[%Y-%m-%d %H:%M:%S] ", gmtime_r(&now, &tm)));
}

void logfile_write(struct logfile *l, const char *text, size_t n)
{
	if (l->fd < 0)
		return;
	if (l->size >= LOGFILE_MAX)
		rotate(l);
	if (!l->timestamps) {
		put(l, text, n);
		return;
	}
	while (n) {
		const char *nl = memchr(text, '\n', n);
		size_t line = nl ? nl + 1 - text : n;

		if (!l->mid_line)
			stamp(l);
		put(l, text, line);
		l->mid_line = !nl;
		text += line;
		n -= line;
	}
}
