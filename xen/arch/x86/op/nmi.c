/* SPDX-License-Identifier: GPL-2.0-only */
/* The older way to set a guest's NMI handler; CALLBACKTYPE_nmi does the same. */
#include <xen/errno.h>
#include <xen/hypercall.h>
#include <xen/sched.h>
#include <asm/page.h>
#include <public/nmi.h>

static long nmi_register(unsigned long arg)
{
	struct xennmi_callback cb;

	if (copy_in(&cb, arg, sizeof(cb)))
		return -EFAULT;
	if (!is_canonical(cb.handler_address))
		return -EINVAL;
	current->arch.nmi_callback_eip = cb.handler_address;
	return 0;
}

long do_nmi_op(unsigned long cmd, unsigned long arg)
{
	switch (cmd) {
	case XENNMI_register_callback:
		return nmi_register(arg);
	case XENNMI_unregister_callback:
		current->arch.nmi_callback_eip = 0;
		return 0;
	default:
		return -ENOSYS;
	}
}
