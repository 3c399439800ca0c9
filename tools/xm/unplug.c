/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The end of a device.
 *
 * A backend of Linux is unmade when its frontend's entry vanishes, or when the frontend has closed while "online" is 0; so
 * removal always works, also for guests that are dead. A guest is asked by the backend's state. That is written by the backend's
 * driver too, which gives rise to two rules:
 * - A guest that is just connecting is asked when it has connected. Else the driver would write Connected over Closing, and a Linux
 *   frontend that has closed on the one and then sees the other stops for good (BUG in xen-blkfront's negotiate_mq).
 * - Closed is never overwritten: a frontend that is being removed waits for that and nothing else (xennet_bus_close).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "device.h"

#define AGAIN_MS	1000
#define NAP_MAX_MS	50
#define UNCONNECTED_MS	10000	/* a guest that has not connected in this time has no driver, or stands still */

struct unplug {
	struct xm *xm;
	const struct device *d;
	device_path_t back;
	char *id, *vifname;		/* as they were at the beginning, or NULL */
	char *drive;			/* that nobody else uses, and this guest may write to */
	long loop, nbd;			/* -1: none */
	dev_t image_dev;		/* the file that @loop has */
	ino_t image_ino;
};

static void begin(struct unplug *u, struct xm *xm, const struct device *d)
{
	unsigned int major = 0, minor = 0;
	unsigned long long ino = 0;
	char *image, *access;

	*u = (struct unplug){ .xm = xm, .d = d };
	device_back_path(d, u->back);
	u->id = xm_xs_read(xm, "%s/xm-id", u->back);
	u->vifname = xm_xs_read(xm, "%s/vifname", u->back);
	/* Of one that is shared, or only read, others' requests are under way as well, and nothing of this guest's is lost. */
	access = xm_xs_read(xm, "%s/xm-access", u->back);
	if (access && !strcmp(access, "w"))
		u->drive = xm_xs_read(xm, "%s/physical-device", u->back);
	free(access);
	u->loop = xm_xs_number(xm, -1, "%s/xm-loop", u->back);
	u->nbd = xm_xs_number(xm, -1, "%s/xm-nbd", u->back);
	image = u->loop >= 0 ? xm_xs_read(xm, "%s/xm-image", u->back) : NULL;
	if (image && sscanf(image, "f%x:%x:%llx", &major, &minor, &ino) == 3) {
		u->image_dev = makedev(major, minor);
		u->image_ino = ino;
	}
	free(image);
}

static void end(struct unplug *u)
{
	free(u->id);
	free(u->vifname);
	free(u->drive);
}

/* What the entries tell of is still the device that is meant. */
static bool is_meant(const struct unplug *u)
{
	char *id = xm_xs_read(u->xm, "%s/xm-id", u->back);
	bool same = id && u->id ? !strcmp(id, u->id) : id == u->id;

	free(id);
	return same;
}

/*
 * Held by who takes a device of this guest apart, while it acts on what the entries say: a block-detach that has waited
 * for long and the monitor of the guest, which has ended meanwhile, may want the same one.
 */
static int removal_lock(const struct unplug *u)
{
	struct flock guest = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = u->d->domid, .l_len = 1 };
	int fd = open(XM_RUN_DIR "/xm-removal.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600), rc = fd;

	while (fd >= 0 && (rc = fcntl(fd, F_OFD_SETLKW, &guest)) < 0 && errno == EINTR)
		;
	if (rc < 0)
		xm_warn(u->xm, XM_RUN_DIR "/xm-removal.lock: %s", strerror(errno));
	return fd;
}

static void removal_unlock(int fd)
{
	if (fd >= 0)
		close(fd);
}

static long state_of(const struct unplug *u, xs_transaction_t t)
{
	char path[XM_PATH_MAX + 8], *text;
	long state;

	snprintf(path, sizeof(path), "%s/state", u->back);
	text = xs_read(u->xm->xs, t, path, NULL);
	state = text ? strtol(text, NULL, 10) : 0;
	free(text);
	return state;
}

static bool is_alive(const struct unplug *u)
{
	long state;

	if (backends_are_shown())
		return backend_alive(u->d, u->vifname);
	state = state_of(u, XBT_NULL);
	return state && state != XENBUS_CLOSED;
}

/* Between two looks; true when it has lasted: then others may have been faster, which costs a request to find out. */
static bool doze(unsigned int *nap)
{
	xm_sleep_ms(*nap);
	*nap = *nap < 32 ? *nap * 2 : NAP_MAX_MS;
	return *nap == NAP_MAX_MS;
}

/* Say that it is not wanted any more and, with @close, have it close. What somebody else has removed is not made again. */
static void ask_backend(const struct unplug *u, bool close)
{
	int lock = removal_lock(u);
	bool ok, again = is_meant(u);
	xs_transaction_t t;
	long state;

	for (int i = 0; i < XM_XS_TRIES && again; i++) {
		t = xs_transaction_start(u->xm->xs);
		if (!t)
			break;
		state = state_of(u, t);
		ok = state && xm_xs_write(u->xm, t, "0", "%s/online", u->back) &&
		     (!close || state >= XENBUS_CLOSING || xm_xs_write(u->xm, t, "5", "%s/state", u->back));
		again = !xs_transaction_end(u->xm->xs, t, !ok) && ok && errno == EAGAIN;
	}
	removal_unlock(lock);
}

/*
 * Ask the guest to let go, and wait until it did. A person may grow tired of waiting, and the guest's own time counts: what else
 * the machine does gives it no more of that.
 */
static bool ask_guest(const struct unplug *u)
{
	int64_t begun = xm_now_ms(), end = begun + DEVICE_TIMEOUT_MS, ask = begun;
	unsigned int nap = 1;
	long state;

	ask_backend(u, false);
	while (is_alive(u)) {
		state = state_of(u, XBT_NULL);
		if (xm_now_ms() > end || xm_signalled())
			return false;
		/* Again: its driver may have written over that what it was about to. */
		if (xm_now_ms() >= ask && state < XENBUS_CLOSING &&
		    (state == XENBUS_CONNECTED || xm_now_ms() > begun + UNCONNECTED_MS)) {
			ask_backend(u, true);
			ask = xm_now_ms() + AGAIN_MS;
		}
		if (doze(&nap) && !is_meant(u))
			break;
	}
	return true;
}

/* Requests of the backend are under way as long as its storage stands still, even when its device has gone. */
static bool is_held(const struct unplug *u, bool detached)
{
	return is_alive(u) || backend_is_busy(u->drive) ||
	       (detached && loop_has(u->loop, u->image_dev, u->image_ino));
}

/* Once the frontend's entry has gone the backend goes without being asked. */
static bool wait_gone(const struct unplug *u, bool detached)
{
	struct backend_wait w = backend_wait_begin();
	unsigned int nap = 1;

	while (is_held(u, detached)) {
		if (backend_wait_ends(&w))
			return false;
		if (doze(&nap) && !is_meant(u))
			break;
	}
	return true;
}

/* The kernel detaches it when nobody has it open any more. */
static void detach_loop(const struct unplug *u)
{
	int lock = removal_lock(u);

	if (is_meant(u) && loop_has(u->loop, u->image_dev, u->image_ino))
		loop_detach(u->xm, u->loop);
	removal_unlock(lock);
}

/* The backend is gone: undo what is still written there. The image counts as in use until its entries are gone. */
static void undo(const struct unplug *u)
{
	const struct device *d = u->d;
	int lock = removal_lock(u);

	if (is_meant(u)) {
		if (u->nbd >= 0 && xm_xs_exists(u->xm, "%s/xm-nbd", u->back))
			nbd_detach(u->xm, u->nbd);
		if (xm_xs_exists(u->xm, "%s/xm-antispoof", u->back))
			antispoof_remove(u->xm, d);
		xm_xs_remove(u->xm, XBT_NULL, "%s", u->back);
		xm_xs_remove(u->xm, XBT_NULL, "/local/domain/0/error/backend/%s/%u/%u", d->kind, d->domid, d->devid);
	}
	removal_unlock(lock);
}

static int tell_unheard(struct xm *xm, const struct device *d)
{
	if (xm_signalled())
		return xm_fail(xm, -EINTR, "interrupted before the guest has let go of %s/%u; detach it again to wait for that",
			       d->kind, d->devid);
	return xm_fail(xm, -EBUSY, "the guest does not let go of %s/%u; --force takes it away", d->kind, d->devid);
}

static void remove_front(const struct unplug *u)
{
	int lock = removal_lock(u);
	device_path_t front;

	device_front_path(u->d, front);
	if (is_meant(u))
		xm_xs_remove(u->xm, XBT_NULL, "%s", front);
	removal_unlock(lock);
}

static bool release(const struct unplug *u)
{
	if (!wait_gone(u, false))
		return false;
	if (u->loop < 0)
		return true;
	detach_loop(u);
	return wait_gone(u, true);
}

static int take_away(const struct unplug *u, bool force)
{
	const struct device *d = u->d;

	if (!strcmp(d->kind, "vif") && is_meant(u))
		vif_offline(u->xm, d);
	if (force)
		ask_backend(u, true);
	remove_front(u);
	if (release(u)) {
		undo(u);
		return 0;
	}
	return xm_fail(u->xm, -EBUSY, "the backend of %s/%u of domain %u has not closed within %d s; what it has counts "
		       "as in use", d->kind, d->devid, d->domid, DEVICE_TIMEOUT_MS / 1000);
}

int device_remove(struct xm *xm, const struct device *d, bool force)
{
	struct unplug u;
	int rc;

	begin(&u, xm, d);
	if (u.nbd >= 0)
		nbd_wake(xm, u.nbd);
	rc = force || ask_guest(&u) ? take_away(&u, force) : tell_unheard(xm, d);
	end(&u);
	return rc;
}
