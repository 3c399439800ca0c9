// SPDX-License-Identifier: GPL-2.0-only
/* Hypervisor and kernel, through libxenctrl. */
#include <errno.h>
#include <fcntl.h>

#include <xenctrl.h>

#include "guestif.h"

/* The grant that every domain's builder makes for its console ring. */
#define CONSOLE_GRANT	0
#define LIST_MAX	64

static xc_interface *xch;
static xen_evtchn *xe;
static xen_gnttab *xg;

int guestif_open(void)
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

int guestif_fd(void)
{
	return xen_evtchn_fd(xe);
}

int guestif_pending(void)
{
	return xen_evtchn_pending(xe);
}

void guestif_unmask(uint32_t port)
{
	xen_evtchn_unmask(xe, port);
}

void guestif_notify(uint32_t port)
{
	xen_evtchn_notify(xe, port);
}

int guestif_bind(unsigned int domid, uint32_t remote_port)
{
	return xen_evtchn_bind_interdomain(xe, domid, remote_port);
}

int guestif_bind_hv_console(void)
{
	return xen_evtchn_bind_virq(xe, VIRQ_CON_RING);
}

void guestif_unbind(uint32_t port)
{
	xen_evtchn_unbind(xe, port);
}

int guestif_map(unsigned int domid, uint64_t frame, struct xencons_interface **page, bool *granted)
{
	uint32_t ref = CONSOLE_GRANT;
	void *p = xg ? xen_gnttab_map(xg, domid, 1, &ref, PROT_READ | PROT_WRITE) : NULL;

	*granted = p != NULL;
	if (!p)
		p = xc_map_foreign_range(xch, domid, PROT_READ | PROT_WRITE, 1, frame);
	if (!p)
		return -errno;
	*page = p;
	return 0;
}

void guestif_unmap(struct xencons_interface *page, bool granted)
{
	if (granted)
		xen_gnttab_unmap(xg, page, 1);
	else
		xc_unmap_foreign(page, 1);
}

bool guestif_alive(unsigned int domid)
{
	struct xen_domctl_getdomaininfo info;
	int r = xc_domain_getinfo(xch, domid, &info);

	/* Any other failure says nothing about the domain. */
	return r != -ESRCH && (r || !(info.flags & XEN_DOMINF_dying));
}

int guestif_list(unsigned int first, unsigned int *domids, unsigned int max)
{
	struct xen_domctl_getdomaininfo info[LIST_MAX];
	int i, n = xc_domain_getinfolist(xch, first, max < LIST_MAX ? max : LIST_MAX, info);

	for (i = 0; i < n; i++)
		domids[i] = info[i].domain;
	return n;
}

int guestif_hv_text(char *buf, unsigned int size, uint32_t *index)
{
	return xc_readconsole(xch, buf, size, false, true, index);
}
