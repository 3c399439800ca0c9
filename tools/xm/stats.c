/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Samples of what domains use. CPU time, memory and events come from the hypervisor; the devices' counters from the
 * backends of the control domain's kernel, in sysfs: one pass over their folder for all domains.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "stats.h"

#define BACKENDS	"/sys/bus/xen-backend/devices"
#define SECTOR		512

/* ---- sysfs ---- */

static uint64_t read_number(const char *dir, const char *file)
{
	char path[512], text[32];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	if (n <= 0)
		return 0;
	text[n] = '\0';
	return strtoull(text, NULL, 10);
}

/* The interface's name: the only folder in net/. */
static bool net_name(const char *dir, char *buf, size_t size)
{
	char path[384];
	struct dirent *e;
	DIR *d;

	buf[0] = '\0';
	snprintf(path, sizeof(path), "%s/net", dir);
	d = opendir(path);
	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.' && strlen(e->d_name) < size)
			strcpy(buf, e->d_name);
	if (d)
		closedir(d);
	return buf[0];
}

/* What the backend's interface receives the guest has sent. */
static void read_net(const char *dir, struct stats_net *n)
{
	char path[512];

	if (!net_name(dir, n->name, sizeof(n->name)))
		return;
	snprintf(path, sizeof(path), "%s/net/%s/statistics", dir, n->name);
	n->tx_bytes = read_number(path, "rx_bytes");
	n->rx_bytes = read_number(path, "tx_bytes");
	n->tx_packets = read_number(path, "rx_packets");
	n->rx_packets = read_number(path, "tx_packets");
	n->tx_dropped = read_number(path, "rx_dropped");
	n->rx_dropped = read_number(path, "tx_dropped");
}

static void read_disk(struct xm *xm, const char *dir, unsigned int domid, unsigned int devid,
		      struct stats_disk *k)
{
	char *name = xm_xs_read(xm, "/local/domain/0/backend/vbd/%u/%u/dev", domid, devid), path[512];

	snprintf(k->name, sizeof(k->name), "%s", name ? name : "");
	if (!name)
		snprintf(k->name, sizeof(k->name), "%u", devid);
	free(name);
	snprintf(path, sizeof(path), "%s/statistics", dir);
	k->rd_bytes = read_number(path, "rd_sect") * SECTOR;
	k->wr_bytes = read_number(path, "wr_sect") * SECTOR;
	k->rd_requests = read_number(path, "rd_req");
	k->wr_requests = read_number(path, "wr_req");
	k->flushes = read_number(path, "f_req");
	k->discards = read_number(path, "ds_req");
	k->waits = read_number(path, "oo_req");
}

/* Room for one more; NULL: no memory. */
static void *grow(void *array, unsigned int *n, size_t size)
{
	char *p = realloc(*(void **)array, (*n + 1) * size);

	if (!p)
		return NULL;
	*(void **)array = p;
	memset(p + *n * size, 0, size);
	return p + (*n)++ * size;
}

/* Names are KIND-DOMAIN-DEVICE. */
static void read_backend(struct xm *xm, struct stats *s, const char *name)
{
	unsigned int domid, devid;
	struct stats_domain *d;
	char kind[8], dir[320];
	void *dev;

	if (sscanf(name, "%7[a-z]-%u-%u", kind, &domid, &devid) != 3)
		return;
	d = stats_by_id(s, domid);
	if (!d)
		return;
	snprintf(dir, sizeof(dir), BACKENDS "/%s", name);
	if (!strcmp(kind, "vif") && (dev = grow(&d->nets, &d->nr_nets, sizeof(*d->nets))))
		read_net(dir, dev);
	else if (!strcmp(kind, "vbd") && (dev = grow(&d->disks, &d->nr_disks, sizeof(*d->disks))))
		read_disk(xm, dir, domid, devid, dev);
}

static void read_backends(struct xm *xm, struct stats *s)
{
	struct dirent *e;
	DIR *d = opendir(BACKENDS);

	while (d && (e = readdir(d)))
		read_backend(xm, s, e->d_name);
	if (d)
		closedir(d);
}

/* ---- the hypervisor ---- */

/* Counters that it does not have are no reason to fail. */
static void read_events(struct xm *xm, struct stats *s)
{
	struct xen_sysctl_perfc_desc *desc;
	uint32_t *val;
	int n = xc_perfc_query(xm->xc, &desc, &val);

	for (int i = 0, at = 0; i < n; at += desc[i].nr_vals, i++) {
		struct stats_domain *d;
		unsigned int domid;
		int end = 0;

		desc[i].name[sizeof(desc[i].name) - 1] = '\0';
		if (sscanf(desc[i].name, "domain %u: %n", &domid, &end) != 1 || !end || desc[i].nr_vals != 1)
			continue;
		d = stats_by_id(s, domid);
		if (!d)
			continue;
		d->has_events = true;
		if (!strcmp(desc[i].name + end, "events sent"))
			d->events_sent = val[at];
		if (!strcmp(desc[i].name + end, "upcalls"))
			d->upcalls = val[at];
	}
	free(desc);
	free(val);
}

static void read_vcpus(struct xm *xm, struct stats_domain *d)
{
	if (d->info.max_vcpu_id == XEN_INVALID_MAX_VCPU_ID)
		return;
	for (unsigned int id = 0; id <= d->info.max_vcpu_id; id++) {
		struct xen_domctl_getvcpuinfo info;
		struct stats_vcpu *v;

		if (xc_vcpu_getinfo(xm->xc, d->info.domain, id, &info))
			continue;
		v = grow(&d->vcpus, &d->nr_vcpus, sizeof(*v));
		if (v)
			*v = (struct stats_vcpu){ id, info.online, info.cpu_time };
	}
}

static void read_idle(struct xm *xm, struct stats *s)
{
	unsigned int max = s->phys.max_cpu_id + 1;
	struct xen_sysctl_cpuinfo *info = calloc(max, sizeof(*info));
	int n = info ? xc_getcpuinfo(xm->xc, max, info) : 0;

	s->idle_ns = n > 0 ? calloc(n, sizeof(*s->idle_ns)) : NULL;
	for (int i = 0; s->idle_ns && i < n; i++)
		s->idle_ns[i] = info[i].idletime;
	s->nr_cpus = s->idle_ns ? n : 0;
	free(info);
}

static int read_machine(struct xm *xm, struct stats *s)
{
	struct xc_version v;
	int rc = xc_physinfo(xm->xc, &s->phys);

	if (!rc)
		rc = xc_version(xm->xc, &v);
	if (rc)
		return xm_fail(xm, rc, "%s", xc_last_error(xm->xc));
	snprintf(s->version, sizeof(s->version), "%u.%u%s", v.major, v.minor, v.extra);
	read_idle(xm, s);
	return 0;
}

static int read_domains(struct xm *xm, struct stats *s)
{
	struct xen_domctl_getdomaininfo *list;
	unsigned int n;
	int rc = xm_domain_list(xm, &list, &n);

	if (rc)
		return rc;
	s->domains = calloc(n + 1, sizeof(*s->domains));
	s->nr_domains = s->domains ? n : 0;
	for (unsigned int i = 0; i < s->nr_domains; i++) {
		struct stats_domain *d = &s->domains[i];

		d->info = list[i];
		xm_domain_name(xm, list[i].domain, d->name, sizeof(d->name));
		read_vcpus(xm, d);
	}
	free(list);
	return s->domains ? 0 : xm_fail(xm, -ENOMEM, "out of memory");
}

int stats_take(struct xm *xm, struct stats *s)
{
	int rc = xm_open(xm);

	*s = (struct stats){ .when_ms = xm_now_ms() };
	if (!rc)
		rc = read_machine(xm, s);
	if (!rc)
		rc = read_domains(xm, s);
	if (rc) {
		stats_free(s);
		return rc;
	}
	read_events(xm, s);
	read_backends(xm, s);
	return 0;
}
