/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain's grant table: its frames. They are only ever added while the domain lives, and nr_frames is
 * raised when a frame is complete, so that the users of entries need no lock for it. Lock: grant_table.lock
 * for growth.
 */
#include <xen/atomic.h>
#include "grant_internal.h"

#define DEFAULT_GRANT_FRAMES	64u
#define DEFAULT_MAPTRACK_FRAMES	1024u
#define LIMIT_GRANT_FRAMES	1024u
#define LIMIT_MAPTRACK_FRAMES	8192u

/* gt->lock is held, or nobody knows the table yet. */
static int add_frame(struct domain *d, struct grant_table *gt)
{
	unsigned int n = gt->nr_frames;
	struct grant_entry_v1 *frame;

	BUILD_BUG_ON(sizeof(struct grant_entry_v1) != 8);
	gt->active[n] = xzalloc_array(struct active_entry, GRANTS_PER_FRAME);
	if (!gt->active[n])
		return -ENOMEM;
	frame = alloc_xenheap_zeroed_page();
	if (!frame) {
		XFREE(gt->active[n]);
		return -ENOMEM;
	}
	set_gpfn_from_mfn(virt_to_mfn(frame), INVALID_M2P_ENTRY);
	share_xen_page_with_guest(virt_to_page(frame), d, SHARE_rw);
	gt->shared[n] = frame;
	smp_wmb();
	WRITE_ONCE(gt->nr_frames, n + 1);
	return 0;
}

static void free_table(struct grant_table *gt)
{
	for (unsigned int i = 0; i < gt->nr_frames; i++) {
		free_xenheap_page(gt->shared[i]);
		xfree(gt->active[i]);
	}
	for (unsigned int i = 0; i < gt->nr_maptrack_frames; i++)
		free_xenheap_page(gt->maptrack[i]);
	xfree(gt->shared);
	xfree(gt->active);
	xfree(gt->maptrack);
	xfree(gt);
}

static unsigned int limit_or(unsigned int value, unsigned int def)
{
	return (int)value < 0 ? def : value;
}

int grant_table_create(struct domain *d, unsigned int max_grant_frames, unsigned int max_maptrack_frames)
{
	struct grant_table *gt;
	int rc = -ENOMEM;

	max_grant_frames = limit_or(max_grant_frames, DEFAULT_GRANT_FRAMES);
	max_maptrack_frames = limit_or(max_maptrack_frames, DEFAULT_MAPTRACK_FRAMES);
	if (!max_grant_frames || max_grant_frames > LIMIT_GRANT_FRAMES || max_maptrack_frames > LIMIT_MAPTRACK_FRAMES)
		return -EINVAL;
	gt = xzalloc(struct grant_table);
	if (!gt)
		return -ENOMEM;
	spin_lock_init(&gt->lock);
	spin_lock_init(&gt->maptrack_lock);
	gt->max_frames = max_grant_frames;
	gt->max_maptrack_frames = max_maptrack_frames;
	gt->maptrack_free = MAPTRACK_END;
	gt->shared = xzalloc_array(struct grant_entry_v1 *, max_grant_frames);
	gt->active = xzalloc_array(struct active_entry *, max_grant_frames);
	gt->maptrack = xzalloc_array(struct maptrack *, max_maptrack_frames ? max_maptrack_frames : 1);
	if (gt->shared && gt->active && gt->maptrack)
		rc = add_frame(d, gt);
	if (rc) {
		free_table(gt);
		return rc;
	}
	d->grant_table = gt;
	return 0;
}

/* All mappings of it are gone: each held a reference on d. */
void grant_table_destroy(struct domain *d)
{
	struct grant_table *gt = d->grant_table;

	if (!gt)
		return;
	d->grant_table = NULL;
	free_table(gt);
}

unsigned int grant_table_max_frames(const struct domain *d)
{
	return d->grant_table ? d->grant_table->max_frames : 0;
}

int grant_table_grow(struct domain *d, unsigned int nr)
{
	struct grant_table *gt = d->grant_table;
	bool full = false;
	int rc = 0;

	if (!gt)
		return -EINVAL;
	if (nr > gt->max_frames) {
		printk(XENLOG_G_WARNING "%pd: its grant table cannot grow to %u frames, the limit is %u (max_grant_frames)\n", d, nr,
		       gt->max_frames);
		return -EINVAL;
	}
	if (nr <= READ_ONCE(gt->nr_frames))
		return 0;
	spin_lock(&gt->lock);
	while (!rc && gt->nr_frames < nr) {
		/* The release of its memory must see every frame: see grant_table_release_mappings(). */
		rc = d->is_dying ? -EINVAL : add_frame(d, gt);
		full = gt->nr_frames == gt->max_frames;
	}
	spin_unlock(&gt->lock);
	/* Linux knows its limit: it will not ask for more, and its devices go without. */
	if (full)
		printk(XENLOG_G_WARNING "%pd: its grant table has grown to its limit, %u frames (max_grant_frames)\n", d, gt->max_frames);
	return rc;
}

int grant_table_get_frame(struct domain *d, unsigned int idx, mfn_t *mfn)
{
	int rc = idx == ~0u ? -EINVAL : grant_table_grow(d, idx + 1);

	if (!rc)
		*mfn = virt_to_mfn(d->grant_table->shared[idx]);
	return rc;
}
