/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of libxenctrl: the handle, bounce buffers, and what the OS file provides. */
#ifndef XC_INTERNAL_H
#define XC_INTERNAL_H

#include <errno.h>
#include <string.h>

#include "xenctrl.h"

struct bounce_big {
	struct bounce_big *next;
	size_t pages;
	void *addr;
};

struct xc_handle {
	int fd;				/* privcmd */
	int buf_fd;			/* /dev/xen/hypercall, or -1 */
	char *arena;			/* the common bounce buffer */
	size_t arena_used;
	struct bounce_big *big;		/* requests that did not fit, until bounce_end() */
	char error[256];
};

/*
 * Bounce buffers: memory that the hypervisor may read and write while it works for us (no page of it moves or
 * is paged out). A library function takes as many as it needs and gives all of them back by bounce_end()
 * before it returns.
 */
void *bounce_alloc(xc_interface *xch, size_t size);
void *bounce_in(xc_interface *xch, const void *src, size_t size);
void bounce_end(xc_interface *xch);
void bounce_release_all(xc_interface *xch);

/* OS file. Errors are negative errno. */
int os_open(xc_interface *xch);
void os_close(xc_interface *xch);
long os_hypercall(xc_interface *xch, unsigned int op, const uint64_t arg[5]);
void *os_buffer_alloc(xc_interface *xch, size_t pages);
void os_buffer_free(void *addr, size_t pages);

#define hypercall(xch, op, ...) os_hypercall(xch, op, (const uint64_t[5]){ __VA_ARGS__ })
#define ARG_PTR(p) ((uint64_t)(uintptr_t)(p))

/*
 * Sends a domctl or sysctl (copied in and out); on failure the error text becomes "<what>[, domain N]:
 * reason".
 */
int domctl(xc_interface *xch, struct xen_domctl *op, const char *what);
int sysctl_call(xc_interface *xch, struct xen_sysctl *op, const char *what);
int fail(xc_interface *xch, long err, const char *what);
int fail_dom(xc_interface *xch, long err, const char *what, unsigned int domid);

#define DOMCTL(op, command, dom) \
	struct xen_domctl op = { .cmd = XEN_DOMCTL_##command, .domain = (dom) }
#define SYSCTL(op, command) struct xen_sysctl op = { .cmd = XEN_SYSCTL_##command }

#endif /* XC_INTERNAL_H */
