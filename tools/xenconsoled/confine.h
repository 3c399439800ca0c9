/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The privileges these daemons need while they serve: none of the capabilities, the files of their logs, ptys,
 * and a few dozen system calls. Guests' grants and event channels come by descriptors that are open already.
 */
#ifndef XENCONSOLED_CONFINE_H
#define XENCONSOLED_CONFINE_H

/* Gives up all others, for good; of files, @paths (eight at most, NULL ends the list) and what is below them are left. -errno. */
int confine(const char *const *paths);

#endif
