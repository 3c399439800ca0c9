/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Domains that are dead and still there, because someone holds some of their pages: their names.
 *
 * The hypervisor keeps such a domain until the last mapping of its pages is gone. Its store entries are removed with
 * the guest, so its name is kept in a file, XM_RUN_DIR/xm-dead-N. Who holds its pages: holders.h.
 */
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

bool zombie_known(uint16_t domid)
{
	char path[64];

	dead_file(domid, path);
	return !access(path, F_OK);
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
	unsigned int signals = xm_signals();
	int64_t start = xm_now_ms();

	while (is_dead(xm, domid, info)) {
		if (xm_now_ms() > start + timeout_ms || xm_signals() != signals)
			return true;
		xm_nap(start);
	}
	return false;
}
