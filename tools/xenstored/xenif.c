// SPDX-License-Identifier: GPL-2.0-only
/* Kernel and hypervisor: the store's files in /proc/xen, and the lister. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xenctrl.h>

#include "lister.h"
#include "xenif.h"

/*
 * Who may open these may use them. /dev/xen/xenbus_backend gives the same page and port, but asks for a
 * capability besides, which would have to be kept for the next live update.
 */
#define RING_FILE	"/proc/xen/xsd_kva"
#define PORT_FILE	"/proc/xen/xsd_port"

static int own_port(uint32_t *port)
{
	char text[16];
	int fd = open(PORT_FILE, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	int r = n < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	if (r)
		return r;
	text[n] = '\0';
	*port = strtoul(text, NULL, 10);
	return *port ? 0 : -ENODEV;
}

int xenif_map_own_ring(struct xenstore_domain_interface **ring, uint32_t *remote_port)
{
	int fd, r = own_port(remote_port);
	void *p;

	if (r)
		return r;
	fd = open(RING_FILE, O_RDWR | O_CLOEXEC);
	p = fd < 0 ? MAP_FAILED : mmap(NULL, XC_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		r = -errno;
	else
		*ring = p;
	/* The mapping outlives the descriptor. */
	if (fd >= 0)
		close(fd);
	return r;
}

int xenif_list(unsigned int first, struct xenif_domain *list, unsigned int max)
{
	return lister_ask(first, list, max);
}
