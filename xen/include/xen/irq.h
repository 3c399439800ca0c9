/* SPDX-License-Identifier: GPL-2.0-only */
/* Physical interrupts: vectors, GSIs and MSIs, and those that belong to a guest (PIRQs). */
#ifndef XEN_IRQ_H
#define XEN_IRQ_H

#include <xen/cpumask.h>
#include <xen/spinlock.h>

struct cpu_user_regs;
struct domain;
struct vcpu;

/* Vectors, highest first. Entry stubs for 0x20..0xff all lead to do_IRQ(regs) with regs->entry_vector set. */
#define FIRST_DYNAMIC_VECTOR	0x20
#define LAST_DYNAMIC_VECTOR	0xdf
#define HYPERCALL_VECTOR	0x82
#define LEGACY_SYSCALL_VECTOR	0x80
#define LOCAL_TIMER_VECTOR	0xf9
#define CALL_FUNCTION_VECTOR	0xfb
#define EVENT_CHECK_VECTOR	0xfc
#define INVALIDATE_TLB_VECTOR	0xfd
#define ERROR_APIC_VECTOR	0xfe
#define SPURIOUS_APIC_VECTOR	0xff

/* Boot: after ACPI tables were parsed. */
void irq_init(void);			/* descriptors; PIC silenced; local and IO APICs set up */
void irq_init_cpu(void);		/* each AP: its local APIC */
/* From the entry code, interrupts off. */
void do_IRQ(struct cpu_user_regs *regs);
/* The hypervisor's own use of a GSI (serial console). fn runs with interrupts off. 0, -EBUSY, -EINVAL. */
int request_irq(unsigned int gsi, void (*fn)(int irq, void *data), void *data, const char *name);
extern unsigned int nr_irqs_gsi;
void irq_dump(unsigned char key);	/* debug key i */

/* Guests' (pirq.c). */
int pirq_domain_init(struct domain *d);
void pirq_domain_destroy(struct domain *d);
void pirq_domain_release(struct domain *d);	/* of a dying domain: all that needs or holds its memory */
/* evtchn_bind_pirq: let the interrupt in. -EINVAL no such pirq of d, -EBUSY. */
int pirq_guest_bind(struct vcpu *v, unsigned int pirq, bool will_share);
void pirq_guest_unbind(struct domain *d, unsigned int pirq);
void pirq_guest_unmask(struct domain *d);
int pirq_guest_eoi(struct domain *d, unsigned int pirq);
void pirq_set_affinity(struct domain *d, unsigned int pirq, unsigned int cpu);
/*
 * Where the port bound to a mapped pirq is kept (0: none), for the event code: NULL when d has no such
 * pirq. event_lock, or its value only.
 */
u32 *pirq_evtchn_slot(struct domain *d, unsigned int pirq);
/* May d touch these? dom0: all that the hypervisor does not use itself. */
bool ioports_access_permitted(struct domain *d, u16 first, u16 last);
bool iomem_access_permitted(struct domain *d, u64 first_mfn, u64 last_mfn);
bool irq_access_permitted(struct domain *d, unsigned int irq);

#endif
