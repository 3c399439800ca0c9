// SPDX-License-Identifier: GPL-2.0-only
/*
 * xenstore: the store from the shell. `xenstore read PATH...`, or under the name xenstore-read with the same
 * arguments. Exit status: 0 all went well, 1 the store said no (one line on stderr), 2 wrong usage.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xenstore.h"

enum { EXIT_REFUSED = 1, EXIT_USAGE = 2 };

struct options {
	bool full_path;		/* -f */
	bool show_perms;	/* -p */
	bool tidy;		/* -t: remove parents left empty */
	bool recurse;		/* -r */
	bool raw;		/* -R: values as they are */
	unsigned int events;	/* -n: watch ends after so many, 0 never */
};

struct command {
	const char *name, *opts, *args, *what;
	int min_args;
	int (*run)(struct xs_handle *xsh, const struct options *o, int argc, char **argv);
};

static int refused(const char *what, const char *path)
{
	fprintf(stderr, "xenstore: %s %s: %s\n", what, path, strerror(errno));
	return EXIT_REFUSED;
}

/* Values may hold any byte: what a terminal should not see is written as \ooo. */
static void print_value(const char *val, unsigned int len, bool raw)
{
	unsigned int i;

	if (raw) {
		fwrite(val, 1, len, stdout);
		return;
	}
	for (i = 0; i < len; i++) {
		unsigned char c = val[i];

		if (isprint(c) && c != '\\')
			putchar(c);
		else if (c == '\n')
			fputs("\\n", stdout);
		else if (c == '\\')
			fputs("\\\\", stdout);
		else
			printf("\\%03o", c);
	}
}

static int cmd_read(struct xs_handle *xsh, const struct options *o, int argc, char **argv)
{
	int i;

	for (i = 0; i < argc; i++) {
		unsigned int len;
		char *val = xs_read(xsh, XBT_NULL, argv[i], &len);

		if (!val)
			return refused("read", argv[i]);
		if (o->full_path)
			printf("%s: ", argv[i]);
		print_value(val, len, o->raw);
		if (!o->raw)
			putchar('\n');
		free(val);
	}
	return 0;
}

/* All pairs or none of them: a transaction, repeated while others get in between. */
static int cmd_write(struct xs_handle *xsh, const struct options *o, int argc, char **argv)
{
	xs_transaction_t t;
	int i;

	if (argc % 2)
		return EXIT_USAGE;
	for (;;) {
		t = xs_transaction_start(xsh);
		if (!t)
			return refused("write", argv[0]);
		for (i = 0; i < argc; i += 2) {
			if (!xs_write(xsh, t, argv[i], argv[i + 1], strlen(argv[i + 1]))) {
				refused("write", argv[i]);
				xs_transaction_end(xsh, t, true);
				return EXIT_REFUSED;
			}
		}
		if (xs_transaction_end(xsh, t, false))
			return 0;
		if (errno != EAGAIN)
			return refused("write", argv[0]);
	}
}

static int cmd_list(struct xs_handle *xsh, const struct options *o, int argc, char **argv)
{
	int i;

	for (i = 0; i < argc; i++) {
		unsigned int n, k;
		char **names = xs_directory(xsh, XBT_NULL, argv[i], &n);

		if (!names)
			return refused("list", argv[i]);
		for (k = 0; k < n; k++)
			if (o->full_path)
				printf("%s/%s\n", strcmp(argv[i], "/") ? argv[i] : "", names[k]);
			else
				puts(names[k]);
		free(names);
	}
	return 0;
}

static void print_perms(struct xs_handle *xsh, const char *path)
{
	unsigned int i, n;
	struct xs_permissions *perms = xs_get_permissions(xsh, XBT_NULL, path, &n);
	char text[16];

	if (!perms)
		return;
	fputs("  (", stdout);
	for (i = 0; i < n; i++)
		if (xs_perm_to_string(&perms[i], text, sizeof(text)))
			printf("%s%s", i ? "," : "", text);
	putchar(')');
	free(perms);
}

static void show_tree(struct xs_handle *xsh, const struct options *o, const char *path, unsigned int depth);

static void show_node(struct xs_handle *xsh, const struct options *o, const char *path, const char *name,
		      unsigned int depth)
{
	unsigned int len;
	char *val = xs_read(xsh, XBT_NULL, path, &len);

	/* Nodes that vanish or may not be read are simply not part of the picture. */
	if (!val)
		return;
	if (o->full_path)
		fputs(path, stdout);
	else
		printf("%*s%s", depth, "", name);
	fputs(" = \"", stdout);
	print_value(val, len, false);
	putchar('"');
	if (o->show_perms)
		print_perms(xsh, path);
	putchar('\n');
	free(val);
	show_tree(xsh, o, path, depth + 1);
}

static void show_tree(struct xs_handle *xsh, const struct options *o, const char *path, unsigned int depth)
{
	unsigned int i, n;
	char **names = xs_directory(xsh, XBT_NULL, path, &n);

	if (!names)
		return;
	for (i = 0; i < n; i++) {
		char *child;

		if (asprintf(&child, "%s/%s", strcmp(path, "/") ? path : "", names[i]) < 0)
			break;
		show_node(xsh, o, child, names[i], depth);
		free(child);
	}
	free(names);
}

static int cmd_ls(struct xs_handle *xsh, const struct options *o, int argc, char **argv)
{
	static char root[] = "/", *just_root[] = { root };
	unsigned int n;
	int i;

	if (!argc) {
		argc = 1;
		argv = just_root;
	}
	for (i = 0; i < argc; i++) {
		char **names = xs_directory(xsh, XBT_NULL, argv[i], &n);

		if (!names)
			return refused("ls", argv[i]);
		free(names);
		show_tree(xsh, o, argv[i], 0);
	}
	return 0;
}

static bool is_empty(struct xs_handle *xsh, const char *path)
{
	unsigned int n = 1, len = 1;
	char **names = xs_directory(xsh, XBT_NULL, path, &n);
	char *val = xs_read(xsh, XBT_NULL, path, &len);

	free(names);
	free(val);
	return names && val && !n && !len;
}

static void rm_empty_parents(struct xs_handle *xsh, const char *path)
{
	char *p = strdup(path), *slash;

	while (p && (slash = strrchr(p, '/')) && slash != p) {
		*slash = '\0';
		if (!is_empty(xsh, p) || !xs_rm(xsh, XBT_NULL, p))
			break;
	}
	free(p);
}

static int cmd_rm(struct xs_handle *xsh, const struct options *o, int argc, char **argv)
{
	int i;

	for (i = 0; i < argc; i++) {
		if (!xs_rm(xsh, XBT_NULL, argv[i]))
			return refused("rm", argv[i]);
		if (o->tidy)
			rm_empty_parents(xsh, argv[i]);
	}
	return 0;
}

static int cmd_mkdir(struct xs_handle *xsh, const struct options *o, int argc, char **argv)
{
	int i;

	for (i = 0; i < argc; i++)
		if (!xs_mkdir(xsh, XBT_NULL, argv[i]))
			return refused("mkdir", argv[i]);
	return 0;
}

static int cmd_exists(struct xs_handle *xsh, const struct options *o, int argc, char **argv)
{
	int i;

	for (i = 0; i < argc; i++) {
		char *val = xs_read(xsh, XBT_NULL, argv[i], NULL);

		if (!val && errno == ENOENT)
			return EXIT_REFUSED;
		if (!val)
			return refused("exists", argv[i]);
		free(val);
	}
	return 0;
}

static int cmd_watch(struct xs_handle *xsh, const struct options *o, int argc, char **argv)
{
	unsigned int seen;
	int i;

	for (i = 0; i < argc; i++)
		if (!xs_watch(xsh, argv[i], argv[i]))
			return refused("watch", argv[i]);
	for (seen = 0; !o->events || seen < o->events; seen++) {
		char **vec = xs_read_watch(xsh, NULL);

		if (!vec)
			return refused("watch", argv[0]);
		puts(vec[XS_WATCH_PATH]);
		fflush(stdout);
		free(vec);
	}
	return 0;
}

static int chmod_tree(struct xs_handle *xsh, const struct options *o, const char *path,
		      struct xs_permissions *perms, unsigned int num)
{
	unsigned int i, n;
	char **names;
	int r = 0;

	if (!xs_set_permissions(xsh, XBT_NULL, path, perms, num))
		return refused("chmod", path);
	names = o->recurse ? xs_directory(xsh, XBT_NULL, path, &n) : NULL;
	for (i = 0; names && !r && i < n; i++) {
		char *child;

		if (asprintf(&child, "%s/%s", strcmp(path, "/") ? path : "", names[i]) < 0)
			break;
		r = chmod_tree(xsh, o, child, perms, num);
		free(child);
	}
	free(names);
	return r;
}

static int cmd_chmod(struct xs_handle *xsh, const struct options *o, int argc, char **argv)
{
	struct xs_permissions perms[64];
	int i;

	if (argc - 1 > (int)(sizeof(perms) / sizeof(perms[0])))
		return EXIT_USAGE;
	for (i = 1; i < argc; i++) {
		if (!xs_strings_to_perms(&perms[i - 1], 1, argv[i])) {
			fprintf(stderr, "xenstore: %s: not of the form [nrwb]DOMID\n", argv[i]);
			return EXIT_USAGE;
		}
	}
	return chmod_tree(xsh, o, argv[0], perms, argc - 1);
}

static int cmd_control(struct xs_handle *xsh, const struct options *o, int argc, char **argv)
{
	char args[XENSTORE_PAYLOAD_MAX];
	unsigned int at = 0;
	char *text;
	int i, status;
	FILE *to;

	for (i = 1; i < argc; i++) {
		unsigned int n = strlen(argv[i]) + 1;

		if (n > sizeof(args) - at)
			return EXIT_USAGE;
		memcpy(args + at, argv[i], n);
		at += n;
	}
	text = xs_control_command(xsh, argv[0], args, at);
	if (!text)
		return refused("control", argv[0]);
	/* The daemon's word for a command that it understood and did not do. */
	status = strncmp(text, "refused", 7) ? 0 : EXIT_REFUSED;
	to = status ? stderr : stdout;
	fputs(text, to);
	if (*text && text[strlen(text) - 1] != '\n')
		fputc('\n', to);
	free(text);
	return status;
}

static const struct command commands[] = {
	{ "read", "fR", "[-fR] PATH...", "print values", 1, cmd_read },
	{ "write", "", "PATH VALUE [PATH VALUE]...", "set values, all or none", 2, cmd_write },
	{ "list", "fp", "[-f] PATH...", "print the names below", 1, cmd_list },
	{ "ls", "fp", "[-fp] [PATH]...", "print the tree below", 0, cmd_ls },
	{ "rm", "t", "[-t] PATH...", "remove, with all below", 1, cmd_rm },
	{ "mkdir", "", "PATH...", "create empty nodes", 1, cmd_mkdir },
	{ "exists", "", "PATH...", "status 0 if all exist", 1, cmd_exists },
	{ "watch", "n:", "[-n COUNT] PATH...", "print changed paths", 1, cmd_watch },
	{ "chmod", "r", "[-r] PATH [nrwb]DOMID...", "set permissions", 2, cmd_chmod },
	{ "control", "", "COMMAND [ARG]...", "talk to the daemon", 1, cmd_control },
};

#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct command *find_command(const char *name)
{
	unsigned int i;

	for (i = 0; i < NR_COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static int usage(FILE *out)
{
	unsigned int i;

	fputs("usage: xenstore [-s] COMMAND [ARG]...\n", out);
	for (i = 0; i < NR_COMMANDS; i++)
		fprintf(out, "  %-8s %-28s %s\n", commands[i].name, commands[i].args, commands[i].what);
	return out == stdout ? 0 : EXIT_USAGE;
}

static bool parse_options(const struct command *cmd, struct options *o, int argc, char **argv)
{
	char optstring[16];
	int c;

	/* -s chose the socket once; scripts still pass it. + stops at the first operand. */
	snprintf(optstring, sizeof(optstring), "+s%s", cmd->opts);
	while ((c = getopt(argc, argv, optstring)) != -1) {
		o->full_path |= c == 'f';
		o->show_perms |= c == 'p';
		o->tidy |= c == 't';
		o->recurse |= c == 'r';
		o->raw |= c == 'R';
		if (c == 'n')
			o->events = strtoul(optarg, NULL, 10);
		if (c == '?')
			return false;
	}
	return argc - optind >= cmd->min_args;
}

static int run(const struct command *cmd, int argc, char **argv)
{
	struct options o = { 0 };
	struct xs_handle *xsh;
	int r = EXIT_USAGE;

	if (parse_options(cmd, &o, argc, argv)) {
		xsh = xs_open(0);
		if (!xsh) {
			fprintf(stderr, "xenstore: cannot reach xenstored: %s\n", strerror(errno));
			return EXIT_REFUSED;
		}
		r = cmd->run(xsh, &o, argc - optind, argv + optind);
		xs_close(xsh);
	}
	if (r == EXIT_USAGE)
		fprintf(stderr, "usage: xenstore %s %s\n", cmd->name, cmd->args);
	return r;
}

int main(int argc, char **argv)
{
	const char *self = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	const struct command *cmd;

	if (!strncmp(self, "xenstore-", 9)) {
		cmd = find_command(self + 9);
		return cmd ? run(cmd, argc, argv) : usage(stderr);
	}
	if (argc > 1 && !strcmp(argv[1], "-s")) {
		argc--;
		argv++;
	}
	if (argc < 2)
		return usage(stderr);
	if (!strcmp(argv[1], "help") || !strcmp(argv[1], "--help"))
		return usage(stdout);
	cmd = find_command(argv[1]);
	if (!cmd) {
		fprintf(stderr, "xenstore: unknown command \"%s\"\n", argv[1]);
		return usage(stderr);
	}
	return run(cmd, argc - 1, argv + 1);
}
