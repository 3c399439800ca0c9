/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupts that belong to guests. An edge or a message is passed on and forgotten. A level stays
 * masked from its arrival until every guest it was given to has said EOI: in_flight counts those that
 * still owe one.
 */
#include <xen/errno.h>
#include <xen/event.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <asm/irq.h>

static struct irq_guest *find_guest(struct irq_desc *desc, const struct domain *d)
{
	for (unsigned int i = 0; i < desc->nr_guests; i++)
		if (desc->guest[i].domain == d)
			return &desc->guest[i];
	return NULL;
}

bool irq_guest_needs_eoi(const struct irq_desc *desc)
{
	return desc->level;
}

void irq_deliver_to_guests(struct irq_desc *desc)
{
	for (unsigned int i = 0; i < desc->nr_guests; i++) {
		struct irq_guest *g = &desc->guest[i];

		if (irq_guest_needs_eoi(desc) && !g->masked) {
			g->masked = true;
			desc->in_flight++;
		}
		send_guest_pirq(g->domain, g->pirq);
	}
}

static void one_guest_done(struct irq_desc *desc, struct irq_guest *g)
{
	if (!g->masked)
		return;
	g->masked = false;
	if (--desc->in_flight == 0 && desc->enabled && desc->nr_guests)
		desc->ops->unmask(desc);
}

void irq_guest_eoi(struct irq_desc *desc, struct domain *d)
{
	struct irq_guest *g;
	unsigned long flags;

	spin_lock_irqsave(&desc->lock, flags);
	g = find_guest(desc, d);
	if (g)
		one_guest_done(desc, g);
	spin_unlock_irqrestore(&desc->lock, flags);
}

static int bind_locked(struct irq_desc *desc, struct domain *d, unsigned int pirq, unsigned int cpu,
		       bool share)
{
	if (desc->handler || !desc->ops)
		return desc->handler ? -EBUSY : -EINVAL;
	if (find_guest(desc, d) || (desc->nr_guests && !(share && desc->shareable)))
		return -EBUSY;
	if (desc->nr_guests == IRQ_MAX_GUESTS)
		return -ENOSPC;
	desc->guest[desc->nr_guests++] = (struct irq_guest){ .domain = d, .pirq = pirq };
	if (desc->nr_guests > 1)
		return 0;
	desc->shareable = share;
	desc->in_flight = 0;
	irq_set_cpu(desc, cpu);
	desc->enabled = true;
	desc->ops->unmask(desc);
	return 0;
}

int irq_guest_bind(struct irq_desc *desc, struct domain *d, unsigned int pirq, unsigned int cpu, bool share)
{
	unsigned long flags;
	int rc;

	spin_lock_irqsave(&desc->lock, flags);
	rc = bind_locked(desc, d, pirq, cpu, share);
	spin_unlock_irqrestore(&desc->lock, flags);
	return rc;
}

void irq_guest_unbind(struct irq_desc *desc, struct domain *d)
{
	struct irq_guest *g;
	unsigned long flags;

	spin_lock_irqsave(&desc->lock, flags);
	g = find_guest(desc, d);
	if (g) {
		if (desc->nr_guests == 1) {
			desc->enabled = false;
			desc->ops->mask(desc);
		}
		one_guest_done(desc, g);
		*g = desc->guest[--desc->nr_guests];
	}
	spin_unlock_irqrestore(&desc->lock, flags);
}
