/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page-table entries for granted frames, by virtual address in the kernel's tables or by machine address of
 * the entry. What is written here is an entry like any other: changes of it, also by the guest, take and
 * drop references as type.c, F3 says.
 */
#include <xen/cpumask.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <asm/grant_map.h>
#include <public/grant_table.h>
#include "mm_internal.h"

#define MAX_TRIES	64	/* of races with the CPU's A and D bits, or of a guest with itself */

static u64 *get_slot_by_machine_address(u64 addr, struct page_info **l1pg)
{
	struct page_info *pg;

	if (addr % sizeof(u64))
		return NULL;
	pg = get_page_from_mfn(_mfn(addr >> PAGE_SHIFT), current->domain);
	if (!pg)
		return NULL;
	if (get_validated_l1(pg)) {
		*l1pg = pg;
		return (u64 *)((char *)page_to_virt(pg) + (addr & ~PAGE_MASK));
	}
	put_page(pg);
	return NULL;
}

/* The entry, in a table that stays one until put_page_and_type(*l1pg). */
static u64 *get_slot(u64 host_addr, unsigned int flags, struct page_info **l1pg)
{
	if (flags & GNTMAP_contains_pte)
		return get_slot_by_machine_address(host_addr, l1pg);
	return get_l1_slot(host_addr, l1pg);
}

static u64 make_entry(mfn_t frame, unsigned int flags)
{
	u64 e = mfn_x(frame) << PAGE_SHIFT | _PAGE_PRESENT | _PAGE_ACCESSED | _PAGE_NX;

	if (!(flags & GNTMAP_readonly))
		e |= _PAGE_RW | _PAGE_DIRTY;
	if (flags & GNTMAP_application_map)
		e |= _PAGE_USER;
	return e | ((u64)(flags >> _GNTMAP_guest_avail0) * _PAGE_AVAIL0 &
		    (_PAGE_AVAIL0 | _PAGE_AVAIL1 | _PAGE_AVAIL2));
}

int grant_map_install(u64 host_addr, mfn_t frame, unsigned int flags, struct domain *rd)
{
	struct page_info *l1pg;
	u64 *pte = get_slot(host_addr, flags, &l1pg);
	int rc;

	if (!pte)
		return GNTST_general_error;
	rc = mod_l1_entry(pte, make_entry(frame, flags), 0, current->domain, rd);
	put_page_and_type(l1pg);
	return rc ? GNTST_general_error : GNTST_okay;
}

static bool maps(u64 e, mfn_t frame)
{
	return (e & _PAGE_PRESENT) && (e & PAGE_FRAME_MASK) >> PAGE_SHIFT == mfn_x(frame);
}

/* Put val where the frame is mapped. */
static int put_in_place_of(u64 *pte, mfn_t frame, u64 val)
{
	struct domain *d = current->domain;

	for (unsigned int i = 0; i < MAX_TRIES; i++) {
		u64 old = READ_ONCE(*pte);
		int rc;

		if (!maps(old, frame))
			return GNTST_general_error;
		rc = replace_l1_entry(pte, old, val, d, d);
		if (rc != PTE_CHANGED)
			return rc ? GNTST_general_error : GNTST_okay;
	}
	return GNTST_general_error;
}

int grant_map_remove(u64 host_addr, mfn_t frame, unsigned int flags)
{
	struct page_info *l1pg;
	u64 *pte = get_slot(host_addr, flags, &l1pg);
	int status;

	if (!pte)
		return GNTST_general_error;
	status = put_in_place_of(pte, frame, 0);
	put_page_and_type(l1pg);
	return status;
}

int grant_map_replace(u64 host_addr, u64 new_addr, mfn_t frame, unsigned int flags)
{
	struct page_info *l1pg, *new_l1pg;
	struct domain *d = current->domain;
	u64 *pte, *new_pte;
	int status;

	if (!new_addr)
		return grant_map_remove(host_addr, frame, flags);
	if (flags & GNTMAP_contains_pte)
		return GNTST_general_error;
	new_pte = get_l1_slot(new_addr, &new_l1pg);
	if (!new_pte)
		return GNTST_general_error;
	pte = get_slot(host_addr, flags, &l1pg);
	if (!pte || pte == new_pte) {
		status = GNTST_general_error;
		goto out;
	}
	status = put_in_place_of(pte, frame, READ_ONCE(*new_pte));
	if (!status)
		(void)mod_l1_entry(new_pte, 0, 0, d, d);	/* nothing that could be refused */
out:
	if (pte)
		put_page_and_type(l1pg);
	put_page_and_type(new_l1pg);
	return status;
}

/* User mappings are global entries (adjust_guest_entry). */
void grant_map_flush(const struct domain *d)
{
	flush_area_mask(&d->dirty_cpumask, 0, FLUSH_TLB | FLUSH_TLB_GLOBAL);
}
