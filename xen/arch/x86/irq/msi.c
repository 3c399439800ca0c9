/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * MSI and MSI-X. Address and data are written here alone; dom0's own writes to the capability are
 * filtered. A plain MSI whose device cannot mask is switched on with its enable bit when the first
 * interrupt of its block is unmasked.
 *
 * Locks: msi_lock (list, tables) outside of desc->lock; the irq_ops run under desc->lock alone.
 */
#include <xen/errno.h>
#include <xen/list.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/smp.h>
#include <asm/apic.h>
#include <asm/msi.h>
#include <asm/page.h>

#define MSI_FLAGS		2
#define  MSI_ENABLE		0x0001
#define  MSI_QSIZE_SHIFT	4
#define  MSI_QSIZE_MASK		0x0070
#define  MSI_64BIT		0x0080
#define  MSI_MASKABLE		0x0100
#define MSI_ADDRESS_LO		4
#define MSI_ADDRESS_HI		8
#define MSI_DATA(c)		((c) & MSI_64BIT ? 12 : 8)
#define MSI_MASK_BITS(c)	((c) & MSI_64BIT ? 16 : 12)

#define MSIX_FLAGS		2
#define  MSIX_ENABLE		0x8000
#define  MSIX_MASKALL		0x4000
#define  MSIX_SIZE_MASK		0x07ff
#define MSIX_TABLE		4
#define MSIX_ENTRY_SIZE		16
#define MSIX_VECTOR_CTRL	12

#define MAX_NVEC		32

/* A device with anything enabled. */
struct msi_device {
	struct list_head link;
	pci_sbdf_t sbdf;
	bool msix;
	u8 pos;				/* of the capability */
	u16 control;
	unsigned int nvec, used;	/* MSI: block size; descriptors alive */
	unsigned int unmasked;		/* MSI: bit per vector */
	u64 table_addr;
	volatile u8 *table;		/* MSI-X: mapped, table_size entries */
	unsigned int table_size;
};

struct msi_desc {
	struct msi_device *dev;
	unsigned int entry;		/* index in the table, or in the block */
	struct irq_desc *irq;
};

static LIST_HEAD(msi_devices);
static DEFINE_SPINLOCK(msi_lock);

static struct msi_device *find_device(pci_sbdf_t sbdf)
{
	struct msi_device *dev;

	list_for_each_entry(dev, &msi_devices, link)
		if (dev->sbdf == sbdf)
			return dev;
	return NULL;
}

/* -- irq_ops ----------------------------------------------------------------------------------- */

static volatile u32 *msix_entry(const struct msi_desc *m)
{
	return (volatile u32 *)(m->dev->table + m->entry * MSIX_ENTRY_SIZE);
}

static void msi_write_message(struct irq_desc *desc)
{
	const struct msi_desc *m = desc->msi;
	const struct msi_device *dev = m->dev;
	u32 addr = 0xfee00000u | (cpu_apic_id[desc->cpu] & 0xff) << 12, data = desc->vector;

	if (dev->msix) {
		volatile u32 *e = msix_entry(m);
		u32 ctrl = e[3];

		e[3] = ctrl | 1;	/* not half an old message */
		e[0] = addr;
		e[1] = 0;
		e[2] = data;
		e[3] = ctrl;
	} else if (m->entry == 0) {
		pci_conf_write(dev->sbdf, dev->pos + MSI_ADDRESS_LO, 4, addr);
		if (dev->control & MSI_64BIT)
			pci_conf_write(dev->sbdf, dev->pos + MSI_ADDRESS_HI, 4, 0);
		pci_conf_write(dev->sbdf, dev->pos + MSI_DATA(dev->control), 2, data);
	}
}

static void msi_set_masked(struct irq_desc *desc, bool masked)
{
	struct msi_desc *m = desc->msi;
	struct msi_device *dev = m->dev;

	if (dev->msix) {
		msix_entry(m)[3] = masked;
		(void)msix_entry(m)[3];		/* posted until read back */
		return;
	}
	if (masked)
		dev->unmasked &= ~(1u << m->entry);
	else
		dev->unmasked |= 1u << m->entry;
	if (dev->control & MSI_MASKABLE)
		pci_conf_write(dev->sbdf, dev->pos + MSI_MASK_BITS(dev->control), 4, ~dev->unmasked);
	pci_conf_write(dev->sbdf, dev->pos + MSI_FLAGS, 2,
		       (dev->control & ~MSI_ENABLE) | (dev->unmasked ? MSI_ENABLE : 0));
}

static void msi_unmask(struct irq_desc *desc)
{
	msi_set_masked(desc, false);
}

static void msi_mask(struct irq_desc *desc)
{
	msi_set_masked(desc, true);
}

static void msi_ack(struct irq_desc *desc)
{
	apic_eoi();
}

static void msi_retarget(struct irq_desc *desc)
{
	struct msi_desc *m = desc->msi;

	/* All vectors of a block share the address: they move with the first. */
	if (m->dev->msix || m->entry == 0)
		msi_write_message(desc);
}

static const struct irq_ops msi_ops = { "PCI-MSI", msi_unmask, msi_mask, msi_ack, msi_retarget };

/* -- set-up ------------------------------------------------------------------------------------ */

static int map_msix_table(struct msi_device *dev, u64 table_base)
{
	u32 where = pci_conf_read(dev->sbdf, dev->pos + MSIX_TABLE, 4);
	u64 bar = pci_bar_address(dev->sbdf, where & 7);

	/* Virtual functions have no BARs of their own to read: believe dom0 there. */
	if (!bar)
		bar = table_base;
	if (!bar)
		return -ENXIO;
	dev->table_size = (dev->control & MSIX_SIZE_MASK) + 1;
	dev->table_addr = bar + (where & ~7u);
	if (mfn_valid(_mfn(dev->table_addr >> PAGE_SHIFT)))
		return -ENXIO;		/* that would be RAM */
	dev->table = ioremap(dev->table_addr, dev->table_size * MSIX_ENTRY_SIZE);
	return dev->table ? 0 : -ENOMEM;
}

static struct msi_device *new_device(const struct msi_request *req, int *rc)
{
	struct msi_device *dev = xzalloc(struct msi_device);

	*rc = -ENOMEM;
	if (!dev)
		return NULL;
	dev->sbdf = req->sbdf;
	dev->msix = req->msix;
	dev->pos = pci_find_cap(req->sbdf, req->msix ? PCI_CAP_ID_MSIX : PCI_CAP_ID_MSI);
	*rc = -ENODEV;
	if (!dev->pos)
		goto fail;
	dev->control = pci_conf_read(req->sbdf, dev->pos + MSI_FLAGS, 2);
	*rc = -EINVAL;
	if (!dev->msix && req->nvec > 1u << ((dev->control >> 1) & 7))
		goto fail;
	if (dev->msix) {
		*rc = map_msix_table(dev, req->table_base);
		if (*rc)
			goto fail;
	} else {
		dev->nvec = req->nvec;
		dev->control = (dev->control & ~(MSI_ENABLE | MSI_QSIZE_MASK)) |
			       get_order_from_pages(req->nvec) << MSI_QSIZE_SHIFT;
	}
	list_add(&dev->link, &msi_devices);
	*rc = 0;
	return dev;
fail:
	xfree(dev);
	return NULL;
}

static void drop_device(struct msi_device *dev)
{
	u16 control = pci_conf_read(dev->sbdf, dev->pos + MSI_FLAGS, 2);

	if (dev->used)
		return;
	pci_conf_write(dev->sbdf, dev->pos + MSI_FLAGS, 2, control & ~(dev->msix ? MSIX_ENABLE : MSI_ENABLE));
	if (dev->table)
		iounmap((void *)dev->table);
	list_del(&dev->link);
	xfree(dev);
}

static void free_irq_of(struct irq_desc *desc)
{
	struct msi_desc *m = desc->msi;

	spin_lock_irq(&desc->lock);
	vector_free(desc);
	desc->ops = NULL;
	desc->msi = NULL;
	spin_unlock_irq(&desc->lock);
	m->dev->used--;
	irq_free_dynamic(desc->irq);
	xfree(m);
}

static int new_irq(struct msi_device *dev, unsigned int entry, unsigned int *irq)
{
	struct msi_desc *m = xzalloc(struct msi_desc);
	int n = m ? irq_alloc_dynamic() : -ENOMEM, rc;
	struct irq_desc *desc;

	if (n < 0) {
		xfree(m);
		return n;
	}
	desc = irq_to_desc(n);
	m->dev = dev;
	m->entry = entry;
	m->irq = desc;
	desc->cpu = smp_processor_id();
	desc->level = false;
	rc = vector_alloc(desc);
	if (rc) {
		irq_free_dynamic(n);
		xfree(m);
		return rc;
	}
	spin_lock_irq(&desc->lock);
	desc->msi = m;
	desc->ops = &msi_ops;
	spin_unlock_irq(&desc->lock);
	dev->used++;
	*irq = n;
	return 0;
}

/* The entry is masked and holds our message before MSI-X is enabled. */
static void arm_msix(struct msi_device *dev, struct irq_desc *desc)
{
	u16 control = pci_conf_read(dev->sbdf, dev->pos + MSIX_FLAGS, 2);
	u16 command = pci_conf_read(dev->sbdf, PCI_COMMAND, 2);

	if (!(command & PCI_COMMAND_MEMORY))
		pci_conf_write(dev->sbdf, PCI_COMMAND, 2, command | PCI_COMMAND_MEMORY);
	if (!(control & MSIX_ENABLE))
		pci_conf_write(dev->sbdf, dev->pos + MSIX_FLAGS, 2, control | MSIX_ENABLE | MSIX_MASKALL);
	msix_entry(desc->msi)[3] = 1;
	msi_write_message(desc);
	if (!(control & MSIX_ENABLE))
		pci_conf_write(dev->sbdf, dev->pos + MSIX_FLAGS, 2, control | MSIX_ENABLE);
	if (!(command & PCI_COMMAND_MEMORY))
		pci_conf_write(dev->sbdf, PCI_COMMAND, 2, command);
}

static int enable_msix(struct msi_device *dev, const struct msi_request *req, unsigned int *irqs)
{
	int rc;

	if (req->entry >= dev->table_size)
		return -EINVAL;
	for (unsigned int i = nr_irqs_gsi; i < nr_irqs; i++) {
		const struct msi_desc *m = irq_to_desc(i)->msi;

		if (m && m->dev == dev && m->entry == req->entry)
			return -EEXIST;
	}
	rc = new_irq(dev, req->entry, irqs);
	if (!rc)
		arm_msix(dev, irq_to_desc(irqs[0]));
	return rc;
}

/*
 * The device puts the number within the block into the low bits of the data, so that the vectors must be
 * neighbours. They are not in general: a block larger than one is refused, and Linux falls back to one
 * interrupt.
 */
static int enable_msi(struct msi_device *dev, const struct msi_request *req, unsigned int *irqs)
{
	int rc = new_irq(dev, 0, irqs);

	if (!rc)
		msi_write_message(irq_to_desc(irqs[0]));
	return rc;
}

int msi_enable(const struct msi_request *req, unsigned int *irqs)
{
	struct msi_device *dev;
	int rc = 0;

	if (!req->msix && req->nvec != 1)
		return req->nvec && req->nvec <= MAX_NVEC ? -ENOSPC : -EINVAL;
	spin_lock(&msi_lock);
	dev = find_device(req->sbdf);
	if (dev && (dev->msix != req->msix || !dev->msix))
		rc = -EBUSY;
	else if (!dev)
		dev = new_device(req, &rc);
	if (!rc) {
		rc = req->msix ? enable_msix(dev, req, irqs) : enable_msi(dev, req, irqs);
		if (rc)
			drop_device(dev);
	}
	spin_unlock(&msi_lock);
	return rc;
}

void msi_disable(unsigned int irq)
{
	struct irq_desc *desc = irq_to_desc(irq);
	struct msi_device *dev;

	spin_lock(&msi_lock);
	if (desc && desc->msi) {
		dev = desc->msi->dev;
		spin_lock_irq(&desc->lock);
		msi_mask(desc);
		spin_unlock_irq(&desc->lock);
		free_irq_of(desc);
		drop_device(dev);
	}
	spin_unlock(&msi_lock);
}

int msi_restore(pci_sbdf_t sbdf)
{
	struct msi_device *dev;

	spin_lock(&msi_lock);
	dev = find_device(sbdf);
	for (unsigned int i = nr_irqs_gsi; dev && i < nr_irqs; i++) {
		struct irq_desc *desc = irq_to_desc(i);

		if (!desc->msi || desc->msi->dev != dev)
			continue;
		spin_lock_irq(&desc->lock);
		if (dev->msix)
			arm_msix(dev, desc);
		else
			msi_write_message(desc);
		msi_set_masked(desc, !desc->enabled);
		spin_unlock_irq(&desc->lock);
	}
	spin_unlock(&msi_lock);
	return dev ? 0 : -ESRCH;
}

/* -- what dom0 may write ----------------------------------------------------------------------- */

static bool filter_msi(const struct msi_device *dev, unsigned int off)
{
	unsigned int end = MSI_DATA(dev->control) + 2;

	if (dev->control & MSI_MASKABLE)
		end = MSI_MASK_BITS(dev->control) + 8;
	return off >= end;
}

static bool filter_msix(const struct msi_device *dev, unsigned int off, unsigned int size, u32 *val)
{
	unsigned int shift = 8 * (MSIX_FLAGS + 1 - off);

	/* The byte with the two bits: masking all is dom0's choice, enabling is not. */
	if (off <= MSIX_FLAGS + 1 && off + size > MSIX_FLAGS + 1)
		*val |= (u32)(MSIX_ENABLE >> 8) << shift;
	return true;
}

bool msi_filter_write(pci_sbdf_t sbdf, unsigned int reg, unsigned int size, u32 *val)
{
	struct msi_device *dev;
	bool pass = true;

	if (list_empty(&msi_devices))
		return true;
	spin_lock(&msi_lock);
	dev = find_device(sbdf);
	if (dev && reg + size > dev->pos && reg < dev->pos + 24u && reg >= dev->pos)
		pass = dev->msix ? filter_msix(dev, reg - dev->pos, size, val) :
				   filter_msi(dev, reg - dev->pos);
	spin_unlock(&msi_lock);
	return pass;
}

int msi_prepare_msix(pci_sbdf_t sbdf, bool release)
{
	int rc;

	if (!pci_find_cap(sbdf, PCI_CAP_ID_MSIX))
		return -ENODEV;
	spin_lock(&msi_lock);
	rc = find_device(sbdf) ? -EBUSY : 0;
	spin_unlock(&msi_lock);
	return rc;
}

bool msi_table_frame(u64 mfn)
{
	struct msi_device *dev;
	bool found = false;

	spin_lock(&msi_lock);
	list_for_each_entry(dev, &msi_devices, link) {
		u64 first = dev->table_addr >> PAGE_SHIFT;
		u64 last = (dev->table_addr + dev->table_size * MSIX_ENTRY_SIZE - 1) >> PAGE_SHIFT;

		if (dev->msix && mfn >= first && mfn <= last)
			found = true;
	}
	spin_unlock(&msi_lock);
	return found;
}
