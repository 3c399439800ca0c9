/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the header of a qcow2 image says, looked at before qemu-nbd sees it.
 *
 * A header can name other files: a backing file, a data file. Whoever made the image would choose which files of this
 * machine a guest gets to read. So an image that needs another file is refused (and qemu-nbd is told to open none).
 */
#include <ctype.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "device.h"

#define QCOW2_MAGIC	"QFI\xfb"
#define V2_BYTES	72
#define V3_BYTES	104
#define MAX_SIZE	(1ull << 60)

/* Features that a reader must know (bytes 72 to 79 of version 3). */
enum { INCOMPAT_CORRUPT = 1 << 1, INCOMPAT_DATA_FILE = 1 << 2, INCOMPAT_KNOWN = 0x1f };

static uint32_t be32_at(const uint8_t *h, unsigned int at)
{
	uint32_t n;

	memcpy(&n, h + at, sizeof(n));
	return be32toh(n);
}

static uint64_t be64_at(const uint8_t *h, unsigned int at)
{
	return (uint64_t)be32_at(h, at) << 32 | be32_at(h, at + 4);
}

/* The header, zeros behind its end. Negative errno, or how many bytes there are. */
static int read_header(const char *path, uint8_t h[V3_BYTES])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), n;

	memset(h, 0, V3_BYTES);
	if (fd < 0)
		return -errno;
	n = pread(fd, h, V3_BYTES, 0);
	n = n < 0 ? -errno : n;
	close(fd);
	return n;
}

bool qcow2_looks_like(const char *path)
{
	uint8_t h[V3_BYTES];

	return read_header(path, h) >= V2_BYTES && !memcmp(h, QCOW2_MAGIC, 4) && be32_at(h, 4) >= 2 &&
	       be32_at(h, 4) <= 3;
}

/* The name of the backing file as far as it can be shown. */
static void backing_name(const char *path, const uint8_t *h, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t want = be32_at(h, 16);
	ssize_t n;

	if (want >= size)
		want = size - 1;
	n = fd < 0 ? 0 : pread(fd, buf, want, be64_at(h, 8));
	if (fd >= 0)
		close(fd);
	n = n < 0 ? 0 : n;
	for (ssize_t i = 0; i < n; i++)
		if (!isprint((unsigned char)buf[i]))
			buf[i] = '?';
	buf[n] = '\0';
}

static int refuse(struct xm *xm, const struct cfg_disk *d, const char *why)
{
	return xm_fail(xm, -EINVAL, "disk %s (%s): %s", d->vdev, d->target, why);
}

static int refuse_backing(struct xm *xm, const struct cfg_disk *d, const uint8_t *h)
{
	char name[128];

	backing_name(d->target, h, name, sizeof(name));
	return xm_fail(xm, -EPERM,
		       "disk %s (%s): the image names another file ('%s') as its backing file, and xm opens no file "
		       "that only an image asks for; 'qemu-img convert -O qcow2' makes one image of both",
		       d->vdev, d->target, name);
}

static int check_features(struct xm *xm, const struct cfg_disk *d, const uint8_t *h)
{
	uint64_t features = be32_at(h, 4) == 3 ? be64_at(h, 72) : 0;

	if (features & INCOMPAT_DATA_FILE)
		return refuse(xm, d, "the image keeps its data in another file, and xm opens no file that only an "
			      "image asks for; 'qemu-img convert -O qcow2' makes one image");
	if (features & INCOMPAT_CORRUPT)
		return refuse(xm, d, "the image is marked as corrupt; 'qemu-img check -r all' may repair it");
	if (features & ~(uint64_t)INCOMPAT_KNOWN)
		return refuse(xm, d, "the image uses features that are not known here");
	return 0;
}

int qcow2_check(struct xm *xm, const struct cfg_disk *d)
{
	uint8_t h[V3_BYTES];
	int n = read_header(d->target, h);

	if (n < 0)
		return xm_fail(xm, n, "disk %s (%s): %s", d->vdev, d->target, strerror(-n));
	if (n < V2_BYTES || memcmp(h, QCOW2_MAGIC, 4))
		return refuse(xm, d, "this is no qcow2 image; for a raw one leave out the format");
	if (be32_at(h, 4) != 2 && be32_at(h, 4) != 3)
		return refuse(xm, d, "the image is of a version other than 2 and 3");
	if (be64_at(h, 8))
		return refuse_backing(xm, d, h);
	if (be32_at(h, 32))
		return refuse(xm, d, "the image is encrypted, which is not supported");
	if (be64_at(h, 24) < 512 || be64_at(h, 24) > MAX_SIZE)
		return refuse(xm, d, "the image's size is none that a disk can have");
	return check_features(xm, d, h);
}
