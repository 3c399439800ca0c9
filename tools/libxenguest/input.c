// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel files are read in small pieces, never mapped: a file that is cut while we read gives a short read,
 * not a signal, and a small control domain needs no room for it.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xg_internal.h"

#define IN_SIZE (64 * 1024UL)

int xg_fail(struct xg_err *err, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return code;
}

static int check_file(int fd, uint64_t *size)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	*size = st.st_size;
	return 0;
}

int input_from_fd(struct xg_input *in, int fd, const char *name, struct xg_err *err)
{
	int rc;

	*in = (struct xg_input){ .fd = fd, .name = name };
	rc = check_file(in->fd, &in->size);
	if (!rc) {
		in->buf = malloc(IN_SIZE);
		rc = in->buf ? 0 : -ENOMEM;
	}
	if (!rc)
		return 0;
	input_close(in);
	return xg_fail(err, rc, "%s: %s", name, rc == -EINVAL ? "not a regular file" : strerror(-rc));
}

int input_open(struct xg_input *in, const char *path, struct xg_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return xg_fail(err, -errno, "%s: %s", path, strerror(errno));
	return input_from_fd(in, fd, path, err);
}

int input_from_memory(struct xg_input *in, const void *mem, size_t size, struct xg_err *err)
{
	if (!mem)
		return xg_fail(err, -EINVAL, "no kernel given");
	*in = (struct xg_input){ .fd = -1, .mem = mem, .size = size, .name = "kernel" };
	return 0;
}

void input_close(struct xg_input *in)
{
	if (in->fd >= 0)
		close(in->fd);
	free(in->buf);
	in->fd = -1;
	in->buf = NULL;
}

int input_pread(struct xg_input *in, void *buf, size_t n, uint64_t off, struct xg_err *err)
{
	if (off > in->size || n > in->size - off)
		return xg_fail(err, -ENOEXEC, "%s: truncated (%llu bytes)", in->name,
			       (unsigned long long)in->size);
	if (in->mem) {
		memcpy(buf, in->mem + off, n);
		return 0;
	}
	while (n) {
		ssize_t got = pread(in->fd, buf, n, off);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return xg_fail(err, -errno, "%s: %s", in->name, strerror(errno));
		if (!got)
			return xg_fail(err, -ENOEXEC, "%s: became shorter while it was read", in->name);
		buf = (char *)buf + got;
		off += got;
		n -= got;
	}
	return 0;
}

uint64_t input_run(const struct xg_input *in, uint64_t off, uint64_t n, bool *hole)
{
	off_t data = in->mem ? (off_t)off : lseek(in->fd, off, SEEK_DATA), end;

	*hole = false;
	/* A file system that knows no holes says EINVAL; who reads then finds the zeros. */
	if (data < 0 && errno != ENXIO)
		return n;
	*hole = data < 0 || (uint64_t)data > off;
	if (*hole)
		return data < 0 || (uint64_t)data - off > n ? n : (uint64_t)data - off;
	end = in->mem ? -1 : lseek(in->fd, off, SEEK_HOLE);
	return end <= data || (uint64_t)end - off > n ? n : (uint64_t)end - off;
}

void input_range(struct xg_input *in, uint64_t pos, uint64_t end)
{
	in->pos = pos;
	in->end = end;
}

int input_next(struct xg_input *in, const uint8_t **p, size_t *n, struct xg_err *err)
{
	uint64_t left = in->end - in->pos;
	int rc = 0;

	if (in->mem) {
		*n = left;
		*p = in->mem + in->pos;
	} else {
		*n = left < IN_SIZE ? left : IN_SIZE;
		*p = in->buf;
		if (*n)
			rc = input_pread(in, in->buf, *n, in->pos, err);
	}
	in->pos += *n;
	return rc;
}
