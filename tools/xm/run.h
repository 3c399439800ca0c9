/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Other programs that xm starts and waits for: hotplug scripts, nft, qemu-nbd.
 */
#ifndef XM_RUN_H
#define XM_RUN_H

#include "xm.h"

struct run_env {
	const char *name, *value;
};

/** One program: how it is started, and its last words. */
struct run {
	const char *const *argv;	/* ended by NULL; a name without a slash is searched for */
	const struct run_env *env;	/* on top of xm's own, ended by a NULL name; or NULL */
	const char *input;		/* what it reads (at most 60 KiB), or NULL */
	int (*prepare)(const void *arg); /* in the new process, before the program; 0 or a negative errno */
	const void *arg;
	bool daemon;			/* leaves a process behind: only its stderr is read */
	bool first;			/* its first line says what is wrong, not its last */
	bool undo;			/* takes something apart: an interrupt does not end it */
	char said[1024];			/* that line */
};

/**
 * Run it to its end. 0: it succeeded; -EIO: it failed, and r->said says why; -ETIMEDOUT; -EINTR (already told);
 * otherwise it was not started (told).
 */
int run_program(struct xm *xm, struct run *r, int timeout_ms);
/** The machine has this program where run_program() looks. */
bool run_find(const char *name);

#endif
