/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptor tables of guests. Pages of a GDT or LDT have the type seg_desc: while they are in a view, their owner cannot write them but
 * through update_descriptor, which checks each entry: no gates, no system segments, nothing below ring 3.
 */
#include <xen/guest_access.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <asm/gdt.h>
#include <asm/processor.h>
#include <asm/pv.h>

#define DESC_PRESENT	(1UL << 47)
#define DESC_SEGMENT	(1UL << 44)	/* code or data */
#define DESC_DPL	(3UL << 45)
#define DESC_CODE	(1UL << 43)
#define DESC_CONFORMING	(1UL << 42)
#define DESC_ACCESSED	(1UL << 40)
#define DESC_L		(1UL << 53)
#define DESC_D		(1UL << 54)

bool pv_check_descriptor(const struct domain *d, u64 *desc)
{
	u64 v = *desc;

	if (!(v & DESC_PRESENT))
		return true;
	if (!(v & DESC_SEGMENT))
		return false;
	/* Its kernel is ring 3 as well. */
	v |= DESC_DPL;
	if ((v & (DESC_CODE | DESC_CONFORMING)) == (DESC_CODE | DESC_CONFORMING))
		return false;
	if ((v & (DESC_CODE | DESC_L | DESC_D)) == (DESC_CODE | DESC_L | DESC_D))
		return false;
	/* The CPU would write to the page to set it. */
	*desc = v | DESC_ACCESSED;
	return true;
}

/* -- GDT --------------------------------------------------------------------------------------------------------------- */

void pv_destroy_gdt(struct vcpu *v)
{
	for (unsigned int i = 0; i < FIRST_RESERVED_GDT_PAGE; i++) {
		l1e_t *pte = &v->arch.perdomain_ptes[i];

		if (v->arch.gdt_frames[i])
			put_page_and_type(mfn_to_page(_mfn(v->arch.gdt_frames[i])));
		v->arch.gdt_frames[i] = 0;
		*pte = l1e_empty();
	}
	v->arch.gdt_ents = 0;
}

int pv_set_gdt(struct vcpu *v, const u64 *frames, unsigned int entries)
{
	unsigned int nr = DIV_ROUND_UP(entries, 512), i;
	int rc = 0;

	if (entries > FIRST_RESERVED_GDT_ENTRY)
		return -EINVAL;
	for (i = 0; i < nr; i++) {
		if (!mfn_valid(_mfn(frames[i])))
			rc = -EINVAL;
		else
			rc = get_page_and_type(mfn_to_page(_mfn(frames[i])), v->domain, PGT_seg_desc_page);
		if (rc)
			goto put;
	}
	pv_destroy_gdt(v);
	for (i = 0; i < nr; i++) {
		v->arch.gdt_frames[i] = frames[i];
		v->arch.perdomain_ptes[i] = l1e_make(_mfn(frames[i]), HYPERVISOR_TABLE | _PAGE_NX);
	}
	v->arch.gdt_ents = entries;
	return 0;
put:
	while (i--)
		put_page_and_type(mfn_to_page(_mfn(frames[i])));
	return rc == -EINVAL ? -EINVAL : rc;
}

long do_set_gdt(unsigned long frame_list, unsigned long entries)
{
	struct vcpu *v = current;
	u64 frames[FIRST_RESERVED_GDT_PAGE];
	unsigned int nr = DIV_ROUND_UP(entries, 512);
	int rc;

	if (entries > FIRST_RESERVED_GDT_ENTRY)
		return -EINVAL;
	if (copy_in(frames, frame_list, nr * sizeof(frames[0])))
		return -EFAULT;
	spin_lock(&v->domain->domain_lock);
	rc = pv_set_gdt(v, frames, entries);
	if (!rc)
		flush_area_local(0, FLUSH_TLB);
	spin_unlock(&v->domain->domain_lock);
	return rc;
}

/* -- LDT ---------------------------------------------------------------------------------------------------------------- */

void pv_destroy_ldt(struct vcpu *v)
{
	l1e_t *ptes = v->arch.perdomain_ptes + 16;

	for (unsigned int i = 0; i < 16; i++) {
		l1e_t e = ptes[i];

		ptes[i] = l1e_empty();
		if (l1e_present(e))
			put_page_and_type(mfn_to_page(l1e_mfn(e)));
	}
	v->arch.ldt_ents = 0;
	v->arch.ldt_base = 0;
}

/*
 * All pages are mapped now, not at first use: a page that is absent or of another type is left out, and whoever loads a selector
 * in it gets the page fault.
 */
static void map_ldt_page(struct vcpu *v, unsigned int i)
{
	l1e_t e;
	struct page_info *pg;

	if (!guest_get_eff_l1e(v->arch.ldt_base + i * PAGE_SIZE, &e) || !l1e_present(e) || !mfn_valid(l1e_mfn(e)))
		return;
	pg = mfn_to_page(l1e_mfn(e));
	if (get_page_and_type(pg, v->domain, PGT_seg_desc_page))
		return;
	v->arch.perdomain_ptes[16 + i] = l1e_make(l1e_mfn(e), HYPERVISOR_TABLE | _PAGE_NX);
}

int pv_set_ldt(struct vcpu *v, unsigned long base, unsigned int entries)
{
	if (entries > 8192 || (base & ~PAGE_MASK) || (entries && !access_ok(base, entries * 8UL)) || !is_canonical(base))
		return -EINVAL;
	if (v->arch.ldt_ents == entries && v->arch.ldt_base == base)
		return 0;
	if (v == current)
		load_ldt(0, 0);
	pv_destroy_ldt(v);
	flush_area_local(0, FLUSH_TLB);
	v->arch.ldt_base = base;
	v->arch.ldt_ents = entries;
	for (unsigned int i = 0; i < DIV_ROUND_UP(entries, 512); i++)
		map_ldt_page(v, i);
	if (v == current && entries)
		load_ldt(LDT_VIRT_START(v->vcpu_id), entries);
	return 0;
}

/* -- one entry ---------------------------------------------------------------------------------------------------------- */

long do_update_descriptor(unsigned long maddr, unsigned long desc)
{
	struct domain *d = current->domain;
	u64 value = desc, *slot;
	struct page_info *pg;
	int rc = -EINVAL;

	if (maddr & 7)
		return -EINVAL;
	pg = get_page_from_mfn(maddr_to_mfn(_maddr(maddr)), d);
	if (!pg)
		return -EINVAL;
	if (!pv_check_descriptor(d, &value))
		goto put;
	slot = (u64 *)((char *)page_to_virt(pg) + (maddr & ~PAGE_MASK));
	/* A descriptor page or an ordinary one; the reference keeps it so while we write. */
	if ((READ_ONCE(pg->type_info) & PGT_type_mask) == PGT_seg_desc_page)
		rc = get_page_type(pg, PGT_seg_desc_page);
	else
		rc = get_page_type(pg, PGT_writable_page);
	if (rc)
		goto put;
	WRITE_ONCE(*slot, value);
	put_page_type(pg);
put:
	put_page(pg);
	return rc;
}
