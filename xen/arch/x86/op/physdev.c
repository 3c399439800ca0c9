/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PHYSDEVOP_*: interrupts and PCI devices for the domain that owns them, I/O privilege level and port
 * bitmap for any guest.
 */
#include <xen/errno.h>
#include <xen/event.h>
#include <xen/hypercall.h>
#include <xen/irq.h>
#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/sched.h>
#include <asm/apic.h>
#include <asm/irq.h>
#include <asm/msi.h>
#include <asm/pirq.h>
#include <public/physdev.h>

/* -- interrupts -------------------------------------------------------------------------------- */

static int physdev_eoi(void *arg)
{
	const struct physdev_eoi *eoi = arg;
	struct domain *d = current->domain;
	u32 *port = pirq_evtchn_slot(d, eoi->irq);

	/* With the first kind of EOI page the guest leaves unmasking to us. */
	if (d->arch.auto_unmask && port && *port)
		evtchn_unmask_port(d, *port);
	return pirq_guest_eoi(d, eoi->irq);
}

static int physdev_pirq_eoi_gmfn_v1(void *arg)
{
	const struct physdev_pirq_eoi_gmfn *info = arg;

	return pirq_set_eoi_page(current->domain, info->gmfn, true);
}

static int physdev_pirq_eoi_gmfn_v2(void *arg)
{
	const struct physdev_pirq_eoi_gmfn *info = arg;

	return pirq_set_eoi_page(current->domain, info->gmfn, false);
}

static int physdev_irq_status_query(void *arg)
{
	struct physdev_irq_status_query *q = arg;
	bool needs_eoi, shared;
	int rc = pirq_status(current->domain, q->irq, &needs_eoi, &shared);

	if (rc)
		return rc;
	q->flags = (needs_eoi ? XENIRQSTAT_needs_eoi : 0) | (shared ? XENIRQSTAT_shared : 0);
	return 0;
}

static int physdev_unmask_notify(void *arg)
{
	pirq_guest_unmask(current->domain);
	return 0;
}

/* Whose interrupts: only dom0 may set up another domain's. A reference is taken. */
static struct domain *target_domain(domid_t domid)
{
	struct domain *d = get_domain_by_id(domid == DOMID_SELF ? current->domain->domain_id : domid);

	if (!d)
		return ERR_PTR(-ESRCH);
	if (d != current->domain && may(current->domain, ACT_hardware, d)) {
		put_domain(d);
		return ERR_PTR(-EPERM);
	}
	return d;
}

static int map_msi(struct domain *d, struct physdev_map_pirq *map)
{
	unsigned int seg = map->type == MAP_PIRQ_TYPE_MSI ? 0 : (u32)map->bus >> 16;
	struct msi_request req = {
		.sbdf = PCI_SBDF(seg, map->bus, map->devfn),
		.msix = map->table_base != 0 && map->type != MAP_PIRQ_TYPE_MULTI_MSI,
		.entry = map->entry_nr,
		.nvec = map->type == MAP_PIRQ_TYPE_MULTI_MSI ? map->entry_nr : 1,
		.table_base = map->table_base,
	};

	if (may(current->domain, ACT_hardware, NULL))
		return -EPERM;
	return pirq_map_msi(d, map->pirq, &req);
}

static int physdev_map_pirq(void *arg)
{
	struct physdev_map_pirq *map = arg;
	struct domain *d = target_domain(map->domid);
	int rc;

	if (IS_ERR(d))
		return PTR_ERR(d);
	switch (map->type) {
	case MAP_PIRQ_TYPE_GSI:
		rc = map->index < 0 ? -EINVAL : pirq_map_gsi(d, map->pirq, map->index);
		break;
	case MAP_PIRQ_TYPE_MSI:
	case MAP_PIRQ_TYPE_MSI_SEG:
	case MAP_PIRQ_TYPE_MULTI_MSI:
		rc = map_msi(d, map);
		break;
	default:
		rc = -EINVAL;
	}
	put_domain(d);
	if (rc >= 0)
		map->pirq = rc;
	return rc < 0 ? rc : 0;
}

static int physdev_unmap_pirq(void *arg)
{
	const struct physdev_unmap_pirq *unmap = arg;
	struct domain *d = target_domain(unmap->domid);
	int rc;

	if (IS_ERR(d))
		return PTR_ERR(d);
	rc = unmap->pirq < 0 ? -EINVAL : pirq_unmap(d, unmap->pirq);
	put_domain(d);
	return rc;
}

/* Old kernels learn a vector here; to newer ones it only says that the GSI is usable. */
static int physdev_alloc_irq_vector(void *arg)
{
	struct physdev_irq *op = arg;
	struct irq_desc *desc;
	int rc;

	if (op->irq >= nr_irqs_gsi)
		return -EINVAL;
	rc = pirq_map_gsi(current->domain, op->irq, op->irq);
	if (rc < 0 && rc != -EEXIST)
		return rc;
	desc = irq_to_desc(op->irq);
	op->vector = desc->vector;
	return 0;
}

static int physdev_setup_gsi(void *arg)
{
	const struct physdev_setup_gsi *setup = arg;

	if (setup->gsi < 0)
		return -EINVAL;
	return ioapic_set_trigger(setup->gsi, setup->triggering, setup->polarity);
}

static int physdev_get_free_pirq(void *arg)
{
	struct physdev_get_free_pirq *op = arg;
	int n = pirq_get_free(current->domain, op->type == MAP_PIRQ_TYPE_GSI);

	if (n < 0)
		return n;
	op->pirq = n;
	return 0;
}

static int physdev_apic_read(void *arg)
{
	struct physdev_apic *apic = arg;

	return ioapic_guest_read(apic->apic_physbase, apic->reg, &apic->value);
}

static int physdev_apic_write(void *arg)
{
	const struct physdev_apic *apic = arg;

	return ioapic_guest_write(apic->apic_physbase, apic->reg, apic->value);
}

/* -- ports ------------------------------------------------------------------------------------- */

static int physdev_set_iopl(void *arg)
{
	const struct physdev_set_iopl *op = arg;

	if (op->iopl > 3)
		return -EINVAL;
	current->arch.iopl = op->iopl;
	return 0;
}

static int physdev_set_iobitmap(void *arg)
{
	const struct physdev_set_iobitmap *op = arg;

	if (op->nr_ports > 65536)
		return -EINVAL;
	current->arch.iobmp = handle_addr(op->bitmap);
	current->arch.iobmp_limit = op->nr_ports;
	return 0;
}

/* -- PCI devices: the hypervisor keeps no list of them; it looks at the hardware when asked ---- */

static int check_device(pci_sbdf_t sbdf)
{
	return pci_device_present(sbdf) ? 0 : -ENODEV;
}

static int physdev_manage_pci_add(void *arg)
{
	const struct physdev_manage_pci *dev = arg;

	return check_device(PCI_SBDF(0, dev->bus, dev->devfn));
}

static int physdev_manage_pci_remove(void *arg)
{
	return 0;
}

static int physdev_manage_pci_add_ext(void *arg)
{
	const struct physdev_manage_pci_ext *dev = arg;

	return check_device(PCI_SBDF(0, dev->bus, dev->devfn));
}

static int physdev_pci_device_add(void *arg)
{
	const struct physdev_pci_device_add *dev = arg;

	/* A virtual function has no vendor id of its own. */
	if (dev->flags & XEN_PCI_DEV_VIRTFN)
		return 0;
	return check_device(PCI_SBDF(dev->seg, dev->bus, dev->devfn));
}

static int physdev_pci_device_remove(void *arg)
{
	return 0;
}

static int physdev_restore_msi(void *arg)
{
	const struct physdev_restore_msi *dev = arg;

	return msi_restore(PCI_SBDF(0, dev->bus, dev->devfn));
}

static int physdev_restore_msi_ext(void *arg)
{
	const struct physdev_pci_device *dev = arg;

	return msi_restore(PCI_SBDF(dev->seg, dev->bus, dev->devfn));
}

static int physdev_prepare_msix(void *arg)
{
	const struct physdev_pci_device *dev = arg;

	return msi_prepare_msix(PCI_SBDF(dev->seg, dev->bus, dev->devfn), false);
}

static int physdev_release_msix(void *arg)
{
	const struct physdev_pci_device *dev = arg;

	return msi_prepare_msix(PCI_SBDF(dev->seg, dev->bus, dev->devfn), true);
}

static int physdev_mmcfg_reserved(void *arg)
{
	const struct physdev_pci_mmcfg_reserved *info = arg;

	if (info->flags & ~XEN_PCI_MMCFG_RESERVED)
		return -EINVAL;
	return pci_mmcfg_enable(info->address, info->segment, info->start_bus, info->end_bus,
				info->flags & XEN_PCI_MMCFG_RESERVED);
}

#define ROW(nr, fn_, type, back, act) [nr] = { #fn_, physdev_##fn_, sizeof(struct type), back, act }

static const struct subop physdev_ops[] = {
	[PHYSDEVOP_IRQ_UNMASK_NOTIFY] = { "unmask_notify", physdev_unmask_notify, 0, 0, ACT_self },
	ROW(PHYSDEVOP_irq_status_query, irq_status_query, physdev_irq_status_query, 1, ACT_self),
	ROW(PHYSDEVOP_set_iopl, set_iopl, physdev_set_iopl, 0, ACT_self),
	ROW(PHYSDEVOP_set_iobitmap, set_iobitmap, physdev_set_iobitmap, 0, ACT_self),
	ROW(PHYSDEVOP_apic_read, apic_read, physdev_apic, 1, ACT_hardware),
	ROW(PHYSDEVOP_apic_write, apic_write, physdev_apic, 0, ACT_hardware),
	ROW(PHYSDEVOP_alloc_irq_vector, alloc_irq_vector, physdev_irq, 1, ACT_hardware),
	ROW(PHYSDEVOP_eoi, eoi, physdev_eoi, 0, ACT_self),
	ROW(PHYSDEVOP_map_pirq, map_pirq, physdev_map_pirq, 1, ACT_self),
	ROW(PHYSDEVOP_unmap_pirq, unmap_pirq, physdev_unmap_pirq, 0, ACT_self),
	ROW(PHYSDEVOP_manage_pci_add, manage_pci_add, physdev_manage_pci, 0, ACT_hardware),
	ROW(PHYSDEVOP_manage_pci_remove, manage_pci_remove, physdev_manage_pci, 0, ACT_hardware),
	ROW(PHYSDEVOP_pirq_eoi_gmfn_v1, pirq_eoi_gmfn_v1, physdev_pirq_eoi_gmfn, 0, ACT_self),
	ROW(PHYSDEVOP_restore_msi, restore_msi, physdev_restore_msi, 0, ACT_hardware),
	ROW(PHYSDEVOP_manage_pci_add_ext, manage_pci_add_ext, physdev_manage_pci_ext, 0, ACT_hardware),
	ROW(PHYSDEVOP_setup_gsi, setup_gsi, physdev_setup_gsi, 0, ACT_hardware),
	ROW(PHYSDEVOP_get_free_pirq, get_free_pirq, physdev_get_free_pirq, 1, ACT_self),
	ROW(PHYSDEVOP_pci_mmcfg_reserved, mmcfg_reserved, physdev_pci_mmcfg_reserved, 0, ACT_hardware),
	[PHYSDEVOP_pci_device_add] = { "pci_device_add", physdev_pci_device_add,
				       offsetof(struct physdev_pci_device_add, optarr), 0, ACT_hardware },
	ROW(PHYSDEVOP_pci_device_remove, pci_device_remove, physdev_pci_device, 0, ACT_hardware),
	ROW(PHYSDEVOP_restore_msi_ext, restore_msi_ext, physdev_pci_device, 0, ACT_hardware),
	ROW(PHYSDEVOP_pirq_eoi_gmfn_v2, pirq_eoi_gmfn_v2, physdev_pirq_eoi_gmfn, 0, ACT_self),
	ROW(PHYSDEVOP_prepare_msix, prepare_msix, physdev_pci_device, 0, ACT_hardware),
	ROW(PHYSDEVOP_release_msix, release_msix, physdev_pci_device, 0, ACT_hardware),
};

long do_physdev_op(unsigned long cmd, unsigned long arg)
{
	return subop_call(33, physdev_ops, ARRAY_SIZE(physdev_ops), cmd, arg);
}
