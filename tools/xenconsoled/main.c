// SPDX-License-Identifier: GPL-2.0-only
/*
 * xenconsoled: gives each guest's console a pty, and logs. One thread, one poll loop; start reading at
 * console.h (one guest) and registry.h (which guests).
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guestif.h"
#include "logfile.h"
#include "registry.h"
#include "say.h"

#define LOG_DIR		"/var/log/xen/console"
#define PID_FILE	"/run/xen/xenconsoled.pid"
/* How long xenstored may take to come up. */
#define START_TRIES	50
#define START_WAIT_US	100000
#define STORE_RETRY_MS	500

enum { FD_SIGNAL, FD_STORE, FD_PORTS, FD_CONSOLES };

struct settings {
	struct console_settings console;
	const char *log_dir, *pid_file;
	bool log_guest, log_hv, foreground;
};

static struct pollfd fds[FD_CONSOLES + REGISTRY_MAX];
static struct logfile hv_log = { .fd = -1 };
static uint32_t hv_port, hv_index;
static bool stopping;

static const struct option options[] = {
	{ "foreground", no_argument, NULL, 'F' },
	{ "log", required_argument, NULL, 'l' },
	{ "log-dir", required_argument, NULL, 'd' },
	{ "timestamp", no_argument, NULL, 't' },
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
	      "  --log-dir=DIR      default " LOG_DIR "\n"
	      "  --timestamp        the time in front of each line of a log\n"
	      "  --pid-file=FILE    default " PID_FILE "\n", out);
}

static bool parse_log(const char *what, struct settings *s)
{
	bool all = !strcmp(what, "all");

	s->log_guest = all || !strcmp(what, "guest");
	s->log_hv = all || !strcmp(what, "hv");
	return s->log_guest || s->log_hv || !strcmp(what, "none");
}

static void parse_args(int argc, char **argv, struct settings *s)
{
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		s->foreground |= c == 'F';
		s->console.timestamps |= c == 't';
		if (c == 'd')
			s->log_dir = optarg;
		if (c == 'p')
			s->pid_file = optarg;
		if (c == 'h') {
			usage(stdout);
			exit(0);
		}
		if (c == '?' || (c == 'l' && !parse_log(optarg, s))) {
			usage(stderr);
			exit(2);
		}
	}
	if (optind != argc) {
		usage(stderr);
		exit(2);
	}
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/* mkdir -p of @dir, or of the directory that @dir is in. */
static void make_dirs(const char *dir, bool last)
{
	char *p = strdup(dir), *slash;

	for (slash = p ? strchr(p + 1, '/') : NULL; slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(p, 0755);
		*slash = '/';
	}
	if (p && last)
		mkdir(p, 0750);
	free(p);
}

/* ---- the hypervisor's console ---- */

static void read_hv_console(void)
{
	char text[4096];
	int n;

	while ((n = guestif_hv_text(text, sizeof(text), &hv_index)) > 0)
		logfile_write(&hv_log, text, n);
}

static void start_hv_log(const struct settings *s)
{
	int port;
	int r = logfile_open(&hv_log, s->log_dir, "hypervisor", s->console.timestamps);

	if (r) {
		say("hypervisor's log: %s", strerror(-r));
		return;
	}
	port = guestif_bind_hv_console();
	if (port < 0) {
		say("hypervisor's log: no event channel: %s", strerror(-port));
		return;
	}
	hv_port = port;
	read_hv_console();
}

/* ---- the loop ---- */

static void serve_signals(int fd)
{
	struct signalfd_siginfo info;
	unsigned int i;

	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo != SIGHUP) {
		stopping = true;
		return;
	}
	logfile_reopen(&hv_log);
	for (i = 0; i < registry_count; i++)
		console_reopen_log(registry[i]);
}

static void serve_ports(void)
{
	unsigned int n;
	int port;

	for (n = 0; n < 256 && (port = guestif_pending()) >= 0; n++) {
		struct console *con = registry_by_port(port);

		if (con)
			console_event(con);
		if (hv_port && (uint32_t)port == hv_port) {
			guestif_unmask(port);
			read_hv_console();
		}
	}
}

static int shorter(int a, int b)
{
	if (a < 0)
		return b;
	return b < 0 || a < b ? a : b;
}

static int prepare_poll(int64_t now)
{
	int timeout = -1;
	unsigned int i;

	fds[FD_STORE] = (struct pollfd){ .fd = registry_fd(), .events = POLLIN };
	if (fds[FD_STORE].fd < 0)
		timeout = STORE_RETRY_MS;
	for (i = 0; i < registry_count; i++) {
		console_poll(registry[i], &fds[FD_CONSOLES + i]);
		timeout = shorter(timeout, console_timeout(registry[i], now));
	}
	return timeout;
}

static void loop_once(void)
{
	unsigned int i, n = registry_count;
	int timeout = prepare_poll(now_ms());
	int64_t now;

	if (poll(fds, FD_CONSOLES + n, timeout) < 0)
		return;
	now = now_ms();
	if (fds[FD_SIGNAL].revents)
		serve_signals(fds[FD_SIGNAL].fd);
	if (fds[FD_PORTS].revents)
		serve_ports();
	/* Before the store: the list must still be the one that was polled. */
	for (i = 0; i < n; i++)
		console_serve(registry[i], fds[FD_CONSOLES + i].revents, now);
	if (fds[FD_STORE].revents || fds[FD_STORE].fd < 0)
		registry_serve(now);
	registry_reap(now);
}

/* ---- start ---- */

static int watch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fds[FD_SIGNAL].fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	fds[FD_SIGNAL].events = POLLIN;
	return fds[FD_SIGNAL].fd < 0 ? -errno : 0;
}

static int start_registry(const struct settings *s)
{
	unsigned int tries;
	int r = -EIO;

	for (tries = 0; r && tries < START_TRIES; tries++) {
		if (tries)
			usleep(START_WAIT_US);
		r = registry_start(&s->console);
	}
	return r;
}

static int write_pid(const char *file)
{
	FILE *f;

	make_dirs(file, false);
	f = fopen(file, "we");
	if (!f)
		return -errno;
	fprintf(f, "%d\n", getpid());
	return fclose(f) ? -errno : 0;
}

static int fail(const char *what, int r)
{
	fprintf(stderr, "xenconsoled: %s: %s\n", what, strerror(-r));
	return r;
}

static int start(struct settings *s)
{
	int r = guestif_open();

	if (r)
		return fail("cannot reach the hypervisor", r);
	fds[FD_PORTS] = (struct pollfd){ .fd = guestif_fd(), .events = POLLIN };
	if (s->log_guest || s->log_hv)
		make_dirs(s->log_dir, true);
	if (s->log_guest)
		s->console.log_dir = s->log_dir;
	if (s->log_hv)
		start_hv_log(s);
	r = watch_signals();
	if (r)
		return fail("signals", r);
	r = start_registry(s);
	if (r)
		return fail("cannot reach xenstored", r);
	r = write_pid(s->pid_file);
	return r ? fail(s->pid_file, r) : 0;
}

/*
 * The parent waits until the child serves and ends with its verdict. Mappings and ports would not survive a
 * later fork.
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
		say("cannot go to /: %s", strerror(errno));
	(void)!write(fd, "", 1);
	close(fd);
}

int main(int argc, char **argv)
{
	struct settings s = { .log_dir = LOG_DIR, .pid_file = PID_FILE };
	int ready_fd = -1;

	parse_args(argc, argv, &s);
	if (!s.foreground)
		ready_fd = daemonize();
	signal(SIGPIPE, SIG_IGN);
	if (start(&s))
		return 1;
	say_open(s.foreground);
	if (ready_fd >= 0)
		detach(ready_fd);
	while (!stopping)
		loop_once();
	unlink(s.pid_file);
	return 0;
}
