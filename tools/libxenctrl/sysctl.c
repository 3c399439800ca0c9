// SPDX-License-Identifier: GPL-2.0-only
/* Questions about, and orders to, the whole machine. */
#include <stdlib.h>

#include "xc_internal.h"

int xc_physinfo(xc_interface *xch, struct xen_sysctl_physinfo *info)
{
	SYSCTL(op, physinfo);
	int rc = sysctl_call(xch, &op, "reading machine info");

	if (!rc)
		*info = op.u.physinfo;
	bounce_end(xch);
	return rc;
}

int xc_readconsole(xc_interface *xch, char *buf, unsigned int size, bool clear, bool incremental,
		   uint32_t *index)
{
	SYSCTL(op, readconsole);
	char *b = bounce_alloc(xch, size);
	int rc;

	if (!b) {
		rc = fail(xch, -ENOMEM, "reading the hypervisor's console");
		goto out;
	}
	op.u.readconsole.clear = clear;
	op.u.readconsole.incremental = incremental;
	op.u.readconsole.index = incremental && index ? *index : 0;
	op.u.readconsole.count = size;
	set_xen_guest_handle(op.u.readconsole.buffer, b);
	rc = sysctl_call(xch, &op, "reading the hypervisor's console");
	if (rc)
		goto out;
	rc = op.u.readconsole.count < size ? op.u.readconsole.count : size;
	memcpy(buf, b, rc);
	if (index)
		*index = op.u.readconsole.index;
out:
	bounce_end(xch);
	return rc;
}

int xc_domain_getinfolist(xc_interface *xch, uint16_t first, unsigned int max,
			  struct xen_domctl_getdomaininfo *list)
{
	SYSCTL(op, getdomaininfolist);
	struct xen_domctl_getdomaininfo *b = bounce_alloc(xch, max * sizeof(*b));
	int rc;

	if (!b) {
		rc = fail(xch, -ENOMEM, "listing domains");
		goto out;
	}
	op.u.getdomaininfolist.first_domain = first;
	op.u.getdomaininfolist.max_domains = max;
	set_xen_guest_handle(op.u.getdomaininfolist.buffer, b);
	rc = sysctl_call(xch, &op, "listing domains");
	if (rc)
		goto out;
	rc = op.u.getdomaininfolist.num_domains < max ? op.u.getdomaininfolist.num_domains : max;
	memcpy(list, b, rc * sizeof(*b));
out:
	bounce_end(xch);
	return rc;
}

int xc_send_debug_keys(xc_interface *xch, const char *keys)
{
	SYSCTL(op, debug_keys);
	size_t n = strlen(keys);
	char *b = bounce_in(xch, keys, n);
	int rc;

	if (b) {
		op.u.debug_keys.nr_keys = n;
		set_xen_guest_handle(op.u.debug_keys.keys, b);
		rc = sysctl_call(xch, &op, "sending debug keys");
	} else {
		rc = fail(xch, -ENOMEM, "sending debug keys");
	}
	bounce_end(xch);
	return rc;
}

int xc_sched_id(xc_interface *xch, unsigned int *id)
{
	SYSCTL(op, sched_id);
	int rc = sysctl_call(xch, &op, "reading the scheduler's name");

	if (!rc)
		*id = op.u.sched_id.sched_id;
	bounce_end(xch);
	return rc;
}

int xc_getcpuinfo(xc_interface *xch, unsigned int max, struct xen_sysctl_cpuinfo *info)
{
	SYSCTL(op, getcpuinfo);
	struct xen_sysctl_cpuinfo *b = bounce_alloc(xch, max * sizeof(*b));
	int rc;

	if (!b) {
		rc = fail(xch, -ENOMEM, "reading CPU idle times");
		goto out;
	}
	op.u.getcpuinfo.max_cpus = max;
	set_xen_guest_handle(op.u.getcpuinfo.info, b);
	rc = sysctl_call(xch, &op, "reading CPU idle times");
	if (rc)
		goto out;
	rc = op.u.getcpuinfo.nr_cpus < max ? op.u.getcpuinfo.nr_cpus : max;
	memcpy(info, b, rc * sizeof(*b));
out:
	bounce_end(xch);
	return rc;
}

#define PERFC_SLACK	64	/* for domains that are made between the two calls */

/* How many there are now. */
static int perfc_count(xc_interface *xch, uint32_t *counters, uint32_t *vals)
{
	SYSCTL(op, perfc_op);
	int rc;

	op.u.perfc_op.cmd = XEN_SYSCTL_PERFCOP_query;
	rc = sysctl_call(xch, &op, "reading counters");
	*counters = op.u.perfc_op.nr_counters;
	*vals = op.u.perfc_op.nr_vals;
	return rc;
}

int xc_perfc_query(xc_interface *xch, struct xen_sysctl_perfc_desc **desc, uint32_t **val)
{
	SYSCTL(op, perfc_op);
	struct xen_sysctl_perfc_desc *bd;
	uint32_t counters, vals, *bv;
	int rc = perfc_count(xch, &counters, &vals);

	*desc = NULL;
	*val = NULL;
	if (rc)
		goto out;
	counters += PERFC_SLACK;
	vals += PERFC_SLACK;
	bd = bounce_alloc(xch, counters * sizeof(*bd));
	bv = bounce_alloc(xch, vals * sizeof(*bv));
	*desc = malloc(counters * sizeof(*bd));
	*val = malloc(vals * sizeof(*bv));
	rc = -ENOMEM;
	if (!bd || !bv || !*desc || !*val)
		goto out;
	op.u.perfc_op.cmd = XEN_SYSCTL_PERFCOP_query;
	op.u.perfc_op.nr_counters = counters;
	op.u.perfc_op.nr_vals = vals;
	set_xen_guest_handle(op.u.perfc_op.desc, bd);
	set_xen_guest_handle(op.u.perfc_op.val, bv);
	rc = sysctl_call(xch, &op, "reading counters");
	if (rc)
		goto out;
	memcpy(*desc, bd, counters * sizeof(*bd));
	memcpy(*val, bv, vals * sizeof(*bv));
	rc = op.u.perfc_op.nr_counters < counters ? op.u.perfc_op.nr_counters : counters;
out:
	bounce_end(xch);
	if (rc < 0) {
		free(*desc);
		free(*val);
		*desc = NULL;
		*val = NULL;
	}
	return rc;
}

int xc_cputopoinfo(xc_interface *xch, unsigned int max, struct xen_sysctl_cputopo *topo)
{
	SYSCTL(op, cputopoinfo);
	struct xen_sysctl_cputopo *b = NULL;
	int rc;

	if (topo) {
		b = bounce_alloc(xch, max * sizeof(*b));
		if (!b) {
			rc = fail(xch, -ENOMEM, "reading the CPU topology");
			goto out;
		}
		set_xen_guest_handle(op.u.cputopoinfo.cputopo, b);
	}
	op.u.cputopoinfo.num_cpus = max;
	rc = sysctl_call(xch, &op, "reading the CPU topology");
	if (rc)
		goto out;
	rc = op.u.cputopoinfo.num_cpus;
	if (topo) {
		rc = rc < max ? rc : max;
		memcpy(topo, b, rc * sizeof(*b));
	}
out:
	bounce_end(xch);
	return rc;
}

int xc_numainfo(xc_interface *xch, unsigned int max, struct xen_sysctl_meminfo *meminfo, uint32_t *distance)
{
	SYSCTL(op, numainfo);
	struct xen_sysctl_meminfo *bm = NULL;
	uint32_t *bd = NULL;
	int rc;

	if (meminfo) {
		bm = bounce_alloc(xch, max * sizeof(*bm));
		bd = bounce_alloc(xch, (size_t)max * max * sizeof(*bd));
		if (!bm || !bd) {
			rc = fail(xch, -ENOMEM, "reading the NUMA topology");
			goto out;
		}
		set_xen_guest_handle(op.u.numainfo.meminfo, bm);
		if (distance)
			set_xen_guest_handle(op.u.numainfo.distance, bd);
	}
	op.u.numainfo.num_nodes = max;
	rc = sysctl_call(xch, &op, "reading the NUMA topology");
	if (rc)
		goto out;
	rc = op.u.numainfo.num_nodes;
	if (meminfo) {
		rc = rc < max ? rc : max;
		memcpy(meminfo, bm, rc * sizeof(*bm));
		if (distance)
			memcpy(distance, bd, (size_t)rc * rc * sizeof(*bd));
	}
out:
	bounce_end(xch);
	return rc;
}

int xc_availheap(xc_interface *xch, unsigned int min_width, unsigned int max_width, int node, uint64_t *bytes)
{
	SYSCTL(op, availheap);
	int rc;

	op.u.availheap.min_bitwidth = min_width;
	op.u.availheap.max_bitwidth = max_width;
	op.u.availheap.node = node;
	rc = sysctl_call(xch, &op, "reading free memory");
	if (!rc)
		*bytes = op.u.availheap.avail_bytes;
	bounce_end(xch);
	return rc;
}

int xc_system_cpu_policy(xc_interface *xch, unsigned int index, uint32_t *nr_leaves, xen_cpuid_leaf_t *leaves,
			 uint32_t *nr_msrs, xen_msr_entry_t *msrs)
{
	SYSCTL(op, get_cpu_policy);
	size_t leaves_size = *nr_leaves * sizeof(*leaves), msrs_size = *nr_msrs * sizeof(*msrs);
	xen_cpuid_leaf_t *bl = leaves ? bounce_alloc(xch, leaves_size) : NULL;
	xen_msr_entry_t *bm = msrs ? bounce_alloc(xch, msrs_size) : NULL;
	int rc;

	if ((leaves && !bl) || (msrs && !bm)) {
		rc = fail(xch, -ENOMEM, "reading the machine's CPU policy");
		goto out;
	}
	op.u.cpu_policy.index = index;
	op.u.cpu_policy.nr_leaves = *nr_leaves;
	op.u.cpu_policy.nr_msrs = *nr_msrs;
	set_xen_guest_handle(op.u.cpu_policy.leaves, bl);
	set_xen_guest_handle(op.u.cpu_policy.msrs, bm);
	rc = sysctl_call(xch, &op, "reading the machine's CPU policy");
	if (rc)
		goto out;
	if (leaves)
		memcpy(leaves, bl, leaves_size);
	if (msrs)
		memcpy(msrs, bm, msrs_size);
	*nr_leaves = op.u.cpu_policy.nr_leaves;
	*nr_msrs = op.u.cpu_policy.nr_msrs;
out:
	bounce_end(xch);
	return rc;
}
