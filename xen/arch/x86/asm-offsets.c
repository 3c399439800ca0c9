/* SPDX-License-Identifier: GPL-2.0-only */
/* Offsets and constants for assembly: the Makefile turns the `->NAME value` lines of this file's compiler output into a header. */
#include <xen/hypercall.h>
#include <xen/sched.h>
#include <asm/processor.h>
#include <asm/setup.h>

#define DEFINE(name, value)	__asm__ volatile("\n.ascii \"->" #name " %0\"" :: "i"((unsigned long)(value)))
#define OFFSET(name, type, member) DEFINE(name, offsetof(type, member))
#define REG(r)			OFFSET(UREGS_##r, struct cpu_user_regs, r)

void asm_offsets(void);
void asm_offsets(void)
{
	REG(r15); REG(r11); REG(r10); REG(rax); REG(rcx); REG(rdi); REG(error_code); REG(entry_vector);
	REG(rip); REG(cs); REG(rflags); REG(rsp); REG(ss); REG(es);
	DEFINE(UREGS_sizeof, sizeof(struct cpu_user_regs));
	OFFSET(CPUINFO_processor_id, struct cpu_info, processor_id);
	OFFSET(CPUINFO_current, struct cpu_info, current_vcpu);
	OFFSET(CPUINFO_per_cpu_offset, struct cpu_info, per_cpu_offset);
	DEFINE(CPUINFO_sizeof, sizeof(struct cpu_info));
	OFFSET(VCPU_vcpu_info, struct vcpu, vcpu_info);
	OFFSET(VCPU_flags, struct vcpu, arch.flags);
	OFFSET(VCPU_bounce_eip, struct vcpu, arch.trap_bounce.eip);
	OFFSET(VCPU_bounce_flags, struct vcpu, arch.trap_bounce.flags);	/* and nmi, in one word */
	OFFSET(VCPU_syscall_eip, struct vcpu, arch.syscall_callback_eip);
	OFFSET(VCPU_syscall_disables_events, struct vcpu, arch.syscall_disables_events);
	OFFSET(VCPU_syscall_sp, struct vcpu, arch.syscall_sp);
	OFFSET(VCPU_iopl, struct vcpu, arch.iopl);
	OFFSET(VCPU_guest_table, struct vcpu, arch.guest_table);
	OFFSET(VCPU_guest_table_user, struct vcpu, arch.guest_table_user);
	OFFSET(VCPU_async_nmi_masked, struct vcpu, async_nmi_masked);
	OFFSET(VCPUINFO_upcall_pending, struct vcpu_info, evtchn_upcall_pending);
	OFFSET(VCPUINFO_upcall_mask, struct vcpu_info, evtchn_upcall_mask);
	DEFINE(NR_HYPERCALLS_ASM, NR_HYPERCALLS);
}
