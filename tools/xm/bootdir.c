/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Folders for what guestboot takes out of a guest's disk: on a drive, since a guest chooses how large that is. Each is
 * locked by who made it; one without a lock was left by an xm that was killed, and the next one removes it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "guest.h"

#define BOOT_DIR	"/var/lib/xen/boot"
#define PREFIX		"boot-"
#define MAX_TRIES	5

static void empty(int dir)
{
	static const char *const names[] = { "kernel", "ramdisk", "cmdline", "entry" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlinkat(dir, names[i], 0);
}

/* A descriptor with the folder's lock, or -1: another one has it. */
static int take(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB) && !fstat(fd, &st) && st.st_nlink)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

void bootdir_remove(char *path, int lock)
{
	if (!path[0])
		return;
	empty(lock);
	rmdir(path);
	close(lock);
	path[0] = 0;
}

static void remove_stale(void)
{
	DIR *dir = opendir(BOOT_DIR);
	char path[BOOTDIR_MAX];
	struct dirent *e;
	int lock;

	while (dir && (e = readdir(dir))) {
		if (strncmp(e->d_name, PREFIX, strlen(PREFIX)) ||
		    snprintf(path, sizeof(path), BOOT_DIR "/%s", e->d_name) >= (int)sizeof(path))
			continue;
		lock = take(path);
		if (lock >= 0)
			bootdir_remove(path, lock);
	}
	if (dir)
		closedir(dir);
}

int bootdir_make(struct xm *xm, char path[BOOTDIR_MAX], int *lock)
{
	int rc = 0;

	mkdir("/var/lib/xen", 0755);
	mkdir(BOOT_DIR, 0700);
	remove_stale();
	*lock = -1;
	/* Until the lock is taken another xm may take the folder for a stale one. */
	for (int i = 0; i < MAX_TRIES && !rc && *lock < 0; i++) {
		strcpy(path, BOOT_DIR "/" PREFIX "XXXXXX");
		if (!mkdtemp(path) || ((*lock = take(path)) < 0 && rmdir(path) && errno != ENOENT))
			rc = -errno;
	}
	if (*lock >= 0)
		return 0;
	path[0] = 0;
	return xm_fail(xm, rc ? rc : -EAGAIN, "no folder can be made and locked in %s: %s", BOOT_DIR,
		       strerror(rc ? -rc : EAGAIN));
}
