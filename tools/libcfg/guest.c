/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From settings to a checked guest: each setting by its row in the table of keys, then what must
 * hold between several of them.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "internal.h"
#include "keys.h"

#define FAIL_AT(c, v, ...) cfg_fail_at((c)->err, -EINVAL, (c)->doc->name, (v)->line, (v)->col, __VA_ARGS__)

static const char *kind_name(const struct cfg_value *v)
{
	static const char *const names[] = {
		[CFG_STRING] = "a string", [CFG_INT] = "a number", [CFG_LIST] = "a list"
	};

	return names[v->kind];
}

static int take_string(const struct cfg_check *c, const struct cfg_key *k, const struct cfg_value *v)
{
	char **field = (char **)((char *)c->g + k->field);

	if (v->kind != CFG_STRING)
		return FAIL_AT(c, v, "%s: expected a string in quotes, found %s", k->name, kind_name(v));
	free(*field);
	*field = strdup(v->str);
	return *field ? 0 : -ENOMEM;
}

/* A number, also when it stands in quotes. */
static int take_number(const struct cfg_check *c, const char *key, const struct cfg_value *v, int64_t *n)
{
	char *end;

	if (v->kind == CFG_INT) {
		*n = v->num;
		return 0;
	}
	if (v->kind == CFG_STRING && *v->str) {
		errno = 0;
		*n = strtoll(v->str, &end, 0);
		if (!errno && !*end)
			return 0;
		return FAIL_AT(c, v, "%s: expected a number, found '%.40s'", key, v->str);
	}
	return FAIL_AT(c, v, "%s: expected a number, found %s", key, kind_name(v));
}

static int take_int(const struct cfg_check *c, const struct cfg_key *k, const struct cfg_value *v)
{
	int64_t n = 0;
	int rc = take_number(c, k->name, v, &n);

	if (rc)
		return rc;
	if (n < k->min || n > k->max)
		return FAIL_AT(c, v, "%s = %lld: expected a number from %lld to %lld", k->name, (long long)n,
			       (long long)k->min, (long long)k->max);
	*(int64_t *)((char *)c->g + k->field) = n;
	return 0;
}

static int word_index(const char *const *words, const char *s)
{
	for (int i = 0; words[i]; i++)
		if (!strcmp(words[i], s))
			return i;
	return -1;
}

static int bad_word(const struct cfg_check *c, const struct cfg_key *k, const struct cfg_value *v)
{
	char list[200];
	size_t len = 0;

	for (int i = 0; k->words[i] && len < sizeof(list); i++)
		len += snprintf(list + len, sizeof(list) - len, "%s%s",
				!i ? "" : k->words[i + 1] ? ", " : " or ", k->words[i]);
	if (v->kind == CFG_STRING)
		return FAIL_AT(c, v, "%s = \"%.40s\": expected %s", k->name, v->str, list);
	return FAIL_AT(c, v, "%s: expected %s, found %s", k->name, list, kind_name(v));
}

static int take_word(const struct cfg_check *c, const struct cfg_key *k, const struct cfg_value *v)
{
	int64_t *field = (int64_t *)((char *)c->g + k->field);
	const char *slash = v->kind == CFG_STRING && k->words == cfg_bootloaders ? strrchr(v->str, '/') : NULL;
	/* Elsewhere a boot loader is a program; here nothing in a file is executed, and its name is what counts. */
	int i = v->kind == CFG_STRING ? word_index(k->words, slash ? slash + 1 : v->str) : -1;
	int nr = 0;

	while (k->words[nr])
		nr++;
	/* tsc_mode may be written as its number */
	if (v->kind == CFG_INT && k->words != cfg_actions && k->words != cfg_bootloaders && v->num >= 0 && v->num < nr)
		i = v->num;
	if (i < 0)
		return bad_word(c, k, v);
	*field = i;
	return 0;
}

static int take_only(const struct cfg_check *c, const struct cfg_key *k, const struct cfg_value *v)
{
	if (v->kind != CFG_STRING || word_index(k->words, v->str) < 0)
		return bad_word(c, k, v);
	return 0;
}

static int add_cpus(const struct cfg_check *c, const char *key, const struct cfg_value *v, struct cfg_cpusets *to)
{
	struct cfg_cpuset *p = realloc(to->set, (to->nr + 1) * sizeof(*p));
	struct cfg_error why;
	char number[24];
	const char *text = v->str;

	if (!p)
		return -ENOMEM;
	to->set = p;
	if (v->kind == CFG_LIST)
		return FAIL_AT(c, v, "%s: expected a string or a number, found a list", key);
	if (v->kind == CFG_INT) {
		snprintf(number, sizeof(number), "%lld", (long long)v->num);
		text = number;
	}
	if (cfg_parse_cpuset(text, &p[to->nr], &why))
		return FAIL_AT(c, v, "%s: %s", key, why.text);
	to->nr++;
	return 0;
}

static int take_cpusets(const struct cfg_check *c, const char *key, const struct cfg_value *v, struct cfg_cpusets *to)
{
	int rc = 0;

	if (v->kind != CFG_LIST)
		return add_cpus(c, key, v, to);
	for (unsigned int i = 0; !rc && i < v->nr_items; i++)
		rc = add_cpus(c, key, v->item[i], to);
	return rc;
}

int cfg_take_cpus(const struct cfg_check *c, const struct cfg_value *v)
{
	return take_cpusets(c, "cpus", v, &c->g->cpus);
}

int cfg_take_cpus_soft(const struct cfg_check *c, const struct cfg_value *v)
{
	return take_cpusets(c, "cpus_soft", v, &c->g->cpus_soft);
}

/* What pygrub is told elsewhere: the entry, or how much it is to say. */
static int take_loader_arg(const struct cfg_check *c, const struct cfg_value *v)
{
	static const char entry[] = "--entry=";

	if (v->kind != CFG_STRING)
		return FAIL_AT(c, v, "bootloader_args: expected a string, found %s", kind_name(v));
	if (!*v->str || !strcmp(v->str, "-q") || !strcmp(v->str, "--quiet"))
		return 0;
	if (strncmp(v->str, entry, strlen(entry)) || !v->str[strlen(entry)])
		return FAIL_AT(c, v, "bootloader_args: '%.40s': guestboot knows --entry=ENTRY and --quiet", v->str);
	free(c->g->bootentry);
	c->g->bootentry = strdup(v->str + strlen(entry));
	return c->g->bootentry ? 0 : -ENOMEM;
}

int cfg_take_loader_args(const struct cfg_check *c, const struct cfg_value *v)
{
	int rc = 0;

	if (v->kind != CFG_LIST)
		return take_loader_arg(c, v);
	for (unsigned int i = 0; !rc && i < v->nr_items; i++)
		rc = take_loader_arg(c, v->item[i]);
	return rc;
}

static int want_strings(const struct cfg_check *c, const char *key, const char *example,
			const struct cfg_value *v)
{
	if (v->kind != CFG_LIST)
		return FAIL_AT(c, v, "%s: expected a list like [ '%s' ], found %s", key, example,
			       kind_name(v));
	for (unsigned int i = 0; i < v->nr_items; i++)
		if (v->item[i]->kind != CFG_STRING)
			return FAIL_AT(c, v->item[i], "%s: expected a string like '%s', found %s", key,
				       example, kind_name(v->item[i]));
	return 0;
}

int cfg_take_disks(const struct cfg_check *c, const struct cfg_value *v)
{
	struct guest_config *g = c->g;
	struct cfg_error why = { "" };
	int rc = want_strings(c, "disk", "file:/path,xvda,w", v);

	if (rc || !v->nr_items)
		return rc;
	g->disk = calloc(v->nr_items, sizeof(*g->disk));
	if (!g->disk)
		return -ENOMEM;
	for (unsigned int i = 0; i < v->nr_items; i++) {
		const struct cfg_value *item = v->item[i];
		struct cfg_disk *d = &g->disk[i];

		rc = cfg_parse_disk(item->str, d, &why);
		if (rc == -EINVAL)
			return FAIL_AT(c, item, "disk: %s", why.text);
		if (rc)
			return rc;
		g->nr_disks++;
		d->line = item->line;
		d->col = item->col;
		for (unsigned int j = 0; j < i; j++)
			if (g->disk[j].devid == d->devid)
				return FAIL_AT(c, item, "disk: %s is used twice", d->vdev);
	}
	return 0;
}

int cfg_take_vifs(const struct cfg_check *c, const struct cfg_value *v)
{
	struct guest_config *g = c->g;
	struct cfg_error why = { "" };
	int rc = want_strings(c, "vif", "bridge=br0", v);

	if (rc || !v->nr_items)
		return rc;
	g->vif = calloc(v->nr_items, sizeof(*g->vif));
	if (!g->vif)
		return -ENOMEM;
	for (unsigned int i = 0; i < v->nr_items; i++) {
		rc = cfg_parse_vif(v->item[i]->str, &g->vif[i], &why);
		if (rc == -EINVAL)
			return FAIL_AT(c, v->item[i], "vif: %s", why.text);
		if (rc)
			return rc;
		g->nr_vifs++;
		g->vif[i].handle = i;
		g->vif[i].line = v->item[i]->line;
		g->vif[i].col = v->item[i]->col;
		for (unsigned int j = 0; g->vif[i].has_mac && j < i; j++)
			if (g->vif[j].has_mac && !memcmp(g->vif[j].mac, g->vif[i].mac, 6))
				return FAIL_AT(c, v->item[i], "vif: two cards have the same mac");
		for (unsigned int j = 0; g->vif[i].vifname && j < i; j++)
			if (g->vif[j].vifname && !strcmp(g->vif[j].vifname, g->vif[i].vifname))
				return FAIL_AT(c, v->item[i], "vif: two cards have the same vifname");
	}
	return 0;
}

static int unknown_key(const struct cfg_check *c, const struct cfg_setting *s)
{
	const char *names[64], *near;
	unsigned int nr = 0;

	for (; nr < cfg_nr_keys && nr < 64; nr++)
		names[nr] = cfg_keys[nr].name;
	near = cfg_suggest(s->key, names, nr);
	if (near)
		return FAIL_AT(c, s, "unknown key '%.40s'; did you mean '%s'?", s->key, near);
	return FAIL_AT(c, s, "unknown key '%.40s'; xm.cfg(5) lists the keys", s->key);
}

static int take_setting(const struct cfg_check *c, const struct cfg_setting *s)
{
	const struct cfg_key *k = NULL;
	char text[128];

	for (unsigned int i = 0; !k && i < cfg_nr_keys; i++)
		if (!strcmp(cfg_keys[i].name, s->key))
			k = &cfg_keys[i];
	if (!k)
		return unknown_key(c, s);
	switch (k->type) {
	case KEY_STRING:
		return take_string(c, k, s->value);
	case KEY_INT:
		return take_int(c, k, s->value);
	case KEY_WORD:
		return take_word(c, k, s->value);
	case KEY_ONLY:
		return take_only(c, k, s->value);
	case KEY_OWN:
		return k->parse(c, s->value);
	case KEY_NOEFFECT:
		snprintf(text, sizeof(text), "line %u: %s has no effect here", s->line, s->key);
		if (c->warn)
			c->warn(c->warn_arg, text);
		return 0;
	}
	return -EINVAL;
}

/* The value of @key for a message's position, or one that stands for the whole file. */
static const struct cfg_value *at_key(const struct cfg_check *c, const char *key)
{
	static const struct cfg_value start = { .line = 1, .col = 1 };
	const struct cfg_value *v = cfg_lookup(c->doc, key);

	return v ? v : &start;
}

static int check_name(const struct cfg_check *c)
{
	const struct cfg_value *at = at_key(c, "name");
	const char *name = c->g->name;

	if (!name)
		return FAIL_AT(c, at, "no name; expected name = \"...\"");
	if (!*name || strlen(name) > CFG_NAME_MAX)
		return FAIL_AT(c, at, "name: expected 1 to %d characters", CFG_NAME_MAX);
	/* It becomes the name of files and of store entries. */
	for (const char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("._+-", *p))
			return FAIL_AT(c, at, "name \"%s\": expected letters, digits, '.', '_', '+' or '-'",
				       name);
	if (!isalnum((unsigned char)*name))
		return FAIL_AT(c, at, "name \"%s\": must begin with a letter or a digit", name);
	/* Commands take a name or a number. */
	if (strspn(name, "0123456789") == strlen(name))
		return FAIL_AT(c, at,
			       "name \"%s\": a name of digits alone would be taken for a domain's number",
			       name);
	if (!strcmp(name, "Domain-0"))
		return FAIL_AT(c, at, "name \"Domain-0\" belongs to the control domain");
	return 0;
}

/* The kernel is a file of this machine, or comes out of the guest's disk. */
static int check_kernel(const struct cfg_check *c)
{
	const struct guest_config *g = c->g;

	if (g->bootloader == BOOT_NONE && !g->kernel)
		return FAIL_AT(c, at_key(c, "kernel"),
			       "no kernel; expected kernel = \"/path\", or bootloader = \"guestboot\"");
	if (g->bootloader == BOOT_NONE && g->bootentry)
		return FAIL_AT(c, at_key(c, "bootentry"), "bootentry needs bootloader = \"guestboot\"");
	if (g->bootloader == BOOT_NONE)
		return 0;
	if (g->kernel || g->ramdisk)
		return FAIL_AT(c, at_key(c, "bootloader"),
			       "bootloader excludes kernel and ramdisk: they come out of the disk");
	if (!g->nr_disks)
		return FAIL_AT(c, at_key(c, "bootloader"), "bootloader needs a disk to take the kernel from");
	return 0;
}

static int check_between(const struct cfg_check *c)
{
	struct guest_config *g = c->g;

	int rc = check_kernel(c);

	if (rc)
		return rc;
	if (g->maxmem_mb && g->maxmem_mb < g->memory_mb)
		return FAIL_AT(c, at_key(c, "maxmem"), "maxmem = %lld is less than memory = %lld",
			       (long long)g->maxmem_mb, (long long)g->memory_mb);
	if (g->maxvcpus && g->maxvcpus < g->vcpus)
		return FAIL_AT(c, at_key(c, "maxvcpus"), "maxvcpus = %lld is less than vcpus = %lld",
			       (long long)g->maxvcpus, (long long)g->vcpus);
	if (g->cmdline && (g->root || g->extra))
		return FAIL_AT(c, at_key(c, "cmdline"), "cmdline excludes root and extra: write all in one");
	if (g->uuid_text && cfg_parse_uuid(g->uuid_text, g->uuid))
		return FAIL_AT(c, at_key(c, "uuid"),
			       "uuid: expected 32 hex digits, like 12345678-9abc-def0-1234-56789abcdef0");
	g->has_uuid = g->uuid_text != NULL;
	if (!g->maxmem_mb)
		g->maxmem_mb = g->memory_mb;
	if (!g->maxvcpus)
		g->maxvcpus = g->vcpus;
	return 0;
}

static int keep_text(const struct cfg_doc *doc, struct guest_config *g)
{
	size_t size;
	FILE *f = open_memstream(&g->text, &size);
	int rc = f ? cfg_write(doc, f) : -ENOMEM;

	if (f && fclose(f) && !rc)
		rc = -ENOMEM;
	return rc;
}

int cfg_guest(const struct cfg_doc *doc, struct guest_config **out, cfg_warn_fn *warn, void *arg,
	      struct cfg_error *err)
{
	struct guest_config *g = calloc(1, sizeof(*g));
	struct cfg_check c = { .doc = doc, .g = g, .warn = warn, .warn_arg = arg, .err = err };
	int rc = 0;

	if (!g)
		return cfg_fail(err, -ENOMEM, "out of memory");
	*g = (struct guest_config){
		.memory_mb = 128, .vcpus = 1, .on_poweroff = ACTION_DESTROY,
		.on_reboot = ACTION_RESTART, .on_crash = ACTION_DESTROY,
		.max_grant_frames = -1, .max_maptrack_frames = -1, .max_event_channels = -1,
	};
	for (unsigned int i = 0; !rc && i < doc->nr_settings; i++)
		rc = take_setting(&c, &doc->setting[i]);
	if (!rc)
		rc = check_name(&c);
	if (!rc)
		rc = check_between(&c);
	if (!rc && keep_text(doc, g))
		rc = -ENOMEM;
	if (rc) {
		if (rc == -ENOMEM)
			cfg_fail(err, rc, "out of memory");
		cfg_guest_free(g);
		return rc;
	}
	*out = g;
	return 0;
}

void cfg_guest_free(struct guest_config *g)
{
	if (!g)
		return;
	for (unsigned int i = 0; i < g->nr_disks; i++)
		cfg_disk_clear(&g->disk[i]);
	for (unsigned int i = 0; i < g->nr_vifs; i++)
		cfg_vif_clear(&g->vif[i]);
	free(g->disk);
	free(g->vif);
	free(g->text);
	free(g->cpus.set);
	free(g->cpus_soft.set);
	free(g->name);
	free(g->uuid_text);
	free(g->kernel);
	free(g->ramdisk);
	free(g->root);
	free(g->extra);
	free(g->cmdline);
	free(g->bootentry);
	free(g);
}

char *cfg_guest_cmdline(const struct guest_config *g)
{
	char *line;

	if (g->cmdline)
		return strdup(g->cmdline);
	if (asprintf(&line, "%s%s%s%s", g->root ? "root=" : "", g->root ? g->root : "",
		     g->root && g->extra ? " " : "", g->extra ? g->extra : "") < 0)
		return NULL;
	return line;
}
