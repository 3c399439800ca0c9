/* SPDX-License-Identifier: GPL-2.0-only */
/* Changing the hypervisor's own page tables: large pages where they fit, split where a part needs other rights. Lock: map_lock. */
#include <xen/bitops.h>
#include <xen/cpumask.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/mm.h>

static DEFINE_SPINLOCK(map_lock);
bool boot_allocator_ended;

static void *alloc_table(void)
{
	void *t = boot_allocator_ended ? alloc_xenheap_page() : mfn_to_virt(alloc_boot_pages(1, 1));

	if (t)
		clear_page(t);
	return t;
}

/* The lower table behind an entry: made if absent, and out of the large page if the entry is one (of frames 2^order each). */
static u64 *lower_table(u64 *entry, unsigned int order)
{
	u64 *t;

	if ((*entry & (_PAGE_PRESENT | _PAGE_PSE)) == _PAGE_PRESENT)
		return mfn_to_virt(_mfn((*entry & PAGE_FRAME_MASK) >> PAGE_SHIFT));
	t = alloc_table();
	if (!t)
		return NULL;
	if (*entry & _PAGE_PRESENT)
		for (unsigned int i = 0; i < PT_ENTRIES; i++)
			t[i] = (order == PAGE_ORDER_2M ? *entry & ~_PAGE_PSE : *entry) +
			       ((u64)i << (PAGE_SHIFT + order - 9));
	*entry = maddr_x(virt_to_maddr(t)) | HYPERVISOR_TABLE;
	return t;
}

static int map_one(unsigned long va, mfn_t mfn, unsigned long nr, u64 flags, unsigned long *done)
{
	u64 *l3 = lower_table(&idle_pg_table[l4_index(va)].v, 27), *l2, *l1;

	if (!l3)
		return -ENOMEM;
	l2 = lower_table(&l3[l3_index(va)], PAGE_ORDER_1G);
	if (!l2)
		return -ENOMEM;
	if (nr >= 512 && IS_ALIGNED(va, MB(2)) && (IS_ALIGNED(mfn_x(mfn), 512) || !flags) &&
	    (l2[l2_index(va)] & (_PAGE_PRESENT | _PAGE_PSE)) != _PAGE_PRESENT) {
		l2[l2_index(va)] = flags ? mfn_x(mfn) << PAGE_SHIFT | flags | _PAGE_PSE : 0;
		*done = 512;
		return 0;
	}
	l1 = lower_table(&l2[l2_index(va)], PAGE_ORDER_2M);
	if (!l1)
		return -ENOMEM;
	l1[l1_index(va)] = flags ? mfn_x(mfn) << PAGE_SHIFT | flags : 0;
	*done = 1;
	return 0;
}

int map_pages_to_xen(unsigned long va, mfn_t mfn, unsigned long nr, u64 flags)
{
	int rc = 0;

	spin_lock(&map_lock);
	while (nr && !rc) {
		unsigned long done = 0;

		rc = map_one(va, mfn, nr, flags, &done);
		va += done << PAGE_SHIFT;
		mfn = mfn_add(mfn, done);
		nr -= done;
	}
	spin_unlock(&map_lock);
	return rc;
}

/* -- the area for devices and for memory that is contiguous only virtually --------------------------------------------------------- */

#define VMAP_PAGES	(GB(2) >> PAGE_SHIFT)

static DECLARE_BITMAP(vmap_used, VMAP_PAGES);	/* map_lock */

/* nr pages and a hole behind them. 0: none. */
static unsigned long vmap_alloc(unsigned long nr)
{
	unsigned long start = 0, end;

	spin_lock(&map_lock);
	for (;;) {
		start = find_next_zero_bit(vmap_used, VMAP_PAGES, start);
		if (start + nr + 1 > VMAP_PAGES) {
			spin_unlock(&map_lock);
			return 0;
		}
		end = find_next_bit(vmap_used, start + nr + 1, start);
		if (end == start + nr + 1)
			break;
		start = end + 1;
	}
	for (unsigned long i = 0; i < nr; i++)
		__set_bit(start + i, vmap_used);
	spin_unlock(&map_lock);
	return IOREMAP_VIRT_START + (start << PAGE_SHIFT);
}

static void vmap_free(unsigned long va, unsigned long nr)
{
	(void)map_pages_to_xen(va, _mfn(0), nr, 0);
	flush_area_mask(&cpu_online_map, 0, FLUSH_TLB | FLUSH_TLB_GLOBAL);
	spin_lock(&map_lock);
	for (unsigned long i = 0; i < nr; i++)
		__clear_bit(((va - IOREMAP_VIRT_START) >> PAGE_SHIFT) + i, vmap_used);
	spin_unlock(&map_lock);
}

static unsigned long vmap_size(unsigned long va)
{
	unsigned long first = (va - IOREMAP_VIRT_START) >> PAGE_SHIFT;

	return find_next_zero_bit(vmap_used, VMAP_PAGES, first) - first;
}

void *ioremap(u64 paddr, size_t len)
{
	u64 offset = paddr & ~PAGE_MASK;
	unsigned long nr = DIV_ROUND_UP(offset + len, PAGE_SIZE), va = vmap_alloc(nr);

	if (!va)
		return NULL;
	if (map_pages_to_xen(va, _mfn(paddr >> PAGE_SHIFT), nr, PAGE_HYPERVISOR_UC)) {
		vmap_free(va, nr);
		return NULL;
	}
	return (void *)(va + offset);
}

void iounmap(void *p)
{
	unsigned long va = (unsigned long)p & PAGE_MASK;

	vmap_free(va, vmap_size(va));
}

static l1e_t vmap_entry(unsigned long va)
{
	l3e_t *l3 = mfn_to_virt(l4e_mfn(idle_pg_table[l4_index(va)]));
	l2e_t *l2 = mfn_to_virt(l3e_mfn(l3[l3_index(va)]));
	l1e_t *l1 = mfn_to_virt(l2e_mfn(l2[l2_index(va)]));

	return l1[l1_index(va)];
}

static void free_frames(unsigned long va, unsigned long nr)
{
	for (unsigned long i = 0; i < nr; i++)
		free_xenheap_page(mfn_to_virt(l1e_mfn(vmap_entry(va + i * PAGE_SIZE))));
}

void *vzalloc(size_t size)
{
	unsigned long nr = DIV_ROUND_UP(size, PAGE_SIZE), va = vmap_alloc(nr), i;

	if (!va)
		return NULL;
	for (i = 0; i < nr; i++) {
		void *p = alloc_xenheap_zeroed_page();

		if (!p)
			goto fail;
		if (map_pages_to_xen(va + i * PAGE_SIZE, virt_to_mfn(p), 1, PAGE_HYPERVISOR)) {
			free_xenheap_page(p);
			goto fail;
		}
	}
	return (void *)va;
fail:
	free_frames(va, i);
	vmap_free(va, nr);
	return NULL;
}

void vfree(void *p)
{
	unsigned long va = (unsigned long)p, nr;

	if (!p)
		return;
	nr = vmap_size(va);
	/* The frames are read off the mapping, which must be gone from all TLBs before they are anybody else's. */
	for (unsigned long i = 0; i < nr; i++) {
		l1e_t e = vmap_entry(va + i * PAGE_SIZE);

		(void)map_pages_to_xen(va + i * PAGE_SIZE, _mfn(0), 1, 0);
		flush_area_mask(&cpu_online_map, va + i * PAGE_SIZE, FLUSH_TLB | FLUSH_VA);
		free_xenheap_page(mfn_to_virt(l1e_mfn(e)));
	}
	vmap_free(va, nr);
}
