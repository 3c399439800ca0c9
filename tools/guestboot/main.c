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
#include "plain.h"

void say(const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	plain_line(text, strlen(text));
	fprintf(stderr, "guestboot: %s\n", text);
}

static void usage(FILE *out)
{
	fputs("usage: guestboot [--entry=ENTRY] --output=DIR DISK\n"
	      "       guestboot [--entry=ENTRY] --list DISK\n"
	      "Reads a guest's kernel out of its disk, an image file or a block device, without trusting it.\n"
	      "  -e, --entry=ENTRY   number (1, or 1>0 for one in a submenu), title or identity in GRUB's menu\n"
	      "  -l, --list          show the menu; * marks what would be taken\n"
	      "  -o, --output=DIR    where the files kernel, ramdisk, cmdline and entry are made\n"
	      "  -t, --timeout=S     seconds after which it gives up (120)\n"
	      "\nExample:\n  guestboot --list /var/lib/xen/images/debian.img\n", out);
}

static const char *const names[] = { "kernel", "ramdisk", "cmdline", "entry" };

#define NR_NAMES	(sizeof(names) / sizeof(names[0]))

/* Removes the first @nr of the files. By descriptor: the jail's root has become ours as well by then. */
static void remove_output(int dir, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		unlinkat(dir, names[i], 0);
}

/* A descriptor of the directory, or -1. */
static int make_output(const char *path, struct job *job)
{
	int *const fd[NR_NAMES] = { &job->kernel, &job->ramdisk, &job->cmdline, &job->chosen };
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		say("%s cannot be opened: %s", path, strerror(errno));
	for (unsigned int i = 0; i < NR_NAMES && dir >= 0; i++) {
		*fd[i] = openat(dir, names[i], O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (*fd[i] >= 0)
			continue;
		say("%s/%s cannot be made: %s", path, names[i], strerror(errno));
		remove_output(dir, i);
		return -1;
	}
	return dir;
}

static unsigned int seconds(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end || !n || n > MAX_SECONDS) {
		say("timeout '%s': expected 1 to %u seconds", text, MAX_SECONDS);
		exit(EXIT_USAGE);
	}
	return n;
}

static const char *parse(int argc, char **argv, struct job *job)
{
	static const struct option longs[] = {
		{ "entry", required_argument, NULL, 'e' }, { "list", no_argument, NULL, 'l' },
		{ "output", required_argument, NULL, 'o' }, { "timeout", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *dir = NULL;
	int opt;

	while ((opt = getopt_long(argc, argv, "e:lo:t:h", longs, NULL)) != -1) {
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
		case 't':
			job->seconds = seconds(optarg);
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
	struct job job = { .kernel = -1, .ramdisk = -1, .cmdline = -1, .chosen = -1, .seconds = MAX_SECONDS };
	const char *dir = parse(argc, argv, &job);
	struct disk disk;
	int rc, out = -1;

	if (dir && (out = make_output(dir, &job)) < 0)
		return EXIT_HERE;
	rc = disk_open(job.disk, &disk) ? EXIT_BAD_DISK : jail_run(&job, &disk);
	if (rc && dir)
		remove_output(out, NR_NAMES);
	free(disk.image);
	return rc;
}
