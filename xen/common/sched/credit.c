/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The credit policy. Domains have a weight (their share when CPUs are short) and a cap (their limit even when not).
 *
 * 1. Running burns credits; every period (the time slice) the accounting hands out new ones by weight. Who has some is
 *    UNDER, who owes is OVER; who wakes while UNDER is BOOSTed until its next tick. Queues are ordered by that, then FIFO.
 * 2. A CPU whose best candidate is not at least UNDER looks for a better one in the queues of the others.
 * 3. Only vcpus that burn credits are `active` and get more. The accounting stops while nobody is.
 * 4. Locks: credit.lock (active lists, weights), then a run queue lock. Interrupts stay on under credit.lock.
 *    A vcpu's credit is atomic; its pri and its place in a queue belong to the run queue lock.
 */
#include <xen/boot_info.h>
#include <xen/credit_math.h>
#include <xen/sched_if.h>
#include <xen/time.h>
#include <public/sysctl.h>

#define DEFAULT_WEIGHT		256
#define DEFAULT_TSLICE_MS	30
#define DEFAULT_RATELIMIT_US	1000
#define TICKS_PER_TSLICE	3

struct credit_vcpu {
	struct list_head runq_elem;	/* empty: not queued; run queue lock */
	struct list_head active_elem;	/* empty: not active; credit.lock */
	struct credit_domain *dom;
	struct vcpu *v;
	atomic_t credit;
	s64 rest;			/* time burnt but not yet paid; its CPU */
	s_time_t burnt_at;		/* credits are paid up to here; its CPU, or whoever wakes it */
	s_time_t slice_start;
	s8 pri;				/* run queue lock */
	bool yielded, parked;
};

struct credit_domain {
	struct list_head active_elem;	/* credit.lock, and all below */
	struct list_head active_vcpus;
	struct domain *d;
	u32 nr_active;
	u16 weight, cap;
};

struct credit_cpu {
	struct list_head runq;		/* run queue lock */
	unsigned int nr_queued;
	unsigned int resort_seen;
	struct timer tick;
	bool ticking;
};

static struct {
	spinlock_t lock;
	struct list_head domains;	/* with active vcpus */
	u32 total_weight;		/* sum of weight * nr_active */
	struct timer account_timer;
	bool accounting;
	unsigned int resort;		/* priorities changed under the queues' feet; atomic increments */
	cpumask_t idlers;		/* atomic bits */
	u32 tslice_ms, ratelimit_us, migrate_delay_us;
} credit = { .tslice_ms = DEFAULT_TSLICE_MS, .ratelimit_us = DEFAULT_RATELIMIT_US };

static u32 opt_tslice_ms = DEFAULT_TSLICE_MS;
integer_param("sched_credit_tslice_ms", opt_tslice_ms);
static u32 opt_ratelimit_us = DEFAULT_RATELIMIT_US;
integer_param("sched_ratelimit_us", opt_ratelimit_us);

static struct credit_cpu *cpu_of(unsigned int cpu)
{
	return per_cpu(sched_cpu, cpu).priv;
}

static struct credit_vcpu *cv_of(const struct vcpu *v)
{
	return v->sched_priv;
}

static s_time_t period(void)
{
	return MILLISECS(credit.tslice_ms);
}

static int vcpu_pri(const struct vcpu *v)
{
	return is_idle_vcpu(v) ? PRI_IDLE : cv_of(v)->pri;
}

/* -- run queues, under their lock --------------------------------------------------------------------------------- */

static bool queued(const struct credit_vcpu *cv)
{
	return !list_empty(&cv->runq_elem);
}

/* Behind all of its priority or better; one that yielded goes behind one more. */
static void runq_insert(struct credit_cpu *cc, struct credit_vcpu *cv)
{
	struct list_head *at;

	for (at = cc->runq.next; at != &cc->runq; at = at->next)
		if (list_entry(at, struct credit_vcpu, runq_elem)->pri < cv->pri)
			break;
	if (cv->yielded && at != &cc->runq)
		at = at->next;
	cv->yielded = false;
	list_add_tail(&cv->runq_elem, at);
	cc->nr_queued++;
}

static void runq_remove(struct credit_cpu *cc, struct credit_vcpu *cv)
{
	list_del_init(&cv->runq_elem);
	cc->nr_queued--;
}

static struct credit_vcpu *runq_first(struct credit_cpu *cc)
{
	return list_empty(&cc->runq) ? NULL : list_first_entry(&cc->runq, struct credit_vcpu, runq_elem);
}

/* The accounting changed priorities: put the queue in order again, equals as they were. */
static void runq_resort(struct credit_cpu *cc)
{
	unsigned int now = READ_ONCE(credit.resort);
	struct credit_vcpu *cv, *next;
	struct list_head old;

	if (likely(cc->resort_seen == now))
		return;
	cc->resort_seen = now;
	if (cc->nr_queued < 2)
		return;
	list_insert_between(&old, cc->runq.prev, &cc->runq);
	list_del(&cc->runq);
	INIT_LIST_HEAD(&cc->runq);
	cc->nr_queued = 0;
	list_for_each_entry_safe(cv, next, &old, runq_elem)
		runq_insert(cc, cv);
}

/* -- burning and earning ------------------------------------------------------------------------------------------ */

/* On the CPU that runs cv. */
static void burn(struct credit_vcpu *cv, s_time_t now)
{
	int cost = credit_cost(now - cv->burnt_at, &cv->rest);

	cv->burnt_at = now;
	if (cost)
		atomic_add(&cv->credit, -cost);
}

/* Debt at which one that dodges the ticks loses its priority: a tick's worth. */
static int debt_limit(void)
{
	return credit.tslice_ms * CREDITS_PER_MS / TICKS_PER_TSLICE;
}

static void start_accounting(void)
{
	if (credit.accounting)
		return;
	credit.accounting = true;
	migrate_timer(&credit.account_timer, smp_processor_id());
	set_timer(&credit.account_timer, NOW() + period());
}

/* Under credit.lock. */
static void activate(struct credit_vcpu *cv)
{
	struct credit_domain *cd = cv->dom;

	list_add_tail(&cv->active_elem, &cd->active_vcpus);
	if (!cd->nr_active++)
		list_add_tail(&cd->active_elem, &credit.domains);
	credit.total_weight += cd->weight;
	start_accounting();
}

static void deactivate(struct credit_vcpu *cv)
{
	struct credit_domain *cd = cv->dom;

	list_del_init(&cv->active_elem);
	credit.total_weight -= cd->weight;
	if (!--cd->nr_active)
		list_del_init(&cd->active_elem);
}

static void set_parked(struct credit_vcpu *cv, bool park)
{
	if (cv->parked == park)
		return;
	cv->parked = park;
	if (park)
		vcpu_set_stop_flag(cv->v, VPF_parked);
	else
		vcpu_clear_stop_flag(cv->v, VPF_parked);
}

static void grant_vcpu(struct credit_vcpu *cv, struct credit_share share)
{
	int before = atomic_read(&cv->credit);
	struct credit_verdict verdict = credit_settle(before, share, credit.tslice_ms * CREDITS_PER_MS);
	unsigned long flags;
	spinlock_t *lock;

	/* What it burns at this very moment on its CPU is kept. */
	atomic_add(&cv->credit, verdict.credit - before);
	lock = vcpu_sched_lock(cv->v, &flags);
	if (cv->pri != verdict.pri && !(cv->pri == PRI_BOOST && verdict.pri == PRI_UNDER)) {
		cv->pri = verdict.pri;
		__atomic_fetch_add(&credit.resort, 1, __ATOMIC_RELAXED);
	}
	spin_unlock_irqrestore(lock, flags);
	set_parked(cv, verdict.park);
	if (verdict.retire)
		deactivate(cv);
}

static void grant_domain(struct credit_domain *cd, u32 total_weight)
{
	struct credit_demand want = {
		.weight = cd->weight, .cap = cd->cap, .active = cd->nr_active, .total_weight = total_weight,
		.period = credit.tslice_ms * CREDITS_PER_MS,
		.pool = credit.tslice_ms * CREDITS_PER_MS * num_online_cpus(),
	};
	struct credit_share share = credit_share_of(&want);
	struct credit_vcpu *cv, *next;

	list_for_each_entry_safe(cv, next, &cd->active_vcpus, active_elem)
		grant_vcpu(cv, share);
}

static void account(void *data)
{
	struct credit_domain *cd, *next;
	u32 total;

	spin_lock(&credit.lock);
	total = credit.total_weight;
	list_for_each_entry_safe(cd, next, &credit.domains, active_elem)
		grant_domain(cd, total);
	credit.accounting = !list_empty(&credit.domains);
	if (credit.accounting)
		set_timer(&credit.account_timer, NOW() + period());
	spin_unlock(&credit.lock);
}

/* -- ticks: on a CPU that runs a guest ----------------------------------------------------------------------------- */

static s_time_t tick_length(void)
{
	return period() / TICKS_PER_TSLICE;
}

/* Somebody waits here while another CPU has nothing to do: let it come and take. */
static void offer_to_idlers(unsigned int cpu)
{
	unsigned int idler;

	if (!READ_ONCE(cpu_of(cpu)->nr_queued))
		return;
	idler = cpumask_first(&credit.idlers);
	if (idler < NR_CPUS && idler != cpu)
		cpu_raise_softirq(idler, SCHEDULE_SOFTIRQ);
}

static void end_boost(struct credit_vcpu *cv)
{
	unsigned long flags;
	spinlock_t *lock = vcpu_sched_lock(cv->v, &flags);

	if (cv->pri == PRI_BOOST)
		cv->pri = PRI_UNDER;
	spin_unlock_irqrestore(lock, flags);
}

static void tick(void *data)
{
	unsigned int cpu = smp_processor_id();
	struct credit_cpu *cc = data;
	struct vcpu *v = current;
	struct credit_vcpu *cv;

	if (is_idle_vcpu(v)) {
		cc->ticking = false;
		return;
	}
	cv = cv_of(v);
	burn(cv, NOW());
	if (cv->pri == PRI_BOOST)
		end_boost(cv);
	if (list_empty(&cv->active_elem)) {
		spin_lock(&credit.lock);
		if (list_empty(&cv->active_elem))
			activate(cv);
		spin_unlock(&credit.lock);
	}
	if (unlikely(v->pirqs_to_move)) {
		v->pirqs_to_move = false;
		evtchn_move_pirqs(v);
	}
	offer_to_idlers(cpu);
	if (cc->resort_seen != READ_ONCE(credit.resort))
		raise_softirq(SCHEDULE_SOFTIRQ);
	set_timer(&cc->tick, NOW() + tick_length());
}

/* -- wake, sleep, yield: under the run queue's lock ------------------------------------------------------------------ */

static void kick_for(struct vcpu *v)
{
	unsigned int cpu = v->processor, other;
	struct sched_cpu *sc = &per_cpu(sched_cpu, cpu);
	cpumask_t idle;

	if (vcpu_pri(sc->curr) < cv_of(v)->pri)
		cpu_raise_softirq(cpu, SCHEDULE_SOFTIRQ);
	if (is_idle_vcpu(sc->curr))
		return;
	/* It waits, or it makes another wait: one of the two can run elsewhere at once. */
	cpumask_and(&idle, &credit.idlers, &v->cpu_hard_affinity);
	other = cpumask_first(&idle);
	if (other < NR_CPUS)
		cpu_raise_softirq(other, SCHEDULE_SOFTIRQ);
	else if (!timer_is_active(&sc->slice))
		cpu_raise_softirq(cpu, SCHEDULE_SOFTIRQ);	/* it ran alone until now: limit its slice */
}

/* It is not active: no accounting looks after it. */
static void refund(struct credit_vcpu *cv)
{
	int before = atomic_read(&cv->credit), after;
	s_time_t now = NOW();

	if (before >= 0)
		return;
	after = credit_refund(before, now - cv->burnt_at);
	cv->burnt_at = now;
	atomic_add(&cv->credit, after - before);
	if (after > -debt_limit() && cv->pri == PRI_OVER)
		cv->pri = PRI_UNDER;
}

static void credit_wake(struct vcpu *v)
{
	struct credit_vcpu *cv = cv_of(v);

	if (!cv || curr_on_cpu(v->processor) == v || queued(cv))
		return;
	if (list_empty(&cv->active_elem))
		refund(cv);
	if (cv->pri == PRI_UNDER && !cv->parked)
		cv->pri = PRI_BOOST;
	runq_insert(cpu_of(v->processor), cv);
	kick_for(v);
}

static void credit_sleep(struct vcpu *v)
{
	struct credit_vcpu *cv = cv_of(v);

	if (!cv)
		return;
	if (curr_on_cpu(v->processor) == v)
		cpu_raise_softirq(v->processor, SCHEDULE_SOFTIRQ);
	else if (queued(cv))
		runq_remove(cpu_of(v->processor), cv);
}

static void credit_yield(struct vcpu *v)
{
	cv_of(v)->yielded = true;
}

/* The CPU it was on if that is idle, else an idle one, else the one with the shortest queue. */
static unsigned int credit_pick_cpu(struct vcpu *v)
{
	unsigned int cpu, best = v->processor, load, least = ~0U;
	cpumask_t allowed, soft;

	vcpu_allowed_cpus(v, &allowed);
	cpumask_and(&soft, &allowed, &v->cpu_soft_affinity);
	if (!cpumask_empty(&soft))
		allowed = soft;
	for_each_cpu(cpu, &allowed) {
		load = 2 * READ_ONCE(cpu_of(cpu)->nr_queued) + !cpumask_test_cpu(cpu, &credit.idlers);
		if (load < least || (load == least && cpu == v->processor)) {
			least = load;
			best = cpu;
		}
	}
	return best;
}

/* -- the choice ------------------------------------------------------------------------------------------------------- */

/* Take the best vcpu above pri from the queue of `peer`, which is not our CPU. Our lock is held, the other only tried. */
static struct credit_vcpu *steal_from(unsigned int peer, unsigned int cpu, int pri)
{
	struct credit_cpu *cc = cpu_of(peer);
	struct sched_cpu *sc = &per_cpu(sched_cpu, peer);
	struct credit_vcpu *cv, *found = NULL;

	if (!cc || !READ_ONCE(cc->nr_queued) || !spin_trylock(&sc->lock))
		return NULL;
	list_for_each_entry(cv, &cc->runq, runq_elem) {
		if (cv->pri <= pri)
			break;
		/* One that was just switched out may not be saved yet. */
		if (READ_ONCE(cv->v->is_running) || !cpumask_test_cpu(cpu, &cv->v->cpu_hard_affinity))
			continue;
		runq_remove(cc, cv);
		WRITE_ONCE(cv->v->processor, cpu);
		cv->v->pirqs_to_move = true;
		found = cv;
		break;
	}
	spin_unlock(&sc->lock);
	return found;
}

static struct credit_vcpu *steal(unsigned int cpu, int pri)
{
	struct credit_vcpu *cv;

	for (unsigned int i = 1; i < nr_cpu_ids; i++) {
		unsigned int peer = (cpu + i) % nr_cpu_ids;

		if (!cpu_online(peer))
			continue;
		cv = steal_from(peer, cpu, pri);
		if (cv)
			return cv;
	}
	return NULL;
}

/* May the current vcpu go on? Then for how long (STIME_MAX: until something happens), else 0. */
static s_time_t stay_time(struct credit_cpu *cc, struct credit_vcpu *curr, s_time_t now)
{
	struct credit_vcpu *first = runq_first(cc);
	s_time_t ran = now - curr->slice_start;

	if (curr->yielded)
		return 0;
	if (!first)
		return STIME_MAX;
	if (first->pri <= curr->pri && ran < period())
		return period() - ran;
	if (credit.ratelimit_us && ran < MICROSECS(credit.ratelimit_us))
		return MICROSECS(credit.ratelimit_us) - ran;
	return 0;
}

static struct sched_choice run_idle(unsigned int cpu)
{
	cpumask_set_cpu(cpu, &credit.idlers);
	return (struct sched_choice){ per_cpu(sched_cpu, cpu).idle, -1 };
}

static struct sched_choice run_vcpu(unsigned int cpu, struct credit_cpu *cc, struct credit_vcpu *cv, s_time_t now)
{
	if (cpumask_test_cpu(cpu, &credit.idlers))
		cpumask_clear_cpu(cpu, &credit.idlers);
	cv->slice_start = cv->burnt_at = now;
	if (!cc->ticking) {
		cc->ticking = true;
		set_timer(&cc->tick, now + tick_length());
	}
	return (struct sched_choice){ cv->v, cc->nr_queued ? period() : -1 };
}

static struct sched_choice credit_do_schedule(unsigned int cpu, s_time_t now)
{
	struct credit_cpu *cc = cpu_of(cpu);
	struct vcpu *prev = current;
	struct credit_vcpu *best, *stolen;

	runq_resort(cc);
	if (!is_idle_vcpu(prev)) {
		struct credit_vcpu *curr = cv_of(prev);

		burn(curr, now);
		if (unlikely(atomic_read(&curr->credit) < -debt_limit()) && list_empty(&curr->active_elem))
			curr->pri = PRI_OVER;
		if (vcpu_runnable(prev)) {
			s_time_t stay = stay_time(cc, curr, now);

			if (stay)
				return (struct sched_choice){ prev, stay == STIME_MAX ? -1 : stay };
			runq_insert(cc, curr);
		}
		curr->yielded = false;
	}
	best = runq_first(cc);
	if (!best || best->pri <= PRI_OVER) {
		stolen = steal(cpu, best ? best->pri : PRI_IDLE);
		if (stolen)
			return run_vcpu(cpu, cc, stolen, now);
	}
	if (!best)
		return run_idle(cpu);
	runq_remove(cc, best);
	return run_vcpu(cpu, cc, best, now);
}

/* -- domains, vcpus, CPUs ----------------------------------------------------------------------------------------------- */

static void *credit_alloc_domain(struct domain *d)
{
	struct credit_domain *cd = xzalloc(struct credit_domain);

	if (!cd)
		return NULL;
	INIT_LIST_HEAD(&cd->active_elem);
	INIT_LIST_HEAD(&cd->active_vcpus);
	cd->d = d;
	cd->weight = DEFAULT_WEIGHT;
	return cd;
}

static void credit_free_domain(void *priv)
{
	xfree(priv);
}

static void *credit_alloc_vcpu(struct vcpu *v, void *domain_priv)
{
	struct credit_vcpu *cv = xzalloc(struct credit_vcpu);

	if (!cv)
		return NULL;
	INIT_LIST_HEAD(&cv->runq_elem);
	INIT_LIST_HEAD(&cv->active_elem);
	cv->dom = domain_priv;
	cv->v = v;
	cv->pri = PRI_UNDER;
	return cv;
}

static void credit_free_vcpu(void *priv)
{
	xfree(priv);
}

static void credit_remove(struct vcpu *v)
{
	struct credit_vcpu *cv = cv_of(v);
	unsigned long flags;
	spinlock_t *lock;

	spin_lock(&credit.lock);
	if (!list_empty(&cv->active_elem))
		deactivate(cv);
	spin_unlock(&credit.lock);
	lock = vcpu_sched_lock(v, &flags);
	if (queued(cv))
		runq_remove(cpu_of(v->processor), cv);
	spin_unlock_irqrestore(lock, flags);
}

static int credit_cpu_init(unsigned int cpu)
{
	struct credit_cpu *cc = xzalloc(struct credit_cpu);

	if (!cc)
		return -ENOMEM;
	INIT_LIST_HEAD(&cc->runq);
	init_timer(&cc->tick, tick, cc, cpu);
	per_cpu(sched_cpu, cpu).priv = cc;
	return 0;
}

static bool ratelimit_fits(u32 us, u32 tslice_ms)
{
	return !us || (us >= XEN_SYSCTL_SCHED_RATELIMIT_MIN && us <= XEN_SYSCTL_SCHED_RATELIMIT_MAX &&
		       us <= tslice_ms * 1000);
}

static bool tslice_fits(u32 ms)
{
	return ms >= XEN_SYSCTL_CSCHED_TSLICE_MIN && ms <= XEN_SYSCTL_CSCHED_TSLICE_MAX;
}

static int credit_init(void)
{
	spin_lock_init(&credit.lock);
	INIT_LIST_HEAD(&credit.domains);
	init_timer(&credit.account_timer, account, NULL, 0);
	if (tslice_fits(opt_tslice_ms))
		credit.tslice_ms = opt_tslice_ms;
	else
		printk(XENLOG_WARNING "sched_credit_tslice_ms=%u: not in 1..1000, using %u\n", opt_tslice_ms, credit.tslice_ms);
	if (ratelimit_fits(opt_ratelimit_us, credit.tslice_ms))
		credit.ratelimit_us = opt_ratelimit_us;
	else
		printk(XENLOG_WARNING "sched_ratelimit_us=%u: not usable, using %u\n", opt_ratelimit_us, credit.ratelimit_us);
	return 0;
}

/* -- parameters ------------------------------------------------------------------------------------------------------- */

static void set_params(struct credit_domain *cd, const struct xen_domctl_sched_credit *p)
{
	if (p->weight) {
		credit.total_weight += cd->nr_active * ((u32)p->weight - cd->weight);
		cd->weight = p->weight;
	}
	if (p->cap != (u16)~0U)		/* that value: leave it */
		cd->cap = p->cap;
}

static long credit_adjust(struct domain *d, struct xen_domctl_scheduler_op *op)
{
	struct credit_domain *cd = d->sched_priv;
	long rc = 0;

	spin_lock(&credit.lock);
	switch (op->cmd) {
	case XEN_DOMCTL_SCHEDOP_getinfo:
		op->u.credit.weight = cd->weight;
		op->u.credit.cap = cd->cap;
		break;
	case XEN_DOMCTL_SCHEDOP_putinfo:
		set_params(cd, &op->u.credit);
		break;
	default:
		rc = -EINVAL;
	}
	spin_unlock(&credit.lock);
	return rc;
}

static long put_global(const struct xen_sysctl_credit_schedule *p)
{
	if (!tslice_fits(p->tslice_ms) || !ratelimit_fits(p->ratelimit_us, p->tslice_ms) ||
	    p->vcpu_migr_delay_us > XEN_SYSCTL_CSCHED_MGR_DLY_MAX_US)
		return -EINVAL;
	spin_lock(&credit.lock);
	credit.tslice_ms = p->tslice_ms;
	credit.ratelimit_us = p->ratelimit_us;
	credit.migrate_delay_us = p->vcpu_migr_delay_us;
	spin_unlock(&credit.lock);
	return 0;
}

static long credit_adjust_global(struct xen_sysctl_scheduler_op *op)
{
	struct xen_sysctl_credit_schedule *p = &op->u.sched_credit;
	long rc;

	switch (op->cmd) {
	case XEN_SYSCTL_SCHEDOP_putinfo:
		rc = put_global(p);
		if (rc)
			return rc;
		break;
	case XEN_SYSCTL_SCHEDOP_getinfo:
		break;
	default:
		return -EINVAL;
	}
	p->tslice_ms = credit.tslice_ms;
	p->ratelimit_us = credit.ratelimit_us;
	p->vcpu_migr_delay_us = credit.migrate_delay_us;
	return 0;
}

static const char *const pri_names[] = {
	[PRI_BOOST - PRI_IDLE] = "boost", [PRI_UNDER - PRI_IDLE] = "under", [PRI_OVER - PRI_IDLE] = "over",
	[0] = "idle",
};

static void dump_vcpu(const struct credit_vcpu *cv, const char *where)
{
	printk("    %s %pv: %s credit=%d weight=%u cap=%u%s\n", where, cv->v, pri_names[cv->pri - PRI_IDLE],
	       atomic_read(&cv->credit), cv->dom->weight, cv->dom->cap, cv->parked ? " parked" : "");
}

static void credit_dump(unsigned int cpu)
{
	struct sched_cpu *sc = &per_cpu(sched_cpu, cpu);
	struct credit_cpu *cc = cpu_of(cpu);
	struct credit_vcpu *cv;
	unsigned long flags;

	spin_lock_irqsave(&sc->lock, flags);
	printk("  CPU%u: %u queued%s\n", cpu, cc->nr_queued, cpumask_test_cpu(cpu, &credit.idlers) ? ", idle" : "");
	if (!is_idle_vcpu(sc->curr))
		dump_vcpu(cv_of(sc->curr), "runs ");
	list_for_each_entry(cv, &cc->runq, runq_elem)
		dump_vcpu(cv, "waits");
	spin_unlock_irqrestore(&sc->lock, flags);
}

const struct sched_policy sched_credit = {
	.name = "credit: weights, caps, per-CPU queues", .opt_name = "credit", .sched_id = XEN_SCHEDULER_CREDIT,
	.init = credit_init, .cpu_init = credit_cpu_init,
	.alloc_domain = credit_alloc_domain, .free_domain = credit_free_domain,
	.alloc_vcpu = credit_alloc_vcpu, .free_vcpu = credit_free_vcpu, .remove = credit_remove,
	.wake = credit_wake, .sleep = credit_sleep, .yield = credit_yield, .pick_cpu = credit_pick_cpu,
	.do_schedule = credit_do_schedule,
	.adjust = credit_adjust, .adjust_global = credit_adjust_global, .dump = credit_dump,
};
