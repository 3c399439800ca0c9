/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypercall grant_table_op: walks the guest's array, one copied element at a time. When others are
 * waiting it stops between two elements and is made again with the rest of the array.
 */
#include <xen/hypercall.h>
#include "grant_internal.h"

#define PREEMPT_CHECK	16u	/* elements */

union element {
	struct gnttab_map_grant_ref map;
	struct gnttab_unmap_grant_ref unmap;
	struct gnttab_unmap_and_replace replace;
	struct gnttab_setup_table setup;
	struct gnttab_transfer transfer;
	struct gnttab_copy copy;
	struct gnttab_query_size query;
	struct gnttab_set_version set_version;
	struct gnttab_get_version get_version;
	struct gnttab_get_status_frames status_frames;
	struct gnttab_swap_grant_ref swap;
};

struct row {
	int (*fn)(void *element, struct gnttab_call *call);	/* -errno ends the call */
	void (*finish)(struct gnttab_call *call);
	u16 size;
	bool single;
};

#define ROW(cmd, type, f, ...)	[GNTTABOP_##cmd] = { .fn = (f), .size = sizeof(struct type), ##__VA_ARGS__ }

static const struct row rows[] = {
	ROW(map_grant_ref, gnttab_map_grant_ref, gnttab_map),
	ROW(unmap_grant_ref, gnttab_unmap_grant_ref, gnttab_unmap, .finish = gnttab_unmap_finish),
	ROW(unmap_and_replace, gnttab_unmap_and_replace, gnttab_unmap_replace, .finish = gnttab_unmap_finish),
	ROW(setup_table, gnttab_setup_table, gnttab_setup, .single = true),
	ROW(transfer, gnttab_transfer, gnttab_transfer_one),
	ROW(copy, gnttab_copy, gnttab_copy_one, .finish = gnttab_copy_finish),
	ROW(query_size, gnttab_query_size, gnttab_query, .single = true),
	ROW(set_version, gnttab_set_version, gnttab_set_version, .single = true),
	ROW(get_version, gnttab_get_version, gnttab_get_version, .single = true),
	ROW(get_status_frames, gnttab_get_status_frames, gnttab_status_frames, .single = true),
	ROW(swap_grant_ref, gnttab_swap_grant_ref, gnttab_swap),
};

static int do_element(const struct row *r, unsigned long addr, struct gnttab_call *call)
{
	union element e;
	int rc;

	if (copy_in(&e, addr, r->size))
		return -EFAULT;
	rc = r->fn(&e, call);
	if (copy_out(addr, &e, r->size))
		rc = -EFAULT;
	return rc;
}

/* 0, or -errno; *done elements were served. */
static int walk(const struct row *r, unsigned long uop, unsigned long count, unsigned long *done)
{
	struct gnttab_call call;
	int rc = 0;

	call.nr_unmapped = 0;
	call.flush = false;
	call.source.valid = call.dest.valid = false;
	for (*done = 0; !rc && *done < count; ++*done) {
		if (*done && !(*done % PREEMPT_CHECK) && hypercall_preempt_check())
			break;
		rc = do_element(r, guest_elem(uop, *done, r->size), &call);
	}
	if (r->finish)
		r->finish(&call);
	return rc;
}

static long refuse(unsigned long cmd)
{
	if (cmd == GNTTABOP_dump_table)
		return -EPERM;
	return cmd == GNTTABOP_cache_flush ? -EOPNOTSUPP : -ENOSYS;
}

long do_grant_table_op(unsigned long cmd, unsigned long uop, unsigned long count)
{
	const struct row *r;
	unsigned long done;
	int rc;

	cmd = (u32)cmd;
	count = (u32)count;
	if ((s32)count < 0)
		return -EINVAL;
	if (cmd >= ARRAY_SIZE(rows) || !rows[cmd].fn)
		return refuse(cmd);
	r = &rows[cmd];
	if (r->single && count != 1)
		return -EINVAL;
	if (!access_ok(uop, count * r->size))
		return -EFAULT;
	rc = walk(r, uop, count, &done);
	if (rc || done == count)
		return rc;
	return hypercall_continue(__HYPERVISOR_grant_table_op, cmd, uop + done * r->size, count - done);
}
