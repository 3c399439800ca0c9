/* SPDX-License-Identifier: GPL-2.0-only */
/* Options about logs, which both programs here have. */
#ifndef XENCONSOLED_OPTIONS_H
#define XENCONSOLED_OPTIONS_H

#include <stdbool.h>

#include "logfile.h"

#define LOG_DIR		"/var/log/xen/console"
#define LOG_KB		2048
#define LOG_FILES	3

#define LOG_OPTIONS							\
	{ "log-dir", required_argument, NULL, 'd' },			\
	{ "log-size", required_argument, NULL, 's' },			\
	{ "log-files", required_argument, NULL, 'n' },			\
	{ "timestamp", no_argument, NULL, 't' }

#define TEXT(x)		TEXT_OF(x)
#define TEXT_OF(x)	#x
#define LOG_USAGE							\
	"  --log-dir=DIR      default " LOG_DIR "\n"			\
	"  --log-size=KB      a log that has grown to this is begun anew; default " TEXT(LOG_KB) "\n" \
	"  --log-files=N      how many old ones are kept; default " TEXT(LOG_FILES) "\n" \
	"  --timestamp        the time in front of each line of a log\n"

/* Takes one of LOG_OPTIONS; false if it is none of them, or its argument is wrong. */
bool log_option(int c, const char *arg, struct logfile_settings *s);

#endif
