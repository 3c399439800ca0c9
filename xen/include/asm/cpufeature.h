/* SPDX-License-Identifier: GPL-2.0-only */
/* CPUID feature words of the boot CPU, by name: word * 32 + bit. */
#ifndef ASM_CPUFEATURE_H
#define ASM_CPUFEATURE_H

#include <xen/types.h>

enum cpuid_word { FEAT_1D, FEAT_1C, FEAT_E1D, FEAT_E1C, FEAT_DA1, FEAT_7B0, FEAT_7C0, FEAT_E7D, FEAT_E8B, FEAT_7D0, FEAT_WORDS };

#define X86_FEATURE(word, bit)	((word) * 32 + (bit))
#define X86_FEATURE_TSC		X86_FEATURE(FEAT_1D, 4)
#define X86_FEATURE_MSR		X86_FEATURE(FEAT_1D, 5)
#define X86_FEATURE_PAE		X86_FEATURE(FEAT_1D, 6)
#define X86_FEATURE_MCE		X86_FEATURE(FEAT_1D, 7)
#define X86_FEATURE_CX8		X86_FEATURE(FEAT_1D, 8)
#define X86_FEATURE_APIC	X86_FEATURE(FEAT_1D, 9)
#define X86_FEATURE_MTRR	X86_FEATURE(FEAT_1D, 12)
#define X86_FEATURE_PGE		X86_FEATURE(FEAT_1D, 13)
#define X86_FEATURE_MCA		X86_FEATURE(FEAT_1D, 14)
#define X86_FEATURE_PAT		X86_FEATURE(FEAT_1D, 16)
#define X86_FEATURE_FXSR	X86_FEATURE(FEAT_1D, 24)
#define X86_FEATURE_SSE2	X86_FEATURE(FEAT_1D, 26)
#define X86_FEATURE_PCID	X86_FEATURE(FEAT_1C, 17)
#define X86_FEATURE_X2APIC	X86_FEATURE(FEAT_1C, 21)
#define X86_FEATURE_TSC_DEADLINE X86_FEATURE(FEAT_1C, 24)
#define X86_FEATURE_XSAVE	X86_FEATURE(FEAT_1C, 26)
#define X86_FEATURE_HYPERVISOR	X86_FEATURE(FEAT_1C, 31)
#define X86_FEATURE_SYSCALL	X86_FEATURE(FEAT_E1D, 11)
#define X86_FEATURE_NX		X86_FEATURE(FEAT_E1D, 20)
#define X86_FEATURE_1GB		X86_FEATURE(FEAT_E1D, 26)
#define X86_FEATURE_RDTSCP	X86_FEATURE(FEAT_E1D, 27)
#define X86_FEATURE_LM		X86_FEATURE(FEAT_E1D, 29)
#define X86_FEATURE_XSAVEOPT	X86_FEATURE(FEAT_DA1, 0)
#define X86_FEATURE_XSAVEC	X86_FEATURE(FEAT_DA1, 1)
#define X86_FEATURE_XSAVES	X86_FEATURE(FEAT_DA1, 3)
#define X86_FEATURE_FSGSBASE	X86_FEATURE(FEAT_7B0, 0)
#define X86_FEATURE_SMEP	X86_FEATURE(FEAT_7B0, 7)
#define X86_FEATURE_INVPCID	X86_FEATURE(FEAT_7B0, 10)
#define X86_FEATURE_SMAP	X86_FEATURE(FEAT_7B0, 20)
#define X86_FEATURE_UMIP	X86_FEATURE(FEAT_7C0, 2)
#define X86_FEATURE_ITSC	X86_FEATURE(FEAT_E7D, 8)

struct cpuinfo_x86 {
	u32 capability[FEAT_WORDS];
	u32 max_leaf, max_ext_leaf;
	u32 family, model, stepping;
	u8 phys_bits, virt_bits;
	char vendor[13];
	char brand[49];
};
extern struct cpuinfo_x86 boot_cpu_data;	/* filled by cpu_identify(), constant afterwards */

static inline bool cpu_has(unsigned int feature)
{
	return (boot_cpu_data.capability[feature / 32] >> (feature % 32)) & 1;
}

void cpu_identify(void);	/* boot CPU: fill boot_cpu_data; panics with a plain message when a requirement is absent */
void smap_check(void);		/* boot CPU, after cpu_init() and the heap: leave SMAP off where it does not work */
void cpu_init(void);		/* each CPU: control registers, GDT, TSS, IDT, syscall MSRs, PAT, XCR0 */

#endif
