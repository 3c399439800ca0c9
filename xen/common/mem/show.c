/* SPDX-License-Identifier: GPL-2.0-only */
/* Debug: which frames a domain still has, and what holds them. */
#include <xen/lib.h>
#include <xen/sched.h>
#include "mem_internal.h"

#define MAX_SHOWN	16

static void show_list(struct domain *d, const struct page_list_head *list, const char *name)
{
	const struct page_info *pg;
	unsigned int n = 0;

	spin_lock(&d->page_alloc_lock);
	for (pg = page_list_first(list); pg && n < MAX_SHOWN; pg = page_list_next(pg), n++)
		printk("    %s frame %lx pfn %lx: count %lx type %lx\n", name, mfn_x(page_to_mfn(pg)),
		       get_gpfn_from_mfn(page_to_mfn(pg)), pg->count_info, pg->type_info);
	spin_unlock(&d->page_alloc_lock);
}

void domain_show_pages(struct domain *d)
{
	show_list(d, &d->page_list, "own");
	show_list(d, &d->xenpage_list, "hypervisor's");
}
