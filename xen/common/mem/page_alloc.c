/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames of RAM: a buddy allocator with a zone for each address width, so that "below 2^n" is a matter of which zones to look in and
 * DMA-reachable memory is used last; and the ownership of frames by domains.
 *
 *   M1  A frame is in a free list exactly when PGC_state_free is set in its block's first frame.
 *   M2  A frame that belonged to a domain is not handed out before every CPU that may hold a translation of it has flushed.
 *   M3  A frame is cleared before it gets another owner (here, on the way out of the heap).
 *
 * Locks: heap_lock; d->page_alloc_lock outside of it.
 */
#include <xen/bitops.h>
#include <xen/cpumask.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/sched.h>
#include "heap.h"

#define MAX_ORDER	20
#define NR_ZONES	41
#define PGC_need_flush	(1UL << 57)	/* free: owned by a domain until `tlbflush_timestamp` */

static DEFINE_SPINLOCK(heap_lock);
static struct page_list_head heap[NR_ZONES][MAX_ORDER + 1];
static unsigned long zone_avail[NR_ZONES];
static unsigned long nr_free, nr_claimed;	/* heap_lock */
static bool heap_ready;

static unsigned int zone_of(u64 mfn)
{
	return mfn ? min(flsl0(mfn) + 1, NR_ZONES - 1u) : 0;
}

/* -- buddies -------------------------------------------------------------------------------------------------------------- */

static void put_block(struct page_info *pg, unsigned int order)
{
	unsigned int zone = zone_of(mfn_x(page_to_mfn(pg)));

	pg->count_info |= PGC_state_free;
	pg->type_info = order;
	page_list_add(pg, &heap[zone][order]);
}

static void take_block(struct page_info *pg, unsigned int order)
{
	page_list_del(pg, &heap[zone_of(mfn_x(page_to_mfn(pg)))][order]);
	pg->count_info &= ~PGC_state_free;
}

static bool is_free_block(u64 mfn, unsigned int order, unsigned int zone)
{
	const struct page_info *pg = mfn_to_page(_mfn(mfn));

	return mfn_valid(_mfn(mfn)) && zone_of(mfn) == zone && (pg->count_info & PGC_state_free) && pg->type_info == order;
}

/* heap_lock held; the frames' count_info is 0 or PGC_need_flush. */
static void free_block(u64 mfn, unsigned int order)
{
	unsigned int zone = zone_of(mfn);

	zone_avail[zone] += 1UL << order;
	nr_free += 1UL << order;
	for (; order < MAX_ORDER; order++) {
		u64 buddy = mfn ^ (1UL << order), low = min(mfn, buddy);

		if (zone_of(low) != zone || !is_free_block(buddy, order, zone))
			break;
		take_block(mfn_to_page(_mfn(buddy)), order);
		mfn = low;
	}
	put_block(mfn_to_page(_mfn(mfn)), order);
}

static struct page_info *find_block(unsigned int zone, unsigned int order)
{
	for (unsigned int o = order; o <= MAX_ORDER; o++) {
		struct page_info *pg = page_list_first(&heap[zone][o]);

		if (!pg)
			continue;
		take_block(pg, o);
		while (o > order) {
			o--;
			put_block(pg + (1UL << o), o);
		}
		return pg;
	}
	return NULL;
}

/* M2: one flush for the whole block, and none where each CPU has flushed since. */
static void flush_stale(struct page_info *pg, unsigned int order)
{
	cpumask_t mask = cpu_online_map;
	bool needed = false;
	u32 newest = 0;

	for (unsigned long i = 0; i < 1UL << order; i++) {
		if (!(pg[i].count_info & PGC_need_flush))
			continue;
		if (!needed || (s32)(pg[i].tlbflush_timestamp - newest) > 0)
			newest = pg[i].tlbflush_timestamp;
		needed = true;
	}
	if (!needed)
		return;
	tlbflush_filter(&mask, newest);
	if (!cpumask_empty(&mask))
		flush_tlb_mask(&mask);
}

/* Claims are honoured: `d` may use its own, others only what is beyond all claims. */
static struct page_info *alloc_heap_pages(const struct domain *d, unsigned int order, unsigned int memflags)
{
	unsigned int bits = memflags >> 8, top = bits && bits < 64 ? (bits > PAGE_SHIFT ? bits - PAGE_SHIFT : 0) : NR_ZONES - 1;
	unsigned long own = d ? d->outstanding_pages : 0;
	struct page_info *pg = NULL;

	if (order > MAX_ORDER)
		return NULL;
	spin_lock(&heap_lock);
	if (nr_free >= (1UL << order) + nr_claimed - min(own, nr_claimed))
		for (int zone = min(top, NR_ZONES - 1u); zone >= 0 && !pg; zone--)
			if (zone_avail[zone] >= 1UL << order) {
				pg = find_block(zone, order);
				if (pg)
					zone_avail[zone] -= 1UL << order;
			}
	if (pg)
		nr_free -= 1UL << order;
	spin_unlock(&heap_lock);
	if (!pg)
		return NULL;
	flush_stale(pg, order);
	for (unsigned long i = 0; i < 1UL << order; i++) {
		pg[i].count_info = 0;
		pg[i].type_info = 0;
		pg[i].owner_mfn = 0;
		pg[i].tlbflush_timestamp = 0;
	}
	return pg;
}

static void free_heap_pages(struct page_info *pg, unsigned int order, bool was_guests)
{
	u32 stamp = was_guests ? tlbflush_current_time() : 0;

	for (unsigned long i = 0; i < 1UL << order; i++) {
		pg[i].count_info = was_guests ? PGC_need_flush : 0;
		pg[i].type_info = 0;
		pg[i].owner_mfn = 0;
		pg[i].tlbflush_timestamp = stamp;
		set_gpfn_from_mfn(page_to_mfn(pg + i), INVALID_M2P_ENTRY);
	}
	spin_lock(&heap_lock);
	free_block(mfn_x(page_to_mfn(pg)), order);
	spin_unlock(&heap_lock);
}

void __init heap_add_range(u64 mfn, u64 end)
{
	if (!heap_ready) {
		for (unsigned int z = 0; z < NR_ZONES; z++)
			for (unsigned int o = 0; o <= MAX_ORDER; o++)
				page_list_init(&heap[z][o]);
		heap_ready = true;
	}
	while (mfn < end) {
		unsigned int order = mfn ? min(ffsl0(mfn), MAX_ORDER + 0u) : MAX_ORDER;

		while (mfn + (1UL << order) > end)
			order--;
		spin_lock(&heap_lock);
		free_block(mfn, order);
		spin_unlock(&heap_lock);
		mfn += 1UL << order;
	}
}

/* -- the hypervisor's own --------------------------------------------------------------------------------------------------- */

void *alloc_xenheap_pages(unsigned int order, unsigned int memflags)
{
	struct page_info *pg = alloc_heap_pages(NULL, order, memflags);

	if (!pg)
		return NULL;
	for (unsigned long i = 0; i < 1UL << order; i++)
		pg[i].count_info = PGC_xen_heap;
	return page_to_virt(pg);
}

void *alloc_xenheap_zeroed_page(void)
{
	void *p = alloc_xenheap_pages(0, 0);

	if (p)
		clear_page(p);
	return p;
}

void free_xenheap_pages(void *va, unsigned int order)
{
	struct page_info *pg;

	if (!va)
		return;
	pg = virt_to_page(va);
	ASSERT(pg->count_info & PGC_xen_heap);
	/* It may have been shared with guests (shared_info, grant frames). */
	free_heap_pages(pg, order, page_get_owner(pg) != NULL);
}

/* -- domains' ---------------------------------------------------------------------------------------------------------------- */

unsigned long domain_adjust_tot_pages(struct domain *d, long pages)
{
	ASSERT(spin_is_locked(&d->page_alloc_lock));
	d->tot_pages += pages;
	if (pages > 0 && d->outstanding_pages) {
		unsigned long used = min(d->outstanding_pages, (unsigned long)pages);

		spin_lock(&heap_lock);
		d->outstanding_pages -= used;
		nr_claimed -= used;
		spin_unlock(&heap_lock);
	}
	return d->tot_pages;
}

int domain_set_outstanding_pages(struct domain *d, unsigned long pages)
{
	unsigned long want;
	int rc = 0;

	spin_lock(&d->page_alloc_lock);
	spin_lock(&heap_lock);
	if (!pages) {
		nr_claimed -= d->outstanding_pages;
		d->outstanding_pages = 0;
	} else if (d->outstanding_pages || pages < d->tot_pages || pages > d->max_pages) {
		rc = -EINVAL;
	} else {
		want = pages - d->tot_pages;
		if (want > nr_free - min(nr_claimed, nr_free)) {
			rc = -ENOMEM;
		} else {
			d->outstanding_pages = want;
			nr_claimed += want;
		}
	}
	spin_unlock(&heap_lock);
	spin_unlock(&d->page_alloc_lock);
	return rc;
}

int assign_pages(struct page_info *pg, unsigned int order, struct domain *d, unsigned int memflags)
{
	bool first;

	spin_lock(&d->page_alloc_lock);
	if (d->is_dying) {
		spin_unlock(&d->page_alloc_lock);
		return -EINVAL;
	}
	if (!(memflags & MEMF_no_refcount)) {
		if (d->tot_pages + (1UL << order) > d->max_pages) {
			spin_unlock(&d->page_alloc_lock);
			return -E2BIG;
		}
		first = !d->tot_pages;
		domain_adjust_tot_pages(d, 1L << order);
		if (first)
			get_knownalive_domain(d);	/* its memory keeps the domain */
	}
	for (unsigned long i = 0; i < 1UL << order; i++) {
		page_set_owner(&pg[i], d);
		smp_wmb();
		pg[i].count_info = PGC_allocated | 1;
		page_list_add_tail(&pg[i], &d->page_list);
	}
	spin_unlock(&d->page_alloc_lock);
	return 0;
}

struct page_info *alloc_domheap_pages(struct domain *d, unsigned int order, unsigned int memflags)
{
	struct page_info *pg = alloc_heap_pages(d, order, memflags);

	if (!pg)
		return NULL;
	if (!(memflags & MEMF_no_scrub))
		for (unsigned long i = 0; i < 1UL << order; i++)
			clear_page(page_to_virt(pg + i));
	if (d && !(memflags & MEMF_no_owner) && assign_pages(pg, order, d, memflags)) {
		free_heap_pages(pg, order, false);
		return NULL;
	}
	return pg;
}

void free_domheap_pages(struct page_info *pg, unsigned int order)
{
	struct domain *d = page_get_owner(pg);
	bool last = false;

	if (pg->count_info & PGC_xen_heap) {
		/* The hypervisor's page, which the guest no longer maps: the hypervisor frees it when it likes. */
		return;
	}
	if (d) {
		spin_lock_recursive(&d->page_alloc_lock);
		for (unsigned long i = 0; i < 1UL << order; i++)
			page_list_del(&pg[i], &d->page_list);
		last = !domain_adjust_tot_pages(d, -(1L << order));
		spin_unlock_recursive(&d->page_alloc_lock);
	}
	free_heap_pages(pg, order, d != NULL);
	if (last)
		put_domain(d);
}

unsigned long outstanding_claims(void)
{
	return READ_ONCE(nr_claimed);
}

unsigned long avail_domheap_pages(void)
{
	return READ_ONCE(nr_free);
}

unsigned long avail_heap_pages_below(unsigned int bits)
{
	unsigned long n = 0;

	for (unsigned int z = 0; z < NR_ZONES && z + PAGE_SHIFT <= bits; z++)
		n += READ_ONCE(zone_avail[z]);
	return n;
}
