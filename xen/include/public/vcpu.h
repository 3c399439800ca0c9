/* SPDX-License-Identifier: MIT */
/* vcpu_op(cmd, vcpu, arg): a guest starts, stops and watches its own vcpus, and sets their timers. */
#ifndef XEN_PUBLIC_VCPU_H
#define XEN_PUBLIC_VCPU_H

#include "xen.h"

#define VCPUOP_initialise			0	/* vcpu_guest_context; -EEXIST if done already */
#define VCPUOP_up				1
#define VCPUOP_down				2	/* takes effect at once */
#define VCPUOP_is_up				3	/* 1, 0, or -ENOENT where there is no such vcpu */
#define VCPUOP_get_runstate_info		4	/* vcpu_runstate_info */
#define VCPUOP_register_runstate_memory_area	5
#define VCPUOP_set_periodic_timer		6	/* -EINVAL below 1 ms */
#define VCPUOP_stop_periodic_timer		7
#define VCPUOP_set_singleshot_timer		8
#define VCPUOP_stop_singleshot_timer		9
#define VCPUOP_register_vcpu_info		10	/* once in the vcpu's life */
#define VCPUOP_send_nmi				11
#define VCPUOP_get_physid			12	/* for a domain whose vcpus are pinned */
#define VCPUOP_register_vcpu_time_memory_area	13

/* vcpu_runstate_info.state */
#define RUNSTATE_running	0
#define RUNSTATE_runnable	1	/* waits for a CPU */
#define RUNSTATE_blocked	2
#define RUNSTATE_offline	3	/* down, or paused */

/* In state_entry_time while the area changes, if the guest asked for it by vm_assist. */
#define XEN_RUNSTATE_UPDATE	(xen_mk_ullong(1) << 63)

/* vcpu_set_singleshot_timer.flags: -ETIME instead of a timer that fires at once */
#define _VCPU_SSHOTTMR_future	0
#define VCPU_SSHOTTMR_future	(1U << _VCPU_SSHOTTMR_future)

#define xen_vcpu_physid_to_x86_apicid(physid)	((uint32_t)(physid))
#define xen_vcpu_physid_to_x86_acpiid(physid)	((uint32_t)((physid) >> 32))

struct vcpu_runstate_info {
	int32_t state;
	uint64_t state_entry_time;	/* system time in ns */
	uint64_t time[4];		/* ns spent in each state, up to that time */
};
typedef struct vcpu_runstate_info vcpu_runstate_info_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_runstate_info_t);

/* An area of the guest that is updated at each context switch of the vcpu. */
struct vcpu_register_runstate_memory_area {
	union {
		XEN_GUEST_HANDLE(vcpu_runstate_info_t) h;
		struct vcpu_runstate_info *v;
		uint64_t p;
	} addr;
};
typedef struct vcpu_register_runstate_memory_area vcpu_register_runstate_memory_area_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_register_runstate_memory_area_t);

struct vcpu_set_periodic_timer {
	uint64_t period_ns;
};
typedef struct vcpu_set_periodic_timer vcpu_set_periodic_timer_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_set_periodic_timer_t);

struct vcpu_set_singleshot_timer {
	uint64_t timeout_abs_ns;
	uint32_t flags;
};
typedef struct vcpu_set_singleshot_timer vcpu_set_singleshot_timer_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_set_singleshot_timer_t);

struct vcpu_register_vcpu_info {
	uint64_t mfn;
	uint32_t offset;		/* the area may not cross a page */
	uint32_t rsvd;
};
typedef struct vcpu_register_vcpu_info vcpu_register_vcpu_info_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_register_vcpu_info_t);

struct vcpu_get_physid {
	uint64_t phys_id;		/* APIC id, and ACPI id in the upper half */
};
typedef struct vcpu_get_physid vcpu_get_physid_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_get_physid_t);

DEFINE_XEN_GUEST_HANDLE(vcpu_time_info_t);
/* A second copy of vcpu_time_info, which may be mapped for user mode. */
struct vcpu_register_time_memory_area {
	union {
		XEN_GUEST_HANDLE(vcpu_time_info_t) h;
		struct vcpu_time_info *v;
		uint64_t p;
	} addr;
};
typedef struct vcpu_register_time_memory_area vcpu_register_time_memory_area_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_register_time_memory_area_t);
#endif
