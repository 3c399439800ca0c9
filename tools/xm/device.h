/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Paravirtual devices of a guest: store entries of both ends, waiting for the backend, removal;
 * disks (with loop devices) and network cards (with hotplug scripts) on top.
 */
#ifndef XM_DEVICE_H
#define XM_DEVICE_H

#include <sys/types.h>
#include <libcfg.h>
#include "xm.h"

#define DEVICE_TIMEOUT_MS	30000

/** One device; its backend is in the control domain. */
struct device {
	const char *kind;	/* "vbd", "vif" */
	uint16_t domid;
	unsigned int devid;
};

struct pair {
	const char *key, *value;
};

/* States of either end. */
enum {
	XENBUS_INITIALISING = 1,
	XENBUS_INITWAIT,
	XENBUS_INITIALISED,
	XENBUS_CONNECTED,
	XENBUS_CLOSING,
	XENBUS_CLOSED
};

/* Room for a path plus the name of one key. */
typedef char device_path_t[XM_PATH_MAX];

void device_front_path(const struct device *d, device_path_t path);
void device_back_path(const struct device *d, device_path_t path);
/** Write both ends at once, each list ended by a NULL key. */
int device_publish(struct xm *xm, const struct device *d, const struct pair *front, const struct pair *back);
/** Wait until the kernel's backend has taken the device; @ready says when. Tells why it did not. */
int device_wait_backend(struct xm *xm, const struct device *d, const char *what,
			bool (*ready)(const struct device *d));
/** The end of an attach that came to @rc: on failure, or if the domain has ended meanwhile (-ESRCH), the device is removed. */
int device_keep(struct xm *xm, const struct device *d, const char *what, int rc);
/**
 * Unplug (unplug.c). With @force the guest is not asked (it is dead, or does not answer). Also undoes what
 * belongs to the backend: loop device, bridge port. -EBUSY (said): the backend does not close; its entries stay
 * then, as it may still write, and the removal can be repeated.
 */
int device_remove(struct xm *xm, const struct device *d, bool force);
/** Ids of all devices of @kind, ascending; *ids is malloc'd, NULL without memory. */
unsigned int device_list(struct xm *xm, const char *kind, uint16_t domid, unsigned int **ids);
/** What the backend's entry @key says, malloc'd, or NULL. Guests cannot write there. */
char *device_value(struct xm *xm, const struct device *d, const char *key);

/* ---- backend.c ---- */

/** This kernel shows its backends; without that there are only their entries in the store. */
bool backends_are_shown(void);
/** The kernel still has a backend for this device, or the interface @vifname of it. */
bool backend_alive(const struct device *d, const char *vifname);
/** Requests are under way to this block device ("major:minor", hexadecimal, or NULL): a backend's, or somebody else's. */
bool backend_is_busy(const char *drive);
/**
 * How long one waits for the kernel: as long as backends come or go, since it takes them one after the other, until none has for
 * DEVICE_TIMEOUT_MS. Five minutes in all.
 */
struct backend_wait {
	int64_t look, end;
	uint64_t seen;
};
struct backend_wait backend_wait_begin(void);
bool backend_wait_ends(struct backend_wait *w);

/* ---- loop.c ---- */

/** Attach the file @path; *dev receives the number of the loop device. */
int loop_attach(struct xm *xm, const char *path, bool writable, unsigned int *loop, dev_t *dev);
/** At once, or when its last user has closed it. */
void loop_detach(struct xm *xm, unsigned int loop);
/** The loop device has this file attached. */
bool loop_has(unsigned int loop, dev_t file_dev, ino_t file_ino);
/** Number of a loop device that has this file attached, or -1. */
int loop_find(dev_t file_dev, ino_t file_ino);

/* ---- blockdev.c ---- */

/** One is the other, or a partition of it. */
bool blockdev_overlap(dev_t a, dev_t b);
/** What the control domain does with the device, for a message. */
void blockdev_holder(dev_t dev, char *buf, size_t size);
/** A program that has the file open. */
void file_user(const char *path, char *buf, size_t size);
/** Kill all programs but this one that have the file open which is our @fd. */
void file_kill_users(int fd);

/* ---- nbd.c ---- */

/** The machine can serve qcow2 images. */
int nbd_check(struct xm *xm);
/** Serve the qcow2 image of @d, a block device if @block; *dev receives the number of the nbd device. */
int nbd_attach(struct xm *xm, const struct cfg_disk *d, bool block, unsigned int *nbd, dev_t *dev);
/** Disconnect, and wait until qemu-nbd has written all and let go of the image. */
void nbd_detach(struct xm *xm, unsigned int nbd);

/** The process that serves this nbd device; 0: none. */
long nbd_process(unsigned int nbd);
/** It may be stopped, with requests of the guest under way: let it go on, since nothing closes without it. */
void nbd_wake(struct xm *xm, unsigned int nbd);

/* ---- qcow2.c ---- */

/** Look at the header of the image of @d: is it qcow2, whole, and in need of no other file? */
int qcow2_check(struct xm *xm, const struct cfg_disk *d);
/** The file begins like a qcow2 image. */
bool qcow2_looks_like(const char *path);

/* ---- nft.c ---- */

int antispoof_check(struct xm *xm);
/** Let pass on the interface @ifname of @d only frames from @mac and, if @ip is not NULL, from these addresses. */
int antispoof_add(struct xm *xm, const struct device *d, const char *ifname, const uint8_t mac[6], const char *ip);
void antispoof_remove(struct xm *xm, const struct device *d);

/* ---- vbd.c ---- */

/** Check without effect that the disk can be given to a guest. */
int vbd_check(struct xm *xm, const char *guest, const struct cfg_disk *d);
/** The guest has no disk of this name yet. */
int vbd_check_new(struct xm *xm, uint16_t domid, const struct cfg_disk *d);
/** Disk @i shares its image with none of those before it, unless both may. */
int vbd_check_pairs(struct xm *xm, const struct cfg_disk *disks, unsigned int i);
/** The control domain itself is to read the qcow2 image of @d: until nbd_detach() it is /dev/nbd*nbd. */
int vbd_serve(struct xm *xm, const struct cfg_disk *d, unsigned int *nbd);
int vbd_add(struct xm *xm, uint16_t domid, const struct cfg_disk *d);
/** The disk as vbd_add() has taken it; -ENOENT: it is not there, or was to be taken away. */
int vbd_read(struct xm *xm, const struct device *dev, struct cfg_disk *d);

/* ---- vif.c ---- */

/** The machine's only bridge, or an error (said). */
int vif_default_bridge(struct xm *xm, char *buf, size_t size);
int vif_check(struct xm *xm, const struct cfg_vif *v);
/** The configured address, or one made of @seed (the guest's uuid or name): stable. */
void vif_mac(const struct cfg_vif *v, const void *seed, size_t seed_len, unsigned int handle, uint8_t mac[6]);
void vif_mac_text(const uint8_t mac[6], char text[18]);
int vif_add(struct xm *xm, uint16_t domid, unsigned int handle, const struct cfg_vif *v, const uint8_t mac[6]);
/** The same with the next free handle; an address that is not configured is made of @name and the handle. */
int vif_attach(struct xm *xm, uint16_t domid, const char *name, const struct cfg_vif *v);
/** The card as vif_add() has taken it, its address among the settings; -ENOENT: it is not there, or was to be taken away. */
int vif_read(struct xm *xm, const struct device *d, struct cfg_vif *v);
void vif_offline(struct xm *xm, const struct device *d);

#endif
