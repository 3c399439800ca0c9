/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of common/grant share. Facts and locks: docs/grants.md.
 * Version 1 of the ABI only: an entry is 8 bytes, the flags and the domid are one 32-bit word.
 */
#ifndef GRANT_INTERNAL_H
#define GRANT_INTERNAL_H

#include <xen/grant.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <public/grant_table.h>

#define GRANTS_PER_FRAME	(PAGE_SIZE / sizeof(struct grant_entry_v1))
#define MAPTRACK_PER_FRAME	(PAGE_SIZE / sizeof(struct maptrack))
#define MAPTRACK_END		(~0u)

/* How an entry is in use: by the CPU or a device, to write or only to read. */
enum pin_kind { PIN_host_w, PIN_host_r, PIN_dev_w, PIN_dev_r, PIN_kinds };

/* The hypervisor's own side of an entry, which the guest cannot change under us. */
struct active_entry {
	spinlock_t lock;
	u16 pins[PIN_kinds];
	domid_t domid;			/* who uses it; valid while pinned */
	mfn_t mfn;			/* likewise */
};

#define MT_MAPPED	(GNTMAP_host_map | GNTMAP_device_map)
#define MT_busy		0x8000u		/* an unmap is at work on it */

/* A mapping that a domain made, by handle. It holds a reference on rd. */
struct maptrack {
	struct domain *rd;		/* who granted */
	grant_ref_t ref;
	u32 flags;			/* GNTMAP_*, MT_busy; 0: free */
	u32 next;			/* of the free list */
};

struct grant_table {
	spinlock_t lock;		/* growth */
	unsigned int nr_frames, max_frames;
	struct grant_entry_v1 **shared;	/* frames that the domain sees */
	struct active_entry **active;	/* per frame */

	spinlock_t maptrack_lock;	/* what follows, and the entries' flags */
	unsigned int nr_maptrack_frames, max_maptrack_frames;
	struct maptrack **maptrack;
	u32 maptrack_free;		/* head of the list */
	unsigned int nr_mapped;
	u32 release_next;		/* where the release of a dying domain goes on */
};

/* -- table.c */
static inline unsigned int grant_nr_refs(const struct grant_table *gt)
{
	return READ_ONCE(gt->nr_frames) * GRANTS_PER_FRAME;
}

/* ref must be below grant_nr_refs(). The shared entry may change at any time. */
static inline struct grant_entry_v1 *shared_entry(const struct grant_table *gt, grant_ref_t ref)
{
	return &gt->shared[ref / GRANTS_PER_FRAME][ref % GRANTS_PER_FRAME];
}

static inline struct active_entry *active_entry(const struct grant_table *gt, grant_ref_t ref)
{
	return &gt->active[ref / GRANTS_PER_FRAME][ref % GRANTS_PER_FRAME];
}

/* At least nr frames: 0, -EINVAL, -ENOMEM. */
int grant_table_grow(struct domain *d, unsigned int nr);

/* -- maptrack.c */
int maptrack_get(struct grant_table *gt, u32 *handle);		/* -ENOSPC, -ENOMEM */
void maptrack_put(struct grant_table *gt, u32 handle);
/* Bind a handle that maptrack_get gave; it is valid for the guest from now on. */
void maptrack_publish(struct grant_table *gt, u32 handle, struct domain *rd, grant_ref_t ref, u32 flags);
/* Get hold of a mapping for an unmap: its copy. -ENOENT, -EBUSY. */
int maptrack_claim(struct grant_table *gt, u32 handle, struct maptrack *copy);
/*
 * Let go of it, without the parts that are gone; true: nothing is left, and the handle is free. The caller
 * drops rd then.
 */
bool maptrack_unclaim(struct grant_table *gt, u32 handle, u32 parts);

/* -- pin.c */
static inline bool is_pinned(const struct active_entry *act)
{
	return act->pins[PIN_host_w] | act->pins[PIN_host_r] | act->pins[PIN_dev_w] | act->pins[PIN_dev_r];
}

/*
 * Use an entry of rd as domain `who`, for the parts GNTMAP_host_map, GNTMAP_device_map. Takes an existence
 * reference on the frame, and the writable type when not readonly: one of each, whatever the parts.
 * GNTST_*.
 */
int grant_pin(struct domain *rd, grant_ref_t ref, domid_t who, unsigned int parts, bool readonly, mfn_t *mfn);
/* Undo it for some parts; with the last one the frame's references go. */
void grant_unpin(struct domain *rd, grant_ref_t ref, unsigned int parts, bool readonly, bool last);

/* -- the sub-operations: one element of the guest's array; the result is in op->status */
#define UNMAP_BATCH	32u

struct unmap_done {
	struct maptrack mt;
	u32 handle, parts;
};

struct copy_side {
	bool valid, by_ref;
	struct gnttab_copy_ptr ptr;	/* what it was got by */
	struct domain *d;		/* with a reference */
	mfn_t mfn;
};

/* What one call keeps from element to element; the row's finish() lets go of it. */
struct gnttab_call {
	unsigned int nr_unmapped;
	bool flush;			/* an entry of a page table was changed */
	struct unmap_done unmapped[UNMAP_BATCH];
	struct copy_side source, dest;
};

int gnttab_map(void *arg, struct gnttab_call *call);
int gnttab_unmap(void *arg, struct gnttab_call *call);
int gnttab_unmap_replace(void *arg, struct gnttab_call *call);
void gnttab_unmap_finish(struct gnttab_call *call);
int gnttab_copy_one(void *arg, struct gnttab_call *call);
void gnttab_copy_finish(struct gnttab_call *call);
int gnttab_transfer_one(void *arg, struct gnttab_call *call);
int gnttab_setup(void *arg, struct gnttab_call *call);
int gnttab_query(void *arg, struct gnttab_call *call);
int gnttab_set_version(void *arg, struct gnttab_call *call);
int gnttab_get_version(void *arg, struct gnttab_call *call);
int gnttab_status_frames(void *arg, struct gnttab_call *call);
int gnttab_swap(void *arg, struct gnttab_call *call);

#endif
