/* SPDX-License-Identifier: GPL-2.0-only */
/* Event channels: ports that carry one bit each between domains, vcpus, virtual and physical interrupts. Two-level and FIFO ABIs. */
#ifndef XEN_EVENT_H
#define XEN_EVENT_H

#include <xen/spinlock.h>
#include <public/xen.h>
#include <public/event_channel.h>

struct domain;
struct vcpu;

enum evtchn_state {
	ECS_FREE, ECS_RESERVED, ECS_UNBOUND, ECS_INTERDOMAIN, ECS_PIRQ, ECS_VIRQ, ECS_IPI
};

/* 32 bytes. Protected by d->event_lock for binding and by its own lock for sending (see docs/locking.md). */
struct evtchn {
	spinlock_t lock;
	u8 state;
	u8 priority;		/* FIFO */
	u8 xen_consumer;	/* 0: a guest's */
	u8 old_state;
	u32 port;
	u32 notify_vcpu_id;
	union {
		struct { domid_t remote_domid; } unbound;
		struct { struct domain *remote_dom; u32 remote_port; } interdomain;
		struct { u32 irq, prev_port, next_port; } pirq;
		u32 virq;
	} u;
	/* FIFO */
	u16 last_vcpu_id;
	u8 last_priority;
	u8 pending;
};

int evtchn_init(struct domain *d, unsigned int max_port);
int evtchn_destroy(struct domain *d);		/* close all; -ERESTART until done */
void evtchn_destroy_final(struct domain *d);
/* Deliver: v's VIRQ (per-vcpu one), d's global one. Any context, interrupts may be off. */
void send_guest_vcpu_virq(struct vcpu *v, u32 virq);
void send_guest_global_virq(struct domain *d, u32 virq);
/* To whom global VIRQs such as VIRQ_DOM_EXC and VIRQ_CONSOLE go (dom0). */
void send_global_virq(u32 virq);
/* Set a bound PIRQ's port pending. */
void send_guest_pirq(struct domain *d, unsigned int pirq);
/* Called by the ABI ops after setting a bit: mark the upcall pending and wake or kick the vcpu. */
void vcpu_mark_events_pending(struct vcpu *v);
void vcpu_kick(struct vcpu *v);
bool evtchn_port_pending(struct domain *d, u32 port);	/* for SCHEDOP_poll */
bool evtchn_port_valid(const struct domain *d, u32 port);
/* v's vcpu_info moved: set every 2-level selector bit and the upcall. */
void evtchn_vcpu_info_moved(struct vcpu *v);
/* Rows of the pirq module. */
int evtchn_bind_pirq_port(struct domain *d, unsigned int pirq);
void evtchn_move_pirqs(struct vcpu *v);


#endif
