/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI configuration space through ports 0xcf8/0xcfc, or through MMCONFIG for other segments and
 * registers from 256 on. MMCONFIG windows are those of ACPI's MCFG table; a bus is mapped when it is
 * first used.
 */
#include <xen/acpi.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/sched.h>
#include <xen/spinlock.h>
#include <asm/msi.h>
#include <asm/page.h>
#include <asm/processor.h>

static DEFINE_SPINLOCK(cf8_lock);
static volatile u8 *mmcfg_bus[ACPI_MAX_MCFG][256];

#define CF8_ENABLE	(1u << 31)

static u32 cf8_address(pci_sbdf_t sbdf, unsigned int reg)
{
	return CF8_ENABLE | (sbdf & 0xffff) << 8 | (reg & 0xfc);
}

/* NULL: not reachable this way. Maps; not for interrupt context unless the bus was used before. */
static volatile u8 *mmcfg_address(pci_sbdf_t sbdf, unsigned int reg)
{
	unsigned int seg = sbdf >> 16, bus = (sbdf >> 8) & 0xff;

	for (unsigned int i = 0; i < acpi.nr_mcfg; i++) {
		const struct acpi_mcfg *m = &acpi.mcfg[i];

		if (m->segment != seg || bus < m->start_bus || bus > m->end_bus)
			continue;
		if (!mmcfg_bus[i][bus])
			mmcfg_bus[i][bus] = ioremap(m->address + ((u64)bus << 20), MB(1));
		return mmcfg_bus[i][bus] ? mmcfg_bus[i][bus] + ((sbdf & 0xff) << 12) + reg : NULL;
	}
	return NULL;
}

static u32 mmio_read(const volatile u8 *p, unsigned int size)
{
	if (size == 1)
		return *p;
	return size == 2 ? *(const volatile u16 *)p : *(const volatile u32 *)p;
}

static void mmio_write(volatile u8 *p, unsigned int size, u32 val)
{
	if (size == 1)
		*p = val;
	else if (size == 2)
		*(volatile u16 *)p = val;
	else
		*(volatile u32 *)p = val;
}

static u32 port_read(u16 port, unsigned int size)
{
	if (size == 1)
		return inb(port);
	return size == 2 ? inw(port) : inl(port);
}

static void port_write(u16 port, unsigned int size, u32 val)
{
	if (size == 1)
		outb(val, port);
	else if (size == 2)
		outw(val, port);
	else
		outl(val, port);
}

u32 pci_conf_read(pci_sbdf_t sbdf, unsigned int reg, unsigned int size)
{
	unsigned long flags;
	volatile u8 *p;
	u32 v;

	if (sbdf >> 16 || reg >= 256) {
		p = mmcfg_address(sbdf, reg);
		return p ? mmio_read(p, size) : ~0u >> (32 - 8 * size);
	}
	spin_lock_irqsave(&cf8_lock, flags);
	outl(cf8_address(sbdf, reg), 0xcf8);
	v = port_read(0xcfc + (reg & 3), size);
	spin_unlock_irqrestore(&cf8_lock, flags);
	return v;
}

void pci_conf_write(pci_sbdf_t sbdf, unsigned int reg, unsigned int size, u32 val)
{
	unsigned long flags;
	volatile u8 *p;

	if (sbdf >> 16 || reg >= 256) {
		p = mmcfg_address(sbdf, reg);
		if (p)
			mmio_write(p, size, val);
		return;
	}
	spin_lock_irqsave(&cf8_lock, flags);
	outl(cf8_address(sbdf, reg), 0xcf8);
	port_write(0xcfc + (reg & 3), size, val);
	spin_unlock_irqrestore(&cf8_lock, flags);
}

bool pci_device_present(pci_sbdf_t sbdf)
{
	u16 vendor = pci_conf_read(sbdf, PCI_VENDOR_ID, 2);

	return vendor != 0xffff && vendor != 0;
}

unsigned int pci_find_cap(pci_sbdf_t sbdf, u8 id)
{
	unsigned int pos = PCI_CAPABILITY_LIST;

	if (!pci_device_present(sbdf) || !(pci_conf_read(sbdf, PCI_STATUS, 2) & PCI_STATUS_CAP_LIST))
		return 0;
	for (unsigned int n = 0; n < 48; n++) {
		pos = pci_conf_read(sbdf, pos, 1) & ~3u;
		if (pos < 0x40)
			return 0;
		if (pci_conf_read(sbdf, pos, 1) == id)
			return pos;
		pos++;		/* the link is the second byte */
	}
	return 0;
}

u64 pci_bar_address(pci_sbdf_t sbdf, unsigned int bir)
{
	unsigned int reg = PCI_BAR0 + 4 * bir;
	u64 addr;
	u32 low;

	if (bir > 5)
		return 0;
	low = pci_conf_read(sbdf, reg, 4);
	if (low == ~0u || (low & 1))
		return 0;
	addr = low & ~15u;
	if ((low & 6) == 4 && bir < 5)
		addr |= (u64)pci_conf_read(sbdf, reg + 4, 4) << 32;
	return addr;
}

int pci_mmcfg_enable(u64 address, u16 segment, u8 start_bus, u8 end_bus, bool on)
{
	if (start_bus > end_bus || (address & (MB(1) - 1)))
		return -EINVAL;
	for (unsigned int i = 0; i < acpi.nr_mcfg; i++)
		if (acpi.mcfg[i].address == address && acpi.mcfg[i].segment == segment)
			return 0;
	return -ENODEV;
}

/* -- guests ------------------------------------------------------------------------------------ */

/* The extended registers that some CPUs offer in bits 24..27 are not passed on. */
static bool cfg_access_ok(struct domain *d, u32 cf8, unsigned int offset, unsigned int size)
{
	return is_hardware_domain(d) && (cf8 & CF8_ENABLE) && !(cf8 & 0x7f000000) && offset + size <= 4;
}

void pci_cfg_read(struct domain *d, u32 cf8, unsigned int offset, unsigned int size, u32 *val)
{
	*val = ~0u >> (32 - 8 * size);
	if (cfg_access_ok(d, cf8, offset, size))
		*val = pci_conf_read((cf8 >> 8) & 0xffff, (cf8 & 0xfc) + offset, size);
}

void pci_cfg_write(struct domain *d, u32 cf8, unsigned int offset, unsigned int size, u32 val)
{
	pci_sbdf_t sbdf = (cf8 >> 8) & 0xffff;
	unsigned int reg = (cf8 & 0xfc) + offset;

	if (cfg_access_ok(d, cf8, offset, size) && msi_filter_write(sbdf, reg, size, &val))
		pci_conf_write(sbdf, reg, size, val);
}
