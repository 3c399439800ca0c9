/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the daemons need from hypervisor and kernel: event channels, and the page a guest shares with a
 * daemon. guest.c is the real thing; the unit tests link a made-up one. Errors are negative errno.
 */
#ifndef LIBDAEMON_GUEST_H
#define LIBDAEMON_GUEST_H

#include <stdint.h>

#include <xenctrl.h>

/* The grants that every domain's builder makes. */
#define GUEST_CONSOLE_GRANT	0
#define GUEST_STORE_GRANT	1

/*
 * Event channels and grants. @evtchn_fd: the descriptor of a predecessor, whose ports stay bound; -1: a new
 * one.
 */
int guest_open(int evtchn_fd);
/* The hypervisor's privileged calls; NULL and errno. Opened on first use. */
xc_interface *guest_xch(void);

/* Readable while ports are pending. */
int guest_fd(void);
/* The next pending port, which stays masked; -EAGAIN. */
int guest_pending(void);
void guest_unmask(uint32_t port);
void guest_notify(uint32_t port);
/* Local port. */
int guest_bind(unsigned int domid, uint32_t remote_port);
int guest_bind_virq(unsigned int virq);
void guest_unbind(uint32_t port);

/* The page the domain granted as @grant. */
int guest_map(unsigned int domid, uint32_t grant, void **page);
void guest_unmap(void *page);

#endif
