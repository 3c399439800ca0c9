/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two counts of a frame. Facts (F), cited in this folder:
 *  F1. While the existence count is not zero, the frame keeps its owner. The owner's list holds one (PGC_allocated), each mapping, pin,
 *      root and type user another. At zero the frame is freed.
 *  F2. While the type count is not zero, the frame is used as that one type. Whoever holds a type reference holds an existence reference.
 *  F3. A table's type reference is given only when all entries were validated: each present one holds what it needs - an existence
 *      reference on a frame it maps, with the writable type when the mapping is writable, or existence and type of the next lower table.
 *  F4. Hence no frame is a page table and mapped writable at once, and no CPU can reach a frame that its domain holds no reference on.
 *  F5. Tables of a level point to the level below and nothing else; linear (self-referring) tables are refused, so references
 *      form no cycles, and the release of a domain always ends.
 *  F6. Validation and its undoing are exclusive: type count 1, not PGT_validated, not PGT_partial. Others wait, or give way.
 *  F7. A preempted (in)validation is parked: type count 1, PGT_partial; entries below nr_validated hold their references. The parked
 *      state itself owns that type count and one existence reference. Anyone who wants the same type takes it over; so does
 *      whoever releases the domain. With partial_flags set, the last of those entries has given up its type reference, not its
 *      existence reference.
 *  F8. A frame that loses its last type reference is stamped. Before it serves as another type, CPUs that may know the old mappings and
 *      have not flushed since do so: after the type was claimed, before the new type is valid. Freed frames likewise (buddy.c, fact 4).
 *      The stamp is made in F6, so that no mapping can come and go between the stamp and the end of the type.
 */
#include <xen/atomic.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <asm/processor.h>
#include "mm_internal.h"

/* -- existence --------------------------------------------------------------------------------------------------- */

static bool take_ref(struct page_info *pg)
{
	unsigned long x = READ_ONCE(pg->count_info), old;

	for (;; x = old) {
		/* Nobody's, or about to wrap. */
		if (unlikely(!(x & PGC_count_mask) || !((x + 1) & PGC_count_mask)))
			return false;
		old = cmpxchg(&pg->count_info, x, x + 1);
		if (likely(old == x))
			return true;
	}
}

bool get_page(struct page_info *pg, const struct domain *d)
{
	if (unlikely(!take_ref(pg)))
		return false;
	if (likely(page_get_owner(pg) == d))
		return true;
	put_page(pg);
	return false;
}

struct domain *page_get_owner_and_reference(struct page_info *pg)
{
	struct domain *d;

	if (!take_ref(pg))
		return NULL;
	d = page_get_owner(pg);
	if (!d)
		put_page(pg);
	return d;
}

struct page_info *get_page_from_mfn(mfn_t mfn, const struct domain *d)
{
	struct page_info *pg;

	if (unlikely(!mfn_valid(mfn)))
		return NULL;
	pg = mfn_to_page(mfn);
	return get_page(pg, d) ? pg : NULL;
}

void put_page(struct page_info *pg)
{
	unsigned long x = __atomic_sub_fetch(&pg->count_info, 1, __ATOMIC_SEQ_CST);

	ASSERT((x & PGC_count_mask) != PGC_count_mask);
	if (unlikely(!(x & PGC_count_mask)))
		free_domheap_page(pg);
}

void put_page_alloc_ref(struct page_info *pg)
{
	if (__atomic_fetch_and(&pg->count_info, ~PGC_allocated, __ATOMIC_SEQ_CST) & PGC_allocated)
		put_page(pg);
}

void share_xen_page_with_guest(struct page_info *pg, struct domain *d, enum XENSHARE_flags flags)
{
	if (page_get_owner(pg) == d)
		return;
	spin_lock(&d->page_alloc_lock);
	/* The one type reference stays for ever: a read-only page never becomes writable, none becomes a table. */
	pg->type_info = (flags == SHARE_ro ? PGT_none : PGT_writable_page) | PGT_validated | 1;
	page_set_owner(pg, d);
	smp_wmb();
	pg->count_info = PGC_xen_heap | PGC_allocated | 1;
	if (d->xenheap_pages++ == 0)
		get_knownalive_domain(d);
	page_list_add_tail(pg, &d->xenpage_list);
	spin_unlock(&d->page_alloc_lock);
}

/* -- type: helpers --------------------------------------------------------------------------------------------------- */

static bool is_table(unsigned long type)
{
	return type >= PGT_l1_page_table && type <= PGT_l4_page_table;
}

/* F8: `old` is what the frame was. */
static void flush_old_mappings(const struct page_info *pg)
{
	const struct domain *d = page_get_owner(pg);
	cpumask_t mask;

	if (!d)
		return;
	mask = pg->count_info & PGC_extra ? cpu_online_map : d->dirty_cpumask;
	tlbflush_filter(&mask, pg->tlbflush_timestamp);
	if (!cpumask_empty(&mask))
		flush_tlb_mask(&mask);
}

static int validate(struct page_info *pg, unsigned long type, bool preemptible)
{
	if (type == PGT_seg_desc_page)
		return validate_segdesc_page(pg);
	if (is_table(type))
		return validate_table(pg, type >> 61, preemptible);
	return 0;
}

/* From F6 to parked. `held`: the parked state owned the existence reference before. */
static void park(struct page_info *pg, bool held)
{
	if (!held)
		__atomic_fetch_add(&pg->count_info, 1, __ATOMIC_SEQ_CST);
	__atomic_fetch_or(&pg->type_info, PGT_partial, __ATOMIC_SEQ_CST);
}

/* From F6 to no type reference at all. */
static void drop_exclusive(struct page_info *pg)
{
	pg->tlbflush_timestamp = tlbflush_current_time();
	smp_wmb();
	__atomic_fetch_and(&pg->type_info, PGT_type_mask, __ATOMIC_SEQ_CST);
}

/* Likewise, of a type that needs no undoing and stays valid. A plain write: nobody else changes the word in F6. */
static void drop_exclusive_valid(struct page_info *pg, unsigned long type)
{
	pg->tlbflush_timestamp = tlbflush_current_time();
	smp_wmb();
	WRITE_ONCE(pg->type_info, type | PGT_validated);
}

/* F6: take back what the entries below nr_validated hold. 0, or -ERESTART and parked. */
static int undo(struct page_info *pg, unsigned long type, bool held, bool preemptible)
{
	int rc = is_table(type) ? invalidate_table(pg, type >> 61, preemptible) : 0;

	if (rc) {
		park(pg, held);
		return rc;
	}
	drop_exclusive(pg);
	if (held)
		put_page(pg);
	return 0;
}

/* -- type: taking ------------------------------------------------------------------------------------------------------ */

enum claim { CLAIM_done, CLAIM_fresh, CLAIM_changed, CLAIM_parked };

/* Win a count of the type: done when it is valid already, otherwise F6 is ours. -EINVAL, -EINTR. */
static int claim_type(struct page_info *pg, unsigned long type, bool preemptible)
{
	for (;;) {
		unsigned long x = READ_ONCE(pg->type_info), nx = x + 1;
		enum claim how = CLAIM_done;

		if (unlikely(!(nx & PGT_count_mask)))
			return -EINVAL;
		if (!(x & PGT_count_mask)) {
			if ((x & PGT_type_mask) != type) {
				how = x & PGT_type_mask ? CLAIM_changed : CLAIM_fresh;
				nx = type | 1;
			} else if (!(x & PGT_validated)) {
				how = CLAIM_fresh;
			}
		} else if ((x & PGT_type_mask) != type) {
			return -EINVAL;
		} else if (unlikely(!(x & PGT_validated))) {
			if (!(x & PGT_partial)) {
				if (preemptible && hypercall_preempt_check())
					return -EINTR;
				cpu_relax();
				continue;
			}
			nx = x & ~PGT_partial;
			how = CLAIM_parked;
		}
		if (likely(cmpxchg(&pg->type_info, x, nx) == x))
			return how;
	}
}

static int validate_claimed(struct page_info *pg, unsigned long type, int how, bool preemptible)
{
	bool held = how == CLAIM_parked;
	int rc;

	if (how == CLAIM_changed)
		flush_old_mappings(pg);
	if (!held && is_table(type))
		pg->nr_validated = pg->partial_flags = 0;
	rc = validate(pg, type, preemptible);
	if (likely(!rc)) {
		__atomic_fetch_or(&pg->type_info, PGT_validated, __ATOMIC_SEQ_CST);
		if (held)
			put_page(pg);
	} else if (rc == -ERESTART) {
		park(pg, held);
	} else {
		/* If the undoing is preempted it stays parked: the next who wants the frame, or its release, goes on. */
		(void)undo(pg, type, held, preemptible);
	}
	return rc;
}

static int get_type(struct page_info *pg, unsigned long type, bool preemptible)
{
	int how = claim_type(pg, type, preemptible);

	return likely(how <= 0) ? how : validate_claimed(pg, type, how, preemptible);
}

int get_page_type(struct page_info *pg, unsigned long type)
{
	return get_type(pg, type, false);
}

int get_page_type_preemptible(struct page_info *pg, unsigned long type)
{
	return get_type(pg, type, true);
}

/* A count more of a type that is valid now, if it is one from `first` to `last`. */
static unsigned long get_validated(struct page_info *pg, unsigned long first, unsigned long last)
{
	unsigned long x = READ_ONCE(pg->type_info), old;

	for (;; x = old) {
		if (!(x & PGT_validated) || !(x & PGT_count_mask) || !((x + 1) & PGT_count_mask))
			return 0;
		if ((x & PGT_type_mask) < first || (x & PGT_type_mask) > last)
			return 0;
		old = cmpxchg(&pg->type_info, x, x + 1);
		if (likely(old == x))
			return x & PGT_type_mask;
	}
}

unsigned long get_validated_table(struct page_info *pg)
{
	return get_validated(pg, PGT_l1_page_table, PGT_l4_page_table);
}

bool get_validated_l1(struct page_info *pg)
{
	return get_validated(pg, PGT_l1_page_table, PGT_l1_page_table) != 0;
}

/* -- type: giving back ----------------------------------------------------------------------------------------------------- */

static int put_type(struct page_info *pg, bool preemptible)
{
	unsigned long x = READ_ONCE(pg->type_info), old;
	bool last;

	for (;; x = old) {
		ASSERT(x & PGT_count_mask);
		last = (x & PGT_count_mask) == 1;
		/* The last one gets the frame for itself. */
		old = cmpxchg(&pg->type_info, x, last ? x & ~PGT_validated : x - 1);
		if (likely(old == x))
			break;
	}
	if (!last)
		return 0;
	if (!is_table(x & PGT_type_mask)) {
		drop_exclusive_valid(pg, x & PGT_type_mask);
		return 0;
	}
	pg->nr_validated = PT_ENTRIES;
	pg->partial_flags = 0;
	return undo(pg, x & PGT_type_mask, false, preemptible);
}

void put_page_type(struct page_info *pg)
{
	(void)put_type(pg, false);
}

int put_page_type_preemptible(struct page_info *pg)
{
	return put_type(pg, true);
}

int release_parked(struct page_info *pg)
{
	for (;;) {
		unsigned long x = READ_ONCE(pg->type_info);

		if (!(x & PGT_partial))
			return 0;
		if (cmpxchg(&pg->type_info, x, x & ~PGT_partial) == x)
			return undo(pg, x & PGT_type_mask, true, true);
	}
}
