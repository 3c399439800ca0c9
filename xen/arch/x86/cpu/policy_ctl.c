/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Policies to and from the tools: arrays of { leaf, subleaf, a, b, c, d } and of { msr, flags, value }.
 * Written leaves are merged into a copy of the domain's policy, which replaces the old one only when all
 * of it is acceptable.
 */
#include <xen/errno.h>
#include <xen/guest_access.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/sched.h>
#include <asm/cpu-policy.h>
#include <public/xen.h>
#include <public/sysctl.h>

#define MSR_PLATFORM_INFO	0xce
#define MAX_MSRS		2
/* Single leaves, subleaves and the two hypervisor leaves. */
#define MAX_LEAVES	(POLICY_NR_BASIC - 4 + POLICY_NR_CACHE + POLICY_NR_FEAT + POLICY_NR_TOPO +	\
			 POLICY_NR_XSTATE + POLICY_NR_EXT + 2)

/* -- out --------------------------------------------------------------------------------------- */

struct leaf_writer {
	unsigned long to;		/* guest address */
	u32 room, used;
	int rc;
};

static void put_leaf(struct leaf_writer *w, u32 leaf, u32 subleaf, const struct cpuid_leaf *l)
{
	xen_cpuid_leaf_t out = { leaf, subleaf, l->a, l->b, l->c, l->d };

	if (w->rc)
		return;
	if (w->used == w->room)
		w->rc = -ENOBUFS;
	else
		w->rc = copy_out_elem(w->to, w->used++, &out);
}

static void put_subleaves(struct leaf_writer *w, u32 leaf, const struct cpuid_leaf *l, u32 nr)
{
	for (u32 i = 0; i < nr; i++)
		put_leaf(w, leaf, i, &l[i]);
}

static void put_basic(struct leaf_writer *w, const struct cpu_policy *p)
{
	for (u32 i = 0; i <= min_t(u32, p->basic[0].a, POLICY_NR_BASIC - 1); i++) {
		switch (i) {
		case 4:
			put_subleaves(w, i, p->cache, POLICY_NR_CACHE);
			break;
		case 7:
			put_subleaves(w, i, p->feat, min_t(u32, p->feat[0].a, POLICY_NR_FEAT - 1) + 1);
			break;
		case 0xb:
			put_subleaves(w, i, p->topo, POLICY_NR_TOPO);
			break;
		case 0xd:
			put_subleaves(w, i, p->xstate, POLICY_NR_XSTATE);
			break;
		default:
			put_leaf(w, i, XEN_CPUID_NO_SUBLEAF, &p->basic[i]);
		}
	}
}

static int write_leaves(const struct cpu_policy *p, unsigned long to, u32 *nr)
{
	struct leaf_writer w = { .to = to, .room = *nr };
	struct cpuid_leaf hv = { .a = p->hv_limit }, hv2 = { .a = p->hv2_limit };

	put_basic(&w, p);
	put_leaf(&w, 0x40000000, XEN_CPUID_NO_SUBLEAF, &hv);
	put_leaf(&w, 0x40000100, XEN_CPUID_NO_SUBLEAF, &hv2);
	for (u32 i = 0; i <= min_t(u32, p->ext[0].a & 0xffff, POLICY_NR_EXT - 1); i++)
		put_leaf(&w, 0x80000000 + i, XEN_CPUID_NO_SUBLEAF, &p->ext[i]);
	if (!w.rc)
		*nr = w.used;
	return w.rc;
}

static int write_msrs(const struct cpu_policy *p, unsigned long to, u32 *nr)
{
	const xen_msr_entry_t out[MAX_MSRS] = {
		{ .idx = MSR_PLATFORM_INFO, .val = p->platform_info },
		{ .idx = MSR_ARCH_CAPABILITIES, .val = p->arch_caps },
	};

	if (*nr < MAX_MSRS)
		return -ENOBUFS;
	*nr = MAX_MSRS;
	return copy_out(to, out, sizeof(out));
}

int cpu_policy_domctl_get(struct domain *d, struct xen_domctl_cpu_policy *op)
{
	int rc;

	if (!d->arch.cpu_policy)
		return -EINVAL;
	rc = write_leaves(d->arch.cpu_policy, handle_addr(op->leaves), &op->nr_leaves);
	if (!rc)
		rc = write_msrs(d->arch.cpu_policy, handle_addr(op->msrs), &op->nr_msrs);
	return rc;
}

static const struct cpu_policy *system_policy(u32 index)
{
	static const struct cpu_policy *const table[] = {
		[XEN_SYSCTL_cpu_policy_raw] = &raw_policy,
		[XEN_SYSCTL_cpu_policy_host] = &host_policy,
		[XEN_SYSCTL_cpu_policy_pv_max] = &pv_max_policy,
		[XEN_SYSCTL_cpu_policy_pv_default] = &pv_def_policy,
	};

	return index < ARRAY_SIZE(table) ? table[index] : NULL;
}

int cpu_policy_sysctl_get(struct xen_sysctl_cpu_policy *op)
{
	const struct cpu_policy *p = system_policy(op->index);
	int rc = 0;

	if (op->_rsvd || op->index > XEN_SYSCTL_cpu_policy_hvm_default)
		return -EINVAL;
	if (!p)
		return -EOPNOTSUPP;
	if (!handle_addr(op->leaves))
		op->nr_leaves = MAX_LEAVES;
	else
		rc = write_leaves(p, handle_addr(op->leaves), &op->nr_leaves);
	if (rc)
		return rc;
	if (!handle_addr(op->msrs))
		op->nr_msrs = MAX_MSRS;
	else
		rc = write_msrs(p, handle_addr(op->msrs), &op->nr_msrs);
	return rc;
}

int cpu_policy_sysctl_featureset(struct xen_sysctl_cpu_featureset *op)
{
	static const struct cpu_policy *const table[] = {
		[XEN_SYSCTL_cpu_featureset_raw] = &raw_policy,
		[XEN_SYSCTL_cpu_featureset_host] = &host_policy,
		[XEN_SYSCTL_cpu_featureset_pv] = &pv_def_policy,
		[XEN_SYSCTL_cpu_featureset_pv_max] = &pv_max_policy,
	};
	u32 fs[FS_WORDS], nr = min_t(u32, op->nr_features, FS_WORDS);

	if (op->index > XEN_SYSCTL_cpu_featureset_hvm_max)
		return -EINVAL;
	if (op->index >= ARRAY_SIZE(table) || !table[op->index])
		return -EOPNOTSUPP;
	if (!handle_addr(op->features)) {
		op->nr_features = FS_WORDS;
		return 0;
	}
	policy_to_featureset(table[op->index], fs);
	if (copy_out(handle_addr(op->features), fs, nr * sizeof(fs[0])))
		return -EFAULT;
	op->nr_features = nr;
	return nr < FS_WORDS ? -ENOBUFS : 0;
}

/* -- in ---------------------------------------------------------------------------------------- */

static int take_leaf(struct cpu_policy *p, const xen_cpuid_leaf_t *in)
{
	struct cpuid_leaf *slot = policy_leaf(p, in->leaf, in->subleaf);

	if (slot) {
		*slot = (struct cpuid_leaf){ in->a, in->b, in->c, in->d };
		return 0;
	}
	if (in->subleaf != XEN_CPUID_NO_SUBLEAF)
		return -ERANGE;
	if (in->leaf == 0x40000000)
		p->hv_limit = in->a;
	else if (in->leaf == 0x40000100)
		p->hv2_limit = in->a;
	else
		return -ERANGE;
	return 0;
}

static int take_leaves(struct cpu_policy *p, struct xen_domctl_cpu_policy *op)
{
	for (u32 i = 0; i < op->nr_leaves; i++) {
		xen_cpuid_leaf_t in;

		if (copy_in_elem(&in, handle_addr(op->leaves), i))
			return -EFAULT;
		if (take_leaf(p, &in)) {
			op->err_leaf = in.leaf;
			op->err_subleaf = in.subleaf;
			return -ERANGE;
		}
	}
	return 0;
}

static int take_msrs(struct cpu_policy *p, struct xen_domctl_cpu_policy *op)
{
	for (u32 i = 0; i < op->nr_msrs; i++) {
		xen_msr_entry_t in;

		if (copy_in_elem(&in, handle_addr(op->msrs), i))
			return -EFAULT;
		op->err_msr = in.idx;
		if (in.flags)
			return -EINVAL;
		if (in.idx == MSR_PLATFORM_INFO)
			p->platform_info = in.val;
		else if (in.idx == MSR_ARCH_CAPABILITIES)
			p->arch_caps = in.val;
		else
			return -ERANGE;
	}
	op->err_msr = ~0u;
	return 0;
}

/*
 * What sanitising would not put right is refused, so that a guest never starts with less than it was
 * promised.
 */
static int check_policy(const struct cpu_policy *p, struct xen_domctl_cpu_policy *op)
{
	const struct cpu_policy *max = &pv_max_policy;

	op->err_subleaf = XEN_CPUID_NO_SUBLEAF;
	op->err_leaf = 0;
	if (p->basic[0].a > max->basic[0].a)
		return -EINVAL;
	op->err_leaf = 0x80000000;
	if (p->ext[0].a > max->ext[0].a)
		return -EINVAL;
	op->err_leaf = 7;
	op->err_subleaf = 0;
	if (p->feat[0].a > max->feat[0].a)
		return -EINVAL;
	op->err_leaf = op->err_subleaf = ~0u;
	op->err_msr = MSR_PLATFORM_INFO;
	if (p->platform_info & ~max->platform_info)
		return -EINVAL;
	op->err_msr = ~0u;
	return 0;
}

int cpu_policy_domctl_set(struct domain *d, struct xen_domctl_cpu_policy *op)
{
	struct cpu_policy *p;
	int rc;

	op->err_leaf = op->err_subleaf = op->err_msr = ~0u;
	if (d == current->domain || !d->arch.cpu_policy)
		return -EINVAL;
	if (op->nr_leaves > MAX_LEAVES || op->nr_msrs > MAX_MSRS)
		return -E2BIG;
	if (d->creation_finished)
		return -EEXIST;
	p = xmalloc(struct cpu_policy);
	if (!p)
		return -ENOMEM;
	*p = *d->arch.cpu_policy;
	rc = take_leaves(p, op);
	if (!rc)
		rc = take_msrs(p, op);
	if (!rc)
		rc = check_policy(p, op);
	if (!rc) {
		policy_sanitise_pv(p, &pv_max_policy);
		*d->arch.cpu_policy = *p;
	}
	xfree(p);
	return rc;
}
