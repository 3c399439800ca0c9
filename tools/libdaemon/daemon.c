// SPDX-License-Identifier: GPL-2.0-only
/* Starting and ending a daemon. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon.h"
#include "log.h"
#include "loop.h"

static bool stopping;
static void (*reopen_logs)(void);

int daemon_fork(void)
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

void daemon_detach(int fd)
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

void daemon_make_dirs(const char *path)
{
	char *p = strdup(path), *slash;

	for (slash = p ? strchr(p + 1, '/') : NULL; slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(p, 0755);
		*slash = '/';
	}
	free(p);
}

int daemon_write_pid(const char *file)
{
	FILE *f;

	daemon_make_dirs(file);
	f = fopen(file, "we");
	if (!f)
		return -errno;
	fprintf(f, "%d\n", getpid());
	return fclose(f) ? -errno : 0;
}

static void signal_ready(struct loop_source *s, uint32_t events)
{
	struct signalfd_siginfo info;

	if (read(s->fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGHUP)
		reopen_logs();
	else
		stopping = true;
}

int daemon_watch_signals(void (*reopen)(void))
{
	static struct loop_source src = { .events = EPOLLIN, .ready = signal_ready };
	sigset_t set;

	reopen_logs = reopen;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	src.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return src.fd < 0 ? -errno : loop_add(&src);
}

bool daemon_stopping(void)
{
	return stopping;
}

int daemon_fail(const char *program, const char *what, int r)
{
	fprintf(stderr, "%s: %s: %s\n", program, what, strerror(-r));
	return r;
}
