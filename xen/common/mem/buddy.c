/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The buddy allocator of frames. Facts:
 *  1. A free frame has PGC_state_free; the first frame of a free block has type_info = order + 1, the others have 0.
 *  2. Zone z holds the blocks whose frame numbers have z as their highest bit, so a block never spans zones, and a limit on the
 *     address width is a limit on the zone. Zones are searched from the top: memory that old devices can reach goes last.
 *  3. PGC_extra on a free frame: its contents are somebody's and must be scrubbed before it is handed out.
 *  4. PGC_need_tlbflush on a free frame: TLBs may hold mappings of it, made before its tlbflush_timestamp.
 *  5. The lock covers lists and counts only; scrubbing and flushing happen outside, while the block is on no list.
 *  6. A claim is memory promised to a domain: others are refused when free memory would fall below the sum of claims.
 */
#include <xen/cpumask.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include "mem_internal.h"

#define MAX_ORDER	18
#define NR_ZONES	32

struct zone {
	u32 orders;				/* bit per order: its list is not empty */
	unsigned long nr_free;
	struct page_list_head free[MAX_ORDER + 1];
};

static DEFINE_SPINLOCK(heap_lock);		/* all below */
static struct zone zones[NR_ZONES];
static unsigned long nr_free, nr_claimed;
static bool lists_ready;

/* -- blocks, under heap_lock ------------------------------------------------------------------------------------ */

static unsigned int zone_of(unsigned long mfn)
{
	return flsl0(mfn);
}

static void init_lists(void)
{
	for (unsigned int z = 0; z < NR_ZONES; z++)
		for (unsigned int o = 0; o <= MAX_ORDER; o++)
			page_list_init(&zones[z].free[o]);
	lists_ready = true;
}

static void block_insert(struct page_info *pg, unsigned int order)
{
	struct zone *z = &zones[zone_of(mfn_x(page_to_mfn(pg)))];

	pg->type_info = order + 1;
	page_list_add(pg, &z->free[order]);
	z->orders |= 1u << order;
	z->nr_free += 1UL << order;
	nr_free += 1UL << order;
}

static void block_remove(struct page_info *pg, unsigned int order)
{
	struct zone *z = &zones[zone_of(mfn_x(page_to_mfn(pg)))];

	page_list_del(pg, &z->free[order]);
	pg->type_info = 0;
	if (page_list_empty(&z->free[order]))
		z->orders &= ~(1u << order);
	z->nr_free -= 1UL << order;
	nr_free -= 1UL << order;
}

/* The free block of this order that together with the one at mfn makes a larger one, or NULL. */
static struct page_info *free_buddy(unsigned long mfn, unsigned int order)
{
	unsigned long other = mfn ^ (1UL << order);
	struct page_info *pg;

	if (order >= MAX_ORDER || !(mfn >> (order + 1)) || !mfn_valid(_mfn(other)))
		return NULL;
	pg = mfn_to_page(_mfn(other));
	return (pg->count_info & PGC_state_free) && pg->type_info == order + 1 ? pg : NULL;
}

static void block_free(unsigned long mfn, unsigned int order)
{
	struct page_info *buddy;

	while ((buddy = free_buddy(mfn, order)) != NULL) {
		block_remove(buddy, order);
		mfn &= ~(1UL << order);
		order++;
	}
	block_insert(mfn_to_page(_mfn(mfn)), order);
}

static struct page_info *block_take(unsigned int order, int top_zone)
{
	for (int z = top_zone; z >= 0; z--) {
		u32 fitting = zones[z].orders >> order;
		struct page_info *pg;
		unsigned int o;

		if (!fitting)
			continue;
		o = order + ffsl0(fitting);
		pg = page_list_first(&zones[z].free[o]);
		block_remove(pg, o);
		/* The upper half goes on, the lower one stays. */
		while (o > order) {
			o--;
			block_insert(pg, o);
			pg += 1UL << o;
		}
		return pg;
	}
	return NULL;
}

/* -- taking ------------------------------------------------------------------------------------------------------- */

static bool claims_permit(const struct domain *d, unsigned long nr)
{
	if (nr > nr_free)
		return false;
	return nr_claimed + nr <= nr_free || (d && d->outstanding_pages >= nr);
}

static int top_zone(unsigned int memflags)
{
	unsigned int bits = memflags >> 8;

	if (!bits || bits >= PAGE_SHIFT + NR_ZONES)
		return NR_ZONES - 1;
	return (int)bits - PAGE_SHIFT - 1;
}

/* Fact 4: the CPUs that have not flushed since the frames were given back do it now. */
static void flush_stale(const struct page_info *pg, unsigned long nr)
{
	u32 now = tlbflush_current_time(), newest = 0;
	bool needed = false;
	cpumask_t mask;

	for (unsigned long i = 0; i < nr; i++) {
		if (!(pg[i].count_info & PGC_need_tlbflush))
			continue;
		/* By age: some may be so old that their difference wraps. */
		if (!needed || now - pg[i].tlbflush_timestamp < now - newest)
			newest = pg[i].tlbflush_timestamp;
		needed = true;
	}
	if (!needed)
		return;
	mask = cpu_online_map;
	tlbflush_filter(&mask, newest);
	if (!cpumask_empty(&mask))
		flush_tlb_mask(&mask);
}

struct page_info *heap_alloc(const struct domain *d, unsigned int order, unsigned int memflags)
{
	struct page_info *pg = NULL;

	if (order > MAX_ORDER)
		return NULL;
	spin_lock(&heap_lock);
	if (claims_permit(d, 1UL << order))
		pg = block_take(order, top_zone(memflags));
	spin_unlock(&heap_lock);
	if (!pg)
		return NULL;
	flush_stale(pg, 1UL << order);
	for (unsigned long i = 0; i < 1UL << order; i++) {
		bool dirty = pg[i].count_info & PGC_extra;

		if (dirty && !(memflags & MEMF_no_scrub))
			clear_page(page_to_virt(&pg[i]));
		pg[i].count_info = 0;
		pg[i].type_info = 0;
		pg[i].owner_mfn = 0;
		pg[i].tlbflush_timestamp = 0;
	}
	return pg;
}

/* -- giving back --------------------------------------------------------------------------------------------------- */

void heap_free(struct page_info *pg, unsigned int order, bool flush)
{
	unsigned long state = PGC_state_free | PGC_extra | (flush ? PGC_need_tlbflush : 0);
	u32 now = flush ? tlbflush_current_time() : 0;

	for (unsigned long i = 0; i < 1UL << order; i++) {
		BUG_ON(pg[i].count_info & (PGC_count_mask | PGC_state_free | PGC_static_io));
		pg[i].type_info = 0;
		pg[i].owner_mfn = 0;
		pg[i].tlbflush_timestamp = now;
		set_gpfn_from_mfn(page_to_mfn(&pg[i]), INVALID_M2P_ENTRY);
	}
	spin_lock(&heap_lock);
	for (unsigned long i = 0; i < 1UL << order; i++)
		pg[i].count_info = state;
	block_free(mfn_x(page_to_mfn(pg)), order);
	spin_unlock(&heap_lock);
}

void heap_add_frames(unsigned long start, unsigned long end)
{
	spin_lock(&heap_lock);
	if (!lists_ready)
		init_lists();
	for (unsigned long m = start; m < end; m++) {
		struct page_info *pg = mfn_to_page(_mfn(m));

		*pg = (struct page_info){ .count_info = PGC_state_free | PGC_extra };
	}
	while (start < end) {
		unsigned int order = min(ffsl0(start), flsl0(end - start));

		order = min_t(unsigned int, order, MAX_ORDER);
		block_free(start, order);
		start += 1UL << order;
	}
	spin_unlock(&heap_lock);
}

/* -- accounts -------------------------------------------------------------------------------------------------------- */

unsigned long avail_domheap_pages(void)
{
	return READ_ONCE(nr_free);
}

unsigned long avail_heap_pages_below(unsigned int bits)
{
	int top = bits <= PAGE_SHIFT ? -1 : top_zone(MEMF_bits(bits));
	unsigned long n = 0;

	for (int z = 0; z <= top; z++)
		n += READ_ONCE(zones[z].nr_free);
	return n;
}

unsigned long domain_adjust_tot_pages(struct domain *d, long pages)
{
	d->tot_pages += pages;
	if (d->outstanding_pages) {
		long left;

		spin_lock(&heap_lock);
		left = max((long)d->outstanding_pages - pages, 0L);
		nr_claimed += left - d->outstanding_pages;
		d->outstanding_pages = left;
		spin_unlock(&heap_lock);
	}
	return d->tot_pages;
}

static int claim(struct domain *d, unsigned long pages)
{
	unsigned long more;

	if (!pages) {
		nr_claimed -= d->outstanding_pages;
		d->outstanding_pages = 0;
		return 0;
	}
	if (d->outstanding_pages || pages <= d->tot_pages || pages > d->max_pages || d->is_dying)
		return -EINVAL;
	more = pages - d->tot_pages;
	if (nr_claimed + more > nr_free)
		return -ENOMEM;
	d->outstanding_pages = more;
	nr_claimed += more;
	return 0;
}

int domain_set_outstanding_pages(struct domain *d, unsigned long pages)
{
	int rc;

	spin_lock(&d->page_alloc_lock);
	spin_lock(&heap_lock);
	rc = claim(d, pages);
	spin_unlock(&heap_lock);
	spin_unlock(&d->page_alloc_lock);
	return rc;
}

unsigned long outstanding_claims(void)
{
	return READ_ONCE(nr_claimed);
}
