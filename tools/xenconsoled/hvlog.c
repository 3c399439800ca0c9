// SPDX-License-Identifier: GPL-2.0-only
/* The hypervisor's console, into a log. */
#include <errno.h>
#include <time.h>

#include "guest.h"
#include "hvlog.h"

static struct logfile hv = { .fd = -1 };
static uint32_t port, text_index;

static void take_text(void)
{
	char text[4096];
	int n;

	while ((n = xc_readconsole(guest_xch(), text, sizeof(text), false, true, &text_index)) > 0)
		logfile_write(&hv, text, n);
}

/* The buffer is written from its beginning, which a log from before may have already: each start says so, with a date. */
static void say_started(void)
{
	time_t now = time(NULL);
	struct tm tm;
	char line[80];

	if (localtime_r(&now, &tm))
		logfile_write(&hv, line, strftime(line, sizeof(line), "---- %F %T: the hypervisor's messages since it started\n", &tm));
}

int hvlog_start(const struct logfile_settings *s)
{
	int r;

	if (!guest_xch())
		return -errno;
	r = logfile_open(&hv, s, "hypervisor");
	if (r)
		return r;
	r = guest_bind_virq(VIRQ_CON_RING);
	if (r < 0)
		return r;
	port = r;
	say_started();
	take_text();
	return 0;
}

void hvlog_event(uint32_t pending)
{
	if (!port || pending != port)
		return;
	guest_unmask(port);
	take_text();
}

void hvlog_reopen(void)
{
	logfile_reopen(&hv);
}
