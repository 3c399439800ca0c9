/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libxenctrl: the hypervisor's privileged interface for programs of the control domain.
 *
 * Every function returns 0 (or a non-negative count where said so) or a negative errno. After a failure
 * xc_last_error() gives one line that says which call failed, for which domain, and why. Results are written
 * on success only. A handle belongs to one thread at a time; threads open a handle each. Sizes are in pages
 * unless the name says otherwise.
 */
#ifndef XENCTRL_H
#define XENCTRL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include <public/xen.h>
#include <public/domctl.h>
#include <public/event_channel.h>
#include <public/grant_table.h>
#include <public/holders.h>
#include <public/memory.h>
#include <public/sysctl.h>
#include <public/vcpu.h>
#include <public/version.h>

#define XC_PAGE_SHIFT	12
#define XC_PAGE_SIZE	(1UL << XC_PAGE_SHIFT)
#define XC_PAGE_MASK	(~(XC_PAGE_SIZE - 1))
#define XC_INVALID_MFN	(~0UL)

struct xc_handle;
typedef struct xc_handle xc_interface;

/* Handle. NULL with errno set when /dev/xen/privcmd (or /proc/xen/privcmd) cannot be opened. */
xc_interface *xc_interface_open(void);
void xc_interface_close(xc_interface *xch);
const char *xc_last_error(const xc_interface *xch);
/*
 * Replaces the error text (printf style) and returns err, so that a caller can `return xc_set_error(xch,
 * -EINVAL, ...)`.
 */
int xc_set_error(xc_interface *xch, int err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* ---- domains ---- */

/* *domid: 0 lets the hypervisor choose, else the wanted id. `cfg` goes to the hypervisor as it is. */
int xc_domain_create(xc_interface *xch, uint16_t *domid, struct xen_domctl_createdomain *cfg);
/*
 * Repeats while the hypervisor asks for more time; returns once the domain's resources are gone or referenced
 * by others.
 */
int xc_domain_destroy(xc_interface *xch, uint16_t domid);
int xc_domain_pause(xc_interface *xch, uint16_t domid);
int xc_domain_unpause(xc_interface *xch, uint16_t domid);
/* After a suspend: lets the guest go on. With fast, its suspend hypercall returns 1 ("cancelled"). */
int xc_domain_resume(xc_interface *xch, uint16_t domid, bool fast);
/* As if the guest itself had asked: SHUTDOWN_* reason. */
int xc_domain_shutdown(xc_interface *xch, uint16_t domid, unsigned int reason);
int xc_domain_max_vcpus(xc_interface *xch, uint16_t domid, unsigned int max);
int xc_domain_max_mem_kb(xc_interface *xch, uint16_t domid, uint64_t kib);
/* -ESRCH when there is no such domain (the hypervisor would give the next one). */
int xc_domain_getinfo(xc_interface *xch, uint16_t domid, struct xen_domctl_getdomaininfo *info);
struct xc_holders {
	struct xen_page_holder *list;	/* to be freed */
	size_t num;
	bool complete;			/* there were not more than that */
	uint64_t xen_pages;
};
/*
 * Who uses pages of a domain (XEN_HOLDERS_*, public/holders.h), at most max entries. -ENOSYS: the hypervisor
 * does not tell. On failure there is nothing to free.
 */
int xc_domain_page_holders(xc_interface *xch, uint16_t domid, uint32_t what, size_t max,
			   struct xc_holders *out);
/* Domains with id >= first; returns how many were filled in. */
int xc_domain_getinfolist(xc_interface *xch, uint16_t first, unsigned int max,
			  struct xen_domctl_getdomaininfo *list);
int xc_domain_set_handle(xc_interface *xch, uint16_t domid, const uint8_t handle[16]);
int xc_domain_set_address_size(xc_interface *xch, uint16_t domid, unsigned int bits);
int xc_domain_get_address_size(xc_interface *xch, uint16_t domid, unsigned int *bits);
int xc_domain_hypercall_init(xc_interface *xch, uint16_t domid, uint64_t gmfn);
int xc_domain_set_tsc_info(xc_interface *xch, uint16_t domid, const struct xen_domctl_tsc_info *info);
int xc_domain_get_tsc_info(xc_interface *xch, uint16_t domid, struct xen_domctl_tsc_info *info);
int xc_domain_set_time_offset(xc_interface *xch, uint16_t domid, int64_t seconds);
/* XEN_DOMCTL_SENDTRIGGER_* */
int xc_domain_send_trigger(xc_interface *xch, uint16_t domid, unsigned int trigger, unsigned int vcpu);
/* In: pfns or mfns (up to 1024); out: the same slots with XEN_DOMCTL_PFINFO_* in bits 28..31. */
int xc_domain_get_page_types(xc_interface *xch, uint16_t domid, unsigned int n, xen_pfn_t *frames);
/*
 * XEN_DOMCTL_SHADOW_OP_*. `bitmap` (of `pages` bits, may be NULL) receives the dirty map of CLEAN and PEEK;
 * returns how many pages were covered (0 for the other ops).
 */
long xc_domain_shadow_op(xc_interface *xch, uint16_t domid, unsigned int op, unsigned int mode,
			 void *bitmap, uint64_t pages, struct xen_domctl_shadow_op_stats *stats);
int xc_domain_get_cpu_policy(xc_interface *xch, uint16_t domid, uint32_t *nr_leaves, xen_cpuid_leaf_t *leaves,
			     uint32_t *nr_msrs, xen_msr_entry_t *msrs);
int xc_domain_set_cpu_policy(xc_interface *xch, uint16_t domid, uint32_t nr_leaves, xen_cpuid_leaf_t *leaves,
			     uint32_t nr_msrs, xen_msr_entry_t *msrs);
int xc_domain_set_node_affinity(xc_interface *xch, uint16_t domid, const uint8_t *nodes, unsigned int bits);
/*
 * Any other domctl: the struct is copied in and out; cmd, domain and u are the caller's, handles in it too.
 */
int xc_domctl_raw(xc_interface *xch, struct xen_domctl *op);
int xc_sysctl_raw(xc_interface *xch, struct xen_sysctl *op);

/* ---- vcpus ---- */

int xc_vcpu_set_context(xc_interface *xch, uint16_t domid, unsigned int vcpu,
			const struct vcpu_guest_context *ctx);
int xc_vcpu_get_context(xc_interface *xch, uint16_t domid, unsigned int vcpu, struct vcpu_guest_context *ctx);
int xc_vcpu_getinfo(xc_interface *xch, uint16_t domid, unsigned int vcpu,
		    struct xen_domctl_getvcpuinfo *info);
/*
 * CPU maps are bit arrays of `bits` bits, either may be NULL. In set, the maps that took effect are written
 * back.
 */
int xc_vcpu_set_affinity(xc_interface *xch, uint16_t domid, unsigned int vcpu, uint8_t *hard, uint8_t *soft,
			 unsigned int bits);
int xc_vcpu_get_affinity(xc_interface *xch, uint16_t domid, unsigned int vcpu, uint8_t *hard, uint8_t *soft,
			 unsigned int bits);

/* ---- scheduler ---- */

int xc_sched_id(xc_interface *xch, unsigned int *id);
int xc_sched_credit_set(xc_interface *xch, uint16_t domid, const struct xen_domctl_sched_credit *p);
int xc_sched_credit_get(xc_interface *xch, uint16_t domid, struct xen_domctl_sched_credit *p);
int xc_sched_credit2_set(xc_interface *xch, uint16_t domid, const struct xen_domctl_sched_credit2 *p);
int xc_sched_credit2_get(xc_interface *xch, uint16_t domid, struct xen_domctl_sched_credit2 *p);
/* Parameters of the scheduler itself, in pool 0. */
int xc_sched_credit_params_get(xc_interface *xch, struct xen_sysctl_credit_schedule *p);
int xc_sched_credit_params_set(xc_interface *xch, const struct xen_sysctl_credit_schedule *p);
int xc_sched_credit2_params_get(xc_interface *xch, struct xen_sysctl_credit2_schedule *p);
int xc_sched_credit2_params_set(xc_interface *xch, const struct xen_sysctl_credit2_schedule *p);

/* ---- the machine ---- */

int xc_physinfo(xc_interface *xch, struct xen_sysctl_physinfo *info);
/*
 * Reads the console ring from *index on (when incremental) or from its start; returns the number of bytes and
 * stores the index to continue from. `clear` empties the ring afterwards. `index` may be NULL when not
 * incremental.
 */
int xc_readconsole(xc_interface *xch, char *buf, unsigned int size, bool clear, bool incremental,
		   uint32_t *index);
int xc_send_debug_keys(xc_interface *xch, const char *keys);
/* Idle times in ns; returns the number of CPUs filled in. */
int xc_getcpuinfo(xc_interface *xch, unsigned int max, struct xen_sysctl_cpuinfo *info);
/*
 * The hypervisor's counters: returns how many, *desc and *val are malloc'd. A counter has desc[i].nr_vals values in
 * *val, one counter after the other. Ours are called "domain N: WHAT" and have one value. -ENOSYS: it has none.
 */
int xc_perfc_query(xc_interface *xch, struct xen_sysctl_perfc_desc **desc, uint32_t **val);
/* With topo NULL returns how many entries there are, else how many were filled in. */
int xc_cputopoinfo(xc_interface *xch, unsigned int max, struct xen_sysctl_cputopo *topo);
/* As above; distance (max * max entries) may be NULL. */
int xc_numainfo(xc_interface *xch, unsigned int max, struct xen_sysctl_meminfo *meminfo, uint32_t *distance);
int xc_availheap(xc_interface *xch, unsigned int min_width, unsigned int max_width, int node,
		 uint64_t *bytes);
/* The counterpart of xc_domain_get_cpu_policy for the machine: XEN_SYSCTL_cpu_policy_* index. */
int xc_system_cpu_policy(xc_interface *xch, unsigned int index, uint32_t *nr_leaves, xen_cpuid_leaf_t *leaves,
			 uint32_t *nr_msrs, xen_msr_entry_t *msrs);

struct xc_version {
	unsigned int major, minor;
	char extra[sizeof(xen_extraversion_t) + 1];
	char caps[sizeof(xen_capabilities_info_t) + 1];
	char changeset[sizeof(xen_changeset_info_t) + 1];
	char commandline[sizeof(xen_commandline_t) + 1];
	struct xen_compile_info compile;
	unsigned long virt_start;
	unsigned int pagesize;
};
int xc_version(xc_interface *xch, struct xc_version *v);
/* Feature bits of a submap for the calling domain. */
int xc_features(xc_interface *xch, unsigned int submap, uint32_t *bits);
/* Length of the build id (0 when there is none), at most `size` bytes are stored. */
int xc_build_id(xc_interface *xch, uint8_t *buf, unsigned int size);

/* ---- memory ---- */

/*
 * Populates 2^order-page extents. frames: in the pfns, out the mfns; the machine-to-phys table is updated by
 * the hypervisor. Returns the number of extents done (may be short) or -errno when none.
 */
long xc_populate_physmap(xc_interface *xch, uint16_t domid, unsigned long n, unsigned int order,
			 unsigned int mem_flags, xen_pfn_t *frames);
/* All or nothing view of the above: short results are an error. */
int xc_populate_physmap_exact(xc_interface *xch, uint16_t domid, unsigned long n, unsigned int order,
			      unsigned int mem_flags, xen_pfn_t *frames);
long xc_decrease_reservation(xc_interface *xch, uint16_t domid, unsigned long n, unsigned int order,
			     const xen_pfn_t *frames);
int xc_exchange_pages(xc_interface *xch, uint16_t domid, unsigned long nr_in, unsigned int in_order,
		      const xen_pfn_t *in, unsigned long nr_out, unsigned int out_order, xen_pfn_t *out,
		      unsigned int address_bits);
int xc_set_memory_map(xc_interface *xch, uint16_t domid, const void *e820_entries, unsigned int n);
/* These return the value asked for, or -errno. */
long xc_maximum_ram_page(xc_interface *xch);
long xc_maximum_gpfn(xc_interface *xch, uint16_t domid);
long xc_current_reservation(xc_interface *xch, uint16_t domid);
long xc_maximum_reservation(xc_interface *xch, uint16_t domid);
/* One mfn for each 2 MiB of the machine-to-phys table; returns how many were stored. */
int xc_machphys_mfn_list(xc_interface *xch, unsigned int max, xen_pfn_t *mfns);
int xc_claim_pages(xc_interface *xch, uint16_t domid, uint64_t pages);
int xc_add_to_physmap(xc_interface *xch, uint16_t domid, unsigned int space, unsigned long idx,
		      xen_pfn_t gpfn);

/* ---- page tables of another domain ---- */

/* MMUEXT_PIN_L1_TABLE .. MMUEXT_PIN_L4_TABLE, MMUEXT_UNPIN_TABLE */
int xc_mmuext_pin(xc_interface *xch, uint16_t domid, unsigned int cmd, xen_pfn_t mfn);
int xc_mmuext_op(xc_interface *xch, uint16_t domid, struct mmuext_op *ops, unsigned int n);
int xc_mmu_update(xc_interface *xch, uint16_t domid, const struct mmu_update *req, unsigned int n);

/* ---- event channels by hypercall (for the control domain's own ports use xen_evtchn_*) ---- */

/* Makes a port in `domid` that `remote` may bind; returns the port. */
int xc_evtchn_alloc_unbound(xc_interface *xch, uint16_t domid, uint16_t remote);
int xc_evtchn_status(xc_interface *xch, uint16_t domid, uint32_t port, struct evtchn_status *status);
int xc_evtchn_reset(xc_interface *xch, uint16_t domid);

/* ---- mapping foreign memory ---- */

/*
 * Maps n frames of domid in order; prot is PROT_READ [| PROT_WRITE]. With errs, a frame that cannot be mapped
 * leaves its slot empty and its errs[] negative while the call succeeds; without, any bad frame fails the
 * call. NULL and errno else.
 */
void *xc_map_foreign(xc_interface *xch, uint16_t domid, int prot, size_t n, const xen_pfn_t *frames,
		     int *errs);
void *xc_map_foreign_range(xc_interface *xch, uint16_t domid, int prot, size_t n, xen_pfn_t first);
int xc_unmap_foreign(void *addr, size_t n);
/* XENMEM_resource_*: maps frames [first, first + n) of a resource. NULL and errno on failure. */
void *xc_map_resource(xc_interface *xch, uint16_t domid, unsigned int type, unsigned int id,
		      unsigned long first, size_t n, int prot);
/*
 * Maps the machine's machine-to-phys table read-only: *entries is how many mfns it covers. Unmap by
 * xc_unmap_m2p.
 */
const uint64_t *xc_map_m2p(xc_interface *xch, unsigned long *entries);
void xc_unmap_m2p(const uint64_t *m2p, unsigned long entries);

/* ---- /dev/xen/evtchn: the control domain's own event channels ---- */

struct xen_evtchn;
typedef struct xen_evtchn xen_evtchn;

xen_evtchn *xen_evtchn_open(void);
/* On an open descriptor of the device, which it takes over. */
xen_evtchn *xen_evtchn_open_fd(int fd);
void xen_evtchn_close(xen_evtchn *xe);
/* Readable while a port is pending. Non-blocking if the caller makes it so. */
int xen_evtchn_fd(const xen_evtchn *xe);
/* These return the local port or -errno. */
int xen_evtchn_bind_interdomain(xen_evtchn *xe, uint16_t domid, uint32_t remote_port);
int xen_evtchn_bind_unbound(xen_evtchn *xe, uint16_t domid);
int xen_evtchn_bind_virq(xen_evtchn *xe, unsigned int virq);
int xen_evtchn_unbind(xen_evtchn *xe, uint32_t port);
int xen_evtchn_notify(xen_evtchn *xe, uint32_t port);
/* Next pending port (it is masked until unmasked), -EAGAIN when there is none and the fd is non-blocking. */
int xen_evtchn_pending(xen_evtchn *xe);
int xen_evtchn_unmask(xen_evtchn *xe, uint32_t port);

/* ---- /dev/xen/gntdev: pages that other domains have granted ---- */

struct xen_gnttab;
typedef struct xen_gnttab xen_gnttab;

xen_gnttab *xen_gnttab_open(void);
void xen_gnttab_close(xen_gnttab *xg);
/* Maps n grants, refs[i] of domids[i] (or all of domid). NULL and errno on failure; all or nothing. */
void *xen_gnttab_map(xen_gnttab *xg, uint16_t domid, size_t n, const uint32_t *refs, int prot);
void *xen_gnttab_map_many(xen_gnttab *xg, size_t n, const uint16_t *domids, const uint32_t *refs, int prot);
int xen_gnttab_unmap(xen_gnttab *xg, void *addr, size_t n);

#endif /* XENCTRL_H */
