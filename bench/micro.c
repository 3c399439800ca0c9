/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Micro-benchmark of what a kernel's user space asks for: system calls, signals, mappings, faults, switches,
 * processes.
 *
 * Run under `-icount shift=0` one TSC tick is one instruction, so results are instructions. Each row runs
 * in BATCHES batches and reports the middle one per operation; timer ticks fall into few batches and do not
 * count.
 *
 *	micro			all rows, one line each: ROW <name>|<ticks per operation>
 *	micro --time CMD...	runs a command, prints TIME <ticks>|<status>
 *	micro --tsc		prints TSC <ticks>|<nanoseconds of uptime>
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BATCHES 15
#define PAGE 4096UL
#define TOUCHED (8UL << 20)
#define ANCHOR ((void *)0x10000000000UL)
#define LONELY ((void *)0x10010000000UL)

struct row {
	const char *name;
	unsigned int iterations;			/* operations per batch */
	void (*setup)(void);
	uint64_t (*batch)(unsigned int iterations);	/* ticks of a batch */
	void (*finish)(void);
};

static const char *self;
static char *area;			/* scratch mapping of the present row */
static int to_peer[2], from_peer[2];	/* descriptors to and from the partner process */
static pid_t partner;

static uint64_t ticks(void)
{
	uint32_t low, high;

	asm volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

static void must(int good, const char *what)
{
	if (good)
		return;
	printf("micro: %s: %s\n", what, strerror(errno));
	exit(1);
}

static char *map(size_t size)
{
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(p != MAP_FAILED, "mmap");
	madvise(p, size, MADV_NOHUGEPAGE);
	return p;
}

static void touch(char *p, size_t size)
{
	for (size_t i = 0; i < size; i += PAGE)
		*(volatile char *)(p + i) = 1;
}

static uint64_t batch_null(unsigned int n)
{
	uint64_t start = ticks();

	while (n--)
		syscall(SYS_getppid);
	return ticks() - start;
}

static void on_signal(int sig)
{
}

static void setup_signal(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	must(!sigaction(SIGUSR1, &action, NULL), "sigaction");
}

static uint64_t batch_signal(unsigned int n)
{
	pid_t me = getpid();
	uint64_t start = ticks();

	while (n--)
		kill(me, SIGUSR1);
	return ticks() - start;
}

/*
 * Read faults: the zero page is mapped, so that clearing memory does not hide the cost of page-table updates.
 * The mapping has its lowest page table to itself, so that one is made and torn down each time; the anchor
 * keeps those above it.
 */
static void setup_map(void)
{
	area = mmap(ANCHOR, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(area == ANCHOR, "mmap");
	touch(area, PAGE);
}

static void finish_page(void)
{
	munmap(area, PAGE);
}

static uint64_t batch_map(unsigned int n)
{
	uint64_t start = ticks();

	while (n--) {
		char *p = mmap(LONELY, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		must(p == LONELY, "mmap");
		for (size_t i = 0; i < 16 * PAGE; i += PAGE)
			(void)*(volatile char *)(p + i);
		munmap(p, 16 * PAGE);
	}
	return ticks() - start;
}

static uint64_t batch_first_touch(unsigned int n)
{
	char *p = map(n * PAGE);
	uint64_t start = ticks();

	touch(p, n * PAGE);
	start = ticks() - start;
	munmap(p, n * PAGE);
	return start;
}

static uint64_t batch_unmap(unsigned int n)
{
	char *p = map(n * PAGE);
	uint64_t start;

	touch(p, n * PAGE);
	start = ticks();
	munmap(p, n * PAGE);
	return ticks() - start;
}

static void on_segv(int sig, siginfo_t *info, void *context)
{
	char *page = (char *)((uintptr_t)info->si_addr & ~(PAGE - 1));

	must(!mprotect(page, PAGE, PROT_READ | PROT_WRITE), "mprotect");
}

static void setup_protect(void)
{
	struct sigaction action = { .sa_sigaction = on_segv, .sa_flags = SA_SIGINFO };

	must(!sigaction(SIGSEGV, &action, NULL), "sigaction");
	area = map(PAGE);
	touch(area, PAGE);
}

static uint64_t batch_protect(unsigned int n)
{
	uint64_t start = ticks();

	while (n--) {
		mprotect(area, PAGE, PROT_READ);
		*(volatile char *)area = 2;
	}
	return ticks() - start;
}

static void finish_protect(void)
{
	signal(SIGSEGV, SIG_DFL);
	finish_page();
}

/* The partner sends back each byte it gets, until its end of the channel closes. */
static void start_partner(void)
{
	char byte;

	partner = fork();
	must(partner >= 0, "fork");
	if (partner)
		return;
	close(to_peer[1]);
	while (read(to_peer[0], &byte, 1) == 1 && write(from_peer[1], &byte, 1) == 1)
		continue;
	_exit(0);
}

static void setup_pipe(void)
{
	must(!pipe(to_peer) && !pipe(from_peer), "pipe");
	start_partner();
}

static void setup_socket(void)
{
	int pair[2], back[2];

	must(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
	must(!socketpair(AF_UNIX, SOCK_STREAM, 0, back), "socketpair");
	memcpy(to_peer, pair, sizeof(pair));
	memcpy(from_peer, back, sizeof(back));
	start_partner();
}

static uint64_t batch_round_trip(unsigned int n)
{
	uint64_t start = ticks();
	char byte = 0;

	while (n--)
		must(write(to_peer[1], &byte, 1) == 1 && read(from_peer[0], &byte, 1) == 1, "trip");
	return ticks() - start;
}

static void finish_partner(void)
{
	kill(partner, SIGKILL);
	waitpid(partner, NULL, 0);
	for (int i = 0; i < 2; i++) {
		close(to_peer[i]);
		close(from_peer[i]);
	}
}

static uint64_t batch_fork(unsigned int n)
{
	uint64_t start = ticks();

	while (n--) {
		pid_t child = fork();

		must(child >= 0, "fork");
		if (!child)
			_exit(0);
		waitpid(child, NULL, 0);
	}
	return ticks() - start;
}

static uint64_t batch_exec(unsigned int n)
{
	uint64_t start = ticks();

	while (n--) {
		pid_t child = fork();

		must(child >= 0, "fork");
		if (!child) {
			execl(self, self, "--exit", NULL);
			_exit(1);
		}
		waitpid(child, NULL, 0);
	}
	return ticks() - start;
}

static void setup_touched(void)
{
	area = map(TOUCHED);
	touch(area, TOUCHED);
}

static void finish_touched(void)
{
	munmap(area, TOUCHED);
}

/* The child times its own first writes to pages that it shares with its parent. */
static uint64_t batch_cow(unsigned int n)
{
	uint64_t result = 0;
	int channel[2];
	pid_t child;

	must(!pipe(channel), "pipe");
	child = fork();
	must(child >= 0, "fork");
	if (!child) {
		uint64_t start = ticks();

		touch(area, n * PAGE);
		start = ticks() - start;
		_exit(write(channel[1], &start, sizeof(start)) != sizeof(start));
	}
	must(read(channel[0], &result, sizeof(result)) == sizeof(result), "read");
	waitpid(child, NULL, 0);
	close(channel[0]);
	close(channel[1]);
	return result;
}

static uint64_t batch_nanosleep(unsigned int n)
{
	struct timespec micro = { .tv_nsec = 1000 };
	uint64_t start = ticks();

	while (n--)
		nanosleep(&micro, NULL);
	return ticks() - start;
}

static const struct row rows[] = {
	{ "null system call", 1000, NULL, batch_null, NULL },
	{ "signal delivery", 200, setup_signal, batch_signal, NULL },
	{ "map 64 KB, touch, unmap", 40, setup_map, batch_map, finish_page },
	{ "first touch of a page", 128, NULL, batch_first_touch, NULL },
	{ "unmap, per page", 128, NULL, batch_unmap, NULL },
	{ "write fault + mprotect", 100, setup_protect, batch_protect, finish_protect },
	{ "pipe round trip (2 switches)", 100, setup_pipe, batch_round_trip, finish_partner },
	{ "UNIX socket round trip", 100, setup_socket, batch_round_trip, finish_partner },
	{ "fork + exit + wait", 10, NULL, batch_fork, NULL },
	{ "fork + exec + wait", 10, NULL, batch_exec, NULL },
	{ "fork with 8 MB touched", 4, setup_touched, batch_fork, finish_touched },
	{ "copy-on-write fault", 128, setup_touched, batch_cow, finish_touched },
	{ "nanosleep(1 us)", 50, NULL, batch_nanosleep, NULL },
};

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void run_row(const struct row *row)
{
	uint64_t results[BATCHES];

	fflush(stdout);
	if (row->setup)
		row->setup();
	row->batch(row->iterations);
	for (int i = 0; i < BATCHES; i++)
		results[i] = row->batch(row->iterations);
	if (row->finish)
		row->finish();
	qsort(results, BATCHES, sizeof(results[0]), ascending);
	printf("ROW %s|%llu\n", row->name, (unsigned long long)(results[BATCHES / 2] / row->iterations));
}

static int time_command(char **argv)
{
	uint64_t start = ticks();
	pid_t child = fork();
	int status = 0;

	must(child >= 0, "fork");
	if (!child) {
		execvp(argv[0], argv);
		_exit(127);
	}
	waitpid(child, &status, 0);
	start = ticks() - start;
	printf("TIME %llu|%d\n", (unsigned long long)start, WEXITSTATUS(status));
	return WEXITSTATUS(status);
}

static int print_tsc(void)
{
	struct timespec now;
	uint64_t tsc = ticks();

	must(!clock_gettime(CLOCK_MONOTONIC, &now), "clock_gettime");
	printf("TSC %llu|%llu\n", (unsigned long long)tsc, now.tv_sec * 1000000000ULL + now.tv_nsec);
	return 0;
}

int main(int argc, char **argv)
{
	self = "/proc/self/exe";
	if (argc > 1 && !strcmp(argv[1], "--exit"))
		return 0;
	if (argc > 2 && !strcmp(argv[1], "--time"))
		return time_command(argv + 2);
	if (argc > 1 && !strcmp(argv[1], "--tsc"))
		return print_tsc();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		run_row(&rows[i]);
	return 0;
}
