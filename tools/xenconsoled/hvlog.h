/* SPDX-License-Identifier: GPL-2.0-only */
/* The hypervisor's own console, into a log. It needs the hypervisor's privileged calls. */
#ifndef XENCONSOLED_HVLOG_H
#define XENCONSOLED_HVLOG_H

#include <stdint.h>

#include "logfile.h"

/* -errno. */
int hvlog_start(const struct logfile_settings *s);
/* Is it this port that is pending? Then the new text is taken. */
void hvlog_event(uint32_t port);
void hvlog_reopen(void);

#endif
