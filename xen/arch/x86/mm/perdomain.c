/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every root of a domain shares: the hypervisor's slots, and the domain's own L4 slot with the views of its vcpus' GDTs and LDTs
 * (32 pages for each vcpu, one L1 table for 16 vcpus, one L2 table in all).
 */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/sched.h>

#define VIEW_PAGES	32
#define VCPUS_PER_L1	(PT_ENTRIES / VIEW_PAGES)

BUILD_BUG_ON(1 << (GDT_LDT_VCPU_SHIFT - PAGE_SHIFT) != VIEW_PAGES);
BUILD_BUG_ON(MAX_VIRT_CPUS / VCPUS_PER_L1 > PT_ENTRIES);

void init_xen_l4_slots(l4e_t *l4t, const struct domain *d)
{
	for (unsigned int i = XEN_FIRST_L4_SLOT; i <= XEN_LAST_L4_SLOT; i++)
		l4t[i] = idle_pg_table[i];
	if (d && d->arch.perdomain_l3)
		l4t[PERDOMAIN_L4_SLOT] = l4e_make(virt_to_mfn(d->arch.perdomain_l3), HYPERVISOR_TABLE);
}

int domain_mm_init(struct domain *d)
{
	d->arch.perdomain_l3 = alloc_xenheap_zeroed_page();
	return d->arch.perdomain_l3 ? 0 : -ENOMEM;
}

void domain_mm_destroy(struct domain *d)
{
	l3e_t *l3 = d->arch.perdomain_l3;
	l2e_t *l2;

	if (!l3)
		return;
	if (l3e_present(l3[0])) {
		l2 = mfn_to_virt(l3e_mfn(l3[0]));
		for (unsigned int i = 0; i < PT_ENTRIES; i++)
			if (l2e_present(l2[i]))
				free_xenheap_page(mfn_to_virt(l2e_mfn(l2[i])));
		free_xenheap_page(l2);
	}
	free_xenheap_page(l3);
	d->arch.perdomain_l3 = NULL;
}

int vcpu_mm_init(struct vcpu *v)
{
	l3e_t *l3e = &v->domain->arch.perdomain_l3[0];
	l2e_t *l2e;
	l1e_t *l1;

	if (!l3e_present(*l3e)) {
		void *l2 = alloc_xenheap_zeroed_page();

		if (!l2)
			return -ENOMEM;
		*l3e = l3e_make(virt_to_mfn(l2), HYPERVISOR_TABLE);
	}
	l2e = (l2e_t *)mfn_to_virt(l3e_mfn(*l3e)) + v->vcpu_id / VCPUS_PER_L1;
	if (!l2e_present(*l2e)) {
		l1 = alloc_xenheap_zeroed_page();
		if (!l1)
			return -ENOMEM;
		*l2e = l2e_make(virt_to_mfn(l1), HYPERVISOR_TABLE);
	}
	l1 = mfn_to_virt(l2e_mfn(*l2e));
	v->arch.perdomain_ptes = l1 + v->vcpu_id % VCPUS_PER_L1 * VIEW_PAGES;
	return 0;
}
