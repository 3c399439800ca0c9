/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an unprivileged domain may use, and the count of nodes each domain owns. Privileged clients are
 * counted as owners but never refused.
 */
#ifndef XENSTORED_QUOTA_H
#define XENSTORED_QUOTA_H

#include <stdbool.h>
#include <stddef.h>

#define QUOTA_DOMIDS	0x10000u

struct quota_limits {
	unsigned int nodes;		/* owned */
	unsigned int watches;
	unsigned int transactions;	/* open at a time */
	unsigned int txn_nodes;		/* touched by one transaction */
	unsigned int txn_bytes;		/* held by all of a domain's transactions: paths, values, log */
	unsigned int value_size;	/* bytes of one value */
	unsigned int perms;		/* elements of a node's list */
	unsigned int path_max;		/* bytes of an absolute path */
	unsigned int replies;		/* answered requests not yet taken by the client */
	unsigned int event_bytes;	/* watch events not yet taken */
	unsigned int dom0_events;	/* bytes of events caused by it that dom0's kernel has not yet taken */
	unsigned int txn_seconds;	/* an older transaction is given up if the tree has changed */
};

extern struct quota_limits quota;

/* Sets a limit by its name; false: no such limit. */
bool quota_set(const char *name, unsigned int value);
/* Calls back for each limit. */
void quota_each(void (*fn)(void *arg, const char *name, unsigned int value), void *arg);
/* Writes "name value" lines; returns the length. */
size_t quota_print(char *buf, size_t size);

unsigned int quota_nodes(unsigned int domid);
void quota_add_nodes(unsigned int domid, int delta);
/* Zeroes all counts (consistency check). */
void quota_reset(void);

#endif
