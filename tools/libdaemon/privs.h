/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Giving up privileges that a daemon needs no more. Errors are negative errno. A daemon stays user 0, which
 * owns the devices and the store's socket; what is taken away is what user 0 may do besides.
 */
#ifndef LIBDAEMON_PRIVS_H
#define LIBDAEMON_PRIVS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Keeps the capabilities of @keep (a mask) and no others, for good; no program run from here gains any. The
 * bounding set stays as it is where CAP_SETPCAP is gone already: with no_new_privs it bounds nothing more.
 */
int privs_keep(uint64_t keep);

/* What may be done with a file, or with all below a directory. */
#define PRIVS_READ	1u
#define PRIVS_WRITE	2u	/* in a directory: make and remove regular files, too */
#define PRIVS_RUN	4u

struct privs_file {
	const char *path;	/* NULL ends a list */
	unsigned int use;
};

/*
 * Files can be opened and run as the list says and not otherwise; missing ones are left out. Descriptors that
 * are open stay. In force for programs that are run from here, too, and it can be done 16 times in a row at
 * most. -EOPNOTSUPP, -ENOSYS: a kernel without Landlock.
 */
int privs_files(const struct privs_file *list);

/*
 * System calls other than these end with EPERM, or with ENOSYS if they are so new that a C library does without;
 * those of another architecture kill. Making namespaces is never among what clone() may do.
 */
int privs_calls(const uint16_t *calls, size_t n);

#endif
