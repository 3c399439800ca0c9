/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory before there is a frame table: a short list of free ranges, from whose upper ends blocks are cut. */
#include <xen/lib.h>
#include <xen/mm.h>
#include "mem_internal.h"

#define MAX_RANGES	64

static struct { u64 start, end; } ranges[MAX_RANGES] __initdata;	/* frame numbers */
static unsigned int nr_ranges __initdata;

void __init init_boot_pages(maddr_t start, maddr_t end)
{
	u64 s = DIV_ROUND_UP(maddr_x(start), PAGE_SIZE), e = maddr_x(end) >> PAGE_SHIFT;

	if (s >= e)
		return;
	if (nr_ranges == MAX_RANGES) {
		printk(XENLOG_WARNING "memory map too fragmented: %lu pages are not used\n", e - s);
		return;
	}
	ranges[nr_ranges].start = s;
	ranges[nr_ranges++].end = e;
}

mfn_t __init alloc_boot_pages(unsigned long nr, unsigned long align)
{
	for (unsigned int i = nr_ranges; i--;) {
		u64 start = (ranges[i].end - nr) & ~(u64)(align - 1);

		if (ranges[i].end < nr || start < ranges[i].start || ranges[i].end > GB(4) >> PAGE_SHIFT)
			continue;
		/* What alignment leaves above goes back as a range of its own. */
		init_boot_pages(_maddr((start + nr) << PAGE_SHIFT), _maddr(ranges[i].end << PAGE_SHIFT));
		ranges[i].end = start;
		return _mfn(start);
	}
	panic("no room for %lu contiguous pages of tables at boot", nr);
}

void __init free_boot_memory(u64 start, u64 end)
{
	heap_add_frames(DIV_ROUND_UP(start, PAGE_SIZE), end >> PAGE_SHIFT);
}

void __init end_boot_allocator(void)
{
	for (unsigned int i = 0; i < nr_ranges; i++)
		heap_add_frames(ranges[i].start, ranges[i].end);
	nr_ranges = 0;
	printk(XENLOG_INFO "Memory: %lu MB free of %lu MB\n", avail_domheap_pages() >> 8, total_pages >> 8);
}
