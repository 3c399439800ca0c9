/* SPDX-License-Identifier: GPL-2.0-only */
/* event_channel_op: one row per operation; sending has a short way of its own. */
#include <xen/domain_if.h>
#include <xen/hypercall.h>
#include <xen/irq.h>
#include <xen/sched.h>
#include <asm/pirq.h>
#include <asm/processor.h>

static struct vcpu *own_vcpu(const struct domain *d, u32 id)
{
	return id < d->max_vcpus ? d->vcpu[id] : NULL;
}

/* A port of `d` in the given state, bound by the caller under event_lock. */
static void bind_channel(struct evtchn *chn, enum evtchn_state state, u32 vcpu, u32 virq)
{
	unsigned long flags;

	spin_lock_irqsave(&chn->lock, flags);
	chn->notify_vcpu_id = vcpu;
	chn->u.virq = virq;
	chn->state = state;
	spin_unlock_irqrestore(&chn->lock, flags);
}

/* -- alloc_unbound --------------------------------------------------------------------------------------------------- */

int evtchn_alloc_unbound_for(struct domain *d, domid_t remote)
{
	struct evtchn *chn;
	unsigned long flags;
	int rc;

	spin_lock(&d->event_lock);
	rc = evtchn_alloc_port(d, &chn);
	if (!rc) {
		spin_lock_irqsave(&chn->lock, flags);
		chn->u.unbound.remote_domid = remote == DOMID_SELF ? current->domain->domain_id : remote;
		chn->state = ECS_UNBOUND;
		spin_unlock_irqrestore(&chn->lock, flags);
		rc = chn->port;
	}
	spin_unlock(&d->event_lock);
	return rc;
}

static int op_alloc_unbound(void *arg)
{
	struct evtchn_alloc_unbound *a = arg;
	struct domain *d = domain_by_any_id(a->dom);
	int rc;

	if (!d)
		return -ESRCH;
	rc = may(current->domain, d == current->domain ? ACT_self : ACT_create_channel, d);
	if (rc)
		return rc;
	rc = evtchn_alloc_unbound_for(d, a->remote_dom);
	if (rc < 0)
		return rc;
	a->port = rc;
	return 0;
}

/* -- bind_interdomain -------------------------------------------------------------------------------------------------- */

static void lock_domains(struct domain *a, struct domain *b)
{
	spin_lock(a < b ? &a->event_lock : &b->event_lock);
	if (a != b)
		spin_lock(a < b ? &b->event_lock : &a->event_lock);
}

static void unlock_domains(struct domain *a, struct domain *b)
{
	spin_unlock(&a->event_lock);
	if (a != b)
		spin_unlock(&b->event_lock);
}

static void join(struct domain *ld, struct evtchn *lchn, struct domain *rd, struct evtchn *rchn)
{
	unsigned long flags;

	local_irq_save(flags);
	spin_lock(lchn < rchn ? &lchn->lock : &rchn->lock);
	spin_lock(lchn < rchn ? &rchn->lock : &lchn->lock);
	lchn->u.interdomain.remote_dom = rd;
	lchn->u.interdomain.remote_port = rchn->port;
	lchn->state = ECS_INTERDOMAIN;
	rchn->u.interdomain.remote_dom = ld;
	rchn->u.interdomain.remote_port = lchn->port;
	rchn->state = ECS_INTERDOMAIN;
	/* What the other end sent before we listened was lost. */
	evtchn_set_pending(ld, lchn);
	spin_unlock(&rchn->lock);
	spin_unlock(&lchn->lock);
	local_irq_restore(flags);
}

/* Both event_locks held. */
static int bind_to(struct domain *ld, struct domain *rd, u32 rport, struct evtchn **out)
{
	struct evtchn *rchn = evtchn_lookup(rd, rport);
	int rc;

	if (!rchn || rd->is_dying || rchn->state != ECS_UNBOUND || rchn->u.unbound.remote_domid != ld->domain_id)
		return -EINVAL;
	rc = evtchn_alloc_port(ld, out);
	if (rc)
		return rc;
	join(ld, *out, rd, rchn);
	return 0;
}

static int op_bind_interdomain(void *arg)
{
	struct evtchn_bind_interdomain *b = arg;
	struct domain *ld = current->domain, *rd = domain_by_any_id(b->remote_dom);
	struct evtchn *chn;
	int rc;

	if (!rd)
		return -ESRCH;
	lock_domains(ld, rd);
	rc = bind_to(ld, rd, b->remote_port, &chn);
	unlock_domains(ld, rd);
	if (!rc)
		b->local_port = chn->port;
	return rc;
}

/* -- interrupts ----------------------------------------------------------------------------------------------------------- */

static int op_bind_virq(void *arg)
{
	struct evtchn_bind_virq *b = arg;
	struct domain *d = current->domain;
	struct vcpu *v = own_vcpu(d, b->vcpu);
	struct evtchn *chn;
	int rc;

	if (b->virq >= ARRAY_SIZE(v->virq_to_evtchn))
		return -EINVAL;
	if (virq_is_global(b->virq) && b->vcpu != 0)
		return -EINVAL;
	if (!v)
		return -ENOENT;
	spin_lock(&d->event_lock);
	rc = v->virq_to_evtchn[b->virq] ? -EEXIST : evtchn_alloc_port(d, &chn);
	if (!rc) {
		bind_channel(chn, ECS_VIRQ, b->vcpu, b->virq);
		WRITE_ONCE(v->virq_to_evtchn[b->virq], chn->port);
		b->port = chn->port;
	}
	spin_unlock(&d->event_lock);
	return rc;
}

static int op_bind_ipi(void *arg)
{
	struct evtchn_bind_ipi *b = arg;
	struct domain *d = current->domain;
	struct evtchn *chn;
	int rc;

	if (!own_vcpu(d, b->vcpu))
		return -ENOENT;
	spin_lock(&d->event_lock);
	rc = evtchn_alloc_port(d, &chn);
	if (!rc) {
		bind_channel(chn, ECS_IPI, b->vcpu, 0);
		b->port = chn->port;
	}
	spin_unlock(&d->event_lock);
	return rc;
}

static void link_pirq(struct domain *d, struct evtchn *chn, struct vcpu *v)
{
	chn->u.pirq.next_port = v->pirq_ports;
	v->pirq_ports = chn->port;
}

/* event_lock held. */
static int bind_pirq(struct domain *d, struct evtchn_bind_pirq *b)
{
	struct vcpu *v = d->vcpu[0];
	u32 *slot = pirq_evtchn_slot(d, b->pirq);
	struct evtchn *chn;
	int rc;

	if (!slot)
		return -EINVAL;
	if (*slot)
		return -EEXIST;
	rc = evtchn_alloc_port(d, &chn);
	if (rc)
		return rc;
	bind_channel(chn, ECS_PIRQ, 0, b->pirq);
	link_pirq(d, chn, v);
	WRITE_ONCE(*slot, chn->port);
	rc = pirq_guest_bind(v, b->pirq, b->flags & BIND_PIRQ__WILL_SHARE);
	if (!rc) {
		b->port = chn->port;
		return 0;
	}
	v->pirq_ports = chn->u.pirq.next_port;
	WRITE_ONCE(*slot, 0);
	bind_channel(chn, ECS_IPI, 0, 0);
	evtchn_free_port(d, chn);
	return rc;
}

static int op_bind_pirq(void *arg)
{
	struct evtchn_bind_pirq *b = arg;
	struct domain *d = current->domain;
	int rc;

	if (!d->vcpu[0])
		return -EINVAL;
	spin_lock(&d->event_lock);
	rc = bind_pirq(d, b);
	spin_unlock(&d->event_lock);
	return rc;
}

void send_guest_pirq(struct domain *d, unsigned int pirq)
{
	u32 *slot = pirq_evtchn_slot(d, pirq), port = slot ? READ_ONCE(*slot) : 0;
	struct evtchn *chn = evtchn_lookup(d, port);
	unsigned long flags;

	if (!port || !chn)
		return;
	spin_lock_irqsave(&chn->lock, flags);
	if (chn->state == ECS_PIRQ && chn->u.pirq.irq == pirq)
		evtchn_set_pending(d, chn);
	spin_unlock_irqrestore(&chn->lock, flags);
}

void evtchn_move_pirqs(struct vcpu *v)
{
	struct domain *d = v->domain;
	u32 port;

	if (!v->pirq_ports)
		return;
	spin_lock(&d->event_lock);
	for (port = v->pirq_ports; port; port = evtchn_lookup(d, port)->u.pirq.next_port)
		pirq_set_affinity(d, evtchn_lookup(d, port)->u.pirq.irq, v->processor);
	spin_unlock(&d->event_lock);
}

/* -- on existing ports ------------------------------------------------------------------------------------------------------ */

static int op_close(void *arg)
{
	return evtchn_close(current->domain, ((struct evtchn_close *)arg)->port, true);
}

static int send_from(struct domain *d, struct evtchn *chn)
{
	struct domain *rd;

	switch (chn->state) {
	case ECS_INTERDOMAIN:
		rd = chn->u.interdomain.remote_dom;
		evtchn_set_pending(rd, evtchn_lookup(rd, chn->u.interdomain.remote_port));
		return 0;
	case ECS_IPI:
		evtchn_set_pending(d, chn);
		return 0;
	case ECS_UNBOUND:	/* nobody listens yet: it gets an event when it binds */
		return 0;
	default:
		return -EINVAL;
	}
}

static int evtchn_send(struct domain *d, u32 port)
{
	struct evtchn *chn = evtchn_lookup(d, port);
	unsigned long flags;
	int rc;

	if (!chn)
		return -EINVAL;
	spin_lock_irqsave(&chn->lock, flags);
	rc = send_from(d, chn);
	spin_unlock_irqrestore(&chn->lock, flags);
	if (!rc)
		current->events_sent++;
	return rc;
}

static int op_send(void *arg)
{
	return evtchn_send(current->domain, ((struct evtchn_send *)arg)->port);
}

static int fill_status(const struct evtchn *chn, struct evtchn_status *s)
{
	s->vcpu = chn->notify_vcpu_id;
	switch (chn->state) {
	case ECS_UNBOUND:
		s->status = EVTCHNSTAT_unbound;
		s->u.unbound.dom = chn->u.unbound.remote_domid;
		return 0;
	case ECS_INTERDOMAIN:
		s->status = EVTCHNSTAT_interdomain;
		s->u.interdomain.dom = chn->u.interdomain.remote_dom->domain_id;
		s->u.interdomain.port = chn->u.interdomain.remote_port;
		return 0;
	case ECS_PIRQ:
		s->status = EVTCHNSTAT_pirq;
		s->u.pirq = chn->u.pirq.irq;
		return 0;
	case ECS_VIRQ:
		s->status = EVTCHNSTAT_virq;
		s->u.virq = chn->u.virq;
		return 0;
	case ECS_IPI:
		s->status = EVTCHNSTAT_ipi;
		return 0;
	default:
		s->status = EVTCHNSTAT_closed;
		return 0;
	}
}

static int op_status(void *arg)
{
	struct evtchn_status *s = arg;
	struct domain *d = domain_by_any_id(s->dom);
	struct evtchn *chn;
	int rc;

	if (!d)
		return -ESRCH;
	rc = may(current->domain, d == current->domain ? ACT_self : ACT_control, d);
	if (rc)
		return rc;
	chn = evtchn_lookup(d, s->port);
	if (!chn)
		return -EINVAL;
	spin_lock(&d->event_lock);
	rc = fill_status(chn, s);
	spin_unlock(&d->event_lock);
	return rc;
}

void evtchn_unlink_pirq(struct domain *d, struct vcpu *v, u32 port)
{
	struct evtchn *gone = evtchn_lookup(d, port), *at;

	if (v->pirq_ports == port) {
		v->pirq_ports = gone->u.pirq.next_port;
		return;
	}
	for (u32 p = v->pirq_ports; p; p = at->u.pirq.next_port) {
		at = evtchn_lookup(d, p);
		if (at->u.pirq.next_port == port) {
			at->u.pirq.next_port = gone->u.pirq.next_port;
			return;
		}
	}
}

/* event_lock held. */
static int rebind(struct domain *d, struct evtchn *chn, struct vcpu *v)
{
	switch (chn->state) {
	case ECS_VIRQ:
		if (!virq_is_global(chn->u.virq))
			return -EINVAL;
		break;
	case ECS_PIRQ:
		evtchn_unlink_pirq(d, d->vcpu[chn->notify_vcpu_id], chn->port);
		link_pirq(d, chn, v);
		pirq_set_affinity(d, chn->u.pirq.irq, v->processor);
		break;
	case ECS_UNBOUND:
	case ECS_INTERDOMAIN:
		break;
	default:
		return -EINVAL;
	}
	WRITE_ONCE(chn->notify_vcpu_id, v->vcpu_id);
	return 0;
}

static int op_bind_vcpu(void *arg)
{
	struct evtchn_bind_vcpu *b = arg;
	struct domain *d = current->domain;
	struct vcpu *v = own_vcpu(d, b->vcpu);
	struct evtchn *chn = evtchn_lookup(d, b->port);
	int rc;

	if (!v)
		return -ENOENT;
	if (!chn)
		return -EINVAL;
	spin_lock(&d->event_lock);
	rc = rebind(d, chn, v);
	spin_unlock(&d->event_lock);
	return rc;
}

int evtchn_unmask_port(struct domain *d, u32 port)
{
	struct evtchn *chn = evtchn_lookup(d, port);
	unsigned long flags;

	/* After a reset there are more ports than the two-level bitmaps have bits. */
	if (!chn || !evtchn_port_valid(d, port))
		return -EINVAL;
	spin_lock_irqsave(&chn->lock, flags);
	d->evtchn_port_ops->unmask(d, chn);
	spin_unlock_irqrestore(&chn->lock, flags);
	return 0;
}

static int op_unmask(void *arg)
{
	return evtchn_unmask_port(current->domain, ((struct evtchn_unmask *)arg)->port);
}

static int op_reset(void *arg)
{
	struct evtchn_reset *r = arg;
	struct domain *d = domain_by_any_id(r->dom);
	int rc;

	if (!d)
		return -ESRCH;
	rc = may(current->domain, d == current->domain ? ACT_self : ACT_control, d);
	if (rc)
		return rc;
	/* The vcpus of d must not be sending while the tables go. */
	rc = domain_pause_except_self(d);
	if (rc)
		return rc;
	rc = evtchn_reset(d);
	domain_unpause_except_self(d);
	return rc;
}

static int op_set_priority(void *arg)
{
	struct evtchn_set_priority *p = arg;
	struct domain *d = current->domain;
	struct evtchn *chn = evtchn_lookup(d, p->port);
	int rc;

	if (!chn)
		return -EINVAL;
	spin_lock(&d->event_lock);
	rc = d->evtchn_port_ops->set_priority(d, chn, p->priority);
	spin_unlock(&d->event_lock);
	return rc;
}

#define ROW(op, type, back)	[EVTCHNOP_##op] = { #op, op_##op, sizeof(struct type), back, ACT_self }
static const struct subop rows[] = {
	ROW(bind_interdomain, evtchn_bind_interdomain, 1),
	ROW(bind_virq, evtchn_bind_virq, 1),
	ROW(bind_pirq, evtchn_bind_pirq, 1),
	ROW(close, evtchn_close, 0),
	ROW(send, evtchn_send, 0),
	ROW(status, evtchn_status, 1),
	ROW(alloc_unbound, evtchn_alloc_unbound, 1),
	ROW(bind_ipi, evtchn_bind_ipi, 1),
	ROW(bind_vcpu, evtchn_bind_vcpu, 0),
	ROW(unmask, evtchn_unmask, 0),
	ROW(reset, evtchn_reset, 0),
	[EVTCHNOP_init_control] = { "init_control", evtchn_fifo_init_control, sizeof(struct evtchn_init_control), 1, ACT_self },
	[EVTCHNOP_expand_array] = { "expand_array", evtchn_fifo_expand_array, sizeof(struct evtchn_expand_array), 0, ACT_self },
	ROW(set_priority, evtchn_set_priority, 0),
};

long do_event_channel_op(unsigned long cmd, unsigned long uarg)
{
	struct evtchn_send send;

	cmd = (u32)cmd;
	if (likely(cmd == EVTCHNOP_send))
		return copy_in(&send, uarg, sizeof(send)) ? -EFAULT : evtchn_send(current->domain, send.port);
	return subop_call(32, rows, ARRAY_SIZE(rows), cmd, uarg);
}
