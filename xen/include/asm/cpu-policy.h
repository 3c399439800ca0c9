/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a domain sees of the CPU: CPUID leaves and model-specific registers, per domain, in the form the
 * tools exchange.
 */
#ifndef ASM_CPU_POLICY_H
#define ASM_CPU_POLICY_H

#include <xen/types.h>
#include <asm/processor.h>

#define POLICY_NR_BASIC		14
#define POLICY_NR_CACHE		6
#define POLICY_NR_FEAT		3
#define POLICY_NR_TOPO		2
#define POLICY_NR_XSTATE	63
#define POLICY_NR_EXT		0x22

/* Features as an array of words in the order of the tools' featuresets. */
enum feature_word {
	FS_1d, FS_1c, FS_e1d, FS_e1c, FS_Da1, FS_7b0, FS_7c0, FS_e7d, FS_e8b, FS_7d0, FS_7a1, FS_e21a,
	FS_7b1, FS_7d2, FS_7c1, FS_7d1, FS_m10Al, FS_m10Ah, FS_e21c, FS_WORDS
};

struct cpu_policy {
	struct cpuid_leaf basic[POLICY_NR_BASIC];
	struct cpuid_leaf cache[POLICY_NR_CACHE];	/* leaf 4 */
	struct cpuid_leaf feat[POLICY_NR_FEAT];		/* leaf 7 */
	struct cpuid_leaf topo[POLICY_NR_TOPO];		/* leaf 0xb */
	struct cpuid_leaf xstate[POLICY_NR_XSTATE];	/* leaf 0xd */
	struct cpuid_leaf ext[POLICY_NR_EXT];		/* from 0x80000000 */
	u32 hv_limit, hv2_limit;
	u64 platform_info, arch_caps;			/* MSRs 0xce, 0x10a */
};

extern struct cpu_policy raw_policy, host_policy, pv_max_policy, pv_def_policy;
void cpu_policy_init(void);		/* boot, after cpu_identify() and fpu_init_boot() */

struct domain;
struct vcpu;
struct xen_domctl_cpu_policy;
struct xen_sysctl_cpu_policy;
struct xen_sysctl_cpu_featureset;

int cpu_policy_init_domain(struct domain *d);		/* -ENOMEM */
void cpu_policy_destroy_domain(struct domain *d);
void policy_to_featureset(const struct cpu_policy *p, u32 *fs);
void policy_from_featureset(struct cpu_policy *p, const u32 *fs);
/* Cut p down to what a PV guest may have, and make the dependent leaves agree with its features. */
void policy_sanitise_pv(struct cpu_policy *p, const struct cpu_policy *max);
/*
 * Where (leaf, subleaf) is kept; NULL: not part of a policy. Leaves without subleaves:
 * XEN_CPUID_NO_SUBLEAF.
 */
struct cpuid_leaf *policy_leaf(struct cpu_policy *p, u32 leaf, u32 subleaf);

/* Rows of domctl and sysctl; the structs are copies, their arrays are read from and written to the guest. */
int cpu_policy_domctl_get(struct domain *d, struct xen_domctl_cpu_policy *op);
int cpu_policy_domctl_set(struct domain *d, struct xen_domctl_cpu_policy *op);
int cpu_policy_sysctl_get(struct xen_sysctl_cpu_policy *op);
int cpu_policy_sysctl_featureset(struct xen_sysctl_cpu_featureset *op);

/* CPUID as v sees it; always 0. RDMSR and WRMSR by the current vcpu v: 0, or -EFAULT for #GP. */
int guest_cpuid(struct vcpu *v, u32 leaf, u32 subleaf, struct cpuid_leaf *out);
int guest_rdmsr(struct vcpu *v, u32 msr, u64 *val);
int guest_wrmsr(struct vcpu *v, u32 msr, u64 val);

#endif
