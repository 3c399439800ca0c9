/* SPDX-License-Identifier: GPL-2.0-only */
/* Who may do what to whom. All of the policy is this file: dom0 may all, everybody may act on itself. */
#include <xen/hypercall.h>
#include <xen/sched.h>

int may(const struct domain *caller, enum action action, const struct domain *target)
{
	if (caller->is_privileged)
		return 0;
	switch (action) {
	case ACT_self:
		return 0;
	case ACT_create_channel:
	case ACT_map_foreign:
		return target == caller ? 0 : -EPERM;
	case ACT_control:
	case ACT_system:
	case ACT_hardware:
	case ACT_console:
		return -EPERM;
	}
	return -EPERM;
}
