/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupt descriptors and the common handler. Numbers below nr_irqs_gsi are GSIs, the rest MSIs.
 * do_IRQ() runs with interrupts off on the stack of whatever was interrupted; handlers must be short.
 */
#include <xen/acpi.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/percpu.h>
#include <xen/smp.h>
#include <asm/apic.h>
#include <asm/irq.h>
#include <asm/processor.h>

#define DYNAMIC_IRQS	(224 + 4 * NR_CPUS)
#define FIRST_DIRECT	0xf0

unsigned int nr_irqs;
static struct irq_desc *descs;
static DEFINE_SPINLOCK(dynamic_lock);
static DECLARE_BITMAP(dynamic_used, DYNAMIC_IRQS);
static vector_handler direct[256 - FIRST_DIRECT];
static DEFINE_PER_CPU(unsigned long, apic_errors);

struct irq_desc *irq_to_desc(unsigned int irq)
{
	return irq < nr_irqs ? &descs[irq] : NULL;
}

/* -- numbers for MSIs -------------------------------------------------------------------------- */

int irq_alloc_dynamic(void)
{
	unsigned long flags, n;

	spin_lock_irqsave(&dynamic_lock, flags);
	n = find_first_zero_bit(dynamic_used, DYNAMIC_IRQS);
	if (n < DYNAMIC_IRQS)
		__set_bit(n, dynamic_used);
	spin_unlock_irqrestore(&dynamic_lock, flags);
	return n < DYNAMIC_IRQS ? (int)(nr_irqs_gsi + n) : -ENOSPC;
}

void irq_free_dynamic(unsigned int irq)
{
	unsigned long flags;

	spin_lock_irqsave(&dynamic_lock, flags);
	__clear_bit(irq - nr_irqs_gsi, dynamic_used);
	spin_unlock_irqrestore(&dynamic_lock, flags);
}

void irq_set_cpu(struct irq_desc *desc, unsigned int cpu)
{
	if (desc->cpu == cpu || !cpu_online(cpu) || !desc->ops || !vector_usable_on(desc, cpu))
		return;
	desc->cpu = cpu;
	desc->ops->retarget(desc);
}

/* -- handling ---------------------------------------------------------------------------------- */

void set_direct_vector(u8 vector, vector_handler fn)
{
	direct[vector - FIRST_DIRECT] = fn;
}

static void handle_direct(u8 vector)
{
	vector_handler fn = direct[vector - FIRST_DIRECT];

	if (vector == SPURIOUS_APIC_VECTOR)
		return;		/* takes no EOI */
	apic_eoi();
	if (fn)
		fn();
}

static void handle_desc(struct irq_desc *desc)
{
	spin_lock(&desc->lock);
	desc->count++;
	if (!desc->ops) {
		apic_eoi();
	} else {
		desc->ops->ack(desc);
		if (desc->handler)
			desc->handler(desc->irq, desc->data);
		else
			irq_deliver_to_guests(desc);
	}
	spin_unlock(&desc->lock);
}

static bool in_service(u8 vector)
{
	return apic_read(APIC_ISR + vector / 32 * 16) & (1u << (vector % 32));
}

void do_IRQ(struct cpu_user_regs *regs)
{
	u8 vector = regs->entry_vector;
	int irq;

	if (vector >= FIRST_DIRECT) {
		handle_direct(vector);
		return;
	}
	irq = vector_to_irq(smp_processor_id(), vector);
	if (irq >= 0)
		handle_desc(&descs[irq]);
	else if (in_service(vector))
		apic_eoi();	/* its owner is gone since it was sent */
}

static void apic_error(void)
{
	u32 esr;

	apic_write(APIC_ESR, 0);
	esr = apic_read(APIC_ESR);
	if (this_cpu(apic_errors)++ < 10)
		printk(XENLOG_WARNING "CPU%u: APIC error %#x\n", smp_processor_id(), esr);
}

/* -- our own use ------------------------------------------------------------------------------- */

int request_irq(unsigned int gsi, void (*fn)(int irq, void *data), void *data, const char *name)
{
	struct irq_desc *desc = irq_to_desc(gsi);
	unsigned long flags;
	unsigned int pin;
	int rc;

	if (!desc || gsi_to_pin(gsi, &pin) < 0)
		return -EINVAL;
	spin_lock_irqsave(&desc->lock, flags);
	rc = desc->handler || desc->nr_guests ? -EBUSY : vector_alloc(desc);
	if (!rc) {
		desc->handler = fn;
		desc->data = data;
		desc->name = name;
		ioapic_setup_pin(desc);
		desc->enabled = true;
		desc->ops->unmask(desc);
	}
	spin_unlock_irqrestore(&desc->lock, flags);
	return rc;
}

/* -- boot -------------------------------------------------------------------------------------- */

static void __init apply_overrides(void)
{
	for (unsigned int i = 0; i < acpi.nr_overrides; i++) {
		const struct acpi_override *o = &acpi.override[i];

		/* ISA is edge-triggered and active high unless told otherwise. */
		if (ioapic_set_trigger(o->gsi, (o->flags >> 2 & 3) == 3, (o->flags & 3) == 3))
			printk(XENLOG_WARNING "IRQ%u: no pin for GSI %u\n", o->source_irq, o->gsi);
	}
}

void __init irq_init(void)
{
	vector_init();
	i8259_init();
	apic_init_bsp();
	ioapic_init();
	nr_irqs = nr_irqs_gsi + DYNAMIC_IRQS;
	descs = xzalloc_array(struct irq_desc, nr_irqs);
	if (!descs)
		panic("no memory for %u interrupt descriptors", nr_irqs);
	for (unsigned int i = 0; i < nr_irqs; i++)
		descs[i].irq = i;
	set_direct_vector(ERROR_APIC_VECTOR, apic_error);
	apply_overrides();
}

void irq_init_cpu(void)
{
	apic_init_cpu();
}
