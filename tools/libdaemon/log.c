// SPDX-License-Identifier: GPL-2.0-only
/* Lines of a log: time, text. Bounded rate for what guests cause. */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "clock.h"
#include "log.h"

#define GUEST_LINES_PER_SECOND	10
/* A file that has grown to this becomes FILE.1. */
#define FILE_MAX		(4l << 20)

static char *file;
static FILE *out;		/* NULL: stderr, or syslog */
static bool use_syslog;

int log_open(const char *path)
{
	FILE *f = path ? fopen(path, "ae") : NULL;

	if (path && !f)
		return -errno;
	if (out)
		fclose(out);
	out = f;
	if (out)
		setvbuf(out, NULL, _IOLBF, 0);
	if (path != file) {
		free(file);
		file = path ? strdup(path) : NULL;
	}
	return 0;
}

static void bound(void)
{
	char *old;

	if (!out || !file || ftell(out) < FILE_MAX || asprintf(&old, "%s.1", file) < 0)
		return;
	/* Without a file to rename somebody has removed it: what goes there nobody finds, and nothing bounds. */
	if (!rename(file, old) || errno == ENOENT)
		log_open(file);
	free(old);
}

void log_to_syslog(const char *name)
{
	openlog(name, LOG_PID, LOG_DAEMON);
	use_syslog = true;
}

static void stamp(FILE *f)
{
	time_t now = time(NULL);
	char text[32];
	struct tm tm;

	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", gmtime_r(&now, &tm));
	fprintf(f, "%s ", text);
}

static void write_line(const char *prefix, const char *fmt, va_list ap)
{
	char text[512];
	FILE *f;

	vsnprintf(text, sizeof(text), fmt, ap);
	if (use_syslog) {
		syslog(LOG_NOTICE, "%s%s", prefix, text);
		return;
	}
	bound();
	f = out ? out : stderr;
	stamp(f);
	fprintf(f, "%s%s\n", prefix, text);
}

void log_line(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_line("", fmt, ap);
	va_end(ap);
}

void log_guest(unsigned int domid, const char *fmt, ...)
{
	static int64_t second;
	static unsigned int lines, skipped;
	int64_t now = clock_ms() / 1000;
	char prefix[32];
	va_list ap;

	if (now != second) {
		if (skipped)
			log_line("%u lines about guests left out", skipped);
		second = now;
		lines = 0;
		skipped = 0;
	}
	if (lines++ >= GUEST_LINES_PER_SECOND) {
		skipped++;
		return;
	}
	snprintf(prefix, sizeof(prefix), "domain %u: ", domid);
	va_start(ap, fmt);
	write_line(prefix, fmt, ap);
	va_end(ap);
}
