/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages of the daemon: stderr in the foreground, syslog else. */
#ifndef XENCONSOLED_SAY_H
#define XENCONSOLED_SAY_H

#include <stdbool.h>

void say_open(bool foreground);
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
