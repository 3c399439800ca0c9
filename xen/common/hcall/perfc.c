/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters for the tools (XEN_SYSCTL_perfc_op): what each domain's vcpus have counted, as "domain N: WHAT", one value
 * each, the low 32 bits of the sum. Domains come and go between two calls, so nr_counters and nr_vals say on the way in
 * how much room the caller has, and on the way out how much there is.
 */
#include <xen/domctl_if.h>
#include <xen/hypercall.h>
#include <xen/sched.h>
#include <public/sysctl.h>

static const struct {
	const char *what;
	size_t offset;		/* of a u64 in struct vcpu */
} counters[] = {
	{ "events sent", offsetof(struct vcpu, events_sent) },
	{ "upcalls", offsetof(struct vcpu, upcalls) },
};

/* Each vcpu writes its own: a read may miss the last ones. */
static u32 sum(struct domain *d, size_t offset)
{
	struct vcpu *v;
	u64 n = 0;

	for_each_vcpu(d, v)
		n += READ_ONCE(*(u64 *)((char *)v + offset));
	return n;
}

static long copy_counter(const struct xen_sysctl_perfc_op *p, struct domain *d, unsigned int which, u32 index)
{
	struct xen_sysctl_perfc_desc desc = { .nr_vals = 1 };
	xen_sysctl_perfc_val_t val = sum(d, counters[which].offset);

	snprintf(desc.name, sizeof(desc.name), "domain %u: %s", d->domain_id, counters[which].what);
	if (copy_out_elem(handle_addr(p->desc), index, &desc) || copy_out_elem(handle_addr(p->val), index, &val))
		return -EFAULT;
	return 0;
}

long sysctl_perfc_op(struct xen_sysctl *op)
{
	struct xen_sysctl_perfc_op *p = &op->u.perfc_op;
	u32 room = min(p->nr_counters, p->nr_vals), n = 0;
	struct domain *d;

	if (p->cmd != XEN_SYSCTL_PERFCOP_query)
		return -EOPNOTSUPP;
	if (!handle_addr(p->desc) || !handle_addr(p->val))
		room = 0;
	for_each_domain(d) {
		for (unsigned int i = 0; i < ARRAY_SIZE(counters); i++, n++) {
			long rc = n < room ? copy_counter(p, d, i, n) : 0;

			if (rc)
				return rc;
		}
	}
	p->nr_counters = p->nr_vals = n;
	return 0;
}
