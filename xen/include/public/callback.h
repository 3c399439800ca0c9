/* SPDX-License-Identifier: MIT */
/* callback_op(cmd, arg): where the hypervisor enters a PV guest's kernel for what is no exception. */
#ifndef XEN_PUBLIC_CALLBACK_H
#define XEN_PUBLIC_CALLBACK_H

#include "xen.h"

#define CALLBACKOP_register		0
#define CALLBACKOP_unregister		1	/* not for event and failsafe */

#define CALLBACKTYPE_event		0	/* upcall */
/* a selector could not be loaded on the way back to the guest */
#define CALLBACKTYPE_failsafe		1
#define CALLBACKTYPE_syscall		2	/* 64-bit guests */
#define CALLBACKTYPE_sysenter_deprecated	3
#define CALLBACKTYPE_nmi		4
#define CALLBACKTYPE_sysenter		5
#define CALLBACKTYPE_syscall32		7	/* `syscall` in 32-bit code */

#define _CALLBACKF_mask_events		0	/* entered with upcalls masked */
#define CALLBACKF_mask_events		(1U << _CALLBACKF_mask_events)

struct callback_register {
	uint16_t type;
	uint16_t flags;
	xen_callback_t address;
};
typedef struct callback_register callback_register_t;
DEFINE_XEN_GUEST_HANDLE(callback_register_t);

struct callback_unregister {
	uint16_t type;
	uint16_t _unused;
};
typedef struct callback_unregister callback_unregister_t;
DEFINE_XEN_GUEST_HANDLE(callback_unregister_t);
#endif
