/* SPDX-License-Identifier: GPL-2.0-only */
/* Sets of this machine's CPUs: as text, and whether there is one to run on. */
#ifndef XM_CPUS_H
#define XM_CPUS_H

#include <libcfg.h>
#include "xm.h"

bool cpus_has(const struct cfg_cpuset *set, unsigned int cpu);
/** "0-3,6", or "all" when it holds the first @n. */
void cpus_format(const struct cfg_cpuset *set, unsigned int n, char *buf, size_t size);
/** Some of @set can be run on; else says which CPUs there are. Warns of those that there are not. @what: its name. */
int cpus_check(struct xm *xm, const char *what, const struct cfg_cpuset *set);

#endif
