/* SPDX-License-Identifier: GPL-2.0-only */
/* Functions that unit-current and unit-add link and never call: their own headers are not needed for that. */
#include <stdlib.h>

#define UNUSED(name)					\
	__attribute__((weak)) void name(void);		\
	void name(void)					\
	{						\
		abort();				\
	}

UNUSED(antispoof_add)
UNUSED(antispoof_check)
UNUSED(antispoof_remove)
UNUSED(blockdev_holder)
UNUSED(blockdev_overlap)
UNUSED(device_list)
UNUSED(device_value)
UNUSED(guest_is_gone)
UNUSED(guest_is_locked)
UNUSED(guest_mac)
UNUSED(guest_reclaim)
UNUSED(images_lock)
UNUSED(loop_attach)
UNUSED(loop_detach)
UNUSED(loop_find)
UNUSED(loop_has)
UNUSED(nbd_attach)
UNUSED(nbd_check)
UNUSED(nbd_detach)
UNUSED(nbd_wake)
UNUSED(qcow2_check)
UNUSED(qcow2_looks_like)
UNUSED(run_program)
UNUSED(xc_domain_getinfo)
UNUSED(xm_domain_name)
UNUSED(xm_format_uuid)
UNUSED(xm_is_dying)
UNUSED(xm_is_shutdown)
UNUSED(xm_now_ms)
UNUSED(xm_sleep_ms)
