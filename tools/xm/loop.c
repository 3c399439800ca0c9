/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loop devices: an image file becomes a block device for blkback.
 *
 * They are not cleared automatically at the last close, since nobody may have them open between
 * attaching and blkback's own open; whoever removes the disk detaches. Detaching a device that is
 * still open defers to its last close, so the order against blkback does not matter.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "device.h"

#define LOOP_TRIES	16

static void loop_name(unsigned int loop, char buf[32])
{
	snprintf(buf, 32, "/dev/loop%u", loop);
}

/* A minimal /dev may lack nodes that the kernel made after boot. */
static int open_loop(unsigned int loop, int flags)
{
	char name[32];
	int fd;

	loop_name(loop, name);
	fd = open(name, flags | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && !mknod(name, S_IFBLK | 0600, makedev(7, loop)))
		fd = open(name, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int configure(int fd, int file, const char *path, bool writable)
{
	struct loop_config lc = {
		.fd = file,
		.info = { .lo_flags = writable ? 0 : LO_FLAGS_READ_ONLY },
	};

	/* The name is for people only (losetup shows it); it may be cut. */
	snprintf((char *)lc.info.lo_file_name, LO_NAME_SIZE, "%s", path);
	return ioctl(fd, LOOP_CONFIGURE, &lc) ? -errno : 0;
}

/* Another process may take the free device first: then look for the next. */
static int attach_file(int control, int file, const char *path, bool writable, unsigned int *loop)
{
	int rc = -EBUSY;

	for (int i = 0; i < LOOP_TRIES && rc == -EBUSY; i++) {
		int n = ioctl(control, LOOP_CTL_GET_FREE), fd;

		if (n < 0)
			return -errno;
		fd = open_loop(n, writable ? O_RDWR : O_RDONLY);
		if (fd < 0)
			return fd;
		rc = configure(fd, file, path, writable);
		close(fd);
		if (!rc)
			*loop = n;
	}
	return rc;
}

int loop_attach(struct xm *xm, const char *path, bool writable, unsigned int *loop, dev_t *dev)
{
	int file = open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC), control, rc;

	if (file < 0)
		return xm_fail(xm, -errno, "disk %s cannot be opened: %s", path, strerror(errno));
	control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	if (control < 0) {
		rc = xm_fail(xm, -errno,
			     "disk %s: no loop devices (/dev/loop-control: %s); is the module loop loaded?",
			     path, strerror(errno));
	} else {
		rc = attach_file(control, file, path, writable, loop);
		if (rc)
			xm_fail(xm, rc, "disk %s: no loop device: %s", path, strerror(-rc));
		else
			*dev = makedev(7, *loop);
		close(control);
	}
	close(file);
	return rc;
}

void loop_detach(struct xm *xm, unsigned int loop)
{
	int fd = open_loop(loop, O_RDONLY);

	/* ENXIO: nothing is attached any more, which is what we want. */
	if (fd < 0 || (ioctl(fd, LOOP_CLR_FD) && errno != ENXIO))
		xm_warn(xm, "/dev/loop%u cannot be detached: %s", loop, strerror(fd < 0 ? -fd : errno));
	if (fd >= 0)
		close(fd);
}

bool loop_has(unsigned int loop, dev_t file_dev, ino_t file_ino)
{
	struct loop_info64 info;
	int fd = open_loop(loop, O_RDONLY);
	bool same;

	if (fd < 0)
		return false;
	same = !ioctl(fd, LOOP_GET_STATUS64, &info) && info.lo_inode == file_ino &&
	       info.lo_device == file_dev;
	close(fd);
	return same;
}

int loop_find(dev_t file_dev, ino_t file_ino)
{
	DIR *dir = opendir("/sys/block");
	struct dirent *e;
	int found = -1;
	unsigned int n;
	char path[64];

	while (dir && found < 0 && (e = readdir(dir))) {
		if (sscanf(e->d_name, "loop%u", &n) != 1)
			continue;
		snprintf(path, sizeof(path), "/sys/block/loop%u/loop", n);
		if (!access(path, F_OK) && loop_has(n, file_dev, file_ino))
			found = n;
	}
	if (dir)
		closedir(dir);
	return found;
}
