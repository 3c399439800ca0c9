/* SPDX-License-Identifier: GPL-2.0-only */
/* What the daemon needs from hypervisor and kernel. Errors are negative errno. */
#ifndef XENCONSOLED_GUESTIF_H
#define XENCONSOLED_GUESTIF_H

#include <stdbool.h>
#include <stdint.h>

struct xencons_interface;

int guestif_open(void);
int guestif_fd(void);
/* The next pending port, which stays masked; -EAGAIN. */
int guestif_pending(void);
void guestif_unmask(uint32_t port);
void guestif_notify(uint32_t port);
int guestif_bind(unsigned int domid, uint32_t remote_port);
int guestif_bind_hv_console(void);
void guestif_unbind(uint32_t port);
/* The console page: the one the domain granted for it, or else frame @frame. */
int guestif_map(unsigned int domid, uint64_t frame, struct xencons_interface **page, bool *granted);
void guestif_unmap(struct xencons_interface *page, bool granted);
bool guestif_alive(unsigned int domid);
/* Domains with an id of @first or more, in order; returns how many of at most @max. */
int guestif_list(unsigned int first, unsigned int *domids, unsigned int max);
/* New text of the hypervisor's console; *index remembers where it ended. */
int guestif_hv_text(char *buf, unsigned int size, uint32_t *index);

#endif
