/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking a domain apart, in any state it may be in: half built, running, dead, forgotten.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "device.h"
#include "guest.h"
#include "holders.h"

#define MONITOR_TIMEOUT_MS	300000		/* a device alone may take half a minute */
#define ZOMBIE_WAIT_MS		10000
#define ZOMBIE_AGAIN_MS		2000		/* once it is known to be one */

static int remove_devices_of(struct xm *xm, const char *kind, uint16_t domid)
{
	unsigned int *ids, n = device_list(xm, kind, domid, &ids);
	int rc = 0;

	for (unsigned int i = n; i-- > 0;) {
		const struct device d = { kind, domid, ids[i] };

		if (device_remove(xm, &d, true))
			rc = -EBUSY;
	}
	free(ids);
	/* What may still write to its image keeps others from that. */
	if (rc)
		return rc;
	xm_xs_remove(xm, XBT_NULL, "/local/domain/0/backend/%s/%u", kind, domid);
	xm_xs_remove(xm, XBT_NULL, "/local/domain/0/error/backend/%s/%u", kind, domid);
	return 0;
}

int guest_remove_devices(struct xm *xm, uint16_t domid)
{
	unsigned int n;
	char **kinds;
	int rc = 0;

	if (remove_devices_of(xm, "vif", domid))
		rc = -EAGAIN;
	if (remove_devices_of(xm, "vbd", domid))
		rc = -EBUSY;
	/* Others are not xm's, but may be there, made by another toolstack. */
	kinds = xm_xs_list(xm, &n, "/local/domain/0/backend");
	for (unsigned int i = 0; kinds && i < n; i++)
		if (strcmp(kinds[i], "vif") && strcmp(kinds[i], "vbd") && remove_devices_of(xm, kinds[i], domid))
			rc = -EBUSY;
	free(kinds);
	return rc;
}

/* /vm/UUID may meanwhile belong to the next life of the guest. */
static void remove_vm(struct xm *xm, uint16_t domid)
{
	char *vm = xm_xs_read(xm, "/local/domain/%u/vm", domid);
	bool shared = false;
	unsigned int n;
	char **doms = xm_xs_list(xm, &n, "/local/domain");

	for (unsigned int i = 0; vm && i < n; i++) {
		char *other = xm_xs_read(xm, "/local/domain/%s/vm", doms[i]);

		if (other && strtoul(doms[i], NULL, 10) != domid && !strcmp(other, vm))
			shared = true;
		free(other);
	}
	if (vm && !shared && !strncmp(vm, "/vm/", 4) && vm[4])
		xs_rm(xm->xs, XBT_NULL, vm);
	free(doms);
	free(vm);
}

/* Only the control domain's backends and programs let go by themselves, and need a moment for it. */
static bool stays(struct xm *xm, uint16_t domid, struct xen_domctl_getdomaininfo *info)
{
	unsigned int signals = xm_signals();

	if (!zombie_wait(xm, domid, ZOMBIE_AGAIN_MS, info))
		return false;
	return zombie_known(domid) || holders_are_guests(xm, domid) || xm_signals() != signals ||
		zombie_wait(xm, domid, ZOMBIE_WAIT_MS - ZOMBIE_AGAIN_MS, info);
}

/* It is dead and still there: who holds its pages. */
static void tell_zombie(struct xm *xm, uint16_t domid, const struct xen_domctl_getdomaininfo *info)
{
	char name[64], who[1200];
	struct holders h;

	zombie_name(xm, domid, name, sizeof(name));
	holders_find(xm, domid, &h);
	holders_text(xm, &h, who, sizeof(who));
	xm_warn(xm, "domain %u%s%s%s is dead, but %llu of its pages are still held%s: %s. It goes when they let go or end; "
		"'xm destroy %u' tries again", domid, *name ? " (guest '" : "", name, *name ? "')" : "",
		(unsigned long long)info->tot_pages, h.known ? "" : ", by one of these", who, domid);
}

int guest_teardown(struct xm *xm, uint16_t domid)
{
	struct xen_domctl_getdomaininfo info;
	int rc = xc_domain_destroy(xm->xc, domid);
	char console[64], name[64];

	if (rc && rc != -ESRCH)
		return xm_fail(xm, rc, "%s", xc_last_error(xm->xc));
	xm_domain_name(xm, domid, name, sizeof(name));
	rc = guest_remove_devices(xm, domid);
	remove_vm(xm, domid);
	xm_xs_remove(xm, XBT_NULL, "/local/domain/%u", domid);
	guest_forget(domid);
	/* Left by a console that was killed. */
	snprintf(console, sizeof(console), XM_RUN_DIR "/xm-console-%u.lock", domid);
	unlink(console);
	/* It may never have been introduced, or be forgotten already. */
	xs_release_domain(xm->xs, domid);
	zombie_forget(xm);
	if (stays(xm, domid, &info)) {
		zombie_remember(xm, domid, name);
		tell_zombie(xm, domid, &info);
	}
	return rc;
}

bool guest_is_gone(struct xm *xm, uint16_t domid)
{
	struct xen_domctl_getdomaininfo info;
	int rc = xc_domain_getinfo(xm->xc, domid, &info);

	return rc == -ESRCH || (!rc && xm_is_dying(&info));
}

bool guest_reclaim(struct xm *xm, uint16_t domid)
{
	bool gone = guest_is_gone(xm, domid);
	int lock = gone ? guest_lock(xm, domid, LOCK_SOON_MS, NULL) : -1;

	if (lock < 0)
		return false;
	/* The number may belong to another one by now. */
	gone = guest_is_gone(xm, domid);
	if (gone) {
		xm_warn(xm, "domain %u is gone, and nobody has cleaned up after it; that is done now", domid);
		gone = !guest_teardown(xm, domid);
	}
	guest_unlock(domid, lock);
	return gone;
}

static bool is_dead(struct xm *xm, uint16_t domid)
{
	struct xen_domctl_getdomaininfo info;

	return !xc_domain_getinfo(xm->xc, domid, &info) && xm_is_dying(&info);
}

/* The monitor holds the lock until all is clean; without one we get it at once. */
static int lock_dead(struct xm *xm, uint16_t domid)
{
	char what[80];
	int lock;

	snprintf(what, sizeof(what), "the monitor of domain %u, which is dead, to clean up after it", domid);
	lock = guest_lock(xm, domid, MONITOR_TIMEOUT_MS, what);
	if (lock == -ETIMEDOUT)
		return xm_fail(xm, lock, "domain %u is dead, but its monitor has not cleaned up after it within %d s; see "
			       XM_LOG_DIR, domid, MONITOR_TIMEOUT_MS / 1000);
	if (lock == -EINTR)
		return xm_fail(xm, lock, "interrupted; domain %u is dead, and its monitor goes on cleaning up after it", domid);
	return lock;
}

int guest_destroy(struct xm *xm, uint16_t domid)
{
	bool was_dead = is_dead(xm, domid);
	int rc = xc_domain_destroy(xm->xc, domid), lock;

	if (rc && rc != -ESRCH)
		return xm_fail(xm, rc, "%s", xc_last_error(xm->xc));
	lock = lock_dead(xm, domid);
	if (lock < 0)
		return lock;
	rc = guest_teardown(xm, domid);
	guest_unlock(domid, lock);
	/* Letting go of it was the whole task; what stands in the way has been said. */
	return !rc && was_dead && is_dead(xm, domid) ? -EBUSY : rc;
}
