/* SPDX-License-Identifier: GPL-2.0-only */
/* Local APIC (memory mapped or x2APIC), IO-APICs, and the numbers that tie CPUs to APIC ids. */
#ifndef ASM_APIC_H
#define ASM_APIC_H

#include <xen/cpumask.h>
#include <xen/types.h>

#define APIC_ID		0x020
#define APIC_VERSION	0x030
#define APIC_TPR	0x080
#define APIC_EOI	0x0b0
#define APIC_LDR	0x0d0
#define APIC_DFR	0x0e0
#define APIC_SVR	0x0f0
#define  APIC_SVR_ENABLE	0x100
#define APIC_ISR	0x100
#define APIC_IRR	0x200
#define APIC_ESR	0x280
#define APIC_LVT_CMCI	0x2f0
#define APIC_ICR	0x300
#define  APIC_ICR_BUSY		(1u << 12)
#define APIC_ICR2	0x310
#define APIC_LVT_TIMER	0x320
#define  APIC_TIMER_DEADLINE	(2u << 17)
#define APIC_LVT_THERMAL 0x330
#define APIC_LVT_PERF	0x340
#define APIC_LVT_LINT0	0x350
#define APIC_LVT_LINT1	0x360
#define APIC_LVT_ERROR	0x370
#define APIC_TMICT	0x380
#define APIC_TDCR	0x3e0
#define  APIC_LVT_MASKED	(1u << 16)
#define  APIC_LVT_LEVEL		(1u << 15)
#define  APIC_LVT_ACTIVE_LOW	(1u << 13)

#define APIC_DM_FIXED	0x000u
#define APIC_DM_NMI	0x400u
#define APIC_DM_INIT	0x500u
#define APIC_DM_STARTUP	0x600u
#define APIC_DM_EXTINT	0x700u
#define APIC_ASSERT	(1u << 14)

#define BAD_APICID	(~0u)

extern u32 cpu_apic_id[NR_CPUS], cpu_acpi_id[NR_CPUS];	/* BAD_APICID: no such CPU */
extern bool x2apic_enabled;

u32 apic_read(unsigned int reg);
void apic_write(unsigned int reg, u32 v);
void apic_eoi(void);
/* Send a command to one APIC; waits until the previous one left. Any context. */
void apic_icr_write(u32 apic_id, u32 low);
void send_ipi(unsigned int cpu, u8 vector);
/* To all CPUs of mask but this one. */
void send_ipi_mask(const cpumask_t *mask, u8 vector);
void send_nmi_others(void);
void apic_init_bsp(void);
void apic_init_cpu(void);
void apic_shutdown(void);	/* before the machine is reset */
u32 this_apic_id(void);

/* -- IO-APICs (ioapic.c) ----------------------------------------------------------------------- */

struct irq_desc;
void ioapic_init(void);			/* all pins masked; sets nr_irqs_gsi */
int gsi_to_pin(unsigned int gsi, unsigned int *pin);	/* number of the IO-APIC, -EINVAL */
/* Trigger and polarity as the tables or PHYSDEVOP_setup_gsi say. -EINVAL, -EEXIST when in use otherwise. */
int ioapic_set_trigger(unsigned int gsi, bool level, bool active_low);
bool ioapic_gsi_is_level(unsigned int gsi);
/* dom0's window on the registers. -EINVAL: no IO-APIC at this address. */
int ioapic_guest_read(u64 physbase, u32 reg, u32 *value);
int ioapic_guest_write(u64 physbase, u32 reg, u32 value);
/* Give the pin its descriptor's vector and CPU, masked. */
void ioapic_setup_pin(struct irq_desc *desc);
bool ioapic_owns_frame(u64 mfn);	/* so that no guest maps it */
void i8259_init(void);			/* both PICs remapped out of the way and masked */
bool i8259_spurious(unsigned int vector);
unsigned int isa_irq_to_gsi(unsigned int irq);

#endif
