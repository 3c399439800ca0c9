/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guestboot: takes kernel, ramdisk and command line out of a guest's disk without trusting it.
 *
 * The privileged half (main.c, jail.c) opens the disk and the output files, builds the jail and waits. The other half
 * (reader.c) has no privileges at all: another user, an empty file system with the disk as a read-only device node,
 * no network, a short list of system calls, limits on time, memory and size. It runs grub-fstest, which knows the
 * partition tables and file systems that GRUB knows, and writes into files that are open already.
 */
#ifndef GUESTBOOT_H
#define GUESTBOOT_H

#include <stdbool.h>
#include <sys/types.h>

#define JAIL_USER	65534			/* nobody */
#define JAIL_DISK	"/disk"			/* in the jail */
#define MAX_KERNEL	(128ul << 20)
#define MAX_RAMDISK	(512ul << 20)
#define MAX_SECONDS	120

enum { EXIT_BAD_DISK = 1, EXIT_USAGE = 2, EXIT_HERE = 3 };

struct job {
	const char *disk;		/* path, for messages */
	const char *entry;		/* NULL: the menu's default */
	bool list;			/* only show the menu */
	unsigned int seconds;		/* how long it may take */
	int kernel, ramdisk, cmdline;	/* files to write; unused for a list */
	int chosen;			/* another, of lines: the entry's title, its kernel, its ramdisks */
};

/** One line on stderr, unprintable characters replaced. */
__attribute__((format(printf, 1, 2)))
void say(const char *fmt, ...);

struct disk {
	int fd;				/* stays open until the end */
	dev_t dev;			/* for root: a block device with the disk's content */
	char *image;			/* for others: full path of the image file */
};

/** Returns 0 or -1 (said why). */
int disk_open(const char *path, struct disk *disk);

/** Runs @job in the jail. Returns an exit status. */
int jail_run(const struct job *job, const struct disk *disk);
/** In the jail: after this only what a child that reads the disk needs. Returns 0 or -1. */
int jail_tighten(void);

/** The other half. Returns an exit status. */
int reader(const struct job *job);

#endif
