/* SPDX-License-Identifier: GPL-2.0-only */
/* Debug key 'i': the interrupts that are in use, and whose they are. */
#include <xen/lib.h>
#include <xen/sched.h>
#include <asm/irq.h>

static void dump_one(const struct irq_desc *desc)
{
	printk("  irq %3u vec %#04x CPU%u %s%s %lu times", desc->irq, desc->vector,
	       desc->cpu, desc->ops ? desc->ops->name : "-",
	       desc->level ? " level" : " edge", desc->count);
	if (desc->handler)
		printk(": hypervisor (%s)", desc->name);
	for (unsigned int i = 0; i < desc->nr_guests; i++)
		printk(": %pd pirq %u%s", desc->guest[i].domain, desc->guest[i].pirq,
		       desc->guest[i].masked ? " masked" : "");
	printk("%s\n", desc->in_flight ? ", waits for EOI" : "");
}

void irq_dump(unsigned char key)
{
	unsigned long flags;

	for (unsigned int irq = 0; irq < nr_irqs; irq++) {
		struct irq_desc *desc = irq_to_desc(irq);

		if (!desc || !desc->vector)
			continue;
		spin_lock_irqsave(&desc->lock, flags);
		dump_one(desc);
		spin_unlock_irqrestore(&desc->lock, flags);
	}
}
