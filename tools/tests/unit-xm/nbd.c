/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * qemu-nbd as a process of this test that has left its group and serves nothing, or serves: what does not become the
 * device of an image is ended, whatever xm came to.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "confine.h"
#include "device.h"
#include "holders.h"
#include "run.h"
#include "test.h"

static pid_t daemon_pid;
static bool connects, connected, ends;
static int run_rc;

/* ---- the machine: one nbd device ---- */

int access(const char *path, int mode)
{
	return !strcmp(path, "/sys/block/nbd0") || !strcmp(path, "/dev/nbd0") ? 0 : -1;
}

FILE *fopen(const char *path, const char *mode)
{
	static char size[] = "2048\n", pid[24];
	int fd;

	snprintf(pid, sizeof(pid), "%d\n", daemon_pid);
	if (!strcmp(path, "/sys/block/nbd0/size"))
		return fmemopen(size, connected ? strlen(size) : 2, "r");
	if (!strcmp(path, "/sys/block/nbd0/pid"))
		return connected ? fmemopen(pid, strlen(pid), "r") : NULL;
	fd = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? NULL : fdopen(fd, mode);
}

int unlink(const char *path)
{
	return 0;
}

/* It stands still unless something is to last too long. */
static int64_t now;
static bool time_goes;

int64_t xm_now_ms(void)
{
	if (time_goes && now < 100000)
		now += 10000;
	return now;
}

void xm_sleep_ms(unsigned int ms)
{
}

int confine(const void *arg)
{
	return 0;
}

bool process_stopped(long pid)
{
	return false;
}

bool run_find(const char *name)
{
	return true;
}

/* The process that xm started is gone when this comes back; the other one stays. */
int run_program(struct xm *xm, struct run *r, int timeout_ms)
{
	daemon_pid = fork();
	if (!daemon_pid) {
		setsid();
		if (r->prepare(r->arg) || ends)
			_exit(1);
		for (;;)
			pause();
	}
	snprintf(r->said, sizeof(r->said), "a word of warning");
	connected = connects;
	return run_rc;
}

/* ---- tests ---- */

/* The daemon was killed; it becomes a zombie a moment after its files are closed. */
static bool killed(void)
{
	int status;

	for (int i = 0; i < 1000; i++) {
		if (waitpid(daemon_pid, &status, WNOHANG) == daemon_pid)
			return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
		usleep(10000);
	}
	kill(daemon_pid, SIGKILL);
	waitpid(daemon_pid, &status, 0);
	return false;
}

static int attach(int rc, bool serves)
{
	const struct cfg_disk d = { .vdev = "xvda", .target = (char *)"/tmp/a", .format = FORMAT_QCOW2, .writable = true };
	unsigned int nbd;
	dev_t dev;

	run_rc = rc;
	connects = serves;
	connected = false;
	now = nr_fails = nr_warnings = 0;
	said[0] = '\0';
	return nbd_attach(NULL, &d, false, &nbd, &dev);
}

int main(void)
{
	int status;

	/* It serves the image: then it is left alone. */
	CHECK(!attach(0, true) && !waitpid(daemon_pid, &status, WNOHANG));
	CHECK(nbd_process(0) == daemon_pid);
	CHECK(!kill(daemon_pid, SIGKILL) && killed());

	/* It has gone into the background, and comes to its device too late, or when nobody wants it any more. */
	time_goes = true;
	CHECK(attach(0, false) == -ETIMEDOUT && strstr(said, "did not start within") && killed());
	time_goes = false;
	interrupted = -EINTR;
	CHECK(attach(0, false) == -EINTR && killed());
	interrupted = 0;

	/* The same before the process that xm started has ended. */
	CHECK(attach(-EINTR, false) == -EINTR && killed());
	CHECK(attach(-ETIMEDOUT, true) == -ETIMEDOUT && killed());

	/* It has said something, which counts as a failure. */
	CHECK(attach(-EIO, false) == -EIO && !strcmp(said, "disk xvda (/tmp/a): qemu-nbd: a word of warning") && killed());

	/* It has ended by itself. */
	ends = true;
	CHECK(attach(0, false) == -EIO && strstr(said, "ended before it served the image") && !nr_warnings);
	CHECK(waitpid(daemon_pid, &status, 0) == daemon_pid && WIFEXITED(status));
	return test_end();
}
