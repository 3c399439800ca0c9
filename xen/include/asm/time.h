/* SPDX-License-Identifier: GPL-2.0-only */
/* The x86 side of time: the per-CPU event timer, the TSC scale, the platform's slow clocks. */
#ifndef ASM_TIME_H
#define ASM_TIME_H

#include <xen/time.h>

/*
 * Make this CPU's timer interrupt at `expires` (system time), not before; 0: at no time. False when that
 * moment has passed already. Interrupts off.
 */
bool reprogram_timer(s_time_t expires);

/* TSC -> ns: shift left by `shift` (right if negative), times mul_frac, divided by 2^32. The ABI's form. */
struct time_scale {
	u32 mul_frac;
	s8 shift;
};

/* What a CPU's system time is computed from. Written by its own CPU, or before it is online. */
struct cpu_time {
	u64 tsc;		/* at this TSC value ... */
	s_time_t stime;		/* ... it was this system time */
	struct time_scale scale;
};

u64 scale_delta(u64 delta, const struct time_scale *scale);
void set_time_scale(struct time_scale *ts, u64 ticks_per_sec);
u64 stime_to_tsc(s_time_t stime);		/* rounded up; this CPU */
const struct cpu_time *this_cpu_time(void);
extern bool tsc_synchronised;			/* the same value on all CPUs at any time */
extern bool tsc_is_stable;			/* and it never changes its rate */

/* Clocks of known rate (platform_timer.c). */
struct platform_timer {
	const char *name;
	u64 frequency;
	unsigned int bits;
	bool (*init)(struct platform_timer *pt);
	u64 (*read)(void);
};
struct platform_timer *platform_timer_find(void);	/* the best there is; never NULL */

void wallclock_init(void);
void udelay(unsigned int us);

/* RTC (rtc.c). */
u64 rtc_read_seconds(void);			/* since 1970 */

/* The two ends of the comparison of an AP's TSC with the boot CPU's, while it comes up (tsc_sync.c). */
void tsc_sync_source(void);
s64 tsc_sync_target(void);			/* how far this CPU's TSC is ahead of the boot CPU's */

/* APIC timer (apic_timer.c). */
void apic_timer_init_bsp(void);
void apic_timer_init_cpu(void);

#endif
