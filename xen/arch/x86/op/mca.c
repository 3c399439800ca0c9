/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine-check call of dom0. A machine check is fatal here, so that there is never an error record
 * to fetch.
 */
#include <xen/errno.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <asm/apic.h>
#include <asm/processor.h>
#include <public/arch-x86/xen-mca.h>

static int mca_fetch(struct xen_mc *mc)
{
	mc->u.mc_fetch.flags = XEN_MC_NODATA;
	return 0;
}

static void fill_cpu(struct mcinfo_logical_cpu *l, unsigned int cpu)
{
	*l = (struct mcinfo_logical_cpu){
		.mc_cpunr = cpu, .mc_coreid = cpu, .mc_apicid = cpu_apic_id[cpu],
		.mc_ncores = 1, .mc_ncores_active = 1,
		.mc_nthreads = 1, .mc_cpuid_level = boot_cpu_data.max_leaf, .mc_family = boot_cpu_data.family,
		.mc_vendor = 0, .mc_model = boot_cpu_data.model, .mc_step = boot_cpu_data.stepping,
	};
	memcpy(l->mc_vendorid, boot_cpu_data.vendor, sizeof(boot_cpu_data.vendor));
	memcpy(l->mc_brandid, boot_cpu_data.brand, sizeof(boot_cpu_data.brand));
	l->mc_cpu_caps[0] = boot_cpu_data.capability[FEAT_1D];
	l->mc_cpu_caps[1] = boot_cpu_data.capability[FEAT_E1D];
	l->mc_cpu_caps[4] = boot_cpu_data.capability[FEAT_1C];
	l->mc_cpu_caps[6] = boot_cpu_data.capability[FEAT_E1C];
}

static int mca_physcpuinfo(struct xen_mc *mc)
{
	struct xen_mc_physcpuinfo *info = &mc->u.mc_physcpuinfo;
	unsigned long to = handle_addr(info->info);
	u32 n = 0, room = info->ncpus;
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		struct mcinfo_logical_cpu l;

		if (to && n < room) {
			fill_cpu(&l, cpu);
			if (copy_out_elem(to, n, &l))
				return -EFAULT;
		}
		n++;
	}
	info->ncpus = to ? min(n, room) : n;
	return 0;
}

long do_mca(unsigned long u_mc)
{
	struct xen_mc mc;
	int rc;

	if (may(current->domain, ACT_system, NULL))
		return -EPERM;
	if (copy_in(&mc, u_mc, sizeof(mc)))
		return -EFAULT;
	if (mc.interface_version != XEN_MCA_INTERFACE_VERSION)
		return -EACCES;
	switch (mc.cmd) {
	case XEN_MC_fetch:
		rc = mca_fetch(&mc);
		break;
	case XEN_MC_physcpuinfo:
		rc = mca_physcpuinfo(&mc);
		break;
	default:
		rc = -EOPNOTSUPP;
	}
	if (!rc && copy_out(u_mc, &mc, sizeof(mc)))
		rc = -EFAULT;
	return rc;
}
