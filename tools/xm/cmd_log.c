/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xm log: what guests wrote on their consoles, what their monitors did, and the hypervisor's messages, from the files
 * that xenconsoled and the monitors keep. Also of guests that have ended.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "json.h"
#include "plain.h"
#include "xm.h"

#define CONSOLE_DIR	XM_LOG_DIR "/console"
#define FOLLOW_MS	200
#define ROTATED_MAX	99		/* what xenconsoled's --log-files may be */
#define PORTION		1024		/* made harmless at a time */
#define LOAD_MAX	(64 << 20)	/* of a file that nobody rotates, the end */

struct log {
	struct xm *xm;
	char path[256];
	bool filter;			/* no control characters: a guest wrote this */
	struct plain plain;
	int fd;				/* the current file, while following */
	off_t at;
};

/* ---- output ---- */

/* On a terminal a guest's text must not move the cursor, change titles or answer for the person. */
static int put(struct log *l, const char *p, size_t n)
{
	int rc = 0;

	if (!l->filter)
		return xm_put(1, p, n, xm_signalled);
	while (n && !rc) {
		char plain[PLAIN_GROWTH * PORTION + PLAIN_EXTRA];
		size_t part = n < PORTION ? n : PORTION;

		rc = xm_put(1, plain, plain_text(&l->plain, p, part, plain), xm_signalled);
		p += part;
		n -= part;
	}
	return rc;
}

/* ---- files ---- */

/* The end of a file, at most LOAD_MAX, behind what is in *text already. */
static int load(const char *path, char **text, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc = 0;
	struct stat st;
	size_t size;
	char *p;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		st.st_size = 0;
	size = st.st_size < LOAD_MAX ? st.st_size : LOAD_MAX;
	p = realloc(*text, *len + size + 1);
	if (p) {
		ssize_t n = pread(fd, p + *len, size, st.st_size - size);

		*text = p;
		*len += n > 0 ? n : 0;
	} else {
		rc = -ENOMEM;
	}
	close(fd);
	return rc;
}

/* Where the last @lines begin. */
static size_t last_lines(const char *text, size_t len, long lines)
{
	size_t at = len;

	if (at && text[at - 1] == '\n')
		at--;
	while (at && (text[at - 1] != '\n' || --lines > 0))
		at--;
	return at;
}

/* The rotated files, the oldest first, then the current one. */
static int show(struct log *l, long lines)
{
	char *text = NULL, old[sizeof(l->path) + 8];
	size_t len = 0, from;
	int rc;

	for (unsigned int n = ROTATED_MAX; n; n--) {
		snprintf(old, sizeof(old), "%s.%u", l->path, n);
		load(old, &text, &len);
	}
	rc = load(l->path, &text, &len);
	if (rc && !len) {
		free(text);
		return rc;
	}
	from = lines ? last_lines(text, len, lines) : 0;
	rc = put(l, text + from, len - from) ? -EPIPE : 0;
	free(text);
	return rc;
}

/* ---- following ---- */

/* A file that was rotated away has another inode; one that was emptied is shorter than what was read. */
static void reopen(struct log *l)
{
	struct stat ours, now;

	if (l->fd >= 0 && !fstat(l->fd, &ours) && !stat(l->path, &now) && ours.st_ino == now.st_ino &&
	    ours.st_dev == now.st_dev) {
		if (now.st_size < l->at)
			l->at = 0;
		return;
	}
	if (l->fd >= 0)
		close(l->fd);
	l->fd = open(l->path, O_RDONLY | O_CLOEXEC);
	l->at = 0;
}

static int put_new(struct log *l)
{
	char buf[4096];
	ssize_t n;
	int rc = 0;

	while (!rc && l->fd >= 0 && (n = pread(l->fd, buf, sizeof(buf), l->at)) > 0) {
		rc = put(l, buf, n);
		l->at += n;
	}
	return rc;
}

static int follow(struct log *l)
{
	int rc = 0;

	xm_catch_signals();
	while (!rc && !xm_signalled()) {
		/* First what is left in the old file. */
		rc = put_new(l);
		reopen(l);
		if (!rc)
			rc = put_new(l);
		xm_sleep_ms(FOLLOW_MS);
	}
	return rc == -EINTR ? 0 : rc;
}

/* ---- which ---- */

/* A number stands for a domain that is there; a name also for one that was. */
static int guest_name(struct xm *xm, const char *arg, char name[64])
{
	uint16_t domid;
	int rc;

	if (!*arg || strspn(arg, "0123456789") != strlen(arg)) {
		if (strchr(arg, '/') || strlen(arg) > 63)
			return xm_fail(xm, -EINVAL, "'%s' is no name of a guest", arg);
		strcpy(name, arg);
		return 0;
	}
	rc = xm_guest(xm, arg, &domid);
	if (!rc)
		xm_domain_name(xm, domid, name, 64);
	return rc;
}

static const char *const kinds[] = { "console", "monitor", "hypervisor" };
enum kind { KIND_CONSOLE, KIND_MONITOR, KIND_HYPERVISOR };

static int choose(struct log *l, enum kind kind, const char *arg)
{
	char name[64];
	int rc = 0;

	if (kind == KIND_HYPERVISOR) {
		snprintf(l->path, sizeof(l->path), CONSOLE_DIR "/hypervisor.log");
		return 0;
	}
	rc = guest_name(l->xm, arg, name);
	if (rc)
		return rc;
	if (kind == KIND_MONITOR)
		snprintf(l->path, sizeof(l->path), XM_LOG_DIR "/xm-%s.log", name);
	else
		snprintf(l->path, sizeof(l->path), CONSOLE_DIR "/guest-%s.log", name);
	return 0;
}

/* What the name of a log file stands for; false: it is none. */
static bool parse_file(const char *file, enum kind *kind, char name[64])
{
	size_t len = strlen(file);

	if (len < 5 || len > 70 || strcmp(file + len - 4, ".log"))
		return false;
	*kind = KIND_CONSOLE;
	name[0] = '\0';
	if (!strcmp(file, "hypervisor.log"))
		*kind = KIND_HYPERVISOR;
	else if (sscanf(file, "guest-%63s", name) == 1)
		*kind = KIND_CONSOLE;
	else if (sscanf(file, "xm-%63s", name) == 1)
		*kind = KIND_MONITOR;
	else
		return false;
	len = strlen(name);
	if (len > 4 && !strcmp(name + len - 4, ".log"))
		name[len - 4] = '\0';
	return true;
}

static void list_folder(const char *folder, json_t *out)
{
	struct dirent **files;
	int n = scandir(folder, &files, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		char path[512], name[64];
		enum kind kind;
		struct stat st;

		snprintf(path, sizeof(path), "%s/%s", folder, files[i]->d_name);
		if (parse_file(files[i]->d_name, &kind, name) && !stat(path, &st)) {
			if (out)
				json_array_append_new(out, json_pack("{s:s, s:s, s:s, s:I}", "guest", name, "kind",
								     kinds[kind], "file", path, "bytes",
								     (json_int_t)st.st_size));
			else
				printf("%-32s %-10s %10lld  %s\n", name[0] ? name : "-", kinds[kind],
				       (long long)st.st_size, path);
		}
		free(files[i]);
	}
	if (n >= 0)
		free(files);
}

static int list_all(bool json)
{
	json_t *out = json ? json_array() : NULL;

	if (!json)
		printf("%-32s %-10s %10s  %s\n", "Guest", "Log", "Bytes", "File");
	list_folder(CONSOLE_DIR, out);
	list_folder(XM_LOG_DIR, out);
	return json ? json_print(out) : 0;
}

static int run(struct log *l, enum kind kind, const char *arg, long lines, bool following)
{
	int rc = choose(l, kind, arg);
	struct stat st;

	if (rc)
		return rc;
	if (following) {
		l->fd = open(l->path, O_RDONLY | O_CLOEXEC);
		l->at = l->fd >= 0 && !fstat(l->fd, &st) ? st.st_size : 0;
	}
	rc = show(l, lines);
	if (rc == -ENOENT && kind != KIND_MONITOR)
		return xm_fail(l->xm, rc, "there is no %s; 'xenconsoled --log=all' writes it, 'xm log' lists those "
					  "there are", l->path);
	if (rc == -ENOENT)
		return xm_fail(l->xm, rc, "there is no %s; 'xm log' lists the logs there are", l->path);
	if (rc && rc != -EPIPE)
		return xm_fail(l->xm, rc, "%s: %s", l->path, strerror(-rc));
	return rc || !following ? rc : follow(l);
}

static int cmd_log(struct xm *xm, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' }, { "follow", no_argument, NULL, 'f' },
		{ "lines", required_argument, NULL, 'n' }, { "monitor", no_argument, NULL, 'm' },
		{ "hypervisor", no_argument, NULL, 'H' }, { "raw", no_argument, NULL, 'r' },
		{ "json", no_argument, NULL, 'j' }, { NULL, 0, NULL, 0 },
	};
	struct log l = { .xm = xm, .filter = isatty(1), .fd = -1 };
	enum kind kind = KIND_CONSOLE;
	bool following = false, json = false;
	long lines = 0;
	int opt;

	while ((opt = xm_getopt(xm, argc, argv, ":hfn:mHrj", longs)) != -1) {
		following |= opt == 'f';
		json |= opt == 'j';
		if (opt == 'n' && xm_number(xm, "lines", optarg, 1, 1000000000, &lines))
			return XM_USAGE;
		if (opt == 'm')
			kind = KIND_MONITOR;
		if (opt == 'H')
			kind = KIND_HYPERVISOR;
		if (opt == 'r')
			l.filter = false;
	}
	xm_want_args(xm, argc, 0, kind == KIND_HYPERVISOR || json ? 0 : 1);
	if (json || (optind == argc && kind != KIND_HYPERVISOR))
		return list_all(json) ? XM_FAILED : XM_OK;
	return run(&l, kind, argv[optind], lines, following) ? XM_FAILED : XM_OK;
}

const struct command log_commands[] = {
	{ "log", NULL, cmd_log, "[-fmr] [-n LINES] [DOMAIN] | --hypervisor | --json",
	  "show what a guest wrote on its console, also after its end",
	  "  -f, --follow       go on showing what is new\n"
	  "  -n, --lines LINES  only the last ones\n"
	  "  -m, --monitor      what its monitor saw and did instead\n"
	  "  -H, --hypervisor   the hypervisor's messages, also those that its buffer has lost\n"
	  "  -r, --raw          control characters as they are, also on a terminal\n"
	  "  -j, --json         the list of logs, as JSON; without DOMAIN: that list\n"
	  "\nExample:\n  xm log -n 50 -f demo\n" },
	{ .name = NULL },
};
