/* SPDX-License-Identifier: GPL-2.0-only */
/* The engine of multiplexed hypercalls: find the row, ask for leave, copy in, call, copy out. */
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>

#define SUBOP_MAX_SIZE	256

long subop_call(unsigned int hcall_nr, const struct subop *table, unsigned int rows, unsigned long cmd, unsigned long guest_arg)
{
	u8 buf[SUBOP_MAX_SIZE] __aligned(8);
	const struct subop *row;
	int rc;

	if (cmd >= rows || !table[cmd].fn)
		return -ENOSYS;
	row = &table[cmd];
	ASSERT(row->size <= sizeof(buf));
	rc = may(current->domain, row->action, NULL);
	if (rc)
		return rc;
	if (row->size && copy_in(buf, guest_arg, row->size))
		return -EFAULT;
	rc = row->fn(buf);
	if (rc == -ERESTART)
		return hypercall_continue(hcall_nr, cmd, guest_arg);
	if (row->copy_back && (row->copy_back == 2 || rc >= 0) && copy_out(guest_arg, buf, row->size))
		return -EFAULT;
	return rc;
}
