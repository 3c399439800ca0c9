// SPDX-License-Identifier: GPL-2.0-only
/* Hypervisor and kernel, through libxenctrl and the kernel's store device. */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xenctrl.h>

#include "xenif.h"

/* The grant that every domain's builder makes for its store ring. */
#define STORE_GRANT		1
#define BACKEND_DEVICE		"/dev/xen/xenbus_backend"
#define BACKEND_IOC_EVTCHN	_IO('B', 0)

static xc_interface *xch;
static xen_evtchn *xe;
static xen_gnttab *xg;

int xenif_open(void)
{
	xch = xc_interface_open();
	if (!xch)
		return -errno;
	xe = xen_evtchn_open();
	if (!xe)
		return -errno;
	/* Without it (an old kernel) rings are mapped by frame. */
	xg = xen_gnttab_open();
	return fcntl(xen_evtchn_fd(xe), F_SETFL, O_NONBLOCK) ? -errno : 0;
}

int xenif_fd(void)
{
	return xen_evtchn_fd(xe);
}

int xenif_pending(void)
{
	return xen_evtchn_pending(xe);
}

void xenif_unmask(uint32_t port)
{
	xen_evtchn_unmask(xe, port);
}

void xenif_notify(uint32_t port)
{
	xen_evtchn_notify(xe, port);
}

int xenif_bind(unsigned int domid, uint32_t remote_port)
{
	return xen_evtchn_bind_interdomain(xe, domid, remote_port);
}

int xenif_bind_dom_exc(void)
{
	return xen_evtchn_bind_virq(xe, VIRQ_DOM_EXC);
}

void xenif_unbind(uint32_t port)
{
	xen_evtchn_unbind(xe, port);
}

int xenif_map_ring(unsigned int domid, uint64_t frame, struct xenstore_domain_interface **ring, bool *granted)
{
	uint32_t ref = STORE_GRANT;
	void *p = xg ? xen_gnttab_map(xg, domid, 1, &ref, PROT_READ | PROT_WRITE) : NULL;

	*granted = p != NULL;
	if (!p)
		p = xc_map_foreign_range(xch, domid, PROT_READ | PROT_WRITE, 1, frame);
	if (!p)
		return -errno;
	*ring = p;
	return 0;
}

void xenif_unmap_ring(struct xenstore_domain_interface *ring, bool granted)
{
	if (granted)
		xen_gnttab_unmap(xg, ring, 1);
	else
		xc_unmap_foreign(ring, 1);
}

int xenif_map_own_ring(struct xenstore_domain_interface **ring, uint32_t *remote_port)
{
	int fd = open(BACKEND_DEVICE, O_RDWR | O_CLOEXEC);
	int port, r = 0;
	void *p;

	if (fd < 0)
		return -errno;
	port = ioctl(fd, BACKEND_IOC_EVTCHN);
	p = port < 0 ? MAP_FAILED : mmap(NULL, XC_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		r = -errno;
	} else {
		*ring = p;
		*remote_port = port;
	}
	/* The mapping outlives the descriptor. */
	close(fd);
	return r;
}

enum xenif_state xenif_domain_state(unsigned int domid)
{
	struct xen_domctl_getdomaininfo info;
	int r = xc_domain_getinfo(xch, domid, &info);

	/* Any other failure says nothing about the domain: it must not be taken for dead. */
	if (r == -ESRCH)
		return XENIF_GONE;
	if (r)
		return XENIF_RUNNING;
	if (info.flags & XEN_DOMINF_dying)
		return XENIF_GONE;
	return info.flags & XEN_DOMINF_shutdown ? XENIF_SHUTDOWN : XENIF_RUNNING;
}
