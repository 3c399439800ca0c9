// SPDX-License-Identifier: GPL-2.0-only
/*
 * hypervisor-log: keeps the hypervisor's messages in a file. It asks for them by privileged calls, so it is a program of
 * its own: xenconsoled, which reads what guests write, holds nothing of the kind.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>

#include "confine.h"
#include "daemon.h"
#include "guest.h"
#include "hvlog.h"
#include "loop.h"
#include "options.h"

#define NAME	"hypervisor-log"

static const struct option options[] = {
	LOG_OPTIONS,
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 }
};

static void usage(FILE *out)
{
	fputs("usage: hypervisor-log [OPTION]...\n"
	      "  Writes what the hypervisor says to hypervisor.log, until it is ended.\n"
	      LOG_USAGE, out);
}

static void ready(struct loop_source *s, uint32_t events)
{
	int port;

	while ((port = guest_pending()) >= 0)
		hvlog_event(port);
}

static int start(const struct logfile_settings *s)
{
	static struct loop_source src = { .events = EPOLLIN, .ready = ready };
	const char *paths[] = { s->dir, NULL };
	int r = loop_init();

	if (!r)
		r = guest_open(-1);
	if (r)
		return daemon_fail(NAME, "cannot reach the hypervisor", r);
	if (!guest_xch())
		return daemon_fail(NAME, "no privileged calls to the hypervisor", -errno);
	src.fd = guest_fd();
	r = loop_add(&src);
	if (!r)
		r = daemon_watch_signals(hvlog_reopen);
	if (r)
		return daemon_fail(NAME, "cannot wait for events", r);
	daemon_make_dirs(s->dir);
	mkdir(s->dir, 0750);
	r = hvlog_start(s);
	if (r == -EEXIST)
		return daemon_fail(NAME, "another program (xenconsoled --log=hv?) follows the hypervisor's messages", r);
	if (r)
		return daemon_fail(NAME, s->dir, r);
	r = confine(paths);
	return r ? daemon_fail(NAME, "cannot give up privileges", r) : 0;
}

int main(int argc, char **argv)
{
	struct logfile_settings s = { .dir = LOG_DIR, .limit = LOG_KB << 10, .keep = LOG_FILES };
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h') {
			usage(stdout);
			return 0;
		}
		if (!log_option(c, optarg, &s)) {
			usage(stderr);
			return 2;
		}
	}
	if (optind != argc) {
		usage(stderr);
		return 2;
	}
	if (start(&s))
		return 1;
	while (!daemon_stopping())
		loop_wait(-1);
	return 0;
}
