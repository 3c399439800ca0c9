/* SPDX-License-Identifier: GPL-2.0-only */
/* Making, resetting and freeing vcpus; pausing one of them. */
#include <xen/domain_if.h>
#include <xen/sched.h>

struct vcpu_info *vcpu_info_default(const struct vcpu *v)
{
	struct shared_info *s = v->domain->shared_info;

	return s && v->vcpu_id < XEN_LEGACY_VCPUS ? &s->vcpu_info[v->vcpu_id] : NULL;
}

static struct vcpu *vcpu_alloc(struct domain *d, unsigned int id)
{
	struct vcpu *v = alloc_xenheap_zeroed_page();

	BUILD_BUG_ON(sizeof(struct vcpu) > PAGE_SIZE);
	if (!v)
		return NULL;
	v->domain = d;
	v->vcpu_id = id;
	v->dirty_cpu = NR_CPUS;
	v->vcpu_info_mfn = INVALID_MFN;
	v->vcpu_info = vcpu_info_default(v);
	spin_lock_init(&v->virq_lock);
	spin_lock_init(&v->area_lock);
	v->runstate.state_entry_time = NOW();
	if (is_idle_domain(d)) {
		v->runstate.state = RUNSTATE_running;
		v->is_running = true;
	} else {
		v->runstate.state = RUNSTATE_offline;
		v->pause_flags = 1UL << VPF_down;
	}
	return v;
}

/* Under d->domain_lock, or while d is not yet known to anybody else. */
struct vcpu *vcpu_create(struct domain *d, unsigned int vcpu_id)
{
	struct vcpu *v;

	if (vcpu_id >= d->max_vcpus || d->vcpu[vcpu_id])
		return NULL;
	v = vcpu_alloc(d, vcpu_id);
	if (!v)
		return NULL;
	vcpu_timers_init(v);
	if (sched_init_vcpu(v, is_idle_domain(d) ? vcpu_id : vcpu_id % num_online_cpus()))
		goto fail_timers;
	if (arch_vcpu_create(v))
		goto fail_sched;
	smp_wmb();	/* complete before for_each_vcpu() finds it */
	d->vcpu[vcpu_id] = v;
	return v;

fail_sched:
	sched_destroy_vcpu(v);
fail_timers:
	vcpu_timers_kill(v);
	free_xenheap_page(v);
	return NULL;
}

void vcpu_destroy(struct vcpu *v)
{
	v->domain->vcpu[v->vcpu_id] = NULL;
	vcpu_timers_kill(v);
	arch_vcpu_destroy(v);
	sched_destroy_vcpu(v);
	xfree(v->evtchn_fifo);
	free_xenheap_page(v);
}

/*
 * Back to the state before it was initialised. v's domain is paused, domain_lock held. -ERESTART: call again. Between the calls the
 * domain may run: nobody can bring up this vcpu, whose tables are half gone.
 */
int vcpu_reset(struct vcpu *v)
{
	int rc;

	set_bit(VPF_down, &v->pause_flags);
	clear_bit(VPF_blocked, &v->pause_flags);
	v->is_initialised = false;
	rc = vcpu_destroy_pagetables(v);
	if (rc)
		return rc == -EINTR ? -ERESTART : rc;
	v->poll_evtchn = 0;
	v->nmi_pending = false;
	v->async_nmi_masked = false;
	return 0;
}

void vcpu_pause_nosync(struct vcpu *v)
{
	atomic_inc(&v->pause_count);
	vcpu_sleep_nosync(v);
}

void vcpu_pause(struct vcpu *v)
{
	ASSERT(v != current);
	atomic_inc(&v->pause_count);
	vcpu_sleep_sync(v);
}

void vcpu_unpause(struct vcpu *v)
{
	if (atomic_dec_and_test(&v->pause_count))
		vcpu_wake(v);
}
