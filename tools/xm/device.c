/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all kinds of devices have in common.
 *
 * A backend of Linux is made by its store entry and unmade when the frontend's entry vanishes while
 * "online" is 0; so removal always works, also for guests that are dead.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include "device.h"
#include "guest.h"

#define PUBLISH_TRIES	50
#define AGAIN_MS	1000

void device_front_path(const struct device *d, device_path_t path)
{
	snprintf(path, XM_PATH_MAX, "/local/domain/%u/device/%s/%u", d->domid, d->kind, d->devid);
}

void device_back_path(const struct device *d, device_path_t path)
{
	snprintf(path, XM_PATH_MAX, "/local/domain/0/backend/%s/%u/%u", d->kind, d->domid, d->devid);
}

static bool write_pairs(struct xm *xm, xs_transaction_t t, const char *dir, const struct pair *p)
{
	for (; p->key; p++)
		if (!xm_xs_write(xm, t, p->value, "%s/%s", dir, p->key))
			return false;
	return true;
}

/* What either end says of the other. */
static bool write_ends(struct xm *xm, xs_transaction_t t, const struct device *d, const char *front,
		       const char *back)
{
	char domid[8];
	const struct pair f[] = {
		{ "backend", back }, { "backend-id", "0" }, { "state", "1" }, { .key = NULL },
	};
	const struct pair b[] = {
		{ "frontend", front }, { "frontend-id", domid }, { "online", "1" }, { "state", "1" },
		{ .key = NULL },
	};

	snprintf(domid, sizeof(domid), "%u", d->domid);
	return xm_xs_mkdir(xm, t, front, d->domid, 0) && xm_xs_mkdir(xm, t, back, 0, d->domid) &&
	       write_pairs(xm, t, front, f) && write_pairs(xm, t, back, b);
}

int device_publish(struct xm *xm, const struct device *d, const struct pair *front, const struct pair *back)
{
	device_path_t fpath, bpath;
	xs_transaction_t t;
	int err = EAGAIN;

	device_front_path(d, fpath);
	device_back_path(d, bpath);
	for (int i = 0; i < PUBLISH_TRIES && err == EAGAIN; i++) {
		bool ok;

		t = xs_transaction_start(xm->xs);
		if (!t) {
			err = errno;
			break;
		}
		ok = write_ends(xm, t, d, fpath, bpath) && write_pairs(xm, t, fpath, front) &&
		     write_pairs(xm, t, bpath, back);
		err = errno;
		if (xs_transaction_end(xm->xs, t, !ok) && ok)
			return 0;
		if (ok)
			err = errno;
	}
	return xm_fail(xm, -err, "store entries of device %s/%u cannot be written: %s", d->kind, d->devid,
		       strerror(err));
}

/* The backend's own words when it gave up. */
static bool backend_error(struct xm *xm, const struct device *d, const char *what)
{
	char *text =
		xm_xs_read(xm, "/local/domain/0/error/backend/%s/%u/%u/error", d->kind, d->domid, d->devid);

	if (text)
		xm_fail(xm, 0, "%s: the backend in the control domain failed: %s", what, text);
	free(text);
	return text != NULL;
}

static int tell_ended(struct xm *xm, const struct device *d, const char *what)
{
	return xm_fail(xm, -ESRCH, "%s: domain %u has ended meanwhile", what, d->domid);
}

int device_wait_backend(struct xm *xm, const struct device *d, const char *what,
			bool (*ready)(const struct device *d))
{
	int64_t end = xm_now_ms() + DEVICE_TIMEOUT_MS;
	unsigned int nap = 1;
	device_path_t path;
	long state;

	device_back_path(d, path);
	for (;;) {
		state = xm_xs_number(xm, 0, "%s/state", path);
		if (state >= XENBUS_INITWAIT && state <= XENBUS_CONNECTED && ready(d))
			return 0;
		if (backend_error(xm, d, what))
			return -EIO;
		if (!state && guest_is_gone(xm, d->domid))
			return tell_ended(xm, d, what);
		if (xm_interrupted(xm))
			return -EINTR;
		if (xm_now_ms() > end)
			break;
		xm_sleep_ms(nap);
		nap = nap < 32 ? nap * 2 : 50;
	}
	return xm_fail(xm, -ETIMEDOUT,
		       "%s: no backend in the control domain took it within %d s (state %ld); "
		       "is the module xen-%s loaded?",
		       what, DEVICE_TIMEOUT_MS / 1000, state,
		       !strcmp(d->kind, "vbd") ? "blkback" : "netback");
}

int device_keep(struct xm *xm, const struct device *d, const char *what, int rc)
{
	bool gone = guest_is_gone(xm, d->domid);

	if (!rc && gone)
		rc = tell_ended(xm, d, what);
	if (rc)
		device_remove(xm, d, true);
	/* Who took it apart may have been done before this device was there. */
	if (gone && xm_xs_exists(xm, "/local/domain/%u", d->domid))
		guest_reclaim(xm, d->domid);
	return rc;
}

/* There is such an interface, and it is not another's that has just the same name. */
static bool has_interface(const struct device *d, const char *name)
{
	char path[96], target[256], own[32], *last;
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/class/net/%s/device", name);
	n = readlink(path, target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = '\0';
	last = strrchr(target, '/');
	snprintf(own, sizeof(own), "%s-%u-%u", d->kind, d->domid, d->devid);
	return last && !strcmp(last + 1, own);
}

/* The kernel still has a backend for this device. */
static bool backend_alive(const struct device *d, const char *vifname)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/bus/xen-backend/devices/%s-%u-%u", d->kind, d->domid, d->devid);
	if (!access(path, F_OK))
		return true;
	/* netback's interface goes a moment after its device */
	if (vifname && has_interface(d, vifname))
		return true;
	snprintf(path, sizeof(path), "/sys/class/net/%s%u.%u", d->kind, d->domid, d->devid);
	return !access(path, F_OK);
}

/*
 * Held by who takes a device of this guest apart, while it acts on what the entries say: a block-detach that has waited
 * for long and the monitor of the guest, which has ended meanwhile, may want the same one.
 */
static int removal_lock(struct xm *xm, uint16_t domid)
{
	struct flock guest = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = domid, .l_len = 1 };
	int fd = open(XM_RUN_DIR "/xm-removal.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600), rc = fd;

	while (fd >= 0 && (rc = fcntl(fd, F_OFD_SETLKW, &guest)) < 0 && errno == EINTR)
		;
	if (rc < 0)
		xm_warn(xm, XM_RUN_DIR "/xm-removal.lock: %s", strerror(errno));
	return fd;
}

static void removal_unlock(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* Have the backend close. Entries that somebody else has removed are not made again. */
static void ask_backend(struct xm *xm, const struct device *d, const char *back)
{
	int lock = removal_lock(xm, d->domid);

	if (xm_xs_exists(xm, "%s/state", back)) {
		xm_xs_write(xm, XBT_NULL, "0", "%s/online", back);
		xm_xs_write(xm, XBT_NULL, "5", "%s/state", back);
	}
	removal_unlock(lock);
}

/* @ask: a person may grow tired of waiting; what is taken away by force is taken away wholly. */
static bool wait_gone(struct xm *xm, const struct device *d, const char *back, bool ask)
{
	int64_t end = xm_now_ms() + DEVICE_TIMEOUT_MS, again = xm_now_ms() + AGAIN_MS;
	char *vifname = xm_xs_read(xm, "%s/vifname", back);
	unsigned int nap = 1;
	bool alive;
	long state;

	while ((alive = backend_alive(d, vifname))) {
		state = xm_xs_number(xm, XENBUS_CLOSED, "%s/state", back);
		if (access("/sys/bus/xen-backend", F_OK) && state == XENBUS_CLOSED) {
			alive = false;
			break;
		}
		if (xm_now_ms() > end || (ask && xm_signalled()))
			break;
		/* A backend that was just connecting has written that over what it was asked. A guest is to be done with it first. */
		if (xm_now_ms() > again && (state == XENBUS_INITWAIT || state == XENBUS_CONNECTED)) {
			ask_backend(xm, d, back);
			again = xm_now_ms() + AGAIN_MS;
		}
		xm_sleep_ms(nap);
		nap = nap < 32 ? nap * 2 : 50;
	}
	free(vifname);
	return !alive;
}

/* Ask the guest to let go; true when it did. */
static bool ask_guest(struct xm *xm, const struct device *d, const char *back)
{
	ask_backend(xm, d, back);
	return wait_gone(xm, d, back, true);
}

/* The backend is gone: undo what is still written there. The image counts as in use until its entries are gone. */
static void undo(struct xm *xm, const struct device *d, const char *back)
{
	int lock = removal_lock(xm, d->domid);
	long loop = xm_xs_number(xm, -1, "%s/xm-loop", back);
	long nbd = xm_xs_number(xm, -1, "%s/xm-nbd", back);

	if (loop >= 0)
		loop_detach(xm, loop);
	if (nbd >= 0)
		nbd_detach(xm, nbd);
	if (xm_xs_exists(xm, "%s/xm-antispoof", back))
		antispoof_remove(xm, d);
	xm_xs_remove(xm, XBT_NULL, "%s", back);
	xm_xs_remove(xm, XBT_NULL, "/local/domain/0/error/backend/%s/%u/%u", d->kind, d->domid, d->devid);
	removal_unlock(lock);
}

int device_remove(struct xm *xm, const struct device *d, bool force)
{
	device_path_t front, back;
	long nbd;

	device_front_path(d, front);
	device_back_path(d, back);
	nbd = xm_xs_number(xm, -1, "%s/xm-nbd", back);
	if (nbd >= 0)
		nbd_wake(xm, nbd);
	if (!force && !ask_guest(xm, d, back))
		return xm_signalled() ? xm_fail(xm, -EINTR, "interrupted; the guest has been asked to let go of %s/%u: detach it "
						"again to wait for that", d->kind, d->devid) :
		       xm_fail(xm, -EBUSY, "the guest does not let go of %s/%u; --force takes it away",
			       d->kind, d->devid);
	if (!strcmp(d->kind, "vif"))
		vif_offline(xm, d);
	ask_backend(xm, d, back);
	xm_xs_remove(xm, XBT_NULL, "%s", front);
	if (!wait_gone(xm, d, back, false))
		return xm_fail(xm, -EBUSY, "the backend of %s/%u of domain %u has not closed within %d s; what it has counts "
			       "as in use", d->kind, d->devid, d->domid, DEVICE_TIMEOUT_MS / 1000);
	undo(xm, d, back);
	return 0;
}

int device_lock(struct xm *xm)
{
	int fd = open(XM_RUN_DIR "/xm-images.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd >= 0 && !flock(fd, LOCK_EX))
		return fd;
	return xm_fail(xm, -errno, XM_RUN_DIR "/xm-images.lock: %s", strerror(errno));
}

static int by_number(const void *a, const void *b)
{
	unsigned int x = *(const unsigned int *)a, y = *(const unsigned int *)b;

	return (x > y) - (x < y);
}

unsigned int device_list(struct xm *xm, const char *kind, uint16_t domid, unsigned int **ids)
{
	unsigned int num = 0, n = 0;
	char **names = xm_xs_list(xm, &num, "/local/domain/0/backend/%s/%u", kind, domid);

	*ids = calloc(num + 1, sizeof(**ids));
	for (unsigned int i = 0; *ids && i < num; i++)
		(*ids)[n++] = strtoul(names[i], NULL, 10);
	if (n)
		qsort(*ids, n, sizeof(**ids), by_number);
	free(names);
	return n;
}

char *device_value(struct xm *xm, const struct device *d, const char *key)
{
	device_path_t back;

	device_back_path(d, back);
	return xm_xs_read(xm, "%s/%s", back, key);
}
