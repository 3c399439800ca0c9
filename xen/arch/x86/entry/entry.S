/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ways in and out. A guest's registers are always the first struct cpu_user_regs below this CPU's cpu_info. On the way out,
 * with interrupts off: softirqs, then a pending bounce, then a pending event upcall, then registers and SYSRET or IRET.
 *
 *   %rsp  regs of the guest (from syscall_common and test_all_events on)
 *   %rbx  current vcpu
 */
#include <asm/asm_defns.h>

	.section .text.entry, "ax", @progbits
	.code64

/*
 * SYSCALL leaves the guest's stack pointer in place and nothing to save it with, so each CPU has its own few
 * instructions, which know where its stack is.
 */
	.globl syscall_stubs, compat_syscall_stubs
	.p2align 5
syscall_stubs:
.set cpu, 0
.rept NR_CPUS
	.p2align 5
	mov %rsp, (cpu_stacks + (cpu + 1) * STACK_SIZE - CPUINFO_sizeof + UREGS_rsp)(%rip)
	lea (cpu_stacks + (cpu + 1) * STACK_SIZE - CPUINFO_sizeof + UREGS_rsp)(%rip), %rsp
	jmp syscall_common
.set cpu, cpu + 1
.endr
	.p2align 5
compat_syscall_stubs:
.set cpu, 0
.rept NR_CPUS
	.p2align 5
	mov %rsp, (cpu_stacks + (cpu + 1) * STACK_SIZE - CPUINFO_sizeof + UREGS_rsp)(%rip)
	lea (cpu_stacks + (cpu + 1) * STACK_SIZE - CPUINFO_sizeof + UREGS_rsp)(%rip), %rsp
	jmp syscall32_common
.set cpu, cpu + 1
.endr

/* 32-bit SYSCALL of a user program: #UD to the guest, unless it has a callback for it. */
ENTRY syscall32_common
	movq $FLAT_RING3_SS64, 8(%rsp)
	push %r11
	pushq $0xe023
	push %rcx
	pushq $0
	movl $TRAP_SYSCALL, 4(%rsp)
	SAVE_ALL
	mov %rsp, %rdi
	mov (CPUINFO_current)(%rsp), %rbx
	call do_syscall32
	jmp test_all_events

ENTRY syscall_common
	movq $FLAT_RING3_SS64, 8(%rsp)
	push %r11
	pushq $FLAT_RING3_CS64
	push %rcx
	pushq $0
	movl $TRAP_SYSCALL, 4(%rsp)
	SAVE_ALL
	mov (CPUINFO_current)(%rsp), %rbx
	testb $1, VCPU_flags(%rbx)		/* TF_kernel_mode */
	jz guest_syscall

	/* A hypercall: the arguments are where C wants them, but for the fourth. */
	sti
	cmp $NR_HYPERCALLS_ASM, %rax
	jae bad_hypercall
	mov %r10, %rcx
	lea hypercall_table(%rip), %r11
	call *(%r11, %rax, 8)
hypercall_done:
	mov %rax, UREGS_rax(%rsp)

/* Interrupts in any state; %rsp: the guest's regs. */
ENTRY test_all_events
	cli
	mov (CPUINFO_current)(%rsp), %rbx
test_events_off:
	mov CPUINFO_per_cpu_offset(%rsp), %rdx
	lea per_cpu__softirq_pending(%rip), %rax
	cmpq $0, (%rax, %rdx)
	jne process_softirqs
	cmpb $0, VCPU_bounce_flags(%rbx)
	jne process_bounce
	mov VCPU_vcpu_info(%rbx), %rax
	movzwl VCPUINFO_upcall_pending(%rax), %eax	/* pending in the low byte, mask in the next */
	cmp $0xff, %eax
	ja restore_all_guest			/* masked */
	test %al, %al
	jnz process_upcall

ENTRY restore_all_guest
	testb $TRAP_SYSCALL >> 8, UREGS_entry_vector + 1(%rsp)
	jz iret_exit_to_guest
	cmpw $FLAT_RING3_CS64, UREGS_cs(%rsp)
	jne iret_exit_to_guest
	/* SYSRET with a non-canonical address faults in ring 0 on Intel's CPUs. */
	mov UREGS_rip(%rsp), %rcx
	mov %rcx, %rax
	shl $16, %rax
	sar $16, %rax
	cmp %rcx, %rax
	jne iret_exit_to_guest
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
	add $8, %rsp
	pop %r10
	pop %r9
	pop %r8
	pop %rax
	add $8, %rsp
	pop %rdx
	pop %rsi
	pop %rdi
	mov UREGS_rflags - UREGS_error_code(%rsp), %r11
	mov UREGS_rsp - UREGS_error_code(%rsp), %rsp
	sysretq

iret_exit_to_guest:
	RESTORE_ALL
	.globl iret_to_guest
iret_to_guest:
	iretq

bad_hypercall:
	mov $-38, %rax				/* ENOSYS */
	jmp hypercall_done

process_softirqs:
	sti
	call do_softirq
	jmp test_all_events

process_bounce:
	call pv_deliver_bounce
	jmp test_all_events

process_upcall:
	call pv_deliver_upcall
	jmp test_all_events

/* SYSCALL in the guest's user mode: to its kernel. */
guest_syscall:
	mov %rsp, %rdi
	call pv_deliver_syscall
	jmp test_all_events

/*
 * The hypervisor was interrupted: back to it.
 */
ENTRY restore_all_xen
	RESTORE_ALL
	iretq

/* -- exceptions ------------------------------------------------------------------------------------------------------ */

/* Stack: error code and vector, then the CPU's frame. */
ENTRY handle_exception
	SAVE_ALL
	mov %rsp, %rdi
	testb $3, UREGS_cs(%rsp)
	jz exception_in_xen
	call do_exception
	jmp test_all_events

exception_in_xen:
	/* Frames of ours nest below the guest's regs. Interrupts stay as they were. */
	call do_exception_xen
	jmp restore_all_xen

/* On a stack of their own (IST): #DF, NMI, #MC, #DB. %rdi: regs. From a guest: its frame moves to the main stack. */
.macro IST_ENTRY name, vector, handler
ENTRY \name
	pushq $0
	movl $\vector, 4(%rsp)
	SAVE_ALL
	testb $3, UREGS_cs(%rsp)
	jz 1f
	GET_CPUINFO di
	mov %rsp, %rsi
	mov $UREGS_es / 8, %ecx
	mov %rdi, %rsp
	rep movsq
	mov %rsp, %rdi
	call \handler
	jmp test_all_events
1:	mov %rsp, %rdi
	call \handler
	jmp restore_all_xen
.endm

IST_ENTRY entry_nmi, 2, do_nmi
IST_ENTRY entry_debug, 1, do_debug
IST_ENTRY entry_machine_check, 18, do_machine_check

ENTRY entry_double_fault
	movl $8, 4(%rsp)
	SAVE_ALL
	mov %rsp, %rdi
	call do_double_fault
	ud2

/* The others on the main stack. Those for which the CPU pushes an error code have bit n set in the mask. */
.set HAS_ERROR_CODE, 0x60227d00
	.globl exception_entries
	.p2align 4
exception_entries:
.set vec, 0
.rept 32
	.p2align 4
	.if !((HAS_ERROR_CODE >> vec) & 1)
	pushq $0
	.endif
	movl $vec, 4(%rsp)
	jmp handle_exception
.set vec, vec + 1
.endr

/* -- interrupts: vectors 32 to 255, 16 bytes each -------------------------------------------------------------------- */
	.globl irq_entries
	.p2align 4
irq_entries:
.set vec, 32
.rept 224
	.p2align 4
	pushq $0
	movl $vec, 4(%rsp)
	jmp common_interrupt
.set vec, vec + 1
.endr

ENTRY common_interrupt
	SAVE_ALL
	mov %rsp, %rdi
	call do_IRQ
	testb $3, UREGS_cs(%rsp)
	jnz test_all_events
	jmp restore_all_xen

	.section .note.GNU-stack, "", @progbits
