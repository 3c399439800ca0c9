/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of arch/x86/mm share among themselves. */
#ifndef MM_INTERNAL_H
#define MM_INTERNAL_H

#include <xen/mm.h>
#include <xen/sched.h>

/* -- map.c */
mfn_t xen_va_to_mfn(unsigned long va);		/* of one of our own mappings; INVALID_MFN */

/* -- type.c */
/*
 * A type reference on a table that is valid now, whatever its level: the PGT_ type, or 0 when it is no such table. It may
 * turn out to be the last one: give it back by put_table_later(). That of an L1 is cheap to give back.
 */
unsigned long get_validated_table(struct page_info *pg);
bool get_validated_l1(struct page_info *pg);
/* Go on with the undoing of a parked table (F7). 0 also when it is not parked any more; -ERESTART. An existence reference is held. */
int release_parked(struct page_info *pg);

/* -- validate.c */
int validate_table(struct page_info *pg, unsigned int level, bool preemptible);
int invalidate_table(struct page_info *pg, unsigned int level, bool preemptible);
int validate_segdesc_page(struct page_info *pg);

/* -- entry.c: references that entries of guests' tables hold */
/* Put the attributes that we insist on into an entry of a table of this level. */
u64 adjust_guest_entry(u64 e, unsigned int level, const struct domain *d);
/*
 * References for what an (adjusted) entry maps. l1_owner owns the table, pg_owner is expected to own the frame. 0, -EINVAL, -EPERM;
 * tables also -ERESTART, -EINTR. put of a table: 0, or -ERESTART when it is parked half undone: its existence reference is kept then.
 */
int get_page_from_l1e(u64 e, struct domain *l1_owner, const struct domain *pg_owner);
void put_page_from_l1e(u64 e, struct domain *l1_owner);
int get_page_from_lne(u64 e, unsigned int level, const struct domain *d, bool preemptible);
int put_page_from_lne(u64 e, bool preemptible);
void page_mapped_by_others(struct page_info *pg);
bool is_guest_l4_slot(unsigned int i);

/* -- mod_entry.c: changing one entry of a live table; the caller holds a type reference on it */
#define MOD_PRESERVE_AD		1
#define PTE_CHANGED		1	/* the entry was not `old` any more: read again */
int mod_l1_entry(u64 *pte, u64 val, unsigned int flags, struct domain *pt_owner, const struct domain *pg_owner);
/* One attempt with a known old value: 0, PTE_CHANGED, or an error. */
int replace_l1_entry(u64 *pte, u64 old, u64 val, struct domain *pt_owner, const struct domain *pg_owner);
/* v may get a table to finish (park_old_guest_table). Also -ERESTART. */
int mod_ln_entry(u64 *pte, u64 val, unsigned int level, unsigned int flags, struct vcpu *v, struct domain *pt_owner);

/* -- root.c */
/* Finish what an earlier call left half released. 0, -ERESTART. */
int put_old_guest_table(struct vcpu *v);
/* Remember a parked table, so that the next call finishes it; takes over an existence reference. */
void park_old_guest_table(struct vcpu *v, struct page_info *pg);
/* Drop both references of a table; when preempted, by way of v's next call. */
void put_table_later(struct vcpu *v, struct page_info *pg);
/* The entry that maps va in current's kernel tables: in an L1 on which existence and type references are taken. NULL */
u64 *get_l1_slot(unsigned long va, struct page_info **l1pg);

/* -- foreign.c; the caller's own domain needs no reference */
/* The domain that a domid in a page-table call stands for, held until put_pg_owner(); NULL and *rc. */
struct domain *get_foreign_owner(domid_t id, int *rc);
static inline struct domain *get_pg_owner(domid_t id, int *rc)
{
	struct domain *self = current->domain;

	return likely(id == DOMID_SELF || id == self->domain_id) ? self : get_foreign_owner(id, rc);
}
static inline void put_pg_owner(struct domain *d)
{
	if (unlikely(d != current->domain))
		put_domain(d);
}

#endif
