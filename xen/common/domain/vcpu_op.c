/* SPDX-License-Identifier: GPL-2.0-only */
/* vcpu_op: what a domain does with its own vcpus. One row per operation; -ENOENT for ids that are not there. */
#include <xen/domain_if.h>
#include <xen/hypercall.h>
#include <xen/sched.h>

struct vcpu_row {
	long (*fn)(struct vcpu *v, void *arg, unsigned long uarg);
	u16 size;		/* of the struct copied in */
};

static long op_initialise(struct vcpu *v, void *arg, unsigned long uarg)
{
	struct domain *d = v->domain;
	struct vcpu_guest_context *ctxt;
	long rc;

	if (!v->vcpu_info)
		return -EINVAL;
	ctxt = xmalloc(struct vcpu_guest_context);
	if (!ctxt)
		return -ENOMEM;
	rc = copy_in(ctxt, uarg, sizeof(*ctxt));
	if (rc)
		goto out;
	spin_lock(&d->domain_lock);
	rc = v->is_initialised ? -EEXIST : arch_set_info_guest(v, ctxt);
	spin_unlock(&d->domain_lock);
out:
	xfree(ctxt);
	return rc == -EINTR ? -ERESTART : rc;
}

static long op_up(struct vcpu *v, void *arg, unsigned long uarg)
{
	struct domain *d = v->domain;
	bool wake = false;
	long rc = 0;

	spin_lock(&d->domain_lock);
	if (!v->is_initialised)
		rc = -EINVAL;
	else
		wake = test_and_clear_bit(VPF_down, &v->pause_flags);
	spin_unlock(&d->domain_lock);
	if (wake)
		vcpu_wake(v);
	return rc;
}

static bool others_online(const struct vcpu *self)
{
	const struct vcpu *v;

	for_each_vcpu(self->domain, v)
		if (v != self && !test_bit(VPF_down, &v->pause_flags))
			return true;
	return false;
}

static long op_down(struct vcpu *v, void *arg, unsigned long uarg)
{
	struct domain *d = v->domain;
	bool last;

	spin_lock(&d->domain_lock);
	last = !test_bit(VPF_down, &v->pause_flags) && !others_online(v);
	if (!last && !test_and_set_bit(VPF_down, &v->pause_flags))
		vcpu_sleep_nosync(v);
	spin_unlock(&d->domain_lock);
	if (last)	/* nobody is left who could bring it up again */
		domain_shutdown(d, SHUTDOWN_poweroff);
	return 0;
}

static long op_is_up(struct vcpu *v, void *arg, unsigned long uarg)
{
	return !test_bit(VPF_down, &v->pause_flags);
}

static long op_get_runstate(struct vcpu *v, void *arg, unsigned long uarg)
{
	struct vcpu_runstate_info rs;

	vcpu_runstate_get(v, &rs);
	return copy_out(uarg, &rs, sizeof(rs));
}

static long op_register_runstate(struct vcpu *v, void *arg, unsigned long uarg)
{
	struct vcpu_register_runstate_memory_area *a = arg;
	long rc = guest_area_register(v, &v->runstate_area, a->addr.p, sizeof(struct vcpu_runstate_info));

	if (!rc)
		runstate_area_update(v);
	return rc;
}

static long op_set_periodic(struct vcpu *v, void *arg, unsigned long uarg)
{
	u64 period = ((struct vcpu_set_periodic_timer *)arg)->period_ns;

	return period ? vcpu_set_periodic(v, period) : -EINVAL;
}

static long op_stop_periodic(struct vcpu *v, void *arg, unsigned long uarg)
{
	return vcpu_set_periodic(v, 0);
}

static long op_set_singleshot(struct vcpu *v, void *arg, unsigned long uarg)
{
	struct vcpu_set_singleshot_timer *t = arg;

	return v == current ? vcpu_set_singleshot(v, t->timeout_abs_ns, t->flags) : -EINVAL;
}

static long op_stop_singleshot(struct vcpu *v, void *arg, unsigned long uarg)
{
	if (v != current)
		return -EINVAL;
	stop_timer(&v->singleshot_timer);
	return 0;
}

static long op_register_info(struct vcpu *v, void *arg, unsigned long uarg)
{
	struct vcpu_register_vcpu_info *r = arg;
	long rc;

	spin_lock(&v->domain->domain_lock);
	rc = map_vcpu_info(v, r->mfn, r->offset);
	spin_unlock(&v->domain->domain_lock);
	return rc;
}

static long op_send_nmi(struct vcpu *v, void *arg, unsigned long uarg)
{
	pv_raise_nmi(v);
	return 0;
}

/* Only for those whose place on the machine is fixed: dom0's, pinned to one CPU. */
static long op_get_physid(struct vcpu *v, void *arg, unsigned long uarg)
{
	struct vcpu_get_physid id = { 0 };

	if (!is_hardware_domain(v->domain) || cpumask_weight(&v->cpu_hard_affinity) != 1)
		return -EINVAL;
	id.phys_id = (u32)arch_cpu_apicid(v->processor) | (u64)v->processor << 32;
	return copy_out(uarg, &id, sizeof(id));
}

static long op_register_time(struct vcpu *v, void *arg, unsigned long uarg)
{
	struct vcpu_register_time_memory_area *a = arg;
	long rc = guest_area_register(v, &v->time_area, a->addr.p, sizeof(struct vcpu_time_info));

	if (!rc) {
		v->time_info_guest = a->addr.p;
		time_area_update(v);
	}
	return rc;
}

static const struct vcpu_row rows[] = {
	[VCPUOP_initialise]		= { op_initialise, 0 },
	[VCPUOP_up]			= { op_up, 0 },
	[VCPUOP_down]			= { op_down, 0 },
	[VCPUOP_is_up]			= { op_is_up, 0 },
	[VCPUOP_get_runstate_info]	= { op_get_runstate, 0 },
	[VCPUOP_register_runstate_memory_area] = { op_register_runstate, sizeof(struct vcpu_register_runstate_memory_area) },
	[VCPUOP_set_periodic_timer]	= { op_set_periodic, sizeof(struct vcpu_set_periodic_timer) },
	[VCPUOP_stop_periodic_timer]	= { op_stop_periodic, 0 },
	[VCPUOP_set_singleshot_timer]	= { op_set_singleshot, sizeof(struct vcpu_set_singleshot_timer) },
	[VCPUOP_stop_singleshot_timer]	= { op_stop_singleshot, 0 },
	[VCPUOP_register_vcpu_info]	= { op_register_info, sizeof(struct vcpu_register_vcpu_info) },
	[VCPUOP_send_nmi]		= { op_send_nmi, 0 },
	[VCPUOP_get_physid]		= { op_get_physid, 0 },
	[VCPUOP_register_vcpu_time_memory_area] = { op_register_time, sizeof(struct vcpu_register_time_memory_area) },
};

long do_vcpu_op(unsigned long cmd, unsigned long vcpuid, unsigned long uarg)
{
	struct domain *d = current->domain;
	u64 arg[4];
	struct vcpu *v;
	long rc;

	cmd = (u32)cmd;
	vcpuid = (u32)vcpuid;
	if (vcpuid >= d->max_vcpus || !(v = d->vcpu[vcpuid]))
		return -ENOENT;
	if (cmd >= ARRAY_SIZE(rows))
		return -ENOSYS;
	if (rows[cmd].size && copy_in(arg, uarg, rows[cmd].size))
		return -EFAULT;
	rc = rows[cmd].fn(v, arg, uarg);
	return rc == -ERESTART ? hypercall_continue(24, cmd, vcpuid, uarg) : rc;
}
