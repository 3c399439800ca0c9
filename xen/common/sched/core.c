/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The scheduler's core: who runs is changed in schedule() only, on the way out to a guest or from the idle loop.
 *
 * 1. A vcpu is runnable when none of its pause flags and counts is set. Whoever sets one calls vcpu_sleep_*(), whoever clears
 *    the last one calls vcpu_wake(); both look again under the run queue's lock, so their order does not matter.
 * 2. is_running goes up under the lock when a vcpu is chosen, and down in context_saved() when its state is in memory:
 *    only then may another CPU take it, or somebody read its registers.
 * 3. The time in the four runstates adds up to the time since creation.
 */
#include <xen/console.h>
#include <xen/domain_if.h>
#include <xen/sched_if.h>
#include <xen/time.h>
#include <asm/processor.h>
#include <public/sysctl.h>

DEFINE_PER_CPU(struct sched_cpu, sched_cpu);
static const struct sched_policy *policy = &sched_credit;

spinlock_t *vcpu_sched_lock(struct vcpu *v, unsigned long *flags)
{
	for (;;) {
		unsigned int cpu = READ_ONCE(v->processor);
		spinlock_t *lock = &per_cpu(sched_cpu, cpu).lock;

		spin_lock_irqsave(lock, *flags);
		if (likely(v->processor == cpu))
			return lock;
		spin_unlock_irqrestore(lock, *flags);
	}
}

/* -- runstates ------------------------------------------------------------------------------------------------------ */

/* Under the run queue's lock. */
static void runstate_change(struct vcpu *v, int state, s_time_t now)
{
	s_time_t spent = now - (s_time_t)v->runstate.state_entry_time;

	if (spent > 0) {
		v->runstate.time[v->runstate.state] += spent;
		v->runstate.state_entry_time = now;
	}
	v->runstate.state = state;
}

void vcpu_runstate_get(struct vcpu *v, struct vcpu_runstate_info *out)
{
	unsigned long flags;
	spinlock_t *lock = vcpu_sched_lock(v, &flags);
	s_time_t spent = NOW() - (s_time_t)v->runstate.state_entry_time;

	*out = v->runstate;
	if (spent > 0) {
		out->time[out->state] += spent;
		out->state_entry_time += spent;
	}
	spin_unlock_irqrestore(lock, flags);
}

s_time_t sched_cpu_idle_time(unsigned int cpu)
{
	struct vcpu_runstate_info rs = {};

	if (idle_vcpu[cpu])
		vcpu_runstate_get(idle_vcpu[cpu], &rs);
	return rs.time[RUNSTATE_running];
}

/* -- sleep and wake ------------------------------------------------------------------------------------------------- */

void vcpu_sleep_nosync(struct vcpu *v)
{
	unsigned long flags;
	spinlock_t *lock = vcpu_sched_lock(v, &flags);

	if (likely(!vcpu_runnable(v))) {
		if (v->runstate.state == RUNSTATE_runnable)
			runstate_change(v, RUNSTATE_offline, NOW());
		policy->sleep(v);
	}
	spin_unlock_irqrestore(lock, flags);
}

void vcpu_sleep_sync(struct vcpu *v)
{
	vcpu_sleep_nosync(v);
	while (!vcpu_runnable(v) && READ_ONCE(v->is_running))
		cpu_relax();
	sync_vcpu_execstate(v);
}

void vcpu_wake(struct vcpu *v)
{
	unsigned long flags;
	spinlock_t *lock = vcpu_sched_lock(v, &flags);

	if (likely(vcpu_runnable(v))) {
		if (v->runstate.state >= RUNSTATE_blocked)
			runstate_change(v, RUNSTATE_runnable, NOW());
		policy->wake(v);
	} else if (!test_bit(VPF_blocked, &v->pause_flags) && v->runstate.state == RUNSTATE_blocked) {
		runstate_change(v, RUNSTATE_offline, NOW());
	}
	spin_unlock_irqrestore(lock, flags);
}

void vcpu_set_stop_flag(struct vcpu *v, unsigned int flag)
{
	set_bit(flag, &v->pause_flags);
	vcpu_sleep_nosync(v);
}

void vcpu_clear_stop_flag(struct vcpu *v, unsigned int flag)
{
	clear_bit(flag, &v->pause_flags);
	vcpu_wake(v);
}

/* End v's wait for an event, whether it blocks or polls. Any context. */
void vcpu_unblock(struct vcpu *v)
{
	struct domain *d = v->domain;

	if (!test_and_clear_bit(VPF_blocked, &v->pause_flags))
		return;
	if (v->poll_evtchn) {
		v->poll_evtchn = 0;
		/* With more vcpus than bits a bit may be another's too: it stays, and costs a look. */
		if (d->max_vcpus <= sizeof(d->poll_mask) * 8)
			clear_bit(v->vcpu_id, d->poll_mask);
	}
	vcpu_wake(v);
}

/* current waits, unless an event is there already. */
void vcpu_block(void)
{
	struct vcpu *v = current;

	set_bit(VPF_blocked, &v->pause_flags);
	smp_mb();	/* the sender sets the event, then looks at the flag */
	if (vcpu_event_pending(v) || READ_ONCE(v->nmi_pending))
		clear_bit(VPF_blocked, &v->pause_flags);
	else
		raise_softirq(SCHEDULE_SOFTIRQ);
}

long vcpu_yield(void)
{
	struct vcpu *v = current;
	unsigned long flags;
	spinlock_t *lock = vcpu_sched_lock(v, &flags);

	policy->yield(v);
	spin_unlock_irqrestore(lock, flags);
	raise_softirq(SCHEDULE_SOFTIRQ);
	return 0;
}

/* An event is pending for v: wake it, or make its CPU look. */
void vcpu_kick(struct vcpu *v)
{
	/* Read before it is unblocked: if it starts to run after this, it looks by itself. */
	bool running = READ_ONCE(v->is_running);

	vcpu_unblock(v);
	if (running && v != current)
		smp_send_event_check_cpu(READ_ONCE(v->processor));
}

/* -- from one CPU to another -------------------------------------------------------------------------------------- */

void vcpu_allowed_cpus(const struct vcpu *v, cpumask_t *out)
{
	cpumask_and(out, &v->cpu_hard_affinity, &cpu_online_map);
	if (cpumask_empty(out))
		*out = cpu_online_map;
}

static void lock_two(unsigned int a, unsigned int b, unsigned long *flags)
{
	spin_lock_irqsave(&per_cpu(sched_cpu, min(a, b)).lock, *flags);
	if (a != b)
		spin_lock(&per_cpu(sched_cpu, max(a, b)).lock);
}

static void unlock_two(unsigned int a, unsigned int b, unsigned long flags)
{
	if (a != b)
		spin_unlock(&per_cpu(sched_cpu, max(a, b)).lock);
	spin_unlock_irqrestore(&per_cpu(sched_cpu, min(a, b)).lock, flags);
}

/* v stopped for VPF_migrating: once its state is saved, give it another CPU and let it go on. */
static void vcpu_migrate(struct vcpu *v)
{
	for (;;) {
		unsigned int from = READ_ONCE(v->processor), to = policy->pick_cpu(v);
		unsigned long flags;
		bool mine, same;

		lock_two(from, to, &flags);
		same = v->processor == from;
		/* While it runs, context_saved() will do this. */
		mine = same && !v->is_running && test_and_clear_bit(VPF_migrating, &v->pause_flags);
		if (mine) {
			v->pirqs_to_move |= from != to;
			WRITE_ONCE(v->processor, to);
		}
		unlock_two(from, to, flags);
		if (mine)
			vcpu_wake(v);
		if (same)
			return;
	}
}

static int affinity_check(const cpumask_t *mask)
{
	return cpumask_intersects(mask, &cpu_online_map) ? 0 : -EINVAL;
}

static void leave_wrong_cpu(struct vcpu *v)
{
	cpumask_t allowed;

	vcpu_allowed_cpus(v, &allowed);
	if (cpumask_test_cpu(READ_ONCE(v->processor), &allowed))
		return;
	vcpu_set_stop_flag(v, VPF_migrating);
	vcpu_migrate(v);
}

int vcpu_set_hard_affinity(struct vcpu *v, const cpumask_t *mask)
{
	unsigned long flags;
	spinlock_t *lock;
	int rc = affinity_check(mask);

	if (rc)
		return rc;
	lock = vcpu_sched_lock(v, &flags);
	if (v->affinity_overridden)
		rc = -EBUSY;
	else
		v->cpu_hard_affinity = *mask;
	spin_unlock_irqrestore(lock, flags);
	if (!rc)
		leave_wrong_cpu(v);
	return rc;
}

int vcpu_set_soft_affinity(struct vcpu *v, const cpumask_t *mask)
{
	unsigned long flags;
	spinlock_t *lock = vcpu_sched_lock(v, &flags);

	v->cpu_soft_affinity = *mask;
	spin_unlock_irqrestore(lock, flags);
	return 0;
}

int vcpu_pin_override(struct vcpu *v, int cpu)
{
	unsigned long flags;
	spinlock_t *lock;
	int rc = 0;

	if (cpu >= NR_CPUS || (cpu >= 0 && !cpu_online(cpu)))
		return -EINVAL;
	lock = vcpu_sched_lock(v, &flags);
	if (cpu < 0) {
		if (v->affinity_overridden)
			v->cpu_hard_affinity = v->cpu_saved_affinity;
		else
			rc = -EINVAL;
		v->affinity_overridden = false;
	} else if (v->affinity_overridden) {
		rc = -EBUSY;
	} else {
		v->cpu_saved_affinity = v->cpu_hard_affinity;
		cpumask_clear(&v->cpu_hard_affinity);
		__cpumask_set_cpu(cpu, &v->cpu_hard_affinity);
		v->affinity_overridden = true;
	}
	spin_unlock_irqrestore(lock, flags);
	if (!rc)
		leave_wrong_cpu(v);
	return rc;
}

/* -- the choice ------------------------------------------------------------------------------------------------------ */

static int state_when_off(const struct vcpu *v)
{
	if (test_bit(VPF_blocked, &v->pause_flags))
		return RUNSTATE_blocked;
	return vcpu_runnable(v) ? RUNSTATE_runnable : RUNSTATE_offline;
}

static void set_slice(struct sched_cpu *sc, s_time_t now, s_time_t slice)
{
	if (slice >= 0)
		set_timer(&sc->slice, now + slice);
	else if (timer_is_active(&sc->slice))
		stop_timer(&sc->slice);
}

/* SCHEDULE_SOFTIRQ: never returns when the vcpu changes or goes on. */
static void schedule(void)
{
	unsigned int cpu = smp_processor_id();
	struct sched_cpu *sc = &per_cpu(sched_cpu, cpu);
	struct vcpu *prev = current, *next;
	struct sched_choice choice;
	s_time_t now;

	spin_lock_irq(&sc->lock);
	now = NOW();
	choice = policy->do_schedule(cpu, now);
	next = choice.next;
	set_slice(sc, now, choice.slice);
	if (next == prev) {
		spin_unlock_irq(&sc->lock);
		if (unlikely(next->periodic_period) && !timer_is_active(&next->periodic_timer))
			vcpu_periodic_start(next);
		continue_running(prev);
	}
	sc->curr = next;
	runstate_change(prev, state_when_off(prev), now);
	runstate_change(next, RUNSTATE_running, now);
	next->is_running = true;
	spin_unlock(&sc->lock);	/* interrupts stay off until the switch is done */

	vcpu_periodic_stop(prev);
	runstate_area_update(prev);
	runstate_area_update(next);
	vcpu_periodic_start(next);
	context_switch(prev, next);
}

void context_saved(struct vcpu *prev)
{
	smp_wmb();	/* its state is in memory before others may see that it does not run */
	WRITE_ONCE(prev->is_running, false);
	smp_mb();	/* pairs with vcpu_migrate(): one of the two sees the other's word */
	if (unlikely(test_bit(VPF_migrating, &prev->pause_flags)))
		vcpu_migrate(prev);
}

static void slice_ended(void *data)
{
	raise_softirq(SCHEDULE_SOFTIRQ);
}

/* -- setting up ------------------------------------------------------------------------------------------------------ */

int scheduler_cpu_init(unsigned int cpu)
{
	struct sched_cpu *sc = &per_cpu(sched_cpu, cpu);

	if (sc->priv)
		return 0;
	spin_lock_init(&sc->lock);
	init_timer(&sc->slice, slice_ended, NULL, cpu);
	return policy->cpu_init(cpu);
}

void scheduler_init(void)
{
	open_softirq(SCHEDULE_SOFTIRQ, schedule);
	if (policy->init() || scheduler_cpu_init(smp_processor_id()))
		panic("no memory for the scheduler");
	register_keyhandler('r', sched_dump, "run queues");
	printk(XENLOG_INFO "Scheduler: %s\n", policy->name);
}

static int init_idle(struct vcpu *v, unsigned int cpu)
{
	struct sched_cpu *sc = &per_cpu(sched_cpu, cpu);
	int rc = scheduler_cpu_init(cpu);

	if (rc)
		return rc;
	sc->curr = sc->idle = v;
	cpumask_clear(&v->cpu_hard_affinity);
	__cpumask_set_cpu(cpu, &v->cpu_hard_affinity);
	return 0;
}

int sched_init_vcpu(struct vcpu *v, unsigned int cpu)
{
	v->processor = cpu;
	cpumask_setall(&v->cpu_hard_affinity);
	cpumask_setall(&v->cpu_soft_affinity);
	if (is_idle_vcpu(v))
		return init_idle(v, cpu);
	v->sched_priv = policy->alloc_vcpu(v, v->domain->sched_priv);
	if (!v->sched_priv)
		return -ENOMEM;
	v->processor = policy->pick_cpu(v);
	return 0;
}

void sched_destroy_vcpu(struct vcpu *v)
{
	if (!v->sched_priv)
		return;
	policy->remove(v);
	policy->free_vcpu(v->sched_priv);
	v->sched_priv = NULL;
}

int sched_init_domain(struct domain *d)
{
	d->sched_priv = policy->alloc_domain(d);
	return d->sched_priv ? 0 : -ENOMEM;
}

void sched_destroy_domain(struct domain *d)
{
	if (d->sched_priv)
		policy->free_domain(d->sched_priv);
	d->sched_priv = NULL;
}

int sched_id(void)
{
	return policy->sched_id;
}

long sched_adjust(struct domain *d, struct xen_domctl_scheduler_op *op)
{
	return op->sched_id == policy->sched_id ? policy->adjust(d, op) : -EINVAL;
}

long sched_adjust_global(struct xen_sysctl_scheduler_op *op)
{
	return op->sched_id == policy->sched_id ? policy->adjust_global(op) : -EINVAL;
}

void sched_dump(unsigned char key)
{
	unsigned int cpu;

	printk("Scheduler %s, now %ld ns\n", policy->name, NOW());
	for_each_online_cpu(cpu)
		policy->dump(cpu);
}
