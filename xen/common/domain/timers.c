/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A vcpu's timers: the single-shot and the periodic one, both heard as VIRQ_TIMER, and the timeout of SCHEDOP_poll.
 * The periodic timer ticks only while its vcpu runs; what was missed is made up by one tick when it is switched in.
 */
#include <xen/domain_if.h>
#include <xen/hypercall.h>
#include <xen/sched.h>

#define MIN_PERIOD	MILLISECS(1)
#define MAX_PERIOD	((u64)SECONDS(3600))
#define DEFAULT_PERIOD	MILLISECS(10)	/* the ABI's: ticks until the guest says otherwise */

static void periodic_work(struct vcpu *v)
{
	s_time_t period = READ_ONCE(v->periodic_period), now, next;

	if (!period)
		return;
	now = NOW();
	next = v->periodic_last_event + period;
	if (now >= next) {
		v->periodic_last_event = now;
		send_guest_vcpu_virq(v, VIRQ_TIMER);
		next = now + period;
	}
	migrate_timer(&v->periodic_timer, smp_processor_id());
	set_timer(&v->periodic_timer, next);
}

static void periodic_expired(void *data)
{
	periodic_work(data);
}

static void singleshot_expired(void *data)
{
	send_guest_vcpu_virq(data, VIRQ_TIMER);
}

static void poll_expired(void *data)
{
	struct vcpu *v = data;

	if (READ_ONCE(v->poll_evtchn))
		vcpu_unblock(v);
}

void vcpu_timers_init(struct vcpu *v)
{
	unsigned int cpu = smp_processor_id();

	v->periodic_period = is_idle_vcpu(v) ? 0 : DEFAULT_PERIOD;
	init_timer(&v->periodic_timer, periodic_expired, v, cpu);
	init_timer(&v->singleshot_timer, singleshot_expired, v, cpu);
	init_timer(&v->poll_timer, poll_expired, v, cpu);
}

void vcpu_timers_kill(struct vcpu *v)
{
	kill_timer(&v->periodic_timer);
	kill_timer(&v->singleshot_timer);
	kill_timer(&v->poll_timer);
}

void vcpu_periodic_start(struct vcpu *v)
{
	if (unlikely(v->periodic_period))
		periodic_work(v);
}

void vcpu_periodic_stop(struct vcpu *v)
{
	if (unlikely(timer_is_active(&v->periodic_timer)))
		stop_timer(&v->periodic_timer);
}

/* period 0: stop. -EINVAL: too short or too long. */
int vcpu_set_periodic(struct vcpu *v, u64 period_ns)
{
	if (period_ns && (period_ns < MIN_PERIOD || period_ns > MAX_PERIOD))
		return -EINVAL;
	WRITE_ONCE(v->periodic_period, (s_time_t)period_ns);
	vcpu_periodic_stop(v);
	if (!period_ns)
		return 0;
	if (v == current)
		periodic_work(v);
	else
		cpu_raise_softirq(READ_ONCE(v->processor), SCHEDULE_SOFTIRQ);
	return 0;
}

/* timeout_abs: system time. -ETIME: it has passed and the caller wants to know; -EINVAL: no such time. */
int vcpu_set_singleshot(struct vcpu *v, u64 timeout_abs, u32 flags)
{
	if ((s_time_t)timeout_abs < 0)
		return -EINVAL;
	if ((flags & VCPU_SSHOTTMR_future) && (s_time_t)timeout_abs < NOW())
		return -ETIME;
	migrate_timer(&v->singleshot_timer, smp_processor_id());
	set_timer(&v->singleshot_timer, timeout_abs);
	return 0;
}

long do_set_timer_op(unsigned long timeout)
{
	struct vcpu *v = current;

	if (!timeout) {
		stop_timer(&v->singleshot_timer);
		return 0;
	}
	/* Ancient kernels pass differences gone wrong as huge values: they mean "soon", not "never". */
	return vcpu_set_singleshot(v, (s_time_t)timeout < 0 ? (u64)NOW() + MILLISECS(100) : timeout, 0);
}
