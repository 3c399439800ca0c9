/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Making domains, and freeing what is left of them.
 *
 * A domain lives as long as somebody refers to it: its own existence (dropped at the end of domain_kill()), each frame it
 * owns, and whoever called get_domain(). The last put unlinks it; the memory goes after every CPU passed a quiescent point.
 */
#include <xen/domain_if.h>
#include <xen/grant.h>
#include <xen/sched.h>
#include <xen/time.h>

#define DOMID_NOBODY	0x7fff	/* idle's; never visible to guests */

struct domain *hardware_domain, *dom_xen, *dom_io, *idle_domain;
struct vcpu *idle_vcpu[NR_CPUS];

static struct domain *domain_alloc(domid_t domid)
{
	struct domain *d = alloc_xenheap_zeroed_page();

	BUILD_BUG_ON(sizeof(struct domain) > PAGE_SIZE);
	if (!d)
		return NULL;
	d->domain_id = domid;
	atomic_set(&d->refcnt, 1);
	d->shutdown_code = ~0U;
	spin_lock_init(&d->domain_lock);
	spin_lock_init(&d->page_alloc_lock);
	spin_lock_init(&d->shutdown_lock);
	spin_lock_init(&d->event_lock);
	spin_lock_init(&d->pause_others_lock);
	spin_lock_init(&d->watchdog_lock);
	page_list_init(&d->page_list);
	page_list_init(&d->xenpage_list);
	return d;
}

static int alloc_vcpu_array(struct domain *d, unsigned int max_vcpus)
{
	d->vcpu = xzalloc_array(struct vcpu *, max_vcpus);
	if (!d->vcpu)
		return -ENOMEM;
	d->max_vcpus = max_vcpus;
	return 0;
}

/* A domain that never runs guests and is not in the list: an owner of frames. */
static struct domain *special_domain(domid_t domid)
{
	struct domain *d = domain_alloc(domid);

	if (!d)
		panic("no memory for the domain %#x", domid);
	return d;
}

void __init domain_subsys_init(void)
{
	dom_xen = special_domain(DOMID_XEN);
	dom_io = special_domain(DOMID_IO);
	idle_domain = special_domain(DOMID_NOBODY);
	if (alloc_vcpu_array(idle_domain, NR_CPUS))
		panic("no memory for the idle vcpus");
}

/*
 * The vcpu that `cpu` runs when it has nothing else. It counts as running there already.
 * Boot CPU: after scheduler_init() and domain_subsys_init(). Panics without memory.
 */
struct vcpu *idle_vcpu_create(unsigned int cpu)
{
	struct vcpu *v = vcpu_create(idle_domain, cpu);

	if (!v)
		panic("no memory for the idle vcpu of CPU %u", cpu);
	idle_vcpu[cpu] = v;
	return v;
}

static void init_from_config(struct domain *d, const struct xen_domctl_createdomain *cfg, bool is_priv)
{
	d->is_privileged = is_priv;
	d->max_pages = is_priv ? ~0U : 0;
	d->options = cfg->flags;
	d->ssidref = cfg->ssidref;
	memcpy(d->handle, cfg->handle, sizeof(d->handle));
	atomic_set(&d->pause_count, 1);
	d->controller_pause_count = 1;
	d->controller_paused = true;
	domain_watchdog_init(d);
}

static int alloc_shared_info(struct domain *d)
{
	d->shared_info = alloc_xenheap_zeroed_page();
	if (!d->shared_info)
		return -ENOMEM;
	share_xen_page_with_guest(virt_to_page(d->shared_info), d, SHARE_rw);
	update_domain_wallclock_time(d);
	return 0;
}

static int init_parts(struct domain *d, const struct xen_domctl_createdomain *cfg)
{
	int rc = alloc_vcpu_array(d, cfg->max_vcpus);

	if (rc)
		return rc;
	rc = sched_init_domain(d);
	if (rc)
		goto fail_vcpus;
	rc = arch_domain_create(d, cfg);
	if (rc)
		goto fail_sched;
	rc = alloc_shared_info(d);
	if (rc)
		goto fail_arch;
	rc = evtchn_init(d, cfg->max_evtchn_port);
	if (rc)
		goto fail_shared;
	rc = grant_table_create(d, cfg->max_grant_frames, cfg->max_maptrack_frames);
	if (rc)
		goto fail_evtchn;
	return 0;

fail_evtchn:
	evtchn_destroy_final(d);
fail_shared:
	free_xenheap_page(d->shared_info);
fail_arch:
	arch_domain_destroy(d);
fail_sched:
	sched_destroy_domain(d);
fail_vcpus:
	XFREE(d->vcpu);
	return rc;
}

static void free_parts(struct domain *d)
{
	grant_table_destroy(d);
	evtchn_destroy_final(d);
	free_xenheap_page(d->shared_info);
	arch_domain_destroy(d);
	sched_destroy_domain(d);
	xfree(d->vcpu);
}

struct domain *domain_create(domid_t domid, const struct xen_domctl_createdomain *cfg, bool is_priv)
{
	struct domain *d;
	int rc;

	if (cfg->max_vcpus < 1 || cfg->max_vcpus > MAX_VIRT_CPUS || domid >= DOMID_FIRST_RESERVED)
		return ERR_PTR(-EINVAL);
	if (domain_by_id(domid))
		return ERR_PTR(-EEXIST);
	d = domain_alloc(domid);
	if (!d)
		return ERR_PTR(-ENOMEM);
	init_from_config(d, cfg, is_priv);
	rc = init_parts(d, cfg);
	if (rc)
		goto fail;
	rc = domlist_insert(d);
	if (rc) {
		free_parts(d);
		goto fail;
	}
	if (is_priv && !hardware_domain)
		hardware_domain = d;
	return d;
fail:
	free_xenheap_page(d);
	return ERR_PTR(rc);
}

/* Nobody refers to d and no CPU can still look at it. */
void domain_free(struct domain *d)
{
	domain_watchdog_kill(d);
	for (unsigned int i = d->max_vcpus; i-- > 0; )
		if (d->vcpu[i])
			vcpu_destroy(d->vcpu[i]);
	free_parts(d);
	free_xenheap_page(d);
	send_global_virq(VIRQ_DOM_EXC);
}
