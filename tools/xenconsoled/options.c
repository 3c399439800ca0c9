// SPDX-License-Identifier: GPL-2.0-only
/* Options about logs. */
#include <errno.h>
#include <stdlib.h>

#include "options.h"

static bool parse_count(const char *text, unsigned long min, unsigned long max, unsigned long *v)
{
	char *end;

	errno = 0;
	*v = strtoul(text, &end, 10);
	return *text >= '0' && *text <= '9' && !errno && !*end && *v >= min && *v <= max;
}

bool log_option(int c, const char *arg, struct logfile_settings *s)
{
	unsigned long v;

	switch (c) {
	case 'd':
		s->dir = arg;
		return true;
	case 't':
		s->timestamps = true;
		return true;
	case 's':
		if (!parse_count(arg, 16, 4ul << 20, &v))
			return false;
		s->limit = v << 10;
		return true;
	case 'n':
		if (!parse_count(arg, 0, 99, &v))
			return false;
		s->keep = v;
		return true;
	default:
		return false;
	}
}
