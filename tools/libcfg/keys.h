/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rows of the table of keys (keys.c), and the checks that its rows refer to (guest.c).
 */
#ifndef LIBCFG_KEYS_H
#define LIBCFG_KEYS_H

#include "internal.h"

/** What a check needs to know to place its message. */
struct cfg_check {
	const struct cfg_doc *doc;
	struct guest_config *g;
	cfg_warn_fn *warn;
	void *warn_arg;
	struct cfg_error *err;
};

enum cfg_key_type {
	KEY_STRING, KEY_INT, KEY_WORD,
	KEY_OWN,		/* parse() does it all */
	KEY_ONLY,		/* must be one of words, and changes nothing */
	KEY_NOEFFECT,		/* known elsewhere, without effect here: a warning */
};

struct cfg_key {
	const char *name, *what;
	enum cfg_key_type type;
	size_t field;			/* in struct guest_config */
	int64_t min, max;		/* KEY_INT */
	const char *const *words;	/* KEY_WORD, KEY_ONLY: up to NULL */
	int (*parse)(const struct cfg_check *c, const struct cfg_value *v);
};

extern const struct cfg_key cfg_keys[];
extern const unsigned int cfg_nr_keys;
extern const char *const cfg_actions[], *const cfg_bootloaders[];

int cfg_take_cpus(const struct cfg_check *c, const struct cfg_value *v);
int cfg_take_cpus_soft(const struct cfg_check *c, const struct cfg_value *v);
int cfg_take_loader_args(const struct cfg_check *c, const struct cfg_value *v);
int cfg_take_disks(const struct cfg_check *c, const struct cfg_value *v);
int cfg_take_vifs(const struct cfg_check *c, const struct cfg_value *v);

#endif
