/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a CPU keeps at the top of its stack: the guest's registers as the entry code pushed them, who it is, and whom it runs.
 * Every stack pointer of this CPU (also those of NMI, #MC and #DF) lies in one STACK_SIZE aligned area, so that masking it finds this.
 *
 *   STACK_SIZE  +--------------+
 *               |   cpu_info   |
 *               |  main stack  |  pages 5..7 (grows down; page 4 is not mapped)
 *               |   IST pages  |  page 0 #DF, page 1 NMI, page 2 #MC, page 3 #DB
 *   0           +--------------+
 */
#ifndef ASM_CURRENT_H
#define ASM_CURRENT_H

#include <xen/types.h>
#include <asm/config.h>
#include <public/xen.h>

struct vcpu;

struct cpu_info {
	struct cpu_user_regs guest_cpu_user_regs;
	unsigned int processor_id;
	unsigned int flags;
	struct vcpu *current_vcpu;
	unsigned long per_cpu_offset;
	unsigned long scratch[3];
};

#ifdef XEN_HOST_TEST
struct cpu_info *get_cpu_info(void);	/* the fake architecture's */
#else
static always_inline struct cpu_info *get_cpu_info(void)
{
	unsigned long sp;

	__asm__("mov %%rsp, %0" : "=r"(sp));
	return (struct cpu_info *)((sp | (STACK_SIZE - 1)) + 1) - 1;
}
#endif

#define current			(get_cpu_info()->current_vcpu)
#define set_current(v)		(get_cpu_info()->current_vcpu = (v))
#define guest_cpu_user_regs()	(&get_cpu_info()->guest_cpu_user_regs)

/* Drop all that is on this CPU's stack and go on at fn. */
#define reset_stack_and_jump(fn) do {								\
	__asm__ volatile("mov %0, %%rsp; jmp %c1"						\
			 :: "r"(guest_cpu_user_regs()), "i"(fn) : "memory");			\
	__builtin_unreachable();								\
} while (0)

#endif
