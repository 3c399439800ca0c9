/* SPDX-License-Identifier: GPL-2.0-only */
/* Exceptions: ours are bugs (or known faults with a fix-up), the guests' are bounced to them. */
#ifndef XEN_TRAPS_H
#define XEN_TRAPS_H

#include <asm/processor.h>
#include <public/xen.h>

struct vcpu;

void trap_init_early(void);	/* IDT of the boot CPU: faults are printed from now on */
/* Make current take exception `vector` when it next runs (error code where the vector has one). */
void pv_inject_event(unsigned int vector, unsigned int error_code);
void pv_inject_page_fault(unsigned long addr, unsigned int error_code);
void pv_inject_gp(unsigned int error_code);
void show_registers(const struct cpu_user_regs *regs);
void show_execution_state(const struct cpu_user_regs *regs);
void dump_backtrace(void);
/* Name the code address: "name", offset and size; NULL when it is none of ours. */
const char *symbols_lookup(unsigned long addr, unsigned long *offset, unsigned long *size);

/* A CPU for the guest: is it in its kernel? */
bool guest_kernel_mode(const struct vcpu *v, const struct cpu_user_regs *regs);

#endif
