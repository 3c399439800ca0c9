// SPDX-License-Identifier: GPL-2.0-only
/* Hypervisor and kernel, through libxenctrl and the kernel's store device. */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest.h"
#include "xenif.h"

#define BACKEND_DEVICE		"/dev/xen/xenbus_backend"
#define BACKEND_IOC_EVTCHN	_IO('B', 0)
#define LIST_MAX		64

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

static enum xenif_state state_of(const struct xen_domctl_getdomaininfo *info)
{
	if (info->flags & XEN_DOMINF_dying)
		return XENIF_GONE;
	return info->flags & XEN_DOMINF_shutdown ? XENIF_SHUTDOWN : XENIF_RUNNING;
}

int xenif_list(unsigned int first, struct xenif_domain *list, unsigned int max)
{
	struct xen_domctl_getdomaininfo info[LIST_MAX];
	xc_interface *xch = guest_xch();
	int i, n;

	if (!xch)
		return -errno;
	n = xc_domain_getinfolist(xch, first, max < LIST_MAX ? max : LIST_MAX, info);
	for (i = 0; i < n; i++) {
		list[i].domid = info[i].domain;
		list[i].state = state_of(&info[i]);
	}
	return n;
}
