// SPDX-License-Identifier: GPL-2.0-only
/* Live update and the state file. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "conn.h"
#include "domain.h"
#include "guest.h"
#include "lister.h"
#include "log.h"
#include "quota.h"
#include "socket.h"
#include "state.h"
#include "update.h"

/* What is newer than this is lost when the daemon is killed. */
#define SAVE_MS		200
/* Writing the file takes at most one part in so many of the daemon's time. */
#define SAVE_SHARE	50
/* How often a rehearsal is looked at that says nothing and does not end. */
#define LOOK_MS		5
#define MAX_ARGS	64

extern char **environ;

unsigned int update_check_ms = 10000;

static char **start_args;
static char own_path[4096], new_path[4096];
static const char *file;
static uint32_t exc_port, confined;
static bool wanted;
static unsigned long saved_changes;
static int64_t next_save_ms;
static int save_error;

void update_init(char **argv, const char *state_file)
{
	ssize_t n = readlink("/proc/self/exe", own_path, sizeof(own_path) - 1);

	own_path[n > 0 ? n : 0] = '\0';
	start_args = argv;
	file = state_file;
}

void update_set_exc_port(uint32_t port)
{
	exc_port = port;
}

void update_set_confined(uint32_t level)
{
	confined = level;
}

/* ---- the state in a descriptor ---- */

static int write_state(int fd, bool handover)
{
	struct state_links links = { .handover = handover, .listener = -1, .evtchn = -1, .lister = -1 };
	struct pack p = { .fd = fd };
	int r;

	if (handover) {
		links.listener = socket_listener();
		links.evtchn = exc_port ? guest_fd() : -1;
		links.exc_port = exc_port;
		links.lister = lister_fd();
		links.confined = confined;
	}
	r = state_write(&p, &links);
	pack_free(&p);
	return r;
}

/* A file in memory with the state in it, open over exec. */
static int state_in_memory(void)
{
	int fd = memfd_create("xenstored state", 0), r;

	if (fd < 0)
		return -errno;
	r = write_state(fd, true);
	if (!r)
		return fd;
	close(fd);
	return r;
}

static int map_state(int fd, const void **data, size_t *len)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st))
		return -errno;
	if (st.st_size <= 0)
		return -EINVAL;
	p = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return -errno;
	/* The lister, should it be forked now, would hold it for ever. */
	madvise(p, st.st_size, MADV_DONTFORK);
	*data = p;
	*len = st.st_size;
	return 0;
}

/* Reads it without effect on anything outside, and forgets it again. */
static int rehearse(const void *data, size_t len, char why[100])
{
	struct quota_limits keep = quota;
	struct state_links links;
	int r = state_discard(), forgotten;

	if (r)
		return r;
	snprintf(why, 100, "no head of a state of this version and boot");
	r = state_links(data, len, &links);
	if (!r)
		r = state_read(data, len, STATE_CHECK, why);
	forgotten = state_discard();
	quota = keep;
	return r ? r : forgotten;
}

/* ---- asking the new program ---- */

/* What there is to read now goes behind what is in @why, as far as that has room. False: no more will come. */
static bool hear(int said, char *why, size_t size)
{
	size_t have = strlen(why);
	char more[512];
	ssize_t n = read(said, more, sizeof(more));

	if (n <= 0)
		return n < 0 && errno == EINTR;
	if ((size_t)n > size - 1 - have)
		n = size - 1 - have;
	memcpy(why + have, more, n);
	why[have + n] = '\0';
	return true;
}

/*
 * Listens until the program has ended, or its time is up: one that talks and hangs, that keeps silent, or that left
 * the pipe to others, holds up the store no longer than that. False: it had to be killed.
 */
static bool hear_out(pid_t pid, int said, char *why, size_t size, int *status)
{
	struct pollfd pfd = { .fd = said, .events = POLLIN };
	int64_t end = clock_ms() + update_check_ms;
	pid_t ended = 0;

	*why = '\0';
	while (!ended && clock_ms() < end) {
		if (poll(&pfd, 1, LOOK_MS) > 0 && !hear(said, why, size))
			pfd.fd = -1;
		ended = waitpid(pid, status, WNOHANG);
	}
	if (!ended) {
		kill(pid, SIGKILL);
		waitpid(pid, status, 0);
	}
	while (poll(&pfd, 1, 0) > 0 && hear(said, why, size) && strlen(why) < size - 1)
		;
	return ended == pid;
}

/* Waits for the verdict, and what was said about it. */
static bool verdict(pid_t pid, int said, char *why, size_t size)
{
	int status = -1;
	bool ended = hear_out(pid, said, why, size, &status);

	why[strcspn(why, "\n")] = '\0';
	if (!ended)
		snprintf(why, size, "no answer in %u s", update_check_ms / 1000);
	else if (!*why && WIFSIGNALED(status))
		snprintf(why, size, "it was killed by signal %d", WTERMSIG(status));
	else if (!*why)
		snprintf(why, size, "it ended with status %d", WEXITSTATUS(status));
	return ended && WIFEXITED(status) && !WEXITSTATUS(status);
}

static int spawn_check(const char *program, int state, int say, pid_t *pid)
{
	char arg[40];
	char *args[] = { (char *)program, arg, NULL };
	posix_spawn_file_actions_t act;
	int r;

	snprintf(arg, sizeof(arg), "--" UPDATE_CHECK "=%d", state);
	if (posix_spawn_file_actions_init(&act))
		return -ENOMEM;
	r = posix_spawn_file_actions_adddup2(&act, say, STDERR_FILENO);
	if (!r)
		r = posix_spawn(pid, program, &act, NULL, args, environ);
	posix_spawn_file_actions_destroy(&act);
	return -r;
}

static bool try_out(const char *program, char *why, size_t size)
{
	int state = state_in_memory(), fd[2], r;
	bool good = false;
	pid_t pid;

	snprintf(why, size, "no memory for the state");
	if (state < 0)
		return false;
	if (!pipe2(fd, O_CLOEXEC)) {
		r = spawn_check(program, state, fd[1], &pid);
		close(fd[1]);
		if (r)
			snprintf(why, size, "it cannot be run: %s%s", strerror(-r),
				 r == -EACCES ? " (no program, or not below /usr or /opt)" : "");
		else
			good = verdict(pid, fd[0], why, size);
		close(fd[0]);
	}
	close(state);
	return good;
}

void update_request(const char *program, char *text, size_t size)
{
	char why[200];

	snprintf(new_path, sizeof(new_path), "%s", program ? program : own_path);
	if (*new_path != '/') {
		snprintf(text, size, "refused: give the whole path of the program");
		return;
	}
	wanted = try_out(new_path, why, sizeof(why));
	if (wanted)
		snprintf(text, size, "OK");
	else
		snprintf(text, size, "refused by %.200s: %s", new_path, why);
	log_line("live update: %.200s: %s", new_path, wanted ? "has read the state" : why);
}

/* ---- becoming it ---- */

static void over_exec(int fd, bool open)
{
	if (fd >= 0)
		fcntl(fd, F_SETFD, open ? 0 : FD_CLOEXEC);
}

/* Which descriptors the new program finds. */
static void keep_open(bool open)
{
	struct list *l;

	over_exec(socket_listener(), open);
	if (exc_port)
		over_exec(guest_fd(), open);
	over_exec(lister_fd(), open);
	list_for_each(l, &conn_all)
		over_exec(socket_conn_fd(list_entry(l, struct conn, link)), open);
}

/* The arguments we were started with, without those of an earlier update. */
static void build_args(char **args, char *arg)
{
	unsigned int i, n = 0;

	args[n++] = new_path;
	for (i = 1; *start_args && start_args[i] && n < MAX_ARGS - 2; i++)
		if (strncmp(start_args[i], "--" UPDATE_TAKE_OVER, sizeof("--" UPDATE_TAKE_OVER) - 1))
			args[n++] = start_args[i];
	args[n++] = arg;
	args[n] = NULL;
}

void update_run(void)
{
	char *args[MAX_ARGS], arg[40];
	int fd;

	if (!wanted)
		return;
	wanted = false;
	fd = state_in_memory();
	if (fd < 0) {
		log_line("live update: the state cannot be written: %s; going on", strerror(-fd));
		return;
	}
	snprintf(arg, sizeof(arg), "--" UPDATE_TAKE_OVER "=%d", fd);
	build_args(args, arg);
	/* Should it die at once, its successor has all but the connections of programs. */
	update_save();
	keep_open(true);
	execv(new_path, args);
	log_line("live update: %s: %s; going on", new_path, strerror(errno));
	keep_open(false);
	close(fd);
}

int update_check(int fd)
{
	const void *data;
	char why[100];
	size_t len;
	int r = map_state(fd, &data, &len);

	snprintf(why, sizeof(why), "cannot map the state: %s", strerror(-r));
	if (!r)
		r = rehearse(data, len, why);
	if (r)
		fprintf(stderr, "%s\n", why);
	return r ? 1 : 0;
}

int update_take_over(int fd, struct state_links *links, int (*connect)(const struct state_links *links))
{
	char why[100] = "";
	const void *data;
	size_t len;
	int r = map_state(fd, &data, &len);

	close(fd);
	if (!r)
		r = state_links(data, len, links);
	if (!r && !links->handover)
		r = -EINVAL;
	if (!r && links->exc_port)
		r = connect(links);
	if (!r)
		r = socket_adopt_listener(links->listener);
	if (!r) {
		over_exec(links->listener, false);
		over_exec(links->evtchn, false);
		r = state_read(data, len, STATE_HANDOVER, why);
	}
	if (r)
		log_line("live update: the state cannot be taken over: %s (%s)", strerror(-r), why);
	return r;
}

/* ---- the state file ---- */

static int recover_from(const void *data, size_t len)
{
	char why[100];
	int r = rehearse(data, len, why);

	if (r) {
		log_line("%s is of no use: %s; beginning with an empty store", file, why);
		return 0;
	}
	r = state_read(data, len, STATE_COLD, why);
	if (r)
		log_line("%s: %s", file, why);
	else
		log_line("going on with the state of %s: %u domains", file, domain_count());
	return r;
}

int update_recover(void)
{
	const void *data;
	size_t len;
	int fd = file ? open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1, r;

	if (fd < 0)
		return 0;
	r = map_state(fd, &data, &len);
	close(fd);
	if (r) {
		log_line("%s cannot be read: %s", file, strerror(-r));
		return 0;
	}
	r = recover_from(data, len);
	munmap((void *)data, len);
	return r;
}

static int save_to(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600), r;

	if (fd < 0)
		return -errno;
	r = write_state(fd, false);
	close(fd);
	return r;
}

/* A full disk is told once, not every second. */
static void tell(int r)
{
	if (r && r != save_error)
		log_line("%s: %s: a restart after a crash will begin with an older state", file, strerror(-r));
	save_error = r;
}

void update_save(void)
{
	int64_t begin = clock_ms(), took;
	char fresh[4096];
	int r;

	if (!file || state_changes() == saved_changes)
		return;
	saved_changes = state_changes();
	snprintf(fresh, sizeof(fresh), "%s.new", file);
	r = save_to(fresh);
	if (!r && rename(fresh, file))
		r = -errno;
	if (r)
		unlink(fresh);
	tell(r);
	took = clock_ms() - begin;
	next_save_ms = begin + (took * SAVE_SHARE > SAVE_MS ? took * SAVE_SHARE : SAVE_MS);
}

int update_tick(void)
{
	int64_t due = next_save_ms - clock_ms();

	if (!file || state_changes() == saved_changes)
		return -1;
	if (due > 0)
		return due;
	update_save();
	return -1;
}
