/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In the jail: find GRUB's menu on the disk, choose an entry, copy its files. grub-fstest does the reading, one run per
 * file; what it writes is bounded by a file size limit and by how much is taken from its pipe.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>
#include "grubcfg.h"
#include "guestboot.h"

#define FSTEST		"/usr/bin/grub-fstest"
#define MAX_DEVICES	64
#define MAX_PATH	768
#define NO_ROOM		(64ul << 10)	/* a file system with less than that is full */

/* One run of grub-fstest with its output on @out. */
static pid_t run(int out, const char *verb, const char *path)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	int null = open(JAIL_DISK, O_RDONLY | O_CLOEXEC);	/* there is no /dev/null here */

	if (dup2(out, 1) < 0 || dup2(null, 2) < 0 || dup2(null, 0) < 0 || jail_tighten())
		_exit(127);
	execl(FSTEST, "grub-fstest", JAIL_DISK, verb, path, (char *)NULL);
	_exit(126);
}

static int finish(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Its output in memory, at most @max bytes; NULL when it failed, or said more (then *len is above @max). */
static char *capture(const char *verb, const char *path, size_t max, size_t *len)
{
	char *text = malloc(max + 1);
	int fd[2];
	ssize_t n = 1;
	pid_t pid;

	*len = 0;
	/* The other program must not have the reading end: it would wait for a reader for ever. */
	if (!text || pipe2(fd, O_CLOEXEC)) {
		free(text);
		return NULL;
	}
	pid = run(fd[1], verb, path);
	close(fd[1]);
	for (; pid > 0 && n > 0 && *len <= max; *len += n > 0 ? n : 0)
		n = read(fd[0], text + *len, max + 1 - *len);
	close(fd[0]);
	if (pid < 0 || finish(pid) || *len > max) {
		free(text);
		return NULL;
	}
	return text;
}

static const char *why_not_copied(int rc, int out)
{
	struct statvfs fs;

	if (rc < 0)
		return "is too large or takes too long";
	if (!fstatvfs(out, &fs) && fs.f_bavail * fs.f_frsize < NO_ROOM)
		return "does not fit into what is free where it is copied to";
	return "cannot be read";
}

/* Appends a file of the disk to @out. */
static int copy_file(const char *device, const char *file, int out, size_t max)
{
	const struct rlimit r = { max, MAX_RAMDISK };
	char path[MAX_PATH];
	int rc;

	/* A path with a device in front could name something that is not the guest's. */
	if (file[0] != '/' || snprintf(path, sizeof(path), "%s%s", device, file) >= (int)sizeof(path)) {
		say("its menu names '%s', which is not a path on the disk the menu lies on", file);
		return -1;
	}
	setrlimit(RLIMIT_FSIZE, &r);
	rc = finish(run(out, "cat", path));
	if (rc)
		say("its menu names %s, which %s", file, why_not_copied(rc, out));
	return rc;
}

/* The last two: the subvolumes of btrfs in which Debian's and Ubuntu's installers put the whole system. */
static const char *const places[] = {
	"/boot/grub/", "/grub/", "/boot/grub2/", "/grub2/", "/@rootfs/boot/grub/", "/@/boot/grub/",
};

static char *read_menu(const char *device, const char *place, const char *name, size_t *len)
{
	char path[MAX_PATH];

	snprintf(path, sizeof(path), "%s%s%s", device, place, name);
	return capture("cat", path, GRUB_MAX_TEXT, len);
}

/* A menu whose default was saved: by whom it was saved last. */
static void saved_default(struct grub_menu *menu, const char *device, const char *place)
{
	size_t len;
	char *env;

	if (!menu->saved)
		return;
	env = read_menu(device, place, "grubenv", &len);
	if (!env || !grub_env(env, len, "saved_entry", menu->chosen, sizeof(menu->chosen)))
		strcpy(menu->chosen, "0");
	free(env);
}

/* @large is set when there is a menu that is too large to be one. */
static int menu_at(const char *device, struct grub_menu *menu, bool *large)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		size_t len;
		char *text = read_menu(device, places[i], "grub.cfg", &len);
		int rc = text ? grub_parse(text, len, menu) : -1;

		*large |= len > GRUB_MAX_TEXT;
		free(text);
		if (!rc && grub_first(menu, NULL)) {
			saved_default(menu, device, places[i]);
			return 0;
		}
		if (!rc)
			grub_free(menu);
	}
	return -1;
}

/* grub-fstest lists what it found as (name) (name): the disk, its partitions, volumes on them. */
static int find_menu(char device[128], struct grub_menu *menu)
{
	size_t len;
	bool large = false;
	char *list = capture("ls", NULL, 8192, &len), *p = list, *close;

	if (!list) {
		say(FSTEST " cannot be run, or cannot make sense of the disk");
		return -1;
	}
	list[len] = 0;
	for (int i = 0; i < MAX_DEVICES && (p = strchr(p, '(')) && (close = strchr(p, ')')); i++, p = close) {
		size_t n = close + 1 - p;

		if (n >= 128 || !strncmp(p, "(proc)", n) || !strncmp(p, "(host)", n))
			continue;
		memcpy(device, p, n);
		device[n] = 0;
		if (!menu_at(device, menu, &large)) {
			free(list);
			return 0;
		}
	}
	free(list);
	say(large ? "the only menu of GRUB on the disk has more than %u bytes" :
	    "no menu of GRUB with a Linux in it was found on the disk (looked for grub.cfg in /boot/grub, /grub, "
	    "/boot/grub2, /grub2 and the subvolumes @rootfs and @ of every partition)", GRUB_MAX_TEXT);
	return -1;
}

static void show(const struct grub_menu *menu, const struct grub_entry *chosen)
{
	for (unsigned int i = 0; i < menu->nr; i++) {
		const struct grub_entry *e = &menu->entry[i];
		char where[64];

		snprintf(where, sizeof(where), "%u", e->number);
		if (e->parent >= 0)
			snprintf(where, sizeof(where), "%u>%u", menu->entry[e->parent].number, e->number);
		printf("%c %-6s %s\n", e == chosen ? '*' : ' ', where, e->title);
		if (e->kernel[0])
			printf("         %s %s\n", e->kernel, e->args);
	}
}

/* An entry asked for must be there and usable; the menu's own choice may be one that we cannot boot. */
static const struct grub_entry *choose(const struct grub_menu *menu, const char *spec)
{
	const struct grub_entry *e = grub_find(menu, spec ? spec : menu->chosen);

	if (spec && !e)
		say("there is no entry '%s' in its menu", spec);
	if (spec && e && e->submenu)
		e = grub_first(menu, e);
	else if (spec && e && (!e->kernel[0] || e->too_long)) {
		say("entry '%s' of its menu boots no Linux, or is too long", spec);
		return NULL;
	}
	return spec ? e : grub_first(menu, e);
}

static int write_text(int fd, const char *what, const char *text)
{
	size_t len = strlen(text);

	if (write(fd, text, len) == (ssize_t)len)
		return 0;
	say("%s cannot be written: %s", what, strerror(errno));
	return -1;
}

/* For people: what the copies were. */
static int write_choice(int fd, const struct grub_entry *e)
{
	char text[(2 + GRUB_MAX_INITRDS) * (GRUB_MAX_NAME + 1)];
	size_t len = snprintf(text, sizeof(text), "%s\n%s\n", e->title, e->kernel);

	for (unsigned int i = 0; i < e->nr_initrds; i++)
		len += snprintf(text + len, sizeof(text) - len, "%s\n", e->initrd[i]);
	return write_text(fd, "the entry", text);
}

static int take(const struct job *job, const char *device, const struct grub_entry *e)
{
	int rc = copy_file(device, e->kernel, job->kernel, MAX_KERNEL);

	for (unsigned int i = 0; i < e->nr_initrds && !rc; i++)
		rc = copy_file(device, e->initrd[i], job->ramdisk, MAX_RAMDISK);
	if (!rc)
		rc = write_text(job->cmdline, "the command line", e->args);
	if (!rc)
		rc = write_choice(job->chosen, e);
	return rc;
}

int reader(const struct job *job)
{
	const struct grub_entry *e;
	struct grub_menu menu;
	char device[128];

	if (find_menu(device, &menu))
		return EXIT_BAD_DISK;
	e = choose(&menu, job->entry);
	if (e && job->list) {
		show(&menu, e);
		return fflush(stdout) ? EXIT_HERE : 0;
	}
	return e && !take(job, device, e) ? 0 : EXIT_BAD_DISK;
}
