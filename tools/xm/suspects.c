/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which backends and programs of the control domain may hold pages of a dead domain. A program that maps pages of other
 * domains has mappings of the grant device or the hypercall device; whose pages those are, the kernel does not tell. The
 * two daemons map one page of each guest that lives: what they have beyond that is of a dead one.
 */
#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "device.h"
#include "holders.h"

#define BACKENDS	"/sys/bus/xen-backend/devices"

static struct suspect *add(struct holders *h)
{
	return h->nr_suspects < SUSPECTS_MAX ? &h->suspects[h->nr_suspects++] : NULL;
}

static bool read_line(const char *path, char *buf, size_t size)
{
	FILE *f = fopen(path, "re");
	bool ok = f && fgets(buf, size, f);

	if (f)
		fclose(f);
	if (!ok)
		buf[0] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return ok;
}

/* ---- backends of the control domain's kernel ---- */

/* With the program behind its nbd device; a stopped one keeps requests, and so the guest's pages. */
static void describe_nbd(struct suspect *s, const char *name, unsigned int nbd)
{
	long pid = nbd_process(nbd);
	bool stopped = pid && process_stopped(pid);

	if (!pid)
		return;
	snprintf(s->what, sizeof(s->what), "the backend %s with /dev/nbd%u, served by qemu-nbd (process %ld%s)", name, nbd,
		 pid, stopped ? ", stopped" : "");
	if (stopped)
		snprintf(s->remedy, sizeof(s->remedy), "kill -CONT %ld", pid);
}

#define NBD_MAJOR	43
#define LOOP_MAJOR	7

static void describe_backend(struct suspect *s, const char *name)
{
	char path[128], text[300];
	unsigned int maj, min;

	snprintf(s->what, sizeof(s->what), "the backend %.40s", name);
	snprintf(path, sizeof(path), BACKENDS "/%.40s/physical_device", name);
	if (!read_line(path, text, sizeof(text)) || sscanf(text, "%x:%x", &maj, &min) != 2)
		return;
	if (maj == NBD_MAJOR)
		describe_nbd(s, name, min);
	if (maj != LOOP_MAJOR)
		return;
	snprintf(path, sizeof(path), "/sys/block/loop%u/loop/backing_file", min);
	if (read_line(path, text, sizeof(text)))
		snprintf(s->what, sizeof(s->what), "the backend %.40s with /dev/loop%u (%.80s)", name, min, text);
}

static void add_backends(struct holders *h, uint16_t domid)
{
	DIR *dir = opendir(BACKENDS);
	struct dirent *e;
	struct suspect *s;
	unsigned int n;

	while (dir && (e = readdir(dir))) {
		if (sscanf(e->d_name, "%*[a-z0-9]-%u-", &n) != 1 || n != domid)
			continue;
		s = add(h);
		if (s)
			describe_backend(s, e->d_name);
	}
	if (dir)
		closedir(dir);
}

/* ---- programs ---- */

bool process_stopped(long pid)
{
	char path[48], line[512];
	const char *p;

	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	if (!read_line(path, line, sizeof(line)))
		return false;
	p = strrchr(line, ')');
	return p && !strncmp(p, ") T", 3);
}

static void count_maps(const char *pid, struct suspect *s)
{
	char path[64], line[512];
	unsigned long from, to;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%.16s/maps", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx", &from, &to) != 2)
			continue;
		if (strstr(line, "xen/gntdev"))
			s->granted += (to - from) / XC_PAGE_SIZE;
		else if (strstr(line, "xen/privcmd"))
			s->mapped += (to - from) / XC_PAGE_SIZE;
	}
	if (f)
		fclose(f);
}

/* Guests that live and have this node. */
static unsigned int count_living(struct xm *xm, uint16_t dead, const char *node)
{
	struct xen_domctl_getdomaininfo info;
	unsigned int num = 0, n = 0;
	char **doms = xm_xs_list(xm, &num, "/local/domain");

	for (unsigned int i = 0; doms && i < num; i++) {
		unsigned long id = strtoul(doms[i], NULL, 10);

		if (id && id != dead && xm_xs_exists(xm, "/local/domain/%lu/%s", id, node) &&
		    !xc_domain_getinfo(xm->xc, id, &info) && !xm_is_dying(&info))
			n++;
	}
	free(doms);
	return n;
}

/* What it must have is for the living; a stopped one answers no questions about that. */
static void discount_daemons(struct xm *xm, uint16_t dead, const char *name, struct suspect *s)
{
	const char *node = NULL;
	unsigned int n;

	if (!strcmp(name, "xenconsoled"))
		node = "console/tty";
	if (!strcmp(name, "xenstored"))
		node = "store/port";
	if (!node || !xm->xs)
		return;
	n = count_living(xm, dead, node);
	s->granted -= s->granted < n ? s->granted : n;
	if (!s->granted)
		s->mapped = 0;		/* before grants were usual */
}

static void finish_program(struct suspect *s, const char *name)
{
	bool stopped = process_stopped(s->pid);

	snprintf(s->what, sizeof(s->what), "%s (process %ld%s)", name, s->pid, stopped ? ", stopped" : "");
	if (stopped)
		snprintf(s->remedy, sizeof(s->remedy), "kill -CONT %ld", s->pid);
	else if (strcmp(name, "xenstored"))	/* without it no guest can be looked after */
		snprintf(s->remedy, sizeof(s->remedy), "kill %ld", s->pid);
}

static void look_at_process(struct xm *xm, uint16_t domid, const char *pid, struct holders *h)
{
	struct suspect found = { .pid = strtol(pid, NULL, 10) }, *s;
	char path[64], name[32];

	if (found.pid == getpid())
		return;
	count_maps(pid, &found);
	snprintf(path, sizeof(path), "/proc/%.16s/comm", pid);
	if (!(found.granted || found.mapped) || !read_line(path, name, sizeof(name)))
		return;
	discount_daemons(xm, domid, name, &found);
	if (!(found.granted || found.mapped))
		return;
	finish_program(&found, name);
	s = add(h);
	if (s)
		*s = found;
}

static void add_programs(struct xm *xm, uint16_t domid, struct holders *h)
{
	DIR *dir = opendir("/proc");
	struct dirent *e;

	while (dir && (e = readdir(dir)))
		if (isdigit((unsigned char)e->d_name[0]))
			look_at_process(xm, domid, e->d_name, h);
	if (dir)
		closedir(dir);
}

/* ---- requests that a backend has left behind ---- */

static void look_at_device(const char *name, struct holders *h)
{
	unsigned long reads = 0, writes = 0;
	char path[128], line[300];
	struct suspect *s;

	snprintf(path, sizeof(path), "/sys/block/%.32s/inflight", name);
	if (!read_line(path, line, sizeof(line)) || sscanf(line, "%lu %lu", &reads, &writes) != 2 || !(reads + writes))
		return;
	s = add(h);
	if (!s)
		return;
	snprintf(path, sizeof(path), "/sys/block/%.32s/loop/backing_file", name);
	read_line(path, line, sizeof(line));
	snprintf(s->what, sizeof(s->what), "%lu requests under way on /dev/%.32s%s%.70s%s", reads + writes, name,
		 *line ? " (" : "", line, *line ? ")" : "");
}

static void add_devices(struct holders *h)
{
	DIR *dir = opendir("/sys/block");
	struct dirent *e;

	while (dir && (e = readdir(dir)))
		if (e->d_name[0] != '.')
			look_at_device(e->d_name, h);
	if (dir)
		closedir(dir);
}

void suspects_find(struct xm *xm, uint16_t domid, struct holders *h)
{
	add_backends(h, domid);
	/* Unless the hypervisor counts, a backend in sight clears the programs. */
	if (h->known || !h->nr_suspects)
		add_programs(xm, domid, h);
	if (!h->nr_suspects)
		add_devices(h);
}
