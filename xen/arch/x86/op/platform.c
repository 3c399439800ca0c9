/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * XENPF_*: what only the domain that drives the machine may ask: clock, firmware facts, sleep, CPUs,
 * symbols.
 */
#include <xen/acpi.h>
#include <xen/errno.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/machine.h>
#include <xen/sched.h>
#include <xen/time.h>
#include <asm/apic.h>
#include <asm/processor.h>
#include <asm/setup.h>
#include <public/platform.h>

#define BIOS_KBD_FLAGS	0x417

/* Handlers get the copied call; it is copied back when they return 0. */
typedef int (*platform_fn)(struct xen_platform_op *op);

/* -- clock ------------------------------------------------------------------------------------- */

static int set_clock(u64 secs, u32 nsecs, u64 system_time)
{
	if (nsecs >= 1000000000 || secs > ~0ULL / 1000000000 - 1)
		return -EINVAL;
	do_settime(secs, nsecs, system_time);
	return 0;
}

static int platform_settime32(struct xen_platform_op *op)
{
	const struct xenpf_settime32 *s = &op->u.settime32;

	return set_clock(s->secs, s->nsecs, s->system_time);
}

static int platform_settime64(struct xen_platform_op *op)
{
	const struct xenpf_settime64 *s = &op->u.settime64;

	return s->mbz ? -EINVAL : set_clock(s->secs, s->nsecs, s->system_time);
}

/* -- firmware: nothing was asked of the BIOS at boot but what lies in its data area ------------ */

static int platform_firmware_info(struct xen_platform_op *op)
{
	struct xenpf_firmware_info *f = &op->u.firmware_info;

	switch (f->type) {
	case XEN_FW_DISK_INFO:
	case XEN_FW_DISK_MBR_SIGNATURE:
	case XEN_FW_VBEDDC_INFO:
		return -ESRCH;
	case XEN_FW_EFI_INFO:
		return -ENOSYS;
	case XEN_FW_KBD_SHIFT_FLAGS:
		if (f->index)
			return -ESRCH;
		f->u.kbd_shift_flags = *(const u8 *)maddr_to_virt(_maddr(BIOS_KBD_FLAGS));
		return 0;
	default:
		return -EINVAL;
	}
}

/* -- power ------------------------------------------------------------------------------------- */

static int platform_enter_acpi_sleep(struct xen_platform_op *op)
{
	const struct xenpf_enter_acpi_sleep *s = &op->u.enter_acpi_sleep;

	if (s->sleep_state != 5)
		return -EOPNOTSUPP;
	if (s->flags & ~XENPF_ACPI_SLEEP_EXTENDED)
		return -EINVAL;
	if (s->flags & XENPF_ACPI_SLEEP_EXTENDED) {
		if (!acpi.sleep_control.address || s->val_a > 7 || s->val_b > 7)
			return -EINVAL;
		machine_acpi_sleep_extended(s->val_a);
	} else {
		if (!acpi.pm1a_cnt.address)
			return -EPERM;
		printk("Entering ACPI S5: power off\n");
		machine_acpi_sleep(s->val_a, s->val_b);
	}
	return -EIO;		/* the power is still on */
}

/*
 * Frequency and idle states stay as the firmware left them; the tables are of no use to us, but dom0
 * need not know.
 */
static int platform_set_processor_pminfo(struct xen_platform_op *op)
{
	switch (op->u.set_pminfo.type) {
	case XEN_PM_CX:
	case XEN_PM_PX:
	case XEN_PM_PDC:
		return 0;
	default:
		return -EINVAL;
	}
}

static int platform_core_parking(struct xen_platform_op *op)
{
	struct xenpf_core_parking *p = &op->u.core_parking;

	if (p->type != XEN_CORE_PARKING_GET)
		return p->type == XEN_CORE_PARKING_SET ? -EOPNOTSUPP : -EINVAL;
	p->idle_nums = 0;
	return 0;
}

/* -- CPUs -------------------------------------------------------------------------------------- */

static int platform_get_cpuinfo(struct xen_platform_op *op)
{
	struct xenpf_pcpuinfo *i = &op->u.pcpu_info;

	i->max_present = nr_cpu_ids - 1;
	i->flags = 0;
	i->apic_id = i->acpi_id = ~0u;
	if (i->xen_cpuid >= nr_cpu_ids || cpu_apic_id[i->xen_cpuid] == BAD_APICID) {
		i->flags = XEN_PCPU_FLAGS_INVALID;
		return 0;
	}
	if (cpu_online(i->xen_cpuid))
		i->flags = XEN_PCPU_FLAGS_ONLINE;
	i->apic_id = cpu_apic_id[i->xen_cpuid];
	i->acpi_id = cpu_acpi_id[i->xen_cpuid];
	return 0;
}

static int platform_get_cpu_version(struct xen_platform_op *op)
{
	struct xenpf_pcpu_version *v = &op->u.pcpu_version;
	bool there = v->xen_cpuid < nr_cpu_ids && cpu_online(v->xen_cpuid);

	v->max_present = nr_cpu_ids - 1;
	memset(v->vendor_id, 0, sizeof(v->vendor_id));
	v->family = v->model = v->stepping = 0;
	if (there) {
		memcpy(v->vendor_id, boot_cpu_data.vendor, sizeof(v->vendor_id));
		v->family = boot_cpu_data.family;
		v->model = boot_cpu_data.model;
		v->stepping = boot_cpu_data.stepping;
	}
	return 0;
}

static int platform_getidletime(struct xen_platform_op *op)
{
	struct xenpf_getidletime *g = &op->u.getidletime;
	u32 nr = min_t(u32, g->cpumap_nr_cpus, NR_CPUS);

	for (u32 cpu = 0; cpu < nr; cpu++) {
		u64 idle = 0;
		u8 byte;

		if (copy_in_elem(&byte, handle_addr(g->cpumap_bitmap), cpu / 8))
			return -EFAULT;
		if (!(byte >> (cpu % 8) & 1))
			continue;
		if (cpu_online(cpu))
			idle = sched_cpu_idle_time(cpu);
		else
			byte &= ~(1u << (cpu % 8));
		if (copy_out_elem(handle_addr(g->idletime), cpu, &idle) ||
		    copy_out_elem(handle_addr(g->cpumap_bitmap), cpu / 8, &byte))
			return -EFAULT;
	}
	g->now = NOW();
	return 0;
}

static int platform_not_supported(struct xen_platform_op *op)
{
	return -EOPNOTSUPP;
}

/* -- symbols ----------------------------------------------------------------------------------- */

/* The table that scripts/symtab makes: offsets from the 4 GiB boundary below the image. */
extern const u32 symtab_count, symtab_addrs[], symtab_offs[];
extern const char symtab_names[];

static int platform_get_symbol(struct xen_platform_op *op)
{
	struct xenpf_symdata *s = &op->u.symdata;
	const char *name;
	u32 len;

	if (s->symnum >= symtab_count) {
		s->namelen = 0;		/* and symnum as it was: the end */
		return 0;
	}
	name = symtab_names + symtab_offs[s->symnum];
	len = strlen(name) + 1;
	if (copy_out(handle_addr(s->name), name, min_t(u32, len, s->namelen)))
		return -EFAULT;
	s->namelen = len - 1;
	s->address = (XEN_VIRT_START & ~0xffffffffUL) + symtab_addrs[s->symnum];
	s->type = s->address < (unsigned long)_etext ? 't' : 'd';
	s->symnum++;
	return 0;
}

static const platform_fn platform_ops[] = {
	[XENPF_settime32] = platform_settime32,
	[XENPF_settime64] = platform_settime64,
	[XENPF_microcode_update] = platform_not_supported,
	[XENPF_firmware_info] = platform_firmware_info,
	[XENPF_enter_acpi_sleep] = platform_enter_acpi_sleep,
	[XENPF_getidletime] = platform_getidletime,
	[XENPF_set_processor_pminfo] = platform_set_processor_pminfo,
	[XENPF_get_cpuinfo] = platform_get_cpuinfo,
	[XENPF_get_cpu_version] = platform_get_cpu_version,
	[XENPF_cpu_online] = platform_not_supported,
	[XENPF_cpu_offline] = platform_not_supported,
	[XENPF_core_parking] = platform_core_parking,
	[XENPF_get_symbol] = platform_get_symbol,
};

long do_platform_op(unsigned long u_op)
{
	struct xen_platform_op op;
	platform_fn fn;
	int rc;

	if (may(current->domain, ACT_system, NULL))
		return -EPERM;
	if (copy_in(&op, u_op, sizeof(op)))
		return -EFAULT;
	if (op.interface_version != XENPF_INTERFACE_VERSION)
		return -EACCES;
	fn = op.cmd < ARRAY_SIZE(platform_ops) ? platform_ops[op.cmd] : NULL;
	if (!fn)
		return -ENOSYS;
	rc = fn(&op);
	if (!rc && copy_out(u_op, &op, sizeof(op)))
		rc = -EFAULT;
	return rc;
}
