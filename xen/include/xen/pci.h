/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI configuration space: the hypervisor's own access, and what dom0 may change through ports
 * 0xcf8..0xcff.
 */
#ifndef XEN_PCI_H
#define XEN_PCI_H

#include <xen/types.h>

struct domain;

typedef u32 pci_sbdf_t;		/* segment << 16 | bus << 8 | device << 3 | function */
#define PCI_SBDF(seg, bus, devfn) ((pci_sbdf_t)(seg) << 16 | ((bus) & 0xffu) << 8 | ((devfn) & 0xffu))

#define PCI_VENDOR_ID		0x00
#define PCI_COMMAND		0x04
#define  PCI_COMMAND_MEMORY	0x02
#define PCI_STATUS		0x06
#define  PCI_STATUS_CAP_LIST	0x10
#define PCI_HEADER_TYPE		0x0e
#define PCI_BAR0		0x10
#define PCI_CAPABILITY_LIST	0x34
#define PCI_CAP_ID_MSI		0x05
#define PCI_CAP_ID_MSIX		0x11

/* size 1, 2 or 4, naturally aligned. Absent devices read as ones. Any context. */
u32 pci_conf_read(pci_sbdf_t sbdf, unsigned int reg, unsigned int size);
void pci_conf_write(pci_sbdf_t sbdf, unsigned int reg, unsigned int size, u32 val);
unsigned int pci_find_cap(pci_sbdf_t sbdf, u8 id);	/* offset, 0: has none */
bool pci_device_present(pci_sbdf_t sbdf);
/* Memory BAR `bir` of a device: its address, 0 if it is no memory BAR or unset. */
u64 pci_bar_address(pci_sbdf_t sbdf, unsigned int bir);
/* dom0 says that a window of MMCONFIG is reserved and so usable. */
int pci_mmcfg_enable(u64 address, u16 segment, u8 start_bus, u8 end_bus, bool on);

/*
 * A guest's access to the data port: cf8 is what it wrote to the address port, offset 0..3 the byte in
 * 0xcfc..0xcff. dom0 reads all and writes all but what the hypervisor manages (MSI); others see an empty
 * bus.
 */
void pci_cfg_read(struct domain *d, u32 cf8, unsigned int offset, unsigned int size, u32 *val);
void pci_cfg_write(struct domain *d, u32 cf8, unsigned int offset, unsigned int size, u32 val);

#endif
