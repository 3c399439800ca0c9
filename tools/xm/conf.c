/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file of xm's own settings: a table of keys, each with the function that takes its value.
 */
#include <errno.h>
#include <libcfg.h>
#include <string.h>
#include <unistd.h>
#include "conf.h"

#define MIB_MAX		(1ll << 24)

/* A number from @min to @max. */
static bool take_number(const struct cfg_value *v, int64_t min, int64_t max, int64_t *out)
{
	if (v->kind != CFG_INT || v->num < min || v->num > max)
		return false;
	*out = v->num;
	return true;
}

static bool take_core_limit(const struct cfg_value *v, struct conf *c)
{
	return take_number(v, 1, CORE_LIMIT_MAX, &c->core_limit);
}

static bool take_dom0_min(const struct cfg_value *v, struct conf *c)
{
	return take_number(v, 1, MIB_MAX, &c->dom0_memory_min);
}

/* As in xl.conf, where 0 and 1 are allowed as well. */
static bool take_autoballoon(const struct cfg_value *v, struct conf *c)
{
	static const char *const names[] = { [BALLOON_AUTO] = "auto", [BALLOON_ON] = "on", [BALLOON_OFF] = "off" };

	if (v->kind == CFG_INT && (v->num == 0 || v->num == 1)) {
		c->autoballoon = v->num ? BALLOON_ON : BALLOON_OFF;
		return true;
	}
	for (unsigned int i = 0; v->kind == CFG_STRING && i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(v->str, names[i])) {
			c->autoballoon = i;
			return true;
		}
	}
	return false;
}

static const struct {
	const char *key;
	bool (*take)(const struct cfg_value *v, struct conf *c);
	const char *expected;
} keys[] = {
	{ "autoballoon", take_autoballoon, "expected \"auto\", \"on\" or \"off\"; \"auto\"" },
	{ "core_limit", take_core_limit, "expected a number from 1 to 100000; 10" },
	{ "dom0_memory_min", take_dom0_min, "expected a number of MiB; the default" },
};

#define NR_KEYS		(sizeof(keys) / sizeof(keys[0]))

static void tell_unknown(const struct xm *xm, const char *path, const struct cfg_setting *s)
{
	for (size_t i = 0; i < NR_KEYS; i++)
		if (!strcmp(s->key, keys[i].key))
			return;
	xm_warn(xm, "%s:%u:%u: unknown key '%s'; there are %s, %s and %s", path, s->line, s->col, s->key, keys[0].key,
		keys[1].key, keys[2].key);
}

void conf_read(const struct xm *xm, const char *path, struct conf *c)
{
	struct cfg_error err = { "out of memory" };
	struct cfg_doc *doc = NULL;

	*c = (struct conf){ .core_limit = CORE_LIMIT };
	if (access(path, F_OK) && errno == ENOENT)
		return;
	if (cfg_parse_file(path, &doc, &err)) {
		xm_warn(xm, "%s", err.text);
		return;
	}
	for (unsigned int i = 0; i < doc->nr_settings; i++)
		tell_unknown(xm, path, &doc->setting[i]);
	for (size_t i = 0; i < NR_KEYS; i++) {
		const struct cfg_value *v = cfg_lookup(doc, keys[i].key);

		if (v && !keys[i].take(v, c))
			xm_warn(xm, "%s:%u:%u: %s: %s is taken", path, v->line, v->col, keys[i].key, keys[i].expected);
	}
	cfg_doc_free(doc);
}
