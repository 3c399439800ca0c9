/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Handles of the mappings that a domain made. A handle is got, published when the mapping is complete,
 * claimed by who unmaps it (one at a time), and put when all its parts are gone. Lock:
 * grant_table.maptrack_lock, innermost.
 */
#include "grant_internal.h"

static struct maptrack *entry(const struct grant_table *gt, u32 handle)
{
	return &gt->maptrack[handle / MAPTRACK_PER_FRAME][handle % MAPTRACK_PER_FRAME];
}

static int add_frame(struct grant_table *gt)
{
	unsigned int n = gt->nr_maptrack_frames;
	u32 first = n * MAPTRACK_PER_FRAME;
	struct maptrack *frame;

	if (n == gt->max_maptrack_frames)
		return -ENOSPC;
	frame = alloc_xenheap_zeroed_page();
	if (!frame)
		return -ENOMEM;
	for (u32 i = 0; i < MAPTRACK_PER_FRAME; i++)
		frame[i].next = i + 1 < MAPTRACK_PER_FRAME ? first + i + 1 : gt->maptrack_free;
	gt->maptrack[n] = frame;
	gt->nr_maptrack_frames = n + 1;
	gt->maptrack_free = first;
	return 0;
}

int maptrack_get(struct grant_table *gt, u32 *handle)
{
	int rc = 0;

	spin_lock(&gt->maptrack_lock);
	if (gt->maptrack_free == MAPTRACK_END)
		rc = add_frame(gt);
	if (!rc) {
		*handle = gt->maptrack_free;
		gt->maptrack_free = entry(gt, *handle)->next;
		gt->nr_mapped++;
	}
	spin_unlock(&gt->maptrack_lock);
	return rc;
}

static void put_locked(struct grant_table *gt, u32 handle)
{
	struct maptrack *mt = entry(gt, handle);

	mt->flags = 0;
	mt->rd = NULL;
	mt->next = gt->maptrack_free;
	gt->maptrack_free = handle;
	gt->nr_mapped--;
}

void maptrack_put(struct grant_table *gt, u32 handle)
{
	spin_lock(&gt->maptrack_lock);
	put_locked(gt, handle);
	spin_unlock(&gt->maptrack_lock);
}

void maptrack_publish(struct grant_table *gt, u32 handle, struct domain *rd, grant_ref_t ref, u32 flags)
{
	struct maptrack *mt = entry(gt, handle);

	spin_lock(&gt->maptrack_lock);
	mt->rd = rd;
	mt->ref = ref;
	mt->flags = flags;
	spin_unlock(&gt->maptrack_lock);
}

int maptrack_claim(struct grant_table *gt, u32 handle, struct maptrack *copy)
{
	struct maptrack *mt;
	int rc = -ENOENT;

	spin_lock(&gt->maptrack_lock);
	if (handle / MAPTRACK_PER_FRAME >= gt->nr_maptrack_frames)
		goto out;
	mt = entry(gt, handle);
	if (!mt->flags)
		goto out;
	rc = -EBUSY;
	if (mt->flags & MT_busy)
		goto out;
	*copy = *mt;
	mt->flags |= MT_busy;
	rc = 0;
out:
	spin_unlock(&gt->maptrack_lock);
	return rc;
}

bool maptrack_unclaim(struct grant_table *gt, u32 handle, u32 parts)
{
	struct maptrack *mt = entry(gt, handle);
	bool last;

	spin_lock(&gt->maptrack_lock);
	mt->flags &= ~(parts | MT_busy);
	last = !(mt->flags & MT_MAPPED);
	if (last)
		put_locked(gt, handle);
	spin_unlock(&gt->maptrack_lock);
	return last;
}
