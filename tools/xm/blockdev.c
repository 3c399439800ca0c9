/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Block devices of this machine: drives and their partitions, and who uses them; who has a file open.
 */
#include <ctype.h>
#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "device.h"

/* The drive that a partition lies on; a drive is its own. */
static dev_t drive_of(dev_t dev)
{
	unsigned int maj, min;
	char path[80];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/partition", major(dev), minor(dev));
	if (access(path, F_OK))
		return dev;
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/../dev", major(dev), minor(dev));
	f = fopen(path, "r");
	if (f && fscanf(f, "%u:%u", &maj, &min) == 2)
		dev = makedev(maj, min);
	if (f)
		fclose(f);
	return dev;
}

bool blockdev_overlap(dev_t a, dev_t b)
{
	dev_t drive = drive_of(a);

	return a == b || (drive == drive_of(b) && (a == drive || b == drive));
}

static bool find_mount(dev_t dev, char *buf, size_t size)
{
	FILE *f = fopen("/proc/self/mountinfo", "r");
	unsigned int maj, min;
	char line[1024], at[256];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*u %*u %u:%u %*s %255s", &maj, &min, at) != 3)
			continue;
		found = blockdev_overlap(dev, makedev(maj, min));
		if (found)
			snprintf(buf, size, "it is mounted on %.100s", at);
	}
	if (f)
		fclose(f);
	return found;
}

static bool find_swap(dev_t dev, char *buf, size_t size)
{
	FILE *f = fopen("/proc/swaps", "r");
	char line[512], path[256];
	bool found = false;
	struct stat st;

	while (f && !found && fgets(line, sizeof(line), f)) {
		found = sscanf(line, "%255s", path) == 1 && !stat(path, &st) && S_ISBLK(st.st_mode) &&
			blockdev_overlap(dev, st.st_rdev);
		if (found)
			snprintf(buf, size, "it is swap space");
	}
	if (f)
		fclose(f);
	return found;
}

/* Volumes and arrays that are built on it. */
static bool find_holder(dev_t dev, char *buf, size_t size)
{
	bool found = false;
	struct dirent *e;
	char path[80];
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/holders", major(dev), minor(dev));
	dir = opendir(path);
	while (dir && !found && (e = readdir(dir))) {
		found = e->d_name[0] != '.';
		if (found)
			snprintf(buf, size, "%.60s is built on it", e->d_name);
	}
	if (dir)
		closedir(dir);
	return found;
}

void blockdev_holder(dev_t dev, char *buf, size_t size)
{
	if (!find_mount(dev, buf, size) && !find_swap(dev, buf, size) && !find_holder(dev, buf, size))
		snprintf(buf, size, "some program has it for itself alone");
}

static bool has_open(const char *pid, const struct stat *want)
{
	bool found = false;
	struct dirent *e;
	struct stat st;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%.16s/fd", pid);
	dir = opendir(path);
	while (dir && !found && (e = readdir(dir)))
		found = !fstatat(dirfd(dir), e->d_name, &st, 0) && st.st_dev == want->st_dev &&
			st.st_ino == want->st_ino;
	if (dir)
		closedir(dir);
	return found;
}

/* The next program in /proc that has this file open; 0: there is no more. */
static long next_user(DIR *proc, const struct stat *want)
{
	struct dirent *e;

	while (proc && (e = readdir(proc)))
		if (isdigit((unsigned char)e->d_name[0]) && has_open(e->d_name, want))
			return atol(e->d_name);
	return 0;
}

void file_user(const char *path, char *buf, size_t size)
{
	DIR *proc = opendir("/proc");
	char name[32] = "", file[64];
	struct stat want;
	long pid;
	FILE *f;

	snprintf(buf, size, "another program");
	if (stat(path, &want))
		memset(&want, 0, sizeof(want));
	while (!name[0] && (pid = next_user(proc, &want))) {
		snprintf(file, sizeof(file), "/proc/%ld/comm", pid);
		f = fopen(file, "re");
		if (f && fgets(name, sizeof(name), f))
			snprintf(buf, size, "%.*s (process %ld)", (int)strcspn(name, "\n"), name, pid);
		if (f)
			fclose(f);
	}
	if (proc)
		closedir(proc);
}

void file_kill_users(int fd)
{
	DIR *proc = opendir("/proc");
	struct stat want;
	long pid;

	while (!fstat(fd, &want) && (pid = next_user(proc, &want)))
		if (pid != getpid())
			kill(pid, SIGKILL);
	if (proc)
		closedir(proc);
}
