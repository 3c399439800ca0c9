/* SPDX-License-Identifier: GPL-2.0-only */
/* The virtual CPU of a paravirtual guest: modes, bounce frames, descriptor tables, emulated instructions. */
#ifndef ASM_PV_H
#define ASM_PV_H

#include <xen/sched.h>

/* Swap the kernel's and the user's address space and GS base; current only, interrupts may be on. */
void toggle_guest_mode(struct vcpu *v);

/* May a guest of d have this descriptor in its GDT or LDT? Fixes the privilege level up to 3 and the accessed bit in place. */
bool pv_check_descriptor(const struct domain *d, u64 *desc);
/* Point v's GDT view at the frames (ents entries): takes seg_desc references; -EINVAL. The old ones are released. */
int pv_set_gdt(struct vcpu *v, const u64 *frames, unsigned int entries);
void pv_destroy_gdt(struct vcpu *v);
/* Same for the LDT, given by guest virtual address; MMUEXT_SET_LDT. -EINVAL. */
int pv_set_ldt(struct vcpu *v, unsigned long base, unsigned int entries);
void pv_destroy_ldt(struct vcpu *v);

/* Fill a page with the 32-byte stubs of the hypercall page. */
void hypercall_page_init(void *page);

/* A #GP or #UD of the guest's kernel that is ours to carry out: true when done (rip moved, or another fault injected). */
bool pv_emulate_privileged_op(struct cpu_user_regs *regs);
bool pv_emulate_invalid_op(struct cpu_user_regs *regs);
/* #GP error code that names an IDT entry: the guest's `int n`. */
bool pv_emulate_int_n(struct cpu_user_regs *regs);

/* Selector values that a guest's code may load: never ours. */
static inline bool guest_selector_ok(u16 sel)
{
	return (sel & 4) || (sel & 0xfff8) == 0 || (sel >> 3) < FIRST_RESERVED_GDT_ENTRY || (sel & 0xfff8) >= 0xe018;
}

/* Debug registers: -EINVAL no such register, -EPERM bad value. */
int pv_set_debugreg(struct vcpu *v, unsigned int reg, unsigned long value);
void pv_load_debugregs(const struct vcpu *v);
void pv_clear_debugregs(void);

/* After a change of the system call callback or of the kernel stack. */
void pv_update_syscall_path(struct vcpu *v);

/* FPU and extended state. */
void fpu_init_boot(void);		/* boot CPU: which components, how large */
void fpu_init_cpu(void);
int fpu_vcpu_init(struct vcpu *v);
void fpu_vcpu_destroy(struct vcpu *v);
void fpu_save(struct vcpu *v);
void fpu_restore(struct vcpu *v);
extern u64 xfeature_mask;
extern unsigned int xsave_size;
int pv_set_xcr0(struct vcpu *v, u64 xcr0);	/* -EINVAL: a set of components that the CPU would refuse */
void fpu_enter_guest(const struct vcpu *v);	/* its XCR0 instead of ours, and back */
void fpu_leave_guest(const struct vcpu *v);
/* For save and restore: the vcpu's area in XSAVE's standard format. */
void fpu_set_legacy(struct vcpu *v, const void *fxsave_512);
void fpu_get_legacy(const struct vcpu *v, void *fxsave_512);

#endif
