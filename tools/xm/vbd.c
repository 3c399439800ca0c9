/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Disks for xen-blkback: checks, the loop or nbd device of an image, store entries.
 *
 * An image that one guest writes is given to no other guest, unless both say "w!". Images are
 * compared by device and inode (files) or by device number (block devices), never by name.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "device.h"
#include "guest.h"

#define GOING_WAIT_MS	30000		/* for the disks of a guest that has just ended */
#define GOING_TELL_MS	3000		/* then the person is told */

/* Identity of an image, the same whatever path leads to it. */
static void image_id(const struct stat *st, char *buf, size_t size)
{
	if (S_ISBLK(st->st_mode))
		snprintf(buf, size, "b%x:%x", major(st->st_rdev), minor(st->st_rdev));
	else
		snprintf(buf, size, "f%x:%x:%llx", major(st->st_dev), minor(st->st_dev),
			 (unsigned long long)st->st_ino);
}

static int check_kind(struct xm *xm, const struct cfg_disk *d, const struct stat *st)
{
	if (d->kind == DISK_PHY && !S_ISBLK(st->st_mode))
		return xm_fail(xm, -ENOTBLK,
			       "disk %s (%s): phy: wants a block device; for an image file write file:",
			       d->vdev, d->target);
	if (!S_ISBLK(st->st_mode) && !S_ISREG(st->st_mode))
		return xm_fail(xm, -EINVAL, "disk %s (%s): neither a file nor a block device", d->vdev,
			       d->target);
	if (S_ISREG(st->st_mode) && st->st_size < 512)
		return xm_fail(xm, -EINVAL, "disk %s (%s): the image is empty", d->vdev, d->target);
	return 0;
}

/* Opening for real finds missing rights, read-only media and devices mounted by the control domain. */
static int check_open(struct xm *xm, const struct cfg_disk *d, const struct stat *st)
{
	int flags = d->writable ? O_RDWR : O_RDONLY, fd;
	char who[128];

	if (S_ISBLK(st->st_mode) && d->writable && !d->shared)
		flags |= O_EXCL;
	fd = open(d->target, flags | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && errno == EBUSY) {
		blockdev_holder(st->st_rdev, who, sizeof(who));
		return xm_fail(xm, -EBUSY, "disk %s (%s): in use by the control domain: %s", d->vdev, d->target, who);
	}
	if (fd < 0)
		return xm_fail(xm, -errno, "disk %s (%s) cannot be opened for %s: %s", d->vdev, d->target,
			       d->writable ? "writing" : "reading", strerror(errno));
	close(fd);
	return 0;
}

/* One image, or a drive and a partition of it. */
static bool same_image(const char *a, const char *b)
{
	unsigned int major_a, minor_a, major_b, minor_b;

	if (!strcmp(a, b))
		return true;
	return sscanf(a, "b%x:%x", &major_a, &minor_a) == 2 && sscanf(b, "b%x:%x", &major_b, &minor_b) == 2 &&
	       blockdev_overlap(makedev(major_a, minor_a), makedev(major_b, minor_b));
}

struct other_user {
	unsigned int domid, devid;
	char mode[8];
};

/* The first disk of any guest that has this image and may not share it with @d. */
static bool find_user(struct xm *xm, const struct stat *st, const struct cfg_disk *d, struct other_user *u)
{
	unsigned int nr_doms, nr_devs;
	char **doms = xm_xs_list(xm, &nr_doms, "/local/domain/0/backend/vbd"), **devs, *image, *mode, id[64];
	bool found = false;

	image_id(st, id, sizeof(id));
	for (unsigned int i = 0; !found && i < nr_doms; i++) {
		devs = xm_xs_list(xm, &nr_devs, "/local/domain/0/backend/vbd/%s", doms[i]);
		for (unsigned int j = 0; !found && j < nr_devs; j++) {
			image = xm_xs_read(xm, "/local/domain/0/backend/vbd/%s/%s/xm-image", doms[i],
					   devs[j]);
			mode = xm_xs_read(xm, "/local/domain/0/backend/vbd/%s/%s/xm-access", doms[i],
					  devs[j]);
			if (image && mode && same_image(image, id) && (d->writable || *mode == 'w') &&
			    !(d->shared && !strcmp(mode, "w!"))) {
				found = true;
				u->domid = strtoul(doms[i], NULL, 10);
				u->devid = strtoul(devs[j], NULL, 10);
				snprintf(u->mode, sizeof(u->mode), "%s", mode);
			}
			free(image);
			free(mode);
		}
		free(devs);
	}
	free(doms);
	return found;
}

/* It runs no more, and somebody is about to take its disks away. */
static bool is_going(struct xm *xm, uint16_t domid)
{
	struct xen_domctl_getdomaininfo info;
	int rc = xc_domain_getinfo(xm->xc, domid, &info);

	return (rc == -ESRCH || (!rc && (xm_is_dying(&info) || xm_is_shutdown(&info)))) && guest_is_locked(domid);
}

static int tell_user(struct xm *xm, const struct cfg_disk *d, const struct other_user *u)
{
	char *vdev = xm_xs_read(xm, "/local/domain/0/backend/vbd/%u/%u/dev", u->domid, u->devid), name[64];

	xm_domain_name(xm, u->domid, name, sizeof(name));
	if (guest_is_gone(xm, u->domid))
		xm_fail(xm, -EBUSY, "disk %s (%s): domain %u, which is dead, had it as %s, and its backend has not closed: "
			"what it wrote may be under way; 'xm destroy %u' tries again to close it", d->vdev, d->target,
			u->domid, vdev ? vdev : "a disk", u->domid);
	else
		xm_fail(xm, -EBUSY, "disk %s (%s): guest '%s' (domain %u) has it as %s for %s; w! in both shares it",
			d->vdev, d->target, name, u->domid, vdev ? vdev : "a disk",
			*u->mode == 'w' ? "writing" : "reading");
	free(vdev);
	return -EBUSY;
}

/*
 * Until no other guest has the image. One that has just ended lets go of it by itself, or is made to: that may last, so the lock of images
 * is not held.
 */
static int wait_users(struct xm *xm, const struct cfg_disk *d, const struct stat *st)
{
	int64_t start = xm_now_ms(), waited;
	struct other_user u, again;
	bool told = false;

	while (find_user(xm, st, d, &u)) {
		if (xm_interrupted(xm))
			return -EINTR;
		waited = xm_now_ms() - start;
		if (is_going(xm, u.domid) && waited < GOING_WAIT_MS) {
			if (!told && waited > GOING_TELL_MS) {
				xm_fail(xm, 0, "disk %s (%s): waiting for domain %u, which has ended, to let go of it", d->vdev,
					d->target, u.domid);
				told = true;
			}
			xm_sleep_ms(50);
			continue;
		}
		/* It may have let go in between. */
		if (!find_user(xm, st, d, &again) || again.domid != u.domid)
			continue;
		if (!guest_reclaim(xm, u.domid))
			return tell_user(xm, d, &u);
	}
	return 0;
}

static int check_loop(struct xm *xm, const struct cfg_disk *d, const struct stat *st)
{
	int loop = d->writable && !d->shared && S_ISREG(st->st_mode) ? loop_find(st->st_dev, st->st_ino) : -1;

	if (loop >= 0)
		return xm_fail(xm, -EBUSY, "disk %s (%s): in use by the control domain as /dev/loop%d",
			       d->vdev, d->target, loop);
	return 0;
}

static int check_format(struct xm *xm, const struct cfg_disk *d)
{
	int rc;

	if (d->format == FORMAT_QCOW2) {
		rc = nbd_check(xm);
		return rc ? rc : qcow2_check(xm, d);
	}
	return 0;
}

static int look(struct xm *xm, const struct cfg_disk *d, struct stat *st)
{
	int rc;

	if (stat(d->target, st))
		return xm_fail(xm, -errno, "disk %s (%s): %s", d->vdev, d->target, strerror(errno));
	rc = check_kind(xm, d, st);
	if (!rc)
		rc = check_open(xm, d, st);
	return rc ? rc : check_format(xm, d);
}

int vbd_check(struct xm *xm, const char *guest, const struct cfg_disk *d)
{
	struct stat st;
	int rc = look(xm, d, &st);

	if (!rc)
		rc = wait_users(xm, d, &st);
	if (!rc)
		rc = check_loop(xm, d, &st);
	if (!rc && d->format == FORMAT_RAW && qcow2_looks_like(d->target))
		xm_warn(xm, "disk %s (%s) begins like a qcow2 image and is given to the guest as it is; "
			"format=qcow2 would give it what is inside", d->vdev, d->target);
	return rc;
}

int vbd_check_pairs(struct xm *xm, const struct cfg_disk *disks, unsigned int i)
{
	const struct cfg_disk *d = &disks[i], *o;
	struct stat st, other;
	char id[64], other_id[64];

	if (stat(d->target, &st))
		return 0;
	image_id(&st, id, sizeof(id));
	for (unsigned int j = 0; j < i; j++) {
		o = &disks[j];
		if ((!d->writable && !o->writable) || (d->shared && o->shared) || stat(o->target, &other))
			continue;
		image_id(&other, other_id, sizeof(other_id));
		if (same_image(id, other_id))
			return xm_fail(xm, -EBUSY, "disk %s (%s): the same guest has it as %s; w! in both shares it", d->vdev,
				       d->target, o->vdev);
	}
	return 0;
}

int vbd_serve(struct xm *xm, const struct cfg_disk *d, unsigned int *nbd)
{
	struct stat st;
	dev_t dev;
	int rc = look(xm, d, &st), lock;

	if (rc)
		return rc;
	/* Two that look for a free nbd device would find the same one. */
	lock = images_lock(xm);
	if (lock < 0)
		return lock;
	rc = nbd_attach(xm, d, S_ISBLK(st.st_mode), nbd, &dev);
	close(lock);
	return rc;
}

/* blkback shows these once it holds the block device. */
static bool vbd_ready(const struct device *d)
{
	char path[96];

	if (access("/sys/bus/xen-backend", F_OK))
		return true;
	snprintf(path, sizeof(path), "/sys/bus/xen-backend/devices/vbd-%u-%u/statistics", d->domid, d->devid);
	return !access(path, F_OK);
}

/* What blkback is to open: the device itself, or one that stands for the image. */
struct node {
	enum { NODE_SELF, NODE_LOOP, NODE_NBD } kind;
	unsigned int number;	/* of the loop or nbd device */
	dev_t dev;
};

static int make_node(struct xm *xm, const struct cfg_disk *d, const struct stat *st, struct node *n)
{
	*n = (struct node){ .kind = NODE_SELF, .dev = st->st_rdev };
	if (d->format == FORMAT_QCOW2) {
		n->kind = NODE_NBD;
		return nbd_attach(xm, d, S_ISBLK(st->st_mode), &n->number, &n->dev);
	}
	if (S_ISBLK(st->st_mode))
		return 0;
	n->kind = NODE_LOOP;
	return loop_attach(xm, d->target, d->writable, &n->number, &n->dev);
}

static void drop_node(struct xm *xm, const struct node *n)
{
	if (n->kind == NODE_LOOP)
		loop_detach(xm, n->number);
	else if (n->kind == NODE_NBD)
		nbd_detach(xm, n->number);
}

static int publish(struct xm *xm, const struct device *dev, const struct cfg_disk *d, const struct stat *st,
		   const struct node *n)
{
	static const char *const keys[] = { NULL, "xm-loop", "xm-nbd" };
	const char *type = d->cdrom ? "cdrom" : "disk";
	char id[64], phys[32], number[16], devid[16];
	const struct pair front[] = {
		{ "virtual-device", devid }, { "device-type", type }, { .key = NULL },
	};
	struct pair back[] = {
		{ "removable", d->cdrom ? "1" : "0" },
		{ "bootable", "1" },
		{ "dev", d->vdev },
		{ "type", n->kind == NODE_NBD ? "qcow2" : n->kind == NODE_LOOP ? "file" : "phy" },
		{ "mode", d->writable ? "w" : "r" },
		{ "device-type", type },
		{ "params", d->target },
		{ "xm-image", id },
		{ "xm-access", d->shared     ? "w!"
			       : d->writable ? "w"
					     : "r" },
		{ "physical-device", phys },
		{ "hotplug-status", "connected" },
		{ keys[n->kind], number },
		{ .key = NULL },
	};

	image_id(st, id, sizeof(id));
	snprintf(phys, sizeof(phys), "%x:%x", major(n->dev), minor(n->dev));
	snprintf(number, sizeof(number), "%u", n->number);
	snprintf(devid, sizeof(devid), "%u", d->devid);
	return device_publish(xm, dev, front, back);
}

int vbd_check_new(struct xm *xm, uint16_t domid, const struct cfg_disk *d)
{
	char name[64];

	if (!xm_xs_exists(xm, "/local/domain/0/backend/vbd/%u/%u/state", domid, d->devid))
		return 0;
	xm_domain_name(xm, domid, name, sizeof(name));
	return xm_fail(xm, -EEXIST, "guest '%s' has a disk %s already", name, d->vdev);
}

/* The words of publish(). */
static int take_words(struct cfg_disk *d, const char *vdev, const char *type, const char *access, const char *kind)
{
	if (!vdev || !type || !access || !kind || !d->target)
		return -ENOENT;
	snprintf(d->vdev, sizeof(d->vdev), "%s", vdev);
	d->kind = !strcmp(type, "phy") ? DISK_PHY : !strcmp(type, "file") ? DISK_FILE : DISK_ANY;
	d->format = !strcmp(type, "qcow2") ? FORMAT_QCOW2 : FORMAT_RAW;
	d->writable = *access == 'w';
	d->shared = !strcmp(access, "w!");
	d->cdrom = !strcmp(kind, "cdrom");
	return 0;
}

int vbd_read(struct xm *xm, const struct device *dev, struct cfg_disk *d)
{
	char *online = device_value(xm, dev, "online"), *vdev = device_value(xm, dev, "dev");
	char *type = device_value(xm, dev, "type"), *access = device_value(xm, dev, "xm-access");
	char *kind = device_value(xm, dev, "device-type");
	int rc;

	*d = (struct cfg_disk){ .devid = dev->devid, .target = device_value(xm, dev, "params") };
	rc = take_words(d, vdev, type, access, kind);
	if (!rc && (!online || strcmp(online, "1")))
		rc = -ENOENT;
	if (rc)
		cfg_disk_clear(d);
	free(online);
	free(vdev);
	free(type);
	free(access);
	free(kind);
	return rc;
}

/* Nobody else has the image, nor gets it while *lock is held: a descriptor to close. */
static int lock_image(struct xm *xm, const struct cfg_disk *d, struct stat *st, int *lock)
{
	struct other_user u;
	int rc;

	for (;;) {
		*lock = images_lock(xm);
		if (*lock < 0)
			return *lock;
		/* Each time: the name may be another file's by now. */
		rc = look(xm, d, st);
		if (rc || !find_user(xm, st, d, &u))
			break;
		close(*lock);
		rc = wait_users(xm, d, st);
		if (rc)
			return rc;
	}
	if (!rc)
		rc = check_loop(xm, d, st);
	if (rc)
		close(*lock);
	return rc;
}

int vbd_add(struct xm *xm, uint16_t domid, const struct cfg_disk *d)
{
	const struct device dev = { "vbd", domid, d->devid };
	char what[64];
	struct stat st;
	struct node node;
	int rc, lock;

	/* Looked at again, under the lock: another xm may have been faster. */
	rc = lock_image(xm, d, &st, &lock);
	if (rc)
		return rc;
	rc = vbd_check_new(xm, domid, d);
	if (!rc)
		rc = make_node(xm, d, &st, &node);
	if (rc)
		goto out;
	rc = publish(xm, &dev, d, &st, &node);
	if (rc)
		drop_node(xm, &node);
out:
	close(lock);
	if (rc)
		return rc;
	snprintf(what, sizeof(what), "disk %s", d->vdev);
	return device_keep(xm, &dev, what, device_wait_backend(xm, &dev, what, vbd_ready));
}
