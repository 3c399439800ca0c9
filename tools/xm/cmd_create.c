/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xm create: from a configuration file to a running guest.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xenguest.h>
#include "console.h"
#include "guest.h"

struct create {
	bool console, paused, dry_run, json, quiet;
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

static int dry_run(struct xm *xm, const struct create *c, const struct cfg_doc *doc,
		   const struct guest_config *cfg)
{
	char summary[256] = "";
	const char *name = cfg->kernel ? cfg->kernel : cfg->disk[0].target;
	struct boot_files f;
	int rc = boot_open(xm, cfg, &f);

	if (rc)
		return rc;
	rc = xg_inspect_kernel(f.dir[0] ? f.kernel : cfg->kernel, summary, sizeof(summary));
	if (rc)
		xm_fail(xm, rc, "kernel %s%s: %s", cfg->kernel ? "" : "of ", name, summary);
	else if (!c->quiet && !c->json)
		printf("# %s: %s\n", name, summary);
	boot_close(&f);
	if (!rc && c->json)
		return guest_print_json(xm, cfg, summary, NULL);
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

static int build_and_start(struct xm *xm, const struct create *c, struct guest_config *cfg)
{
	struct guest g;
	int rc = guest_build(xm, cfg, NULL, &g);

	if (rc)
		return rc;
	rc = monitor_start(xm, cfg, &g);
	if (rc) {
		guest_teardown(xm, g.domid);
		guest_unlock(g.domid, g.lock);
		return rc;
	}
	if (!c->quiet && !c->console && !c->json)
		printf("guest '%s' is domain %u\n", cfg->name, g.domid);
	rc = start(xm, c, &g);
	return rc || !c->json ? rc : guest_print_json(xm, cfg, NULL, &g);
}

static int create(struct xm *xm, const struct create *c)
{
	struct guest_config *cfg;
	struct cfg_doc *doc;
	int rc = read_config(xm, c, &doc, &cfg);

	if (rc)
		return rc;
	if (c->dry_run) {
		rc = dry_run(xm, c, doc, cfg);
	} else {
		rc = xm_open(xm);
		if (!rc) {
			xm_catch_signals();
			rc = guest_check(xm, cfg);
		}
		if (!rc)
			rc = build_and_start(xm, c, cfg);
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
		{ "json", no_argument, NULL, 'j' }, { "defconfig", required_argument, NULL, 'f' }, { NULL, 0, NULL, 0 },
	};
	struct create c = { .file = NULL };
	int opt;

	while ((opt = xm_getopt(xm, argc, argv, ":hcpnqjf:", longs)) != -1) {
		c.console |= opt == 'c';
		c.paused |= opt == 'p';
		c.dry_run |= opt == 'n';
		c.quiet |= opt == 'q';
		c.json |= opt == 'j';
		if (opt == 'f')
			c.file = optarg;
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
	{ "create", NULL, cmd_create, "[-cpnjq] FILE [KEY=VALUE ...]",
	  "make a guest from a configuration file and start it",
	  "  -c, --console   attach the console before the guest starts; Ctrl-] leaves it\n"
	  "  -p, --paused    do not start it; 'xm unpause' will\n"
	  "  -n, --dry-run   only check the file and the kernel, and show the settings\n"
	  "  -j, --json      show the guest that was made, with all defaults, as JSON; with -n: that would be\n"
	  "  -q, --quiet     no warnings and no line about success\n"
	  "  -f, --defconfig FILE   the same as FILE alone\n"
	  "  KEY=VALUE       replaces a setting of the file; KEY+=VALUE adds to it\n"
	  "  FILE without a slash is also looked for in /etc/xen.\n"
	  "\nExample:\n  xm create -c /etc/xen/demo.cfg memory=256\n" },
	{ .name = NULL },
};
