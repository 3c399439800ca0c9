/* SPDX-License-Identifier: GPL-2.0-only */
/* What all kinds of devices have in common: the entries that make them, and waiting for the backend. Their end is in unplug.c. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>
#include "device.h"
#include "guest.h"

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
	char domid[8], id[20];
	const struct pair f[] = {
		{ "backend", back }, { "backend-id", "0" }, { "state", "1" }, { .key = NULL },
	};
	const struct pair b[] = {
		{ "frontend", front }, { "frontend-id", domid }, { "online", "1" }, { "state", "1" },
		{ "xm-id", id }, { .key = NULL },
	};
	uint64_t random = 0;

	/* Who waits for the end of one device must not take another for it that has its place by then. */
	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return false;
	snprintf(id, sizeof(id), "%016" PRIx64, random);
	snprintf(domid, sizeof(domid), "%u", d->domid);
	/* What an earlier backend of that number has said after its end. */
	xm_xs_remove(xm, t, "/local/domain/0/error/backend/%s/%u/%u", d->kind, d->domid, d->devid);
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
	for (int i = 0; i < XM_XS_TRIES && err == EAGAIN; i++) {
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
	struct backend_wait w = backend_wait_begin();
	unsigned int nap = 1;
	device_path_t path;
	long state;

	device_back_path(d, path);
	do {
		state = xm_xs_number(xm, 0, "%s/state", path);
		if (state >= XENBUS_INITWAIT && state <= XENBUS_CONNECTED && ready(d))
			return 0;
		if (backend_error(xm, d, what))
			return -EIO;
		if (!state && guest_is_gone(xm, d->domid))
			return tell_ended(xm, d, what);
		if (xm_interrupted(xm))
			return -EINTR;
		xm_sleep_ms(nap);
		nap = nap < 32 ? nap * 2 : 50;
	} while (!backend_wait_ends(&w));
	if (backend_alive(d, NULL))
		return xm_fail(xm, -ETIMEDOUT, "%s: the control domain's kernel has begun with its backend and did not come to an "
			       "end within %d s (state %ld); its own messages (dmesg) may say why", what, DEVICE_TIMEOUT_MS / 1000,
			       state);
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
