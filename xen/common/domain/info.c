/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tools see of a domain (DOMCTL_getdomaininfo, SYSCTL_getdomaininfolist). */
#include <xen/sched.h>

static void sum_vcpus(struct domain *d, struct xen_domctl_getdomaininfo *info)
{
	u32 flags = XEN_DOMINF_blocked;
	struct vcpu *v;

	info->max_vcpu_id = XEN_INVALID_MAX_VCPU_ID;
	for_each_vcpu(d, v) {
		struct vcpu_runstate_info rs;

		vcpu_runstate_get(v, &rs);
		info->cpu_time += rs.time[RUNSTATE_running];
		info->max_vcpu_id = v->vcpu_id;
		if (test_bit(VPF_down, &v->pause_flags))
			continue;
		if (!test_bit(VPF_blocked, &v->pause_flags))
			flags &= ~XEN_DOMINF_blocked;
		if (v->is_running)
			flags |= XEN_DOMINF_running;
		info->nr_online_vcpus++;
	}
	info->flags |= flags;
}

static u32 domain_flags(const struct domain *d)
{
	u32 flags = 0;

	if (d->is_dying == DOMDYING_dead)
		flags |= XEN_DOMINF_dying;
	if (d->is_shut_down)
		flags |= XEN_DOMINF_shutdown | (d->shutdown_code & XEN_DOMINF_shutdownmask) << XEN_DOMINF_shutdownshift;
	if (d->controller_paused)
		flags |= XEN_DOMINF_paused;
	if (d->debugger_attached)
		flags |= XEN_DOMINF_debugged;
	if (d->options & XEN_DOMCTL_CDF_xs_domain)
		flags |= XEN_DOMINF_xs_domain;
	return flags;
}

void getdomaininfo(struct domain *d, struct xen_domctl_getdomaininfo *info)
{
	memset(info, 0, sizeof(*info));
	info->domain = d->domain_id;
	info->flags = domain_flags(d);
	sum_vcpus(d, info);
	info->tot_pages = d->tot_pages;
	info->max_pages = d->max_pages;
	info->outstanding_pages = d->outstanding_pages;
	info->shared_info_frame = d->shared_info ? mfn_x(virt_to_mfn(d->shared_info)) : ~0ULL;
	info->ssidref = d->ssidref;
	memcpy(info->handle, d->handle, sizeof(info->handle));
	info->gpaddr_bits = PADDR_BITS;
}
