/* SPDX-License-Identifier: GPL-2.0-only */
/* For the tools: which entries of a table are in use, and by whom (public/holders.h). */
#include <public/holders.h>
#include "grant_internal.h"

#define LOOK_AT_ONCE	4096u	/* entries */

static unsigned int pins_of(const struct active_entry *act)
{
	return act->pins[PIN_host_w] + act->pins[PIN_host_r] + act->pins[PIN_dev_w] + act->pins[PIN_dev_r];
}

unsigned int grant_table_users(const struct domain *d, u64 *next, struct xen_page_holder *list, unsigned int room)
{
	const struct grant_table *gt = d->grant_table;
	u64 end = gt ? grant_nr_refs(gt) : 0, ref = min(*next, end), stop = min(end, ref + LOOK_AT_ONCE);
	unsigned int n = 0;

	for (; ref < stop && n < room; ref++) {
		struct active_entry *act = active_entry(gt, ref);

		spin_lock(&act->lock);
		if (is_pinned(act))
			list[n++] = (struct xen_page_holder){
				.frame = mfn_x(act->mfn), .refs = pins_of(act), .ref = ref, .domid = act->domid,
			};
		spin_unlock(&act->lock);
	}
	*next = ref < end ? ref : XEN_HOLDERS_END;
	return n;
}
