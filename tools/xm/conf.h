/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Settings of xm itself, in XM_CONF. Whatever is wrong with one is told, and its default is taken.
 */
#ifndef XM_CONF_H
#define XM_CONF_H

#include "xm.h"

#define XM_CONF		"/etc/xen/xm.conf"
#define CORE_LIMIT	10		/* cores kept in DUMP_DIR unless XM_CONF says otherwise */
#define CORE_LIMIT_MAX	100000

enum autoballoon { BALLOON_AUTO, BALLOON_ON, BALLOON_OFF };

struct conf {
	int64_t core_limit;
	int64_t dom0_memory_min;	/* MiB; 0: the default, see balloon.c */
	enum autoballoon autoballoon;
};

/** The settings of the file @path, which need not exist. */
void conf_read(const struct xm *xm, const char *path, struct conf *c);

#endif
