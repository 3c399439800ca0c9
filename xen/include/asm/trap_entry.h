/* SPDX-License-Identifier: GPL-2.0-only */
/* Between arch/x86/entry (assembly) and the C that it calls. */
#ifndef ASM_TRAP_ENTRY_H
#define ASM_TRAP_ENTRY_H

#include <public/xen.h>

#define TRAP_syscall	0x100	/* in regs->entry_vector: rcx and r11 need not be restored */

/* Labels. */
void test_all_events(void);
void restore_all_guest(void);
extern const char iret_to_guest[];

/* Called by entry.S with interrupts off. */
void do_exception(struct cpu_user_regs *regs);
void do_exception_xen(struct cpu_user_regs *regs);
void do_debug(struct cpu_user_regs *regs);
void do_nmi(struct cpu_user_regs *regs);
void do_machine_check(struct cpu_user_regs *regs);
void do_double_fault(struct cpu_user_regs *regs);
void do_syscall32(struct cpu_user_regs *regs);
void pv_deliver_bounce(void);
void pv_deliver_upcall(void);
void pv_deliver_syscall(struct cpu_user_regs *regs);
void pv_syscall_frame_fault(void);
void pv_iret_frame_fault(void);
void pv_inject_failsafe(void);
void save_selectors(struct cpu_user_regs *regs);	/* ds, es, fs, gs as they are loaded now */

/* usercopy.S: 0, or 1 when the selector was bad and a null one was loaded. */
int load_ds(unsigned int sel);
int load_es(unsigned int sel);
int load_fs(unsigned int sel);
int load_gs(unsigned int sel);
int load_gs_user(unsigned int sel);

#endif
