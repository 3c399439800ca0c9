/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What physdev_op does with a domain's physical interrupts; see arch/x86/irq/pirq.c. The rest is in
 * xen/irq.h.
 */
#ifndef ASM_PIRQ_H
#define ASM_PIRQ_H

#include <xen/types.h>

struct domain;
struct msi_request;

/*
 * pirq < 0: choose one. All return the number or -errno: -EEXIST mapped to something else, -EINVAL,
 * -ENOSPC, -EPERM ...
 */
int pirq_map_gsi(struct domain *d, int pirq, unsigned int gsi);
int pirq_map_msi(struct domain *d, int pirq, const struct msi_request *req);
int pirq_unmap(struct domain *d, unsigned int pirq);
int pirq_get_free(struct domain *d, bool gsi);
int pirq_status(struct domain *d, unsigned int pirq, bool *needs_eoi, bool *shared);
/* The guest's frame gmfn shows a bit per pirq that wants an EOI. -EBUSY: there is one, -EINVAL. */
int pirq_set_eoi_page(struct domain *d, u64 gmfn, bool auto_unmask);

#endif
