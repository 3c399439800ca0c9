// SPDX-License-Identifier: GPL-2.0-only
/*
 * xenconsoled: gives each guest's console a pty and a log. One thread, one loop; start reading at console.h
 * (one guest) and registry.h (which guests).
 */
#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "confine.h"
#include "daemon.h"
#include "guest.h"
#include "hvlog.h"
#include "log.h"
#include "loop.h"
#include "options.h"
#include "ports.h"
#include "registry.h"

#define NAME		"xenconsoled"
#define PID_FILE	"/run/xen/xenconsoled.pid"
/* How long xenstored may take to come up. */
#define START_TRIES	50
#define START_WAIT_US	100000

struct settings {
	struct logfile_settings log;
	const char *pid_file;
	bool log_guest, log_hv, foreground;
};

static const struct option options[] = {
	{ "foreground", no_argument, NULL, 'F' },
	{ "log", required_argument, NULL, 'l' },
	LOG_OPTIONS,
	{ "pid-file", required_argument, NULL, 'p' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 }
};

static void usage(FILE *out)
{
	fputs("usage: xenconsoled [OPTION]...\n"
	      "  --foreground       stay in the foreground, messages to stderr instead of syslog\n"
	      "  --log=none|guest|hv|all\n"
	      "                     guests' consoles to guest-NAME.log, the hypervisor's to hypervisor.log\n"
	      "                     (which hypervisor-log does with fewer privileges); default guest\n"
	      LOG_USAGE
	      "  --pid-file=FILE    default " PID_FILE "\n", out);
}

static bool parse_log(const char *what, struct settings *s)
{
	bool all = !strcmp(what, "all");

	s->log_guest = all || !strcmp(what, "guest");
	s->log_hv = all || !strcmp(what, "hv");
	return s->log_guest || s->log_hv || !strcmp(what, "none");
}

static bool parse_option(int c, struct settings *s)
{
	switch (c) {
	case 'F':
		s->foreground = true;
		return true;
	case 'p':
		s->pid_file = optarg;
		return true;
	case 'l':
		return parse_log(optarg, s);
	default:
		return log_option(c, optarg, &s->log);
	}
}

static void parse_args(int argc, char **argv, struct settings *s)
{
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h') {
			usage(stdout);
			exit(0);
		}
		if (!parse_option(c, s)) {
			usage(stderr);
			exit(2);
		}
	}
	if (optind != argc) {
		usage(stderr);
		exit(2);
	}
}

/* ---- events ---- */

static void ports_ready(struct loop_source *s, uint32_t events)
{
	unsigned int n;
	int port;

	for (n = 0; n < 256 && (port = guest_pending()) >= 0; n++) {
		struct console *con = ports_owner(port);

		if (con)
			console_event(con);
		else
			hvlog_event(port);
	}
}

static void reopen_logs(void)
{
	hvlog_reopen();
	registry_reopen_logs();
}

static void serve(void)
{
	int64_t now = clock_ms();

	while (!daemon_stopping()) {
		loop_wait(loop_shorter(console_queue_ms(now), registry_ms(now)));
		now = clock_ms();
		console_serve_queue(now);
		registry_tick(now);
	}
}

/* ---- start ---- */

static int watch_ports(void)
{
	static struct loop_source src = { .events = EPOLLIN, .ready = ports_ready };
	int r = guest_open(-1);

	if (r)
		return r;
	src.fd = guest_fd();
	return loop_add(&src);
}

static int start_registry(const struct settings *s)
{
	unsigned int tries;
	int r = -EIO;

	for (tries = 0; r && tries < START_TRIES; tries++) {
		if (tries)
			usleep(START_WAIT_US);
		r = registry_start(s->log_guest ? &s->log : NULL);
	}
	return r;
}

static void start_logs(const struct settings *s)
{
	int r;

	if (s->log_guest || s->log_hv) {
		daemon_make_dirs(s->log.dir);
		mkdir(s->log.dir, 0750);
	}
	r = s->log_hv ? hvlog_start(&s->log) : 0;
	if (r)
		fprintf(stderr, NAME ": no log of the hypervisor's console: %s\n", strerror(-r));
}

static int give_up(const struct settings *s)
{
	char *pid_copy = strdup(s->pid_file);
	const char *paths[] = {
		"/dev/ptmx", "/dev/pts", "/dev/null", pid_copy ? dirname(pid_copy) : "/run/xen",
		s->log_guest || s->log_hv ? s->log.dir : NULL, NULL,
	};
	int r = confine(paths);

	free(pid_copy);
	return r;
}

static int start(const struct settings *s)
{
	const struct rlimit files = { 65536, 65536 };
	int r = loop_init();

	setrlimit(RLIMIT_NOFILE, &files);
	if (!r)
		r = watch_ports();
	if (r)
		return daemon_fail(NAME, "cannot reach the hypervisor", r);
	start_logs(s);
	r = daemon_write_pid(s->pid_file);
	if (r)
		return daemon_fail(NAME, s->pid_file, r);
	r = daemon_watch_signals(reopen_logs);
	if (r)
		return daemon_fail(NAME, "signals", r);
	/* Before the first byte of a guest is looked at. */
	r = give_up(s);
	if (r)
		return daemon_fail(NAME, "cannot give up privileges", r);
	r = start_registry(s);
	return r ? daemon_fail(NAME, "cannot reach xenstored", r) : 0;
}

int main(int argc, char **argv)
{
	struct settings s = {
		.log = { .dir = LOG_DIR, .limit = LOG_KB << 10, .keep = LOG_FILES },
		.pid_file = PID_FILE, .log_guest = true,
	};
	int ready_fd = -1;

	parse_args(argc, argv, &s);
	if (!s.foreground)
		ready_fd = daemon_fork();
	if (!s.foreground)
		log_to_syslog(NAME);
	if (start(&s))
		return 1;
	if (ready_fd >= 0)
		daemon_detach(ready_fd);
	serve();
	registry_stop();
	unlink(s.pid_file);
	return 0;
}
