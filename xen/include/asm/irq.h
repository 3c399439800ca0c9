/* SPDX-License-Identifier: GPL-2.0-only */
/* Descriptors of interrupts: number = GSI, or one above all GSIs for an MSI. */
#ifndef ASM_IRQ_H
#define ASM_IRQ_H

#include <xen/irq.h>

struct irq_desc;
struct msi_desc;

/* How a kind of interrupt is handled; called with desc->lock held. */
struct irq_ops {
	const char *name;
	void (*unmask)(struct irq_desc *desc);
	void (*mask)(struct irq_desc *desc);
	void (*ack)(struct irq_desc *desc);		/* in the handler: EOI; levels masked first */
	void (*retarget)(struct irq_desc *desc);	/* desc->cpu changed */
};

#define IRQ_MAX_GUESTS	8

struct irq_guest {
	struct domain *domain;
	unsigned int pirq;
	bool masked;			/* it has seen the interrupt and not said EOI */
};

/* All fields: under lock (interrupts off), except those marked c: constant while in use. */
struct irq_desc {
	spinlock_t lock;
	unsigned int irq;		/* c */
	u8 vector;			/* 0: none yet */
	bool level;
	bool enabled;			/* bound to someone: the pin is open unless guests owe an EOI */
	bool any_cpu;			/* its vector is reserved on all CPUs */
	unsigned int cpu;		/* where it is delivered */
	const struct irq_ops *ops;	/* NULL: no hardware behind it */
	struct msi_desc *msi;
	unsigned long count;

	void (*handler)(int irq, void *data);	/* ours; NULL: a guest's or nobody's */
	void *data;
	const char *name;

	struct irq_guest guest[IRQ_MAX_GUESTS];
	u8 nr_guests, in_flight;
	bool shareable;
};

extern unsigned int nr_irqs;
struct irq_desc *irq_to_desc(unsigned int irq);		/* NULL when out of range */

/* -- vectors (vector.c) ------------------------------------------------------------------------ */
/*
 * A vector for desc: on all CPUs while there are enough (then it can move freely), else on desc->cpu
 * alone. 0, -ENOSPC.
 */
int vector_alloc(struct irq_desc *desc);
void vector_free(struct irq_desc *desc);
int vector_to_irq(unsigned int cpu, u8 vector);		/* -1: none */
void vector_init(void);
bool vector_usable_on(const struct irq_desc *desc, unsigned int cpu);

/* An irq number of its own for an MSI. -ENOSPC. */
int irq_alloc_dynamic(void);
void irq_free_dynamic(unsigned int irq);
void irq_set_cpu(struct irq_desc *desc, unsigned int cpu);	/* locked; moves delivery if it can */

/* A guest's interrupt came in (guest_irq.c); desc locked. */
void irq_deliver_to_guests(struct irq_desc *desc);
int irq_guest_bind(struct irq_desc *desc, struct domain *d, unsigned int pirq, unsigned int cpu, bool share);
void irq_guest_unbind(struct irq_desc *desc, struct domain *d);
void irq_guest_eoi(struct irq_desc *desc, struct domain *d);
bool irq_guest_needs_eoi(const struct irq_desc *desc);

typedef void (*vector_handler)(void);
void set_direct_vector(u8 vector, vector_handler fn);	/* ours; EOI is done already */

#endif
