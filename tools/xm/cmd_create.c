/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xm create: from a configuration file to a running guest.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xenguest.h>
#include "console.h"
#include "guest.h"

struct create {
	bool console, paused, dry_run, json, quiet;
	bool foreground, alone;		/* wait for the monitor; make none */
	bool debug;			/* show the settings */
	const char *file;
	char **overrides;
	int nr_overrides;
};

static void config_warning(void *arg, const char *text)
{
	xm_warn(arg, "%s", text);
}

/* "demo" and "demo.cfg" mean /etc/xen/demo.cfg when there is no such file here. */
static char *find_file(const char *name)
{
	static const char *const forms[] = { "%s", "/etc/xen/%s", "/etc/xen/%s.cfg" };
	char *path;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (i && strchr(name, '/'))
			break;
		if (asprintf(&path, forms[i], name) < 0)
			return NULL;
		if (!access(path, F_OK))
			return path;
		free(path);
	}
	return strdup(name);
}

/* The monitor, which needs them for the next life, works in another directory. */
static int make_full(struct cfg_doc *doc, const char *key, struct cfg_error *err)
{
	const struct cfg_value *v = cfg_lookup(doc, key);
	char *cwd, *text = NULL;
	int rc = -ENOMEM;

	if (!v || v->kind != CFG_STRING || !*v->str || *v->str == '/')
		return 0;
	cwd = getcwd(NULL, 0);
	if (cwd && asprintf(&text, "%s=%s/%s", key, cwd, v->str) >= 0)
		rc = cfg_override(doc, text, err);
	free(cwd);
	free(text);
	return rc;
}

static int read_config(struct xm *xm, const struct create *c, struct cfg_doc **doc, struct guest_config **cfg)
{
	struct cfg_error err = { "out of memory" };
	char *path = find_file(c->file);
	int rc;

	if (!path)
		return xm_fail(xm, -ENOMEM, "out of memory");
	rc = cfg_parse_file(path, doc, &err);
	free(path);
	if (rc)
		return xm_fail(xm, rc, "%s", err.text);
	for (int i = 0; !rc && i < c->nr_overrides; i++)
		rc = cfg_override(*doc, c->overrides[i], &err);
	if (!rc)
		rc = make_full(*doc, "kernel", &err);
	if (!rc)
		rc = make_full(*doc, "ramdisk", &err);
	if (!rc)
		rc = cfg_guest(*doc, cfg, c->quiet ? NULL : config_warning, xm, &err);
	if (rc) {
		xm_fail(xm, rc, "%s", err.text);
		cfg_doc_free(*doc);
	}
	return rc;
}

/* All that can be tried without making a domain. */
static int dry_run(struct xm *xm, const struct create *c, const struct cfg_doc *doc, const struct guest_config *cfg,
		   const struct boot_files *f)
{
	const struct xg_build bg = { .kernel_path = f->kernel, .ramdisk_path = f->ramdisk, .mem_mib = cfg->memory_mb };
	char summary[256] = "";
	int rc = xg_inspect_kernel(&bg, summary, sizeof(summary));

	if (rc)
		boot_tell_error(xm, cfg, rc, summary);
	else if (!c->quiet && !c->json)
		printf("# %s%s: %s\n", cfg->kernel ? "" : "of ", cfg->kernel ? cfg->kernel : cfg->disk[0].target, summary);
	if (!rc && c->json)
		return guest_print_json(xm, cfg, f, summary, NULL);
	if (rc || c->quiet)
		return rc;
	return cfg_write(doc, stdout);
}

/* The guest is built and has a monitor; whatever fails now ends it through that. */
static int start(struct xm *xm, const struct create *c, const struct guest *g)
{
	struct console con = { .pty = -1, .lock = -1 };
	int rc = 0;

	if (c->console)
		rc = console_open(xm, g->domid, false, &con);
	if (!rc)
		rc = xm_interrupted(xm);
	if (!rc && !c->paused) {
		rc = xc_domain_unpause(xm->xc, g->domid);
		if (rc)
			xm_fail(xm, rc, "%s", xc_last_error(xm->xc));
	}
	if (rc)
		guest_destroy(xm, g->domid);
	else if (c->console)
		console_run(xm, &con);
	console_close(&con);
	return rc;
}

/* Its monitor lasts as long as it does, and its next lives. */
static int wait_end(struct xm *xm, const struct guest *g)
{
	fflush(stdout);
	while (!xm_signalled())
		if (waitpid(g->monitor, NULL, 0) >= 0 || errno != EINTR)
			return 0;
	return xm_fail(xm, -EINTR, "no longer waiting; domain %u goes on", g->domid);
}

static int build_and_start(struct xm *xm, const struct create *c, struct guest_config *cfg, struct boot_files *f)
{
	struct guest g;
	int rc = guest_build(xm, cfg, f, NULL, &g);

	boot_remove(f);
	if (rc)
		return rc;
	rc = c->alone ? 0 : monitor_start(xm, cfg, &g);
	if (rc)
		guest_teardown(xm, g.domid);
	if (rc || c->alone)
		guest_unlock(g.domid, g.lock);
	if (rc)
		return rc;
	if (!c->quiet && !c->console && !c->json)
		printf("guest '%s' is domain %u\n", cfg->name, g.domid);
	rc = start(xm, c, &g);
	if (!rc && c->json)
		rc = guest_print_json(xm, cfg, f, NULL, &g);
	return rc || !c->foreground ? rc : wait_end(xm, &g);
}

/* A file can be looked at on another machine as well. */
static int open_for(struct xm *xm, const struct create *c)
{
	if (!c->dry_run || !access("/dev/xen/privcmd", R_OK | W_OK))
		return xm_open(xm);
	if (!c->quiet)
		xm_warn(xm, "not checked: memory, CPUs, the name, other users of disks (/dev/xen/privcmd: %s)", strerror(errno));
	return 0;
}

static int create(struct xm *xm, const struct create *c)
{
	struct guest_config *cfg;
	struct boot_files f;
	struct cfg_doc *doc;
	int rc = read_config(xm, c, &doc, &cfg);

	if (rc)
		return rc;
	xm_catch_signals();
	rc = open_for(xm, c);
	if (!rc)
		rc = guest_check(xm, cfg);
	if (!rc)
		rc = boot_open(xm, cfg, &f);
	if (!rc) {
		if (c->debug && !c->dry_run)
			cfg_write(doc, stdout);
		rc = c->dry_run ? dry_run(xm, c, doc, cfg, &f) : build_and_start(xm, c, cfg, &f);
		boot_close(&f);
	}
	cfg_guest_free(cfg);
	cfg_doc_free(doc);
	return rc;
}

static int cmd_create(struct xm *xm, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' }, { "console", no_argument, NULL, 'c' },
		{ "paused", no_argument, NULL, 'p' }, { "dry-run", no_argument, NULL, 'n' },
		{ "dryrun", no_argument, NULL, 'n' }, { "quiet", no_argument, NULL, 'q' },
		{ "json", no_argument, NULL, 'j' }, { "defconfig", required_argument, NULL, 'f' },
		{ "foreground", no_argument, NULL, 'F' }, { "debug", no_argument, NULL, 'd' },
		{ "vncviewer", no_argument, NULL, 'V' }, { "vncviewer-autopass", no_argument, NULL, 'V' },
		{ "ignore-global-affinity-masks", no_argument, NULL, 'i' }, { "no-monitor", no_argument, NULL, 'e' },
		{ NULL, 0, NULL, 0 },
	};
	struct create c = { .dry_run = xm->dry_run };
	int opt;

	while ((opt = xm_getopt(xm, argc, argv, ":hcpnqjf:FdeVAi", longs)) != -1) {
		c.console |= opt == 'c';
		c.paused |= opt == 'p';
		c.dry_run |= opt == 'n';
		c.quiet |= opt == 'q';
		c.json |= opt == 'j';
		c.foreground |= opt == 'F';
		c.alone |= opt == 'e';
		c.debug |= opt == 'd';
		if (opt == 'f')
			c.file = optarg;
		if (opt == 'V' || opt == 'A') {
			xm_fail(xm, 0, "guests have no VNC screen here; -c attaches the console");
			return XM_USAGE;
		}
	}
	if (c.foreground && c.alone) {
		xm_fail(xm, 0, "-F waits for the monitor, -e makes none: not both");
		return XM_USAGE;
	}
	if (c.json && c.debug) {
		xm_fail(xm, 0, "--json and --debug cannot both have the output");
		return XM_USAGE;
	}
	if (c.json && c.console) {
		xm_fail(xm, 0, "--json and --console cannot both have the output");
		return XM_USAGE;
	}
	if (!c.file) {
		xm_want_args(xm, argc, 1, -1);
		c.file = argv[optind++];
	}
	c.overrides = argv + optind;
	c.nr_overrides = argc - optind;
	return create(xm, &c) ? XM_FAILED : XM_OK;
}

const struct command create_commands[] = {
	{ "create", NULL, cmd_create, "[-cpnjqdeF] FILE [KEY=VALUE ...]",
	  "make a guest from a configuration file and start it",
	  "  -c, --console   attach the console before the guest starts; Ctrl-] leaves it\n"
	  "  -p, --paused    do not start it; 'xm unpause' will\n"
	  "  -n, --dry-run   only check the file and the kernel, and show the settings\n"
	  "  -j, --json      show the guest that was made, with all defaults, as JSON; with -n: that would be\n"
	  "  -q, --quiet     no warnings and no line about success\n"
	  "  -F, --foreground   come back when the guest has ended and is not restarted\n"
	  "  -e, --no-monitor   nobody waits for its end: 'xm destroy' cleans up, whatever on_poweroff says\n"
	  "  -d, --debug     show the settings first\n"
	  "  -f, --defconfig FILE   the same as FILE alone\n"
	  "  --ignore-global-affinity-masks   accepted for scripts written for other tools\n"
	  "  KEY=VALUE       replaces a setting of the file; KEY+=VALUE adds to it\n"
	  "  FILE without a slash is also looked for in /etc/xen.\n"
	  "\nExample:\n  xm create -c /etc/xen/demo.cfg memory=256\n" },
	{ .name = NULL },
};
