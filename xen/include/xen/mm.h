/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames of RAM: who owns each, how often it is referenced, and what it is used as.
 *
 * Each frame has two counts. The *existence* count (count_info) says that it may not be given to another owner; the *type*
 * count (type_info) says that, as long as it is not zero, the frame is used as just this one thing: page table of a
 * level, descriptor table page, or ordinary writable page. The types exclude each other: that, and the validation of
 * a page table's entries when it gets its type, is what keeps one guest out of all memory that it does not own.
 * The numbered facts are in docs/memory.md and at the head of arch/x86/mm/type.c.
 */
#ifndef XEN_MM_H
#define XEN_MM_H

#include <xen/list.h>
#include <xen/spinlock.h>
#include <asm/page.h>

struct domain;
struct vcpu;

/* 32 bytes a frame. */
struct page_info {
	u32 next, prev;			/* links in one page_list (frame numbers, PAGE_LIST_NULL ends); its owner's lock */
	unsigned long count_info;	/* PGC_*; atomic */
	unsigned long type_info;	/* PGT_*; atomic. Free frames: order of the buddy block */
	u32 owner_mfn;			/* frame of the owner's struct domain, 0: none */
	union {
		u32 tlbflush_timestamp;	/* when it last lost a type that TLBs may hold; valid while type count is 0 */
		struct {		/* a page table whose (in)validation was interrupted; valid while PGT_partial */
			u16 nr_validated;
			u16 partial_flags;
		};
	};
};

#define PAGE_LIST_NULL		(~0U)

/* count_info */
#define PGC_allocated		(1UL << 63)	/* the reference that its owner's list of pages holds */
#define PGC_xen_heap		(1UL << 62)	/* the hypervisor's own; shared with guests only on purpose */
#define PGC_static_io		(1UL << 61)	/* not RAM or not ours to give */
#define PGC_released		(1UL << 60)	/* the release of its dying owner has seen it */
#define PGC_state_free		(1UL << 59)	/* in the free lists */
#define PGC_extra		(1UL << 58)	/* free: must be scrubbed. In use: was mapped writably by others than its owner */
#define PGC_need_tlbflush	(1UL << 57)	/* free: TLBs may know it */
#define PGC_broken		(1UL << 56)	/* bad memory: never handed out */
#define PGC_count_mask		((1UL << 54) - 1)

/* type_info */
#define PGT_none		(0UL << 61)
#define PGT_l1_page_table	(1UL << 61)
#define PGT_l2_page_table	(2UL << 61)
#define PGT_l3_page_table	(3UL << 61)
#define PGT_l4_page_table	(4UL << 61)
#define PGT_seg_desc_page	(5UL << 61)	/* GDT or LDT */
#define PGT_shared_page		(6UL << 61)
#define PGT_writable_page	(7UL << 61)
#define PGT_type_mask		(7UL << 61)
#define PGT_pinned		(1UL << 60)	/* the owner pinned it to its type */
#define PGT_validated		(1UL << 59)
#define PGT_partial		(1UL << 58)	/* validation or its undoing was preempted; the holder of the count finishes it */
#define PGT_locked		(1UL << 57)	/* entries are being changed (per page lock) */
#define PGT_count_mask		((1UL << 48) - 1)

#define frame_table		((struct page_info *)FRAMETABLE_VIRT_START)
extern unsigned long max_page;			/* one more than the highest frame of RAM */
extern unsigned long total_pages;		/* frames of RAM the machine has */

#ifdef XEN_HOST_TEST
struct page_info *mfn_to_page(mfn_t m);
mfn_t page_to_mfn(const struct page_info *pg);
#else
static inline struct page_info *mfn_to_page(mfn_t m) { return &frame_table[mfn_x(m)]; }
static inline mfn_t page_to_mfn(const struct page_info *pg) { return _mfn(pg - frame_table); }
#endif
static inline struct page_info *virt_to_page(const void *va) { return mfn_to_page(virt_to_mfn(va)); }
static inline void *page_to_virt(const struct page_info *pg) { return mfn_to_virt(page_to_mfn(pg)); }
/* Is it RAM with an entry in the frame table (of whatever owner)? The table exists in chunks of 2 MiB, for 256 MiB of RAM each. */
#ifdef XEN_HOST_TEST
bool mfn_valid(mfn_t m);
#else
#define CHUNK_FRAMES		65536UL
#define MAX_CHUNKS		65536UL		/* 16 TiB */
extern unsigned long chunk_present[];
static inline bool mfn_valid(mfn_t m)
{
	return mfn_x(m) < max_page && (chunk_present[mfn_x(m) / CHUNK_FRAMES / 64] >> (mfn_x(m) / CHUNK_FRAMES % 64) & 1) &&
	       !(READ_ONCE(mfn_to_page(m)->count_info) & PGC_static_io);
}
#endif

static inline struct domain *page_get_owner(const struct page_info *pg)
{
	u32 m = READ_ONCE(pg->owner_mfn);

	return m ? mfn_to_virt(_mfn(m)) : NULL;
}

static inline void page_set_owner(struct page_info *pg, const struct domain *d)
{
	pg->owner_mfn = d ? mfn_x(virt_to_mfn(d)) : 0;
}

struct page_list_head {
	u32 head, tail;
	unsigned long count;
};
#define PAGE_LIST_HEAD_INIT	{ PAGE_LIST_NULL, PAGE_LIST_NULL, 0 }
void page_list_init(struct page_list_head *l);
bool page_list_empty(const struct page_list_head *l);
void page_list_add(struct page_info *pg, struct page_list_head *l);
void page_list_add_tail(struct page_info *pg, struct page_list_head *l);
void page_list_del(struct page_info *pg, struct page_list_head *l);
struct page_info *page_list_first(const struct page_list_head *l);
struct page_info *page_list_next(const struct page_info *pg);
struct page_info *page_list_remove_head(struct page_list_head *l);

/* -- frame allocator (common/mem/page_alloc.c) -------------------------------------------------------------- */

/* Boot: give [start, end) to the boot allocator; take contiguous frames from it (panics when there are none). */
void init_boot_pages(maddr_t start, maddr_t end);
mfn_t alloc_boot_pages(unsigned long nr, unsigned long align);
/* Late in boot: RAM that the loader filled and nobody needs any more. Bytes; whole pages of it go to the heap. */
void free_boot_memory(u64 start, u64 end);
/* All that is left goes to the buddy allocator, scrubbed. */
void end_boot_allocator(void);
extern bool boot_allocator_ended;

#define MEMF_no_owner		(1u << 0)
#define MEMF_no_refcount	(1u << 1)	/* do not count it in the owner's tot_pages */
#define MEMF_no_scrub		(1u << 2)	/* the caller overwrites all of it */
#define MEMF_bits(n)		((n) << 8)	/* address below 2^n */

/*
 * The hypervisor's own memory, 2^order frames; zeroed only by the z form. NULL when there is none.
 * Not from interrupts.
 */
void *alloc_xenheap_pages(unsigned int order, unsigned int memflags);
void free_xenheap_pages(void *va, unsigned int order);
static inline void *alloc_xenheap_page(void) { return alloc_xenheap_pages(0, 0); }
void *alloc_xenheap_zeroed_page(void);
static inline void free_xenheap_page(void *va) { free_xenheap_pages(va, 0); }

/*
 * Memory for a domain: 2^order scrubbed frames, on d's page list and in d->tot_pages (unless flags say else), each with the
 * PGC_allocated reference. d == NULL: nobody's. NULL when none is left or when d may not have more.
 */
struct page_info *alloc_domheap_pages(struct domain *d, unsigned int order, unsigned int memflags);
/* Called when the last reference is gone: off the owner's list and back to the free lists, to be scrubbed. */
void free_domheap_pages(struct page_info *pg, unsigned int order);
#define alloc_domheap_page(d, f)	alloc_domheap_pages(d, 0, f)
#define free_domheap_page(pg)		free_domheap_pages(pg, 0)
/* Make frames that were allocated without owner belong to d. -E2BIG over d's maximum, -EINVAL when d is dying. */
int assign_pages(struct page_info *pg, unsigned int order, struct domain *d, unsigned int memflags);
unsigned long avail_domheap_pages(void);	/* free frames */
void domain_show_pages(struct domain *d);	/* debug: the first few of its frames, and their counts */
/*
 * Pages that a dead domain still has, from frame *next (0: the first) on, at most `room`. Returns how many; *next is
 * where to go on, or XEN_HOLDERS_END. -EAGAIN: the frame at which to go on is none of its any more.
 */
struct xen_page_holder;
int domain_held_pages(struct domain *d, u64 *next, struct xen_page_holder *list, unsigned int room);
unsigned long avail_heap_pages_below(unsigned int bits);
/*
 * Take pg off d if nobody holds it but d's list and the caller: no reference, list or owner is left. d->tot_pages stays. TLBs may know it.
 */
bool steal_page(struct domain *d, struct page_info *pg);
/* Back to the heap: a frame that was taken off its domain and has no references left. */
void free_stolen_page(struct page_info *pg);
/* Claims: memory set aside for d (XENMEM_claim_pages, per domain absolute count incl. what it has). -ENOMEM, -EINVAL */
int domain_set_outstanding_pages(struct domain *d, unsigned long pages);
unsigned long outstanding_claims(void);		/* sum of all domains' claims */
unsigned long domain_adjust_tot_pages(struct domain *d, long pages);	/* under d->page_alloc_lock; new tot */

/* -- heap of small objects (common/mem/xmalloc.c): any alignment up to 64, not from interrupts -------------- */
void *xmalloc_bytes(size_t size);
void *xzalloc_bytes(size_t size);
void xfree(void *p);
static inline void *xzalloc_elems(size_t n, size_t size)
{
	return n > SIZE_MAX / size ? NULL : xzalloc_bytes(n * size);
}
#define xmalloc(t)		((t *)xmalloc_bytes(sizeof(t)))
#define xzalloc(t)		((t *)xzalloc_bytes(sizeof(t)))
#define xzalloc_array(t, n)	((t *)xzalloc_elems(n, sizeof(t)))
#define XFREE(p)		do { xfree(p); (p) = NULL; } while (0)
/* Contiguous virtual memory out of single frames, for tables larger than a page. */
void *vzalloc(size_t size);
void vfree(void *va);

/* -- references (arch/x86/mm/type.c) --------------------------------------------------------------------------- */

/* Take an existence reference if pg belongs to d. */
bool __must_check get_page(struct page_info *pg, const struct domain *d);
/* Take one whoever owns it; NULL if nobody does. */
struct domain *page_get_owner_and_reference(struct page_info *pg);
struct page_info *get_page_from_mfn(mfn_t mfn, const struct domain *d);	/* checks mfn_valid too; NULL */
void put_page(struct page_info *pg);
void put_page_alloc_ref(struct page_info *pg);	/* drop PGC_allocated, once */
/* Take a type reference, validating when it is the first: -EINVAL wrong type or bad contents, -ERESTART/-EINTR preempted. */
int __must_check get_page_type(struct page_info *pg, unsigned long type);
int __must_check get_page_type_preemptible(struct page_info *pg, unsigned long type);
void put_page_type(struct page_info *pg);
int __must_check put_page_type_preemptible(struct page_info *pg);
static inline int __must_check get_page_and_type(struct page_info *pg, const struct domain *d, unsigned long type);
static inline void put_page_and_type(struct page_info *pg) { put_page_type(pg); put_page(pg); }
static inline int get_page_and_type(struct page_info *pg, const struct domain *d, unsigned long type)
{
	int rc = -22;

	if (get_page(pg, d)) {
		rc = get_page_type(pg, type);
		if (rc)
			put_page(pg);
	}
	return rc;
}
/* Make a hypervisor page readable/writable by d's mappings (shared_info, grant frames). */
enum XENSHARE_flags { SHARE_rw, SHARE_ro };
void share_xen_page_with_guest(struct page_info *pg, struct domain *d, enum XENSHARE_flags flags);

/* -- M2P -------------------------------------------------------------------------------------------------------- */
#define INVALID_M2P_ENTRY	(~0UL)
#define SHARED_M2P_ENTRY	(~0UL - 1)
#undef machine_to_phys_mapping
#define machine_to_phys_mapping	((unsigned long *)RW_MPT_VIRT_START)
/* Frame of the i-th 2 MiB of the table; false: not there. Privileged domains may map it read-only. */
bool m2p_chunk(unsigned int i, mfn_t *mfn);
void m2p_share(void);		/* boot, after dom_xen */
void set_gpfn_from_mfn(mfn_t mfn, unsigned long gpfn);	/* mfn must be valid */
unsigned long get_gpfn_from_mfn(mfn_t mfn);

/* -- boot and per-domain tables ---------------------------------------------------------------------------------- */
struct boot_info;
void mm_init_directmap(const struct boot_info *bi);	/* direct map, frame table, M2P for all RAM */
void mm_init_idle_tables(void);				/* after the heap */
/* Fill the hypervisor's slots of a guest L4 (256..271; perdomain slot from d). */
void init_xen_l4_slots(l4e_t *l4t, const struct domain *d);
int domain_mm_init(struct domain *d);			/* per-domain L3, -ENOMEM */
void domain_mm_destroy(struct domain *d);
/* Make sure page tables exist for vcpu's GDT/LDT view; then v->arch.perdomain_ptes = array of 32 l1e (16 GDT, 16 LDT). -ENOMEM */
int vcpu_mm_init(struct vcpu *v);
/* Preemptible parts of destruction: -ERESTART until done. */
int relinquish_memory(struct domain *d);
int vcpu_destroy_pagetables(struct vcpu *v);		/* drop references of cr3 and user cr3 */

/* -- TLB ------------------------------------------------------------------------------------------------------------ */
#define FLUSH_TLB		0x100	/* all non-global entries */
#define FLUSH_TLB_GLOBAL	0x200
#define FLUSH_CACHE		0x400
#define FLUSH_VA		0x800	/* one address: va */
struct cpumask_bits;
void flush_area_local(unsigned long va, unsigned int flags);
void flush_tlb_local(void);
/* On each CPU of mask (see cpumask.h); waits. Interrupts on. */
void flush_area_mask(const void *cpumask, unsigned long va, unsigned int flags);
#define flush_tlb_mask(m)	flush_area_mask(m, 0, FLUSH_TLB)
#define flush_tlb_one_mask(m, va) flush_area_mask(m, va, FLUSH_TLB | FLUSH_VA)
u32 tlbflush_current_time(void);	/* the clock of page_info.tlbflush_timestamp */
/* Clear from mask the CPUs that flushed since `stamp`. */
void tlbflush_filter(void *cpumask, u32 stamp);
void write_cr3_flush(unsigned long cr3);	/* load CR3, ticking the clock */
unsigned long idle_cr3(void);			/* the hypervisor's own root */
/*
 * What is added to a guest's roots in CR3: with PCIDs, kernel root and user root have one each, and loading them keeps entries.
 * 0 without PCIDs.
 */
extern unsigned long cr3_kernel_bits, cr3_user_bits;
void flush_other_pcid(void);
/* Entries of the guest's root that is not in CR3. Global ones, its user pages, belong to no root. */
static inline void flush_other_root(void)
{
	if (unlikely(cr3_user_bits))
		flush_other_pcid();
}
void flush_va_local(unsigned long va);		/* in both roots */

/* -- guests' page tables (arch/x86/mm) ---------------------------------------------------------------------------- */
/* Load v's current root (kernel or user by v->arch.flags) into CR3; on the CPU that runs v. */
void write_ptbase(struct vcpu *v);
void toggle_ptbase(struct vcpu *v);	/* the same without a flush: between kernel and user mode */
/* Switch v's kernel root (takes over the caller's type reference when get_ref is false). */
int new_guest_cr3(mfn_t mfn);
int new_guest_user_cr3(mfn_t mfn);	/* INVALID_MFN: none any more */
/* Take the references of a root: -EINVAL, -ERESTART. */
int get_root(struct domain *d, mfn_t mfn);
/* A write fault on a page-table page that the current guest may make: emulate it. True when handled. */
struct cpu_user_regs;
bool pv_ro_page_fault(unsigned long addr, struct cpu_user_regs *regs);
/* Walk current's page tables: the L1 entry that maps addr (copied), false when none. */
bool guest_get_eff_l1e(unsigned long addr, l1e_t *out);
/* Do they let the guest write there now? A TLB may know an older answer. */
bool guest_may_write(unsigned long addr);

#endif
