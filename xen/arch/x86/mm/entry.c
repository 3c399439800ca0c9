/* SPDX-License-Identifier: GPL-2.0-only */
/* What the entries of guests' tables hold (type.c, F3), and the attributes that we insist on. */
#include <xen/atomic.h>
#include <xen/errno.h>
#include <xen/irq.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <asm/processor.h>
#include "mm_internal.h"

#define CACHE_BITS	(_PAGE_PWT | _PAGE_PCD | _PAGE_PAT)

bool is_guest_l4_slot(unsigned int i)
{
	return i < XEN_FIRST_L4_SLOT || i > XEN_LAST_L4_SLOT;
}

static mfn_t entry_mfn(u64 e)
{
	return _mfn((e & PAGE_FRAME_MASK) >> PAGE_SHIFT);
}

/*
 * Guests' kernels run in ring 3: each entry is a user one. In a leaf, one bit remembers that the guest meant a kernel mapping; the others
 * are the same in the kernel's and the user's root, hence global. Memory is cached as the hypervisor itself maps it, except for who
 * drives hardware.
 */
u64 adjust_guest_entry(u64 e, unsigned int level, const struct domain *d)
{
	if (!(e & _PAGE_PRESENT))
		return e;
	if (level > 1)
		return (e | _PAGE_USER) & ~(_PAGE_PWT | _PAGE_PCD);
	if (!(e & (_PAGE_USER | _PAGE_GUEST_KERNEL)))
		e |= _PAGE_GUEST_KERNEL;
	e |= _PAGE_USER;
	if (e & _PAGE_GUEST_KERNEL)
		e &= ~_PAGE_GLOBAL;
	else
		e |= _PAGE_GLOBAL;
	if (unlikely(e & CACHE_BITS) && !is_hardware_domain(d))
		e &= ~CACHE_BITS;
	return e;
}

static int map_device_frame(u64 mfn, struct domain *l1_owner, const struct domain *pg_owner)
{
	if (mfn >> (boot_cpu_data.phys_bits - PAGE_SHIFT))
		return -EINVAL;
	if (!iomem_access_permitted(l1_owner, mfn, mfn))
		return -EPERM;
	if (pg_owner != l1_owner && pg_owner != dom_io && !iomem_access_permitted((struct domain *)pg_owner, mfn, mfn))
		return -EPERM;
	return 0;
}

int get_page_from_l1e(u64 e, struct domain *l1_owner, const struct domain *pg_owner)
{
	mfn_t mfn = entry_mfn(e);
	struct page_info *pg;

	if (!(e & _PAGE_PRESENT))
		return 0;
	if (unlikely(!mfn_valid(mfn)))
		return map_device_frame(mfn_x(mfn), l1_owner, pg_owner);
	pg = mfn_to_page(mfn);
	if (unlikely(!get_page(pg, pg_owner)))
		return -EINVAL;
	if (!(e & _PAGE_RW))
		return 0;
	if (unlikely(get_page_type(pg, PGT_writable_page))) {
		put_page(pg);
		return -EINVAL;
	}
	if (unlikely(pg_owner != l1_owner))
		page_mapped_by_others(pg);
	return 0;
}

/* From now on the CPUs of its owner are not the only ones that may know it (F8). */
void page_mapped_by_others(struct page_info *pg)
{
	if (!(READ_ONCE(pg->count_info) & PGC_extra))
		__atomic_fetch_or(&pg->count_info, PGC_extra, __ATOMIC_SEQ_CST);
}

void put_page_from_l1e(u64 e, struct domain *l1_owner)
{
	mfn_t mfn = entry_mfn(e);
	struct page_info *pg;

	if (!(e & _PAGE_PRESENT) || !mfn_valid(mfn))
		return;
	pg = mfn_to_page(mfn);
	if (e & _PAGE_RW)
		put_page_type(pg);
	put_page(pg);
}

int get_page_from_lne(u64 e, unsigned int level, const struct domain *d, bool preemptible)
{
	unsigned long type = (unsigned long)(level - 1) << 61;
	struct page_info *pg;
	int rc;

	if (e & (_PAGE_PSE | _PAGE_GLOBAL))
		return -EINVAL;
	pg = get_page_from_mfn(entry_mfn(e), d);
	if (!pg)
		return -EINVAL;
	rc = preemptible ? get_page_type_preemptible(pg, type) : get_page_type(pg, type);
	if (rc)
		put_page(pg);
	return rc;
}

int put_page_from_lne(u64 e, bool preemptible)
{
	struct page_info *pg = mfn_to_page(entry_mfn(e));

	if (preemptible) {
		int rc = put_page_type_preemptible(pg);

		if (rc)
			return rc;
	} else {
		put_page_type(pg);
	}
	put_page(pg);
	return 0;
}
