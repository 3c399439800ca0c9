/* SPDX-License-Identifier: GPL-2.0-only */
/* Virtual and physical interrupts arriving at ports. The senders may be in interrupt context. */
#include <xen/irq.h>
#include <xen/sched.h>

/* Those that belong to a domain and not to one of its vcpus; they are bound to vcpu 0. */
bool virq_is_global(u32 virq)
{
	switch (virq) {
	case VIRQ_TIMER:
	case VIRQ_DEBUG:
	case VIRQ_XENOPROF:
	case VIRQ_XENPMU:
		return false;
	case VIRQ_ARCH_0 ... VIRQ_ARCH_7:
		return virq == VIRQ_ARCH_0;	/* machine checks */
	default:
		return true;
	}
}

/* Through the table of v; the lock keeps the port bound meanwhile. */
static void send_virq(struct vcpu *v, u32 virq)
{
	unsigned long flags;
	u32 port;

	if (!READ_ONCE(v->virq_to_evtchn[virq]))
		return;
	spin_lock_irqsave(&v->virq_lock, flags);
	port = v->virq_to_evtchn[virq];
	if (port)
		evtchn_set_pending(v->domain, evtchn_lookup(v->domain, port));
	spin_unlock_irqrestore(&v->virq_lock, flags);
}

void send_guest_vcpu_virq(struct vcpu *v, u32 virq)
{
	ASSERT(!virq_is_global(virq));
	send_virq(v, virq);
}

void send_guest_global_virq(struct domain *d, u32 virq)
{
	ASSERT(virq_is_global(virq));
	if (d && d->vcpu && d->vcpu[0])
		send_virq(d->vcpu[0], virq);
}

void send_global_virq(u32 virq)
{
	send_guest_global_virq(hardware_domain, virq);
}
