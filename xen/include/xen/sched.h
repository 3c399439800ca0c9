/* SPDX-License-Identifier: GPL-2.0-only */
/* Domains and vcpus, their states, and the scheduler that shares the CPUs among them. */
#ifndef XEN_SCHED_H
#define XEN_SCHED_H

#include <xen/atomic.h>
#include <xen/cpumask.h>
#include <xen/errno.h>
#include <xen/event.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/rcu.h>
#include <xen/smp.h>
#include <xen/softirq.h>
#include <xen/timer.h>
#include <asm/domain.h>
#include <public/domctl.h>
#include <public/sched.h>
#include <public/vcpu.h>

#define MAX_VIRT_CPUS	8192	/* the ABI's; the pages a vcpu costs set the real limit */
#define XEN_LEGACY_VCPUS 32	/* those with a slot in shared_info */

/* pause_flags: why a vcpu may not run. */
#define VPF_blocked	0	/* waits for an event */
#define VPF_down	1	/* not brought up */
#define VPF_migrating	2
#define VPF_parked	3	/* credit: over its cap */

struct waitqueue;

/* A structure in guest memory that we write at any time: its frames are held, with the writable type. */
struct guest_area {
	struct page_info *pg[2];	/* the second when it crosses a page boundary */
	u32 offset, len;		/* in the first page; of the whole, 0: not registered */
};

/* One page. Letters: s the run queue's lock, d the domain's lock, a atomic, o its own CPU only, c constant after creation. */
struct vcpu {
	unsigned int vcpu_id;			/* c */
	unsigned int processor;			/* s: CPU it runs or will run on */
	struct domain *domain;			/* c */
	struct vcpu_info *vcpu_info;		/* where the guest sees it; d */
	mfn_t vcpu_info_mfn;			/* the registered page, INVALID_MFN: in shared_info; d */
	void *sched_priv;			/* the policy's */

	struct timer periodic_timer, singleshot_timer, poll_timer;
	s_time_t periodic_period, periodic_last_event;	/* ns, 0: off */

	struct vcpu_runstate_info runstate;	/* s */
	struct guest_area runstate_area;	/* copy of runstate in guest memory; area_lock */
	struct guest_area time_area;		/* secondary vcpu_time_info; area_lock */
	u64 time_info_guest;			/* its virtual address, 0: none */
	spinlock_t area_lock;

	bool is_initialised;			/* has a context; d */
	bool is_running;			/* on a CPU now (its state may not yet be saved); s */
	bool is_urgent;
	bool defer_shutdown;
	bool paused_for_shutdown;
	bool force_context_switch;
	bool nmi_pending;
	bool async_nmi_masked;
	bool in_multicall;
	bool hcall_preempted;			/* o: the call in progress asked to be continued */
	bool fpu_initialised;

	unsigned long pause_flags;		/* a: VPF_* bits */
	atomic_t pause_count;			/* a: nested pauses */
	u32 virq_to_evtchn[24];			/* event_lock */
	spinlock_t virq_lock;
	u32 poll_evtchn;			/* >0: polls one port; -1u: many; 0: none */
	u32 dirty_cpu;				/* CPU whose TLB may hold its mappings; NR_CPUS: none */

	cpumask_t cpu_hard_affinity;		/* s */
	cpumask_t cpu_soft_affinity;		/* s: preference, reported as set */
	cpumask_t cpu_saved_affinity;		/* s: what SCHEDOP_pin_override replaced */
	bool affinity_overridden;		/* s */
	bool pirqs_to_move;			/* o: it runs on another CPU than its interrupts */
	u32 pirq_ports;				/* first of its PIRQ ports; event_lock */

	u64 events_sent, upcalls;		/* o: counted for the tools (common/hcall/perfc.c) */
	struct evtchn_fifo_vcpu *evtchn_fifo;
	struct arch_vcpu arch;
};

enum domain_dying { DOMDYING_alive, DOMDYING_dying, DOMDYING_dead };

/* One page. */
struct domain {
	domid_t domain_id;			/* c */
	bool is_privileged;			/* c: dom0 */
	bool is_shutting_down, is_shut_down;	/* shutdown_lock */
	u8 is_dying;				/* enum domain_dying; d */
	bool controller_paused;
	bool debugger_attached;
	bool creation_finished;			/* d: unpaused once */
	unsigned int shutdown_code;
	unsigned int max_vcpus;			/* c once set */
	struct vcpu **vcpu;			/* array of max_vcpus */

	struct shared_info *shared_info;	/* a hypervisor page shared with the guest */

	spinlock_t domain_lock;			/* creation, vcpus, controls */
	spinlock_t page_alloc_lock;		/* page_list, xenpage_list, tot_pages */
	spinlock_t shutdown_lock;
	spinlock_t event_lock;			/* binding of ports */
	spinlock_t pause_others_lock;		/* only ever tried: who stops the other vcpus of its own domain */
	struct page_list_head page_list, xenpage_list;
	unsigned long tot_pages, max_pages, outstanding_pages, xenheap_pages;

	atomic_t refcnt;
	struct domain *next_in_list, *next_in_hash;
	struct rcu_head rcu;
	atomic_t pause_count;
	unsigned int controller_pause_count;
	cpumask_t dirty_cpumask;		/* CPUs whose TLB may hold its entries; a */
	void *sched_priv;

	/* event channels */
	struct evtchn **evtchn_bucket;		/* pages of struct evtchn */
	unsigned int max_evtchns, valid_evtchns, next_evtchn, max_evtchn_port;
	atomic_t active_evtchns;
	const struct evtchn_port_ops *evtchn_port_ops;
	struct evtchn_fifo_domain *evtchn_fifo;
	DECLARE_BITMAP(poll_mask, 128);		/* vcpu_id % 128 in SCHEDOP_poll */

	struct grant_table *grant_table;
	struct pirq_table *pirqs;		/* arch/x86/irq/pirq.c */

	unsigned long vm_assist;
	u8 handle[16];
	u32 ssidref;
	u32 options;				/* XEN_DOMCTL_CDF_* */
	struct timer watchdog_timer[2];
	u32 watchdog_inuse_map;
	spinlock_t watchdog_lock;
	s_time_t time_offset_seconds;
	struct arch_domain arch;
	unsigned long pad_end[0];
};

extern struct domain *hardware_domain;		/* dom0 */
extern struct domain *dom_xen, *dom_io, *idle_domain;	/* owners of frames that no guest owns */
extern struct vcpu *idle_vcpu[NR_CPUS];
extern struct domain *domain_list;		/* ordered by id; RCU for readers, domlist_update_lock for writers */

#define for_each_domain(d)	for ((d) = READ_ONCE(domain_list); (d); (d) = READ_ONCE((d)->next_in_list))
#define for_each_vcpu(d, v)								\
	for (unsigned int _i = 0; _i < (d)->max_vcpus; _i++)				\
		if (((v) = (d)->vcpu[_i]) != NULL)

#define is_idle_vcpu(v)		((v)->domain == idle_domain)
#define is_idle_domain(d)	((d) == idle_domain)
#define is_hardware_domain(d)	((d) == hardware_domain)

/* -- domains (common/domain.c) --------------------------------------------------------------------------------- */
void domain_subsys_init(void);			/* dom_xen, dom_io, hash */
/* Make an empty domain, paused once by its controller. ERR_PTR: -EINVAL, -EEXIST, -ENOMEM. */
struct domain *domain_create(domid_t domid, const struct xen_domctl_createdomain *cfg, bool is_priv);
/* Not a reference: valid until this CPU's next quiescent point. NULL: none with this id. */
struct domain *domain_by_id(domid_t domid);
/* As above; DOMID_SELF is the caller's own. */
struct domain *domain_by_any_id(domid_t domid);
struct domain *get_domain_by_id(domid_t domid);	/* with a reference */
static inline void get_knownalive_domain(struct domain *d) { atomic_inc(&d->refcnt); }
bool get_domain(struct domain *d);		/* false when it is being freed */
void domain_destroy_final(struct domain *d);
static inline void put_domain(struct domain *d)
{
	if (atomic_dec_and_test(&d->refcnt))
		domain_destroy_final(d);
}
int domain_kill(struct domain *d);		/* -ERESTART until all is released */
void domain_shutdown(struct domain *d, u8 reason);
void domain_resume(struct domain *d);
/* Crash the domain that made a fault which is its own; prints the reason, whatever else it printed before: once for each vcpu at most. */
void __domain_crash(struct domain *d);
#define domain_crash(d, fmt, ...) do {							\
	printk(XENLOG_ERR "domain %pd crashed: " fmt "\n", (d), ##__VA_ARGS__);	\
	__domain_crash(d);								\
} while (0)
struct vcpu *vcpu_create(struct domain *d, unsigned int vcpu_id);	/* NULL: no memory */
struct vcpu *idle_vcpu_create(unsigned int cpu);	/* before the CPU starts; panics without memory */
int vcpu_reset(struct vcpu *v);
void vcpu_destroy(struct vcpu *v);
void domain_pause(struct domain *d);		/* waits until no vcpu of it runs; not by itself */
void domain_pause_nosync(struct domain *d);
void domain_unpause(struct domain *d);
int domain_pause_by_systemcontroller(struct domain *d);
int domain_unpause_by_systemcontroller(struct domain *d);
void domain_unpause_all_at_boot(struct domain *d);
void vcpu_pause(struct vcpu *v);
void vcpu_pause_nosync(struct vcpu *v);
void vcpu_unpause(struct vcpu *v);
int map_vcpu_info(struct vcpu *v, u64 mfn, u32 offset);
void unmap_vcpu_info(struct vcpu *v);
void vcpu_runstate_get(struct vcpu *v, struct vcpu_runstate_info *out);
/* Fill the tools' view. */
void getdomaininfo(struct domain *d, struct xen_domctl_getdomaininfo *info);

/* -- scheduler (common/sched) ------------------------------------------------------------------------------------- */
void scheduler_init(void);			/* boot CPU; picks the policy of sched= */
int scheduler_cpu_init(unsigned int cpu);	/* before the CPU comes up */
int sched_init_vcpu(struct vcpu *v, unsigned int cpu);
void sched_destroy_vcpu(struct vcpu *v);
int sched_init_domain(struct domain *d);
void sched_destroy_domain(struct domain *d);
void vcpu_wake(struct vcpu *v);			/* after a reason not to run went away */
void vcpu_sleep_nosync(struct vcpu *v);		/* a reason was set: get it off its CPU soon */
void vcpu_sleep_sync(struct vcpu *v);		/* and wait */
void vcpu_block(void);				/* current waits for an event */
void vcpu_unblock(struct vcpu *v);
long vcpu_yield(void);
/* SCHEDOP_pin_override: v alone on cpu for a while; cpu < 0: as before. -EBUSY: it is overridden; -EINVAL. */
int vcpu_pin_override(struct vcpu *v, int cpu);
int vcpu_set_hard_affinity(struct vcpu *v, const cpumask_t *mask);
int vcpu_set_soft_affinity(struct vcpu *v, const cpumask_t *mask);
long sched_adjust(struct domain *d, struct xen_domctl_scheduler_op *op);
struct xen_sysctl_scheduler_op;
long sched_adjust_global(struct xen_sysctl_scheduler_op *op);
int sched_id(void);
s_time_t sched_cpu_idle_time(unsigned int cpu);
/* The tail of a context switch: `prev` is off this CPU and its state is saved. Called by the arch code on the new stack frame. */
void context_saved(struct vcpu *prev);
/* Runs when the CPU has nothing else. */
void idle_loop(void) __noreturn;

static inline bool vcpu_runnable(const struct vcpu *v)
{
	return !(READ_ONCE(v->pause_flags) | atomic_read(&v->pause_count) | atomic_read(&v->domain->pause_count));
}

/* Should a long operation of the current guest give way? */
static inline bool vcpu_event_pending(const struct vcpu *v)
{
	return v->vcpu_info && READ_ONCE(v->vcpu_info->evtchn_upcall_pending) && !READ_ONCE(v->vcpu_info->evtchn_upcall_mask);
}
static inline bool hypercall_preempt_check(void)
{
	return softirq_pending(smp_processor_id()) || vcpu_event_pending(current);
}
static inline bool general_preempt_check(void)
{
	return softirq_pending(smp_processor_id());
}

struct xen_sysctl;
/* -- what the architecture gives (arch/x86/domain.c) ---------------------------------------------------------------- */
int arch_domain_create(struct domain *d, const struct xen_domctl_createdomain *cfg);
void arch_domain_destroy(struct domain *d);
int arch_vcpu_create(struct vcpu *v);
void arch_vcpu_destroy(struct vcpu *v);
int domain_relinquish_resources(struct domain *d);	/* page tables, memory, grants of a dying domain; -ERESTART */
union vcpu_guest_context_u;
/* Take over a guest-supplied context (DOMCTL_setvcpucontext, VCPUOP_initialise): -EINVAL, -EFAULT, -ERESTART. */
int arch_set_info_guest(struct vcpu *v, struct vcpu_guest_context *c);
void arch_get_info_guest(struct vcpu *v, struct vcpu_guest_context *c);
/* Leave prev, run next. Does not return on this stack. Interrupts off. */
void context_switch(struct vcpu *prev, struct vcpu *next) __noreturn;
void continue_running(struct vcpu *same) __noreturn;
/* Save the state of whoever ran here last if it is still in the registers (lazy switch to idle). */
void sync_local_execstate(void);
void sync_vcpu_execstate(struct vcpu *v);
void startup_cpu_idle_loop(void) __noreturn;
u32 arch_cpu_apicid(unsigned int cpu);
void vcpu_show_registers(const struct vcpu *v);
/* A virtual NMI for v; any context, v in any state. */
void pv_raise_nmi(struct vcpu *v);
long arch_do_domctl(struct xen_domctl *op, struct domain *d, u64 u_domctl, bool *copyback);
long arch_do_sysctl(struct xen_sysctl *op, u64 u_sysctl, bool *copyback);

#endif
