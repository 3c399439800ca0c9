// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unpacked kernels, kept for the next guest. A file's name is the SHA-256 of the packed kernel. Those that are
 * written in passing, when a guest is made, have a part of this boot's id behind it: they never match after the
 * next boot, so that a file which a crash left half on disk is not believed and nothing has to wait for the disk.
 * Those that are written ahead of time wait for it. They are kept as they are: to read them whole takes half the
 * instructions of unpacking even lz4. The directory belongs to root alone; entries appear by rename, whole or not
 * at all.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "xg_internal.h"

#define MAX_ENTRIES	4
#define MIN_FREE	(96 * MIB)	/* of the file system, or nothing is kept: an image has 60 to 70 */
#define SUFFIX_SIZE	32
#define NAME_SIZE	(CACHE_KEY_SIZE + SUFFIX_SIZE)

/* What stands behind the key in the name of an entry of this boot: a dot and the boot's id, shortened. */
static void boot_suffix(char suffix[SUFFIX_SIZE])
{
	char id[SUFFIX_SIZE - 2] = "";
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, id, sizeof(id));

	snprintf(suffix, SUFFIX_SIZE, ".%.*s", (int)(n > 0 ? n : 0), id);
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

static void boot_name(char name[NAME_SIZE], const char *key)
{
	char suffix[SUFFIX_SIZE];

	boot_suffix(suffix);
	snprintf(name, NAME_SIZE, "%s%s", key, suffix);
}

int cache_find(const char *dir, const char *key, enum cache_life life)
{
	char name[NAME_SIZE];
	int dfd = open_dir(dir);
	int fd;

	if (dfd < 0)
		return -1;
	fd = openat(dfd, key, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && life == CACHE_THIS_BOOT) {
		boot_name(name, key);
		fd = openat(dfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	}
	close(dfd);
	if (fd >= 0 && !trusted(fd, S_IFREG)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

void cache_forget(const char *dir, const char *key)
{
	char name[NAME_SIZE];
	int dfd = open_dir(dir);

	if (dfd < 0)
		return;
	boot_name(name, key);
	unlinkat(dfd, key, 0);
	unlinkat(dfd, name, 0);
	close(dfd);
}

static bool room_for_more(const char *dir)
{
	struct statvfs st;

	return !statvfs(dir, &st) && st.f_bavail * st.f_frsize >= MIN_FREE;
}

static void write_all(struct xg_cache_file *f, const uint8_t *p, size_t n)
{
	while (f->fd >= 0 && n) {
		ssize_t done = pwrite(f->fd, p, n, f->size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0) {
			cache_abort(f);
			return;
		}
		f->size += done;
		p += done;
		n -= done;
	}
}

void cache_begin(struct xg_cache_file *f, const char *dir, enum cache_life life)
{
	int dfd = open_dir(dir);

	*f = (struct xg_cache_file){ .dir = dir, .life = life, .fd = -1 };
	if (dfd < 0)
		return;
	close(dfd);
	if (!room_for_more(dir) ||
	    snprintf(f->tmp, sizeof(f->tmp), "%s/new.XXXXXX", dir) >= (int)sizeof(f->tmp))
		return;
	f->fd = mkostemp(f->tmp, O_CLOEXEC);
}

static bool is_zero_page(const uint8_t *p)
{
	static const uint8_t zeros[PAGE_SIZE];

	return !memcmp(p, zeros, PAGE_SIZE);
}

/* How many of the n bytes, which are to lie at pos in the file, are whole pages of zeros, or are something else. */
static size_t run_length(uint64_t pos, const uint8_t *p, size_t n, bool *zero)
{
	size_t len = 0;

	while (len < n) {
		size_t page_end = align_up(pos + len + 1, PAGE_SIZE) - pos;
		size_t part = (page_end < n ? page_end : n) - len;
		bool z = part == PAGE_SIZE && is_zero_page(p + len);

		if (len && z != *zero)
			break;
		*zero = z;
		len += part;
	}
	return len;
}

/* Pages of zeros, half of a kernel, become holes: they take neither room nor time. */
void cache_write(struct xg_cache_file *f, const uint8_t *p, size_t n)
{
	while (f->fd >= 0 && n) {
		bool zero = false;
		size_t len = run_length(f->size, p, n, &zero);

		if (zero)
			f->size += len;
		else
			write_all(f, p, len);
		p += len;
		n -= len;
	}
}

static void release(struct xg_cache_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
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

/* A crash after this leaves the whole file, or none. */
static int settle(const struct xg_cache_file *f)
{
	int dfd, rc;

	if (fsync(f->fd))
		return -errno;
	dfd = open_dir(f->dir);
	rc = dfd < 0 || fsync(dfd) ? -errno : 0;
	if (dfd >= 0)
		close(dfd);
	return rc;
}

int cache_commit(struct xg_cache_file *f, const char *key)
{
	char path[sizeof(f->tmp) + NAME_SIZE], name[NAME_SIZE];
	int rc = 0;

	if (f->fd < 0)
		return -ENOSPC;
	/* The last page may be a hole. */
	if (ftruncate(f->fd, f->size)) {
		rc = -errno;
		cache_abort(f);
		return rc;
	}
	if (f->life == CACHE_THIS_BOOT)
		boot_name(name, key);
	else
		rc = settle(f);
	make_room(f->dir);
	snprintf(path, sizeof(path), "%s/%s", f->dir, f->life == CACHE_THIS_BOOT ? name : key);
	if (!rc && rename(f->tmp, path))
		rc = -errno;
	if (!rc && f->life == CACHE_LASTING)
		rc = settle(f);
	if (rc)
		cache_abort(f);
	else
		release(f);
	return rc;
}
