/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * domctl and sysctl: each command is one row here, from which prototypes and the dispatch tables come.
 * Handlers get a copy of the guest's struct; what they change is copied back when they return 0 and the row says so.
 */
#ifndef XEN_DOMCTL_IF_H
#define XEN_DOMCTL_IF_H

#include <xen/cpumask.h>
#include <xen/types.h>

struct domain;
struct vcpu;
struct xen_domctl;
struct xen_sysctl;
struct xenctl_bitmap;

/* X(command, copy back). d: the domain named in the call; NULL for createdomain. -ERESTART: call again. */
#define DOMCTL_TABLE(X)			\
	X(createdomain, 1)		\
	X(destroydomain, 0)		\
	X(pausedomain, 0)		\
	X(unpausedomain, 0)		\
	X(getdomaininfo, 1)		\
	X(setvcpuaffinity, 0)		\
	X(shadow_op, 0)			\
	X(max_mem, 0)			\
	X(setvcpucontext, 0)		\
	X(getvcpucontext, 0)		\
	X(getvcpuinfo, 1)		\
	X(max_vcpus, 0)			\
	X(scheduler_op, 1)		\
	X(setdomainhandle, 0)		\
	X(irq_permission, 0)		\
	X(iomem_permission, 0)		\
	X(ioport_permission, 0)		\
	X(hypercall_init, 0)		\
	X(settimeoffset, 0)		\
	X(getvcpuaffinity, 0)		\
	X(resumedomain, 0)		\
	X(sendtrigger, 0)		\
	X(set_address_size, 0)		\
	X(get_address_size, 1)		\
	X(set_ext_vcpucontext, 0)	\
	X(get_ext_vcpucontext, 1)	\
	X(gettscinfo, 1)		\
	X(settscinfo, 0)		\
	X(getpageframeinfo3, 0)		\
	X(setvcpuextstate, 0)		\
	X(getvcpuextstate, 1)		\
	X(setnodeaffinity, 0)		\
	X(getnodeaffinity, 0)		\
	X(get_vcpu_msrs, 1)		\
	X(set_vcpu_msrs, 1)		\
	X(setvnumainfo, 0)		\
	X(get_cpu_policy, 1)		\
	X(set_cpu_policy, 1)		\
	X(get_paging_mempool_size, 1)	\
	X(set_paging_mempool_size, 0)
/* What no other hypervisor has: numbers from XEN_DOMCTL_page_holders on (public/holders.h). */
#define DOMCTL_OWN_TABLE(X)		\
	X(page_holders, 1)
#define DOMCTL_PROTO(name, back)	long domctl_##name(struct xen_domctl *op, struct domain *d);
DOMCTL_TABLE(DOMCTL_PROTO)
DOMCTL_OWN_TABLE(DOMCTL_PROTO)

#define SYSCTL_TABLE(X)			\
	X(readconsole, 1)		\
	X(tbuf_op, 1)			\
	X(physinfo, 1)			\
	X(sched_id, 1)			\
	X(perfc_op, 1)			\
	X(getdomaininfolist, 1)		\
	X(debug_keys, 0)		\
	X(getcpuinfo, 1)		\
	X(availheap, 1)			\
	X(cputopoinfo, 1)		\
	X(numainfo, 1)			\
	X(cpupool_op, 1)		\
	X(scheduler_op, 1)		\
	X(pcitopoinfo, 1)		\
	X(psr_cmt_op, 0)		\
	X(psr_alloc, 0)			\
	X(get_cpu_levelling_caps, 1)	\
	X(get_cpu_featureset, 1)	\
	X(get_cpu_policy, 1)
#define SYSCTL_PROTO(name, back)	long sysctl_##name(struct xen_sysctl *op);
SYSCTL_TABLE(SYSCTL_PROTO)

/* The vcpu with this id; NULL: none. */
struct vcpu *domctl_vcpu(const struct domain *d, u32 id);

/* Between our masks and the tools' bitmaps of any length; missing bits read as 0 and are written as 0. -EFAULT. */
int mask_to_xenctl(const struct xenctl_bitmap *map, const unsigned long *bits, unsigned int nr);
int mask_from_xenctl(unsigned long *bits, unsigned int nr, const struct xenctl_bitmap *map);

#endif
