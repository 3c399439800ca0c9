/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The local APIC's timer as source of all timer interrupts: TSC deadline where the CPU has it, else
 * one-shot counts.
 *
 * The one-shot rate is measured by letting known counts expire and looking at IRR: the current count
 * itself is never read, as some emulated x2APICs cannot give it. Noticing the end takes a while, so that
 * a measurement can only be too low, which makes interrupts early but never late. Each early interrupt
 * is itself a better measurement.
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
#define MEASURE_MIN_NS		500000
#define MEASURE_TRIES		2
#define LEARN_MIN_NS		200000
#define SLACK_SHIFT		12	/* 1/4096 longer: an early interrupt would cost a second one */
#define MAX_COUNT		0x7fffffffu

static bool use_deadline;
static u64 apic_hz;		/* counts per second: the best lower bound; any CPU may raise it */

/* What the hardware is set to. */
struct programmed {
	s_time_t expires;	/* 0: nothing */
	s_time_t start;
	u32 count;
};
static DEFINE_PER_CPU(struct programmed, programmed);

static void learn_rate(const struct programmed *p)
{
	s_time_t elapsed = NOW() - p->start;
	u64 hz;

	/* An interrupt that was pending when the timer was set anew comes at once: it says nothing. */
	if (elapsed < LEARN_MIN_NS || p->start + elapsed >= p->expires)
		return;
	hz = muldiv64(p->count, 1000000000, elapsed);
	if (hz > READ_ONCE(apic_hz) && hz < apic_hz + apic_hz / 4)
		WRITE_ONCE(apic_hz, hz);
}

static void timer_interrupt(void)
{
	struct programmed *p = &this_cpu(programmed);

	if (p->expires && !use_deadline)
		learn_rate(p);
	p->expires = 0;
	raise_softirq(TIMER_SOFTIRQ);
}

static void program_deadline(s_time_t expires)
{
	wrmsr(MSR_TSC_DEADLINE, stime_to_tsc(expires));
}

static void program_count(struct programmed *p, s_time_t now, s_time_t ns)
{
	/* What is too far away is looked at again halfway. */
	u64 count = ns > SECONDS(1) ? apic_hz : muldiv64(ns, apic_hz, 1000000000) + 1;

	count += count >> SLACK_SHIFT;
	p->start = now;
	p->count = min_t(u64, count, MAX_COUNT);
	apic_write(APIC_TMICT, p->count);
}

bool reprogram_timer(s_time_t expires)
{
	struct programmed *p = &this_cpu(programmed);
	s_time_t now;

	if (!expires) {
		if (p->expires)
			use_deadline ? wrmsr(MSR_TSC_DEADLINE, 0) : apic_write(APIC_TMICT, 0);
		p->expires = 0;
		return true;
	}
	now = NOW();
	if (expires <= now)
		return false;
	p->expires = expires;
	if (use_deadline)
		program_deadline(expires);
	else
		program_count(p, now, expires - now);
	return true;
}

/* -- measuring --------------------------------------------------------------------------------- */

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

/* The time of `count` once more; keeps the shortest, which noticed the end earliest. */
static void time_again(u32 count, s_time_t *best)
{
	s_time_t t = time_count(count);

	serve_pending();
	if (t && (!*best || t < *best))
		*best = t;
}

static u64 measure_hz(void)
{
	s_time_t best;
	u32 count = 1u << 14;

	do {
		count *= 2;
		best = 0;
		time_again(count, &best);
	} while (best && best < MEASURE_MIN_NS && count < MAX_COUNT / 2);
	for (unsigned int i = 0; i < MEASURE_TRIES && best; i++)
		time_again(count, &best);
	return best ? muldiv64(count, 1000000000, best) : 0;
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
