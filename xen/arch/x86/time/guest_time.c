/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What guests see of time: vcpu_time_info (TSC, system time, scale) and the wall clock in shared_info.
 * Guests read the TSC natively. A reader takes a copy between two equal even versions; the writer makes
 * it odd first.
 */
#include <xen/atomic.h>
#include <xen/domain_if.h>
#include <xen/percpu.h>
#include <xen/sched.h>
#include <xen/time.h>
#include <asm/time.h>

#define TIME_FLAG_TSC_STABLE	(1u << 0)

/* Wall clock at system time 0, in ns since 1970. */
static u64 wallclock_base;
static DEFINE_SPINLOCK(wallclock_lock);

static bool time_is_current(const struct vcpu_time_info *u, const struct cpu_time *t)
{
	return u->tsc_timestamp == t->tsc && u->system_time == (u64)t->stime &&
	       u->tsc_to_system_mul == t->scale.mul_frac && u->tsc_shift == t->scale.shift &&
	       !(u->version & 1);
}

static void write_time(struct vcpu_time_info *u, const struct cpu_time *t)
{
	u32 version = u->version | 1;

	WRITE_ONCE(u->version, version);
	smp_wmb();
	u->tsc_timestamp = t->tsc;
	u->system_time = t->stime;
	u->tsc_to_system_mul = t->scale.mul_frac;
	u->tsc_shift = t->scale.shift;
	u->flags = tsc_is_stable ? TIME_FLAG_TSC_STABLE : 0;
	smp_wmb();
	WRITE_ONCE(u->version, version + 1);
}

void force_update_vcpu_system_time(struct vcpu *v)
{
	if (!v->vcpu_info)
		return;
	write_time(&v->vcpu_info->time, this_cpu_time());
	if (v->time_info_guest)
		time_area_update(v);
}

void update_vcpu_system_time(struct vcpu *v)
{
	if (v->vcpu_info && !time_is_current(&v->vcpu_info->time, this_cpu_time()))
		force_update_vcpu_system_time(v);
}

/* -- wall clock -------------------------------------------------------------------------------- */

u64 get_wallclock_ns(void)
{
	return READ_ONCE(wallclock_base) + NOW();
}

void update_domain_wallclock_time(struct domain *d)
{
	struct shared_info *s = d->shared_info;
	u64 base, secs;
	u32 version;

	if (!s)
		return;
	spin_lock(&wallclock_lock);
	base = READ_ONCE(wallclock_base);
	secs = base / 1000000000 + d->time_offset_seconds;
	version = s->wc_version | 1;
	WRITE_ONCE(s->wc_version, version);
	smp_wmb();
	s->wc_sec = secs;
	s->wc_sec_hi = secs >> 32;
	s->wc_nsec = base % 1000000000;
	smp_wmb();
	WRITE_ONCE(s->wc_version, version + 1);
	spin_unlock(&wallclock_lock);
}

void do_settime(u64 secs, u32 nsecs, u64 system_time_base)
{
	u64 base = secs * 1000000000ULL + nsecs - system_time_base;
	struct domain *d;

	spin_lock(&wallclock_lock);
	WRITE_ONCE(wallclock_base, base);
	spin_unlock(&wallclock_lock);
	for_each_domain(d)
		update_domain_wallclock_time(d);
}

void wallclock_init(void)
{
	WRITE_ONCE(wallclock_base, rtc_read_seconds() * 1000000000ULL - NOW());
}
