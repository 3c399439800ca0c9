// SPDX-License-Identifier: GPL-2.0-only
/* Domains that are nothing but a page and two port states. Port 100 + domid is the daemon's end. */
#include <public/io/console.h>

#include "domain.h"
#include "guest.h"
#include "test.h"
#include "xenif.h"

#define PORT(domid)	(100 + (domid))

static struct fake {
	struct xenstore_domain_interface page;
	struct xencons_interface console;
	enum xenif_state state;
	bool mapped, bound, masked, pending;
	unsigned int notified;
} fake[FAKE_DOMAINS];
static unsigned int lists;
static bool keep_ports, no_hypervisor;

void fake_no_hypervisor(bool none)
{
	no_hypervisor = none;
}

void fake_keep_ports(bool keep)
{
	keep_ports = keep;
}

struct xenstore_domain_interface *fake_page(unsigned int domid)
{
	return &fake[domid].page;
}

struct xencons_interface *fake_console(unsigned int domid)
{
	return &fake[domid].console;
}

void fake_create(unsigned int domid)
{
	memset(&fake[domid], 0, sizeof(fake[domid]));
	fake[domid].state = XENIF_RUNNING;
}

void fake_shutdown(unsigned int domid)
{
	fake[domid].state = XENIF_SHUTDOWN;
}

void fake_destroy(unsigned int domid)
{
	fake[domid].state = XENIF_GONE;
}

void fake_kick(unsigned int domid)
{
	fake[domid].pending = fake[domid].bound;
}

unsigned int fake_notified(unsigned int domid)
{
	return fake[domid].notified;
}

unsigned int fake_lists(void)
{
	return lists;
}

unsigned int fake_held(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < FAKE_DOMAINS; i++)
		n += fake[i].mapped + fake[i].bound;
	return n;
}

void fake_deliver(void)
{
	unsigned int i;

	for (i = 0; i < FAKE_DOMAINS; i++) {
		if (!fake[i].pending || fake[i].masked)
			continue;
		fake[i].pending = false;
		fake[i].masked = true;
		domain_event(PORT(i));
	}
}

void guest_unmask(uint32_t port)
{
	fake[port - 100].masked = false;
}

void guest_notify(uint32_t port)
{
	fake[port - 100].notified++;
}

int guest_bind(unsigned int domid, uint32_t remote_port)
{
	if (domid >= FAKE_DOMAINS || fake[domid].state == XENIF_GONE || remote_port == 666)
		return -EINVAL;
	fake[domid].bound = true;
	fake[domid].masked = false;
	return PORT(domid);
}

/* Binding anew takes the new port first, so here, with one port for both, it stays bound while mapped. */
void guest_unbind(uint32_t port)
{
	if (keep_ports)
		return;
	fake[port - 100].bound = false;
}

int guest_map(unsigned int domid, uint32_t grant, void **page)
{
	if (domid >= FAKE_DOMAINS || fake[domid].state == XENIF_GONE)
		return -EINVAL;
	if (grant == GUEST_CONSOLE_GRANT) {
		*page = &fake[domid].console;
		return 0;
	}
	fake[domid].mapped = true;
	*page = &fake[domid].page;
	return 0;
}

void guest_unmap(void *page)
{
	unsigned int i;

	for (i = 0; i < FAKE_DOMAINS; i++)
		if (page == &fake[i].page)
			fake[i].mapped = false;
}

/* Descriptors of the hypervisor's devices, and what only the real daemon does with them. */
int guest_fd(void)
{
	return -1;
}

int xenif_map_own_ring(struct xenstore_domain_interface **ring, uint32_t *remote_port)
{
	return -ENODEV;
}

int xenif_list(unsigned int first, struct xenif_domain *list, unsigned int max)
{
	unsigned int i, n = 0;

	lists++;
	for (i = first; i < FAKE_DOMAINS && n < max; i++) {
		if (fake[i].state == XENIF_GONE)
			continue;
		list[n].domid = i;
		list[n++].state = fake[i].state;
	}
	return n;
}

/* ---- libxenctrl, for the lister's process ---- */

xc_interface *xc_interface_open(void)
{
	static char handle;

	errno = EACCES;
	return no_hypervisor ? NULL : (xc_interface *)&handle;
}

int xc_domain_getinfolist(xc_interface *xch, uint16_t first, unsigned int max, struct xen_domctl_getdomaininfo *list)
{
	unsigned int i, n = 0;

	for (i = first; i < FAKE_DOMAINS && n < max; i++) {
		if (fake[i].state == XENIF_GONE)
			continue;
		list[n].domain = i;
		list[n++].flags = fake[i].state == XENIF_SHUTDOWN ? XEN_DOMINF_shutdown : 0;
	}
	return n;
}
