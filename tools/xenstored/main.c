// SPDX-License-Identifier: GPL-2.0-only
/*
 * xenstored: the store of the host. One thread, one loop; start reading at conn.h (clients), store.h (what
 * they ask for) and tree.h (where it is kept). The protocol is told in docs/specs/xenstore.md.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "domain.h"
#include "log.h"
#include "loop.h"
#include "quota.h"
#include "socket.h"
#include "store.h"
#include "watch.h"
#include "xenif.h"
#include "xenstore.h"

#define LOG_FILE	"/var/log/xen/xenstored.log"
#define PID_FILE	"/run/xen/xenstored.pid"
/* How often old transactions are looked for. */
#define TICK_MS		2000

struct settings {
	const char *log_file, *pid_file;
	bool foreground, no_domains;
};

static bool stopping;
static uint32_t dom_exc_port;
static const char *log_path;

static const struct option options[] = {
	{ "foreground", no_argument, NULL, 'F' },
	{ "no-domains", no_argument, NULL, 'D' },
	{ "log-file", required_argument, NULL, 'l' },
	{ "pid-file", required_argument, NULL, 'p' },
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
		log_tracing |= c == 't';
		if (c == 'l')
			s->log_file = optarg;
		if (c == 'p')
			s->pid_file = optarg;
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
}

static void make_dir_of(const char *file)
{
	char *dir = strdup(file), *slash = dir ? strrchr(dir, '/') : NULL;

	if (slash && slash != dir) {
		*slash = '\0';
		mkdir(dir, 0755);
	}
	free(dir);
}

static int write_pid(const char *file)
{
	FILE *f;

	make_dir_of(file);
	f = fopen(file, "we");
	if (!f)
		return -errno;
	fprintf(f, "%d\n", getpid());
	return fclose(f) ? -errno : 0;
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
	for (n = 0; n < 256 && (port = xenif_pending()) >= 0; n++) {
		if ((uint32_t)port == dom_exc_port) {
			xenif_unmask(port);
			domain_check_all();
		} else {
			domain_event(port);
		}
	}
}

static void signal_ready(struct loop_source *s, uint32_t events)
{
	struct signalfd_siginfo info;

	if (read(s->fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGHUP)
		log_open(log_path);
	else
		stopping = true;
}

static int watch_signals(void)
{
	static struct loop_source src = { .events = EPOLLIN, .ready = signal_ready };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	src.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return src.fd < 0 ? -errno : loop_add(&src);
}

static int watch_ports(void)
{
	static struct loop_source src = { .events = EPOLLIN, .ready = ports_ready };
	int port;

	src.fd = xenif_fd();
	port = xenif_bind_dom_exc();
	if (port < 0)
		return port;
	dom_exc_port = port;
	return loop_add(&src);
}

/* ---- start ---- */

static int first_nodes(void)
{
	static const struct cred daemon = { .domid = 0, .target = CRED_NO_TARGET, .privileged = true };
	struct access a = { .cred = &daemon };
	int r = store_init();

	if (!r)
		r = watch_init();
	return r ? r : store_mkdir(&a, "/tool/xenstored");
}

static int connect_domains(void)
{
	int r = xenif_open();

	if (!r)
		r = watch_ports();
	return r ? r : domain_connect_dom0();
}

static int fail(const char *what, int r)
{
	fprintf(stderr, "xenstored: %s: %s\n", what, strerror(-r));
	return r;
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

static int start(const struct settings *s)
{
	const struct rlimit files = { 65536, 65536 };
	int r;

	setrlimit(RLIMIT_NOFILE, &files);
	spare_from_oom();
	if (s->log_file)
		make_dir_of(s->log_file);
	log_path = s->log_file;
	r = log_open(s->log_file);
	if (r)
		return fail(s->log_file, r);
	r = loop_init();
	if (!r)
		r = watch_signals();
	if (!r)
		r = first_nodes();
	if (r)
		return fail("cannot start", r);
	r = socket_listen(xs_daemon_socket());
	if (r)
		return fail(xs_daemon_socket(), r);
	r = s->no_domains ? 0 : connect_domains();
	if (r)
		return fail("cannot reach the hypervisor", r);
	r = write_pid(s->pid_file);
	return r ? fail(s->pid_file, r) : 0;
}

/*
 * The parent returns to the shell once the child serves: with the child's status if it does not come that
 * far. Event channels and mappings belong to the process that made them, so the fork comes first.
 */
static int daemonize(void)
{
	int fd[2], status = 1;
	char ok;
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC))
		exit(1);
	pid = fork();
	if (pid < 0)
		exit(1);
	if (!pid) {
		close(fd[0]);
		setsid();
		return fd[1];
	}
	close(fd[1]);
	if (read(fd[0], &ok, 1) == 1)
		_exit(0);
	waitpid(pid, &status, 0);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

/* Tells the parent, and lets go of the terminal. */
static void detach(int fd)
{
	int null = open("/dev/null", O_RDWR);

	if (null >= 0) {
		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
		if (null > 2)
			close(null);
	}
	if (chdir("/"))
		log_line("cannot go to /: %s", strerror(errno));
	(void)!write(fd, "", 1);
	close(fd);
}

int main(int argc, char **argv)
{
	struct settings s = { .pid_file = PID_FILE };
	int ready_fd = -1;

	parse_args(argc, argv, &s);
	if (!s.foreground)
		ready_fd = daemonize();
	if (start(&s))
		return 1;
	if (ready_fd >= 0)
		detach(ready_fd);
	log_line("serving");
	while (!stopping) {
		loop_once(txn_any() ? TICK_MS : -1);
		txn_expire();
	}
	log_line("stopped");
	socket_close(xs_daemon_socket());
	unlink(s.pid_file);
	return 0;
}
