// SPDX-License-Identifier: GPL-2.0-only
/*
 * xenstored: the store of the host. One thread, one loop; start reading at conn.h (clients), store.h (what
 * they ask for) and tree.h (where it is kept). The protocol is told in docs/specs/xenstore.md.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"
#include "confine.h"
#include "daemon.h"
#include "domain.h"
#include "guest.h"
#include "handlers.h"
#include "lister.h"
#include "log.h"
#include "loop.h"
#include "privs.h"
#include "quota.h"
#include "socket.h"
#include "state.h"
#include "store.h"
#include "update.h"
#include "watch.h"
#include "xenstore.h"

#define LOG_FILE	"/var/log/xen/xenstored.log"
#define PID_FILE	"/run/xen/xenstored.pid"
#define STATE_FILE	"/run/xenstored/state"
#define NO_FILE		"none"
/* How often old transactions are looked for. */
#define TICK_MS		2000

struct settings {
	const char *log_file, *pid_file, *state_file;
	bool foreground, no_domains;
	int take_over;			/* the state a predecessor left open; -1: none */
};

static uint32_t dom_exc_port;
static const char *log_path;

static const struct option options[] = {
	{ "foreground", no_argument, NULL, 'F' },
	{ "no-domains", no_argument, NULL, 'D' },
	{ "log-file", required_argument, NULL, 'l' },
	{ "pid-file", required_argument, NULL, 'p' },
	{ "state-file", required_argument, NULL, 's' },
	{ UPDATE_TAKE_OVER, required_argument, NULL, 'o' },
	{ UPDATE_CHECK, required_argument, NULL, 'c' },
	{ "quota", required_argument, NULL, 'q' },
	{ "trace", no_argument, NULL, 't' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 }
};

static void usage(FILE *out)
{
	fputs("usage: xenstored [OPTION]...\n"
	      "  --foreground       stay in the foreground, log to stderr unless --log-file is given\n"
	      "  --no-domains       serve the socket only (no hypervisor needed)\n"
	      "  --log-file=FILE    default " LOG_FILE "\n"
	      "  --pid-file=FILE    default " PID_FILE "\n"
	      "  --state-file=FILE  what a restart after a crash goes on with; default " STATE_FILE ",\n"
	      "                     with --no-domains `" NO_FILE "'\n"
	      "  --quota=NAME=N     change a limit of guests; names: xenstore control quota\n"
	      "  --trace            log every request\n", out);
}

static bool parse_quota(char *arg)
{
	char *eq = strchr(arg, '='), *end;
	unsigned long v;

	if (!eq)
		return false;
	*eq = '\0';
	v = strtoul(eq + 1, &end, 10);
	return end != eq + 1 && !*end && v <= INT32_MAX && quota_set(arg, v);
}

static void parse_args(int argc, char **argv, struct settings *s)
{
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		s->foreground |= c == 'F';
		s->no_domains |= c == 'D';
		handlers_tracing |= c == 't';
		if (c == 'l')
			s->log_file = optarg;
		if (c == 'p')
			s->pid_file = optarg;
		if (c == 's')
			s->state_file = optarg;
		if (c == 'o')
			s->take_over = atoi(optarg);
		if (c == 'c')
			exit(update_check(atoi(optarg)));
		if (c == 'h') {
			usage(stdout);
			exit(0);
		}
		if (c == '?' || (c == 'q' && !parse_quota(optarg))) {
			usage(stderr);
			exit(2);
		}
	}
	if (optind != argc) {
		usage(stderr);
		exit(2);
	}
	if (!s->log_file && !s->foreground)
		s->log_file = LOG_FILE;
	if (!s->state_file)
		s->state_file = s->no_domains ? NO_FILE : STATE_FILE;
}

/* ---- sources of events ---- */

static void ports_ready(struct loop_source *s, uint32_t events)
{
	unsigned int n;
	int port;

	/*
	 * Bounded, so that the turns are not kept waiting: the descriptor stays readable while ports are
	 * pending.
	 */
	for (n = 0; n < 256 && (port = guest_pending()) >= 0; n++) {
		if ((uint32_t)port == dom_exc_port) {
			guest_unmask(port);
			domain_check_all();
		} else {
			domain_event(port);
		}
	}
}

static int watch_ports(uint32_t exc_port)
{
	static struct loop_source src = { .events = EPOLLIN, .ready = ports_ready };

	src.fd = guest_fd();
	dom_exc_port = exc_port;
	update_set_exc_port(exc_port);
	/* Open or not, and whatever was missed is looked for after the start. */
	guest_unmask(exc_port);
	return loop_add(&src);
}

static void reopen_log(void)
{
	log_open(log_path);
}

/* ---- start ---- */

static int first_nodes(void)
{
	static const struct cred daemon = { .domid = 0, .target = CRED_NO_TARGET, .privileged = true };
	struct access a = { .cred = &daemon };

	return store_mkdir(&a, "/tool/xenstored");
}

/* No guest survives the loss of the store: when dom0 runs out of memory, something else must go. */
static void spare_from_oom(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, "-900", 4) != 4)
		log_line("cannot lower the chance of being killed when memory is short: %s", strerror(errno));
	close(fd);
}

static int prepare(const struct settings *s)
{
	const struct rlimit files = { 65536, 65536 };
	int r;

	if (s->log_file)
		daemon_make_dirs(s->log_file);
	log_path = s->log_file;
	r = log_open(s->log_file);
	if (r)
		return daemon_fail("xenstored", s->log_file, r);
	/* Who takes over has what there is to be had, and may not ask for more. */
	if (s->take_over < 0) {
		setrlimit(RLIMIT_NOFILE, &files);
		spare_from_oom();
	}
	r = loop_init();
	if (!r)
		r = daemon_watch_signals(reopen_log);
	if (!r)
		r = state_discard();
	return r ? daemon_fail("xenstored", "cannot start", r) : 0;
}

static int open_ports(void)
{
	/* First, while there is nothing in memory and in descriptors that it would carry along. */
	int port, r = lister_start(domain_check_all);

	if (!r)
		r = guest_open(-1);
	if (r)
		return r;
	port = guest_bind_virq(VIRQ_DOM_EXC);
	return port < 0 ? port : watch_ports(port);
}

/* There is no way back: better a daemon without a lister than none. */
static void adopt_lister(const struct state_links *links)
{
	int r = links->confined ? lister_adopt(links->lister, domain_check_all) : lister_start(domain_check_all);

	if (r)
		log_line("no process that lists domains: %s: their shutdowns and deaths go unnoticed", strerror(-r));
}

static int adopt_ports(const struct state_links *links)
{
	int r;

	adopt_lister(links);
	r = guest_open(links->evtchn);
	return r ? r : watch_ports(links->exc_port);
}

static int connect_domains(const struct settings *s)
{
	int r = s->no_domains ? 0 : open_ports();

	if (r)
		return r;
	r = update_recover();
	if (!r && !s->no_domains && !domain_introduced(0))
		r = domain_connect_dom0();
	return r;
}

static int start_afresh(const struct settings *s)
{
	int r = socket_listen(xs_daemon_socket());

	if (r)
		return daemon_fail("xenstored", xs_daemon_socket(), r);
	r = connect_domains(s);
	return r ? daemon_fail("xenstored", "cannot reach the hypervisor", r) : 0;
}

static int give_up_privileges(const struct settings *s, uint32_t level)
{
	const struct confine_files files = {
		.log = s->log_file, .pid = s->pid_file, .socket = xs_daemon_socket(),
		.state = strcmp(s->state_file, NO_FILE) ? s->state_file : NULL,
	};
	int r = confine(&files, level);

	if (r)
		return daemon_fail("xenstored", "cannot give up privileges", r);
	update_set_confined(level > CONFINE_LEVEL ? level : CONFINE_LEVEL);
	return 0;
}

static int start(const struct settings *s)
{
	struct state_links links = { 0 };
	int r = prepare(s);

	if (!r && s->take_over >= 0)
		r = update_take_over(s->take_over, &links, adopt_ports);
	else if (!r)
		r = start_afresh(s);
	if (!r)
		r = first_nodes();
	if (r)
		return r;
	/* Who died while nobody listened? */
	if (!s->no_domains)
		domain_check_all();
	r = daemon_write_pid(s->pid_file);
	if (r)
		return daemon_fail("xenstored", s->pid_file, r);
	return give_up_privileges(s, links.confined);
}

static void serve(void)
{
	int64_t next_tick = 0;

	while (!daemon_stopping()) {
		int64_t now = clock_ms();

		conn_round(loop_shorter(update_tick(), txn_any() ? TICK_MS : -1));
		txn_bound();
		if (txn_any() && now >= next_tick) {
			txn_expire();
			next_tick = now + TICK_MS;
		}
		update_run();
	}
}

int main(int argc, char **argv)
{
	struct settings s = { .pid_file = PID_FILE, .take_over = -1 };
	int ready_fd = -1;

	parse_args(argc, argv, &s);
	update_init(argv, strcmp(s.state_file, NO_FILE) ? s.state_file : NULL);
	if (!s.foreground && s.take_over < 0)
		ready_fd = daemon_fork();
	if (start(&s))
		return 1;
	if (ready_fd >= 0)
		daemon_detach(ready_fd);
	log_line(s.take_over < 0 ? "serving" : "serving, after a live update");
	serve();
	update_save();
	log_line("stopped");
	socket_close(xs_daemon_socket());
	unlink(s.pid_file);
	return 0;
}
