/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's entries in xenstore: who may read and write what, and where the rings are.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "guest.h"

#define TREE_TRIES	50

/* Directories below /local/domain/N, and whether the guest owns them. */
static const struct dir {
	const char *name;
	bool guest_owns;
} dirs[] = {
	{ "", false },
	{ "/cpu", false },
	{ "/memory", false },
	{ "/device", false },
	{ "/control", false },
	{ "/store", false },
	{ "/console", false },
	{ "/control/shutdown", true },
	{ "/control/sysrq", true },
	{ "/control/feature-poweroff", true },
	{ "/control/feature-reboot", true },
	{ "/control/feature-suspend", true },
	{ "/device/suspend", false },
	{ "/device/suspend/event-channel", true },
	{ "/data", true },
	{ "/drivers", true },
	{ "/feature", true },
	{ "/attr", true },
	{ "/error", true },
};

static bool make_dirs(struct xm *xm, xs_transaction_t t, unsigned int domid)
{
	char path[XM_PATH_MAX];

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		snprintf(path, sizeof(path), "/local/domain/%u%s", domid, dirs[i].name);
		if (!xm_xs_mkdir(xm, t, path, dirs[i].guest_owns ? domid : 0, dirs[i].guest_owns ? 0 : domid))
			return false;
	}
	return true;
}

static bool put(struct xm *xm, xs_transaction_t t, unsigned int domid, const char *key, const char *value)
{
	return xm_xs_write(xm, t, value, "/local/domain/%u/%s", domid, key);
}

static bool put_number(struct xm *xm, xs_transaction_t t, unsigned int domid, const char *key,
		       unsigned long long n)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", n);
	return put(xm, t, domid, key, text);
}

static bool put_cpus(struct xm *xm, xs_transaction_t t, unsigned int domid, const struct guest_config *cfg)
{
	for (int64_t i = 0; i < cfg->maxvcpus; i++) {
		char key[40];

		snprintf(key, sizeof(key), "cpu/%lld/availability", (long long)i);
		if (!put(xm, t, domid, key, i < cfg->vcpus ? "online" : "offline"))
			return false;
	}
	return true;
}

static bool put_vm(struct xm *xm, xs_transaction_t t, const struct guest_config *cfg, const struct guest *g)
{
	char uuid[37], vm[64];

	xm_format_uuid(g->uuid, uuid);
	snprintf(vm, sizeof(vm), "/vm/%s", uuid);
	return xm_xs_mkdir(xm, t, vm, 0, g->domid) && xm_xs_write(xm, t, uuid, "%s/uuid", vm) &&
	       xm_xs_write(xm, t, cfg->name, "%s/name", vm) && put(xm, t, g->domid, "vm", vm);
}

static bool put_all(struct xm *xm, xs_transaction_t t, const struct guest_config *cfg, const struct guest *g)
{
	unsigned int id = g->domid;

	return make_dirs(xm, t, id) && put_vm(xm, t, cfg, g) && put(xm, t, id, "name", cfg->name) &&
	       put_number(xm, t, id, "domid", id) && put_number(xm, t, id, "xm-started", time(NULL)) &&
	       put_number(xm, t, id, "memory/static-max", cfg->maxmem_mb * 1024) &&
	       put_number(xm, t, id, "memory/target", cfg->memory_mb * 1024) &&
	       put(xm, t, id, "memory/videoram", "0") && put_cpus(xm, t, id, cfg) &&
	       put(xm, t, id, "control/platform-feature-multiprocessor-suspend", "1") &&
	       put(xm, t, id, "control/platform-feature-xs_reset_watches", "1");
}

int guest_write_tree(struct xm *xm, const struct guest_config *cfg, const struct guest *g)
{
	int err = EAGAIN;

	for (int i = 0; i < TREE_TRIES && err == EAGAIN; i++) {
		xs_transaction_t t = xs_transaction_start(xm->xs);
		bool ok;

		err = errno;
		if (!t)
			break;
		xm_xs_remove(xm, t, "/local/domain/%u", g->domid);
		ok = put_all(xm, t, cfg, g);
		err = errno;
		if (xs_transaction_end(xm->xs, t, !ok) && ok)
			return 0;
		if (ok)
			err = errno;
	}
	return xm_fail(xm, -err, "guest '%s': its store entries cannot be written: %s", cfg->name,
		       strerror(err));
}

int guest_write_rings(struct xm *xm, const struct guest *g, unsigned long store_mfn, unsigned int store_port,
		      unsigned long console_mfn, unsigned int console_port)
{
	unsigned int id = g->domid;
	bool ok;

	ok = put_number(xm, XBT_NULL, id, "store/ring-ref", store_mfn) &&
	     put_number(xm, XBT_NULL, id, "store/port", store_port) &&
	     put(xm, XBT_NULL, id, "console/backend-id", "0") &&
	     put(xm, XBT_NULL, id, "console/type", "xenconsoled") &&
	     put(xm, XBT_NULL, id, "console/output", "pty") &&
	     put(xm, XBT_NULL, id, "console/limit", "1048576") &&
	     put_number(xm, XBT_NULL, id, "console/ring-ref", console_mfn) &&
	     put_number(xm, XBT_NULL, id, "console/port", console_port);
	if (!ok)
		return xm_fail(xm, -errno, "domain %u: its store entries cannot be written: %s", id,
			       strerror(errno));
	if (!xs_introduce_domain(xm->xs, id, store_mfn, store_port))
		return xm_fail(xm, -errno, "xenstored does not take domain %u: %s", id, strerror(errno));
	return 0;
}
