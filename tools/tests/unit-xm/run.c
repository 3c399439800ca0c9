/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How other programs are started: their last words, and that nobody waits for a daemon that keeps the pipe.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "run.h"
#include "test.h"

int64_t xm_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static int sh(const char *script, struct run *r, int timeout_ms)
{
	const char *const argv[] = { "sh", "-c", script, NULL };

	r->argv = argv;
	return run_program(NULL, r, timeout_ms);
}

/* What stays behind reads a FIFO, and ends when that is opened. */
static void test_daemon(void)
{
	char dir[] = "/tmp/unit-run.XXXXXX", fifo[64], script[160];
	struct run r = { .daemon = true };
	int fd;

	check(!!mkdtemp(dir), "no directory");
	snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
	check(!mkfifo(fifo, 0600), "no FIFO");
	snprintf(script, sizeof(script), "(read x <%s) & echo said >&2", fifo);
	check(!sh(script, &r, 20000) && !strcmp(r.said, "said"), "a daemon that keeps stderr");
	fd = open(fifo, O_WRONLY);
	check(fd >= 0 && write(fd, "x\n", 2) == 2, "the daemon is gone");
	close(fd);
	snprintf(script, sizeof(script), "(read x <%s) & echo why >&2; exit 3", fifo);
	check(sh(script, &r, 20000) == -EIO && !strcmp(r.said, "why"), "one that failed and keeps stderr");
	fd = open(fifo, O_WRONLY);
	close(fd);
	unlink(fifo);
	rmdir(dir);
}

/* Interrupted once, xm starts nothing more than what undoes its work, and that to its end. */
static void test_interrupt(void)
{
	struct run begun = { .argv = NULL }, undo = { .undo = true };

	interrupted = -EINTR;
	check(sh("sleep 1000", &begun, 20000) == -EINTR, "an interrupt ends a program");
	check(!sh("sleep 0.1; echo done", &undo, 20000) && !strcmp(undo.said, "done"), "an interrupt does not end an undo");
	interrupted = 0;
}

/* A terminal's Ctrl-C goes to its group of processes. */
static void test_group(void)
{
	struct run r = { .argv = NULL };
	char own[24];

	check(!sh("cut -d ' ' -f 5 /proc/self/stat", &r, 20000), "no group");
	snprintf(own, sizeof(own), "%d", getpgrp());
	check(*r.said && strcmp(r.said, own), "a program is in its own group");
	/* Else the child would keep the pipe, and this read() would last. */
	check(sh("sleep 1000 & wait", &r, 200) == -ETIMEDOUT, "with a child");
}

/* Then the kernel keeps nobody's exit status. */
static void test_ignored(void)
{
	struct run r = { .argv = NULL };

	signal(SIGCHLD, SIG_IGN);
	check(sh("exit 1", &r, 20000) < 0, "a failure counts as success when SIGCHLD is ignored");
	signal(SIGCHLD, SIG_DFL);
}

int main(void)
{
	struct run last = { .argv = NULL }, first = { .first = true }, quiet = { .argv = NULL };

	check(sh("echo one; echo two >&2; exit 1", &last, 20000) == -EIO && !strcmp(last.said, "two"), "the last line");
	check(sh("echo one; echo two >&2; exit 1", &first, 20000) == -EIO && !strcmp(first.said, "one"), "the first line");
	check(sh("exit 1", &quiet, 20000) == -EIO && !strcmp(quiet.said, "it gave no reason"), "no line");
	check(!sh("exec >/dev/null 2>&1; sleep 0.1", &quiet, 20000), "it closes its output early");
	check(sh("sleep 1000", &quiet, 100) == -ETIMEDOUT, "it takes too long");
	check(!sh("yes x | head -c 200000", &last, 20000) && !strcmp(last.said, "x"), "much output");
	check(sh("exec yes", &first, 500) == -ETIMEDOUT && !strcmp(first.said, "y"), "output without end");
	test_daemon();
	test_interrupt();
	test_group();
	test_ignored();
	return test_end();
}
