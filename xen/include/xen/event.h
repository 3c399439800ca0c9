/* SPDX-License-Identifier: GPL-2.0-only */
/* Event channels: ports that carry one bit each between domains, vcpus, virtual and physical interrupts. Two-level and FIFO ABIs. */
#ifndef XEN_EVENT_H
#define XEN_EVENT_H

#include <xen/spinlock.h>
#include <xen/types.h>
#include <asm/config.h>
#include <public/xen.h>
#include <public/event_channel.h>

struct domain;
struct vcpu;

enum evtchn_state {
	ECS_FREE, ECS_RESERVED, ECS_UNBOUND, ECS_INTERDOMAIN, ECS_PIRQ, ECS_VIRQ, ECS_IPI
};

/*
 * 32 bytes. Binding (state, u) changes under the domain's event_lock AND the channel's lock; either is enough to read it.
 * Locks in order: event_lock (two: lower address first), lock (two: lower address first), FIFO queue, run queue.
 */
struct evtchn {
	spinlock_t lock;	/* taken with interrupts off */
	u8 state;		/* enum evtchn_state */
	u8 priority;		/* FIFO: queue to put it in; event_lock */
	u8 last_priority;	/* FIFO: queue it was put in last; lock of that queue */
	bool pending;		/* FIFO: set while there is no event word for it */
	u16 notify_vcpu_id;
	u16 last_vcpu_id;	/* FIFO, as last_priority */
	union {
		struct { domid_t remote_domid; } unbound;
		struct { struct domain *remote_dom; u32 remote_port; } __packed interdomain;
		struct { u32 irq, next_port; } pirq;	/* next in the vcpu's list; event_lock */
		u32 virq;
	} __packed __aligned(4) u;
	u32 port;
};

#define EVTCHNS_PER_BUCKET	(PAGE_SIZE / sizeof(struct evtchn))

/* An event ABI: how a port's bits reach the guest. Rows may be called with interrupts off. */
struct evtchn_port_ops {
	/* v: whom to notify. */
	void (*set_pending)(struct vcpu *v, struct evtchn *chn);
	void (*clear_pending)(struct domain *d, struct evtchn *chn);
	void (*unmask)(struct domain *d, struct evtchn *chn);
	bool (*is_pending)(const struct domain *d, const struct evtchn *chn);
	bool (*is_masked)(const struct domain *d, const struct evtchn *chn);
	bool (*is_busy)(const struct domain *d, const struct evtchn *chn);	/* may the port not be used anew yet? */
	int (*set_priority)(struct domain *d, struct evtchn *chn, unsigned int priority);
	void (*init)(struct domain *d, struct evtchn *chn);			/* newly bound */
};

int evtchn_init(struct domain *d, unsigned int max_port);
int evtchn_destroy(struct domain *d);		/* close all; -ERESTART until done */
void evtchn_destroy_final(struct domain *d);
/* Deliver: v's VIRQ (per-vcpu one), d's global one. Any context, interrupts may be off. */
void send_guest_vcpu_virq(struct vcpu *v, u32 virq);
void send_guest_global_virq(struct domain *d, u32 virq);
/* To whom global VIRQs such as VIRQ_DOM_EXC and VIRQ_CONSOLE go (dom0). */
void send_global_virq(u32 virq);
/* Clear the port's mask bit and deliver what waited behind it. -EINVAL. */
int evtchn_unmask_port(struct domain *d, u32 port);
/* Set a bound PIRQ's port pending. */
void send_guest_pirq(struct domain *d, unsigned int pirq);
/* Called by the ABI ops after setting a bit: mark the upcall pending and wake or kick the vcpu. */
void vcpu_mark_events_pending(struct vcpu *v);
void vcpu_kick(struct vcpu *v);
bool evtchn_port_pending(struct domain *d, u32 port);	/* for SCHEDOP_poll */
bool evtchn_port_valid(const struct domain *d, u32 port);
/* v's vcpu_info moved: set every 2-level selector bit and the upcall. */
void evtchn_vcpu_info_moved(struct vcpu *v);
/* v runs on another CPU now: have its interrupts delivered there. */
void evtchn_move_pirqs(struct vcpu *v);

/* -- among the files of common/event --------------------------------------------------------------------------- */
extern const struct evtchn_port_ops evtchn_ops_2level;
void evtchn_fifo_destroy(struct domain *d);
int evtchn_fifo_init_control(void *arg);
int evtchn_fifo_expand_array(void *arg);
struct evtchn *evtchn_lookup(const struct domain *d, u32 port);	/* NULL: no such port */
/* Wake those of d that poll this port. */
void evtchn_check_pollers(struct domain *d, u32 port);
/* Subset of events on this port: make it pending for the vcpu it notifies. Its lock or that of the VIRQ is held. */
void evtchn_set_pending(struct domain *d, struct evtchn *chn);
bool virq_is_global(u32 virq);
void evtchn_unlink_pirq(struct domain *d, struct vcpu *v, u32 port);	/* event_lock */
int evtchn_alloc_port(struct domain *d, struct evtchn **out);	/* event_lock; -ENOSPC, -ENOMEM */
void evtchn_free_port(struct domain *d, struct evtchn *chn);	/* event_lock and chn->lock */
int evtchn_close(struct domain *d, u32 port, bool by_guest);
int evtchn_reset(struct domain *d);				/* -ERESTART */
void evtchn_dump(struct domain *d);
/* Bound by the hypervisor for the guest that starts (console and store of dom0). For the dom0 builder: -errno or port. */
int evtchn_alloc_unbound_for(struct domain *d, domid_t remote);

#endif
