/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel tells of each descriptor of a pty's master which pty it is.
 */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "pty.h"

static bool read_start(const char *path, char *text, size_t size)
{
	FILE *f = fopen(path, "re");
	size_t n = f ? fread(text, 1, size - 1, f) : 0;

	text[n] = '\0';
	if (f)
		fclose(f);
	return n > 0;
}

static bool is_named(const char *pid, const char *program)
{
	char path[300], comm[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%s", pid);
	if (stat(path, &st) || st.st_uid != geteuid())
		return false;
	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	if (!read_start(path, comm, sizeof(comm)))
		return false;
	comm[strcspn(comm, "\n")] = '\0';
	return !strcmp(comm, program);
}

static bool is_master(const char *path, long index)
{
	static const char key[] = "\ntty-index:";
	char text[512];
	const char *found = read_start(path, text, sizeof(text)) ? strstr(text, key) : NULL;

	return found && atol(found + sizeof(key) - 1) == index;
}

static bool holds(const char *pid, long index)
{
	char path[300], file[600];
	struct dirent *e;
	bool found = false;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%s/fdinfo", pid);
	d = opendir(path);
	while (d && !found && (e = readdir(d))) {
		snprintf(file, sizeof(file), "%s/%s", path, e->d_name);
		found = isdigit((unsigned char)e->d_name[0]) && is_master(file, index);
	}
	if (d)
		closedir(d);
	return found;
}

bool pty_held_by(const char *tty, const char *program)
{
	static const char pts[] = "/dev/pts/";
	bool found = false;
	struct dirent *e;
	DIR *d;

	if (strncmp(tty, pts, sizeof(pts) - 1) || !isdigit((unsigned char)tty[sizeof(pts) - 1]))
		return true;
	d = access("/proc/self/fdinfo", F_OK) ? NULL : opendir("/proc");
	if (!d)
		return true;
	while (!found && (e = readdir(d)))
		if (isdigit((unsigned char)e->d_name[0]) && is_named(e->d_name, program))
			found = holds(e->d_name, atol(tty + sizeof(pts) - 1));
	closedir(d);
	return found;
}
