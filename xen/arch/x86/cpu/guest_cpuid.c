/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUID for a guest: its domain's policy, plus what depends on the vcpu's state, plus the hypervisor's
 * own leaves.
 */
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/sched.h>
#include <xen/time.h>
#include <asm/cpu-policy.h>
#include <asm/time.h>
#include <public/arch-x86/cpuid.h>

#define XEN_VERSION_MAJOR	4
#define XEN_VERSION_MINOR	17
#define HYPERCALL_PAGE_MSR	0x40000000
/* Linux switches to the second grant table version for wider machines. */
#define MAX_ADDRESS_WIDTH	44

/* -- the hypervisor's leaves ------------------------------------------------------------------- */

static struct cpuid_leaf leaf_signature(struct vcpu *v, u32 subleaf)
{
	return (struct cpuid_leaf){ XEN_CPUID_LEAF(5), XEN_CPUID_SIGNATURE_EBX, XEN_CPUID_SIGNATURE_ECX,
				    XEN_CPUID_SIGNATURE_EDX };
}

static struct cpuid_leaf leaf_version(struct vcpu *v, u32 subleaf)
{
	return (struct cpuid_leaf){ .a = XEN_VERSION_MAJOR << 16 | XEN_VERSION_MINOR };
}

static struct cpuid_leaf leaf_hypercall_page(struct vcpu *v, u32 subleaf)
{
	return (struct cpuid_leaf){ 1, HYPERCALL_PAGE_MSR, XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD, 0 };
}

static struct cpuid_leaf leaf_time(struct vcpu *v, u32 subleaf)
{
	const struct arch_domain *a = &v->domain->arch;
	const struct cpu_time *t = this_cpu_time();

	switch (subleaf) {
	case 0:
		return (struct cpuid_leaf){
			(tsc_is_stable ? 2 : 0) | (cpu_has(X86_FEATURE_RDTSCP) ? 4 : 0),
			a->tsc_mode, a->tsc_khz ? a->tsc_khz : cpu_khz, a->tsc_incarnation };
	case 1:
		return (struct cpuid_leaf){ a->vtsc_offset, a->vtsc_offset >> 32,
					    t->scale.mul_frac, t->scale.shift };
	case 2:
		return (struct cpuid_leaf){ .a = cpu_khz };
	}
	return (struct cpuid_leaf){};
}

static struct cpuid_leaf leaf_hvm(struct vcpu *v, u32 subleaf)
{
	return (struct cpuid_leaf){};
}

static struct cpuid_leaf leaf_pv(struct vcpu *v, u32 subleaf)
{
	u32 width = get_order_from_pages(max_page) + PAGE_SHIFT;

	return (struct cpuid_leaf){ .b = subleaf ? 0 : min_t(u32, width, MAX_ADDRESS_WIDTH) };
}

static struct cpuid_leaf (*const hypervisor_leaves[])(struct vcpu *v, u32 subleaf) = {
	leaf_signature, leaf_version, leaf_hypercall_page, leaf_time, leaf_hvm, leaf_pv,
};

/* -- what changes with the vcpu's state -------------------------------------------------------- */

static u32 xsave_size_for(const struct cpu_policy *p, u64 xcr0)
{
	u32 size = 512 + 64;

	for (unsigned int i = 2; i < 32; i++)
		if (xcr0 >> i & 1)
			size = max(size, p->xstate[i].a + p->xstate[i].b);
	return size;
}

/* In the form of XSAVEC, one component after the other. */
static u32 xsavec_size_for(const struct cpu_policy *p, u64 xcr0)
{
	u32 size = 512 + 64;

	for (unsigned int i = 2; i < 32; i++)
		if (xcr0 >> i & 1)
			size = (p->xstate[i].c & 2 ? ROUNDUP(size, 64u) : size) + p->xstate[i].a;
	return size;
}

static void adjust(struct vcpu *v, u32 leaf, u32 subleaf, struct cpuid_leaf *out)
{
	const struct cpu_policy *p = v->domain->arch.cpu_policy;

	switch (leaf) {
	case 1:
		/*
		 * OSXSAVE shows the real CR4 and not the guest's: Linux takes the bit, before it has set its
		 * own, as our word that XSAVE may be used.
		 */
		out->c &= ~(1u << 27);
		if ((out->c & 1u << 26) && (mmu_cr4_features & X86_CR4_OSXSAVE))
			out->c |= 1u << 27;
		break;
	case 0xd:
		if (subleaf <= 1 && p->xstate[0].a)
			out->b = subleaf == 0 ? xsave_size_for(p, v->arch.xcr0) :
				 out->a & 2 ? xsavec_size_for(p, v->arch.xcr0) : 0;
		break;
	case 0x80000001:
		if (v->domain->arch.is_32bit)
			out->d &= ~(1u << 29 | 1u << 11);
		break;
	}
}

static bool leaf_has_subleaves(u32 leaf)
{
	return leaf == 4 || leaf == 7 || leaf == 0xb || leaf == 0xd;
}

int guest_cpuid(struct vcpu *v, u32 leaf, u32 subleaf, struct cpuid_leaf *out)
{
	struct cpu_policy *p = v->domain->arch.cpu_policy;
	const struct cpuid_leaf *l;

	*out = (struct cpuid_leaf){};
	if ((leaf & ~0xffu) == XEN_CPUID_FIRST_LEAF) {
		if ((leaf & 0xff) < ARRAY_SIZE(hypervisor_leaves))
			*out = hypervisor_leaves[leaf & 0xff](v, subleaf);
		return 0;
	}
	if (!p || (leaf < 0x40000000 && leaf > p->basic[0].a) || (leaf >= 0x80000000 && leaf > p->ext[0].a))
		return 0;
	if (leaf == 7 && subleaf > p->feat[0].a)
		return 0;
	l = policy_leaf(p, leaf, leaf_has_subleaves(leaf) ? subleaf : XEN_CPUID_NO_SUBLEAF);
	if (l) {
		*out = *l;
		adjust(v, leaf, subleaf, out);
	}
	return 0;
}
