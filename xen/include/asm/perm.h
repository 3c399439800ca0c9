/* SPDX-License-Identifier: GPL-2.0-only */
/* Access of domains to ports; the questions themselves are in xen/irq.h. */
#ifndef ASM_PERM_H
#define ASM_PERM_H

#include <xen/types.h>

struct domain;

/* DOMCTL_ioport_permission. -EINVAL, -ENOMEM. domain_lock held. */
int ioports_set_permission(struct domain *d, u32 first, u32 nr, bool allow);

#endif
