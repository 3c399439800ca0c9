/* SPDX-License-Identifier: GPL-2.0-only */
/* The boot's own pieces: stacks of CPUs, what start_xen() calls in other files. */
#ifndef ASM_SETUP_H
#define ASM_SETUP_H

#include <xen/boot_info.h>
#include <asm/current.h>

#define STACK_GUARD_PAGE	4
#define IST_DF			1	/* number in the TSS; its stack is page IST - 1 */
#define IST_NMI			2
#define IST_MCE			3
#define IST_DB			4

/* The CPU aligns the stack to 16 bytes before it pushes a frame: that must not move it away from the guest's regs. */
_Static_assert((sizeof(struct cpu_info) - offsetof(struct cpu_user_regs, es)) % 16 == 0, "frame not where expected");

static inline unsigned long cpu_stack_base(unsigned int cpu)
{
	return STACKS_VIRT_START + cpu * STACK_SIZE;
}

/* Where the CPU's cpu_info lies; the main stack grows down from it. */
static inline unsigned long cpu_stack_top(unsigned int cpu)
{
	return cpu_stack_base(cpu) + STACK_SIZE - sizeof(struct cpu_info);
}

void start_xen(u32 magic, u32 info) __noreturn;
void start_secondary(void) __noreturn;		/* APs, on their own stack in long mode */
extern char _start[], _end[], _stext[], _etext[], _srodata[], _erodata[], __init_begin[], __init_end[], __bss_start[];
extern char _sro_after_init[], _ero_after_init[], _stext_entry[], _etext_entry[];
extern bool system_booted;

/* GDT, TSS and IDT of this CPU. */
void cpu_tables_init(void);
void cpu_syscall_init(void);
/* Switch this CPU's machine-check banks on; what they hold from before is printed and cleared. */
void mcheck_init(void);

#endif
