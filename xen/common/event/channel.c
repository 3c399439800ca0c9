/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ports of event channels: finding, allocating, closing them, and sending through them.
 *
 * Ports live in pages (buckets) that are made when first needed and stay until the domain is freed, so that a lookup takes no
 * lock. Port 0 is never used. Sending takes the lock of the sender's end alone: while that is held in the state
 * ECS_INTERDOMAIN, the other end cannot be closed (closing takes the locks of both).
 */
#include <xen/irq.h>
#include <xen/sched.h>
#include <asm/processor.h>

#define MAX_PORTS	EVTCHN_FIFO_NR_CHANNELS
#define NR_BUCKETS	(MAX_PORTS / EVTCHNS_PER_BUCKET)
#define CLOSE_BATCH	64	/* ports closed between two looks at the preemption flag */

struct evtchn *evtchn_lookup(const struct domain *d, u32 port)
{
	if (port >= READ_ONCE(d->valid_evtchns))
		return NULL;
	return &d->evtchn_bucket[port / EVTCHNS_PER_BUCKET][port % EVTCHNS_PER_BUCKET];
}

bool evtchn_port_valid(const struct domain *d, u32 port)
{
	return port < READ_ONCE(d->max_evtchns);
}

bool evtchn_port_pending(struct domain *d, u32 port)
{
	struct evtchn *chn = evtchn_lookup(d, port);

	return chn && d->evtchn_port_ops->is_pending(d, chn);
}

/* -- allocating, under event_lock ---------------------------------------------------------------------------------- */

static int add_bucket(struct domain *d)
{
	struct evtchn *bucket = alloc_xenheap_zeroed_page();
	unsigned int first = d->valid_evtchns;

	BUILD_BUG_ON(sizeof(struct evtchn) != 32);
	if (!bucket)
		return -ENOMEM;
	for (unsigned int i = 0; i < EVTCHNS_PER_BUCKET; i++) {
		spin_lock_init(&bucket[i].lock);
		bucket[i].port = first + i;
	}
	d->evtchn_bucket[first / EVTCHNS_PER_BUCKET] = bucket;
	smp_wmb();	/* before lookups may go there */
	WRITE_ONCE(d->valid_evtchns, first + EVTCHNS_PER_BUCKET);
	return 0;
}

static bool port_usable(const struct domain *d, u32 port)
{
	const struct evtchn *chn = evtchn_lookup(d, port);

	return chn->state == ECS_FREE && !d->evtchn_port_ops->is_busy(d, chn);
}

/* A free port among those that exist, from d->next_evtchn on; 0: none. */
static u32 find_free(struct domain *d)
{
	u32 allowed = min(d->max_evtchns, d->max_evtchn_port + 1);
	u32 limit = min(d->valid_evtchns, allowed);

	for (u32 port = d->next_evtchn; port < limit; port++)
		if (port_usable(d, port))
			return port;
	return 0;
}

int evtchn_alloc_port(struct domain *d, struct evtchn **out)
{
	u32 port = find_free(d);
	int rc;

	if (d->is_dying)
		return -EINVAL;
	if (!port) {
		port = d->valid_evtchns;
		if (port >= d->max_evtchns || port > d->max_evtchn_port) {
			printk(XENLOG_G_WARNING "%pd: no event channel is free, its limit is %u (max_event_channels)\n", d,
			       min(d->max_evtchn_port, d->max_evtchns - 1));
			return -ENOSPC;
		}
		rc = add_bucket(d);
		if (rc)
			return rc;
	}
	d->next_evtchn = port + 1;
	*out = evtchn_lookup(d, port);
	atomic_inc(&d->active_evtchns);
	d->evtchn_port_ops->init(d, *out);
	return 0;
}

void evtchn_free_port(struct domain *d, struct evtchn *chn)
{
	d->evtchn_port_ops->clear_pending(d, chn);
	atomic_dec(&d->active_evtchns);
	chn->state = ECS_FREE;
	chn->notify_vcpu_id = 0;
	d->next_evtchn = min(d->next_evtchn, chn->port);
}

/* -- locks of two ends ------------------------------------------------------------------------------------------------ */

static void lock_channels(struct evtchn *a, struct evtchn *b)
{
	spin_lock(a < b ? &a->lock : &b->lock);
	if (a != b)
		spin_lock(a < b ? &b->lock : &a->lock);
}

static void unlock_channels(struct evtchn *a, struct evtchn *b)
{
	spin_unlock(&a->lock);
	if (a != b)
		spin_unlock(&b->lock);
}

/* -- closing ---------------------------------------------------------------------------------------------------------- */

static void close_pirq(struct domain *d, struct evtchn *chn)
{
	pirq_guest_unbind(d, chn->u.pirq.irq);	/* also forgets the port */
	evtchn_unlink_pirq(d, d->vcpu[chn->notify_vcpu_id], chn->port);
}

/* After this no VIRQ is on its way through the port. */
static void close_virq(struct domain *d, struct evtchn *chn)
{
	struct vcpu *v;
	unsigned long flags;

	for_each_vcpu(d, v) {
		if (READ_ONCE(v->virq_to_evtchn[chn->u.virq]) != chn->port)
			continue;
		spin_lock_irqsave(&v->virq_lock, flags);
		v->virq_to_evtchn[chn->u.virq] = 0;
		spin_unlock_irqrestore(&v->virq_lock, flags);
	}
}

/* Close an end that nobody else's end hangs on. event_lock held. */
static void close_single(struct domain *d, struct evtchn *chn)
{
	unsigned long flags;

	if (chn->state == ECS_PIRQ)
		close_pirq(d, chn);
	else if (chn->state == ECS_VIRQ)
		close_virq(d, chn);
	spin_lock_irqsave(&chn->lock, flags);
	evtchn_free_port(d, chn);
	spin_unlock_irqrestore(&chn->lock, flags);
}

/* Both event_locks held: our end goes, the other waits for us again. */
static void close_pair(struct domain *d, struct evtchn *chn, struct domain *rd)
{
	struct evtchn *other = evtchn_lookup(rd, chn->u.interdomain.remote_port);
	unsigned long flags;

	local_irq_save(flags);
	lock_channels(chn, other);
	if (other != chn) {
		other->state = ECS_UNBOUND;
		other->u.unbound.remote_domid = d->domain_id;
	}
	evtchn_free_port(d, chn);
	unlock_channels(chn, other);
	local_irq_restore(flags);
}

/* Let go of d's event_lock when the order of locks wants it, and take both. d stays safe by the caller's reference. */
static void lock_second(struct domain *d, struct domain *rd)
{
	if (d < rd) {
		spin_lock(&rd->event_lock);
	} else if (d > rd) {
		spin_unlock(&d->event_lock);
		spin_lock(&rd->event_lock);
		spin_lock(&d->event_lock);
	}
}

static void close_interdomain(struct domain *d, struct evtchn *chn)
{
	struct domain *rd = chn->u.interdomain.remote_dom;

	/* Its end is open, so it is alive now; once we let go of our lock only this reference says so. */
	if (!get_domain(rd))
		rd = NULL;
	BUG_ON(!rd);
	lock_second(d, rd);
	if (chn->state == ECS_INTERDOMAIN && chn->u.interdomain.remote_dom == rd)
		close_pair(d, chn, rd);
	else if (chn->state == ECS_UNBOUND)	/* the other end was faster */
		close_single(d, chn);
	if (rd != d)
		spin_unlock(&rd->event_lock);
	spin_unlock(&d->event_lock);
	put_domain(rd);
}

/* -EINVAL: no such port, or not one the guest may close. */
int evtchn_close(struct domain *d, u32 port, bool by_guest)
{
	struct evtchn *chn = evtchn_lookup(d, port);

	if (!chn)
		return -EINVAL;
	spin_lock(&d->event_lock);
	switch (chn->state) {
	case ECS_FREE:
	case ECS_RESERVED:
		spin_unlock(&d->event_lock);
		return by_guest ? -EINVAL : 0;
	case ECS_INTERDOMAIN:
		close_interdomain(d, chn);	/* unlocks */
		return 0;
	default:
		close_single(d, chn);
		spin_unlock(&d->event_lock);
		return 0;
	}
}

/* Made again, it passes quickly over what is closed: it comes to its end even if it is interrupted often. */
static int close_all(struct domain *d)
{
	unsigned int closed = 0;

	for (u32 port = 1; port < READ_ONCE(d->valid_evtchns); port++) {
		if (READ_ONCE(evtchn_lookup(d, port)->state) <= ECS_RESERVED)
			continue;
		evtchn_close(d, port, false);
		if (++closed % CLOSE_BATCH == 0 && general_preempt_check())
			return -ERESTART;
	}
	return 0;
}

int evtchn_reset(struct domain *d)
{
	int rc = close_all(d);

	if (rc)
		return rc;
	spin_lock(&d->event_lock);
	if (atomic_read(&d->active_evtchns)) {
		rc = -ERESTART;		/* dom0 made a new one for it meanwhile, and may send through it */
	} else if (d->evtchn_fifo) {
		evtchn_fifo_destroy(d);
		d->evtchn_port_ops = &evtchn_ops_2level;
		d->max_evtchns = EVTCHN_2L_NR_CHANNELS;
	}
	spin_unlock(&d->event_lock);
	return rc;
}

/* -- sending ---------------------------------------------------------------------------------------------------------- */

void evtchn_set_pending(struct domain *d, struct evtchn *chn)
{
	struct vcpu *v = d->vcpu[READ_ONCE(chn->notify_vcpu_id)];

	if (likely(v))	/* a domain that is being made may have none yet */
		READ_ONCE(d->evtchn_port_ops)->set_pending(v, chn);
}

void evtchn_check_pollers(struct domain *d, u32 port)
{
	const unsigned int bits = sizeof(d->poll_mask) * 8;

	smp_mb();	/* the event is set: now see who polls */
	for (unsigned int bit = find_first_bit(d->poll_mask, bits); bit < bits;
	     bit = find_next_bit(d->poll_mask, bits, bit + 1)) {
		for (unsigned int id = bit; id < d->max_vcpus; id += bits) {
			struct vcpu *v = d->vcpu[id];
			u32 polled = v ? READ_ONCE(v->poll_evtchn) : 0;

			if (polled == port || polled == ~0U)
				vcpu_unblock(v);
		}
	}
}

void vcpu_mark_events_pending(struct vcpu *v)
{
	if (v->vcpu_info && !xchg(&v->vcpu_info->evtchn_upcall_pending, 1))
		vcpu_kick(v);
}

void evtchn_vcpu_info_moved(struct vcpu *v)
{
	for (unsigned int i = 0; i < BITS_PER_LONG; i++)
		set_bit(i, &v->vcpu_info->evtchn_pending_sel);
	vcpu_mark_events_pending(v);
}

/* -- of a domain ------------------------------------------------------------------------------------------------------ */

int evtchn_init(struct domain *d, unsigned int max_port)
{
	int rc;

	d->evtchn_port_ops = &evtchn_ops_2level;
	d->max_evtchns = EVTCHN_2L_NR_CHANNELS;
	d->max_evtchn_port = min_t(unsigned int, max_port, MAX_PORTS - 1);
	d->next_evtchn = 1;
	d->evtchn_bucket = xzalloc_array(struct evtchn *, NR_BUCKETS);
	if (!d->evtchn_bucket)
		return -ENOMEM;
	rc = add_bucket(d);
	if (rc) {
		XFREE(d->evtchn_bucket);
		return rc;
	}
	evtchn_lookup(d, 0)->state = ECS_RESERVED;
	return 0;
}

/* Nobody binds any more (is_dying is set): close all, and let go of the guest's pages. */
int evtchn_destroy(struct domain *d)
{
	/* Whoever saw it alive under the lock is done now. */
	spin_lock(&d->event_lock);
	spin_unlock(&d->event_lock);
	return evtchn_reset(d);
}

void evtchn_destroy_final(struct domain *d)
{
	if (!d->evtchn_bucket)
		return;
	for (unsigned int i = 0; i < NR_BUCKETS && d->evtchn_bucket[i]; i++)
		free_xenheap_page(d->evtchn_bucket[i]);
	XFREE(d->evtchn_bucket);
}

/* -- 'e' -------------------------------------------------------------------------------------------------------------- */

static const char *const state_names[] = {
	[ECS_FREE] = "free", [ECS_RESERVED] = "reserved", [ECS_UNBOUND] = "unbound", [ECS_INTERDOMAIN] = "interdomain",
	[ECS_PIRQ] = "pirq", [ECS_VIRQ] = "virq", [ECS_IPI] = "ipi",
};

static void dump_peer(const struct evtchn *chn)
{
	switch (chn->state) {
	case ECS_UNBOUND:
		printk(" for d%u", chn->u.unbound.remote_domid);
		break;
	case ECS_INTERDOMAIN:
		printk(" with %pd port %u", chn->u.interdomain.remote_dom, chn->u.interdomain.remote_port);
		break;
	case ECS_PIRQ:
		printk(" %u", chn->u.pirq.irq);
		break;
	case ECS_VIRQ:
		printk(" %u", chn->u.virq);
		break;
	}
}

#define MAX_DUMPED	256	/* a guest may have 131072, and the console is slow */

void evtchn_dump(struct domain *d)
{
	unsigned int shown = 0;

	printk("%pd: %s ports, %d in use\n", d, d->evtchn_fifo ? "FIFO" : "2-level", atomic_read(&d->active_evtchns));
	spin_lock(&d->event_lock);
	for (u32 port = 1; port < d->valid_evtchns && shown < MAX_DUMPED; port++) {
		const struct evtchn *chn = evtchn_lookup(d, port);

		if (chn->state == ECS_FREE)
			continue;
		shown++;
		printk("    %4u: %s%s v%u prio %u %s", port, d->evtchn_port_ops->is_pending(d, chn) ? "P" : "-",
		       d->evtchn_port_ops->is_masked(d, chn) ? "M" : "-", chn->notify_vcpu_id, chn->priority,
		       state_names[chn->state]);
		dump_peer(chn);
		printk("\n");
	}
	spin_unlock(&d->event_lock);
}
