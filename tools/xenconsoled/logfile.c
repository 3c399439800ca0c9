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

/* Text is made harmless in portions of this size. */
#define PORTION	1024u

static int open_append(const char *path)
{
	return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
}

/* A file that was there already has a size. */
static int start(struct logfile *l)
{
	off_t end;

	l->fd = open_append(l->path);
	if (l->fd < 0)
		return -errno;
	end = lseek(l->fd, 0, SEEK_END);
	l->size = end > 0 ? end : 0;
	return 0;
}

/* @kind follows the name: with a character that no name keeps, so that no guest shares a log by its name. */
static int set_path(struct logfile *l, const struct logfile_settings *s, const char *name, const char *kind)
{
	char *p, *end;

	*l = (struct logfile){ .fd = -1, .s = s, .limit = s->limit };
	if (asprintf(&l->path, "%s/%s%s.log", s->dir, name, kind) < 0) {
		l->path = NULL;
		return -ENOMEM;
	}
	p = l->path + strlen(s->dir) + 1;
	for (end = p + strlen(name); p < end; p++)
		if (!isalnum((unsigned char)*p) && !strchr(".-_+", *p))
			*p = '_';
	return 0;
}

int logfile_open(struct logfile *l, const struct logfile_settings *s, const char *name)
{
	int r = set_path(l, s, name, "");

	return r ? r : start(l);
}

/* FILE.@from (FILE itself for 0) becomes the next older one. */
static int age(const struct logfile *l, unsigned int from)
{
	char *older = NULL, *newer = NULL;
	int r = -ENOMEM;

	if (asprintf(&older, "%s.%u", l->path, from + 1) < 0)
		older = NULL;
	if (asprintf(&newer, from ? "%s.%u" : "%s", l->path, from) < 0)
		newer = NULL;
	if (older && newer)
		r = rename(newer, older) ? -errno : 0;
	free(older);
	free(newer);
	return r;
}

static void rotate(struct logfile *l)
{
	unsigned int i;
	int r;

	for (i = l->s->keep; i > 1; i--)
		age(l, i - 1);
	if (l->s->keep)
		r = age(l, 0);
	else
		r = unlink(l->path) ? -errno : 0;
	/* Somebody may have removed it: what is written to it now nobody finds, and nothing bounds. */
	if (!r || r == -ENOENT)
		logfile_reopen(l);
	/* Without success the next try comes after as much again. */
	l->size = 0;
}

int logfile_open_once(struct logfile *l, const struct logfile_settings *s, const char *name, size_t limit)
{
	int r = set_path(l, s, name, ":boot");

	if (r)
		return r;
	age(l, 0);
	l->once = true;
	l->limit = limit;
	return start(l);
}

void logfile_reopen(struct logfile *l)
{
	int old = l->fd;

	if (!l->path || start(l)) {
		l->fd = old;
		return;
	}
	if (old >= 0)
		close(old);
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

static void put_stamped(struct logfile *l, const char *text, size_t n)
{
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

static void put_portion(struct logfile *l, const char *text, size_t n)
{
	char plain[PLAIN_GROWTH * PORTION + PLAIN_EXTRA];
	size_t len = plain_text(&l->plain, text, n, plain);

	if (l->s->timestamps)
		put_stamped(l, plain, len);
	else
		put(l, plain, len);
}

void logfile_write(struct logfile *l, const char *text, size_t n)
{
	static const char end[] = "\n[more is in the log without :boot]\n";

	while (n && l->fd >= 0) {
		size_t part = n < PORTION ? n : PORTION;

		if (l->size >= l->limit && l->once) {
			put(l, end, sizeof(end) - 1);
			logfile_close(l);
			return;
		}
		if (l->size >= l->limit)
			rotate(l);
		put_portion(l, text, part);
		text += part;
		n -= part;
	}
}
