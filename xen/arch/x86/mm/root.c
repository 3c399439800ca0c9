/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Roots: which one is in CR3, changing them, and letting go of them; walks from a root down.
 * v->arch.guest_table and guest_table_user hold existence and type references. A CPU that runs v has one of them in CR3.
 */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <asm/processor.h>
#include "mm_internal.h"

/* -- CR3 ----------------------------------------------------------------------------------------------------------- */

static unsigned long guest_cr3(const struct vcpu *v)
{
	bool user = !(v->arch.flags & TF_kernel_mode) && !mfn_eq(v->arch.guest_table_user, INVALID_MFN);

	return user ? mfn_x(v->arch.guest_table_user) << PAGE_SHIFT | cr3_user_bits :
		      mfn_x(v->arch.guest_table) << PAGE_SHIFT | cr3_kernel_bits;
}

void write_ptbase(struct vcpu *v)
{
	write_cr3_flush(is_idle_vcpu(v) ? idle_cr3() : guest_cr3(v));
}

/*
 * Global entries, the guest's user pages, stay: they are the same in both roots. With PCIDs the others stay too, each root's for
 * itself. Not counted as a flush.
 */
void toggle_ptbase(struct vcpu *v)
{
	write_cr3(guest_cr3(v));
}

/* -- letting go ------------------------------------------------------------------------------------------------------- */

int put_old_guest_table(struct vcpu *v)
{
	struct page_info *pg = v->arch.old_guest_table;
	int rc;

	if (likely(!pg))
		return 0;
	rc = release_parked(pg);
	if (rc)
		return rc;
	v->arch.old_guest_table = NULL;
	put_page(pg);
	return 0;
}

void park_old_guest_table(struct vcpu *v, struct page_info *pg)
{
	if (!v->arch.old_guest_table) {
		v->arch.old_guest_table = pg;
		return;
	}
	/* No room: it stays parked until somebody wants the frame or the domain is released. */
	put_page(pg);
}

void put_table_later(struct vcpu *v, struct page_info *pg)
{
	if (put_page_type_preemptible(pg))
		park_old_guest_table(v, pg);
	else
		put_page(pg);
}

int vcpu_destroy_pagetables(struct vcpu *v)
{
	mfn_t *const roots[] = { &v->arch.guest_table_user, &v->arch.guest_table };
	int rc = put_old_guest_table(v);

	for (unsigned int i = 0; !rc && i < ARRAY_SIZE(roots); i++) {
		mfn_t root = *roots[i];

		if (mfn_eq(root, INVALID_MFN))
			continue;
		*roots[i] = INVALID_MFN;
		put_table_later(v, mfn_to_page(root));
		rc = put_old_guest_table(v);
	}
	return rc;
}

/* -- changing ------------------------------------------------------------------------------------------------------------ */

int get_root(struct domain *d, mfn_t mfn)
{
	struct page_info *pg = get_page_from_mfn(mfn, d);
	int rc;

	if (unlikely(!pg))
		return -EINVAL;
	rc = get_page_type_preemptible(pg, PGT_l4_page_table);
	if (unlikely(rc)) {
		put_page(pg);
		return rc == -EINTR ? -ERESTART : rc;
	}
	return 0;
}

int new_guest_cr3(mfn_t mfn)
{
	struct vcpu *v = current;
	mfn_t old = v->arch.guest_table;
	int rc;

	if (mfn_eq(old, mfn)) {
		write_ptbase(v);
		return 0;
	}
	rc = get_root(v->domain, mfn);
	if (unlikely(rc))
		return rc;
	v->arch.guest_table = mfn;
	write_ptbase(v);
	if (likely(!mfn_eq(old, INVALID_MFN)))
		put_table_later(v, mfn_to_page(old));
	return 0;
}

int new_guest_user_cr3(mfn_t mfn)
{
	struct vcpu *v = current;
	mfn_t old = v->arch.guest_table_user;
	int rc;

	if (mfn_eq(old, mfn))
		return 0;
	if (!mfn_eq(mfn, INVALID_MFN)) {
		rc = get_root(v->domain, mfn);
		if (unlikely(rc))
			return rc;
	}
	v->arch.guest_table_user = mfn;
	/* Its own entries go. The old one's user pages may stay in the TLB until the guest flushes: F8 guards their frames. */
	flush_other_root();
	if (!mfn_eq(old, INVALID_MFN))
		put_table_later(v, mfn_to_page(old));
	return 0;
}

/* -- walks ------------------------------------------------------------------------------------------------------------------ */

/*
 * Without references on the way: another vcpu may tear the tables down meanwhile, and what is read then is anything. So the
 * result is a hint, to be checked by who uses it; each frame number is checked before it is followed.
 */
static u64 *walk_to_l1(mfn_t root, unsigned long va)
{
	u64 *t = mfn_to_virt(root);

	if (!is_canonical(va) || in_hypervisor_window(va))
		return NULL;
	for (unsigned int shift = L4_SHIFT; shift > L1_SHIFT; shift -= 9) {
		u64 e = READ_ONCE(t[(va >> shift) & (PT_ENTRIES - 1)]);
		mfn_t mfn = _mfn((e & PAGE_FRAME_MASK) >> PAGE_SHIFT);

		if (!(e & _PAGE_PRESENT) || (e & _PAGE_PSE) || !mfn_valid(mfn))
			return NULL;
		t = mfn_to_virt(mfn);
	}
	return &t[l1_index(va)];
}

bool guest_get_eff_l1e(unsigned long addr, l1e_t *out)
{
	const u64 *pte = walk_to_l1(maddr_to_mfn(_maddr(read_cr3() & PAGE_MASK)), addr);

	if (!pte)
		return false;
	*out = l1e_from(READ_ONCE(*pte));
	return true;
}

/* Of all levels: an upper entry without the bit makes all below it read-only. */
bool guest_may_write(unsigned long addr)
{
	const u64 need = _PAGE_PRESENT | _PAGE_RW | _PAGE_USER;
	mfn_t mfn = maddr_to_mfn(_maddr(read_cr3() & PAGE_MASK));

	if (!is_canonical(addr) || in_hypervisor_window(addr))
		return false;
	for (unsigned int shift = L4_SHIFT; shift >= L1_SHIFT; shift -= 9) {
		const u64 *t = mfn_to_virt(mfn);
		u64 e = READ_ONCE(t[(addr >> shift) & (PT_ENTRIES - 1)]);

		if ((e & need) != need)
			return false;
		mfn = _mfn((e & PAGE_FRAME_MASK) >> PAGE_SHIFT);
		if (shift > L1_SHIFT && ((e & _PAGE_PSE) || !mfn_valid(mfn)))
			return false;
	}
	return true;
}

u64 *get_l1_slot(unsigned long va, struct page_info **l1pg)
{
	u64 *pte = walk_to_l1(current->arch.guest_table, va);
	struct page_info *pg;

	if (unlikely(!pte))
		return NULL;
	pg = virt_to_page(pte);
	if (unlikely(!get_page(pg, current->domain)))
		return NULL;
	if (likely(get_validated_l1(pg))) {
		*l1pg = pg;
		return pte;
	}
	put_page(pg);
	return NULL;
}
