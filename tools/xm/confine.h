/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeps a program that is about to be started from all files but a few.
 */
#ifndef XM_CONFINE_H
#define XM_CONFINE_H

#include <stdbool.h>

struct confine {
	const char *files[2];	/* an image, a device */
	bool writable;		/* the image; the device always is */
	const char *sockets;	/* a directory in which it may make them */
};

/** For struct run's prepare(); @arg is a struct confine. 0 or a negative errno. */
int confine(const void *arg);

#endif
