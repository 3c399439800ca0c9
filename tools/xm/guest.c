/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Building a guest: checks without effect first, then the domain, its store entries, its memory,
 * its devices. Whatever fails, guest_teardown() takes back all that was done.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xenguest.h>
#include "console.h"
#include "device.h"
#include "guest.h"

#define NAME_WAIT_MS	30000		/* for the same name's former life to go */
#define NAME_TELL_MS	1000		/* then the person is told */
#define EXTRA_KIB	1024		/* room for the guest's allocations beyond its maximum */
#define OVERHEAD_KIB	1024		/* what the hypervisor keeps for a domain */
#define MAX_PORTS	1023

static int check_file(struct xm *xm, const char *what, const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc = 0;

	if (fd < 0)
		return xm_fail(xm, -errno, "%s %s cannot be read: %s", what, path, strerror(errno));
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		rc = xm_fail(xm, -EINVAL, "%s %s is not a file", what, path);
	else if (!st.st_size)
		rc = xm_fail(xm, -EINVAL, "%s %s is empty", what, path);
	close(fd);
	return rc;
}

/*
 * 0: free, -EEXIST: a live domain has it, -EAGAIN: one has it that is about to go. Names stay in the store until all
 * that belonged to a domain is gone, the domain itself before that.
 */
static int name_state(struct xm *xm, const char *name, uint16_t *who)
{
	struct xen_domctl_getdomaininfo info;
	unsigned int n;
	char **doms = xm_xs_list(xm, &n, "/local/domain"), other[64];
	int rc = 0;

	for (unsigned int i = 0; !rc && i < n; i++) {
		uint16_t id = strtoul(doms[i], NULL, 10);

		xm_domain_name(xm, id, other, sizeof(other));
		if (strcmp(other, name))
			continue;
		*who = id;
		rc = xc_domain_getinfo(xm->xc, id, &info);
		if (rc == -ESRCH || (!rc && xm_is_dying(&info)))
			rc = guest_is_locked(id) ? -EAGAIN : 0;
		else if (rc)
			xm_fail(xm, rc, "%s", xc_last_error(xm->xc));
		else
			/* Without a monitor nobody will clean up: it is preserved. */
			rc = xm_is_shutdown(&info) && guest_is_locked(id) ? -EAGAIN : -EEXIST;
	}
	free(doms);
	return rc;
}

static int tell_name_taken(struct xm *xm, const char *name, uint16_t who)
{
	struct xen_domctl_getdomaininfo info;

	if (xc_domain_getinfo(xm->xc, who, &info) || xm_is_dying(&info))
		return xm_fail(xm, -EEXIST,
			       "guest '%s': its former life, domain %u, is still being cleaned up after %d s; see " XM_LOG_DIR,
			       name, who, NAME_WAIT_MS / 1000);
	if (xm_is_shutdown(&info))
		return xm_fail(xm, -EEXIST,
			       "guest '%s' is preserved as domain %u (it %s); 'xm destroy %u' frees the name",
			       name, who, xm_reason_name(xm_shutdown_reason(&info)), who);
	return xm_fail(xm, -EEXIST, "guest '%s' exists already as domain %u; 'xm destroy %u' would end it", name, who,
		       who);
}

/* A guest that has just powered off is cleaned up by its monitor in a moment: wait for that. */
static int check_name(struct xm *xm, const char *name)
{
	int64_t start = xm_now_ms();
	bool told = false;
	uint16_t who = 0;
	int rc;

	while ((rc = name_state(xm, name, &who)) == -EAGAIN && xm_now_ms() < start + NAME_WAIT_MS) {
		if (!told && xm_now_ms() > start + NAME_TELL_MS) {
			xm_fail(xm, 0, "guest '%s': waiting for its former life, domain %u, to be cleaned up", name, who);
			told = true;
		}
		xm_sleep_ms(50);
		if (xm_interrupted(xm))
			return -EINTR;
	}
	return rc == -EAGAIN || rc == -EEXIST ? tell_name_taken(xm, name, who) : rc;
}

int guest_check(struct xm *xm, const struct guest_config *cfg)
{
	int rc = check_name(xm, cfg->name);

	if (!rc && cfg->kernel)
		rc = check_file(xm, "kernel", cfg->kernel);
	if (!rc && cfg->ramdisk)
		rc = check_file(xm, "ramdisk", cfg->ramdisk);
	for (unsigned int i = 0; !rc && i < cfg->nr_disks; i++)
		rc = vbd_check(xm, cfg->name, &cfg->disk[i]);
	for (unsigned int i = 0; !rc && i < cfg->nr_vifs; i++)
		rc = vif_check(xm, &cfg->vif[i]);
	return rc ? rc : memory_check(xm, cfg->name, cfg->memory_mb * 1024 + OVERHEAD_KIB);
}

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
		.max_evtchn_port = cfg->max_event_channels >= 0 ? cfg->max_event_channels : MAX_PORTS,
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

static int set_affinity(struct xm *xm, const struct guest_config *cfg, uint16_t domid)
{
	int rc = 0;

	for (int64_t i = 0; !rc && cfg->nr_cpus && i < cfg->maxvcpus; i++) {
		struct cfg_cpuset set = cfg->cpus[i < cfg->nr_cpus ? i : cfg->nr_cpus - 1];

		rc = xc_vcpu_set_affinity(xm->xc, domid, i, (uint8_t *)set.bits, NULL, CFG_MAX_CPUS);
	}
	for (int64_t i = 0; !rc && cfg->soft && i < cfg->maxvcpus; i++) {
		struct cfg_cpuset set = cfg->soft[i];

		rc = xc_vcpu_set_affinity(xm->xc, domid, i, NULL, (uint8_t *)set.bits, CFG_MAX_CPUS);
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
	int rc = 0;

	if (cfg->localtime && localtime_r(&now, &tm))
		offset += tm.tm_gmtoff;
	if (offset)
		rc = xc_domain_set_time_offset(xm->xc, domid, offset);
	if (!rc && cfg->tsc_mode != TSC_DEFAULT)
		rc = xc_domain_set_tsc_info(xm->xc, domid, &tsc);
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

/* Under the lock of names: from here on the guest is visible and its name taken. */
static int claim_name(struct xm *xm, const struct guest_config *cfg, struct guest *g)
{
	int names = names_lock(xm), rc;

	if (names < 0)
		return names;
	rc = check_name(xm, cfg->name);
	if (!rc)
		rc = make_domain(xm, cfg, g);
	if (!rc) {
		g->lock = guest_lock(xm, g->domid, 0);
		rc = g->lock < 0 ? g->lock : guest_write_tree(xm, cfg, g);
		if (rc)
			guest_teardown(xm, g->domid);
		if (rc && g->lock >= 0)
			guest_unlock(g->domid, g->lock);
	}
	close(names);
	return rc;
}

/* A bad kernel is named; other failures speak for themselves. */
static void tell_build_error(struct xm *xm, const struct guest_config *cfg, int rc, const char *why)
{
	const char *kernel = cfg->kernel ? cfg->kernel : "of its disk";

	if (rc == -ENOEXEC && !strstr(why, kernel))
		xm_fail(xm, rc, "guest '%s': kernel %s: %s", cfg->name, kernel, why);
	else
		xm_fail(xm, rc, "guest '%s': %s", cfg->name, why);
}

static int load_files(struct xm *xm, const struct guest_config *cfg, const struct guest *g,
		      const struct boot_files *f)
{
	bool own = f->dir[0];
	struct xg_build bg = {
		.kernel_path = own ? f->kernel : cfg->kernel, .cmdline = f->cmdline,
		.ramdisk_path = !own ? cfg->ramdisk : f->has_ramdisk ? f->ramdisk : NULL,
		.cache_dir = XM_CACHE_DIR, .domid = g->domid,
		.mem_mib = cfg->memory_mb, .max_mem_mib = cfg->maxmem_mb, .max_vcpus = cfg->maxvcpus,
	};
	int rc;

	if (strlen(f->cmdline) >= MAX_GUEST_CMDLINE)
		return xm_fail(xm, -E2BIG, "guest '%s': the kernel's command line is longer than %d bytes",
			       cfg->name, MAX_GUEST_CMDLINE - 1);
	rc = xg_build_pv(xm->xc, &bg);
	if (rc) {
		tell_build_error(xm, cfg, rc, bg.error);
		return rc;
	}
	return guest_write_rings(xm, g, bg.store_mfn, bg.store_port, bg.console_mfn, bg.console_port);
}

static int load(struct xm *xm, const struct guest_config *cfg, const struct guest *g)
{
	struct boot_files f;
	int rc = boot_open(xm, cfg, &f);

	if (rc)
		return rc;
	rc = load_files(xm, cfg, g, &f);
	boot_close(&f);
	return rc;
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

	for (unsigned int i = 0; !rc && i < cfg->nr_disks; i++)
		rc = vbd_add(xm, g->domid, &cfg->disk[i]);
	for (unsigned int i = 0; !rc && i < cfg->nr_vifs; i++) {
		guest_mac(cfg, i, mac);
		rc = vif_add(xm, g->domid, cfg->vif[i].handle, &cfg->vif[i], mac);
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
	rc = memory_get(xm, cfg->name, cfg->memory_mb * 1024 + OVERHEAD_KIB);
	if (!rc)
		rc = memory_claim(xm, domid, cfg->memory_mb * 1024);
	close(lock);
	return rc;
}

int guest_build(struct xm *xm, const struct guest_config *cfg, const uint8_t *uuid, struct guest *out)
{
	struct guest g = { .lock = -1 };
	int rc;

	if (!uuid && cfg->has_uuid)
		uuid = cfg->uuid;
	if (uuid)
		memcpy(g.uuid, uuid, sizeof(g.uuid));
	else
		guest_new_uuid(g.uuid);
	rc = claim_name(xm, cfg, &g);
	if (rc)
		return rc;
	guest_save(xm, cfg, &g);
	rc = set_up_domain(xm, cfg, g.domid);
	if (!rc)
		rc = reserve_memory(xm, cfg, g.domid);
	if (!rc)
		rc = xm_interrupted(xm);
	if (!rc)
		rc = load(xm, cfg, &g);
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
