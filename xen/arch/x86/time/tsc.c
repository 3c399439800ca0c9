/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System time from the TSC. Each CPU has { TSC, system time, scale }; when the TSCs of all CPUs agree
 * (tsc_sync.c) these are all the same and never change after boot, which makes updates of the guests'
 * time areas rare.
 *
 * The first measurement is short, to have a clock early. time_init() measures again over the time that
 * boot took since and goes on from the present moment with the better rate.
 */
#include <xen/lib.h>
#include <xen/percpu.h>
#include <xen/smp.h>
#include <xen/time.h>
#include <asm/processor.h>
#include <asm/smp.h>
#include <asm/time.h>

#define FIRST_MEASURE_US	5000
#define READ_TRIES		8

unsigned long cpu_khz;
bool tsc_is_stable;

static DEFINE_PER_CPU(struct cpu_time, cpu_time);

/* A reading of both clocks at (nearly) one moment. */
struct clock_pair {
	u64 tsc, counter;
};
static struct clock_pair first_pair;

/* -- scaling ----------------------------------------------------------------------------------- */

u64 scale_delta(u64 delta, const struct time_scale *scale)
{
	u64 lo, hi;

	if (scale->shift < 0)
		delta >>= -scale->shift;
	else
		delta <<= scale->shift;
	__asm__("mulq %3" : "=a"(lo), "=d"(hi) : "a"(delta), "rm"((u64)scale->mul_frac) : "cc");
	return hi << 32 | lo >> 32;
}

void set_time_scale(struct time_scale *ts, u64 ticks_per_sec)
{
	u64 tps = ticks_per_sec;
	int shift = 0;

	/* mul_frac = 2^32 * 10^9 / tps has to be in [2^31, 2^32). */
	while (tps > 2000000000ULL) {
		tps >>= 1;
		shift--;
	}
	while (tps <= 1000000000ULL) {
		tps <<= 1;
		shift++;
	}
	/* From the unshifted number, so that its low bits count. */
	if (shift < 0)
		ts->mul_frac = muldiv64(1000000000ULL << -shift, 1ULL << 32, ticks_per_sec);
	else
		ts->mul_frac = muldiv64(1000000000ULL, 1ULL << 32, ticks_per_sec << shift);
	ts->shift = shift;
}

static s_time_t stime_at(const struct cpu_time *t, u64 tsc)
{
	s64 delta = tsc - t->tsc;

	if (unlikely(delta < 0))
		return t->stime - (s_time_t)scale_delta(-delta, &t->scale);
	return t->stime + (s_time_t)scale_delta(delta, &t->scale);
}

s_time_t get_s_time(void)
{
	return stime_at(&this_cpu(cpu_time), rdtsc_ordered());
}

u64 tsc_to_ns(u64 tsc)
{
	return scale_delta(tsc, &this_cpu(cpu_time).scale);
}

const struct cpu_time *this_cpu_time(void)
{
	return &this_cpu(cpu_time);
}

u64 stime_to_tsc(s_time_t stime)
{
	u64 tsc = rdtsc_ordered();
	s64 left = stime - stime_at(&this_cpu(cpu_time), tsc);

	if (left <= 0)
		return tsc;
	/* From now, not from the distant origin: cpu_khz is rounded. One tick more: never early. */
	return tsc + muldiv64(min_t(u64, left, SECONDS(100000)), cpu_khz, 1000000) + cpu_khz / 1000000 + 1;
}

void udelay(unsigned int us)
{
	u64 end = rdtsc() + (u64)us * cpu_khz / 1000;

	while ((s64)(end - rdtsc()) > 0)
		cpu_relax();
}

/* -- measuring --------------------------------------------------------------------------------- */

/* Of some readings the one that took the least time: that was not interrupted. */
static struct clock_pair read_clocks(struct platform_timer *pt)
{
	struct clock_pair best = {};
	u64 best_width = ~0ULL;

	for (unsigned int i = 0; i < READ_TRIES; i++) {
		u64 t0 = rdtsc_ordered();
		u64 counter = pt->read();
		u64 t1 = rdtsc_ordered();

		if (t1 - t0 < best_width) {
			best_width = t1 - t0;
			best = (struct clock_pair){ t0 + (t1 - t0) / 2, counter };
		}
	}
	return best;
}

static u64 counter_delta(const struct platform_timer *pt, const struct clock_pair *a,
			 const struct clock_pair *b)
{
	return (b->counter - a->counter) & ((1ULL << pt->bits) - 1);
}

static u64 measured_hz(const struct platform_timer *pt, const struct clock_pair *a,
		       const struct clock_pair *b)
{
	return muldiv64(b->tsc - a->tsc, pt->frequency, counter_delta(pt, a, b));
}

void time_early_init(void)
{
	struct platform_timer *pt = platform_timer_find();
	u64 want = pt->frequency * FIRST_MEASURE_US / 1000000, hz;
	struct cpu_time *t = &this_cpu(cpu_time);
	struct clock_pair now;

	first_pair = read_clocks(pt);
	do {
		cpu_relax();
		now.counter = pt->read();
	} while (counter_delta(pt, &first_pair, &now) < want);
	now = read_clocks(pt);
	hz = measured_hz(pt, &first_pair, &now);
	if (hz < 1000000)
		panic("the TSC does not count");
	cpu_khz = hz / 1000;
	set_time_scale(&t->scale, hz);
	t->tsc = now.tsc;
	t->stime = 0;
	printk(XENLOG_INFO "TSC: %lu.%03lu MHz, measured with %s\n", cpu_khz / 1000, cpu_khz % 1000,
	       pt->name);
	wallclock_init();
	apic_timer_init_bsp();
}

static void set_cpu_time(void *better)
{
	this_cpu(cpu_time) = *(const struct cpu_time *)better;
}

/*
 * Goes on from now with the rate of the longest span known; every CPU alike, none of which has run a
 * guest.
 */
static void refine(void)
{
	struct platform_timer *pt = platform_timer_find();
	u64 wrap_ns = muldiv64(1ULL << pt->bits, 1000000000, pt->frequency);
	struct cpu_time *t = &this_cpu(cpu_time), better;
	struct clock_pair now = read_clocks(pt);
	u64 hz;

	if (NOW() < MILLISECS(2 * FIRST_MEASURE_US / 1000) || NOW() > wrap_ns / 2)
		return;
	hz = measured_hz(pt, &first_pair, &now);
	if (hz / 1000 > cpu_khz + cpu_khz / 100 || hz / 1000 < cpu_khz - cpu_khz / 100)
		return;		/* the counter wrapped or stood still: keep what we have */
	better.tsc = now.tsc;
	better.stime = stime_at(t, now.tsc);
	set_time_scale(&better.scale, hz);
	cpu_khz = hz / 1000;
	on_selected_cpus(&cpu_online_map, set_cpu_time, &better, true);
}

void time_init(void)
{
	if (tsc_synchronised)
		refine();
	tsc_is_stable = tsc_synchronised && cpu_has(X86_FEATURE_ITSC);
	printk(XENLOG_INFO "TSC: %lu.%03lu MHz, %s\n", cpu_khz / 1000, cpu_khz % 1000,
	       tsc_is_stable ? "invariant and the same on all CPUs" :
	       tsc_synchronised ? "the same on all CPUs" : "different from CPU to CPU");
}

void time_init_cpu(void)
{
	s64 ahead;

	this_cpu(cpu_time) = per_cpu(cpu_time, 0);
	smp_ap_arrived();
	ahead = tsc_sync_target();
	if (ahead)
		this_cpu(cpu_time).tsc += ahead;
	apic_timer_init_cpu();
}
