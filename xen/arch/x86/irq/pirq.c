/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain's numbers for physical interrupts. For a GSI the number is the GSI, an MSI has one from
 * nr_irqs_gsi up. The table is made with the first mapping; d->event_lock protects it. Interrupt
 * handlers read only the ports.
 */
#include <xen/errno.h>
#include <xen/irq.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/sched.h>
#include <asm/apic.h>
#include <asm/msi.h>
#include <asm/pirq.h>

enum pirq_state { PIRQ_free, PIRQ_reserved, PIRQ_mapped };

struct pirq {
	u32 evtchn;
	s32 irq;
	u8 state;
	bool bound;
};

struct pirq_table {
	unsigned int nr;
	struct pirq e[];
};

static struct pirq *find_pirq(struct domain *d, unsigned int pirq)
{
	struct pirq_table *t = READ_ONCE(d->pirqs);

	return t && pirq < t->nr && t->e[pirq].state == PIRQ_mapped ? &t->e[pirq] : NULL;
}

static struct irq_desc *pirq_desc(struct domain *d, unsigned int pirq)
{
	struct pirq *p = find_pirq(d, pirq);

	return p ? irq_to_desc(p->irq) : NULL;
}

u32 *pirq_evtchn_slot(struct domain *d, unsigned int pirq)
{
	struct pirq *p = find_pirq(d, pirq);

	return p ? &p->evtchn : NULL;
}

int pirq_domain_init(struct domain *d)
{
	return 0;
}

static int make_table(struct domain *d)
{
	struct pirq_table *t;

	if (d->pirqs)
		return 0;
	t = xzalloc_bytes(sizeof(*t) + nr_irqs * sizeof(t->e[0]));
	if (!t)
		return -ENOMEM;
	t->nr = nr_irqs;
	WRITE_ONCE(d->pirqs, t);
	return 0;
}

/* -- the page that tells the guest which of them want an EOI ----------------------------------- */

static void set_eoi_bit(struct domain *d, unsigned int pirq, bool needed)
{
	if (!d->arch.pirq_eoi_map || pirq >= PAGE_SIZE * 8)
		return;
	if (needed)
		set_bit(pirq, d->arch.pirq_eoi_map);
	else
		clear_bit(pirq, d->arch.pirq_eoi_map);
}

int pirq_set_eoi_page(struct domain *d, u64 gmfn, bool auto_unmask)
{
	struct page_info *pg = get_page_from_mfn(_mfn(gmfn), d);
	int rc = -EINVAL;

	if (!pg)
		return rc;
	rc = get_page_type(pg, PGT_writable_page);
	if (rc) {
		put_page(pg);
		return rc;
	}
	spin_lock(&d->event_lock);
	if (d->arch.pirq_eoi_map || d->is_dying) {
		spin_unlock(&d->event_lock);
		put_page_and_type(pg);
		return -EBUSY;
	}
	d->arch.pirq_eoi_map_mfn = gmfn;
	d->arch.auto_unmask = auto_unmask;
	d->arch.pirq_eoi_map = mfn_to_virt(_mfn(gmfn));
	for (unsigned int i = 0; d->pirqs && i < d->pirqs->nr; i++) {
		struct irq_desc *desc = pirq_desc(d, i);

		set_eoi_bit(d, i, desc && irq_guest_needs_eoi(desc));
	}
	spin_unlock(&d->event_lock);
	return 0;
}

/* -- mapping ----------------------------------------------------------------------------------- */

/* A free number of the kind, or -ENOSPC. */
static int pick_pirq(struct domain *d, bool gsi)
{
	unsigned int first = gsi ? 16 : nr_irqs_gsi, last = gsi ? nr_irqs_gsi : d->pirqs->nr;

	for (unsigned int i = first; i < last; i++)
		if (d->pirqs->e[i].state == PIRQ_free)
			return i;
	return -ENOSPC;
}

int pirq_get_free(struct domain *d, bool gsi)
{
	int n;

	spin_lock(&d->event_lock);
	n = make_table(d);
	if (!n)
		n = pick_pirq(d, gsi);
	if (n > 0)
		d->pirqs->e[n].state = PIRQ_reserved;
	spin_unlock(&d->event_lock);
	return n;
}

static int pirq_of_irq(const struct domain *d, int irq)
{
	for (unsigned int i = 0; i < d->pirqs->nr; i++)
		if (d->pirqs->e[i].state == PIRQ_mapped && d->pirqs->e[i].irq == irq)
			return i;
	return -ENOENT;
}

/* event_lock held. pirq < 0: any. The number, or -errno. */
static int map_locked(struct domain *d, int pirq, int irq, bool gsi)
{
	int have;

	if (make_table(d))
		return -ENOMEM;
	have = pirq_of_irq(d, irq);
	if (have >= 0)
		return pirq < 0 || pirq == have ? have : -EEXIST;
	if (pirq < 0)
		pirq = gsi && d->pirqs->e[irq].state == PIRQ_free ? irq : pick_pirq(d, gsi);
	if (pirq < 0)
		return pirq;
	if ((unsigned int)pirq >= d->pirqs->nr || d->pirqs->e[pirq].state == PIRQ_mapped)
		return (unsigned int)pirq >= d->pirqs->nr ? -EINVAL : -EEXIST;
	d->pirqs->e[pirq] = (struct pirq){ .irq = irq, .state = PIRQ_mapped };
	return pirq;
}

/* The pin gets its vector with the first mapping. */
static int prepare_gsi(unsigned int gsi)
{
	struct irq_desc *desc = irq_to_desc(gsi);
	unsigned long flags;
	unsigned int pin;
	int rc;

	if (!desc || gsi_to_pin(gsi, &pin) < 0)
		return -EINVAL;
	spin_lock_irqsave(&desc->lock, flags);
	rc = vector_alloc(desc);
	if (!rc && !desc->ops)
		ioapic_setup_pin(desc);
	spin_unlock_irqrestore(&desc->lock, flags);
	return rc;
}

int pirq_map_gsi(struct domain *d, int pirq, unsigned int gsi)
{
	int rc;

	if (gsi >= nr_irqs_gsi)
		return -EINVAL;
	if (!irq_access_permitted(d, gsi))
		return -EPERM;
	rc = prepare_gsi(gsi);
	if (rc)
		return rc;
	spin_lock(&d->event_lock);
	rc = map_locked(d, pirq, gsi, true);
	spin_unlock(&d->event_lock);
	return rc;
}

int pirq_map_msi(struct domain *d, int pirq, const struct msi_request *req)
{
	unsigned int irq;
	int rc = msi_enable(req, &irq);

	if (rc)
		return rc;
	spin_lock(&d->event_lock);
	rc = map_locked(d, pirq, irq, false);
	spin_unlock(&d->event_lock);
	if (rc < 0)
		msi_disable(irq);
	return rc;
}

int pirq_unmap(struct domain *d, unsigned int pirq)
{
	struct pirq *p;
	int irq;

	spin_lock(&d->event_lock);
	p = find_pirq(d, pirq);
	if (!p) {
		/* One that was only reserved goes as well. */
		bool reserved = d->pirqs && pirq < d->pirqs->nr && d->pirqs->e[pirq].state == PIRQ_reserved;

		if (reserved)
			d->pirqs->e[pirq].state = PIRQ_free;
		spin_unlock(&d->event_lock);
		return reserved ? 0 : -EINVAL;
	}
	irq = p->irq;
	if (p->bound)
		irq_guest_unbind(irq_to_desc(irq), d);
	set_eoi_bit(d, pirq, false);
	*p = (struct pirq){ .state = PIRQ_free };
	spin_unlock(&d->event_lock);
	if (irq >= (int)nr_irqs_gsi)
		msi_disable(irq);
	return 0;
}

/* The page is the domain's: while we hold it, the domain's memory cannot all go. */
static void release_eoi_page(struct domain *d)
{
	bool had;

	spin_lock(&d->event_lock);
	had = d->arch.pirq_eoi_map != NULL;
	d->arch.pirq_eoi_map = NULL;
	spin_unlock(&d->event_lock);
	if (had)
		put_page_and_type(mfn_to_page(_mfn(d->arch.pirq_eoi_map_mfn)));
}

void pirq_domain_release(struct domain *d)
{
	struct pirq_table *t = d->pirqs;

	for (unsigned int i = 0; t && i < t->nr; i++)
		if (t->e[i].state == PIRQ_mapped)
			pirq_unmap(d, i);
	release_eoi_page(d);
}

void pirq_domain_destroy(struct domain *d)
{
	struct pirq_table *t = d->pirqs;

	pirq_domain_release(d);
	d->pirqs = NULL;
	xfree(t);
}

/* -- use (event_lock held by the event code) --------------------------------------------------- */

int pirq_guest_bind(struct vcpu *v, unsigned int pirq, bool will_share)
{
	struct domain *d = v->domain;
	struct pirq *p = find_pirq(d, pirq);
	int rc;

	if (!p)
		return -EINVAL;
	rc = irq_guest_bind(irq_to_desc(p->irq), d, pirq, v->processor, will_share);
	if (!rc) {
		p->bound = true;
		set_eoi_bit(d, pirq, irq_guest_needs_eoi(irq_to_desc(p->irq)));
	}
	return rc;
}

void pirq_guest_unbind(struct domain *d, unsigned int pirq)
{
	struct pirq *p = find_pirq(d, pirq);

	if (!p || !p->bound)
		return;
	irq_guest_unbind(irq_to_desc(p->irq), d);
	p->bound = false;
	p->evtchn = 0;
}

int pirq_guest_eoi(struct domain *d, unsigned int pirq)
{
	struct irq_desc *desc = pirq_desc(d, pirq);

	if (!desc)
		return -EINVAL;
	irq_guest_eoi(desc, d);
	return 0;
}

void pirq_guest_unmask(struct domain *d)
{
	for (unsigned int i = 0; d->pirqs && i < d->pirqs->nr; i++) {
		struct pirq *p = find_pirq(d, i);

		if (p && p->bound && p->evtchn && p->evtchn < 4096 &&
		    !test_bit(p->evtchn, d->shared_info->evtchn_mask))
			pirq_guest_eoi(d, i);
	}
}

void pirq_set_affinity(struct domain *d, unsigned int pirq, unsigned int cpu)
{
	struct irq_desc *desc = pirq_desc(d, pirq);
	unsigned long flags;

	if (!desc)
		return;
	spin_lock_irqsave(&desc->lock, flags);
	if (desc->nr_guests == 1)
		irq_set_cpu(desc, cpu);
	spin_unlock_irqrestore(&desc->lock, flags);
}

int pirq_status(struct domain *d, unsigned int pirq, bool *needs_eoi, bool *shared)
{
	struct irq_desc *desc = pirq_desc(d, pirq);

	if (!desc)
		return -EINVAL;
	*needs_eoi = irq_guest_needs_eoi(desc);
	*shared = desc->shareable && desc->nr_guests > 1;
	return 0;
}
