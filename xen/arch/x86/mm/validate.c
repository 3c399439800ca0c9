/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Going through the entries of a table whose type is being made valid, or taken away (type.c, F3 and F7). The caller has the table for
 * itself. nr_validated tells how far it is; both directions can resume where the other stopped.
 */
#include <xen/errno.h>
#include <xen/guest_access.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <asm/pv.h>
#include "mm_internal.h"

static bool wanted(u64 e, unsigned int level, unsigned int i)
{
	return (e & _PAGE_PRESENT) && (level < 4 || is_guest_l4_slot(i));
}

static struct page_info *entry_page(u64 e)
{
	return mfn_to_page(_mfn((e & PAGE_FRAME_MASK) >> PAGE_SHIFT));
}

/* Tables are mostly empty: eight entries are looked at in one go. */
static inline bool none_of_eight(const u64 *t)
{
	return !((t[0] | t[1] | t[2] | t[3] | t[4] | t[5] | t[6] | t[7]) & _PAGE_PRESENT);
}

/* The first present one at or after i, or PT_ENTRIES. */
static inline unsigned int next_present(const u64 *t, unsigned int i)
{
	const u64 *p = t + i, *end = t + PT_ENTRIES;

	for (; (unsigned long)p & 63; p++)
		if (*p & _PAGE_PRESENT)
			return p - t;
	while (p < end && none_of_eight(p))
		p += 8;
	while (p < end && !(*p & _PAGE_PRESENT))
		p++;
	return p - t;
}

static int validate_l1(struct page_info *pg, u64 *t, struct domain *d)
{
	for (unsigned int i = next_present(t, pg->nr_validated); i < PT_ENTRIES; i = next_present(t, i + 1)) {
		u64 e = adjust_guest_entry(t[i], 1, d);
		int rc = get_page_from_l1e(e, d, d);

		if (unlikely(rc)) {
			pg->nr_validated = i;
			gprintk(XENLOG_G_WARNING, "L1 table %lx of %pd: entry %u, %016lx, refused: error %d\n",
				mfn_x(page_to_mfn(pg)), d, i, t[i], rc);
			return -EINVAL;
		}
		if (t[i] != e)
			t[i] = e;
	}
	pg->nr_validated = PT_ENTRIES;
	return 0;
}

static int validate_upper(struct page_info *pg, u64 *t, unsigned int level, struct domain *d, bool preemptible)
{
	unsigned int first = pg->nr_validated;

	for (unsigned int i = next_present(t, first); i < PT_ENTRIES; i = next_present(t, i + 1)) {
		u64 e = t[i];
		int rc;

		if (!wanted(e, level, i))
			continue;
		pg->nr_validated = i;
		if (preemptible && i > first && hypercall_preempt_check())
			return -ERESTART;
		rc = get_page_from_lne(e, level, d, preemptible);
		if (rc == -ERESTART || rc == -EINTR)
			return -ERESTART;
		if (unlikely(rc)) {
			gprintk(XENLOG_G_WARNING, "L%u table %lx of %pd: entry %u, %016lx, refused: error %d\n",
				level, mfn_x(page_to_mfn(pg)), d, i, e, rc);
			return -EINVAL;
		}
		e = adjust_guest_entry(e, level, d);
		if (t[i] != e)
			t[i] = e;
	}
	pg->nr_validated = PT_ENTRIES;
	return 0;
}

int validate_table(struct page_info *pg, unsigned int level, bool preemptible)
{
	struct domain *d = page_get_owner(pg);
	u64 *t = page_to_virt(pg);
	int rc;

	if (pg->partial_flags) {
		/* F7: it was on its way out. */
		put_page(entry_page(t[--pg->nr_validated]));
		pg->partial_flags = 0;
	}
	if (level == 1)
		return validate_l1(pg, t, d);
	rc = validate_upper(pg, t, level, d, preemptible);
	if (!rc && level == 4)
		init_xen_l4_slots((l4e_t *)t, d);
	return rc;
}

static void invalidate_l1(struct page_info *pg, const u64 *t, struct domain *d)
{
	for (unsigned int i = next_present(t, 0); i < pg->nr_validated; i = next_present(t, i + 1))
		put_page_from_l1e(t[i], d);
	pg->nr_validated = 0;
}

static int finish_partial_entry(struct page_info *pg, const u64 *t)
{
	struct page_info *child;
	int rc;

	if (!pg->partial_flags)
		return 0;
	child = entry_page(t[pg->nr_validated - 1]);
	rc = release_parked(child);
	if (rc)
		return rc;
	put_page(child);
	pg->nr_validated--;
	pg->partial_flags = 0;
	return 0;
}

static int invalidate_upper(struct page_info *pg, const u64 *t, unsigned int level, bool preemptible)
{
	unsigned int done = 0;
	int rc = finish_partial_entry(pg, t);

	if (rc)
		return rc;
	for (; pg->nr_validated; pg->nr_validated--) {
		unsigned int i = pg->nr_validated - 1;

		if ((i & 7) == 7 && none_of_eight(t + i - 7)) {
			pg->nr_validated -= 7;
			continue;
		}
		if (!wanted(t[i], level, i))
			continue;
		if (preemptible && done++ && hypercall_preempt_check())
			return -ERESTART;
		rc = put_page_from_lne(t[i], preemptible);
		if (rc) {
			pg->partial_flags = 1;
			return rc;
		}
	}
	return 0;
}

int invalidate_table(struct page_info *pg, unsigned int level, bool preemptible)
{
	u64 *t = page_to_virt(pg);
	int rc;

	if (level == 1) {
		invalidate_l1(pg, t, page_get_owner(pg));
		return 0;
	}
	do {
		rc = invalidate_upper(pg, t, level, preemptible);
	} while (rc && !preemptible);
	if (!rc && level == 4)
		memset(&t[XEN_FIRST_L4_SLOT], 0, (XEN_LAST_L4_SLOT - XEN_FIRST_L4_SLOT + 1) * sizeof(*t));
	return rc;
}

int validate_segdesc_page(struct page_info *pg)
{
	const struct domain *d = page_get_owner(pg);
	u64 *desc = page_to_virt(pg);

	for (unsigned int i = 0; i < PAGE_SIZE / sizeof(*desc); i++)
		if (!pv_check_descriptor(d, &desc[i]))
			return -EINVAL;
	return 0;
}
