/* SPDX-License-Identifier: GPL-2.0-only */
/* sources: common/mem/buddy.c common/mem/page_alloc.c common/mem/page_list.c common/mem/xmalloc.c */
/*
 * The frame allocator on fake RAM: blocks never overlap, are aligned, clean, within the asked width; everything merges back;
 * quotas, claims and flushes.
 */
#include <xen/errno.h>
#include <xen/mm.h>
#include <xen/sched.h>
#include "common/mem/mem_internal.h"
#include "unit.h"

#define FIRST	FAKE_FIRST_MFN
#define END	(FAKE_FIRST_MFN + FAKE_NR_PAGES)

static unsigned int flushes;
static u32 clock = 5, cpu_clock;
unsigned long total_pages = FAKE_NR_PAGES, max_page = END;

void set_gpfn_from_mfn(mfn_t mfn, unsigned long gpfn) {}
unsigned long get_gpfn_from_mfn(mfn_t mfn) { return INVALID_M2P_ENTRY; }
u32 tlbflush_current_time(void) { return clock; }
void flush_area_mask(const void *mask, unsigned long va, unsigned int flags) { flushes++; }
void domain_destroy_final(struct domain *d) {}

void tlbflush_filter(void *mask, u32 stamp)
{
	if ((s32)(cpu_clock - stamp) > 0)
		cpumask_clear(mask);
}

static void setup(void)
{
	static bool done;

	if (!done)
		heap_add_frames(FIRST, END);
	done = true;
	CHECK_EQ(avail_domheap_pages(), FAKE_NR_PAGES);
}

static bool clean(const struct page_info *pg, unsigned int order)
{
	const u64 *p = page_to_virt(pg);

	for (unsigned int i = 0; i < (PAGE_SIZE << order) / 8; i++)
		if (p[i])
			return false;
	return true;
}

#define MAX_BLOCKS	256

UNIT(random_blocks)
{
	static struct { struct page_info *pg; unsigned int order; } b[MAX_BLOCKS];
	static u8 owner[FAKE_NR_PAGES];
	unsigned long held = 0;

	setup();
	for (unsigned int round = 0; round < 20000; round++) {
		unsigned int i = unit_random() % MAX_BLOCKS, order = unit_random() % 5;

		if (b[i].pg) {
			unsigned long first = mfn_x(page_to_mfn(b[i].pg)) - FIRST;

			memset(owner + first, 0, 1u << b[i].order);
			memset(page_to_virt(b[i].pg), 0xaa, PAGE_SIZE << b[i].order);
			heap_free(b[i].pg, b[i].order, unit_random() & 1);
			held -= 1u << b[i].order;
			b[i].pg = NULL;
		} else {
			struct page_info *pg = heap_alloc(NULL, order, 0);
			unsigned long first;

			if (!pg)
				continue;
			first = mfn_x(page_to_mfn(pg)) - FIRST;
			CHECK_EQ((first + FIRST) & ((1u << order) - 1), 0);
			CHECK(clean(pg, order));
			for (unsigned int k = 0; k < 1u << order; k++) {
				CHECK(!owner[first + k]);
				owner[first + k] = 1;
			}
			b[i].pg = pg;
			b[i].order = order;
			held += 1u << order;
		}
		CHECK_EQ(avail_domheap_pages() + held, FAKE_NR_PAGES);
	}
	for (unsigned int i = 0; i < MAX_BLOCKS; i++)
		if (b[i].pg)
			heap_free(b[i].pg, b[i].order, false);
	CHECK_EQ(avail_domheap_pages(), FAKE_NR_PAGES);
	/* It has merged: the largest block there ever was is there again. */
	struct page_info *all = heap_alloc(NULL, 10, 0);
	CHECK(all != NULL);
	heap_free(all, 10, false);
}

UNIT(address_width)
{
	struct page_info *pg;
	unsigned int n = 0;

	setup();
	/* 0x100..0x1ff lie below 2 MiB. */
	CHECK_EQ(avail_heap_pages_below(21), 0x100);
	while ((pg = heap_alloc(NULL, 0, MEMF_bits(21))) != NULL) {
		CHECK(mfn_x(page_to_mfn(pg)) < 0x200);
		n++;
	}
	CHECK_EQ(n, 0x100);
	for (unsigned long m = FIRST; m < FIRST + 0x100; m++)
		heap_free(mfn_to_page(_mfn(m)), 0, false);
	CHECK_EQ(avail_domheap_pages(), FAKE_NR_PAGES);
	/* Without a limit, low memory goes last. */
	pg = heap_alloc(NULL, 0, 0);
	CHECK(mfn_x(page_to_mfn(pg)) >= 0x200);
	heap_free(pg, 0, false);
	CHECK(!heap_alloc(NULL, 0, MEMF_bits(12)));
	CHECK(!heap_alloc(NULL, 25, 0));
}

static struct domain *new_domain(unsigned long max)
{
	static struct domain d;

	memset(&d, 0, sizeof(d));
	page_list_init(&d.page_list);
	page_list_init(&d.xenpage_list);
	d.max_pages = max;
	atomic_set(&d.refcnt, 1);
	return &d;
}

/* The owner is found by frame, and the fake domain is no frame: give it one. */
static struct domain *place_domain(unsigned long max)
{
	struct domain *d = alloc_xenheap_zeroed_page();

	*d = *new_domain(max);
	return d;
}

UNIT(quota_and_references)
{
	struct page_info *pg[8];
	struct domain *d;

	setup();
	d = place_domain(5);
	for (unsigned int i = 0; i < 5; i++) {
		pg[i] = alloc_domheap_page(d, 0);
		CHECK(pg[i] && page_get_owner(pg[i]) == d);
	}
	CHECK(!alloc_domheap_page(d, 0));
	CHECK_EQ(d->tot_pages, 5);
	CHECK_EQ(atomic_read(&d->refcnt), 2);
	for (unsigned int i = 0; i < 5; i++) {
		pg[i]->count_info = 0;
		free_domheap_page(pg[i]);
	}
	CHECK_EQ(d->tot_pages, 0);
	CHECK_EQ(atomic_read(&d->refcnt), 1);
	d->is_dying = DOMDYING_dying;
	CHECK(!alloc_domheap_page(d, 0));
	free_xenheap_page(d);
	CHECK_EQ(avail_domheap_pages(), FAKE_NR_PAGES);
}

UNIT(claims)
{
	struct domain *d, *other;
	struct page_info *pg;
	unsigned long most;

	setup();
	d = place_domain(~0U);
	other = place_domain(~0U);
	most = avail_domheap_pages();
	CHECK_EQ(domain_set_outstanding_pages(d, most + 1), -ENOMEM);
	CHECK_EQ(domain_set_outstanding_pages(d, most - 2), 0);
	CHECK_EQ(domain_set_outstanding_pages(d, most - 2), -EINVAL);
	CHECK(alloc_domheap_pages(other, 1, 0) != NULL);
	CHECK(!alloc_domheap_page(other, 0));		/* the rest is promised */
	pg = alloc_domheap_page(d, 0);
	CHECK(pg != NULL);
	CHECK_EQ(d->outstanding_pages, most - 3);
	CHECK_EQ(outstanding_claims(), most - 3);
	CHECK_EQ(domain_set_outstanding_pages(d, 0), 0);
	CHECK_EQ(outstanding_claims(), 0);
	CHECK(alloc_domheap_page(other, 0) != NULL);
	pg->count_info = 0;
	free_domheap_page(pg);
	while ((pg = page_list_first(&other->page_list)) != NULL) {
		pg->count_info = 0;
		free_domheap_page(pg);
	}
	free_xenheap_page(d);
	free_xenheap_page(other);
	CHECK_EQ(avail_domheap_pages(), FAKE_NR_PAGES);
}

UNIT(no_stale_tlb_entries)
{
	struct page_info *pg;

	setup();
	clock = 10;
	cpu_clock = 5;
	pg = heap_alloc(NULL, 10, 0);
	heap_free(pg, 10, true);
	flushes = 0;
	pg = heap_alloc(NULL, 10, 0);
	CHECK_EQ(flushes, 1);
	heap_free(pg, 10, true);
	cpu_clock = 11;		/* it flushed since */
	flushes = 0;
	pg = heap_alloc(NULL, 10, 0);
	CHECK_EQ(flushes, 0);
	/* A half that nobody wanted for long, and one that was given back after the CPU's last flush. */
	heap_free(pg, 9, true);
	clock += (1u << 31) + 100;
	cpu_clock = clock - 200;
	heap_free(pg + 512, 9, true);
	pg = heap_alloc(NULL, 10, 0);
	CHECK_EQ(flushes, 1);
	heap_free(pg, 10, false);
}

UNIT(small_objects)
{
	static struct { u8 *p; size_t n; u8 mark; } o[300];

	setup();
	for (unsigned int round = 0; round < 50000; round++) {
		unsigned int i = unit_random() % ARRAY_SIZE(o);

		if (o[i].p) {
			for (size_t k = 0; k < o[i].n; k++)
				CHECK_EQ(o[i].p[k], o[i].mark);
			xfree(o[i].p);
			o[i].p = NULL;
			continue;
		}
		o[i].n = unit_random() % (unit_random() % 16 ? 600 : 9000);
		o[i].mark = round;
		o[i].p = xmalloc_bytes(o[i].n);
		if (o[i].p)
			memset(o[i].p, o[i].mark, o[i].n);
		CHECK(o[i].n < 64 || !((unsigned long)o[i].p & 63));
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(o); i++)
		xfree(o[i].p);
	xfree(NULL);
	CHECK(!xmalloc_bytes(~0UL));
	/* All but a page that a class may keep. */
	CHECK(avail_domheap_pages() + 16 >= FAKE_NR_PAGES);
}
