/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xm: finds the command in the tables of all groups and runs it; help comes from the same tables.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <libcfg.h>
#include "xm.h"

static int cmd_help(struct xm *xm, int argc, char **argv);

static const struct command help_commands[] = {
	{ "help", NULL, cmd_help, "[COMMAND | keys]", "explain a command, or list all of them",
	  "  keys   list the settings of a guest's configuration file\n\nExample:\n  xm help create\n" },
	{ .name = NULL },
};

static const struct {
	const char *title;
	const struct command *commands;
} groups[] = {
	{ "Guests", create_commands },
	{ NULL, cache_commands },
	{ NULL, list_commands },
	{ NULL, console_commands },
	{ NULL, life_commands },
	{ NULL, name_commands },
	{ "Processors and memory", vcpu_commands },
	{ NULL, memory_commands },
	{ NULL, sched_commands },
	{ "Devices", block_commands },
	{ NULL, network_commands },
	{ "The machine", info_commands },
	{ NULL, top_commands },
	{ NULL, metrics_commands },
	{ NULL, log_commands },
	{ NULL, misc_commands },
	{ NULL, dump_commands },
	{ NULL, help_commands },
};

#define NR_GROUPS	(sizeof(groups) / sizeof(groups[0]))

const struct command *xm_find_command(const char *name)
{
	for (unsigned int g = 0; g < NR_GROUPS; g++)
		for (const struct command *c = groups[g].commands; c->name; c++)
			if (!strcmp(c->name, name) || (c->alias && !strcmp(c->alias, name)))
				return c;
	return NULL;
}

void xm_usage(FILE *f, const struct command *c)
{
	fprintf(f, "usage: xm %s %s\n", c->name, c->args);
}

static void help_one(const struct command *c)
{
	xm_usage(stdout, c);
	printf("\n  %c%s.\n", c->what[0] >= 'a' && c->what[0] <= 'z' ? c->what[0] - 32 : c->what[0],
	       c->what + 1);
	if (c->alias)
		printf("  Also known as: xm %s\n", c->alias);
	printf("\n%s", c->help);
}

static void help_all(FILE *f)
{
	fputs("usage: xm [-vTNtf] COMMAND [ARGUMENTS]; 'xm COMMAND --help' tells more\n"
	      "  -v   tell the steps, and what programs are started\n"
	      "  -T   the time in front of messages\n"
	      "  -N   with create: only check and show (the same as create -n)\n"
	      "  -t, -f   accepted for scripts written for other tools\n", f);
	for (unsigned int g = 0; g < NR_GROUPS; g++) {
		if (groups[g].title)
			fprintf(f, "\n%s\n", groups[g].title);
		for (const struct command *c = groups[g].commands; c->name; c++)
			fprintf(f, "  %-16s %s\n", c->name, c->what);
	}
}

static void help_keys(void)
{
	struct cfg_key_info key;

	for (unsigned int i = 0; cfg_key_info(i, &key); i++)
		printf("  %-20s %-14s  %s\n", key.name, key.type, key.what);
}

static int unknown_command(const struct xm *xm, const char *name)
{
	const char *names[128], *near;
	unsigned int n = 0;

	for (unsigned int g = 0; g < NR_GROUPS; g++)
		for (const struct command *c = groups[g].commands; c->name && n < 128; c++)
			names[n++] = c->name;
	near = cfg_suggest(name, names, n);
	if (near)
		xm_fail(xm, 0, "unknown command '%s'; did you mean '%s'?", name, near);
	else
		xm_fail(xm, 0, "unknown command '%s'; 'xm help' lists the commands", name);
	return XM_USAGE;
}

static int cmd_help(struct xm *xm, int argc, char **argv)
{
	const struct command *c;

	if (argc < 2) {
		help_all(stdout);
		return XM_OK;
	}
	if (!strcmp(argv[1], "keys")) {
		help_keys();
		return XM_OK;
	}
	c = xm_find_command(argv[1]);
	if (!c)
		return unknown_command(xm, argv[1]);
	help_one(c);
	return XM_OK;
}

int xm_getopt(struct xm *xm, int argc, char **argv, const char *opts, const struct option *longs)
{
	int c = getopt_long(argc, argv, opts, longs, NULL);

	if (c == 'h') {
		help_one(xm->cmd);
		exit(XM_OK);
	}
	if (c == '?' || c == ':') {
		const char *bad = argv[optind > 0 ? optind - 1 : 0];

		if (c == ':')
			xm_fail(xm, 0, "option '%s' needs a value; see 'xm %s --help'", bad, xm->cmd->name);
		else if (optopt && !strchr(opts, optopt))
			xm_fail(xm, 0, "unknown option '-%c'; see 'xm %s --help'", optopt, xm->cmd->name);
		else
			xm_fail(xm, 0, "unknown option '%s'; see 'xm %s --help'", bad, xm->cmd->name);
		exit(XM_USAGE);
	}
	return c;
}

void xm_want_args(struct xm *xm, int argc, int min, int max)
{
	int n = argc - optind;

	if (n >= min && (max < 0 || n <= max))
		return;
	xm_fail(xm, 0, "%s; usage: xm %s %s", n < min ? "too few arguments" : "too many arguments",
		xm->cmd->name, xm->cmd->args);
	exit(XM_USAGE);
}

/* Options in front of the command, as xl has them. Returns how many words they are, or -1 (said). */
static int global_options(struct xm *xm, int argc, char **argv)
{
	int n = 1;

	for (; n < argc && argv[n][0] == '-' && argv[n][1] != '-'; n++) {
		if (!strcmp(argv[n], "-h") || !strcmp(argv[n], "-V"))
			break;
		for (const char *p = argv[n] + 1; *p; p++) {
			if (!strchr("vTNtf", *p)) {
				xm_fail(xm, 0, "unknown option '-%c' in front of the command; 'xm help' lists them", *p);
				return -1;
			}
			xm->verbose |= *p == 'v';
			xm->stamps |= *p == 'T';
			xm->dry_run |= *p == 'N';
		}
	}
	return n - 1;
}

int main(int argc, char **argv)
{
	struct xm xm = { .cmd = NULL };
	const char *name;
	int status, words;

	/* A reader that goes away ends a write, not the program: there may be something to undo. */
	signal(SIGPIPE, SIG_IGN);
	/* Whoever started xm may have ignored this: then no program's end would be known. */
	signal(SIGCHLD, SIG_DFL);
	words = global_options(&xm, argc, argv);
	if (words < 0)
		return XM_USAGE;
	argc -= words;
	argv += words;
	name = argc > 1 ? argv[1] : NULL;
	if (!name) {
		help_all(stderr);
		return XM_USAGE;
	}
	if (!strcmp(name, "--help") || !strcmp(name, "-h"))
		name = "help";
	if (!strcmp(name, "--version") || !strcmp(name, "-V"))
		name = "version";
	xm.cmd = xm_find_command(name);
	if (!xm.cmd)
		return unknown_command(&xm, name);
	if (xm.dry_run && xm.cmd->run != create_commands->run) {
		xm_fail(&xm, 0, "-N: only create can be tried without effect");
		return XM_USAGE;
	}
	opterr = 0;
	status = xm.cmd->run(&xm, argc - 1, argv + 1);
	xm_close(&xm);
	if (fflush(stdout) && status == XM_OK)
		status = XM_FAILED;
	return status;
}
