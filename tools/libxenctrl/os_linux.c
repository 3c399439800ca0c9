// SPDX-License-Identifier: GPL-2.0-only
/*
 * All that is Linux about libxenctrl: the device nodes below /dev/xen and their ioctls. The structs are the
 * kernel's userland ABI (privcmd 'P', evtchn 'E', gntdev 'G').
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "xc_internal.h"

struct privcmd_call {
	uint64_t op;
	uint64_t arg[5];
};

struct privcmd_batch {
	uint32_t num;
	uint16_t dom;
	uint64_t addr;
	const xen_pfn_t *frames;
	int *errs;
};

struct privcmd_resource {
	uint16_t dom;
	uint32_t type, id, idx;
	uint64_t num, addr;
};

#define PRIVCMD_HYPERCALL	_IOC(_IOC_NONE, 'P', 0, sizeof(struct privcmd_call))
#define PRIVCMD_MAP_BATCH	_IOC(_IOC_NONE, 'P', 4, sizeof(struct privcmd_batch))
#define PRIVCMD_MAP_RESOURCE	_IOC(_IOC_NONE, 'P', 7, sizeof(struct privcmd_resource))

static int open_first(const char *const *paths, int flags)
{
	int fd = -1;

	for (; *paths && fd < 0; paths++)
		fd = open(*paths, flags | O_CLOEXEC);
	return fd;
}

int os_open(xc_interface *xch)
{
	static const char *const privcmd[] = { "/dev/xen/privcmd", "/proc/xen/privcmd", NULL };

	xch->fd = open_first(privcmd, O_RDWR);
	if (xch->fd < 0)
		return -errno;
	xch->buf_fd = open("/dev/xen/hypercall", O_RDWR | O_CLOEXEC);
	return 0;
}

void os_close(xc_interface *xch)
{
	close(xch->fd);
	if (xch->buf_fd >= 0)
		close(xch->buf_fd);
}

long os_hypercall(xc_interface *xch, unsigned int op, const uint64_t arg[5])
{
	struct privcmd_call call = { .op = op };
	long rc;

	memcpy(call.arg, arg, sizeof(call.arg));
	/* Not ioctl(): its int would cut 64-bit results. */
	rc = syscall(SYS_ioctl, xch->fd, PRIVCMD_HYPERCALL, &call);
	return rc < 0 ? -errno : rc;
}

/*
 * Memory from /dev/xen/hypercall is the kernel's and never moves; locked user memory is the best there is
 * without it.
 */
void *os_buffer_alloc(xc_interface *xch, size_t pages)
{
	size_t size = pages << XC_PAGE_SHIFT;
	void *p;

	if (xch->buf_fd >= 0) {
		p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, xch->buf_fd, 0);
		if (p != MAP_FAILED)
			return p;
	}
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED | MAP_POPULATE,
		 -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	madvise(p, size, MADV_DONTFORK);
	return p;
}

void os_buffer_free(void *addr, size_t pages)
{
	munmap(addr, pages << XC_PAGE_SHIFT);
}

static int batch_errors(const int *errs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (errs[i])
			return errs[i];
	return 0;
}

void *xc_map_foreign(xc_interface *xch, uint16_t domid, int prot, size_t n, const xen_pfn_t *frames,
		     int *errs)
{
	struct privcmd_batch b = { .num = n, .dom = domid, .frames = frames, .errs = errs };
	size_t size = n << XC_PAGE_SHIFT;
	int *own = NULL;
	void *addr;
	int err = 0;

	if (!n || n > UINT32_MAX) {
		errno = EINVAL;
		return NULL;
	}
	if (!errs)
		b.errs = own = calloc(n, sizeof(*own));
	if (!b.errs)
		return NULL;
	addr = mmap(NULL, size, prot, MAP_SHARED, xch->fd, 0);
	if (addr == MAP_FAILED) {
		err = errno;
		goto out;
	}
	b.addr = (uintptr_t)addr;
	/* ENOENT only says that some of errs[] are -ENOENT. */
	if (ioctl(xch->fd, PRIVCMD_MAP_BATCH, &b) && errno != ENOENT)
		err = errno;
	else if (own)
		err = -batch_errors(own, n);
	if (err)
		munmap(addr, size);
out:
	free(own);
	if (!err)
		return addr;
	fail_dom(xch, -err, "mapping memory", domid);
	errno = err;
	return NULL;
}

int xc_unmap_foreign(void *addr, size_t n)
{
	return munmap(addr, n << XC_PAGE_SHIFT) ? -errno : 0;
}

void *xc_map_resource(xc_interface *xch, uint16_t domid, unsigned int type, unsigned int id,
		      unsigned long first, size_t n, int prot)
{
	struct privcmd_resource r = { .dom = domid, .type = type, .id = id, .idx = first, .num = n };
	size_t size = n << XC_PAGE_SHIFT;
	void *addr = mmap(NULL, size, prot, MAP_SHARED, xch->fd, 0);
	int err;

	if (addr == MAP_FAILED)
		return NULL;
	r.addr = (uintptr_t)addr;
	if (!ioctl(xch->fd, PRIVCMD_MAP_RESOURCE, &r))
		return addr;
	err = errno;
	munmap(addr, size);
	fail_dom(xch, -err, "mapping a resource", domid);
	errno = err;
	return NULL;
}

/* ---- event channels ---- */

struct xen_evtchn {
	int fd;
};

struct evtchn_pair {
	uint32_t domid, port;
};

#define EVTCHN_IOC(nr, size)	_IOC(_IOC_NONE, 'E', nr, size)
#define EVTCHN_BIND_VIRQ	EVTCHN_IOC(0, sizeof(uint32_t))
#define EVTCHN_BIND_INTERDOMAIN	EVTCHN_IOC(1, sizeof(struct evtchn_pair))
#define EVTCHN_BIND_UNBOUND	EVTCHN_IOC(2, sizeof(uint32_t))
#define EVTCHN_UNBIND		EVTCHN_IOC(3, sizeof(uint32_t))
#define EVTCHN_NOTIFY		EVTCHN_IOC(4, sizeof(uint32_t))

xen_evtchn *xen_evtchn_open_fd(int fd)
{
	xen_evtchn *xe = malloc(sizeof(*xe));

	if (xe)
		xe->fd = fd;
	return xe;
}

xen_evtchn *xen_evtchn_open(void)
{
	int fd = open("/dev/xen/evtchn", O_RDWR | O_CLOEXEC);
	xen_evtchn *xe = fd < 0 ? NULL : xen_evtchn_open_fd(fd);

	if (!xe && fd >= 0)
		close(fd);
	return xe;
}

void xen_evtchn_close(xen_evtchn *xe)
{
	if (!xe)
		return;
	close(xe->fd);
	free(xe);
}

int xen_evtchn_fd(const xen_evtchn *xe)
{
	return xe->fd;
}

static int evtchn_ioctl(xen_evtchn *xe, unsigned long request, void *arg)
{
	int rc = ioctl(xe->fd, request, arg);

	return rc < 0 ? -errno : rc;
}

int xen_evtchn_bind_interdomain(xen_evtchn *xe, uint16_t domid, uint32_t remote_port)
{
	struct evtchn_pair arg = { domid, remote_port };

	return evtchn_ioctl(xe, EVTCHN_BIND_INTERDOMAIN, &arg);
}

int xen_evtchn_bind_unbound(xen_evtchn *xe, uint16_t domid)
{
	uint32_t arg = domid;

	return evtchn_ioctl(xe, EVTCHN_BIND_UNBOUND, &arg);
}

int xen_evtchn_bind_virq(xen_evtchn *xe, unsigned int virq)
{
	uint32_t arg = virq;

	return evtchn_ioctl(xe, EVTCHN_BIND_VIRQ, &arg);
}

int xen_evtchn_unbind(xen_evtchn *xe, uint32_t port)
{
	return evtchn_ioctl(xe, EVTCHN_UNBIND, &port);
}

int xen_evtchn_notify(xen_evtchn *xe, uint32_t port)
{
	return evtchn_ioctl(xe, EVTCHN_NOTIFY, &port);
}

int xen_evtchn_pending(xen_evtchn *xe)
{
	uint32_t port;
	ssize_t n = read(xe->fd, &port, sizeof(port));

	if (n < 0)
		return -errno;
	return n == sizeof(port) ? (int)port : -EIO;
}

int xen_evtchn_unmask(xen_evtchn *xe, uint32_t port)
{
	ssize_t n = write(xe->fd, &port, sizeof(port));

	if (n < 0)
		return -errno;
	return n == sizeof(port) ? 0 : -EIO;
}

/* ---- grants ---- */

struct xen_gnttab {
	int fd;
};

struct gntdev_ref {
	uint32_t domid, ref;
};

struct gntdev_map {
	uint32_t count, pad;
	uint64_t index;
	struct gntdev_ref refs[1];
};

struct gntdev_unmap {
	uint64_t index;
	uint32_t count, pad;
};

struct gntdev_offset {
	uint64_t vaddr, offset;
	uint32_t count, pad;
};

#define GNTDEV_MAP	_IOC(_IOC_NONE, 'G', 0, sizeof(struct gntdev_map))
#define GNTDEV_UNMAP	_IOC(_IOC_NONE, 'G', 1, sizeof(struct gntdev_unmap))
#define GNTDEV_OFFSET	_IOC(_IOC_NONE, 'G', 2, sizeof(struct gntdev_offset))

xen_gnttab *xen_gnttab_open(void)
{
	xen_gnttab *xg = malloc(sizeof(*xg));

	if (!xg)
		return NULL;
	xg->fd = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	if (xg->fd >= 0)
		return xg;
	free(xg);
	return NULL;
}

void xen_gnttab_close(xen_gnttab *xg)
{
	if (!xg)
		return;
	close(xg->fd);
	free(xg);
}

static int gntdev_forget(xen_gnttab *xg, uint64_t index, uint32_t count)
{
	struct gntdev_unmap un = { .index = index, .count = count };

	return ioctl(xg->fd, GNTDEV_UNMAP, &un) ? -errno : 0;
}

static void *gnttab_map(xen_gnttab *xg, struct gntdev_map *map, int prot)
{
	void *addr;
	int err;

	if (ioctl(xg->fd, GNTDEV_MAP, map))
		return NULL;
	addr = mmap(NULL, (size_t)map->count << XC_PAGE_SHIFT, prot, MAP_SHARED, xg->fd, map->index);
	if (addr != MAP_FAILED)
		return addr;
	err = errno;
	gntdev_forget(xg, map->index, map->count);
	errno = err;
	return NULL;
}

static struct gntdev_map *gnttab_request(size_t n)
{
	struct gntdev_map *map = NULL;

	if (n && n <= UINT32_MAX / sizeof(struct gntdev_ref))
		map = calloc(1, sizeof(*map) + (n - 1) * sizeof(map->refs[0]));
	else
		errno = EINVAL;
	if (map)
		map->count = n;
	return map;
}

void *xen_gnttab_map_many(xen_gnttab *xg, size_t n, const uint16_t *domids, const uint32_t *refs, int prot)
{
	struct gntdev_map *map = gnttab_request(n);
	void *addr;

	if (!map)
		return NULL;
	for (size_t i = 0; i < n; i++)
		map->refs[i] = (struct gntdev_ref){ domids[i], refs[i] };
	addr = gnttab_map(xg, map, prot);
	free(map);
	return addr;
}

void *xen_gnttab_map(xen_gnttab *xg, uint16_t domid, size_t n, const uint32_t *refs, int prot)
{
	struct gntdev_map *map = gnttab_request(n);
	void *addr;

	if (!map)
		return NULL;
	for (size_t i = 0; i < n; i++)
		map->refs[i] = (struct gntdev_ref){ domid, refs[i] };
	addr = gnttab_map(xg, map, prot);
	free(map);
	return addr;
}

int xen_gnttab_unmap(xen_gnttab *xg, void *addr, size_t n)
{
	struct gntdev_offset off = { .vaddr = (uintptr_t)addr };

	if (ioctl(xg->fd, GNTDEV_OFFSET, &off))
		return -errno;
	if (off.count != n)
		return -EINVAL;
	if (munmap(addr, n << XC_PAGE_SHIFT))
		return -errno;
	return gntdev_forget(xg, off.offset, n);
}
