/* SPDX-License-Identifier: GPL-2.0-only */
/* Grant tables: what a domain lets others map, copy or take. The call is do_grant_table_op. */
#ifndef XEN_GRANT_H
#define XEN_GRANT_H

#include <xen/mm.h>

struct domain;

/* Limits are frames; negative-looking values: the default. With no maptrack frames a domain maps nothing of others. -ENOMEM, -EINVAL. */
int grant_table_create(struct domain *d, unsigned int max_grant_frames, unsigned int max_maptrack_frames);
/* Undo what a dying domain has mapped of others: -ERESTART until done. */
int grant_table_release_mappings(struct domain *d);
void grant_table_destroy(struct domain *d);
/*
 * The entries of d's table that are in use, from number *next on: as many as there is room for and as one call may look
 * for. Returns how many; *next is where to go on, or XEN_HOLDERS_END.
 */
struct xen_page_holder;
unsigned int grant_table_users(const struct domain *d, u64 *next, struct xen_page_holder *list, unsigned int room);
unsigned int grant_table_max_frames(const struct domain *d);
/* Frame `idx` of d's table as hypervisor page (grows the table if it may): for XENMEM_acquire_resource and add_to_physmap. */
int grant_table_get_frame(struct domain *d, unsigned int idx, mfn_t *mfn);
/* A guest rewrites a PTE that a GNTMAP_contains_pte/host_map mapping made is not tracked here; see docs/grants.md. */
void grant_table_show(unsigned char key);

#endif
