// SPDX-License-Identifier: GPL-2.0-only
/* The daemon's log file: time, text. Bounded rate for what guests cause. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "log.h"

#define GUEST_LINES_PER_SECOND	10

bool log_tracing;
static FILE *out;

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
	return 0;
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
	FILE *f = out ? out : stderr;

	stamp(f);
	fputs(prefix, f);
	vfprintf(f, fmt, ap);
	fputc('\n', f);
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
