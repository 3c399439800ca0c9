/* SPDX-License-Identifier: MIT */
/*
 * memory_op(cmd, arg): what memory a domain has, gives back and gets, and how it is laid out.
 * A long command stops now and then and is repeated; the extents done so far are kept in upper bits of cmd.
 */
#ifndef XEN_PUBLIC_MEMORY_H
#define XEN_PUBLIC_MEMORY_H

#include "xen.h"
#include "physdev.h"

#define XENMEM_increase_reservation		0	/* xen_memory_reservation; returns extents done */
#define XENMEM_decrease_reservation		1	/* likewise */
#define XENMEM_maximum_ram_page			2	/* no argument; returns the machine's highest frame */
#define XENMEM_current_reservation		3	/* xen_memory_domain; returns pages */
#define XENMEM_maximum_reservation		4	/* xen_memory_domain; returns pages */
#define XENMEM_machphys_mfn_list		5
#define XENMEM_populate_physmap			6	/* xen_memory_reservation; returns extents done */
#define XENMEM_add_to_physmap			7
#define XENMEM_memory_map			9	/* xen_memory_map: of the guest, as E820 entries */
/* xen_memory_map: of the machine, for the first domain */
#define XENMEM_machine_memory_map		10
#define XENMEM_exchange				11
#define XENMEM_machphys_mapping			12
#define XENMEM_set_memory_map			13	/* xen_foreign_memory_map */
/* xen_memory_domain; returns the highest frame number */
#define XENMEM_maximum_gpfn			14
#define XENMEM_remove_from_physmap		15
#define XENMEM_set_pod_target			16
#define XENMEM_get_pod_target			17
#define XENMEM_get_sharing_freed_pages		18	/* no argument */
#define XENMEM_get_sharing_shared_pages		19	/* no argument */
#define XENMEM_paging_op			20
#define XENMEM_access_op			21
#define XENMEM_sharing_op			22
#define XENMEM_add_to_physmap_batch		23
/* xen_memory_reservation: nr_extents pages are set aside */
#define XENMEM_claim_pages			24
#define XENMEM_machphys_compat_mfn_list		25	/* xen_machphys_mfn_list, of 32-bit guests' table */
#define XENMEM_get_vnumainfo			26
#define XENMEM_reserved_device_memory_map	27
#define XENMEM_acquire_resource			28

/* xen_memory_reservation.mem_flags: address width (0: any), NUMA node (plus one), and options. */
#define XENMEMF_address_bits(x)		(x)
#define XENMEMF_get_address_bits(x)	((x) & 0xffu)
#define XENMEMF_node(x)			(((x) + 1) << 8)
#define XENMEMF_get_node(x)		((((x) >> 8) - 1) & 0xffu)
#define XENMEMF_populate_on_demand	(1 << 16)
#define XENMEMF_exact_node_request	(1 << 17)
#define XENMEMF_exact_node(n)		(XENMEMF_node(n) | XENMEMF_exact_node_request)
#define XENMEMF_vnode			(1 << 18)	/* the node is a virtual one */

/* xen_add_to_physmap.space */
#define XENMAPSPACE_shared_info		0
#define XENMAPSPACE_grant_table		1
#define XENMAPSPACE_gmfn		2
#define XENMAPSPACE_gmfn_range		3
#define XENMAPSPACE_gmfn_foreign	4
#define XENMAPSPACE_dev_mmio		5
/* xen_add_to_physmap.idx of a grant table: its status frames */
#define XENMAPIDX_grant_table_status	0x80000000

/* xen_mem_acquire_resource: type, id, and frame */
#define XENMEM_resource_ioreq_server			0
#define XENMEM_resource_grant_table			1
#define XENMEM_resource_vmtrace_buf			2
#define XENMEM_resource_grant_table_id_shared		0
#define XENMEM_resource_grant_table_id_status		1
#define XENMEM_resource_ioreq_server_frame_bufioreq	0
#define XENMEM_resource_ioreq_server_frame_ioreq(n)	(1 + (n))

/* xen_reserved_device_memory_map.flags */
#define XENMEM_RDM_ALL			1

/*
 * Extents of 2^extent_order pages. decrease takes machine frames; populate takes pseudo-physical ones and
 * returns machine frames in the same array; increase returns machine frames.
 */
struct xen_memory_reservation {
	XEN_GUEST_HANDLE(xen_pfn_t) extent_start;
	xen_ulong_t nr_extents;
	uint32_t extent_order;
	uint32_t mem_flags;		/* XENMEMF_ */
	domid_t domid;
};
typedef struct xen_memory_reservation xen_memory_reservation_t;
DEFINE_XEN_GUEST_HANDLE(xen_memory_reservation_t);

/* Frames of `in` are given back for as many of `out`, usually contiguous or low ones. */
struct xen_memory_exchange {
	struct xen_memory_reservation in;
	struct xen_memory_reservation out;
	xen_ulong_t nr_exchanged;	/* IN: 0. OUT: input extents done, also after an error */
};
typedef struct xen_memory_exchange xen_memory_exchange_t;
DEFINE_XEN_GUEST_HANDLE(xen_memory_exchange_t);

struct xen_memory_domain {
	domid_t domid;
};

/* Frames that hold the machine-to-phys table, one per 2 MB of it. */
struct xen_machphys_mfn_list {
	uint32_t max_extents;		/* IN: room in the array */
	XEN_GUEST_HANDLE(xen_pfn_t) extent_start;
	uint32_t nr_extents;		/* OUT */
};
typedef struct xen_machphys_mfn_list xen_machphys_mfn_list_t;
DEFINE_XEN_GUEST_HANDLE(xen_machphys_mfn_list_t);

/* OUT: where the caller sees the machine-to-phys table. */
struct xen_machphys_mapping {
	xen_ulong_t v_start, v_end;
	xen_ulong_t max_mfn;
};
typedef struct xen_machphys_mapping xen_machphys_mapping_t;
DEFINE_XEN_GUEST_HANDLE(xen_machphys_mapping_t);

/* For guests with a translated address space; a PV guest has no use for it. */
struct xen_add_to_physmap {
	domid_t domid;
	uint16_t size;			/* pages, for gmfn_range */
	uint32_t space;			/* XENMAPSPACE_ */
	xen_ulong_t idx;
	xen_pfn_t gpfn;
};
typedef struct xen_add_to_physmap xen_add_to_physmap_t;
DEFINE_XEN_GUEST_HANDLE(xen_add_to_physmap_t);

struct xen_add_to_physmap_batch {
	domid_t domid;
	uint16_t space;
	uint16_t size;
	union xen_add_to_physmap_batch_extra {
		domid_t foreign_domid;
		uint16_t res0;
	} u;
	XEN_GUEST_HANDLE(xen_ulong_t) idxs;
	XEN_GUEST_HANDLE(xen_pfn_t) gpfns;
	XEN_GUEST_HANDLE(int) errs;	/* OUT */
};
typedef struct xen_add_to_physmap_batch xen_add_to_physmap_batch_t;
DEFINE_XEN_GUEST_HANDLE(xen_add_to_physmap_batch_t);

struct xen_remove_from_physmap {
	domid_t domid;
	xen_pfn_t gpfn;
};
typedef struct xen_remove_from_physmap xen_remove_from_physmap_t;
DEFINE_XEN_GUEST_HANDLE(xen_remove_from_physmap_t);

/* Entries are those of the BIOS's E820: 64-bit address, 64-bit size, 32-bit type, without padding. */
struct xen_memory_map {
	uint32_t nr_entries;		/* IN: room. OUT: entries given */
	XEN_GUEST_HANDLE(void) buffer;
};
typedef struct xen_memory_map xen_memory_map_t;
DEFINE_XEN_GUEST_HANDLE(xen_memory_map_t);

struct xen_foreign_memory_map {
	domid_t domid;
	struct xen_memory_map map;
};
typedef struct xen_foreign_memory_map xen_foreign_memory_map_t;
DEFINE_XEN_GUEST_HANDLE(xen_foreign_memory_map_t);

struct xen_pod_target {
	uint64_t target_pages;		/* IN of set; OUT are the other three */
	uint64_t tot_pages;
	uint64_t pod_cache_pages;
	uint64_t pod_entries;
	domid_t domid;			/* IN */
};
typedef struct xen_pod_target xen_pod_target_t;

struct xen_reserved_device_memory {
	xen_pfn_t start_pfn;
	xen_ulong_t nr_pages;
};
typedef struct xen_reserved_device_memory xen_reserved_device_memory_t;
DEFINE_XEN_GUEST_HANDLE(xen_reserved_device_memory_t);

struct xen_reserved_device_memory_map {
	uint32_t flags;			/* XENMEM_RDM_ALL, else of one device */
	uint32_t nr_entries;		/* IN: room. OUT: needed */
	XEN_GUEST_HANDLE(xen_reserved_device_memory_t) buffer;
	union {
		physdev_pci_device_t pci;
	} dev;
};
typedef struct xen_reserved_device_memory_map xen_reserved_device_memory_map_t;
DEFINE_XEN_GUEST_HANDLE(xen_reserved_device_memory_map_t);

/*
 * Frames that the hypervisor made for a domain, to be mapped by the toolstack. nr_frames 0 asks for the size.
 */
struct xen_mem_acquire_resource {
	domid_t domid;			/* IN */
	uint16_t type;			/* IN: XENMEM_resource_ */
	uint32_t id;			/* IN */
	uint32_t nr_frames;		/* IN, OUT if it was 0 */
	uint32_t pad;			/* IN: must be 0 */
	uint64_t frame;			/* IN: the first one wanted */
	XEN_GUEST_HANDLE(xen_pfn_t) frame_list;
};
typedef struct xen_mem_acquire_resource xen_mem_acquire_resource_t;
DEFINE_XEN_GUEST_HANDLE(xen_mem_acquire_resource_t);

/* A range of a guest's memory that belongs to a virtual NUMA node. */
struct xen_vmemrange {
	uint64_t start, end;
	uint32_t flags;
	uint32_t nid;
};
typedef struct xen_vmemrange xen_vmemrange_t;
DEFINE_XEN_GUEST_HANDLE(xen_vmemrange_t);

struct xen_vnuma_topology_info {
	domid_t domid;
	uint16_t pad;
	uint32_t nr_vnodes;		/* IN: room. OUT: needed; likewise the next two */
	uint32_t nr_vcpus;
	uint32_t nr_vmemranges;
	union {
		XEN_GUEST_HANDLE(uint) h;
		uint64_t pad;
	} vdistance;
	union {
		XEN_GUEST_HANDLE(uint) h;
		uint64_t pad;
	} vcpu_to_vnode;
	union {
		XEN_GUEST_HANDLE(xen_vmemrange_t) h;
		uint64_t pad;
	} vmemrange;
};
typedef struct xen_vnuma_topology_info xen_vnuma_topology_info_t;
DEFINE_XEN_GUEST_HANDLE(xen_vnuma_topology_info_t);
#endif
