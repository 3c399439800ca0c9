/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What can be looked at before anything is made, so that a mistake in a configuration costs nothing. Where there is no
 * hypervisor, only what this machine's files and interfaces tell.
 */
#include <errno.h>
#include <unistd.h>
#include "cpus.h"
#include "device.h"
#include "guest.h"

static int check_cpus(struct xm *xm, const char *what, const struct cfg_cpusets *sets)
{
	int rc = 0;

	for (unsigned int i = 0; !rc && i < sets->nr; i++)
		rc = cpus_check(xm, what, &sets->set[i]);
	return rc;
}

static int check_devices(struct xm *xm, const struct guest_config *cfg)
{
	int rc = 0;

	for (unsigned int i = 0; !rc && i < cfg->nr_disks; i++)
		rc = vbd_check(xm, cfg->name, &cfg->disk[i]);
	for (unsigned int i = 0; !rc && i < cfg->nr_disks; i++)
		rc = vbd_check_pairs(xm, cfg->disk, i);
	for (unsigned int i = 0; !rc && i < cfg->nr_vifs; i++)
		rc = vif_check(xm, &cfg->vif[i]);
	return rc;
}

int guest_check(struct xm *xm, const struct guest_config *cfg)
{
	const struct identity who = { cfg->name, cfg->has_uuid ? cfg->uuid : NULL, false };
	int rc = xm->xc ? identity_check(xm, &who) : 0;

	if (!rc)
		rc = check_devices(xm, cfg);
	if (!rc && xm->xc)
		rc = check_cpus(xm, "cpus", &cfg->cpus);
	if (!rc && xm->xc)
		rc = check_cpus(xm, "cpus_soft", &cfg->cpus_soft);
	return rc || !xm->xc ? rc : memory_check(xm, cfg->name, cfg->memory_mb * 1024 + GUEST_OVERHEAD_KIB);
}
