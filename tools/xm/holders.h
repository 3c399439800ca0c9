/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who holds pages of a dead domain. The hypervisor counts: pages that the domain granted, for each domain that uses
 * them, and pages that are mapped in another way, which only the control domain can do. Which programs of the control
 * domain those are, its kernel does not tell: holders_find() names all that may.
 */
#ifndef XM_HOLDERS_H
#define XM_HOLDERS_H

#include <jansson.h>
#include "xm.h"

/** How pages are held. */
enum held_how { HELD_GRANT, HELD_MAPPED, HELD_XEN };

struct held_by {
	enum held_how how;
	uint16_t domid;
	uint64_t pages;
};

#define HELD_MAX	32

struct suspect {
	char what[160];		/* "xenconsoled (process 212, stopped)" */
	char remedy[80];	/* the command that makes it let go; "": none is known */
	long pid;		/* 0: no process */
	unsigned long granted, mapped;	/* pages of other domains in its address space, by either way */
};

#define SUSPECTS_MAX	32

struct holders {
	bool known;		/* the hypervisor has told */
	bool complete;		/* and there is not more of it */
	unsigned int nr_by, nr_suspects;
	struct held_by by[HELD_MAX];
	struct suspect suspects[SUSPECTS_MAX];
};

/* ---- holders.c ---- */

/** Who holds pages of @domid, which is dead. */
void holders_find(struct xm *xm, uint16_t domid, struct holders *h);
/** Other guests hold pages of it, by what the hypervisor says. */
bool holders_are_guests(struct xm *xm, uint16_t domid);
/** In words, on one line, with the commands that make them let go. */
void holders_text(struct xm *xm, const struct holders *h, char *buf, size_t size);
/** The same as lines of a table, each behind @indent. */
void holders_print(struct xm *xm, const struct holders *h, const char *indent);
json_t *holders_json(struct xm *xm, const struct holders *h);
/** Count what the hypervisor lists; both lists are sorted. For tests on its own. */
void holders_count(struct holders *h, struct xen_page_holder *grants, size_t nr_grants,
		   struct xen_page_holder *pages, size_t nr_pages, uint64_t xen_pages);

/* ---- suspects.c ---- */

/** Backends and programs of the control domain that may hold pages of @domid. */
void suspects_find(struct xm *xm, uint16_t domid, struct holders *h);
/** The process @pid is stopped (by SIGSTOP, or from its terminal). */
bool process_stopped(long pid);

#endif
