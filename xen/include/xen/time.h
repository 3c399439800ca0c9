/* SPDX-License-Identifier: GPL-2.0-only */
/* System time (monotonic, ns since boot), wall clock, and what guests see of both. */
#ifndef XEN_TIME_H
#define XEN_TIME_H

#include <xen/types.h>

struct vcpu;
struct domain;

#define NOW()		get_s_time()
#define SECONDS(n)	((s_time_t)(n) * 1000000000LL)
#define MILLISECS(n)	((s_time_t)(n) * 1000000LL)
#define MICROSECS(n)	((s_time_t)(n) * 1000LL)
#define STIME_MAX	((s_time_t)0x7fffffffffffffffLL)

void time_early_init(void);		/* TSC calibrated against HPET, PM timer or PIT; then NOW() works */
void time_init(void);			/* after SMP: TSC of the CPUs compared, platform timer watch */
void time_init_cpu(void);		/* on each AP */
s_time_t get_s_time(void);		/* any context */
extern unsigned long cpu_khz;

u64 tsc_to_ns(u64 tsc);
/* Bring v's vcpu_time_info up to date (version protocol of the ABI). Called when v is switched in and when its info page moves. */
void update_vcpu_system_time(struct vcpu *v);
void force_update_vcpu_system_time(struct vcpu *v);
/* Wall clock: nanoseconds since 1970 at system time 0. do_settime is XENPF_settime. */
void do_settime(u64 secs, u32 nsecs, u64 system_time_base);
void update_domain_wallclock_time(struct domain *d);
u64 get_wallclock_ns(void);

#endif
