/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IO-APICs: each pin is one GSI. Destinations are physical APIC ids. Level-triggered pins are masked
 * while a guest handles them, and the local APIC gets its EOI at once.
 */
#include <xen/acpi.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/spinlock.h>
#include <asm/apic.h>
#include <asm/irq.h>
#include <asm/page.h>

#define IOAPIC_ID	0
#define IOAPIC_VERSION	1
#define IOAPIC_RTE(pin)	(0x10 + 2 * (pin))
#define RTE_MASKED	(1u << 16)
#define RTE_LEVEL	(1u << 15)
#define RTE_ACTIVE_LOW	(1u << 13)
#define MAX_PINS	240

struct ioapic {
	volatile u32 *regs;
	u64 address;
	unsigned int gsi_base, nr_pins;
	u32 rte_low[MAX_PINS];		/* what the low halves hold: spares reads */
};
static struct ioapic ioapics[ACPI_MAX_IOAPICS];
static unsigned int nr_ioapics;
static DEFINE_SPINLOCK(ioapic_lock);	/* index/data pairs, rte_low */

unsigned int nr_irqs_gsi = 16;

static u32 reg_read(const struct ioapic *io, unsigned int reg)
{
	io->regs[0] = reg;
	return io->regs[4];
}

static void reg_write(const struct ioapic *io, unsigned int reg, u32 v)
{
	io->regs[0] = reg;
	io->regs[4] = v;
}

int gsi_to_pin(unsigned int gsi, unsigned int *pin)
{
	for (unsigned int i = 0; i < nr_ioapics; i++) {
		if (gsi >= ioapics[i].gsi_base && gsi - ioapics[i].gsi_base < ioapics[i].nr_pins) {
			*pin = gsi - ioapics[i].gsi_base;
			return i;
		}
	}
	return -EINVAL;
}

static struct ioapic *desc_pin(const struct irq_desc *desc, unsigned int *pin)
{
	int n = gsi_to_pin(desc->irq, pin);

	BUG_ON(n < 0);
	return &ioapics[n];
}

static void change_low(struct irq_desc *desc, u32 clear, u32 set)
{
	unsigned long flags;
	unsigned int pin;
	struct ioapic *io = desc_pin(desc, &pin);

	spin_lock_irqsave(&ioapic_lock, flags);
	io->rte_low[pin] = (io->rte_low[pin] & ~clear) | set;
	reg_write(io, IOAPIC_RTE(pin), io->rte_low[pin]);
	spin_unlock_irqrestore(&ioapic_lock, flags);
}

static void pin_unmask(struct irq_desc *desc)
{
	change_low(desc, RTE_MASKED, 0);
}

static void pin_mask(struct irq_desc *desc)
{
	change_low(desc, 0, RTE_MASKED);
}

static void edge_ack(struct irq_desc *desc)
{
	apic_eoi();
}

static void level_ack(struct irq_desc *desc)
{
	/* Our own handlers quiet the device before they return; guests take their time. */
	if (!desc->handler)
		pin_mask(desc);
	apic_eoi();
}

static void pin_retarget(struct irq_desc *desc)
{
	unsigned long flags;
	unsigned int pin;
	struct ioapic *io = desc_pin(desc, &pin);

	spin_lock_irqsave(&ioapic_lock, flags);
	reg_write(io, IOAPIC_RTE(pin) + 1, cpu_apic_id[desc->cpu] << 24);
	spin_unlock_irqrestore(&ioapic_lock, flags);
}

static const struct irq_ops edge_ops = { "IO-APIC-edge", pin_unmask, pin_mask, edge_ack, pin_retarget };
static const struct irq_ops level_ops = { "IO-APIC-level", pin_unmask, pin_mask, level_ack, pin_retarget };

void ioapic_setup_pin(struct irq_desc *desc)
{
	desc->ops = desc->level ? &level_ops : &edge_ops;
	pin_retarget(desc);
	change_low(desc, 0xfff | RTE_LEVEL, RTE_MASKED | desc->vector | (desc->level ? RTE_LEVEL : 0));
}

int ioapic_set_trigger(unsigned int gsi, bool level, bool active_low)
{
	struct irq_desc *desc = irq_to_desc(gsi);
	unsigned int pin;
	int n = gsi_to_pin(gsi, &pin), rc = 0;
	u32 want = (level ? RTE_LEVEL : 0) | (active_low ? RTE_ACTIVE_LOW : 0);
	unsigned long flags;

	if (n < 0 || !desc)
		return -EINVAL;
	spin_lock_irqsave(&desc->lock, flags);
	if (desc->enabled) {
		rc = (ioapics[n].rte_low[pin] & (RTE_LEVEL | RTE_ACTIVE_LOW)) == want ? 0 : -EEXIST;
	} else {
		desc->level = level;
		change_low(desc, RTE_LEVEL | RTE_ACTIVE_LOW, want);
		if (desc->vector)
			ioapic_setup_pin(desc);
	}
	spin_unlock_irqrestore(&desc->lock, flags);
	return rc;
}

bool ioapic_gsi_is_level(unsigned int gsi)
{
	struct irq_desc *desc = irq_to_desc(gsi);

	return desc && desc->level;
}

/* -- dom0 looks at them ------------------------------------------------------------------------ */

static struct ioapic *ioapic_at(u64 physbase)
{
	for (unsigned int i = 0; i < nr_ioapics; i++)
		if (ioapics[i].address == physbase)
			return &ioapics[i];
	return NULL;
}

int ioapic_guest_read(u64 physbase, u32 reg, u32 *value)
{
	struct ioapic *io = ioapic_at(physbase);
	unsigned long flags;

	if (!io || reg > 0xff)
		return -EINVAL;
	spin_lock_irqsave(&ioapic_lock, flags);
	*value = reg_read(io, reg);
	spin_unlock_irqrestore(&ioapic_lock, flags);
	return 0;
}

int ioapic_guest_write(u64 physbase, u32 reg, u32 value)
{
	/* Routing is PHYSDEVOP_setup_gsi's business; what old kernels write here is the same information. */
	return ioapic_at(physbase) && reg <= 0xff ? 0 : -EINVAL;
}

bool ioapic_owns_frame(u64 mfn)
{
	for (unsigned int i = 0; i < nr_ioapics; i++)
		if (ioapics[i].address >> PAGE_SHIFT == mfn)
			return true;
	return false;
}

/* -- boot -------------------------------------------------------------------------------------- */

unsigned int isa_irq_to_gsi(unsigned int irq)
{
	for (unsigned int i = 0; i < acpi.nr_overrides; i++)
		if (acpi.override[i].source_irq == irq)
			return acpi.override[i].gsi;
	return irq;
}

static void __init add_ioapic(const struct acpi_ioapic *a)
{
	struct ioapic *io = &ioapics[nr_ioapics];

	io->regs = ioremap(a->address, 0x40);
	if (!io->regs)
		panic("no memory to map an IO-APIC");
	io->address = a->address;
	io->gsi_base = a->gsi_base;
	io->nr_pins = min_t(u32, ((reg_read(io, IOAPIC_VERSION) >> 16) & 0xff) + 1, MAX_PINS);
	if (reg_read(io, IOAPIC_VERSION) == ~0u) {
		printk(XENLOG_WARNING "IO-APIC at %lx does not answer\n", a->address);
		return;
	}
	for (unsigned int pin = 0; pin < io->nr_pins; pin++) {
		io->rte_low[pin] = RTE_MASKED;
		reg_write(io, IOAPIC_RTE(pin), RTE_MASKED);
		reg_write(io, IOAPIC_RTE(pin) + 1, cpu_apic_id[0] << 24);
	}
	if (io->gsi_base + io->nr_pins > nr_irqs_gsi)
		nr_irqs_gsi = min(io->gsi_base + io->nr_pins, 4096u);
	nr_ioapics++;
}

void __init ioapic_init(void)
{
	for (unsigned int i = 0; i < acpi.nr_ioapics; i++)
		add_ioapic(&acpi.ioapic[i]);
}
