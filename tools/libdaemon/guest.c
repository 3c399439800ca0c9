// SPDX-License-Identifier: GPL-2.0-only
/* Hypervisor and kernel, through libxenctrl. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "guest.h"

static xc_interface *xch;
static xen_evtchn *xe;
static xen_gnttab *xg;

xc_interface *guest_xch(void)
{
	if (!xch)
		xch = xc_interface_open();
	return xch;
}

int guest_open(int evtchn_fd)
{
	xe = evtchn_fd < 0 ? xen_evtchn_open() : xen_evtchn_open_fd(evtchn_fd);
	if (!xe)
		return -errno;
	/* Not everybody is allowed it, and not everybody maps. */
	xg = xen_gnttab_open();
	return fcntl(xen_evtchn_fd(xe), F_SETFL, O_NONBLOCK) ? -errno : 0;
}

int guest_fd(void)
{
	return xen_evtchn_fd(xe);
}

int guest_pending(void)
{
	return xen_evtchn_pending(xe);
}

void guest_unmask(uint32_t port)
{
	xen_evtchn_unmask(xe, port);
}

void guest_notify(uint32_t port)
{
	xen_evtchn_notify(xe, port);
}

int guest_bind(unsigned int domid, uint32_t remote_port)
{
	return xen_evtchn_bind_interdomain(xe, domid, remote_port);
}

int guest_bind_virq(unsigned int virq)
{
	return xen_evtchn_bind_virq(xe, virq);
}

void guest_unbind(uint32_t port)
{
	xen_evtchn_unbind(xe, port);
}

int guest_map(unsigned int domid, uint32_t grant, void **page)
{
	void *p = xg ? xen_gnttab_map(xg, domid, 1, &grant, PROT_READ | PROT_WRITE) : NULL;

	if (!p)
		return xg ? -errno : -ENODEV;
	*page = p;
	return 0;
}

void guest_unmap(void *page)
{
	xen_gnttab_unmap(xg, page, 1);
}
