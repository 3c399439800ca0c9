/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Giving up privileges that a daemon needs no more. Errors are negative errno. A daemon stays user 0, which
 * owns the devices and the store's socket; what is taken away is what user 0 may do besides.
 */
#ifndef LIBDAEMON_PRIVS_H
#define LIBDAEMON_PRIVS_H

#include <stddef.h>
#include <stdint.h>

/* Keeps the capabilities of @keep (a mask) and no others, for good; no program run from here gains any. */
int privs_keep(uint64_t keep);

/*
 * Files can be opened at and below @paths (NULL ends the list; missing ones are left out) and nowhere else.
 * Descriptors that are open stay. -EOPNOTSUPP, -ENOSYS: a kernel without Landlock.
 */
int privs_files(const char *const *paths);

/* System calls other than these end with EPERM; those of another architecture kill. */
int privs_calls(const uint16_t *calls, size_t n);
/*
 * The other way round, for a daemon that runs programs it does not know yet: these end with EPERM. Nothing
 * happens where a filter is in force already.
 */
int privs_refuse(const uint16_t *calls, size_t n);

#endif
