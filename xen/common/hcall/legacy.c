/* SPDX-License-Identifier: GPL-2.0-only */
/* The first form of two calls, in which the command is the first word of the structure: same operations, same results. */
#include <xen/guest_access.h>
#include <xen/hypercall.h>
#include <public/event_channel.h>
#include <public/physdev.h>

long do_event_channel_op_compat(unsigned long op)
{
	u32 cmd;

	if (copy_in(&cmd, op, sizeof(cmd)))
		return -EFAULT;
	return do_event_channel_op(cmd, op + offsetof(struct evtchn_op, u));
}

long do_physdev_op_compat(unsigned long op)
{
	u32 cmd;

	if (copy_in(&cmd, op, sizeof(cmd)))
		return -EFAULT;
	return do_physdev_op(cmd, op + offsetof(struct physdev_op, u));
}
