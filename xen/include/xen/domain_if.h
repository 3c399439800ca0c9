/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of common/domain, common/sched and common/hcall share among themselves. */
#ifndef XEN_DOMAIN_IF_H
#define XEN_DOMAIN_IF_H

#include <xen/types.h>

struct domain;
struct guest_area;
struct vcpu;
struct vcpu_info;

/* -- list.c */
int domlist_insert(struct domain *d);
void domlist_remove(struct domain *d);

/* -- create.c */
void domain_free(struct domain *d);			/* all that is left of a domain nobody refers to */

/* -- vcpu.c */
struct vcpu_info *vcpu_info_default(const struct vcpu *v);	/* its slot in shared_info or NULL */

/* -- areas.c: structures that the hypervisor keeps up to date inside guest memory */
/* Let the area be at guest virtual address va of current's space, 0: nowhere. -EFAULT: not writable memory of the domain. */
int guest_area_register(struct vcpu *v, struct guest_area *area, unsigned long va, size_t len);
void vcpu_areas_release(struct vcpu *v);		/* of a dying domain */
/* Write the runstate (the secondary time) where the guest registered it. IRQs in any state. */
void runstate_area_update(struct vcpu *v);
void time_area_update(struct vcpu *v);

/* -- timers.c */
void vcpu_timers_init(struct vcpu *v);
void vcpu_timers_kill(struct vcpu *v);
/* v is on its CPU again (left it): its periodic timer ticks only while it runs. */
void vcpu_periodic_start(struct vcpu *v);
void vcpu_periodic_stop(struct vcpu *v);
int vcpu_set_periodic(struct vcpu *v, u64 period_ns);
int vcpu_set_singleshot(struct vcpu *v, u64 timeout_abs, u32 flags);

/* -- watchdog.c */
void domain_watchdog_init(struct domain *d);
void domain_watchdog_kill(struct domain *d);
long domain_watchdog(struct domain *d, u32 id, u32 timeout_s);	/* id of the timer, or 0 / -EINVAL / -ENOSPC */

/* -- lifecycle.c */
int domain_pause_except_self(struct domain *d);
void domain_unpause_except_self(struct domain *d);

#endif
