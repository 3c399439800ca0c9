/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose pty it is.
 */
#ifndef XM_PTY_H
#define XM_PTY_H

#include <stdbool.h>

/**
 * Does a process of this name and our user hold the master of the pty @tty? Numbers of ptys are used again: a name from
 * the store may be another's terminal by now. True also where that cannot be known: no /proc, or no name below /dev/pts.
 */
bool pty_held_by(const char *tty, const char *program);

#endif
