/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Domains that are dead and still there, because someone holds some of their pages: their names, and who that is.
 *
 * The hypervisor keeps such a domain until the last mapping of its pages is gone. Its store entries are removed with
 * the guest, so its name is kept in a file, XM_RUN_DIR/xm-dead-N.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "guest.h"

#define DEAD_PREFIX	"xm-dead-"

static void dead_file(uint16_t domid, char buf[64])
{
	snprintf(buf, 64, XM_RUN_DIR "/" DEAD_PREFIX "%u", domid);
}

static bool is_dead(struct xm *xm, uint16_t domid, struct xen_domctl_getdomaininfo *info)
{
	return !xc_domain_getinfo(xm->xc, domid, info) && xm_is_dying(info);
}

void zombie_forget(struct xm *xm)
{
	struct xen_domctl_getdomaininfo info;
	DIR *dir = opendir(XM_RUN_DIR);
	struct dirent *e;
	unsigned int n;
	char path[64];

	while (dir && (e = readdir(dir))) {
		if (sscanf(e->d_name, DEAD_PREFIX "%u", &n) != 1 || is_dead(xm, n, &info))
			continue;
		dead_file(n, path);
		unlink(path);
	}
	if (dir)
		closedir(dir);
}

void zombie_remember(struct xm *xm, uint16_t domid, const char *name)
{
	struct xen_domctl_getdomaininfo info;
	char path[64];
	FILE *f;

	if (!*name || !is_dead(xm, domid, &info))
		return;
	dead_file(domid, path);
	f = fopen(path, "we");
	if (!f)
		return;
	fprintf(f, "%s\n", name);
	fclose(f);
}

void zombie_name(struct xm *xm, uint16_t domid, char *buf, size_t size)
{
	char path[64];
	FILE *f;

	buf[0] = '\0';
	dead_file(domid, path);
	f = fopen(path, "re");
	if (!f)
		return;
	if (fgets(buf, size, f))
		buf[strcspn(buf, "\n")] = '\0';
	fclose(f);
}

bool zombie_wait(struct xm *xm, uint16_t domid, int timeout_ms, struct xen_domctl_getdomaininfo *info)
{
	int64_t end = xm_now_ms() + timeout_ms;
	unsigned int nap = 1;

	while (is_dead(xm, domid, info)) {
		if (xm_now_ms() > end)
			return true;
		xm_sleep_ms(nap);
		nap = nap < 16 ? nap * 2 : 20;
	}
	return false;
}

struct list {
	char *buf;
	size_t size, len;
};

__attribute__((format(printf, 2, 3)))
static void add(struct list *l, const char *fmt, ...)
{
	va_list ap;

	if (l->len && l->len < l->size)
		l->len += snprintf(l->buf + l->len, l->size - l->len, ", ");
	va_start(ap, fmt);
	if (l->len < l->size)
		l->len += vsnprintf(l->buf + l->len, l->size - l->len, fmt, ap);
	va_end(ap);
}

/* Backends of the control domain's kernel: "vbd-5-51712". */
static void add_backends(struct list *l, uint16_t domid)
{
	DIR *dir = opendir("/sys/bus/xen-backend/devices");
	struct dirent *e;
	unsigned int n;

	while (dir && (e = readdir(dir)))
		if (sscanf(e->d_name, "%*[a-z0-9]-%u-", &n) == 1 && n == domid)
			add(l, "the backend %s", e->d_name);
	if (dir)
		closedir(dir);
}

/* Its address space has pages of other domains in it; whose, the kernel does not tell. */
static bool maps_guests(const char *pid)
{
	char path[64], line[512];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%.16s/maps", pid);
	f = fopen(path, "re");
	while (f && !found && fgets(line, sizeof(line), f))
		found = strstr(line, "xen/privcmd") || strstr(line, "xen/gntdev");
	if (f)
		fclose(f);
	return found;
}

static void add_programs(struct list *l)
{
	DIR *dir = opendir("/proc");
	char path[64], name[32];
	struct dirent *e;
	FILE *f;

	while (dir && (e = readdir(dir))) {
		if (!isdigit((unsigned char)e->d_name[0]) || strtol(e->d_name, NULL, 10) == getpid() ||
		    !maps_guests(e->d_name))
			continue;
		snprintf(path, sizeof(path), "/proc/%.16s/comm", e->d_name);
		f = fopen(path, "re");
		if (f && fgets(name, sizeof(name), f))
			add(l, "%.*s (process %s)", (int)strcspn(name, "\n"), name, e->d_name);
		if (f)
			fclose(f);
	}
	if (dir)
		closedir(dir);
}

void zombie_holders(uint16_t domid, char *buf, size_t size)
{
	struct list l = { buf, size, 0 };

	buf[0] = '\0';
	add_backends(&l, domid);
	/* With a backend in sight programs need not be suspected. */
	if (!l.len)
		add_programs(&l);
	if (!l.len)
		add(&l, "another guest; 'xm debug-keys g' and then 'xm dmesg' show who maps what of whom");
}

void zombie_tell(struct xm *xm, uint16_t domid, const struct xen_domctl_getdomaininfo *info)
{
	char name[64], who[400];

	zombie_name(xm, domid, name, sizeof(name));
	zombie_holders(domid, who, sizeof(who));
	xm_warn(xm, "domain %u%s%s%s is dead, but %llu of its pages are still held, by one of these: %s; it goes when they "
		"let go or end", domid, *name ? " (guest '" : "", name, *name ? "')" : "",
		(unsigned long long)info->tot_pages, who);
}
