/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Message-signalled interrupts: the hypervisor writes the capability and the MSI-X table, so that guests
 * choose neither vector nor CPU.
 */
#ifndef ASM_MSI_H
#define ASM_MSI_H

#include <xen/pci.h>
#include <asm/irq.h>

struct msi_request {
	pci_sbdf_t sbdf;
	bool msix;
	unsigned int entry;		/* MSI-X: index in the table */
	unsigned int nvec;		/* MSI: 1, 2, 4, ..., 32 */
	u64 table_base;			/* as dom0 knows it; 0: unknown */
};

/*
 * Set up `nvec` interrupts (1 for MSI-X), masked; the numbers go to irqs[]. -ENODEV, -EBUSY, -ENOSPC,
 * -EINVAL, -ENXIO, -ENOMEM.
 */
int msi_enable(const struct msi_request *req, unsigned int *irqs);
/* Undo for the interrupt; for a block of MSIs with the last of them. */
void msi_disable(unsigned int irq);
/* Program again what a reset of the device has erased. -ESRCH: nothing was enabled. */
int msi_restore(pci_sbdf_t sbdf);
/* Filter a write of dom0's to configuration space: false to drop it; may change *val. */
bool msi_filter_write(pci_sbdf_t sbdf, unsigned int reg, unsigned int size, u32 *val);
/* PHYSDEVOP_prepare_msix / release_msix: the device is (no longer) about to be given away. */
int msi_prepare_msix(pci_sbdf_t sbdf, bool release);
/* Is the frame part of an MSI-X table in use? Then guests may read it only. */
bool msi_table_frame(u64 mfn);

#endif
