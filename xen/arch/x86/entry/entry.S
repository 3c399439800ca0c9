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

/*
 * The two crossings that a guest's system call costs are short here: SYSCALL of its user mode becomes a frame on its kernel's stack
 * (what create_frame() in bounce.c does for all others), and the iret hypercall loads one. Both leave every register alone that
 * they need not touch, and hand over to C where anything is unusual. Interrupts are off all the way.
 *
 *   %rsp  at regs.error_code: saved rax; %rax  current vcpu; %rcx, %r11  free (they are in regs.rip and regs.rflags)
 */
#define AT(field)	(UREGS_##field - UREGS_error_code)

.macro OPEN_GUEST
	cmpb $0, opt_smap(%rip)
	je 98f
	stac
98:
.endm
.macro CLOSE_GUEST
	cmpb $0, opt_smap(%rip)
	je 99f
	clac
99:
.endm

ENTRY syscall_common
	movq $FLAT_RING3_SS64, 8(%rsp)
	push %r11
	pushq $FLAT_RING3_CS64
	push %rcx
	push %rax
	mov (CPUINFO_current - UREGS_error_code)(%rsp), %rax
	testb $1, VCPU_flags(%rax)		/* TF_kernel_mode */
	jz syscall_of_user
	cmpq $23, (%rsp)			/* __HYPERVISOR_iret */
	je iret_of_kernel

syscall_in_c:
	mov (%rsp), %rax
	movl $0, (%rsp)
	movl $TRAP_SYSCALL, 4(%rsp)
	SAVE_ALL
	mov (CPUINFO_current)(%rsp), %rbx
	testb $1, VCPU_flags(%rbx)
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
	cmpw $0, VCPU_bounce_flags(%rbx)
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
	sti		/* other vcpus may write to its mask: however often this is done, interrupts have their turn */
	jmp test_all_events

/* SYSCALL in the guest's user mode: to its kernel. */
guest_syscall:
	mov %rsp, %rdi
	call pv_deliver_syscall
	jmp test_all_events

/* %rax: vcpu. The kernel's stack is there once its root is loaded. */
syscall_of_user:
	mov VCPU_syscall_sp(%rax), %rcx
	test %rcx, %rcx
	jz syscall_in_c_restore
	push %rbx
	orb $1, VCPU_flags(%rax)
	mov VCPU_guest_table(%rax), %rbx
	shl $12, %rbx
	or cr3_kernel_bits(%rip), %rbx
	swapgs
	mov %rbx, %cr3
	mov VCPU_vcpu_info(%rax), %rbx
	OPEN_GUEST
	mov 8 + AT(rip)(%rsp), %r11
.Ls0:	mov %r11, -56(%rcx)			/* rcx */
.Ls1:	mov %r11, -40(%rcx)			/* rip */
	mov 8 + AT(rflags)(%rsp), %r11
.Ls2:	mov %r11, -48(%rcx)			/* r11 */
.Ls3:	movl $FLAT_RING3_CS64, -32(%rcx)
	and $~0x3200, %r11			/* no IF, no IOPL but the virtual ones */
	movzbl VCPUINFO_upcall_mask(%rbx), %ebx
.Ls4:	mov %ebx, -28(%rcx)
	cmp $1, %ebx
	sbb %ebx, %ebx				/* all ones when events are not masked */
	and $0x200, %ebx
	or %rbx, %r11
	mov VCPU_iopl(%rax), %ebx
	shl $12, %ebx
	or %rbx, %r11
.Ls5:	mov %r11, -24(%rcx)
	mov 8 + AT(rsp)(%rsp), %rbx
.Ls6:	mov %rbx, -16(%rcx)
.Ls7:	movq $FLAT_RING3_SS64, -8(%rcx)
	CLOSE_GUEST
	mov VCPU_vcpu_info(%rax), %rbx
	movb $1, VCPUINFO_upcall_mask(%rbx)
	mov 8 + AT(rflags)(%rsp), %r11
	and $~0x74100, %r11			/* AC VM RF NT TF */
	lea -56(%rcx), %rbx
	mov VCPU_syscall_eip(%rax), %rcx
	mov %rbx, 8 + AT(rsp)(%rsp)
	pop %rbx
	pop %rax
	mov AT(rsp) - 8(%rsp), %rsp
	sysretq

syscall_in_c_restore:
	mov AT(rip)(%rsp), %rcx
	jmp syscall_in_c

.Lsyscall_fault:
	CLOSE_GUEST
	pop %rbx
	mov AT(rip)(%rsp), %rcx
	mov AT(rflags)(%rsp), %r11
	mov (%rsp), %rax
	movl $0, (%rsp)
	movl $TRAP_SYSCALL, 4(%rsp)
	SAVE_ALL
	call pv_syscall_frame_fault
	jmp test_all_events
.irp n, 0, 1, 2, 3, 4, 5, 6, 7
	EXTABLE .Ls\n, .Lsyscall_fault
.endr

/* %rax: vcpu. The frame: rax r11 rcx flags rip cs rflags rsp ss, at the guest's stack pointer. */
iret_of_kernel:
	mov AT(rsp)(%rsp), %rcx
	mov %rcx, %r11
	shr $43, %r11
	cmp $0xffff8000 >> 11, %r11d		/* the hypervisor's window */
	je syscall_in_c_restore
	push %rbx
	mov VCPU_vcpu_info(%rax), %rbx
	OPEN_GUEST
.Li0:	mov 48(%rcx), %r11			/* rflags */
	test $0x200, %r11d
	jz 1f
	cmpb $0, VCPUINFO_upcall_pending(%rbx)
	jne iret_in_c
	cmpq $-1, VCPU_guest_table_user(%rax)
	je iret_in_c
	cmpb $0, VCPU_async_nmi_masked(%rax)
	jne iret_in_c
	movb $0, VCPUINFO_upcall_mask(%rbx)
	jmp 2f
1:	cmpq $-1, VCPU_guest_table_user(%rax)
	je iret_in_c
	cmpb $0, VCPU_async_nmi_masked(%rax)
	jne iret_in_c
	movb $1, VCPUINFO_upcall_mask(%rbx)
2:
	and $~0x23000, %r11			/* VM, IOPL */
	or $0x202, %r11
	mov %r11, 8 + AT(rflags)(%rsp)
.Li1:	mov 32(%rcx), %r11
	mov %r11, 8 + AT(rip)(%rsp)
.Li2:	mov 56(%rcx), %r11
	mov %r11, 8 + AT(rsp)(%rsp)
.Li3:	movzwl 64(%rcx), %r11d
	or $3, %r11d
	mov %r11, 8 + AT(ss)(%rsp)
.Li4:	mov (%rcx), %rbx
	mov %rbx, 8(%rsp)			/* its rax */
.Li5:	movzwl 40(%rcx), %ebx			/* cs: RPL 3 means its user mode */
	mov %ebx, %r11d
	or $3, %r11d
	mov %r11, 8 + AT(cs)(%rsp)
	and $3, %ebx
	cmp $3, %ebx
	jne 3f
	mov VCPU_guest_table_user(%rax), %rbx
	shl $12, %rbx
	or cr3_user_bits(%rip), %rbx
	andb $~1, VCPU_flags(%rax)
.Li6:	mov 8(%rcx), %r11
.Li7:	mov 16(%rcx), %rcx
	CLOSE_GUEST
	swapgs
	mov %rbx, %cr3
	pop %rbx
	pop %rax
	jmp iret_to_guest
3:
.Li8:	mov 8(%rcx), %r11
.Li9:	mov 16(%rcx), %rcx
	CLOSE_GUEST
	pop %rbx
	pop %rax
	jmp iret_to_guest

iret_in_c:
	CLOSE_GUEST
	pop %rbx
	mov AT(rflags)(%rsp), %r11
	jmp syscall_in_c_restore

.Liret_fault:
	CLOSE_GUEST
	pop %rbx
	movq $0, (%rsp)
	SAVE_ALL
	call pv_iret_frame_fault
	jmp test_all_events
.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
	EXTABLE .Li\n, .Liret_fault
.endr

/*
 * The hypervisor was interrupted: back to it.
 */
ENTRY restore_all_xen
	RESTORE_ALL
	iretq

/* -- exceptions ------------------------------------------------------------------------------------------------------ */
/* The CPU leaves AC as the guest, or one of our copies to it, had it: with it set, SMAP would not watch over what follows. */

/* Stack: error code and vector, then the CPU's frame. */
ENTRY handle_exception
	SAVE_ALL
	CLOSE_GUEST
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
	CLOSE_GUEST
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
	CLOSE_GUEST
	mov %rsp, %rdi
	call do_IRQ
	testb $3, UREGS_cs(%rsp)
	jnz test_all_events
	jmp restore_all_xen

	.section .note.GNU-stack, "", @progbits
