/* SPDX-License-Identifier: GPL-2.0-only */
/* Parts of bring-up and inter-processor interrupts that the machine layer shares. */
#ifndef ASM_SMP_H
#define ASM_SMP_H

void smp_ipi_init(void);	/* handlers of the vectors in xen/irq.h */
void smp_ap_arrived(void);	/* the AP: the boot CPU may go on to compare TSCs */
/* arch/x86/mm: the flush that another CPU asked for; interrupts off. */
void invalidate_interrupt(void);

#endif
