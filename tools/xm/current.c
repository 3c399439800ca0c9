/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest has become since it was made. The settings that it was made of are in a file of its own in /run/xen;
 * what commands have changed meanwhile (name, memory, processors, shares, devices) is where it takes effect, in the
 * store and in the hypervisor, and is read there: it is kept once, so nothing can disagree or be half written.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "device.h"
#include "guest.h"

static void file_name(uint16_t domid, char path[64])
{
	snprintf(path, 64, XM_RUN_DIR "/xm-%u.cfg", domid);
}

void guest_save(struct xm *xm, const struct guest_config *cfg, const struct guest *g)
{
	char path[64], part[72], uuid[37];
	FILE *f;
	int rc;

	file_name(g->domid, path);
	snprintf(part, sizeof(part), "%s.new", path);
	xm_format_uuid(g->uuid, uuid);
	f = fopen(part, "we");
	rc = f && fprintf(f, "# %s\n%s", uuid, cfg->text) > 0 ? 0 : -errno;
	if (f && fclose(f) && !rc)
		rc = -errno;
	if (!rc && rename(part, path))
		rc = -errno;
	if (rc) {
		xm_warn(xm, "%s cannot be written: %s; 'xm list -l' will lack the settings", path, strerror(-rc));
		unlink(part);
	}
}

void guest_forget(uint16_t domid)
{
	char path[64];

	file_name(domid, path);
	unlink(path);
	strcat(path, ".new");
	unlink(path);
}

/* The file says of which domain it is: numbers are used again. */
static bool is_file_of(const char *path, const uint8_t handle[16])
{
	char want[40] = "# ", line[40];
	FILE *f = fopen(path, "re");
	bool same;

	xm_format_uuid(handle, want + 2);
	same = f && fgets(line, sizeof(line), f) && !strncmp(line, want, strlen(want));
	if (f)
		fclose(f);
	return same;
}

struct guest_config *guest_load(struct xm *xm, const struct xen_domctl_getdomaininfo *info)
{
	struct cfg_error err = { "out of memory" };
	struct guest_config *cfg = NULL;
	struct cfg_doc *doc = NULL;
	char path[64];
	int rc;

	file_name(info->domain, path);
	if (!is_file_of(path, info->handle))
		return NULL;
	rc = cfg_parse_file(path, &doc, &err);
	if (!rc)
		rc = cfg_guest(doc, &cfg, NULL, NULL, &err);
	cfg_doc_free(doc);
	if (!rc)
		rc = guest_update(xm, cfg, info->domain);
	else
		xm_fail(xm, rc, "%s", err.text);
	if (!rc)
		return cfg;
	cfg_guest_free(cfg);
	return NULL;
}

/* ---- devices ---- */

/* In the order of the configuration, new ones behind: a boot loader reads the first disk. */
static void order_disks(const struct guest_config *cfg, unsigned int *ids, unsigned int n)
{
	unsigned int done = 0;

	for (unsigned int i = 0; i < cfg->nr_disks; i++)
		for (unsigned int j = done; j < n; j++)
			if (ids[j] == cfg->disk[i].devid) {
				memmove(ids + done + 1, ids + done, (j - done) * sizeof(*ids));
				ids[done++] = cfg->disk[i].devid;
				break;
			}
}

/* What replaces members of a configuration. */
struct current {
	char *name;
	struct cfg_disk *disk;
	struct cfg_vif *vif;
	unsigned int nr_disks, nr_vifs;
};

static int read_disks(struct xm *xm, const struct guest_config *cfg, uint16_t domid, struct current *now)
{
	struct device d = { .kind = "vbd", .domid = domid };
	unsigned int *ids, n = device_list(xm, d.kind, domid, &ids);
	int rc = 0;

	now->disk = calloc(n + 1, sizeof(*now->disk));
	if (!ids || !now->disk)
		rc = -ENOMEM;
	else
		order_disks(cfg, ids, n);
	for (unsigned int i = 0; !rc && i < n; i++) {
		d.devid = ids[i];
		rc = vbd_read(xm, &d, &now->disk[now->nr_disks]);
		now->nr_disks += !rc;
		if (rc == -ENOENT)
			rc = 0;
	}
	free(ids);
	return rc;
}

static int read_vifs(struct xm *xm, uint16_t domid, struct current *now)
{
	struct device d = { .kind = "vif", .domid = domid };
	unsigned int *ids, n = device_list(xm, d.kind, domid, &ids);
	int rc = 0;

	now->vif = calloc(n + 1, sizeof(*now->vif));
	if (!ids || !now->vif)
		rc = -ENOMEM;
	for (unsigned int i = 0; !rc && i < n; i++) {
		d.devid = ids[i];
		rc = vif_read(xm, &d, &now->vif[now->nr_vifs]);
		now->nr_vifs += !rc;
		if (rc == -ENOENT)
			rc = 0;
	}
	free(ids);
	return rc;
}

/* Put what was found in its place; what was there goes where that came from. */
static void swap_in(struct guest_config *cfg, struct current *now)
{
	const struct current old = { cfg->name, cfg->disk, cfg->vif, cfg->nr_disks, cfg->nr_vifs };

	cfg->name = now->name;
	cfg->disk = now->disk;
	cfg->vif = now->vif;
	cfg->nr_disks = now->nr_disks;
	cfg->nr_vifs = now->nr_vifs;
	*now = old;
}

static void drop(struct current *c)
{
	for (unsigned int i = 0; i < c->nr_disks; i++)
		cfg_disk_clear(&c->disk[i]);
	for (unsigned int i = 0; i < c->nr_vifs; i++)
		cfg_vif_clear(&c->vif[i]);
	free(c->disk);
	free(c->vif);
	free(c->name);
}

/* ---- memory, processors, shares ---- */

static int64_t mebibytes(long kib)
{
	return ((int64_t)kib + 1023) / 1024;
}

static void update_memory(struct xm *xm, struct guest_config *cfg, uint16_t domid)
{
	long target = xm_xs_number(xm, 0, "/local/domain/%u/memory/target", domid);
	long max = xm_xs_number(xm, 0, "/local/domain/%u/memory/static-max", domid);

	if (target > 0)
		cfg->memory_mb = mebibytes(target);
	if (max > 0)
		cfg->maxmem_mb = mebibytes(max);
	if (cfg->maxmem_mb < cfg->memory_mb)
		cfg->maxmem_mb = cfg->memory_mb;
}

static void update_vcpus(struct xm *xm, struct guest_config *cfg, uint16_t domid)
{
	int64_t n = 0;

	for (int64_t i = 0; i < cfg->maxvcpus; i++) {
		char *state = xm_xs_read(xm, "/local/domain/%u/cpu/%lld/availability", domid, (long long)i);

		n += state && !strcmp(state, "online");
		free(state);
	}
	if (n)
		cfg->vcpus = n;
}

static void update_credit(struct xm *xm, struct guest_config *cfg, uint16_t domid)
{
	struct xen_domctl_sched_credit c1;
	struct xen_domctl_sched_credit2 c2;
	unsigned int id;

	if (xc_sched_id(xm->xc, &id))
		return;
	if (id == XEN_SCHEDULER_CREDIT && !xc_sched_credit_get(xm->xc, domid, &c1)) {
		cfg->cpu_weight = c1.weight;
		cfg->cpu_cap = c1.cap;
	} else if (id == XEN_SCHEDULER_CREDIT2 && !xc_sched_credit2_get(xm->xc, domid, &c2)) {
		cfg->cpu_weight = c2.weight;
		cfg->cpu_cap = c2.cap;
	}
}

/* All of the machine's CPUs in all of the sets: that is no pinning. */
static bool are_full(const struct cfg_cpuset *set, int64_t n, unsigned int cpus)
{
	for (int64_t i = 0; i < n; i++)
		for (unsigned int cpu = 0; cpu < cpus; cpu++)
			if (!(set[i].bits[cpu / 64] >> (cpu % 64) & 1))
				return false;
	return true;
}

static void update_affinity(struct xm *xm, struct guest_config *cfg, uint16_t domid)
{
	struct cfg_cpuset *hard = calloc(cfg->maxvcpus, sizeof(*hard)), *soft = calloc(cfg->maxvcpus, sizeof(*soft));
	struct xen_sysctl_physinfo phys;
	int rc = hard && soft ? xc_physinfo(xm->xc, &phys) : -ENOMEM;

	for (int64_t i = 0; !rc && i < cfg->maxvcpus; i++)
		rc = xc_vcpu_get_affinity(xm->xc, domid, i, (uint8_t *)hard[i].bits, (uint8_t *)soft[i].bits,
					  CFG_MAX_CPUS);
	if (!rc) {
		unsigned int cpus = phys.max_cpu_id < CFG_MAX_CPUS ? phys.max_cpu_id + 1 : CFG_MAX_CPUS;

		free(cfg->cpus.set);
		free(cfg->cpus_soft.set);
		cfg->cpus.nr = are_full(hard, cfg->maxvcpus, cpus) ? 0 : cfg->maxvcpus;
		cfg->cpus.set = cfg->cpus.nr ? hard : NULL;
		cfg->cpus_soft.nr = are_full(soft, cfg->maxvcpus, cpus) ? 0 : cfg->maxvcpus;
		cfg->cpus_soft.set = cfg->cpus_soft.nr ? soft : NULL;
	}
	if (rc || cfg->cpus.set != hard)
		free(hard);
	if (rc || cfg->cpus_soft.set != soft)
		free(soft);
}

int guest_update(struct xm *xm, struct guest_config *cfg, uint16_t domid)
{
	struct current now = { .name = NULL };
	int rc = read_disks(xm, cfg, domid, &now);

	if (!rc)
		rc = read_vifs(xm, domid, &now);
	/* Last: if the store still answers now, it has answered all before. */
	now.name = xm_xs_read(xm, "/local/domain/%u/name", domid);
	if (!rc && !now.name)
		rc = -errno;
	if (!rc) {
		update_memory(xm, cfg, domid);
		update_vcpus(xm, cfg, domid);
		update_credit(xm, cfg, domid);
		update_affinity(xm, cfg, domid);
		swap_in(cfg, &now);
	} else {
		xm_fail(xm, rc, "domain %u: its devices cannot be read from the store: %s", domid, strerror(-rc));
	}
	drop(&now);
	return rc;
}
