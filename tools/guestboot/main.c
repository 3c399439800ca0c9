/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guestboot: options and files; see guestboot.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "guestboot.h"

void say(const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (char *p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 127)
			*p = '?';
	fprintf(stderr, "guestboot: %s\n", text);
}

static void usage(FILE *out)
{
	fputs("usage: guestboot [--entry=ENTRY] --output=DIR DISK\n"
	      "       guestboot [--entry=ENTRY] --list DISK\n"
	      "Reads a guest's kernel out of its disk, an image file or a block device, without trusting it.\n"
	      "  -e, --entry=ENTRY   number (1, or 1>0 for one in a submenu), title or identity in GRUB's menu\n"
	      "  -l, --list          show the menu; * marks what would be taken\n"
	      "  -o, --output=DIR    where the files kernel, ramdisk and cmdline are made\n"
	      "\nExample:\n  guestboot --list /var/lib/xen/images/debian.img\n", out);
}

static int output(const char *dir, const char *name)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		say("%s cannot be made: %s", path, strerror(errno));
	return fd;
}

static const char *parse(int argc, char **argv, struct job *job)
{
	static const struct option longs[] = {
		{ "entry", required_argument, NULL, 'e' }, { "list", no_argument, NULL, 'l' },
		{ "output", required_argument, NULL, 'o' }, { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *dir = NULL;
	int opt;

	while ((opt = getopt_long(argc, argv, "e:lo:h", longs, NULL)) != -1) {
		switch (opt) {
		case 'e':
			job->entry = optarg;
			break;
		case 'l':
			job->list = true;
			break;
		case 'o':
			dir = optarg;
			break;
		default:
			usage(opt == 'h' ? stdout : stderr);
			exit(opt == 'h' ? 0 : EXIT_USAGE);
		}
	}
	if (optind + 1 != argc || !dir == !job->list) {
		usage(stderr);
		exit(EXIT_USAGE);
	}
	job->disk = argv[optind];
	return dir;
}

int main(int argc, char **argv)
{
	struct job job = { .kernel = -1, .ramdisk = -1, .cmdline = -1 };
	const char *dir = parse(argc, argv, &job);
	int fd;
	dev_t disk;

	if (dir && ((job.kernel = output(dir, "kernel")) < 0 || (job.ramdisk = output(dir, "ramdisk")) < 0 ||
		    (job.cmdline = output(dir, "cmdline")) < 0))
		return EXIT_HERE;
	if (disk_open(job.disk, &fd, &disk))
		return EXIT_BAD_DISK;
	return jail_run(&job, disk);
}
