// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unpacked kernels, kept for the next guest. A file's name is the SHA-256 of the packed kernel and of this
 * boot's id: entries of an earlier boot never match, so that a file which a crash left half on disk is never
 * believed and nothing has to wait for the disk. They are packed by lz4: to unpack that is cheaper than to
 * read the whole, and a control domain that lives in memory has a third of it to give. The directory belongs
 * to root alone; entries appear by rename, whole or not at all.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <lz4.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "xg_internal.h"

#define MAX_ENTRIES	4
#define MIN_FREE	(64 * MIB)	/* of the file system, or nothing is kept */
#define BLOCK		(256 * 1024UL)
#define HASTE		8		/* lz4's trade of ratio for speed */

static void hash_boot_id(SHA256_CTX *ctx)
{
	char id[64];
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, id, sizeof(id));

	if (n > 0)
		SHA256_Update(ctx, id, n);
	if (fd >= 0)
		close(fd);
}

static int hash_input(SHA256_CTX *ctx, struct xg_input *in, struct xg_err *err)
{
	const uint8_t *p;
	size_t n;
	int rc;

	input_range(in, 0, in->size);
	do {
		rc = input_next(in, &p, &n, err);
		if (!rc && n)
			SHA256_Update(ctx, p, n);
	} while (!rc && n);
	return rc;
}

int cache_key(struct xg_input *in, char key[CACHE_KEY_SIZE], struct xg_err *err)
{
	uint8_t hash[SHA256_DIGEST_LENGTH];
	SHA256_CTX ctx;
	int rc;

	SHA256_Init(&ctx);
	hash_boot_id(&ctx);
	rc = hash_input(&ctx, in, err);
	SHA256_Final(hash, &ctx);
	key[0] = 0;
	for (unsigned int i = 0; i < sizeof(hash) && !rc; i++)
		sprintf(key + 2 * i, "%02x", hash[i]);
	return rc;
}

/* Only what nobody else can have written counts. */
static bool trusted(int fd, mode_t type)
{
	struct stat st;

	return !fstat(fd, &st) && (st.st_mode & S_IFMT) == type && st.st_uid == geteuid() &&
	       !(st.st_mode & (S_IWGRP | S_IWOTH));
}

/* Makes the directory and, for everybody to look into, what it lies in. */
static void make_dir(const char *dir)
{
	char path[PATH_MAX];
	char *p;

	if (!mkdir(dir, 0700) || errno != ENOENT || strlen(dir) >= sizeof(path))
		return;
	strcpy(path, dir);
	for (p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = 0;
		mkdir(path, 0755);
		*p = '/';
	}
	mkdir(dir, 0700);
}

static int open_dir(const char *dir)
{
	int fd;

	make_dir(dir);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0 && !trusted(fd, S_IFDIR)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

int cache_find(const char *dir, const char *key)
{
	int dfd = open_dir(dir);
	int fd;

	if (dfd < 0)
		return -1;
	fd = openat(dfd, key, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	close(dfd);
	if (fd >= 0 && !trusted(fd, S_IFREG)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static bool room_for_more(const char *dir)
{
	struct statvfs st;

	return !statvfs(dir, &st) && st.f_bavail * st.f_frsize >= MIN_FREE;
}

static void write_all(struct xg_cache_file *f, const void *p, size_t n)
{
	while (f->fd >= 0 && n) {
		ssize_t done = write(f->fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0) {
			cache_abort(f);
			return;
		}
		p = (const char *)p + done;
		n -= done;
	}
}

void cache_begin(struct xg_cache_file *f, const char *dir)
{
	const uint32_t magic = LZ4_LEGACY_MAGIC;
	int dfd = open_dir(dir);

	*f = (struct xg_cache_file){ .dir = dir, .fd = -1 };
	if (dfd < 0)
		return;
	close(dfd);
	if (!room_for_more(dir) ||
	    snprintf(f->tmp, sizeof(f->tmp), "%s/new.XXXXXX", dir) >= (int)sizeof(f->tmp))
		return;
	f->block = malloc(BLOCK);
	f->packed = malloc(sizeof(uint32_t) + LZ4_COMPRESSBOUND(BLOCK));
	f->fd = mkostemp(f->tmp, O_CLOEXEC);
	if (!f->block || !f->packed)
		cache_abort(f);
	write_all(f, &magic, sizeof(magic));
}

static void flush_block(struct xg_cache_file *f)
{
	uint32_t len;

	if (f->fd < 0 || !f->fill)
		return;
	len = LZ4_compress_fast((char *)f->block, (char *)f->packed + sizeof(len), f->fill,
				LZ4_COMPRESSBOUND(BLOCK), HASTE);
	memcpy(f->packed, &len, sizeof(len));
	write_all(f, f->packed, sizeof(len) + len);
	f->fill = 0;
}

void cache_write(struct xg_cache_file *f, const uint8_t *p, size_t n)
{
	while (f->fd >= 0 && n) {
		size_t len = n < BLOCK - f->fill ? n : BLOCK - f->fill;

		copy_bulk(f->block + f->fill, p, len);
		f->fill += len;
		p += len;
		n -= len;
		if (f->fill == BLOCK)
			flush_block(f);
	}
}

static void release(struct xg_cache_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	free(f->block);
	free(f->packed);
	f->block = f->packed = NULL;
}

void cache_abort(struct xg_cache_file *f)
{
	if (f->fd >= 0)
		unlink(f->tmp);
	release(f);
}

static bool older(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

/* Counts the files, the one being written too, and names the oldest. */
static unsigned int survey(DIR *d, char oldest[NAME_MAX + 1])
{
	struct timespec when = { 0 };
	unsigned int count = 0;
	struct dirent *e;
	struct stat st;

	rewinddir(d);
	while ((e = readdir(d))) {
		if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
			continue;
		if (!count++ || older(&st.st_mtim, &when)) {
			when = st.st_mtim;
			strcpy(oldest, e->d_name);
		}
	}
	return count;
}

/*
 * Removes the oldest files (those that a killed writer left are among them) until there are no more than
 * allowed.
 */
static void make_room(const char *dir)
{
	char oldest[NAME_MAX + 1];
	DIR *d = opendir(dir);

	if (!d)
		return;
	while (survey(d, oldest) > MAX_ENTRIES && !unlinkat(dirfd(d), oldest, 0))
		continue;
	closedir(d);
}

void cache_commit(struct xg_cache_file *f, const char *key)
{
	char path[sizeof(f->tmp) + CACHE_KEY_SIZE];

	flush_block(f);
	if (f->fd < 0) {
		release(f);
		return;
	}
	make_room(f->dir);
	snprintf(path, sizeof(path), "%s/%s", f->dir, key);
	if (rename(f->tmp, path))
		cache_abort(f);
	else
		release(f);
}
