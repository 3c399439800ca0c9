/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RDMSR and WRMSR of PV guests. Rows of a table, first match counts; what is in none raises #GP. Many
 * rows only exist because kernels read the register without expecting a fault.
 */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/sched.h>
#include <asm/cpu-policy.h>
#include <asm/processor.h>
#include <asm/pv.h>

#define HWCR_TSC_FREQ_SEL	(1UL << 24)
#define DE_CFG_LFENCE_SERIAL	(1UL << 1)
#define MCG_BANKS		2
#define HYPERCALL_PAGE_MSR	0x40000000

struct msr_row {
	u32 first, last;
	int (*read)(struct vcpu *v, u32 msr, u64 *val);
	int (*write)(struct vcpu *v, u32 msr, u64 val);
};

/* -- kinds ------------------------------------------------------------------------------------- */

static int read_zero(struct vcpu *v, u32 msr, u64 *val)
{
	*val = 0;
	return 0;
}

static int read_host(struct vcpu *v, u32 msr, u64 *val)
{
	if (rdmsr_safe(msr, val))
		*val = 0;
	return 0;
}

static int write_ignore(struct vcpu *v, u32 msr, u64 val)
{
	return 0;
}

/* Writing back what was read is fine, changing it is not. */
static int write_same(struct vcpu *v, u32 msr, u64 val)
{
	u64 have;

	return guest_rdmsr(v, msr, &have) || have != val ? -EFAULT : 0;
}

/* -- segment bases: those of the running vcpu are in the hardware ------------------------------ */

static int read_base(struct vcpu *v, u32 msr, u64 *val)
{
	*val = rdmsr(msr);
	return 0;
}

static int write_base(struct vcpu *v, u32 msr, u64 val)
{
	if (!is_canonical(val))
		return -EFAULT;
	wrmsr(msr, val);
	return 0;
}

/* -- single registers -------------------------------------------------------------------------- */

static int read_tsc(struct vcpu *v, u32 msr, u64 *val)
{
	*val = rdtsc();
	return 0;
}

static int read_efer(struct vcpu *v, u32 msr, u64 *val)
{
	*val = rdmsr(MSR_EFER) & (EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE);
	if (v->domain->arch.is_32bit)
		*val &= ~(EFER_LME | EFER_LMA);
	return 0;
}

static int read_apic_base(struct vcpu *v, u32 msr, u64 *val)
{
	*val = 0xfee00000 | APIC_BASE_ENABLE | (v->vcpu_id ? 0 : APIC_BASE_BSP);
	return 0;
}

static int read_mcg_cap(struct vcpu *v, u32 msr, u64 *val)
{
	*val = MCG_BANKS;
	return 0;
}

static int read_tsc_aux(struct vcpu *v, u32 msr, u64 *val)
{
	if (!cpu_has(X86_FEATURE_RDTSCP))
		return -EFAULT;
	*val = v->arch.tsc_aux;
	return 0;
}

static int write_tsc_aux(struct vcpu *v, u32 msr, u64 val)
{
	if (!cpu_has(X86_FEATURE_RDTSCP) || val >> 32)
		return -EFAULT;
	v->arch.tsc_aux = val;
	wrmsr(MSR_TSC_AUX, val);
	return 0;
}

static int read_hwcr(struct vcpu *v, u32 msr, u64 *val)
{
	*val = HWCR_TSC_FREQ_SEL;	/* else Linux complains about the firmware */
	return 0;
}

static int read_de_cfg(struct vcpu *v, u32 msr, u64 *val)
{
	*val = DE_CFG_LFENCE_SERIAL;
	return 0;
}

static int read_platform_info(struct vcpu *v, u32 msr, u64 *val)
{
	*val = v->domain->arch.cpu_policy->platform_info;
	return *val ? 0 : -EFAULT;
}

static int read_arch_caps(struct vcpu *v, u32 msr, u64 *val)
{
	const struct cpu_policy *p = v->domain->arch.cpu_policy;

	*val = p->arch_caps;
	return p->feat[0].d & 1u << 29 ? 0 : -EFAULT;
}

static bool has_spec_ctrl(const struct vcpu *v)
{
	const struct cpu_policy *p = v->domain->arch.cpu_policy;

	return (p->feat[0].d & 1u << 26) || (p->ext[8].b & 1u << 14);
}

static int read_spec_ctrl(struct vcpu *v, u32 msr, u64 *val)
{
	*val = v->arch.spec_ctrl;
	return has_spec_ctrl(v) ? 0 : -EFAULT;
}

static int write_spec_ctrl(struct vcpu *v, u32 msr, u64 val)
{
	if (!has_spec_ctrl(v) || val & ~7ULL)
		return -EFAULT;
	v->arch.spec_ctrl = val;
	return 0;
}

static int write_pred_cmd(struct vcpu *v, u32 msr, u64 val)
{
	const struct cpu_policy *p = v->domain->arch.cpu_policy;

	if (!((p->feat[0].d & 1u << 26) || (p->ext[8].b & 1u << 12)) || val & ~1ULL)
		return -EFAULT;
	return val ? wrmsr_safe(MSR_PRED_CMD, val) : 0;
}

/* The guest asks for the hypercall stubs in a page of its own. */
static int write_hypercall_page(struct vcpu *v, u32 msr, u64 val)
{
	struct page_info *pg = get_page_from_mfn(_mfn(val >> PAGE_SHIFT), v->domain);

	if (!pg)
		return -EFAULT;
	if (get_page_type(pg, PGT_writable_page)) {
		put_page(pg);
		return -EFAULT;
	}
	hypercall_page_init(page_to_virt(pg));
	put_page_and_type(pg);
	return 0;
}

static const struct msr_row rows[] = {
	{ MSR_FS_BASE, MSR_SHADOW_GS_BASE, read_base, write_base },
	{ MSR_TSC_AUX, MSR_TSC_AUX, read_tsc_aux, write_tsc_aux },
	{ MSR_TSC, MSR_TSC, read_tsc, write_ignore },
	{ MSR_APIC_BASE, MSR_APIC_BASE, read_apic_base, write_same },
	{ 0x17, 0x17, read_zero, NULL },			/* platform id */
	{ 0x2a, 0x2a, read_zero, NULL },			/* power-on configuration */
	{ 0x3a, 0x3a, read_zero, NULL },			/* feature control */
	{ MSR_SPEC_CTRL, MSR_SPEC_CTRL, read_spec_ctrl, write_spec_ctrl },
	{ MSR_PRED_CMD, MSR_PRED_CMD, NULL, write_pred_cmd },
	{ MSR_UCODE_REV, MSR_UCODE_REV, read_host, write_ignore },
	{ 0xce, 0xce, read_platform_info, NULL },
	{ MSR_ARCH_CAPABILITIES, MSR_ARCH_CAPABILITIES, read_arch_caps, NULL },
	{ MSR_MCG_CAP, MSR_MCG_CAP, read_mcg_cap, NULL },
	{ MSR_MCG_STATUS, MSR_MCG_STATUS, read_zero, write_ignore },
	{ MSR_MISC_ENABLE, MSR_MISC_ENABLE, read_host, write_ignore },
	{ MSR_DEBUGCTL, MSR_DEBUGCTL, read_zero, write_ignore },
	{ MSR_PAT, MSR_PAT, read_host, write_same },
	{ MSR_MC_CTL(0), MSR_MC_CTL(MCG_BANKS) - 1, read_zero, write_ignore },
	{ HYPERCALL_PAGE_MSR, HYPERCALL_PAGE_MSR, NULL, write_hypercall_page },
	{ MSR_EFER, MSR_EFER, read_efer, write_same },
	{ 0xc0010000, 0xc0010007, read_zero, write_ignore },	/* AMD performance counters */
	{ MSR_K8_SYSCFG, MSR_K8_SYSCFG, read_zero, NULL },
	{ MSR_K8_HWCR, MSR_K8_HWCR, read_hwcr, write_ignore },
	{ 0xc0011020, 0xc0011020, read_zero, write_ignore },	/* LS_CFG */
	{ 0xc0011029, 0xc0011029, read_de_cfg, write_ignore },
};

static const struct msr_row *find_row(u32 msr)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
		if (msr >= rows[i].first && msr <= rows[i].last)
			return &rows[i];
	return NULL;
}

int guest_rdmsr(struct vcpu *v, u32 msr, u64 *val)
{
	const struct msr_row *row = find_row(msr);

	if (row && row->read)
		return row->read(v, msr, val);
	gprintk(XENLOG_G_DEBUG, "RDMSR %#x: unknown\n", msr);
	return -EFAULT;
}

int guest_wrmsr(struct vcpu *v, u32 msr, u64 val)
{
	const struct msr_row *row = find_row(msr);

	if (row && row->write)
		return row->write(v, msr, val);
	gprintk(XENLOG_G_DEBUG, "WRMSR %#x <- %#lx: refused\n", msr, val);
	return -EFAULT;
}
