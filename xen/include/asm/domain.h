/* SPDX-License-Identifier: GPL-2.0-only */
/* The x86 parts of a domain and of a vcpu. Letters as in xen/sched.h; o: only the CPU that runs it, or whoever paused it. */
#ifndef ASM_DOMAIN_H
#define ASM_DOMAIN_H

#include <xen/spinlock.h>
#include <asm/page.h>
#include <public/xen.h>

/* arch_vcpu.flags */
#define TF_kernel_mode		0x01	/* runs its kernel: the kernel root is loaded, GS base is the kernel's */

#define TRAP_BOUNCE_ERRCODE	0x01
#define TRAP_BOUNCE_INTERRUPT	0x02	/* mask events on the way in */

struct trap_bounce {
	u32 error_code;
	u8 flags;	/* not 0: deliver it on the way out */
	u8 nmi;		/* look at vcpu.nmi_pending on the way out; set by anybody */
	u16 cs;
	u32 pad;
	unsigned long eip;
};

/* o, all of it, unless told otherwise. */
struct arch_vcpu {
	struct cpu_user_regs user_regs;		/* while it does not run */
	unsigned long flags;			/* TF_* */
	l1e_t *perdomain_ptes;			/* 16 of the GDT view, 16 of the LDT view */

	/* Page tables: type references are held on both. */
	mfn_t guest_table;			/* kernel root (L4) */
	mfn_t guest_table_user;			/* user root, INVALID_MFN: none */
	struct page_info *old_guest_table;	/* a root whose release was preempted */

	/* Callbacks. */
	unsigned long event_callback_eip, failsafe_callback_eip, syscall_callback_eip;
	unsigned long sysenter_callback_eip, syscall32_callback_eip;
	u16 sysenter_callback_cs, syscall32_callback_cs;
	bool syscall32_disables_events, sysenter_disables_events, syscall_disables_events, failsafe_disables_events;
	struct trap_info *trap_ctxt;		/* 256 entries */
	struct trap_bounce trap_bounce;
	unsigned long nmi_callback_eip;

	/* Privileged state as the guest set it. */
	unsigned long kernel_ss, kernel_sp;
	unsigned long syscall_sp;		/* kernel_sp where entry.S may write a system call's frame by itself, else 0 */
	unsigned long ctrlreg[5];		/* its view of CR0..CR4; [2]: last fault address it was told, also in vcpu_info */
	unsigned long fs_base, gs_base_kernel, gs_base_user;	/* while it does not run: the bases of the present mode and the other */
	unsigned int iopl;			/* virtual, 0..3 */
	unsigned long dr[8];
	unsigned long dr7_emul;			/* I/O breakpoints */
	u64 tsc_aux;
	u64 spec_ctrl;

	unsigned int gdt_ents, ldt_ents;
	unsigned long ldt_base;
	u64 gdt_frames[16];

	u8 *iobmp_unused;
	u64 iobmp;				/* guest address of its I/O permission bitmap */
	unsigned int iobmp_limit;

	void *xsave_area;			/* xsave_size bytes, 64-aligned */
	u64 xcr0, xcr0_accum;
};

struct cpu_policy;

struct arch_domain {
	l3e_t *perdomain_l3;			/* slot 260 of all its L4s; c */
	struct page_info *perdomain_pgs[4];
	struct cpu_policy *cpu_policy;		/* what CPUID shows it */
	bool is_32bit;
	bool tsc_native;
	u32 tsc_mode, tsc_khz, tsc_incarnation;
	u64 vtsc_offset;
	s64 time_offset;
	spinlock_t e820_lock;
	void *e820;				/* XENMEM_set_memory_map */
	unsigned int nr_e820;
	u8 *ioport_caps;			/* bitmap of 65536 bits: 1 is allowed; NULL: none */
	u64 pci_cf8;
	unsigned long pirq_eoi_map_mfn;
	void *pirq_eoi_map;
	bool auto_unmask;
};

#endif
