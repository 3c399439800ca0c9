/* SPDX-License-Identifier: GPL-2.0-only */
/* sources: common/sched/credit.c common/sched/credit_math.c */
/* The credit policy on one CPU: a small core drives it through simulated time. */
#include <xen/sched_if.h>
#include <public/sysctl.h>
#include "unit.h"

#define STEP	MICROSECS(100)

DEFINE_PER_CPU(struct sched_cpu, sched_cpu);
struct domain *idle_domain;
static struct vcpu idle = { .pause_flags = 0 };

spinlock_t *vcpu_sched_lock(struct vcpu *v, unsigned long *flags)
{
	spinlock_t *lock = &per_cpu(sched_cpu, 0).lock;

	spin_lock_irqsave(lock, *flags);
	return lock;
}

void vcpu_allowed_cpus(const struct vcpu *v, cpumask_t *out) { *out = cpu_online_map; }
void evtchn_move_pirqs(struct vcpu *v) {}

static void locked(void (*fn)(struct vcpu *), struct vcpu *v)
{
	struct sched_cpu *sc = &per_cpu(sched_cpu, 0);

	spin_lock(&sc->lock);
	fn(v);
	spin_unlock(&sc->lock);
}

void vcpu_set_stop_flag(struct vcpu *v, unsigned int flag)
{
	set_bit(flag, &v->pause_flags);
	locked(sched_credit.sleep, v);
}

void vcpu_clear_stop_flag(struct vcpu *v, unsigned int flag)
{
	clear_bit(flag, &v->pause_flags);
	if (vcpu_runnable(v))
		locked(sched_credit.wake, v);
}

/* -- the small core ------------------------------------------------------------------------------------------------------- */

#define MAX	4
static struct domain doms[MAX];
static struct vcpu vcpus[MAX];
static s64 ran[MAX], last_ran[MAX];
static struct timer slice;
static bool ready;

static void slice_ended(void *data)
{
	raise_softirq(SCHEDULE_SOFTIRQ);
}

static void setup(unsigned int n)
{
	struct sched_cpu *sc = &per_cpu(sched_cpu, 0);

	if (!ready) {
		idle_domain = xzalloc(struct domain);
		idle.domain = idle_domain;
		CHECK_EQ(sched_credit.init(), 0);
		CHECK_EQ(sched_credit.cpu_init(0), 0);
		sc->curr = sc->idle = &idle;
		init_timer(&slice, slice_ended, NULL, 0);
		ready = true;
	}
	set_current(&idle);
	for (unsigned int i = 0; i < n; i++) {
		memset(&doms[i], 0, sizeof(doms[i]));
		memset(&vcpus[i], 0, sizeof(vcpus[i]));
		doms[i].domain_id = i;
		doms[i].sched_priv = sched_credit.alloc_domain(&doms[i]);
		vcpus[i].domain = &doms[i];
		cpumask_setall(&vcpus[i].cpu_hard_affinity);
		vcpus[i].pause_flags = 1UL << VPF_blocked;
		vcpus[i].sched_priv = sched_credit.alloc_vcpu(&vcpus[i], doms[i].sched_priv);
		ran[i] = last_ran[i] = 0;
	}
}

static void schedule_now(void)
{
	struct sched_cpu *sc = &per_cpu(sched_cpu, 0);
	struct sched_choice c;

	spin_lock(&sc->lock);
	c = sched_credit.do_schedule(0, host_now);
	sc->curr = c.next;
	if (c.slice >= 0)
		set_timer(&slice, host_now + c.slice);
	else
		stop_timer(&slice);
	spin_unlock(&sc->lock);
	set_current(c.next);
}

static void run_for(s64 ns)
{
	for (s64 end = host_now + ns; host_now < end; ) {
		while (fake_softirqs) {
			fake_softirqs = 0;
			schedule_now();
		}
		CHECK(current == &idle || vcpu_runnable(current));
		if (current != &idle) {
			ran[current - vcpus] += STEP;
			last_ran[current - vcpus] = host_now;
		}
		host_now += STEP;
		fake_run_timers();
	}
}

static void block(struct vcpu *v) { vcpu_set_stop_flag(v, VPF_blocked); }
static void wake(struct vcpu *v) { vcpu_clear_stop_flag(v, VPF_blocked); }

static void teardown(unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		block(&vcpus[i]);
	run_for(MILLISECS(1));
	CHECK(current == &idle);
	for (unsigned int i = 0; i < n; i++) {
		sched_credit.remove(&vcpus[i]);
		sched_credit.free_vcpu(vcpus[i].sched_priv);
		sched_credit.free_domain(doms[i].sched_priv);
	}
	run_for(SECONDS(1));
}

static void put(unsigned int i, u16 weight, u16 cap)
{
	struct xen_domctl_scheduler_op op = { .cmd = XEN_DOMCTL_SCHEDOP_putinfo };

	op.u.credit.weight = weight;
	op.u.credit.cap = cap;
	CHECK_EQ(sched_credit.adjust(&doms[i], &op), 0);
}

UNIT(idle_when_nobody_wants)
{
	setup(1);
	raise_softirq(SCHEDULE_SOFTIRQ);
	run_for(MILLISECS(100));
	CHECK(current == &idle);
	wake(&vcpus[0]);
	run_for(MILLISECS(100));
	CHECK(current == &vcpus[0]);
	CHECK_EQ(ran[0], MILLISECS(100));
	CHECK(!timer_is_active(&slice));	/* alone: no slices */
	teardown(1);
}

UNIT(equals_share_equally)
{
	setup(3);
	for (int i = 0; i < 3; i++)
		wake(&vcpus[i]);
	run_for(SECONDS(9));
	for (int i = 0; i < 3; i++)
		CHECK(ran[i] > MILLISECS(2600) && ran[i] < MILLISECS(3400));
	teardown(3);
}

UNIT(weights)
{
	setup(2);
	put(0, 256, 0);
	put(1, 768, 0);
	wake(&vcpus[0]);
	wake(&vcpus[1]);
	run_for(SECONDS(12));
	CHECK(ran[1] > ran[0] * 2 && ran[1] < ran[0] * 4);
	teardown(2);
}

UNIT(cap_holds_on_an_idle_machine)
{
	setup(1);
	put(0, 256, 40);
	wake(&vcpus[0]);
	run_for(SECONDS(10));
	CHECK(ran[0] > MILLISECS(3200) && ran[0] < MILLISECS(4800));
	put(0, 0, 0);
	ran[0] = 0;
	run_for(SECONDS(3));
	CHECK(ran[0] > MILLISECS(2700));	/* let go again */
	teardown(1);
}

UNIT(the_sleeper_is_served_first)
{
	s64 worst = 0;

	setup(3);
	wake(&vcpus[0]);
	wake(&vcpus[1]);
	run_for(SECONDS(1));
	for (int i = 0; i < 200; i++) {
		s64 asked = host_now;

		wake(&vcpus[2]);
		while (current != &vcpus[2] && host_now - asked < SECONDS(1))
			run_for(STEP);
		worst = max(worst, host_now - asked);
		block(&vcpus[2]);
		run_for(MILLISECS(9));
	}
	CHECK(worst <= MILLISECS(2));
	teardown(3);
}

UNIT(yield_lets_the_other_run)
{
	setup(2);
	wake(&vcpus[0]);
	wake(&vcpus[1]);
	run_for(MILLISECS(5));
	for (int i = 0; i < 50; i++) {
		struct vcpu *v = current;

		locked(sched_credit.yield, v);
		raise_softirq(SCHEDULE_SOFTIRQ);
		run_for(STEP);
		CHECK(current != v);
	}
	teardown(2);
}

UNIT(random_sleep_and_wake)
{
	setup(4);
	for (int i = 0; i < 20000; i++) {
		struct vcpu *v = &vcpus[unit_random() % 4];

		if (test_bit(VPF_blocked, &v->pause_flags))
			wake(v);
		else
			block(v);
		if (unit_random() % 16 == 0)
			put(unit_random() % 4, 1 + unit_random() % 1000, unit_random() % 3 ? 0 : 20);
		run_for(STEP * (unit_random() % 20));
	}
	for (int i = 0; i < 4; i++)
		put(i, 256, 0);
	run_for(SECONDS(1));
	teardown(4);
}

UNIT(parameters_are_checked)
{
	struct xen_sysctl_scheduler_op op = { .cmd = XEN_SYSCTL_SCHEDOP_getinfo };

	CHECK_EQ(sched_credit.adjust_global(&op), 0);
	CHECK_EQ(op.u.sched_credit.tslice_ms, 30);
	op.cmd = XEN_SYSCTL_SCHEDOP_putinfo;
	op.u.sched_credit.tslice_ms = 0;
	CHECK_EQ(sched_credit.adjust_global(&op), -EINVAL);
	op.u.sched_credit.tslice_ms = 5;
	op.u.sched_credit.ratelimit_us = 6000;
	CHECK_EQ(sched_credit.adjust_global(&op), -EINVAL);
	op.u.sched_credit.ratelimit_us = 0;
	CHECK_EQ(sched_credit.adjust_global(&op), 0);
}

/* One that sleeps just before each tick does not get more than its share for it. */
UNIT(dodging_the_tick_does_not_pay)
{
	setup(2);
	wake(&vcpus[0]);
	run_for(MILLISECS(500));
	ran[0] = ran[1] = 0;
	for (int i = 0; i < 1000; i++) {
		wake(&vcpus[1]);
		for (int n = 0; n < 80; n++)
			run_for(STEP);
		block(&vcpus[1]);
		run_for(MILLISECS(2));
	}
	CHECK(ran[1] < ran[0] * 2);
	teardown(2);
}
