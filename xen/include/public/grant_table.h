/* SPDX-License-Identifier: MIT */
/*
 * Grant tables: grant_table_op(cmd, array, count). A domain offers a frame of its memory to another one by an
 * entry in a table that it shares with the hypervisor; the other maps it, or has it copied, by the entry's
 * number. The call returns 0 if the array was walked; how each element fared is in its status (GNTST_).
 */
#ifndef XEN_PUBLIC_GRANT_TABLE_H
#define XEN_PUBLIC_GRANT_TABLE_H

#include "xen.h"

#define GNTTABOP_map_grant_ref		0
#define GNTTABOP_unmap_grant_ref	1
#define GNTTABOP_setup_table		2	/* one element */
#define GNTTABOP_dump_table		3
#define GNTTABOP_transfer		4
#define GNTTABOP_copy			5
#define GNTTABOP_query_size		6	/* one element */
#define GNTTABOP_unmap_and_replace	7
#define GNTTABOP_set_version		8	/* one element */
#define GNTTABOP_get_status_frames	9	/* one element, version 2 */
#define GNTTABOP_get_version		10	/* one element */
#define GNTTABOP_swap_grant_ref		11
#define GNTTABOP_cache_flush		12

/* Entries set up by the toolstack for every domain. */
#define GNTTAB_NR_RESERVED_ENTRIES	8
#define GNTTAB_RESERVED_CONSOLE		0
#define GNTTAB_RESERVED_XENSTORE	1

/* Flags of an entry. The lowest two bits are its type. */
#define GTF_invalid		(0U << 0)
#define GTF_permit_access	(1U << 0)
#define GTF_accept_transfer	(2U << 0)
#define GTF_transitive		(3U << 0)	/* version 2: stands for an entry of a third domain */
#define GTF_type_mask		(3U << 0)
/* permit_access: what is allowed, and, set by the hypervisor, what is going on. */
#define _GTF_readonly		2
#define GTF_readonly		(1U << _GTF_readonly)
#define _GTF_reading		3
#define GTF_reading		(1U << _GTF_reading)
#define _GTF_writing		4
#define GTF_writing		(1U << _GTF_writing)
#define _GTF_PWT		5
#define GTF_PWT			(1U << _GTF_PWT)
#define _GTF_PCD		6
#define GTF_PCD			(1U << _GTF_PCD)
#define _GTF_PAT		7
#define GTF_PAT			(1U << _GTF_PAT)
#define _GTF_sub_page		8		/* version 2 */
#define GTF_sub_page		(1U << _GTF_sub_page)
/* accept_transfer: set by the hypervisor, in this order; the frame number is valid after the second. */
#define _GTF_transfer_committed	2
#define GTF_transfer_committed	(1U << _GTF_transfer_committed)
#define _GTF_transfer_completed	3
#define GTF_transfer_completed	(1U << _GTF_transfer_completed)

/* Flags of a mapping. */
#define _GNTMAP_device_map	0		/* for the IOMMU: wants dev_bus_addr */
#define GNTMAP_device_map	(1 << _GNTMAP_device_map)
#define _GNTMAP_host_map	1		/* for the CPU: wants host_addr */
#define GNTMAP_host_map		(1 << _GNTMAP_host_map)
#define _GNTMAP_readonly	2
#define GNTMAP_readonly		(1 << _GNTMAP_readonly)
#define _GNTMAP_application_map	3		/* user mode may reach it */
#define GNTMAP_application_map	(1 << _GNTMAP_application_map)
#define _GNTMAP_contains_pte	4		/* host_addr is the machine address of the entry to write */
#define GNTMAP_contains_pte	(1 << _GNTMAP_contains_pte)
#define _GNTMAP_guest_avail0	16		/* from here: software bits of the entry */
#define GNTMAP_guest_avail_mask	((uint32_t)~0 << _GNTMAP_guest_avail0)

/* gnttab_copy.flags: which side names a grant instead of a frame */
#define _GNTCOPY_source_gref	0
#define GNTCOPY_source_gref	(1 << _GNTCOPY_source_gref)
#define _GNTCOPY_dest_gref	1
#define GNTCOPY_dest_gref	(1 << _GNTCOPY_dest_gref)

/* gnttab_cache_flush.op */
#define GNTTAB_CACHE_CLEAN		(1U << 0)
#define GNTTAB_CACHE_INVAL		(1U << 1)
#define GNTTAB_CACHE_SOURCE_GREF	(1U << 31)

/* Status of an element. */
#define GNTST_okay		(0)
#define GNTST_general_error	(-1)
#define GNTST_bad_domain	(-2)
#define GNTST_bad_gntref	(-3)
#define GNTST_bad_handle	(-4)
#define GNTST_bad_virt_addr	(-5)
#define GNTST_bad_dev_addr	(-6)
#define GNTST_no_device_space	(-7)
#define GNTST_permission_denied	(-8)
#define GNTST_bad_page		(-9)
#define GNTST_bad_copy_arg	(-10)		/* range leaves its page */
#define GNTST_address_too_big	(-11)		/* frame is beyond what the entry can hold */
#define GNTST_eagain		(-12)		/* try again later */
#define GNTST_no_space		(-13)

/* A text for each status, indexed by its negative. */
#define GNTTABOP_error_msgs {			\
	"no error",				\
	"general error",			\
	"no such domain",			\
	"no such grant",			\
	"no such mapping handle",		\
	"bad virtual address",			\
	"bad device address",			\
	"IOMMU has no room",			\
	"not permitted",			\
	"bad page",				\
	"range leaves its page",		\
	"frame number too large",		\
	"try again",				\
	"no room",				\
}

typedef uint32_t grant_ref_t;		/* index into the granting domain's table */
typedef uint32_t grant_handle_t;	/* names a mapping, for the domain that made it */

/*
 * Entry of version 1. The guest writes flags last, and clears them by a compare-and-swap that sees no user
 * left.
 */
struct grant_entry_v1 {
	uint16_t flags;			/* GTF_ */
	domid_t domid;			/* who may use it */
	uint32_t frame;			/* its frame; for accept_transfer, the frame given */
};
typedef struct grant_entry_v1 grant_entry_v1_t;

struct grant_entry_header {
	uint16_t flags;
	domid_t domid;
};
typedef struct grant_entry_header grant_entry_header_t;

/* Entry of version 2; what is in use is told by a status word of its own. */
union grant_entry_v2 {
	grant_entry_header_t hdr;
	struct {
		grant_entry_header_t hdr;
		uint32_t pad0;
		uint64_t frame;
	} full_page;
	struct {
		grant_entry_header_t hdr;
		uint16_t page_off;
		uint16_t length;
		uint64_t frame;
	} sub_page;
	struct {
		grant_entry_header_t hdr;
		domid_t trans_domid;
		uint16_t pad0;
		grant_ref_t gref;
	} transitive;
	uint32_t __spacer[4];
};
typedef union grant_entry_v2 grant_entry_v2_t;
typedef uint16_t grant_status_t;

struct gnttab_map_grant_ref {
	uint64_t host_addr;		/* IN: virtual address, or machine address of an entry */
	uint32_t flags;			/* IN: GNTMAP_ */
	grant_ref_t ref;		/* IN */
	domid_t dom;			/* IN: the granting domain */
	int16_t status;			/* OUT */
	grant_handle_t handle;		/* OUT */
	uint64_t dev_bus_addr;		/* OUT */
};
typedef struct gnttab_map_grant_ref gnttab_map_grant_ref_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_map_grant_ref_t);

struct gnttab_unmap_grant_ref {
	uint64_t host_addr;		/* IN: as it was mapped, or 0 to leave it */
	uint64_t dev_bus_addr;		/* IN: likewise */
	grant_handle_t handle;		/* IN */
	int16_t status;			/* OUT */
};
typedef struct gnttab_unmap_grant_ref gnttab_unmap_grant_ref_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_unmap_grant_ref_t);

/* Makes the table at least nr_frames pages long and tells where they are. */
struct gnttab_setup_table {
	domid_t dom;			/* IN */
	uint32_t nr_frames;		/* IN */
	int16_t status;			/* OUT */
	XEN_GUEST_HANDLE(xen_pfn_t) frame_list;
};
typedef struct gnttab_setup_table gnttab_setup_table_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_setup_table_t);

struct gnttab_dump_table {
	domid_t dom;
	int16_t status;
};
typedef struct gnttab_dump_table gnttab_dump_table_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_dump_table_t);

/* Gives a frame away to a domain that has an accept_transfer entry for the caller. */
struct gnttab_transfer {
	xen_pfn_t mfn;			/* IN */
	domid_t domid;			/* IN */
	grant_ref_t ref;		/* IN */
	int16_t status;			/* OUT */
};
typedef struct gnttab_transfer gnttab_transfer_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_transfer_t);

/* Copies up to a page between two frames, each the caller's own or granted. */
struct gnttab_copy {
	struct gnttab_copy_ptr {
		union {
			grant_ref_t ref;
			xen_pfn_t gmfn;
		} u;
		domid_t domid;
		uint16_t offset;
	} source, dest;			/* IN */
	uint16_t len;			/* IN */
	uint16_t flags;			/* IN: GNTCOPY_ */
	int16_t status;			/* OUT */
};
typedef struct gnttab_copy gnttab_copy_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_copy_t);

struct gnttab_query_size {
	domid_t dom;			/* IN */
	uint32_t nr_frames;		/* OUT: now */
	uint32_t max_nr_frames;		/* OUT */
	int16_t status;			/* OUT */
};
typedef struct gnttab_query_size gnttab_query_size_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_query_size_t);

/* Unmaps, and moves the mapping of new_addr into its place at once; new_addr is left empty. */
struct gnttab_unmap_and_replace {
	uint64_t host_addr;		/* IN */
	uint64_t new_addr;		/* IN */
	grant_handle_t handle;		/* IN */
	int16_t status;			/* OUT */
};
typedef struct gnttab_unmap_and_replace gnttab_unmap_and_replace_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_unmap_and_replace_t);

struct gnttab_set_version {
	uint32_t version;		/* IN: what is wanted, OUT: what is in force */
};
typedef struct gnttab_set_version gnttab_set_version_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_set_version_t);

struct gnttab_get_status_frames {
	uint32_t nr_frames;		/* IN */
	domid_t dom;			/* IN */
	int16_t status;			/* OUT */
	XEN_GUEST_HANDLE(uint64_t) frame_list;
};
typedef struct gnttab_get_status_frames gnttab_get_status_frames_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_get_status_frames_t);

struct gnttab_get_version {
	domid_t dom;			/* IN */
	uint16_t pad;
	uint32_t version;		/* OUT */
};
typedef struct gnttab_get_version gnttab_get_version_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_get_version_t);

struct gnttab_swap_grant_ref {
	grant_ref_t ref_a;
	grant_ref_t ref_b;
	int16_t status;			/* OUT */
};
typedef struct gnttab_swap_grant_ref gnttab_swap_grant_ref_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_swap_grant_ref_t);

struct gnttab_cache_flush {
	union {
		uint64_t dev_bus_addr;
		grant_ref_t ref;
	} a;
	uint16_t offset;
	uint16_t length;
	uint32_t op;			/* GNTTAB_CACHE_ */
};
typedef struct gnttab_cache_flush gnttab_cache_flush_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_cache_flush_t);
#endif
