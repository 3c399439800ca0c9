/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * qcow2 images: one qemu-nbd for each makes it a block device (/dev/nbdN) for blkback.
 *
 * qemu-nbd is told the format and that there is no backing file, and Landlock keeps it from opening any file but the
 * image, so that an image's header cannot reach other files of this machine. It ends when it is disconnected.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <linux/nbd.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "confine.h"
#include "device.h"
#include "holders.h"
#include "run.h"

#define NBD_MAJOR	43
#define START_MS	60000		/* a machine may be very busy */
#define END_MS		30000
#define NBD_MAX		1024
#define MAX_ENDED	8		/* devices tried in vain */

static bool nbd_exists(unsigned int n)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/block/nbd%u", n);
	return !access(path, F_OK);
}

/* The thread that serves the device; 0: none does, it is free. */
static long nbd_server(unsigned int n)
{
	char path[64];
	long pid = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/block/nbd%u/pid", n);
	f = fopen(path, "r");
	if (f && fscanf(f, "%ld", &pid) != 1)
		pid = 0;
	if (f)
		fclose(f);
	return pid;
}

/*
 * qemu-nbd comes back before its thread has given the device to the kernel, which may refuse: then it ends, and tells nobody.
 * @alive: a pipe whose other end it has. 0: the device is in use, and has a size; -EAGAIN: it has ended; -ETIMEDOUT, -EINTR (said).
 */
static int wait_size(struct xm *xm, unsigned int n, int alive)
{
	struct pollfd other = { .fd = alive };
	int64_t end = xm_now_ms() + START_MS;
	unsigned long long sectors = 0;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/block/nbd%u/size", n);
	for (;;) {
		f = fopen(path, "re");
		if (f && fscanf(f, "%llu", &sectors) != 1)
			sectors = 0;
		if (f)
			fclose(f);
		if (poll(&other, 1, 2) > 0)
			return -EAGAIN;
		if (sectors && nbd_server(n))
			return 0;
		if (xm_interrupted(xm))
			return -EINTR;
		if (xm_now_ms() > end)
			return -ETIMEDOUT;
	}
}

/* Without partitions: what a guest writes into its partition table is nothing that this kernel should read. */
static void load_module(struct xm *xm)
{
	static const char *const argv[] = { "modprobe", "-q", "nbd", "max_part=0", "nbds_max=64", NULL };
	struct run r = { .argv = argv };

	if (run_find("modprobe"))
		run_program(xm, &r, START_MS);
}

int nbd_check(struct xm *xm)
{
	if (!run_find("qemu-nbd"))
		return xm_fail(xm, -ENOENT,
			       "a qcow2 disk needs the program qemu-nbd; install the package qemu-utils");
	if (!nbd_exists(0))
		load_module(xm);
	if (!nbd_exists(0))
		return xm_fail(xm, -ENODEV, "a qcow2 disk needs the kernel's module nbd, and it cannot be loaded; try "
			       "'modprobe nbd max_part=0'");
	return 0;
}

/* All that qemu-nbd is to know of the image. Nothing is left to be guessed from its contents. */
static char *describe(const struct cfg_disk *d, bool block)
{
	json_t *o = json_pack("{s:s, s:b, s:s, s:n, s:{s:s, s:s}}", "driver", "qcow2", "read-only", !d->writable,
			      "discard", "unmap", "backing", "file", "driver", block ? "host_device" : "file",
			      "filename", d->target);
	char *json = o ? json_dumps(o, JSON_COMPACT) : NULL, *text = NULL;

	if (json && asprintf(&text, "json:%s", json) < 0)
		text = NULL;
	free(json);
	json_decref(o);
	return text;
}

static void node_name(unsigned int n, char buf[32])
{
	snprintf(buf, 32, "/dev/nbd%u", n);
	if (access(buf, F_OK))
		mknod(buf, S_IFBLK | 0600, makedev(NBD_MAJOR, n));
}

/* What qemu-nbd said, without the description of the image that it repeats. */
static const char *reason(const char *said)
{
	const char *behind = strstr(said, "}': ");

	return behind ? behind + 4 : said;
}

struct child {
	struct confine limits;
	int alive;
};

static int prepare(const void *arg)
{
	const struct child *c = arg;

	return fcntl(c->alive, F_SETFD, 0) ? -errno : confine(&c->limits);
}

/*
 * It failed, or came too late. It may have left its group of processes, and not have come to its device yet, but it has the
 * other end of @alive. Nobody has used it, so nothing is lost.
 */
static void end_starting(struct xm *xm, const struct cfg_disk *d, int alive)
{
	struct pollfd other = { .fd = alive };
	int64_t end = xm_now_ms() + END_MS;

	for (; poll(&other, 1, 10) <= 0; file_kill_users(alive)) {
		if (xm_now_ms() > end) {
			xm_warn(xm, "disk %s (%s): a qemu-nbd that was to serve it does not end, and keeps the image", d->vdev,
				d->target);
			return;
		}
	}
}

/* -EBUSY: someone else has just taken this device; -EAGAIN: qemu-nbd could not have it, or not serve it. */
static int serve(struct xm *xm, const struct cfg_disk *d, const char *image, unsigned int n)
{
	char node[32], connect[48], socket[64];
	const char *const argv[] = {
		"qemu-nbd", "--fork", connect, "--socket", socket, d->writable ? image : "--read-only",
		d->writable ? NULL : image, NULL,
	};
	struct child c = { { { d->target, node }, d->writable, XM_RUN_DIR }, -1 };
	char who[80];
	struct run r = { .argv = argv, .daemon = true, .first = true, .prepare = prepare, .arg = &c };
	int rc, alive[2];

	if (pipe2(alive, O_CLOEXEC))
		return xm_fail(xm, -errno, "pipe: %s", strerror(errno));
	c.alive = alive[1];
	node_name(n, node);
	snprintf(connect, sizeof(connect), "--connect=%s", node);
	snprintf(socket, sizeof(socket), XM_RUN_DIR "/xm-nbd-%u.socket", n);
	rc = run_program(xm, &r, START_MS);
	close(alive[1]);
	if (!rc)
		rc = wait_size(xm, n, alive[0]);
	if (rc)
		end_starting(xm, d, alive[0]);
	close(alive[0]);
	/* Not before: its thread connects to that itself. */
	unlink(socket);
	if (rc == -EIO && nbd_server(n))
		return -EBUSY;
	if (rc == -EIO && strstr(reason(r.said), "lock")) {
		file_user(d->target, who, sizeof(who));
		return xm_fail(xm, -ETXTBSY, "disk %s (%s): in use by the control domain: %s has it open", d->vdev,
			       d->target, who);
	}
	if (rc == -EIO)
		return xm_fail(xm, rc, "disk %s (%s): qemu-nbd: %s", d->vdev, d->target, reason(r.said));
	if (rc == -ETIMEDOUT)
		return xm_fail(xm, rc, "disk %s (%s): qemu-nbd did not start within %d s", d->vdev, d->target,
			       START_MS / 1000);
	return rc;
}

int nbd_attach(struct xm *xm, const struct cfg_disk *d, bool block, unsigned int *nbd, dev_t *dev)
{
	char *image = describe(d, block);
	int rc = image ? -EBUSY : -ENOMEM;
	unsigned int n, ended = 0;

	for (n = 0; (rc == -EBUSY || rc == -EAGAIN) && n < NBD_MAX && nbd_exists(n) && ended < MAX_ENDED; n++) {
		if (nbd_server(n))
			continue;
		rc = serve(xm, d, image, n);
		ended += rc == -EAGAIN;
		*nbd = n;
	}
	free(image);
	if (ended && (rc == -EBUSY || rc == -EAGAIN))
		return xm_fail(xm, -EIO, "disk %s (%s): qemu-nbd ended before it served the image; 'dmesg' may say why",
			       d->vdev, d->target);
	if (rc == -EBUSY)
		return xm_fail(xm, rc, "disk %s (%s): all %u nbd devices are in use; the module nbd takes "
			       "nbds_max=NUMBER", d->vdev, d->target, n);
	if (rc == -ENOMEM)
		return xm_fail(xm, rc, "out of memory");
	*dev = makedev(NBD_MAJOR, *nbd);
	return rc;
}

static bool thread_lives(long tid)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%ld", tid);
	return !access(path, F_OK);
}

/* The process that a thread belongs to. */
static long process_of(long tid)
{
	char path[48], line[128];
	long pid = tid;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/status", tid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "Tgid: %ld", &pid) == 1)
			break;
	if (f)
		fclose(f);
	return pid;
}

long nbd_process(unsigned int nbd)
{
	long tid = nbd_server(nbd);

	return tid ? process_of(tid) : 0;
}

void nbd_wake(struct xm *xm, unsigned int nbd)
{
	long pid = nbd_process(nbd);

	if (pid && process_stopped(pid) && !kill(pid, SIGCONT))
		xm_warn(xm, "qemu-nbd (process %ld) of /dev/nbd%u was stopped; it goes on now, to end", pid, nbd);
}

void nbd_detach(struct xm *xm, unsigned int nbd)
{
	int64_t end = xm_now_ms() + END_MS;
	long pid = nbd_server(nbd);
	char node[32];
	int fd;

	if (!pid)
		return;
	pid = process_of(pid);
	node_name(nbd, node);
	fd = open(node, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, NBD_DISCONNECT) || ioctl(fd, NBD_CLEAR_SOCK))
		xm_warn(xm, "%s cannot be disconnected: %s", node, strerror(errno));
	if (fd >= 0)
		close(fd);
	while (thread_lives(pid)) {
		if (xm_now_ms() > end) {
			xm_warn(xm, "qemu-nbd (process %ld) of %s does not end; 'kill -9 %ld' ends it, and what it "
				"has not written is lost", pid, node, pid);
			return;
		}
		xm_sleep_ms(10);
	}
}
