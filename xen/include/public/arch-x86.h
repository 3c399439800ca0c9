/* SPDX-License-Identifier: MIT */
/*
 * The part of the guest interface that depends on the CPU: handles, register frames, selectors, the
 * hypervisor's hole in a guest's address space, the start state of a vcpu. Included by xen.h, which is what
 * to include.
 *
 * A guest is 64-bit or 32-bit. Words whose width follows the guest (xen_ulong_t, xen_pfn_t, handles) are 8
 * bytes for the former and 4 for the latter; all other fields have one width for both.
 */
#include "xen.h"	/* outside of the guard: whichever of the two comes first, xen.h begins */

#ifndef XEN_PUBLIC_ARCH_X86_H
#define XEN_PUBLIC_ARCH_X86_H

#define XEN_HAVE_PV_GUEST_ENTRY		1
#define XEN_HAVE_PV_UPCALL_MASK		1

/* vcpus that have their vcpu_info inside the shared page; those above must register one elsewhere. */
#define XEN_LEGACY_MAX_VCPUS		32

/* The GDT's last two pages belong to the hypervisor. */
#define FIRST_RESERVED_GDT_PAGE		14
#define FIRST_RESERVED_GDT_BYTE		(FIRST_RESERVED_GDT_PAGE * 4096)
#define FIRST_RESERVED_GDT_ENTRY	(FIRST_RESERVED_GDT_BYTE / 8)

/* Ready-made flat segments that a guest finds in the reserved part of its GDT. */
#if defined(__x86_64__)
#define FLAT_RING3_CS32		0xe023
#define FLAT_RING3_CS64		0xe033
#define FLAT_RING3_DS32		0xe02b
#define FLAT_RING3_DS64		0x0000		/* a null selector: long mode has no use for one */
#define FLAT_RING3_SS32		0xe02b
#define FLAT_RING3_SS64		0xe02b

/* Kernel and user of a 64-bit guest both run in ring 3. */
#define FLAT_KERNEL_CS32	FLAT_RING3_CS32
#define FLAT_KERNEL_CS64	FLAT_RING3_CS64
#define FLAT_KERNEL_CS		FLAT_KERNEL_CS64
#define FLAT_KERNEL_DS32	FLAT_RING3_DS32
#define FLAT_KERNEL_DS64	FLAT_RING3_DS64
#define FLAT_KERNEL_DS		FLAT_KERNEL_DS64
#define FLAT_KERNEL_SS32	FLAT_RING3_SS32
#define FLAT_KERNEL_SS64	FLAT_RING3_SS64
#define FLAT_KERNEL_SS		FLAT_KERNEL_SS64
#define FLAT_USER_CS32		FLAT_RING3_CS32
#define FLAT_USER_CS64		FLAT_RING3_CS64
#define FLAT_USER_CS		FLAT_USER_CS64
#define FLAT_USER_DS32		FLAT_RING3_DS32
#define FLAT_USER_DS64		FLAT_RING3_DS64
#define FLAT_USER_DS		FLAT_USER_DS64
#define FLAT_USER_SS32		FLAT_RING3_SS32
#define FLAT_USER_SS64		FLAT_RING3_SS64
#define FLAT_USER_SS		FLAT_USER_SS64

/* Which slots of a top-level table are not the guest's, and where it reads the machine-to-phys table. */
#define __HYPERVISOR_VIRT_START	0xFFFF800000000000
#define __HYPERVISOR_VIRT_END	0xFFFF880000000000
#define __MACH2PHYS_VIRT_START	0xFFFF800000000000
#define __MACH2PHYS_VIRT_END	0xFFFF804000000000
#ifndef HYPERVISOR_VIRT_START
#define HYPERVISOR_VIRT_START	xen_mk_ulong(__HYPERVISOR_VIRT_START)
#define HYPERVISOR_VIRT_END	xen_mk_ulong(__HYPERVISOR_VIRT_END)
#endif
#define MACH2PHYS_VIRT_START	xen_mk_ulong(__MACH2PHYS_VIRT_START)
#define MACH2PHYS_VIRT_END	xen_mk_ulong(__MACH2PHYS_VIRT_END)
#define MACH2PHYS_NR_ENTRIES	((MACH2PHYS_VIRT_END - MACH2PHYS_VIRT_START) >> 3)
#ifndef machine_to_phys_mapping
#define machine_to_phys_mapping	((unsigned long *)HYPERVISOR_VIRT_START)
#endif

/* set_segment_base(which, base); the last takes a selector for the user's GS instead of a base. */
#define SEGBASE_FS		0
#define SEGBASE_GS_USER		1
#define SEGBASE_GS_KERNEL	2
#define SEGBASE_GS_USER_SEL	3
#else
#define FLAT_RING1_CS		0xe019
#define FLAT_RING1_DS		0xe021
#define FLAT_RING1_SS		0xe021
#define FLAT_RING3_CS		0xe02b
#define FLAT_RING3_DS		0xe033
#define FLAT_RING3_SS		0xe033

/* A 32-bit guest's kernel runs in ring 1, its user in ring 3. */
#define FLAT_KERNEL_CS		FLAT_RING1_CS
#define FLAT_KERNEL_DS		FLAT_RING1_DS
#define FLAT_KERNEL_SS		FLAT_RING1_SS
#define FLAT_USER_CS		FLAT_RING3_CS
#define FLAT_USER_DS		FLAT_RING3_DS
#define FLAT_USER_SS		FLAT_RING3_SS

#define __HYPERVISOR_VIRT_START_PAE	0xF5800000
#define __MACH2PHYS_VIRT_START_PAE	0xF5800000
#define __MACH2PHYS_VIRT_END_PAE	0xF6800000
#define __HYPERVISOR_VIRT_START		__HYPERVISOR_VIRT_START_PAE
#define __MACH2PHYS_VIRT_START		__MACH2PHYS_VIRT_START_PAE
#define __MACH2PHYS_VIRT_END		__MACH2PHYS_VIRT_END_PAE
#define HYPERVISOR_VIRT_START		xen_mk_ulong(__HYPERVISOR_VIRT_START)
#define MACH2PHYS_VIRT_START		xen_mk_ulong(__MACH2PHYS_VIRT_START)
#define MACH2PHYS_VIRT_END		xen_mk_ulong(__MACH2PHYS_VIRT_END)
#define MACH2PHYS_NR_ENTRIES		((MACH2PHYS_VIRT_END - MACH2PHYS_VIRT_START) >> 2)
#ifndef machine_to_phys_mapping
#define machine_to_phys_mapping		((unsigned long *)MACH2PHYS_VIRT_START)
#endif
#endif

/* The port on which a hypervisor built for debugging prints what an HVM guest writes. */
#define XEN_HVM_DEBUGCONS_IOPORT	0xe9

/* vcpu_guest_context.flags */
#define _VGCF_i387_valid		0	/* fpu_ctxt holds something */
#define VGCF_i387_valid			(1 << _VGCF_i387_valid)
#define VGCF_I387_VALID			VGCF_i387_valid
#define _VGCF_in_kernel			2	/* starts in the guest's kernel mode */
#define VGCF_in_kernel			(1 << _VGCF_in_kernel)
#define VGCF_IN_KERNEL			VGCF_in_kernel
#define _VGCF_failsafe_disables_events	3	/* the failsafe callback is entered with upcalls masked */
#define VGCF_failsafe_disables_events	(1 << _VGCF_failsafe_disables_events)
#define _VGCF_syscall_disables_events	4	/* likewise the system call callback */
#define VGCF_syscall_disables_events	(1 << _VGCF_syscall_disables_events)
#define _VGCF_online			5	/* the vcpu is up */
#define VGCF_online			(1 << _VGCF_online)
#if defined(__x86_64__)
/* iret_context.flags: return by sysret, rcx and r11 may be lost */
#define _VGCF_in_syscall		8
#define VGCF_in_syscall			(1 << _VGCF_in_syscall)
#define VGCF_IN_SYSCALL			VGCF_in_syscall
#endif

/*
 * trap_info.flags: the lowest ring that may raise the trap by `int`, and whether upcalls get masked on entry.
 */
#define TI_GET_DPL(ti)		((ti)->flags & 3)
#define TI_GET_IF(ti)		((ti)->flags & 4)
#define TI_SET_DPL(ti, dpl)	((ti)->flags |= (dpl))
#define TI_SET_IF(ti, on)	((ti)->flags |= (!!(on) << 2))

/*
 * xen_arch_domainconfig.emulation_flags: the devices that the hypervisor emulates; none for a PV guest but
 * the PIT.
 */
#define _XEN_X86_EMU_LAPIC	0
#define XEN_X86_EMU_LAPIC	(1U << _XEN_X86_EMU_LAPIC)
#define _XEN_X86_EMU_HPET	1
#define XEN_X86_EMU_HPET	(1U << _XEN_X86_EMU_HPET)
#define _XEN_X86_EMU_PM		2
#define XEN_X86_EMU_PM		(1U << _XEN_X86_EMU_PM)
#define _XEN_X86_EMU_RTC	3
#define XEN_X86_EMU_RTC		(1U << _XEN_X86_EMU_RTC)
#define _XEN_X86_EMU_IOAPIC	4
#define XEN_X86_EMU_IOAPIC	(1U << _XEN_X86_EMU_IOAPIC)
#define _XEN_X86_EMU_PIC	5
#define XEN_X86_EMU_PIC		(1U << _XEN_X86_EMU_PIC)
#define _XEN_X86_EMU_VGA	6
#define XEN_X86_EMU_VGA		(1U << _XEN_X86_EMU_VGA)
#define _XEN_X86_EMU_IOMMU	7
#define XEN_X86_EMU_IOMMU	(1U << _XEN_X86_EMU_IOMMU)
#define _XEN_X86_EMU_PIT	8
#define XEN_X86_EMU_PIT		(1U << _XEN_X86_EMU_PIT)
#define _XEN_X86_EMU_USE_PIRQ	9
#define XEN_X86_EMU_USE_PIRQ	(1U << _XEN_X86_EMU_USE_PIRQ)
#define _XEN_X86_EMU_VPCI	10
#define XEN_X86_EMU_VPCI	(1U << _XEN_X86_EMU_VPCI)
#define XEN_X86_EMU_ALL		((1U << 11) - 1)
/* xen_arch_domainconfig.misc_flags */
#define XEN_X86_MSR_RELAXED	(1U << 0)	/* reads of unknown MSRs give 0 instead of a fault */
#define XEN_X86_MISC_FLAGS_MAX	XEN_X86_MSR_RELAXED

#define XEN_CPUID_NO_SUBLEAF	0xffffffffU

/* An invalid opcode followed by three letters: the CPUID (or other) instruction after it is emulated. */
#ifdef __ASSEMBLER__
#define XEN_EMULATE_PREFIX	.byte 0x0f, 0x0b, 0x78, 0x65, 0x6e ;
#define XEN_CPUID		XEN_EMULATE_PREFIX cpuid
#else
#define XEN_EMULATE_PREFIX	".byte 0x0f, 0x0b, 0x78, 0x65, 0x6e ; "
#define XEN_CPUID		XEN_EMULATE_PREFIX "cpuid"

#if defined(__x86_64__)
typedef uint64_t xen_ulong_t;
typedef uint64_t xen_pfn_t;
#else
typedef uint32_t xen_ulong_t;
typedef unsigned long xen_pfn_t;
#endif
#define PRI_xen_pfn	"lx"
#define PRIu_xen_pfn	"lu"
#define PRI_xen_ulong	"lx"

#define int64_aligned_t		int64_t __attribute__((__aligned__(8)))
#define uint64_aligned_t	uint64_t __attribute__((__aligned__(8)))

/*
 * Pointers that cross the interface are wrapped in a struct, so that they cannot be followed by mistake. A
 * plain handle has the guest's pointer width; a _64 handle takes 8 bytes for both kinds of guest.
 */
#define XEN_HANDLE_TYPES_(name, type)						\
	typedef struct { type *p; } __guest_handle_##name;			\
	typedef struct { union { type *p; uint64_aligned_t q; }; } __guest_handle_64_##name
#define __DEFINE_XEN_GUEST_HANDLE(name, type)					\
	XEN_HANDLE_TYPES_(name, type);						\
	XEN_HANDLE_TYPES_(const_##name, const type)
#define DEFINE_XEN_GUEST_HANDLE(name)	__DEFINE_XEN_GUEST_HANDLE(name, name)
#define __XEN_GUEST_HANDLE(name)	__guest_handle_##name
#define XEN_GUEST_HANDLE(name)		__XEN_GUEST_HANDLE(name)
#define XEN_GUEST_HANDLE_PARAM(name)	XEN_GUEST_HANDLE(name)
#define __XEN_GUEST_HANDLE_64(name)	__guest_handle_64_##name
#define XEN_GUEST_HANDLE_64(name)	__XEN_GUEST_HANDLE_64(name)
/* All 8 bytes get defined, also where a pointer has 4. */
#define set_xen_guest_handle_raw(hnd, val)					\
	do {									\
		__builtin_memset(&(hnd), 0, sizeof(hnd));			\
		(hnd).p = (val);						\
	} while (0)
#define set_xen_guest_handle(hnd, val)	set_xen_guest_handle_raw(hnd, val)

/* One register under its names of all widths. */
#if defined(__x86_64__)
#define XEN_REG_WORD_(n)	union { uint64_t r##n; uint32_t e##n; uint16_t n; }
#define XEN_REG_BYTE_(n)	union { uint64_t r##n; uint32_t e##n; uint16_t n; uint8_t n##l; }
#define XEN_REG_PAIR_(n)							\
	union {									\
		uint64_t r##n##x;						\
		uint32_t e##n##x;						\
		uint16_t n##x;							\
		struct { uint8_t n##l, n##h; };					\
	}
#define XEN_REG_NUM_(n)		union { uint64_t r##n; uint32_t r##n##d; uint16_t r##n##w; uint8_t r##n##b; }

/*
 * Registers of a stopped vcpu. Its order is that of the hypervisor's own trap frame: what the entry code
 * saves by hand, what the CPU pushes, and the selectors that only a debugger or a saved context needs.
 */
struct cpu_user_regs {
	XEN_REG_NUM_(15);
	XEN_REG_NUM_(14);
	XEN_REG_NUM_(13);
	XEN_REG_NUM_(12);
	XEN_REG_BYTE_(bp);
	XEN_REG_PAIR_(b);
	XEN_REG_NUM_(11);
	XEN_REG_NUM_(10);
	XEN_REG_NUM_(9);
	XEN_REG_NUM_(8);
	XEN_REG_PAIR_(a);
	XEN_REG_PAIR_(c);
	XEN_REG_PAIR_(d);
	XEN_REG_BYTE_(si);
	XEN_REG_BYTE_(di);
	uint32_t error_code;
	uint32_t entry_vector;
	XEN_REG_WORD_(ip);
	uint16_t cs, _pad0[1];
	uint8_t saved_upcall_mask;	/* evtchn_upcall_mask at the time of the trap */
	uint8_t _pad1[3];
	XEN_REG_WORD_(flags);		/* IF is that of the real CPU, not the guest's idea of it */
	XEN_REG_BYTE_(sp);
	uint16_t ss, _pad2[3];
	uint16_t es, _pad3[3];
	uint16_t ds, _pad4[3];
	uint16_t fs, _pad5[3];
	uint16_t gs, _pad6[3];
};
#undef XEN_REG_NUM_

/* What the iret hypercall finds at the guest's stack pointer. */
struct iret_context {
	uint64_t rax, r11, rcx, flags, rip, cs, rflags, rsp, ss;
};

struct arch_vcpu_info {
	xen_ulong_t cr2;		/* address of the last page fault */
	xen_ulong_t pad;
};

typedef unsigned long xen_callback_t;	/* where a callback starts; its segment is flat */

/* CR3 as vcpu_guest_context.ctrlreg[3] holds it */
#define xen_pfn_to_cr3(pfn)	((unsigned long)(pfn) << 12)
#define xen_cr3_to_pfn(cr3)	((unsigned long)(cr3) >> 12)
#else
#define XEN_REG_WORD_(n)	union { uint32_t e##n, _e##n; uint16_t n; }
#define XEN_REG_PAIR_(n)							\
	union {									\
		uint32_t e##n##x;						\
		uint16_t n##x;							\
		struct { uint8_t n##l, n##h; };					\
	}

/* Registers of a stopped vcpu of a 32-bit guest. */
struct cpu_user_regs {
	XEN_REG_PAIR_(b);
	XEN_REG_PAIR_(c);
	XEN_REG_PAIR_(d);
	XEN_REG_WORD_(si);
	XEN_REG_WORD_(di);
	XEN_REG_WORD_(bp);
	XEN_REG_PAIR_(a);
	uint16_t error_code;
	uint16_t entry_vector;
	XEN_REG_WORD_(ip);
	uint16_t cs;
	uint8_t saved_upcall_mask;
	uint8_t _pad0;
	XEN_REG_WORD_(flags);
	XEN_REG_WORD_(sp);
	uint16_t ss, _pad1;
	uint16_t es, _pad2;
	uint16_t ds, _pad3;
	uint16_t fs, _pad4;
	uint16_t gs, _pad5;
};

struct arch_vcpu_info {
	xen_ulong_t cr2;
	xen_ulong_t pad[5];
};

struct xen_callback {
	unsigned long cs;
	unsigned long eip;
};
typedef struct xen_callback xen_callback_t;

/* A PAE top-level table may lie above 4 GB: the frame number's upper bits go below its lower ones. */
#define xen_pfn_to_cr3(pfn)	(((unsigned)(pfn) << 12) | ((unsigned)(pfn) >> 20))
#define xen_cr3_to_pfn(cr3)	(((unsigned)(cr3) >> 12) | ((unsigned)(cr3) << 20))
#endif
#undef XEN_REG_WORD_
#undef XEN_REG_BYTE_
#undef XEN_REG_PAIR_

typedef struct cpu_user_regs cpu_user_regs_t;
DEFINE_XEN_GUEST_HANDLE(cpu_user_regs_t);
typedef struct arch_vcpu_info arch_vcpu_info_t;
typedef uint64_t tsc_timestamp_t;

/* One gate of a guest's trap table. A table ends with an entry whose address is 0. */
struct trap_info {
	uint8_t vector;
	uint8_t flags;			/* TI_ */
	uint16_t cs;
	unsigned long address;
};
typedef struct trap_info trap_info_t;
DEFINE_XEN_GUEST_HANDLE(trap_info_t);

/* The whole state of a vcpu, as the domain builder or a booting guest gives it. */
struct vcpu_guest_context {
	struct { char x[512]; } fpu_ctxt;	/* the FXSAVE image */
	unsigned long flags;			/* VGCF_ */
	struct cpu_user_regs user_regs;
	struct trap_info trap_ctxt[256];
	unsigned long ldt_base, ldt_ents;	/* virtual address, number of entries */
	unsigned long gdt_frames[16], gdt_ents;	/* machine frames, number of entries */
	unsigned long kernel_ss, kernel_sp;	/* stack for entries from user mode */
	unsigned long ctrlreg[8];		/* [3], and [1] for the user half: page table bases */
	unsigned long debugreg[8];
#if defined(__x86_64__)
	unsigned long event_callback_eip;
	unsigned long failsafe_callback_eip;
	union {
		unsigned long syscall_callback_eip;
		struct {			/* of a 32-bit guest's context that was widened */
			uint32_t event_callback_cs;
			uint32_t failsafe_callback_cs;
		};
	};
	unsigned long vm_assist;		/* bit per VMASST_TYPE_ */
	uint64_t fs_base;
	uint64_t gs_base_kernel;
	uint64_t gs_base_user;
#else
	unsigned long event_callback_cs;
	unsigned long event_callback_eip;
	unsigned long failsafe_callback_cs;
	unsigned long failsafe_callback_eip;
	unsigned long vm_assist;
#endif
};
typedef struct vcpu_guest_context vcpu_guest_context_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_guest_context_t);

/*
 * Tail of the shared page, written by the guest so that the toolstack can find its phys-to-machine table:
 * either a three-level list of frames, or (p2m_cr3 not 0) an array at a virtual address of that page table,
 * which is stable while p2m_generation is even.
 */
struct arch_shared_info {
	unsigned long max_pfn;
	xen_pfn_t pfn_to_mfn_frame_list_list;
	unsigned long nmi_reason;		/* XEN_NMIREASON_ bits, from the hypervisor */
	unsigned long p2m_cr3;
	unsigned long p2m_vaddr;
	unsigned long p2m_generation;
#if defined(__i386__)
	uint32_t wc_sec_hi;
#endif
};
typedef struct arch_shared_info arch_shared_info_t;

/* Part of the arguments of domain creation. */
struct xen_arch_domainconfig {
	uint32_t emulation_flags;		/* XEN_X86_EMU_ */
	uint32_t misc_flags;
};

/* A row of a CPUID policy; subleaf is XEN_CPUID_NO_SUBLEAF where a leaf has none. */
typedef struct xen_cpuid_leaf {
	uint32_t leaf, subleaf;
	uint32_t a, b, c, d;
} xen_cpuid_leaf_t;
DEFINE_XEN_GUEST_HANDLE(xen_cpuid_leaf_t);

/* A row of an MSR policy. */
typedef struct xen_msr_entry {
	uint32_t idx;
	uint32_t flags;				/* must be 0 */
	uint64_t val;
} xen_msr_entry_t;
DEFINE_XEN_GUEST_HANDLE(xen_msr_entry_t);

#endif /* __ASSEMBLER__ */
#endif
