/* SPDX-License-Identifier: GPL-2.0-only */
/* sysctl: questions about the machine and settings of it. Its version is part of each call; others are refused. */
#include <xen/console.h>
#include <xen/domctl_if.h>
#include <xen/hypercall.h>
#include <xen/sched.h>
#include <xen/time.h>
#include <asm/cpu-policy.h>
#include <public/sysctl.h>

#define ROW(name, back)	[XEN_SYSCTL_##name] = { sysctl_##name, back },
static const struct {
	long (*fn)(struct xen_sysctl *op);
	bool copy_back;
} rows[] = { SYSCTL_TABLE(ROW) };

long do_sysctl(unsigned long uarg)
{
	struct xen_sysctl op;
	long rc = may(current->domain, ACT_system, NULL);

	if (rc)
		return rc;
	if (copy_in(&op, uarg, sizeof(op)))
		return -EFAULT;
	if (op.interface_version != XEN_SYSCTL_INTERFACE_VERSION)
		return -EACCES;
	if (op.cmd >= ARRAY_SIZE(rows) || !rows[op.cmd].fn)
		return -ENOSYS;
	rc = rows[op.cmd].fn(&op);
	if (rc == -ERESTART)
		return hypercall_continue(35, uarg);
	if (rows[op.cmd].copy_back && (rc >= 0 || rc == -ENOBUFS) && copy_out(uarg, &op, sizeof(op)))
		return -EFAULT;
	return rc;
}

/* -- console ---------------------------------------------------------------------------------------------------------- */

long sysctl_readconsole(struct xen_sysctl *op)
{
	struct xen_sysctl_readconsole *rc = &op->u.readconsole;
	unsigned long to = handle_addr(rc->buffer);
	bool incremental = rc->incremental;
	char buf[256];
	u32 done = 0;

	while (done < rc->count) {
		size_t n = console_ring_read(&rc->index, incremental, rc->clear, buf,
					     min_t(u32, rc->count - done, sizeof(buf)));

		if (!n)
			break;
		if (copy_out(to + done, buf, n))
			return -EFAULT;
		done += n;
		incremental = true;	/* from where we stand */
	}
	rc->count = done;
	return 0;
}

#define MAX_KEYS	64

long sysctl_debug_keys(struct xen_sysctl *op)
{
	const struct xen_sysctl_debug_keys *k = &op->u.debug_keys;
	char keys[MAX_KEYS];

	if (k->nr_keys > MAX_KEYS)
		return -E2BIG;
	if (copy_in(keys, handle_addr(k->keys), k->nr_keys))
		return -EFAULT;
	for (u32 i = 0; i < k->nr_keys; i++)
		handle_keypress(keys[i]);
	return 0;
}

/* -- the machine -------------------------------------------------------------------------------------------------------- */

long sysctl_physinfo(struct xen_sysctl *op)
{
	struct xen_sysctl_physinfo *pi = &op->u.physinfo;
	u32 features[FS_WORDS];

	memset(pi, 0, sizeof(*pi));
	pi->threads_per_core = 1;
	pi->cores_per_socket = num_online_cpus();
	pi->nr_cpus = num_online_cpus();
	pi->max_cpu_id = nr_cpu_ids - 1;
	pi->nr_nodes = 1;
	pi->cpu_khz = cpu_khz;
	pi->capabilities = XEN_SYSCTL_PHYSCAP_pv | XEN_SYSCTL_PHYSCAP_gnttab_v1;
	pi->total_pages = total_pages;
	pi->free_pages = avail_domheap_pages();
	pi->outstanding_pages = outstanding_claims();
	pi->max_mfn = max_page - 1;
	policy_to_featureset(&host_policy, features);
	memcpy(pi->hw_cap, features, sizeof(pi->hw_cap));
	return 0;
}

long sysctl_getcpuinfo(struct xen_sysctl *op)
{
	struct xen_sysctl_getcpuinfo *ci = &op->u.getcpuinfo;
	u32 n = min(ci->max_cpus, nr_cpu_ids);

	for (u32 cpu = 0; cpu < n; cpu++) {
		struct xen_sysctl_cpuinfo one = { .idletime = sched_cpu_idle_time(cpu) };

		if (copy_out_elem(handle_addr(ci->info), cpu, &one))
			return -EFAULT;
	}
	ci->nr_cpus = n;
	return 0;
}

long sysctl_availheap(struct xen_sysctl *op)
{
	struct xen_sysctl_availheap *ah = &op->u.availheap;
	unsigned long pages = ah->max_bitwidth ? avail_heap_pages_below(ah->max_bitwidth) : avail_domheap_pages();

	if (ah->node > 0)
		pages = 0;
	if (ah->min_bitwidth)
		pages -= min(pages, avail_heap_pages_below(ah->min_bitwidth - 1));
	ah->avail_bytes = (u64)pages << PAGE_SHIFT;
	return 0;
}

/* No handle: how many there are. Too little room: part of it, and how many there are. */
long sysctl_cputopoinfo(struct xen_sysctl *op)
{
	struct xen_sysctl_cputopoinfo *ti = &op->u.cputopoinfo;
	u32 n = handle_addr(ti->cputopo) ? min(ti->num_cpus, nr_cpu_ids) : 0;

	for (u32 cpu = 0; cpu < n; cpu++) {
		struct xen_sysctl_cputopo one = { .core = cpu, .socket = 0, .node = 0 };

		if (!cpu_online(cpu))
			one = (struct xen_sysctl_cputopo){ XEN_INVALID_CORE_ID, XEN_INVALID_SOCKET_ID, XEN_INVALID_NODE_ID };
		if (copy_out_elem(handle_addr(ti->cputopo), cpu, &one))
			return -EFAULT;
	}
	ti->num_cpus = nr_cpu_ids;
	return 0;
}

#define LOCAL_DISTANCE	10	/* of a node to itself, by the firmware's convention */

long sysctl_numainfo(struct xen_sysctl *op)
{
	struct xen_sysctl_numainfo *ni = &op->u.numainfo;
	struct xen_sysctl_meminfo mem = {
		.memsize = (u64)total_pages << PAGE_SHIFT, .memfree = (u64)avail_domheap_pages() << PAGE_SHIFT,
	};
	u32 distance = LOCAL_DISTANCE;

	if (ni->num_nodes) {
		if (handle_addr(ni->meminfo) && copy_out(handle_addr(ni->meminfo), &mem, sizeof(mem)))
			return -EFAULT;
		if (handle_addr(ni->distance) && copy_out(handle_addr(ni->distance), &distance, sizeof(distance)))
			return -EFAULT;
	}
	ni->num_nodes = 1;
	return 0;
}

#define DEVICES_AT_ONCE	64	/* the caller asks again for the rest */

/* All devices hang on the one node. */
long sysctl_pcitopoinfo(struct xen_sysctl *op)
{
	struct xen_sysctl_pcitopoinfo *ti = &op->u.pcitopoinfo;
	u32 n = min_t(u32, ti->num_devs, DEVICES_AT_ONCE), node = 0;

	for (u32 i = 0; i < n; i++) {
		physdev_pci_device_t dev;

		if (copy_in_elem(&dev, handle_addr(ti->devs), i) || copy_out_elem(handle_addr(ti->nodes), i, &node))
			return -EFAULT;
	}
	ti->num_devs = n;
	return 0;
}

/* -- domains and scheduling ------------------------------------------------------------------------------------------------ */

long sysctl_getdomaininfolist(struct xen_sysctl *op)
{
	struct xen_sysctl_getdomaininfolist *l = &op->u.getdomaininfolist;
	struct xen_domctl_getdomaininfo info;
	struct domain *d;
	u32 n = 0;

	for_each_domain(d) {
		if (n == l->max_domains)
			break;
		if (d->domain_id < l->first_domain)
			continue;
		getdomaininfo(d, &info);
		if (copy_out_elem(handle_addr(l->buffer), n, &info))
			return -EFAULT;
		n++;
	}
	l->num_domains = n;
	return 0;
}

long sysctl_sched_id(struct xen_sysctl *op)
{
	op->u.sched_id.sched_id = sched_id();
	return 0;
}

long sysctl_scheduler_op(struct xen_sysctl *op)
{
	if (op->u.scheduler_op.cpupool_id)
		return -ESRCH;
	return sched_adjust_global(&op->u.scheduler_op);
}

static long pool_info(struct xen_sysctl_cpupool_op *p)
{
	struct domain *d;

	if (p->cpupool_id)
		return -ENOENT;
	p->sched_id = sched_id();
	p->n_dom = 0;
	for_each_domain(d)
		p->n_dom++;
	return mask_to_xenctl(&p->cpumap, cpu_online_map.bits, NR_CPUS);
}

/* There is one pool, number 0, with all CPUs and all domains in it. */
long sysctl_cpupool_op(struct xen_sysctl *op)
{
	struct xen_sysctl_cpupool_op *p = &op->u.cpupool_op;
	cpumask_t none = {};

	switch (p->op) {
	case XEN_SYSCTL_CPUPOOL_OP_INFO:
		return pool_info(p);
	case XEN_SYSCTL_CPUPOOL_OP_FREEINFO:
		return mask_to_xenctl(&p->cpumap, none.bits, NR_CPUS);
	case XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN:
		return p->cpupool_id ? -ENOENT : 0;
	default:
		return -EOPNOTSUPP;
	}
}

/* -- what is not there ------------------------------------------------------------------------------------------------------ */

long sysctl_tbuf_op(struct xen_sysctl *op)
{
	struct xen_sysctl_tbuf_op *t = &op->u.tbuf_op;

	if (t->cmd != XEN_SYSCTL_TBUFOP_get_info)
		return -EOPNOTSUPP;
	t->evt_mask = 0;
	t->buffer_mfn = 0;
	t->size = 0;		/* no trace buffers */
	return 0;
}

long sysctl_psr_cmt_op(struct xen_sysctl *op)
{
	return -ENODEV;
}

long sysctl_psr_alloc(struct xen_sysctl *op)
{
	return -ENODEV;
}

/* -- CPUID (asm/cpu-policy.h) -------------------------------------------------------------------------------------------------- */

long sysctl_get_cpu_levelling_caps(struct xen_sysctl *op)
{
	op->u.cpu_levelling_caps.caps = 0;	/* CPUID of guests' user code is not intercepted */
	return 0;
}

long sysctl_get_cpu_featureset(struct xen_sysctl *op)
{
	return cpu_policy_sysctl_featureset(&op->u.cpu_featureset);
}

long sysctl_get_cpu_policy(struct xen_sysctl *op)
{
	return cpu_policy_sysctl_get(&op->u.cpu_policy);
}
