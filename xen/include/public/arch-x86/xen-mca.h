/* SPDX-License-Identifier: MIT */
/* mca(op): machine checks that the hypervisor has logged, for the first domain's log. */
#ifndef XEN_PUBLIC_ARCH_X86_MCA_H
#define XEN_PUBLIC_ARCH_X86_MCA_H

#include "../xen.h"

#define __HYPERVISOR_mca		__HYPERVISOR_arch_0
#define VIRQ_MCA			VIRQ_ARCH_0
#define XEN_MCA_INTERFACE_VERSION	0x01ecc003

/* xen_mc.cmd */
#define XEN_MC_fetch			1
#define XEN_MC_notifydomain		2
#define XEN_MC_physcpuinfo		3
#define XEN_MC_msrinject		4
#define XEN_MC_mceinject		5
#define XEN_MC_inject_v2		6

/* xen_mc_fetch.flags: IN which queue, or acknowledge the entry last fetched; OUT how it went */
#define XEN_MC_NONURGENT		0x0001
#define XEN_MC_URGENT			0x0002
#define XEN_MC_ACK			0x0004
#define XEN_MC_OK			0x0
#define XEN_MC_FETCHFAILED		0x1
#define XEN_MC_NODATA			0x2
#define XEN_MC_NOMATCH			0x4
#define XEN_MC_CANNOTHANDLE		0x8
#define XEN_MC_NOTDELIVERED		0x10
#define XEN_MC_VCPUID_INVALID		0xffff

#define MCINFO_HYPERCALLSIZE		1024
#define MCINFO_MAXSIZE			768
#define MC_NCAPS			7
#define __MC_MSR_ARRAYSIZE		8

struct mcinfo_msr {
	uint64_t reg;
	uint64_t value;
};
typedef struct mcinfo_msr xen_mcinfo_msr_t;

/* A log entry: records of different kinds one behind the other. */
struct mc_info {
	uint32_t mi_nentries;
	uint32_t flags;
	uint64_t mi_data[(MCINFO_MAXSIZE - 1) / 8];
};
typedef struct mc_info mc_info_t;
DEFINE_XEN_GUEST_HANDLE(mc_info_t);

/* A CPU of the machine. */
struct mcinfo_logical_cpu {
	uint32_t mc_cpunr;
	uint32_t mc_chipid;
	uint16_t mc_coreid;
	uint16_t mc_threadid;
	uint32_t mc_apicid;
	uint32_t mc_clusterid;
	uint32_t mc_ncores;
	uint32_t mc_ncores_active;
	uint32_t mc_nthreads;
	int32_t mc_cpuid_level;
	uint32_t mc_family;
	uint32_t mc_vendor;
	uint32_t mc_model;
	uint32_t mc_step;
	char mc_vendorid[16];
	char mc_brandid[64];
	uint32_t mc_cpu_caps[MC_NCAPS];
	uint32_t mc_cache_size;
	uint32_t mc_cache_alignment;
	int32_t mc_nmsrvals;
	xen_mcinfo_msr_t mc_msrvalues[__MC_MSR_ARRAYSIZE];
};
typedef struct mcinfo_logical_cpu xen_mc_logical_cpu_t;
DEFINE_XEN_GUEST_HANDLE(xen_mc_logical_cpu_t);

struct xen_mc_fetch {
	uint32_t flags;
	uint32_t _pad0;
	uint64_t fetch_id;		/* OUT; IN of an acknowledge */
	XEN_GUEST_HANDLE(mc_info_t) data;
};
typedef struct xen_mc_fetch xen_mc_fetch_t;
DEFINE_XEN_GUEST_HANDLE(xen_mc_fetch_t);

struct xen_mc_physcpuinfo {
	uint32_t ncpus;			/* IN: room. OUT: CPUs */
	uint32_t _pad0;
	XEN_GUEST_HANDLE(xen_mc_logical_cpu_t) info;	/* 0: only the number */
};
typedef struct xen_mc_physcpuinfo xen_mc_physcpuinfo_t;

#define MC_MSRINJ_MAXMSRS		8
struct xen_mc_msrinject {
	uint32_t mcinj_cpunr;
	uint32_t mcinj_flags;
	uint32_t mcinj_count;
	domid_t mcinj_domid;
	uint16_t _pad0;
	xen_mcinfo_msr_t mcinj_msr[MC_MSRINJ_MAXMSRS];
};
typedef struct xen_mc_msrinject xen_mc_msrinject_t;

struct xen_mc {
	uint32_t cmd;
	uint32_t interface_version;	/* XEN_MCA_INTERFACE_VERSION */
	union {
		xen_mc_fetch_t mc_fetch;
		xen_mc_physcpuinfo_t mc_physcpuinfo;
		xen_mc_msrinject_t mc_msrinject;
	} u;
};
typedef struct xen_mc xen_mc_t;
DEFINE_XEN_GUEST_HANDLE(xen_mc_t);
#endif
