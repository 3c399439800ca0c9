/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vm_assist: behaviour a guest may switch on. The segment, writable page table and extended CR3 kinds describe what
 * 64-bit guests always have; the runstate flag changes how runstate areas are written (areas.c).
 */
#include <xen/hypercall.h>
#include <xen/sched.h>

#define ASSIST(n)	(1UL << VMASST_TYPE_##n)
#define ASSISTS_VALID	(ASSIST(4gb_segments) | ASSIST(4gb_segments_notify) | ASSIST(writable_pagetables) | \
			 ASSIST(pae_extended_cr3) | ASSIST(runstate_update_flag))

long do_vm_assist(unsigned long cmd, unsigned long type)
{
	struct domain *d = current->domain;

	if (type >= BITS_PER_LONG || !(ASSISTS_VALID & (1UL << type)))
		return -EINVAL;
	switch ((u32)cmd) {
	case VMASST_CMD_enable:
		set_bit(type, &d->vm_assist);
		return 0;
	case VMASST_CMD_disable:
		clear_bit(type, &d->vm_assist);
		return 0;
	default:
		return -ENOSYS;
	}
}
