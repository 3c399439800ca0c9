/* SPDX-License-Identifier: GPL-2.0-only */
/* Virtual areas: device registers (ioremap) and tables of many pages (vzalloc). A page is left free behind each area. */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include "mm_internal.h"

struct area {
	struct area *next;		/* by address */
	unsigned long start, pages;
};

static DEFINE_SPINLOCK(area_lock);
static struct area *areas;

/* First fit. */
static struct area *area_get(unsigned long pages)
{
	struct area *a = xmalloc(struct area), **link = &areas;
	unsigned long at = IOREMAP_VIRT_START;

	if (!a)
		return NULL;
	spin_lock(&area_lock);
	for (; *link && (*link)->start - at < (pages + 1) << PAGE_SHIFT; link = &(*link)->next)
		at = (*link)->start + (((*link)->pages + 1) << PAGE_SHIFT);
	if (at + ((pages + 1) << PAGE_SHIFT) > IOREMAP_VIRT_END) {
		spin_unlock(&area_lock);
		xfree(a);
		return NULL;
	}
	*a = (struct area){ *link, at, pages };
	*link = a;
	spin_unlock(&area_lock);
	return a;
}

/* Take the area that holds va off the list. */
static struct area *area_remove(unsigned long va)
{
	struct area *a, **link;

	spin_lock(&area_lock);
	for (link = &areas; (a = *link) != NULL; link = &a->next)
		if (va >= a->start && va - a->start < a->pages << PAGE_SHIFT)
			break;
	if (a)
		*link = a->next;
	spin_unlock(&area_lock);
	return a;
}

static struct area *area_find(unsigned long va)
{
	struct area *a;

	spin_lock(&area_lock);
	for (a = areas; a; a = a->next)
		if (va >= a->start && va - a->start < a->pages << PAGE_SHIFT)
			break;
	spin_unlock(&area_lock);
	return a;
}

void *ioremap(u64 paddr, size_t len)
{
	unsigned long off = paddr & ~PAGE_MASK, pages = DIV_ROUND_UP(off + len, PAGE_SIZE);
	struct area *a;

	if (!len || paddr + len < paddr)
		return NULL;
	a = area_get(pages);
	if (!a)
		return NULL;
	if (map_pages_to_xen(a->start, maddr_to_mfn(_maddr(paddr)), pages, PAGE_HYPERVISOR_UC)) {
		xfree(area_remove(a->start));
		return NULL;
	}
	return (void *)(a->start + off);
}

void iounmap(void *va)
{
	struct area *a = area_find((unsigned long)va);

	if (!a)
		return;
	(void)map_pages_to_xen(a->start, INVALID_MFN, a->pages, 0);
	xfree(area_remove(a->start));
}

static void free_mapped(unsigned long start, unsigned long pages)
{
	for (unsigned long i = 0; i < pages; i++) {
		unsigned long va = start + (i << PAGE_SHIFT);
		mfn_t mfn = xen_va_to_mfn(va);

		(void)map_pages_to_xen(va, INVALID_MFN, 1, 0);
		free_xenheap_page(mfn_to_virt(mfn));
	}
}

void *vzalloc(size_t size)
{
	unsigned long pages = DIV_ROUND_UP(size, PAGE_SIZE);
	struct area *a = size ? area_get(pages) : NULL;

	if (!a)
		return NULL;
	for (unsigned long i = 0; i < pages; i++) {
		void *p = alloc_xenheap_zeroed_page();

		if (!p || map_pages_to_xen(a->start + (i << PAGE_SHIFT), virt_to_mfn(p), 1, PAGE_HYPERVISOR)) {
			free_xenheap_page(p);
			free_mapped(a->start, i);
			xfree(area_remove(a->start));
			return NULL;
		}
	}
	return (void *)a->start;
}

void vfree(void *va)
{
	struct area *a = va ? area_find((unsigned long)va) : NULL;

	if (!a)
		return;
	free_mapped(a->start, a->pages);
	xfree(area_remove(a->start));
}
