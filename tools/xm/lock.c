/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Locks between processes of xm: flock on files in XM_RUN_DIR, so each goes with its holder, however that ends. Which
 * one protects what: guest.h, docs/xm.md. Each wait is bounded, says what it is for, and ends with a signal.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "guest.h"

#define TELL_MS			5000	/* then the person is told */
#define NAMES_TIMEOUT_MS	60000
#define RESTART_TIMEOUT_MS	600000	/* a guest that is to run again must not be lost to a crowd */
#define MEMORY_TIMEOUT_MS	600000	/* others may be waiting for much memory */
#define IMAGES_TIMEOUT_MS	600000	/* each may have to start a program */

/* How long, and what for. */
struct patience {
	int timeout_ms;
	unsigned int signals;	/* one more than these, and it ends */
	const char *what;	/* or NULL */
};

/* A descriptor; -EAGAIN: another one has it. @create: O_CREAT or 0. */
static int try_lock(const char *path, int create)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | create, 0600);
	struct stat ours, now;

	if (fd < 0)
		return -errno;
	/* Its former owner may have removed the file meanwhile. */
	if (!flock(fd, LOCK_EX | LOCK_NB) && !fstat(fd, &ours) && !stat(path, &now) && ours.st_ino == now.st_ino)
		return fd;
	close(fd);
	return -EAGAIN;
}

/* A descriptor; -ETIMEDOUT, -EINTR: not told yet. */
static int lock_file(struct xm *xm, const char *path, const struct patience *p)
{
	int64_t start = xm_now_ms();
	bool told = !p->what;
	int fd;

	mkdir(XM_RUN_DIR, 0755);
	while ((fd = try_lock(path, O_CREAT)) == -EAGAIN) {
		if (xm_signals() > p->signals)
			return -EINTR;
		if (xm_now_ms() >= start + p->timeout_ms)
			return -ETIMEDOUT;
		if (!told && xm_now_ms() >= start + TELL_MS) {
			xm_fail(xm, 0, "waiting for %s (%s)", p->what, path);
			told = true;
		}
		xm_nap(start);
	}
	return fd < 0 ? xm_fail(xm, fd, "%s: %s", path, strerror(-fd)) : fd;
}

static void unlock(const char *path, int fd)
{
	if (fd < 0)
		return;
	unlink(path);
	close(fd);
}

/* ---- a domain's ---- */

static void guest_path(uint16_t domid, char buf[64])
{
	snprintf(buf, 64, XM_RUN_DIR "/xm-%u.lock", domid);
}

int guest_lock(struct xm *xm, uint16_t domid, int timeout_ms, const char *what)
{
	/* A signal that has come already may be why the domain is to go. */
	const struct patience p = { timeout_ms, xm_signals(), what };
	char path[64];

	guest_path(domid, path);
	return lock_file(xm, path, &p);
}

bool guest_is_locked(uint16_t domid)
{
	char path[64];
	bool locked;
	int fd;

	guest_path(domid, path);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return false;
	locked = flock(fd, LOCK_SH | LOCK_NB) != 0;
	close(fd);
	return locked;
}

void guest_unlock(uint16_t domid, int fd)
{
	char path[64];

	guest_path(domid, path);
	unlock(path, fd);
}

/* ---- of all ---- */

/* @what: is waited for; @busy: what has lasted too long. */
static int shared_lock(struct xm *xm, const char *path, int timeout_ms, const char *what, const char *busy)
{
	const struct patience p = { .timeout_ms = timeout_ms, .what = what };
	int fd = lock_file(xm, path, &p);

	if (fd == -ETIMEDOUT)
		xm_fail(xm, fd, "%s for %d s (%s)", busy, timeout_ms / 1000, path);
	return fd == -EINTR ? xm_interrupted(xm) : fd;
}

int names_lock(struct xm *xm)
{
	return shared_lock(xm, XM_RUN_DIR "/xm-names.lock", xm->in_monitor ? RESTART_TIMEOUT_MS : NAMES_TIMEOUT_MS,
			   "another xm that gives a guest its name", "another xm has been busy");
}

int memory_lock(struct xm *xm)
{
	return shared_lock(xm, XM_RUN_DIR "/xm-memory.lock", MEMORY_TIMEOUT_MS, "others that need memory",
			   "others have been waiting for memory");
}

int images_lock(struct xm *xm)
{
	return shared_lock(xm, XM_RUN_DIR "/xm-images.lock", IMAGES_TIMEOUT_MS, "another xm that adds a disk or card",
			   "others have been adding disks and cards");
}

/* ---- a name's, between two lives ---- */

#define LIFE_PATH_MAX	(CFG_NAME_MAX + 32)

static void life_path(const char *name, char buf[LIFE_PATH_MAX])
{
	snprintf(buf, LIFE_PATH_MAX, XM_RUN_DIR "/xm-life-%s.lock", name);
}

int name_keep(struct xm *xm, const char *name)
{
	const struct patience p = { .timeout_ms = LOCK_SOON_MS };
	char path[LIFE_PATH_MAX];
	int fd;

	life_path(name, path);
	fd = lock_file(xm, path, &p);
	return fd == -ETIMEDOUT ? xm_fail(xm, fd, "%s: it is held by another", path) : fd;
}

void name_release(const char *name, int fd)
{
	char path[LIFE_PATH_MAX];

	life_path(name, path);
	unlock(path, fd);
}

bool name_is_kept(const char *name)
{
	char path[LIFE_PATH_MAX];
	int fd;

	life_path(name, path);
	fd = try_lock(path, 0);
	/* Left by a monitor that was killed. */
	unlock(path, fd);
	return fd == -EAGAIN;
}
