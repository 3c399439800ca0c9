/* SPDX-License-Identifier: GPL-2.0-only */
/* domctl rows about whole domains: life, limits, names. */
#include <xen/domctl_if.h>
#include <xen/grant.h>
#include <xen/sched.h>
#include <xen/time.h>

#define FLAGS_KNOWN	(XEN_DOMCTL_CDF_s3_integrity | XEN_DOMCTL_CDF_oos_off | XEN_DOMCTL_CDF_xs_domain)

static int check_config(const struct xen_domctl_createdomain *cfg)
{
	if (cfg->flags & ~FLAGS_KNOWN || cfg->iommu_opts)
		return -EINVAL;
	if (XEN_DOMCTL_GRANT_version(cfg->grant_opts) != 1 || cfg->grant_opts & ~XEN_DOMCTL_GRANT_version_mask)
		return -EINVAL;
	if (cfg->vmtrace_size || cfg->arch.emulation_flags)
		return -EOPNOTSUPP;
	return cfg->cpupool_id ? -ENOENT : 0;
}

/* Ids go round, so that one that was freed is not given out again at once. */
static domid_t next_domid(void)
{
	static domid_t last;	/* racing callers get -EEXIST from domain_create() at worst */
	domid_t id = last;

	do {
		id = id + 1 < DOMID_FIRST_RESERVED ? id + 1 : 1;
		if (!domain_by_id(id)) {
			last = id;
			return id;
		}
	} while (id != last);
	return 0;
}

long domctl_createdomain(struct xen_domctl *op, struct domain *none)
{
	domid_t id = op->domain;
	struct domain *d;
	int rc = check_config(&op->u.createdomain);

	if (rc)
		return rc;
	if (id == 0 || id >= DOMID_FIRST_RESERVED) {
		id = next_domid();
		if (!id)
			return -ENOMEM;
	}
	d = domain_create(id, &op->u.createdomain, false);
	if (IS_ERR(d))
		return PTR_ERR(d);
	op->domain = id;
	return 0;
}

long domctl_destroydomain(struct xen_domctl *op, struct domain *d)
{
	return domain_kill(d);
}

long domctl_pausedomain(struct xen_domctl *op, struct domain *d)
{
	return d == current->domain ? -EINVAL : domain_pause_by_systemcontroller(d);
}

long domctl_unpausedomain(struct xen_domctl *op, struct domain *d)
{
	return d == current->domain ? -EINVAL : domain_unpause_by_systemcontroller(d);
}

long domctl_resumedomain(struct xen_domctl *op, struct domain *d)
{
	if (d == current->domain)
		return -EINVAL;
	domain_resume(d);
	return 0;
}

long domctl_getdomaininfo(struct xen_domctl *op, struct domain *d)
{
	getdomaininfo(d, &op->u.getdomaininfo);
	op->domain = d->domain_id;
	return 0;
}

long domctl_max_mem(struct xen_domctl *op, struct domain *d)
{
	spin_lock(&d->page_alloc_lock);
	d->max_pages = min_t(u64, op->u.max_mem.max_memkb >> (PAGE_SHIFT - 10), ~0U);
	spin_unlock(&d->page_alloc_lock);
	return 0;
}

long domctl_max_vcpus(struct xen_domctl *op, struct domain *d)
{
	u32 max = op->u.max_vcpus.max;
	long rc = 0;

	if (d == current->domain || max < 1 || max > d->max_vcpus)
		return -EINVAL;
	spin_lock(&d->domain_lock);
	for (u32 i = 0; i < max && !rc; i++) {
		if (d->vcpu[i])
			continue;
		if (d->is_dying)
			rc = -EINVAL;
		else if (!vcpu_create(d, i))
			rc = -ENOMEM;
		else if (i + 1 < max && general_preempt_check())
			rc = -ERESTART;
	}
	spin_unlock(&d->domain_lock);
	return rc;
}

long domctl_setdomainhandle(struct xen_domctl *op, struct domain *d)
{
	memcpy(d->handle, op->u.setdomainhandle.handle, sizeof(d->handle));
	return 0;
}

long domctl_settimeoffset(struct xen_domctl *op, struct domain *d)
{
	d->time_offset_seconds = op->u.settimeoffset.time_offset_seconds;
	update_domain_wallclock_time(d);
	return 0;
}

long domctl_scheduler_op(struct xen_domctl *op, struct domain *d)
{
	return sched_adjust(d, &op->u.scheduler_op);
}

/* One memory node: every domain has affinity to it. */
long domctl_setnodeaffinity(struct xen_domctl *op, struct domain *d)
{
	unsigned long nodes;

	if (mask_from_xenctl(&nodes, 1, &op->u.nodeaffinity.nodemap))
		return -EFAULT;
	return nodes & 1 ? 0 : -EINVAL;
}

long domctl_getnodeaffinity(struct xen_domctl *op, struct domain *d)
{
	unsigned long nodes = 1;

	return mask_to_xenctl(&op->u.nodeaffinity.nodemap, &nodes, 1);
}

long domctl_setvnumainfo(struct xen_domctl *op, struct domain *d)
{
	return -EOPNOTSUPP;
}

/* No pool of pages is kept apart for shadows: its size is 0 and stays that. */
long domctl_get_paging_mempool_size(struct xen_domctl *op, struct domain *d)
{
	op->u.paging_mempool.size = 0;
	return 0;
}

long domctl_set_paging_mempool_size(struct xen_domctl *op, struct domain *d)
{
	return op->u.paging_mempool.size ? -EOPNOTSUPP : 0;
}
