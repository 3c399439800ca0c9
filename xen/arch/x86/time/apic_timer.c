/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The local APIC's timer as source of all timer interrupts: TSC deadline where the CPU has it, else one-shot counts.
 * The one-shot rate is found by letting known counts expire and looking at IRR: the current count itself is never read,
 * as some emulated x2APICs cannot give it.
 */
#include <xen/atomic.h>
#include <xen/irq.h>
#include <xen/lib.h>
#include <xen/percpu.h>
#include <xen/softirq.h>
#include <asm/apic.h>
#include <asm/irq.h>
#include <asm/processor.h>
#include <asm/time.h>

#define DIVIDE_BY_1		0xb
#define MEASURE_MIN_NS		200000
#define MEASURE_TRIES		3
#define SLACK_SHIFT		12	/* 1/4096 longer: an early interrupt comes in vain and costs a second one */
#define MAX_COUNT		0x7fffffffu

static bool use_deadline;
static u64 apic_hz;		/* counts per second; set by the boot CPU */

static DEFINE_PER_CPU(s_time_t, programmed);	/* what the hardware is set to; 0: nothing */

static void timer_interrupt(void)
{
	this_cpu(programmed) = 0;
	raise_softirq(TIMER_SOFTIRQ);
}

static void program_deadline(s_time_t expires)
{
	wrmsr(MSR_TSC_DEADLINE, stime_to_tsc(expires));
}

static void program_count(s_time_t ns)
{
	/* Rounded up; what is too far away is looked at again halfway. */
	u64 count = ns > SECONDS(1000) ? MAX_COUNT : muldiv64(ns, apic_hz, 1000000000) + 1;

	count += count >> SLACK_SHIFT;
	apic_write(APIC_TMICT, min_t(u64, count, MAX_COUNT));
}

bool reprogram_timer(s_time_t expires)
{
	s_time_t *set = &this_cpu(programmed), left;

	if (!expires) {
		if (*set)
			use_deadline ? wrmsr(MSR_TSC_DEADLINE, 0) : apic_write(APIC_TMICT, 0);
		*set = 0;
		return true;
	}
	left = expires - NOW();
	if (left <= 0)
		return false;
	*set = expires;
	if (use_deadline)
		program_deadline(expires);
	else
		program_count(left);
	return true;
}

/* -- measuring ----------------------------------------------------------------------------------------------------------- */

static bool timer_in_irr(void)
{
	return apic_read(APIC_IRR + LOCAL_TIMER_VECTOR / 32 * 16) & (1u << (LOCAL_TIMER_VECTOR % 32));
}

/* Let the interrupt that the measurement made be served, so that IRR is clear again. */
static void serve_pending(void)
{
	local_irq_enable();
	while (timer_in_irr())
		cpu_relax();
	local_irq_disable();
}

/* How long `count` takes, in ns; 0: it does not end within a second. */
static s_time_t time_count(u32 count)
{
	s_time_t start = NOW();

	apic_write(APIC_TMICT, count);
	while (!timer_in_irr()) {
		if (NOW() - start > SECONDS(1))
			return 0;
		cpu_relax();
	}
	return NOW() - start;
}

static s_time_t shortest(u32 count)
{
	s_time_t best = 0;

	for (unsigned int i = 0; i < MEASURE_TRIES; i++) {
		s_time_t t = time_count(count);

		serve_pending();
		if (!t)
			return 0;
		best = best ? min(best, t) : t;
	}
	return best;
}

/* Two counts, so that what setting up and noticing take falls out of the difference. */
static u64 measure_hz(void)
{
	s_time_t once, twice;
	u32 count = 1u << 14;
	u64 hz, mhz;

	do {
		count *= 2;
		once = time_count(count);
		serve_pending();
	} while (once && once < MEASURE_MIN_NS && count < MAX_COUNT / 4);
	once = shortest(count);
	twice = shortest(2 * count);
	if (!once || twice <= once)
		return once ? muldiv64(count, 1000000000, once) : 0;
	hz = muldiv64(count, 1000000000, twice - once);
	/* Clocks are made in whole megahertz; what is that close is meant to be one. */
	mhz = (hz + 500000) / 1000000 * 1000000;
	return (mhz > hz ? mhz - hz : hz - mhz) < hz / 2000 ? mhz : hz;
}

static void setup_timer(void)
{
	apic_write(APIC_TDCR, DIVIDE_BY_1);
	apic_write(APIC_LVT_TIMER, LOCAL_TIMER_VECTOR | (use_deadline ? APIC_TIMER_DEADLINE : 0));
	smp_mb();	/* the mode before the first deadline, also with memory-mapped registers */
}

void apic_timer_init_bsp(void)
{
	unsigned long flags;

	use_deadline = cpu_has(X86_FEATURE_TSC_DEADLINE);
	set_direct_vector(LOCAL_TIMER_VECTOR, timer_interrupt);
	setup_timer();
	if (use_deadline)
		return;
	local_irq_save(flags);
	apic_hz = measure_hz();
	local_irq_restore(flags);
	if (!apic_hz)
		panic("the local APIC's timer does not run");
	printk(XENLOG_INFO "APIC timer: %lu.%03lu MHz\n", apic_hz / 1000000, apic_hz / 1000 % 1000);
}

void apic_timer_init_cpu(void)
{
	setup_timer();
}
