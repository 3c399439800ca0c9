/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Building a guest: the domain, its store entries, its memory, its devices. Whatever fails, guest_teardown() takes back
 * all that was done. What can be looked at before is in check.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>
#include <xenguest.h>
#include "console.h"
#include "device.h"
#include "guest.h"

#define EXTRA_KIB	1024		/* room for the guest's allocations beyond its maximum */

void guest_new_uuid(uint8_t uuid[16])
{
	while (getrandom(uuid, 16, 0) != 16)
		;
	uuid[6] = (uuid[6] & 0x0f) | 0x40;
	uuid[8] = (uuid[8] & 0x3f) | 0x80;
}

static int make_domain(struct xm *xm, const struct guest_config *cfg, struct guest *g)
{
	struct xen_sysctl_physinfo phys;
	struct xen_domctl_createdomain create = {
		.max_vcpus = cfg->maxvcpus,
		.max_evtchn_port = cfg->max_event_channels >= 0 ? cfg->max_event_channels : GUEST_MAX_PORTS,
		.max_grant_frames = cfg->max_grant_frames,
		.max_maptrack_frames = cfg->max_maptrack_frames,
	};
	bool v2;
	int rc = xc_physinfo(xm->xc, &phys);

	if (rc)
		return xm_fail(xm, rc, "%s", xc_last_error(xm->xc));
	v2 = phys.capabilities & XEN_SYSCTL_PHYSCAP_gnttab_v2;
	create.grant_opts = XEN_DOMCTL_GRANT_version(v2 ? 2 : 1);
	memcpy(create.handle, g->uuid, sizeof(create.handle));
	rc = xc_domain_create(xm->xc, &g->domid, &create);
	if (rc == -EINVAL)
		return xm_fail(xm, rc,
			       "guest '%s': the hypervisor refuses its limits (%lld vcpus, event channels up "
			       "to %u, "
			       "%d grant frames, %d maptrack frames)",
			       cfg->name, (long long)cfg->maxvcpus, create.max_evtchn_port,
			       create.max_grant_frames, create.max_maptrack_frames);
	if (rc)
		return xm_fail(xm, rc, "guest '%s': %s", cfg->name, xc_last_error(xm->xc));
	return 0;
}

static const struct cfg_cpuset *cpus_of(const struct cfg_cpusets *sets, unsigned int vcpu)
{
	return &sets->set[vcpu < sets->nr ? vcpu : sets->nr - 1];
}

static int set_affinity(struct xm *xm, const struct guest_config *cfg, uint16_t domid)
{
	struct cfg_cpuset hard, soft;
	bool any_hard = cfg->cpus.nr, any_soft = cfg->cpus_soft.nr;
	int rc = 0;

	for (int64_t i = 0; (any_hard || any_soft) && !rc && i < cfg->maxvcpus; i++) {
		/* The call overwrites the sets with what took effect. */
		if (any_hard)
			hard = *cpus_of(&cfg->cpus, i);
		if (any_soft)
			soft = *cpus_of(&cfg->cpus_soft, i);
		rc = xc_vcpu_set_affinity(xm->xc, domid, i, any_hard ? (uint8_t *)hard.bits : NULL,
					  any_soft ? (uint8_t *)soft.bits : NULL, CFG_MAX_CPUS);
	}
	return rc;
}

static int set_credit(struct xm *xm, const struct guest_config *cfg, uint16_t domid)
{
	struct xen_domctl_sched_credit c1 = { .weight = cfg->cpu_weight ? cfg->cpu_weight : 256,
					      .cap = cfg->cpu_cap };
	struct xen_domctl_sched_credit2 c2 = { .weight = c1.weight, .cap = c1.cap };
	unsigned int id;
	int rc;

	if (!cfg->cpu_weight && !cfg->cpu_cap)
		return 0;
	rc = xc_sched_id(xm->xc, &id);
	if (rc)
		return rc;
	if (id == XEN_SCHEDULER_CREDIT)
		return xc_sched_credit_set(xm->xc, domid, &c1);
	if (id == XEN_SCHEDULER_CREDIT2)
		return xc_sched_credit2_set(xm->xc, domid, &c2);
	return xc_set_error(xm->xc, -EOPNOTSUPP, "the scheduler of this machine knows no weight and cap");
}

static int set_clock(struct xm *xm, const struct guest_config *cfg, uint16_t domid)
{
	struct xen_domctl_tsc_info tsc = { .tsc_mode = cfg->tsc_mode };
	time_t now = time(NULL);
	int64_t offset = cfg->rtc_timeoffset;
	struct tm tm;
	int rc;

	if (cfg->localtime && localtime_r(&now, &tm))
		offset += tm.tm_gmtoff;
	rc = offset ? xc_domain_set_time_offset(xm->xc, domid, offset) : 0;
	if (rc || cfg->tsc_mode == TSC_DEFAULT)
		return rc;
	rc = xc_domain_set_tsc_info(xm->xc, domid, &tsc);
	if (rc == -EOPNOTSUPP || rc == -EINVAL)
		return xc_set_error(xm->xc, rc, "tsc_mode = '%s' is not offered by this hypervisor; try 'default' or 'native'",
				    cfg_tsc_name(cfg->tsc_mode));
	return rc;
}

static int set_up_domain(struct xm *xm, const struct guest_config *cfg, uint16_t domid)
{
	int rc = xc_domain_max_vcpus(xm->xc, domid, cfg->maxvcpus);

	if (!rc)
		rc = xc_domain_max_mem_kb(xm->xc, domid, cfg->maxmem_mb * 1024 + EXTRA_KIB);
	if (!rc)
		rc = set_affinity(xm, cfg, domid);
	if (!rc)
		rc = set_credit(xm, cfg, domid);
	if (!rc)
		rc = set_clock(xm, cfg, domid);
	return rc ? xm_fail(xm, rc, "guest '%s': %s", cfg->name, xc_last_error(xm->xc)) : 0;
}

struct claim {
	const struct guest_config *cfg;
	struct guest *g;
	bool made;		/* there is a domain */
};

/* Under the lock of names: from here on the guest is visible and its name taken. */
static int take_name(struct xm *xm, void *arg)
{
	struct claim *c = arg;
	struct guest *g = c->g;
	int rc = make_domain(xm, c->cfg, g);

	if (rc)
		return rc;
	c->made = true;
	g->lock = guest_lock(xm, g->domid, LOCK_SOON_MS, NULL);
	if (g->lock >= 0)
		return guest_write_tree(xm, c->cfg, g);
	if (g->lock == -ETIMEDOUT)
		xm_fail(xm, g->lock, "guest '%s': another xm holds the lock of domain %u", c->cfg->name, g->domid);
	return g->lock == -EINTR ? xm_interrupted(xm) : g->lock;
}

static int claim_name(struct xm *xm, const struct guest_config *cfg, struct guest *g, bool again)
{
	const struct identity who = { cfg->name, g->uuid, again };
	struct claim c = { cfg, g, false };
	int rc = identity_take(xm, &who, take_name, &c);

	if (rc && c.made) {
		guest_teardown(xm, g->domid);
		guest_unlock(g->domid, g->lock);
	}
	return rc;
}

static int load(struct xm *xm, const struct guest_config *cfg, const struct boot_files *f, const struct guest *g)
{
	struct xg_build bg = {
		.kernel_path = f->kernel, .ramdisk_path = f->ramdisk, .cmdline = f->cmdline,
		.cache_dir = XM_CACHE_DIR, .domid = g->domid,
		.mem_mib = cfg->memory_mb, .max_mem_mib = cfg->maxmem_mb, .max_vcpus = cfg->maxvcpus,
	};
	int rc = xg_build_pv(xm->xc, &bg);

	if (rc) {
		boot_tell_error(xm, cfg, rc, bg.error);
		return rc;
	}
	return guest_write_rings(xm, g, bg.store_mfn, bg.store_port, bg.console_mfn, bg.console_port);
}

void guest_mac(const struct guest_config *cfg, unsigned int i, uint8_t mac[6])
{
	const struct cfg_vif *v = &cfg->vif[i];

	if (cfg->has_uuid)
		vif_mac(v, cfg->uuid, sizeof(cfg->uuid), v->handle, mac);
	else
		vif_mac(v, cfg->name, strlen(cfg->name), v->handle, mac);
}

static int add_devices(struct xm *xm, const struct guest_config *cfg, const struct guest *g)
{
	uint8_t mac[6];
	int rc = 0;

	xm_tell(xm, "its memory is filled");
	for (unsigned int i = 0; !rc && i < cfg->nr_disks; i++) {
		rc = vbd_add(xm, g->domid, &cfg->disk[i]);
		if (!rc)
			xm_tell(xm, "it has disk %s (%s)", cfg->disk[i].vdev, cfg->disk[i].target);
	}
	for (unsigned int i = 0; !rc && i < cfg->nr_vifs; i++) {
		guest_mac(cfg, i, mac);
		rc = vif_add(xm, g->domid, cfg->vif[i].handle, &cfg->vif[i], mac);
		if (!rc)
			xm_tell(xm, "it has network card %u", i);
	}
	return rc ? rc : xm_interrupted(xm);
}

/* A guest's first words must not be lost, and a dead xenconsoled must not go unnoticed. */
static int wait_console(struct xm *xm, const struct guest *g)
{
	char *tty = console_wait(xm, g->domid);

	free(tty);
	return tty ? 0 : -ETIMEDOUT;
}

/* From here on its memory is its own, although it is taken only later: two that are made at once do not share it. */
static int reserve_memory(struct xm *xm, const struct guest_config *cfg, uint16_t domid)
{
	int lock = memory_lock(xm), rc;

	if (lock < 0)
		return lock;
	rc = memory_get(xm, cfg->name, cfg->memory_mb * 1024 + GUEST_OVERHEAD_KIB);
	if (!rc)
		rc = memory_claim(xm, domid, cfg->memory_mb * 1024);
	close(lock);
	return rc;
}

int guest_build(struct xm *xm, const struct guest_config *cfg, const struct boot_files *f, const uint8_t *uuid,
		struct guest *out)
{
	struct guest g = { .lock = -1 };
	bool again = uuid != NULL;
	int rc;

	if (!uuid && cfg->has_uuid)
		uuid = cfg->uuid;
	if (uuid)
		memcpy(g.uuid, uuid, sizeof(g.uuid));
	else
		guest_new_uuid(g.uuid);
	rc = claim_name(xm, cfg, &g, again);
	if (rc)
		return rc;
	guest_save(xm, cfg, &g);
	xm_tell(xm, "guest '%s' becomes domain %u", cfg->name, g.domid);
	rc = set_up_domain(xm, cfg, g.domid);
	if (!rc)
		rc = reserve_memory(xm, cfg, g.domid);
	if (!rc)
		rc = xm_interrupted(xm);
	if (!rc)
		rc = load(xm, cfg, f, &g);
	if (!rc)
		rc = add_devices(xm, cfg, &g);
	if (!rc)
		rc = wait_console(xm, &g);
	if (rc) {
		guest_teardown(xm, g.domid);
		guest_unlock(g.domid, g.lock);
		return rc;
	}
	*out = g;
	return 0;
}
