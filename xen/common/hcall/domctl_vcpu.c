/* SPDX-License-Identifier: GPL-2.0-only */
/* domctl rows about vcpus: contexts, affinity, state. No domain lock is held while a domain is being paused. */
#include <xen/domctl_if.h>
#include <xen/guest_access.h>
#include <xen/sched.h>

/* A NULL context takes the vcpu back to the state before it had one. */
static long set_context(struct vcpu *v, unsigned long uctxt)
{
	struct vcpu_guest_context *c;
	long rc;

	if (!uctxt) {
		spin_lock(&v->domain->domain_lock);
		rc = vcpu_reset(v);
		spin_unlock(&v->domain->domain_lock);
		return rc;
	}
	c = xmalloc(struct vcpu_guest_context);
	if (!c)
		return -ENOMEM;
	rc = copy_in(c, uctxt, sizeof(*c));
	if (!rc) {
		spin_lock(&v->domain->domain_lock);
		rc = v->domain->is_dying ? -EINVAL : arch_set_info_guest(v, c);
		spin_unlock(&v->domain->domain_lock);
	}
	xfree(c);
	return rc == -EINTR ? -ERESTART : rc;
}

long domctl_setvcpucontext(struct xen_domctl *op, struct domain *d)
{
	struct vcpu *v = domctl_vcpu(d, op->u.vcpucontext.vcpu);
	long rc;

	if (!v || d == current->domain)
		return -EINVAL;
	domain_pause(d);
	rc = set_context(v, handle_addr(op->u.vcpucontext.ctxt));
	domain_unpause(d);
	return rc;
}

long domctl_getvcpucontext(struct xen_domctl *op, struct domain *d)
{
	struct vcpu *v = domctl_vcpu(d, op->u.vcpucontext.vcpu);
	struct vcpu_guest_context *c;
	long rc;

	if (!v || d == current->domain)
		return v ? -EINVAL : -ESRCH;
	if (!v->is_initialised)
		return -ENODATA;
	c = xzalloc(struct vcpu_guest_context);
	if (!c)
		return -ENOMEM;
	vcpu_pause(v);
	arch_get_info_guest(v, c);
	vcpu_unpause(v);
	rc = copy_out(handle_addr(op->u.vcpucontext.ctxt), c, sizeof(*c));
	xfree(c);
	return rc;
}

long domctl_getvcpuinfo(struct xen_domctl *op, struct domain *d)
{
	struct xen_domctl_getvcpuinfo *info = &op->u.getvcpuinfo;
	struct vcpu *v = domctl_vcpu(d, info->vcpu);
	struct vcpu_runstate_info rs;

	if (!v)
		return info->vcpu < d->max_vcpus ? -ESRCH : -EINVAL;
	vcpu_runstate_get(v, &rs);
	info->online = !test_bit(VPF_down, &v->pause_flags);
	info->blocked = test_bit(VPF_blocked, &v->pause_flags);
	info->running = v->is_running;
	info->cpu_time = rs.time[RUNSTATE_running];
	info->cpu = v->processor;
	return 0;
}

/* -- affinity --------------------------------------------------------------------------------------------------------- */

#define AFFINITY_WHICH	(XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT)

/* What will be in effect goes back to the caller. */
static long effective_mask(const struct xenctl_bitmap *map, const cpumask_t *asked, const cpumask_t *within)
{
	cpumask_t mask;

	cpumask_and(&mask, asked, within);
	return mask_to_xenctl(map, mask.bits, NR_CPUS);
}

static long set_hard(struct vcpu *v, const struct xen_domctl_vcpuaffinity *a)
{
	cpumask_t mask;
	long rc = mask_from_xenctl(mask.bits, NR_CPUS, &a->cpumap_hard);

	if (!rc && a->flags & XEN_VCPUAFFINITY_FORCE)
		vcpu_pin_override(v, -1);
	if (!rc)
		rc = vcpu_set_hard_affinity(v, &mask);
	return rc ? rc : effective_mask(&a->cpumap_hard, &v->cpu_hard_affinity, &cpu_online_map);
}

static long set_soft(struct vcpu *v, const struct xen_domctl_vcpuaffinity *a)
{
	cpumask_t mask, usable;
	long rc = mask_from_xenctl(mask.bits, NR_CPUS, &a->cpumap_soft);

	if (!rc)
		rc = vcpu_set_soft_affinity(v, &mask);
	cpumask_and(&usable, &v->cpu_hard_affinity, &cpu_online_map);
	return rc ? rc : effective_mask(&a->cpumap_soft, &v->cpu_soft_affinity, &usable);
}

long domctl_setvcpuaffinity(struct xen_domctl *op, struct domain *d)
{
	const struct xen_domctl_vcpuaffinity *a = &op->u.vcpuaffinity;
	struct vcpu *v = domctl_vcpu(d, a->vcpu);
	long rc = 0;

	if (!v)
		return a->vcpu < d->max_vcpus ? -ESRCH : -EINVAL;
	if (!(a->flags & AFFINITY_WHICH) || a->flags & ~(AFFINITY_WHICH | XEN_VCPUAFFINITY_FORCE))
		return -EINVAL;
	if (a->flags & XEN_VCPUAFFINITY_HARD)
		rc = set_hard(v, a);
	if (!rc && a->flags & XEN_VCPUAFFINITY_SOFT)
		rc = set_soft(v, a);
	return rc;
}

long domctl_getvcpuaffinity(struct xen_domctl *op, struct domain *d)
{
	const struct xen_domctl_vcpuaffinity *a = &op->u.vcpuaffinity;
	struct vcpu *v = domctl_vcpu(d, a->vcpu);
	long rc = 0;

	if (!v)
		return a->vcpu < d->max_vcpus ? -ESRCH : -EINVAL;
	if (!(a->flags & AFFINITY_WHICH))
		return -EINVAL;
	if (a->flags & XEN_VCPUAFFINITY_HARD)
		rc = mask_to_xenctl(&a->cpumap_hard, v->cpu_hard_affinity.bits, NR_CPUS);
	if (!rc && a->flags & XEN_VCPUAFFINITY_SOFT)
		rc = mask_to_xenctl(&a->cpumap_soft, v->cpu_soft_affinity.bits, NR_CPUS);
	return rc;
}

long domctl_sendtrigger(struct xen_domctl *op, struct domain *d)
{
	struct vcpu *v = domctl_vcpu(d, op->u.sendtrigger.vcpu);

	if (!v)
		return op->u.sendtrigger.vcpu < d->max_vcpus ? -ESRCH : -EINVAL;
	if (op->u.sendtrigger.trigger != XEN_DOMCTL_SENDTRIGGER_NMI)
		return -ENOSYS;	/* the others are for machines with firmware */
	pv_raise_nmi(v);
	return 0;
}
