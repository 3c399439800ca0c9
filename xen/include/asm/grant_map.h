/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entries of page tables that map granted frames. They hold references of their own, like those a guest
 * writes itself. All work on the current domain's tables; no locks are needed. Each returns GNTST_okay or
 * GNTST_general_error.
 */
#ifndef ASM_GRANT_MAP_H
#define ASM_GRANT_MAP_H

#include <xen/mm.h>

/*
 * Map rd's frame at host_addr (meaning and rights by flags, GNTMAP_*). The caller holds references on the
 * frame.
 */
int grant_map_install(u64 host_addr, mfn_t frame, unsigned int flags, struct domain *rd);
/*
 * Clear the entry at host_addr if it maps the frame. The caller flushes (grant_map_flush) while it still
 * holds its references.
 */
int grant_map_remove(u64 host_addr, mfn_t frame, unsigned int flags);
/* Likewise, but move the entry of address new_addr there; it must map a frame of current's, or nothing. */
int grant_map_replace(u64 host_addr, u64 new_addr, mfn_t frame, unsigned int flags);
/* No CPU remembers an entry that was removed from d's tables before. */
void grant_map_flush(const struct domain *d);

#endif
