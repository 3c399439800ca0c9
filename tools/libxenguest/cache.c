// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unpacked kernels, kept for the next guest. A file's name is the SHA-256 of the packed kernel and of this boot's id:
 * entries of an earlier boot never match, so that a file which a crash left half on disk is never believed and nothing
 * has to wait for the disk. The directory belongs to root alone; entries appear by rename, whole or not at all.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "private.h"

#define MAX_ENTRIES	4
#define MIN_FREE	(256 * MIB)	/* of the file system, or nothing is kept */
#define HASH_SIZE	32

static void hash_boot_id(EVP_MD_CTX *ctx)
{
	char id[64];
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, id, sizeof(id));

	if (n > 0)
		EVP_DigestUpdate(ctx, id, n);
	if (fd >= 0)
		close(fd);
}

static int hash_input(EVP_MD_CTX *ctx, struct xg_input *in, struct xg_err *err)
{
	const uint8_t *p;
	size_t n;
	int rc;

	input_range(in, 0, in->size);
	do {
		rc = input_next(in, &p, &n, err);
		if (!rc && n)
			EVP_DigestUpdate(ctx, p, n);
	} while (!rc && n);
	return rc;
}

int cache_key(struct xg_input *in, char key[CACHE_KEY_SIZE], struct xg_err *err)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t hash[HASH_SIZE];
	int rc = -ENOMEM;

	if (ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL)) {
		hash_boot_id(ctx);
		rc = hash_input(ctx, in, err);
	}
	if (!rc && !EVP_DigestFinal_ex(ctx, hash, NULL))
		rc = -EIO;
	EVP_MD_CTX_free(ctx);
	key[0] = 0;
	for (unsigned int i = 0; i < HASH_SIZE && !rc; i++)
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

static int open_dir(const char *dir)
{
	int fd;

	mkdir(dir, 0700);
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

void cache_begin(struct xg_cache_file *f, const char *dir)
{
	int dfd = open_dir(dir);

	f->dir = dir;
	f->fd = -1;
	if (dfd < 0)
		return;
	close(dfd);
	if (!room_for_more(dir) || snprintf(f->tmp, sizeof(f->tmp), "%s/new.XXXXXX", dir) >= (int)sizeof(f->tmp))
		return;
	f->fd = mkostemp(f->tmp, O_CLOEXEC);
}

void cache_write(struct xg_cache_file *f, const uint8_t *p, size_t n)
{
	while (f->fd >= 0 && n) {
		ssize_t done = write(f->fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0) {
			cache_abort(f);
			return;
		}
		p += done;
		n -= done;
	}
}

void cache_abort(struct xg_cache_file *f)
{
	if (f->fd < 0)
		return;
	close(f->fd);
	unlink(f->tmp);
	f->fd = -1;
}

/* Removes the oldest entries, and what a killed writer left, until one more may come. */
static void make_room(const char *dir)
{
	for (;;) {
		DIR *d = opendir(dir);
		char oldest[NAME_MAX + 1] = "";
		struct timespec when = { 0 };
		unsigned int count = 0;
		struct dirent *e;
		struct stat st;

		while (d && (e = readdir(d))) {
			if (strlen(e->d_name) != CACHE_KEY_SIZE - 1 || fstatat(dirfd(d), e->d_name, &st, 0))
				continue;
			if (!count++ || st.st_mtim.tv_sec < when.tv_sec) {
				when = st.st_mtim;
				strcpy(oldest, e->d_name);
			}
		}
		if (d && count >= MAX_ENTRIES && unlinkat(dirfd(d), oldest, 0))
			count = 0;
		if (d)
			closedir(d);
		if (!d || count < MAX_ENTRIES)
			return;
	}
}

void cache_commit(struct xg_cache_file *f, const char *key)
{
	char path[sizeof(f->tmp) + CACHE_KEY_SIZE];

	if (f->fd < 0)
		return;
	make_room(f->dir);
	snprintf(path, sizeof(path), "%s/%s", f->dir, key);
	if (rename(f->tmp, path)) {
		cache_abort(f);
		return;
	}
	close(f->fd);
	f->fd = -1;
}
