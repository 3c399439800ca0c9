/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What of the machine a domain may touch. dom0: everything but what the hypervisor drives itself.
 * Others: what d->arch.ioport_caps and the lists of DOMCTL_iomem_permission and irq_permission say
 * (nothing by default).
 */
#include <xen/acpi.h>
#include <xen/console.h>
#include <xen/errno.h>
#include <xen/irq.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/sched.h>
#include <asm/apic.h>
#include <asm/msi.h>
#include <asm/perm.h>

/* Ports that dom0 does not get: PICs, PIT, speaker and timer gate, PCI configuration (emulated). */
static const struct { u16 first, last; } our_ports[] = {
	{ 0x20, 0x21 }, { 0xa0, 0xa1 }, { 0x40, 0x43 }, { 0x61, 0x61 }, { 0xcf8, 0xcff },
};

static bool overlaps(u16 first, u16 last, u16 a, u16 b)
{
	return first <= b && last >= a;
}

static bool hypervisor_port(u16 first, u16 last)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(our_ports); i++)
		if (overlaps(first, last, our_ports[i].first, our_ports[i].last))
			return true;
	if (acpi.pm_timer_port && overlaps(first, last, acpi.pm_timer_port, acpi.pm_timer_port + 3))
		return true;
	return serial_port() && overlaps(first, last, serial_port(), serial_port() + 7);
}

bool ioports_access_permitted(struct domain *d, u16 first, u16 last)
{
	if (first > last)
		return false;
	if (is_hardware_domain(d))
		return !hypervisor_port(first, last);
	for (unsigned int p = first; p <= last; p++)
		if (!d->arch.ioport_caps || !(d->arch.ioport_caps[p / 8] & (1u << (p % 8))))
			return false;
	return true;
}

int ioports_set_permission(struct domain *d, u32 first, u32 nr, bool allow)
{
	if (first > 65536 || nr > 65536 - first)
		return -EINVAL;
	if (is_hardware_domain(d))
		return 0;
	if (!d->arch.ioport_caps) {
		if (!allow)
			return 0;
		d->arch.ioport_caps = xzalloc_bytes(8192);
		if (!d->arch.ioport_caps)
			return -ENOMEM;
	}
	for (u32 p = first; p < first + nr; p++) {
		if (allow)
			d->arch.ioport_caps[p / 8] |= 1u << (p % 8);
		else
			d->arch.ioport_caps[p / 8] &= ~(1u << (p % 8));
	}
	return 0;
}

/*
 * The frames of our own devices. Not the HPET: it is of no use to us after boot, and dom0's ACPI code
 * reads it.
 */
static bool hypervisor_frame(u64 mfn)
{
	return mfn == acpi.lapic_address >> PAGE_SHIFT || ioapic_owns_frame(mfn);
}

bool iomem_access_permitted(struct domain *d, u64 first, u64 last)
{
	if (!is_hardware_domain(d) || first > last || last >= 1ULL << (PADDR_BITS - PAGE_SHIFT))
		return false;
	if (last - first > 64)		/* large windows are PCI's; ours lie in the fixed chipset area */
		return last < 0xfec00 || first > 0xfeeff;
	for (u64 mfn = first; mfn <= last; mfn++)
		if (hypervisor_frame(mfn))
			return false;
	return true;
}

bool irq_access_permitted(struct domain *d, unsigned int irq)
{
	return is_hardware_domain(d) && irq < nr_irqs_gsi;
}
