// SPDX-License-Identifier: GPL-2.0-only
/* Operations on one domain. Each function fills a domctl, sends it and takes the answer out. */
#include <sched.h>

#include "xc_internal.h"

/* The hypervisor's own way to say "call again"; it has no name in <errno.h>. */
#define XEN_ERESTART 85

/* Sends an op that has no out-data and ends the call. */
static int simple(xc_interface *xch, struct xen_domctl *op, const char *what)
{
	int rc = domctl(xch, op, what);

	bounce_end(xch);
	return rc;
}

int xc_domain_create(xc_interface *xch, uint16_t *domid, struct xen_domctl_createdomain *cfg)
{
	DOMCTL(op, createdomain, *domid);
	int rc;

	op.u.createdomain = *cfg;
	rc = simple(xch, &op, "creating a domain");
	if (rc)
		return rc;
	*domid = op.domain;
	*cfg = op.u.createdomain;
	return 0;
}

int xc_domain_destroy(xc_interface *xch, uint16_t domid)
{
	int rc;

	for (;;) {
		DOMCTL(op, destroydomain, domid);

		rc = simple(xch, &op, "destroying");
		if (rc != -EAGAIN && rc != -EINTR && rc != -XEN_ERESTART)
			return rc;
		sched_yield();
	}
}

int xc_domain_pause(xc_interface *xch, uint16_t domid)
{
	DOMCTL(op, pausedomain, domid);

	return simple(xch, &op, "pausing");
}

int xc_domain_unpause(xc_interface *xch, uint16_t domid)
{
	DOMCTL(op, unpausedomain, domid);

	return simple(xch, &op, "unpausing");
}

/*
 * The guest sees the result of its suspend call in rax: 1 means that it was not saved and keeps all it has.
 */
static int set_suspend_cancelled(xc_interface *xch, uint16_t domid)
{
	struct vcpu_guest_context ctx;
	int rc = xc_vcpu_get_context(xch, domid, 0, &ctx);

	if (rc)
		return rc;
	ctx.user_regs.rax = 1;
	return xc_vcpu_set_context(xch, domid, 0, &ctx);
}

int xc_domain_resume(xc_interface *xch, uint16_t domid, bool fast)
{
	DOMCTL(op, resumedomain, domid);
	int rc = fast ? set_suspend_cancelled(xch, domid) : 0;

	return rc ? rc : simple(xch, &op, "resuming");
}

int xc_domain_max_vcpus(xc_interface *xch, uint16_t domid, unsigned int max)
{
	DOMCTL(op, max_vcpus, domid);

	op.u.max_vcpus.max = max;
	return simple(xch, &op, "making vcpus");
}

int xc_domain_max_mem_kb(xc_interface *xch, uint16_t domid, uint64_t kib)
{
	DOMCTL(op, max_mem, domid);

	op.u.max_mem.max_memkb = kib;
	return simple(xch, &op, "setting the memory limit");
}

int xc_domain_getinfo(xc_interface *xch, uint16_t domid, struct xen_domctl_getdomaininfo *info)
{
	DOMCTL(op, getdomaininfo, domid);
	int rc = simple(xch, &op, "looking up");

	if (rc)
		return rc;
	if (op.u.getdomaininfo.domain != domid)
		return fail_dom(xch, -ESRCH, "looking up", domid);
	*info = op.u.getdomaininfo;
	return 0;
}

int xc_domain_set_handle(xc_interface *xch, uint16_t domid, const uint8_t handle[16])
{
	DOMCTL(op, setdomainhandle, domid);

	memcpy(op.u.setdomainhandle.handle, handle, 16);
	return simple(xch, &op, "setting the UUID");
}

int xc_domain_set_address_size(xc_interface *xch, uint16_t domid, unsigned int bits)
{
	DOMCTL(op, set_address_size, domid);

	op.u.address_size.size = bits;
	return simple(xch, &op, "setting the address size");
}

int xc_domain_get_address_size(xc_interface *xch, uint16_t domid, unsigned int *bits)
{
	DOMCTL(op, get_address_size, domid);
	int rc = simple(xch, &op, "reading the address size");

	if (!rc)
		*bits = op.u.address_size.size;
	return rc;
}

int xc_domain_hypercall_init(xc_interface *xch, uint16_t domid, uint64_t gmfn)
{
	DOMCTL(op, hypercall_init, domid);

	op.u.hypercall_init.gmfn = gmfn;
	return simple(xch, &op, "filling the hypercall page");
}

int xc_domain_set_tsc_info(xc_interface *xch, uint16_t domid, const struct xen_domctl_tsc_info *info)
{
	DOMCTL(op, settscinfo, domid);

	op.u.tsc_info = *info;
	return simple(xch, &op, "setting the TSC mode");
}

int xc_domain_get_tsc_info(xc_interface *xch, uint16_t domid, struct xen_domctl_tsc_info *info)
{
	DOMCTL(op, gettscinfo, domid);
	int rc = simple(xch, &op, "reading the TSC mode");

	if (!rc)
		*info = op.u.tsc_info;
	return rc;
}

int xc_domain_set_time_offset(xc_interface *xch, uint16_t domid, int64_t seconds)
{
	DOMCTL(op, settimeoffset, domid);

	op.u.settimeoffset.time_offset_seconds = seconds;
	return simple(xch, &op, "setting the time offset");
}

int xc_domain_send_trigger(xc_interface *xch, uint16_t domid, unsigned int trigger, unsigned int vcpu)
{
	DOMCTL(op, sendtrigger, domid);

	op.u.sendtrigger.trigger = trigger;
	op.u.sendtrigger.vcpu = vcpu;
	return simple(xch, &op, "sending a trigger");
}

int xc_domain_get_page_types(xc_interface *xch, uint16_t domid, unsigned int n, xen_pfn_t *frames)
{
	DOMCTL(op, getpageframeinfo3, domid);
	size_t size = n * sizeof(*frames);
	xen_pfn_t *b = bounce_in(xch, frames, size);
	int rc;

	if (!b) {
		rc = fail(xch, -ENOMEM, "reading page types");
		goto out;
	}
	op.u.getpageframeinfo3.num = n;
	set_xen_guest_handle(op.u.getpageframeinfo3.array, b);
	rc = domctl(xch, &op, "reading page types");
	if (!rc)
		memcpy(frames, b, size);
out:
	bounce_end(xch);
	return rc;
}

long xc_domain_shadow_op(xc_interface *xch, uint16_t domid, unsigned int cmd, unsigned int mode,
			 void *bitmap, uint64_t pages, struct xen_domctl_shadow_op_stats *stats)
{
	DOMCTL(op, shadow_op, domid);
	size_t size = (pages + 7) / 8;
	uint8_t *b = NULL;
	long rc;

	op.u.shadow_op.op = cmd;
	op.u.shadow_op.mode = mode;
	if (bitmap) {
		b = bounce_alloc(xch, size);
		if (!b) {
			rc = fail(xch, -ENOMEM, "logging dirty pages");
			goto out;
		}
		memset(b, 0, size);
		set_xen_guest_handle(op.u.shadow_op.dirty_bitmap, b);
	}
	op.u.shadow_op.pages = pages;
	rc = domctl(xch, &op, "logging dirty pages");
	if (rc)
		goto out;
	if (bitmap)
		memcpy(bitmap, b, size);
	if (stats)
		*stats = op.u.shadow_op.stats;
	rc = bitmap ? op.u.shadow_op.pages : 0;
out:
	bounce_end(xch);
	return rc;
}

static int cpu_policy(xc_interface *xch, struct xen_domctl *op, bool get, uint32_t *nr_leaves,
		      xen_cpuid_leaf_t *leaves, uint32_t *nr_msrs, xen_msr_entry_t *msrs)
{
	const char *what = get ? "reading the CPU policy" : "setting the CPU policy";
	size_t leaves_size = *nr_leaves * sizeof(*leaves), msrs_size = *nr_msrs * sizeof(*msrs);
	xen_cpuid_leaf_t *bl = bounce_in(xch, leaves, leaves_size);
	xen_msr_entry_t *bm = bounce_in(xch, msrs, msrs_size);
	int rc;

	if (!bl || !bm) {
		rc = fail(xch, -ENOMEM, what);
		goto out;
	}
	op->u.cpu_policy.nr_leaves = *nr_leaves;
	op->u.cpu_policy.nr_msrs = *nr_msrs;
	set_xen_guest_handle(op->u.cpu_policy.leaves, bl);
	set_xen_guest_handle(op->u.cpu_policy.msrs, bm);
	rc = domctl(xch, op, what);
	if (rc || !get)
		goto out;
	*nr_leaves = op->u.cpu_policy.nr_leaves;
	*nr_msrs = op->u.cpu_policy.nr_msrs;
	memcpy(leaves, bl, leaves_size);
	memcpy(msrs, bm, msrs_size);
out:
	bounce_end(xch);
	return rc;
}

int xc_domain_get_cpu_policy(xc_interface *xch, uint16_t domid, uint32_t *nr_leaves, xen_cpuid_leaf_t *leaves,
			     uint32_t *nr_msrs, xen_msr_entry_t *msrs)
{
	DOMCTL(op, get_cpu_policy, domid);

	return cpu_policy(xch, &op, true, nr_leaves, leaves, nr_msrs, msrs);
}

int xc_domain_set_cpu_policy(xc_interface *xch, uint16_t domid, uint32_t nr_leaves, xen_cpuid_leaf_t *leaves,
			     uint32_t nr_msrs, xen_msr_entry_t *msrs)
{
	DOMCTL(op, set_cpu_policy, domid);

	return cpu_policy(xch, &op, false, &nr_leaves, leaves, &nr_msrs, msrs);
}

int xc_domain_set_node_affinity(xc_interface *xch, uint16_t domid, const uint8_t *nodes, unsigned int bits)
{
	DOMCTL(op, setnodeaffinity, domid);
	uint8_t *b = bounce_in(xch, nodes, (bits + 7) / 8);
	int rc;

	if (b) {
		op.u.nodeaffinity.nodemap.nr_bits = bits;
		set_xen_guest_handle(op.u.nodeaffinity.nodemap.bitmap, b);
		rc = domctl(xch, &op, "setting the node affinity");
	} else {
		rc = fail(xch, -ENOMEM, "setting the node affinity");
	}
	bounce_end(xch);
	return rc;
}
