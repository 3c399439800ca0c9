/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A subset of GRUB's configuration language: enough for the menus that grub-mkconfig writes. The text is a guest's
 * and hostile: every length and count is bounded, nothing is executed.
 *
 * Understood: comments, quoting, `set NAME=VALUE`, `menuentry`, `submenu`, and inside an entry the commands linux and
 * initrd (also their 16 and efi kinds). Conditions are not: what lies in either branch counts.
 */
#ifndef GRUBCFG_H
#define GRUBCFG_H

#include <stdbool.h>
#include <stddef.h>

#define GRUB_MAX_TEXT		(1u << 20)
#define GRUB_MAX_ENTRIES	256
#define GRUB_MAX_DEPTH		8
#define GRUB_MAX_ARGS		1024	/* of Linux' command line, with the final 0 */
#define GRUB_MAX_NAME		256
#define GRUB_MAX_INITRDS	4

struct grub_entry {
	char title[GRUB_MAX_NAME], id[GRUB_MAX_NAME];
	int parent;			/* index of the submenu it lies in, or -1 */
	unsigned int number;		/* its place in that menu, from 0 */
	bool submenu;
	char kernel[GRUB_MAX_NAME];	/* "" if the entry boots no Linux */
	char args[GRUB_MAX_ARGS];
	char initrd[GRUB_MAX_INITRDS][GRUB_MAX_NAME];
	unsigned int nr_initrds;
	bool too_long;			/* something did not fit: the entry cannot be used */
};

struct grub_menu {
	struct grub_entry *entry;
	unsigned int nr;
	char chosen[GRUB_MAX_NAME];	/* what the configuration sets as the default */
	bool saved;			/* the default is the one that was saved last */
};

/** Returns 0 or -ENOMEM; what cannot be understood is left out. */
int grub_parse(const char *text, size_t len, struct grub_menu *menu);
void grub_free(struct grub_menu *menu);

/**
 * The entry meant by @spec as GRUB means it: a number, a title or an identity, with `>` from menu to submenu.
 * NULL if there is none.
 */
const struct grub_entry *grub_find(const struct grub_menu *menu, const char *spec);
/** The first entry that boots a Linux, at @from or behind it. */
const struct grub_entry *grub_first(const struct grub_menu *menu, const struct grub_entry *from);
/** The value of @name in an environment block (grubenv), or false. */
bool grub_env(const char *text, size_t len, const char *name, char *value, size_t size);

#endif
