// SPDX-License-Identifier: GPL-2.0-only
/* Limits by name, and how many nodes each domain owns. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <public/io/xs_wire.h>

#include "quota.h"

struct quota_limits quota = {
	.nodes = 1000,
	.watches = 128,
	.transactions = 10,
	.txn_nodes = 1024,
	.txn_bytes = 1024 * 1024,
	.value_size = 2048,
	.perms = 5,
	.path_max = XENSTORE_ABS_PATH_MAX,
	.replies = 20,
	.event_bytes = 256 * 1024,
	.dom0_events = 64 * 1024,
	.txn_seconds = 30,
};

static const struct {
	const char *name;
	unsigned int *value;
} names[] = {
	{ "nodes", &quota.nodes },
	{ "watches", &quota.watches },
	{ "transactions", &quota.transactions },
	{ "transaction-nodes", &quota.txn_nodes },
	{ "transaction-bytes", &quota.txn_bytes },
	{ "node-size", &quota.value_size },
	{ "node-permissions", &quota.perms },
	{ "path-max", &quota.path_max },
	{ "outstanding", &quota.replies },
	{ "event-bytes", &quota.event_bytes },
	{ "dom0-events", &quota.dom0_events },
	{ "transaction-seconds", &quota.txn_seconds },
};

#define NR_NAMES (sizeof(names) / sizeof(names[0]))

static unsigned int owned[QUOTA_DOMIDS];

bool quota_set(const char *name, unsigned int value)
{
	unsigned int i;

	for (i = 0; i < NR_NAMES; i++) {
		if (!strcmp(names[i].name, name)) {
			*names[i].value = value;
			return true;
		}
	}
	return false;
}

void quota_each(void (*fn)(void *arg, const char *name, unsigned int value), void *arg)
{
	unsigned int i;

	for (i = 0; i < NR_NAMES; i++)
		fn(arg, names[i].name, *names[i].value);
}

size_t quota_print(char *buf, size_t size)
{
	size_t at = 0;
	unsigned int i;

	for (i = 0; i < NR_NAMES && at < size; i++)
		at += snprintf(buf + at, size - at, "%s %u\n", names[i].name, *names[i].value);
	return at < size ? at : size;
}

unsigned int quota_nodes(unsigned int domid)
{
	return domid < QUOTA_DOMIDS ? owned[domid] : 0;
}

void quota_add_nodes(unsigned int domid, int delta)
{
	if (domid < QUOTA_DOMIDS)
		owned[domid] += delta;
}

void quota_reset(void)
{
	memset(owned, 0, sizeof(owned));
}
