/* SPDX-License-Identifier: GPL-2.0-only */
/* Model-specific registers that the hypervisor knows by name (Intel SDM vol. 4, AMD APM vol. 2 appendix A). */
#ifndef ASM_MSR_INDEX_H
#define ASM_MSR_INDEX_H

#define MSR_TSC			0x10
#define MSR_APIC_BASE		0x1b
#define  APIC_BASE_BSP		(1UL << 8)
#define  APIC_BASE_EXTD		(1UL << 10)
#define  APIC_BASE_ENABLE	(1UL << 11)
#define MSR_SPEC_CTRL		0x48
#define MSR_PRED_CMD		0x49
#define MSR_UCODE_REV		0x8b
#define MSR_MTRRCAP		0xfe
#define MSR_ARCH_CAPABILITIES	0x10a
#define MSR_SYSENTER_CS		0x174
#define MSR_SYSENTER_ESP	0x175
#define MSR_SYSENTER_EIP	0x176
#define MSR_MCG_CAP		0x179
#define MSR_MCG_STATUS		0x17a
#define MSR_MCG_CTL		0x17b
#define MSR_MISC_ENABLE		0x1a0
#define MISC_ENABLE_FAST_STRING	(1UL << 0)
#define MSR_DEBUGCTL		0x1d9
#define MSR_MTRR_DEF_TYPE	0x2ff
#define MSR_PAT			0x277
#define MSR_MC_CTL(bank)	(0x400 + 4 * (bank))
#define MSR_MC_STATUS(bank)	(0x401 + 4 * (bank))
#define MSR_MC_ADDR(bank)	(0x402 + 4 * (bank))
#define MSR_MC_MISC(bank)	(0x403 + 4 * (bank))
#define MSR_TSC_DEADLINE	0x6e0
#define MSR_X2APIC_FIRST	0x800
#define MSR_X2APIC_LAST		0x8ff
#define MSR_XSS			0xda0
#define MSR_EFER		0xc0000080
#define  EFER_SCE		0x001UL
#define  EFER_LME		0x100UL
#define  EFER_LMA		0x400UL
#define  EFER_NXE		0x800UL
#define MSR_STAR		0xc0000081
#define MSR_LSTAR		0xc0000082
#define MSR_CSTAR		0xc0000083
#define MSR_SYSCALL_MASK	0xc0000084
#define MSR_FS_BASE		0xc0000100
#define MSR_GS_BASE		0xc0000101
#define MSR_SHADOW_GS_BASE	0xc0000102
#define MSR_TSC_AUX		0xc0000103
#define MSR_K8_SYSCFG		0xc0010010
#define MSR_K8_HWCR		0xc0010015

#endif
