/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's console on this terminal.
 */
#ifndef XM_CONSOLE_H
#define XM_CONSOLE_H

#include "xm.h"

#define CONSOLE_LEAVE	0x1d		/* Ctrl-] */

struct console {
	uint16_t domid;
	int pty;
	int lock;	/* two readers would each get half of what the guest says */
	char leave;	/* the key that leaves */
};

/** Wait until xenconsoled serves the domain; malloc'd name of its pty, or NULL after a message. */
char *console_wait(struct xm *xm, uint16_t domid);
/** Open the guest's console; waits a while for xenconsoled to make it. @force: who has it must leave it. */
int console_open(struct xm *xm, uint16_t domid, bool force, struct console *c);
/**
 * Copy between terminal and guest until that key, a signal, another reader's --force, or the end of the domain. The terminal's
 * settings are restored however it ends.
 */
int console_run(struct xm *xm, struct console *c);
void console_close(struct console *c);

#endif
