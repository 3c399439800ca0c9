// SPDX-License-Identifier: GPL-2.0-only
/* The lister: the real process with a made-up hypervisor, and processes that answer wrongly or not at all. */
#include <poll.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "lister.h"
#include "loop.h"
#include "test.h"

static unsigned int agains;

static void again(void)
{
	agains++;
}

/* What a lister says to the question for domains from 1 on, when the right answer is 5 and 7. */
enum manner {
	RIGHT, STALE_FIRST, EMPTY, FAILED,		/* these are right */
	SHORT, LONG, TOO_MANY, MORE_THAN_ASKED, BEFORE_FIRST, NOT_IN_ORDER, STATE, HEADLESS, CLOSED, MANNERS
};

static void say(int sock, const struct lister_question *q, enum manner how)
{
	struct lister_answer a = { .seq = q->seq, .n = 2, .domains = { { 5, XENIF_RUNNING }, { 7, XENIF_SHUTDOWN } } };
	size_t len = LISTER_HEAD + 2 * sizeof(a.domains[0]);

	switch (how) {
	case STALE_FIRST:
		a.seq--;
		send(sock, &a, len, 0);
		a.seq++;
		break;
	case EMPTY: a.n = 0; len = LISTER_HEAD; break;
	case FAILED: a.n = -EPERM; len = LISTER_HEAD; break;
	case SHORT: len--; break;
	case LONG: len++; break;
	case TOO_MANY: a.n = LISTER_MAX + 1; len = sizeof(a); break;
	case MORE_THAN_ASKED: a.n = q->max + 1; len += (q->max - 1) * sizeof(a.domains[0]); break;
	case BEFORE_FIRST: a.domains[0].domid = 0; break;
	case NOT_IN_ORDER: a.domains[1].domid = 5; break;
	case STATE: a.domains[1].state = XENIF_RUNNING + 1; break;
	case HEADLESS: len = 4; break;
	case CLOSED: return;
	default: break;
	}
	send(sock, &a, len, 0);
}

/* Listens for one question; answers when a byte comes on @poke (-1: at once). */
static void wrong_lister(int sock, enum manner how, int poke)
{
	struct lister_question q;
	char c;

	if (recv(sock, &q, sizeof(q), 0) == sizeof(q) && (poke < 0 || read(poke, &c, 1) == 1))
		say(sock, &q, how);
	/* Until the daemon has gone. */
	if (how != CLOSED)
		recv(sock, &q, sizeof(q), 0);
	/* Past the sanitizers' own work at the end of a process. */
	syscall(SYS_exit_group, 0);
}

static pid_t start_wrong(enum manner how, int poke)
{
	int sv[2];
	pid_t pid;

	CHECK(!loop_init() && !socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv));
	pid = fork();
	if (!pid) {
		close(sv[0]);
		wrong_lister(sv[1], how, poke);
	}
	close(sv[1]);
	CHECK(pid > 0 && !lister_adopt(sv[0], again));
	return pid;
}

/* The other side hangs up, and that is noticed without a question. */
static void end_lister(pid_t pid)
{
	if (lister_fd() >= 0)
		shutdown(lister_fd(), SHUT_RDWR);
	CHECK(waitpid(pid, NULL, 0) == pid);
	loop_wait(0);
	CHECK(lister_fd() < 0);
}

static void one_manner(enum manner how)
{
	static const int wanted[] = { 2, 2, 0, -EPERM };
	struct xenif_domain list[10];
	pid_t pid = start_wrong(how, -1);
	int n = lister_ask(1, list, 10);

	if (n != (how < SHORT ? wanted[how] : -ENOTCONN)) {
		fprintf(stderr, "manner %d: %d\n", how, n);
		checks_failed++;
	}
	if (n == 2)
		CHECK(list[0].domid == 5 && list[0].state == XENIF_RUNNING && list[1].domid == 7 &&
		      list[1].state == XENIF_SHUTDOWN);
	/* Who does not make sense is asked no more. */
	CHECK((lister_fd() >= 0) == (how < SHORT));
	if (how >= SHORT)
		CHECK(lister_ask(1, list, 10) == -ENOTCONN);
	end_lister(pid);
}

static void late_answer(void)
{
	struct xenif_domain list[10];
	int poke[2], tries;
	int64_t before;
	pid_t pid;

	CHECK(!pipe(poke));
	pid = start_wrong(RIGHT, poke[0]);
	CHECK(lister_ask(1, list, 10) == -EAGAIN && lister_fd() >= 0);
	/* No second time: guests wait meanwhile. */
	before = clock_ms();
	CHECK(lister_ask(1, list, 10) == -EAGAIN && clock_ms() - before < 500);
	agains = 0;
	loop_wait(0);
	CHECK(agains == 0 && write(poke[1], "", 1) == 1);
	for (tries = 0; !agains && tries < 100; tries++)
		loop_wait(100);
	CHECK(agains == 1 && lister_fd() >= 0);
	end_lister(pid);
	close(poke[0]);
	close(poke[1]);
}

static bool status_has(pid_t pid, const char *line)
{
	char name[40], text[4096];
	size_t n;
	FILE *f;

	sprintf(name, "/proc/%d/status", pid);
	f = fopen(name, "r");
	n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
	text[n] = '\0';
	if (f)
		fclose(f);
	return strstr(text, line) != NULL;
}

/* The only other process of this one, which ends as the last thing. */
static pid_t only_child(void)
{
	char text[20] = "";
	FILE *f = fopen("/proc/thread-self/children", "r");

	if (f) {
		(void)!fgets(text, sizeof(text), f);
		fclose(f);
	}
	return atoi(text);
}

static void real_one(void)
{
	struct xenif_domain list[FAKE_DOMAINS];
	unsigned int i;
	pid_t pid;

	world_reset();
	for (i = 0; i < FAKE_DOMAINS; i++)
		fake_destroy(i);
	fake_create(5);
	fake_create(7);
	fake_shutdown(7);
	fake_create(100);
	CHECK(!prctl(PR_SET_CHILD_SUBREAPER, 1) && !loop_init());
	CHECK(!lister_start(again));
	CHECK(lister_ask(1, list, FAKE_DOMAINS) == 3 && list[0].domid == 5 && list[1].domid == 7 &&
	      list[1].state == XENIF_SHUTDOWN && list[2].domid == 100);
	CHECK(lister_ask(6, list, 1) == 1 && list[0].domid == 7);
	CHECK(lister_ask(101, list, 5) == 0 && lister_ask(70000, list, 5) == 0);
	pid = only_child();
	if (pid)
		CHECK(status_has(pid, "Name:\txenstored-list\n") && status_has(pid, "CapEff:\t0000000000000000\n") &&
		      status_has(pid, "CapPrm:\t0000000000000000\n") && status_has(pid, "NoNewPrivs:\t1\n") &&
		      status_has(pid, "Seccomp:\t2\n"));
	/* A question of another size ends it. */
	CHECK(send(lister_fd(), list, 3, 0) == 3 && waitpid(-1, NULL, 0) > 0);
	CHECK(lister_ask(1, list, 5) == -ENOTCONN && lister_fd() < 0);
	/* One that cannot reach the hypervisor says so. */
	fake_no_hypervisor(true);
	CHECK(lister_start(again) == -EACCES && lister_fd() < 0 && waitpid(-1, NULL, 0) > 0);
	fake_no_hypervisor(false);
	CHECK(!prctl(PR_SET_CHILD_SUBREAPER, 0));
	world_reset();
}

void test_lister(void)
{
	int fd[2];

	real_one();
	/* What is no such socket. */
	CHECK(lister_adopt(-1, again) == -EBADF && lister_fd() < 0);
	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, fd));
	CHECK(lister_adopt(fd[0], again) == -EINVAL && lister_fd() < 0);
	close(fd[0]);
	close(fd[1]);
}

void test_lister_wrong(void)
{
	enum manner how;

	for (how = 0; how < MANNERS; how++)
		one_manner(how);
	late_answer();
}
