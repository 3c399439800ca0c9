// SPDX-License-Identifier: GPL-2.0-only
/* Messages of the daemon. */
#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>

#include "say.h"

static bool to_stderr = true;

void say_open(bool foreground)
{
	to_stderr = foreground;
	if (!foreground)
		openlog("xenconsoled", LOG_PID, LOG_DAEMON);
}

void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (to_stderr) {
		fputs("xenconsoled: ", stderr);
		vfprintf(stderr, fmt, ap);
		fputc('\n', stderr);
	} else {
		vsyslog(LOG_NOTICE, fmt, ap);
	}
	va_end(ap);
}
