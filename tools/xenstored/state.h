/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that the daemon knows, as a stream of records: for a successor that takes over (live update) and for
 * the file that a restart after a crash begins with. The format is told in docs/specs/xenstored-state.md.
 */
#ifndef XENSTORED_STATE_H
#define XENSTORED_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pack.h"

/* What belongs to the process, not to a client. Descriptors are -1 where there is none. */
struct state_links {
	bool handover;		/* the descriptors and ports of the stream are open in the reader */
	int listener, evtchn, lister;
	uint32_t exc_port;
	uint32_t confined;	/* CONFINE_LEVEL of the writer; 0: of a version that had none */
};

enum state_mode {
	STATE_CHECK,		/* builds everything in memory; opens, maps and binds nothing */
	STATE_HANDOVER,		/* in the process of the predecessor: descriptors and ports are there */
	STATE_COLD,		/* the predecessor is dead: socket clients are gone, rings are bound anew */
};

/* Appends the whole state; -ENOMEM. */
int state_write(struct pack *p, const struct state_links *links);

/* The head of the stream. -EINVAL: not one, or of another version. -ESTALE: of an earlier boot. */
int state_links(const void *data, size_t len, struct state_links *links);

/*
 * Builds it. The store must be as after state_discard(). *why says in a few words what was wrong, and at
 * which record. -EINVAL, -ENOMEM: half a state is there.
 */
int state_read(const void *data, size_t len, enum state_mode mode, char why[100]);

/* An empty store without clients. -ENOMEM. */
int state_discard(void);

/* Grows with each change that a file of the state should know of. */
unsigned long state_changes(void);

/* Records and their numbers. */
#define STATE_MAGIC	"xenstate"
#define STATE_VERSION	1u
#define STATE_OPTIONAL	0x80000000u	/* who does not know the type leaves it out */

enum state_type {
	STATE_END,
	STATE_GLOBAL,
	STATE_QUOTA,
	STATE_NODE,
	STATE_SPECIAL,
	STATE_CONN,
	STATE_WATCH,
	STATE_OUT,
	STATE_TXN,
	STATE_NOTE,
	STATE_CHANGE,
	STATE_OWNED,
	STATE_PROCESS,
	STATE_TYPES
};

/* Flags of STATE_CONN. */
#define STATE_RING	1u
#define STATE_DEAD	2u
#define STATE_OVERFLOW	4u
#define STATE_LOST_RACE	8u
#define STATE_SHUTDOWN	16u
/* Of STATE_TXN. */
#define STATE_STALE	1u
#define STATE_DOOMED	2u

#define STATE_BOOT_ID	64
/* The running kernel's; empty where there is none. */
void state_boot_id(char id[STATE_BOOT_ID]);

#endif
