// SPDX-License-Identifier: GPL-2.0-only
/* Operator's commands. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "control.h"
#include "domain.h"
#include "handlers.h"
#include "log.h"
#include "quota.h"
#include "store.h"
#include "txn.h"
#include "update.h"
#include "watch.h"

struct command {
	const char *name, *args, *what;
	int (*run)(unsigned int argc, const char *args, char *text);
};

static const char *next(const char *s)
{
	return s + strlen(s) + 1;
}

static int cmd_log(unsigned int argc, const char *args, char *text)
{
	if (argc != 1 || (strcmp(args, "on") && strcmp(args, "off")))
		return -EINVAL;
	handlers_tracing = !strcmp(args, "on");
	snprintf(text, CONTROL_TEXT, "OK");
	return 0;
}

static int cmd_live_update(unsigned int argc, const char *args, char *text)
{
	if (argc > 1)
		return -EINVAL;
	update_request(argc ? args : NULL, text, CONTROL_TEXT);
	return 0;
}

static int cmd_print(unsigned int argc, const char *args, char *text)
{
	if (argc != 1)
		return -EINVAL;
	log_line("operator: %.200s", args);
	snprintf(text, CONTROL_TEXT, "OK");
	return 0;
}

static int cmd_check(unsigned int argc, const char *args, char *text)
{
	unsigned int wrong = store_recount();

	if (wrong)
		log_line("check: node counts of %u domains were wrong and are mended", wrong);
	snprintf(text, CONTROL_TEXT, wrong ? "%u counts were wrong" : "OK", wrong);
	return 0;
}

static int cmd_quota(unsigned int argc, const char *args, char *text)
{
	if (!argc) {
		quota_print(text, CONTROL_TEXT);
		return 0;
	}
	if (argc == 3 && !strcmp(args, "set")) {
		const char *name = next(args);
		char *end;
		unsigned long v = strtoul(next(name), &end, 10);

		if (*end || end == next(name) || v > INT32_MAX || !quota_set(name, v))
			return -EINVAL;
		snprintf(text, CONTROL_TEXT, "OK");
		return 0;
	}
	if (argc == 1 && *args >= '0' && *args <= '9') {
		snprintf(text, CONTROL_TEXT, "nodes %u", quota_nodes(strtoul(args, NULL, 10)));
		return 0;
	}
	return -EINVAL;
}

static int cmd_memreport(unsigned int argc, const char *args, char *text)
{
	unsigned long nodes, bytes, lost = 0;
	unsigned int conns = 0, txns = 0;
	size_t out = 0;
	struct list *l;

	list_for_each(l, &conn_all) {
		struct conn *c = list_entry(l, struct conn, link);

		conns++;
		txns += c->nr_txns;
		out += c->out_bytes;
		lost += c->lost_events;
	}
	store_size(&nodes, &bytes);
	snprintf(text, CONTROL_TEXT,
		 "nodes %lu\nvalue-bytes %lu\nwatches %u\ndomains %u\nconnections %u\ntransactions %u\n"
		 "output-bytes %zu\nlost-events %lu\n",
		 nodes, bytes, watch_count(), domain_count(), conns, txns, out, lost);
	return 0;
}

static int cmd_help(unsigned int argc, const char *args, char *text);

static const struct command commands[] = {
	{ "check",	"",				"recount the nodes that domains own", cmd_check },
	{ "help",	"",				"this list", cmd_help },
	{ "live-update", "[PROGRAM]",			"go on as PROGRAM, or as this one anew", cmd_live_update },
	{ "log",	"on|off",			"trace all requests", cmd_log },
	{ "memreport",	"",				"what the daemon holds", cmd_memreport },
	{ "print",	"TEXT",				"write a line into the log", cmd_print },
	{ "quota",	"[DOMID | set NAME VALUE]",	"limits of guests, or what one owns", cmd_quota },
};

#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int cmd_help(unsigned int argc, const char *args, char *text)
{
	size_t at = 0;
	unsigned int i;

	for (i = 0; i < NR_COMMANDS; i++)
		at += snprintf(text + at, CONTROL_TEXT - at, "%-12s %-26s %s\n", commands[i].name,
			       commands[i].args, commands[i].what);
	return 0;
}

int control_run(unsigned int argc, const char *args, char text[CONTROL_TEXT])
{
	unsigned int i;

	for (i = 0; i < NR_COMMANDS; i++)
		if (!strcmp(commands[i].name, args))
			return commands[i].run(argc - 1, next(args), text);
	return -EINVAL;
}
