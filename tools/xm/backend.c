/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel of the control domain shows of its backends. */
#include <dirent.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "device.h"

#define LONGEST_MS	300000
#define FIRST_LOOK_MS	1000

bool backends_are_shown(void)
{
	return !access("/sys/bus/xen-backend", F_OK);
}

/* There is such an interface, and it is not another's that has just the same name. */
static bool has_interface(const struct device *d, const char *name)
{
	char path[96], target[256], own[32], *last;
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/class/net/%s/device", name);
	n = readlink(path, target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = '\0';
	last = strrchr(target, '/');
	snprintf(own, sizeof(own), "%s-%u-%u", d->kind, d->domid, d->devid);
	return last && !strcmp(last + 1, own);
}

bool backend_alive(const struct device *d, const char *vifname)
{
	char path[96];

	/* Not the link below /sys/bus: that goes before the driver has let go. */
	snprintf(path, sizeof(path), "/sys/devices/%s-%u-%u", d->kind, d->domid, d->devid);
	if (!access(path, F_OK))
		return true;
	/* netback's interface goes a moment after its device */
	if (vifname && has_interface(d, vifname))
		return true;
	snprintf(path, sizeof(path), "/sys/class/net/%s%u.%u", d->kind, d->domid, d->devid);
	return !access(path, F_OK);
}

bool backend_is_busy(const char *drive)
{
	unsigned int major, minor;
	unsigned long reads = 0, writes = 0;
	char path[64];
	FILE *f;

	if (!drive || sscanf(drive, "%x:%x", &major, &minor) != 2)
		return false;
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/inflight", major, minor);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (fscanf(f, "%lu %lu", &reads, &writes) != 2)
		reads = writes = 0;
	fclose(f);
	return reads || writes;
}

/* Which backends there are, as one number, which is never 0 (FNV-1a over each name, in any order). */
static uint64_t all_backends(void)
{
	DIR *dir = opendir("/sys/bus/xen-backend/devices");
	uint64_t sum = 1, name;
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		name = 0xcbf29ce484222325;
		for (const char *p = e->d_name; *p; p++)
			name = (name ^ (unsigned char)*p) * 0x100000001b3;
		sum += name;
	}
	if (dir)
		closedir(dir);
	return sum ? sum : 1;
}

struct backend_wait backend_wait_begin(void)
{
	int64_t now = xm_now_ms();

	return (struct backend_wait){ .look = now + FIRST_LOOK_MS, .end = now + LONGEST_MS };
}

bool backend_wait_ends(struct backend_wait *w)
{
	int64_t now = xm_now_ms();
	uint64_t seen;

	if (now < w->look)
		return false;
	seen = all_backends();
	if (seen == w->seen || now >= w->end)
		return true;
	w->seen = seen;
	w->look = now + DEVICE_TIMEOUT_MS;
	return false;
}
