/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Debug key g: what is granted and in use. Reads without locks: the numbers may be from different moments.
 */
#include "grant_internal.h"

#define MAX_SHOWN	256u	/* entries per domain */

static void show_entry(const struct grant_table *gt, grant_ref_t ref)
{
	const struct active_entry *act = active_entry(gt, ref);
	const struct grant_entry_v1 *e = shared_entry(gt, ref);

	printk("  %5u: d%u frame %lx pins host w %u r %u device w %u r %u | flags %x d%u frame %x\n", ref,
	       act->domid, mfn_x(act->mfn), act->pins[PIN_host_w], act->pins[PIN_host_r], act->pins[PIN_dev_w],
	       act->pins[PIN_dev_r], e->flags, e->domid, e->frame);
}

static void show_domain(const struct domain *d)
{
	const struct grant_table *gt = d->grant_table;
	unsigned int shown = 0, pinned = 0;

	if (!gt)
		return;
	printk("%pd: %u of %u frames, %u mappings of others in %u of %u frames\n", d, gt->nr_frames,
	       gt->max_frames, gt->nr_mapped, gt->nr_maptrack_frames, gt->max_maptrack_frames);
	for (grant_ref_t ref = 0; ref < grant_nr_refs(gt); ref++) {
		if (!is_pinned(active_entry(gt, ref)))
			continue;
		pinned++;
		if (shown < MAX_SHOWN) {
			shown++;
			show_entry(gt, ref);
		}
	}
	printk("  %u entries in use\n", pinned);
}

void grant_table_show(unsigned char key)
{
	const struct domain *d;

	for_each_domain (d)
		show_domain(d);
}
