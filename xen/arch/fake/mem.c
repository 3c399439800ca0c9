/* SPDX-License-Identifier: GPL-2.0-only */
/* Fake RAM with a frame table, the heap, and guest memory (which here is any memory of the test program). */
#include <xen/bitops.h>
#include <xen/guest_access.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include "fake.h"

void *malloc(size_t n);
void free(void *p);

static u8 ram[FAKE_NR_PAGES][PAGE_SIZE] __aligned(4096);
static struct page_info pages[FAKE_NR_PAGES];
static DECLARE_BITMAP(used, FAKE_NR_PAGES);

unsigned int fake_xmallocs_to_fail;
long fake_xmallocs;
unsigned int fake_faults_at = 4096;

/* -- frames -------------------------------------------------------------------------------------------------------------- */

__weak void *mfn_to_virt(mfn_t m)
{
	BUG_ON(mfn_x(m) - FAKE_FIRST_MFN >= FAKE_NR_PAGES);
	return ram[mfn_x(m) - FAKE_FIRST_MFN];
}

__weak mfn_t virt_to_mfn(const void *va)
{
	size_t off = (const u8 *)va - ram[0];

	BUG_ON(off >= sizeof(ram));
	return _mfn(FAKE_FIRST_MFN + off / PAGE_SIZE);
}

__weak struct page_info *mfn_to_page(mfn_t m)
{
	BUG_ON(mfn_x(m) - FAKE_FIRST_MFN >= FAKE_NR_PAGES);
	return &pages[mfn_x(m) - FAKE_FIRST_MFN];
}

__weak mfn_t page_to_mfn(const struct page_info *pg)
{
	return _mfn(FAKE_FIRST_MFN + (pg - pages));
}

__weak bool mfn_valid(mfn_t m)
{
	return mfn_x(m) - FAKE_FIRST_MFN < FAKE_NR_PAGES;
}

/* -- heap -------------------------------------------------------------------------------------------------------------------- */

static bool fail_now(void)
{
	return fake_xmallocs_to_fail && !--fake_xmallocs_to_fail;
}

__weak void *xmalloc_bytes(size_t size)
{
	if (fail_now())
		return NULL;
	fake_xmallocs++;
	return malloc(size);
}

__weak void *xzalloc_bytes(size_t size)
{
	void *p = xmalloc_bytes(size);

	return p ? memset(p, 0, size) : NULL;
}

__weak void xfree(void *p)
{
	fake_xmallocs -= p != NULL;
	free(p);
}

static bool run_free(unsigned int first, unsigned int nr)
{
	for (unsigned int i = first; i < first + nr; i++)
		if (test_bit(i, used))
			return false;
	return true;
}

__weak void *alloc_xenheap_pages(unsigned int order, unsigned int memflags)
{
	unsigned int nr = 1U << order;

	if (fail_now())
		return NULL;
	for (unsigned int i = 0; i + nr <= FAKE_NR_PAGES; i += nr) {
		if (!run_free(i, nr))
			continue;
		for (unsigned int j = i; j < i + nr; j++)
			__set_bit(j, used);
		fake_xmallocs++;
		return ram[i];
	}
	return NULL;
}

__weak void *alloc_xenheap_zeroed_page(void)
{
	void *p = alloc_xenheap_pages(0, 0);

	return p ? memset(p, 0, PAGE_SIZE) : NULL;
}

__weak void free_xenheap_pages(void *va, unsigned int order)
{
	unsigned int first;

	if (!va)
		return;
	first = mfn_x(virt_to_mfn(va)) - FAKE_FIRST_MFN;
	for (unsigned int i = first; i < first + (1U << order); i++)
		BUG_ON(!__test_and_clear_bit(i, used));
	fake_xmallocs--;
}

/* -- a guest's pages ------------------------------------------------------------------------------------------------------------ */

u64 fake_guest_page(struct domain *d)
{
	void *va = alloc_xenheap_zeroed_page();
	struct page_info *pg = virt_to_page(va);

	pg->count_info = PGC_allocated | 1;
	pg->type_info = 0;
	page_set_owner(pg, d);
	return mfn_x(virt_to_mfn(va));
}

__weak bool get_page(struct page_info *pg, const struct domain *d)
{
	if (page_get_owner(pg) != d || !(pg->count_info & PGC_count_mask))
		return false;
	pg->count_info++;
	return true;
}

__weak void put_page(struct page_info *pg)
{
	BUG_ON(!(pg->count_info & PGC_count_mask));
	pg->count_info--;
}

__weak int get_page_type(struct page_info *pg, unsigned long type)
{
	if (pg->type_info & PGT_count_mask && (pg->type_info & PGT_type_mask) != type)
		return -EINVAL;
	if (!(pg->type_info & PGT_count_mask))
		pg->type_info = type;
	pg->type_info++;
	return 0;
}

__weak void put_page_type(struct page_info *pg)
{
	BUG_ON(!(pg->type_info & PGT_count_mask));
	pg->type_info--;
}

/* -- guest memory --------------------------------------------------------------------------------------------------------------- */

__weak bool access_ok(unsigned long addr, size_t n)
{
	return addr >= fake_faults_at;
}

__weak size_t copy_from_guest_raw(void *to, unsigned long from, size_t n)
{
	if (n && !access_ok(from, n))
		return n;
	memcpy(to, (const void *)from, n);
	return 0;
}

__weak size_t copy_to_guest_raw(unsigned long to, const void *from, size_t n)
{
	if (n && !access_ok(to, n))
		return n;
	memcpy((void *)to, from, n);
	return 0;
}

__weak size_t clear_guest_raw(unsigned long to, size_t n)
{
	if (n && !access_ok(to, n))
		return n;
	memset((void *)to, 0, n);
	return 0;
}
