/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An image file becomes a read-only loop device, which goes away with the last descriptor; a block device is taken as
 * it is. Either can then be given to another user by a device node, whatever the modes of the file. Users other than root
 * have their image files.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "guestboot.h"

#define LOOP_MAJOR	7
#define LOOP_TRIES	16

static int open_loop(int n)
{
	char name[32];
	int fd;

	snprintf(name, sizeof(name), "/dev/loop%d", n);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && !mknod(name, S_IFBLK | 0600, makedev(LOOP_MAJOR, n)))
		fd = open(name, O_RDONLY | O_CLOEXEC);
	return fd;
}

/* Others may take the free device first: then the next. */
static int attach(int control, int file, int *number)
{
	struct loop_config lc = { .fd = file, .info.lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR };

	snprintf((char *)lc.info.lo_file_name, LO_NAME_SIZE, "guestboot");
	for (int i = 0; i < LOOP_TRIES; i++) {
		int n = ioctl(control, LOOP_CTL_GET_FREE), fd = n < 0 ? -1 : open_loop(n);

		if (fd < 0)
			return -1;
		*number = n;
		if (!ioctl(fd, LOOP_CONFIGURE, &lc))
			return fd;
		close(fd);
		if (errno != EBUSY)
			return -1;
	}
	return -1;
}

static int open_image(const char *path, int file, struct disk *disk)
{
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC), number = 0;

	disk->fd = control < 0 ? -1 : attach(control, file, &number);
	if (disk->fd < 0)
		say("%s: no loop device: %s; is the module loop loaded?", path, strerror(errno));
	else
		disk->dev = makedev(LOOP_MAJOR, number);
	if (control >= 0)
		close(control);
	return disk->fd < 0 ? -1 : 0;
}

/* Users have no devices: the file itself. */
static int name_image(const char *path, int file, struct disk *disk)
{
	disk->fd = file;
	disk->image = realpath(path, NULL);
	if (!disk->image)
		say("%s cannot be found: %s", path, strerror(errno));
	return disk->image ? 0 : -1;
}

int disk_open(const char *path, struct disk *disk)
{
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc;
	struct stat st;

	*disk = (struct disk){ .fd = -1 };
	if (file < 0 || fstat(file, &st)) {
		say("%s cannot be opened: %s", path, strerror(errno));
		return -1;
	}
	if (S_ISBLK(st.st_mode) && !geteuid()) {
		/* A guest writes past this kernel's cache. */
		ioctl(file, BLKFLSBUF, 0);
		disk->fd = file;
		disk->dev = st.st_rdev;
		return 0;
	}
	if (!S_ISREG(st.st_mode) || !st.st_size) {
		say(S_ISBLK(st.st_mode) ? "%s is a block device, which is for root to read"
					: "%s is neither a disk image nor a block device", path);
		close(file);
		return -1;
	}
	if (geteuid())
		return name_image(path, file, disk);
	rc = open_image(path, file, disk);
	close(file);
	return rc;
}
