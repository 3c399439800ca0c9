/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changing one entry of a live table. The new entry's references are taken first, then the entry is swapped by compare-and-exchange
 * against the value that was looked at, then the old entry's references go: whoever loses a race (another vcpu, or the CPU setting
 * accessed and dirty bits) has changed nothing and tries again. No lock is needed.
 */
#include <xen/atomic.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include "mm_internal.h"

#define SAME_REFS_L1	(PAGE_FRAME_MASK | _PAGE_PRESENT | _PAGE_RW)
#define SAME_REFS_LN	(PAGE_FRAME_MASK | _PAGE_PRESENT | _PAGE_PSE | _PAGE_GLOBAL)

int replace_l1_entry(u64 *pte, u64 old, u64 val, struct domain *pt_owner, const struct domain *pg_owner)
{
	u64 e = adjust_guest_entry(val, 1, pt_owner);
	int rc;

	if ((old & _PAGE_PRESENT) && !((old ^ e) & SAME_REFS_L1))
		return likely(cmpxchg(pte, old, e) == old) ? 0 : PTE_CHANGED;
	rc = get_page_from_l1e(e, pt_owner, pg_owner);
	if (unlikely(rc))
		return rc;
	if (unlikely(cmpxchg(pte, old, e) != old)) {
		put_page_from_l1e(e, pt_owner);
		return PTE_CHANGED;
	}
	put_page_from_l1e(old, pt_owner);
	return 0;
}

static u64 preserve_ad(u64 old, u64 val, unsigned int flags)
{
	if (!(flags & MOD_PRESERVE_AD) || !(old & val & _PAGE_PRESENT))
		return val;
	return val | (old & (_PAGE_ACCESSED | _PAGE_DIRTY));
}

int mod_l1_entry(u64 *pte, u64 val, unsigned int flags, struct domain *pt_owner, const struct domain *pg_owner)
{
	int rc;

	do {
		u64 old = READ_ONCE(*pte);

		rc = replace_l1_entry(pte, old, preserve_ad(old, val, flags), pt_owner, pg_owner);
	} while (unlikely(rc == PTE_CHANGED));
	return rc;
}

/* Give back what the entry e holds; when preempted, by way of v's next call. */
static int drop_ln_entry(u64 e, struct vcpu *v)
{
	int rc = e & _PAGE_PRESENT ? put_page_from_lne(e, true) : 0;

	if (rc)
		park_old_guest_table(v, mfn_to_page(_mfn((e & PAGE_FRAME_MASK) >> PAGE_SHIFT)));
	return rc;
}

static int replace_ln_entry(u64 *pte, u64 old, u64 val, unsigned int level, struct vcpu *v, struct domain *pt_owner)
{
	u64 e = adjust_guest_entry(val, level, pt_owner);
	int rc;

	if ((old & _PAGE_PRESENT) && !((old ^ e) & SAME_REFS_LN))
		return cmpxchg(pte, old, e) == old ? 0 : PTE_CHANGED;
	if (e & _PAGE_PRESENT) {
		rc = get_page_from_lne(e, level, pt_owner, true);
		if (rc)
			return rc == -EINTR ? -ERESTART : rc;
	}
	if (cmpxchg(pte, old, e) != old)
		return drop_ln_entry(e, v) ? -ERESTART : PTE_CHANGED;
	(void)drop_ln_entry(old, v);
	return 0;
}

int mod_ln_entry(u64 *pte, u64 val, unsigned int level, unsigned int flags, struct vcpu *v, struct domain *pt_owner)
{
	unsigned int slot = ((unsigned long)pte & ~PAGE_MASK) / sizeof(*pte);
	int rc;

	if (level == 4 && !is_guest_l4_slot(slot))
		return -EINVAL;
	do {
		u64 old = READ_ONCE(*pte);

		rc = replace_ln_entry(pte, old, preserve_ad(old, val, flags), level, v, pt_owner);
	} while (rc == PTE_CHANGED);
	return rc;
}
