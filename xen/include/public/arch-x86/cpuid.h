/* SPDX-License-Identifier: MIT */
/*
 * CPUID leaves of the hypervisor. They begin at 0x40000000, or a multiple of 0x100 above it if another
 * interface lies there; look for the signature.
 *
 *   +0  eax: the last leaf; ebx, ecx, edx: signature
 *   +1  eax: version, major << 16 | minor
 *   +2  eax: pages of hypercall stubs; ebx: MSR that fills them; ecx, edx: features
 *   +3  time. Subleaf 0, eax: 0 TSC emulated, 1 TSC trustworthy, 2 RDTSCP there; ebx: tsc_mode; ecx: kHz;
 *       edx: incarnation. 1: offset, multiplier and shift from TSC to ns. 2: eax: the machine's kHz
 *   +4  HVM: eax: features; ebx: vcpu id; ecx: domain id
 *   +5  PV: ebx: width of machine addresses
 */
#ifndef XEN_PUBLIC_ARCH_X86_CPUID_H
#define XEN_PUBLIC_ARCH_X86_CPUID_H

#define XEN_CPUID_FIRST_LEAF		0x40000000
#define XEN_CPUID_LEAF(i)		(XEN_CPUID_FIRST_LEAF + (i))
#define XEN_CPUID_MAX_NUM_LEAVES	5

#define XEN_CPUID_SIGNATURE_EBX		0x566e6558	/* XenV */
#define XEN_CPUID_SIGNATURE_ECX		0x65584d4d	/* MMXe */
#define XEN_CPUID_SIGNATURE_EDX		0x4d4d566e	/* nVMM */

/* +2, ecx */
#define _XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD	0
#define XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD	(1u << _XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD)

/* +4, eax */
#define XEN_HVM_CPUID_APIC_ACCESS_VIRT	(1u << 0)
#define XEN_HVM_CPUID_X2APIC_VIRT	(1u << 1)
#define XEN_HVM_CPUID_IOMMU_MAPPINGS	(1u << 2)
#define XEN_HVM_CPUID_VCPU_ID_PRESENT	(1u << 3)
#define XEN_HVM_CPUID_DOMID_PRESENT	(1u << 4)
#define XEN_HVM_CPUID_EXT_DEST_ID	(1u << 5)
#define XEN_HVM_CPUID_UPCALL_VECTOR	(1u << 6)

/* +5, ebx */
#define XEN_CPUID_MACHINE_ADDRESS_WIDTH_MASK	(0xffu << 0)
#endif
