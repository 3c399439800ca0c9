/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entry points of a tiny PV kernel: its ELF notes, the first instruction, a stub for each exception, the
 * callbacks, and the ways into and back from user mode.
 *
 * A bounce frame is, from the stack pointer up: rcx, r11, error code (some vectors), rip, cs, rflags, rsp,
 * ss. It is turned into a struct regs (trap.h), which common_trap hands to C and leaves by the iret
 * hypercall.
 */
#define __ASSEMBLY__
#include <public/xen.h>
#include <public/elfnote.h>
#include <public/features.h>

#define VIRT_BASE	0xffffffff80000000
#define FEATURES	((1 << XENFEAT_dom0) | (1 << XENFEAT_linux_rsdp_unrestricted))

.macro note type, desc:vararg
	.pushsection .note.Xen, "a", @note
	.balign	4
	.long	4, 2f - 1f, \type
	.asciz	"Xen"
1:	\desc
2:	.balign	4
	.popsection
.endm

	note	XEN_ELFNOTE_GUEST_OS, .asciz "tiny"
	note	XEN_ELFNOTE_GUEST_VERSION, .asciz "1"
	note	XEN_ELFNOTE_XEN_VERSION, .asciz "xen-3.0"
	note	XEN_ELFNOTE_LOADER, .asciz "generic"
	note	XEN_ELFNOTE_VIRT_BASE, .quad VIRT_BASE
	note	XEN_ELFNOTE_PADDR_OFFSET, .quad 0
	note	XEN_ELFNOTE_ENTRY, .quad _start
	note	XEN_ELFNOTE_HYPERCALL_PAGE, .quad hypercall_page
	note	XEN_ELFNOTE_FEATURES, .asciz "!writable_page_tables|pae_pgdir_above_4gb"
	note	XEN_ELFNOTE_SUPPORTED_FEATURES, .long FEATURES

	.section .text.entry, "ax"
	.globl	_start
_start:
	cld
	mov	%rsp, initial_rsp(%rip)
	lea	boot_stack_end(%rip), %rsp
	mov	%rsi, %rdi
	xor	%ebp, %ebp
	call	start_kernel
	ud2

	.text
	.balign	4096
	.globl	hypercall_page
hypercall_page:
	.skip	4096, 0x90

/* One stub per vector, 16 bytes each. Vectors with an error code: 8, 10..14, 17, 21, 29, 30. */
	.balign	16
	.globl	trap_stubs
trap_stubs:
	vector = 0
	.rept	256
	.balign	16
	pop	%rcx
	pop	%r11
	has_code = 0
	.if vector < 32
	has_code = (0x60227d00 >> vector) & 1
	.endif
	.if !has_code
	push	$0
	.endif
	push	$vector
	jmp	common_trap
	vector = vector + 1
	.endr

.macro other name, number
	.globl	\name
\name:
	pop	%rcx
	pop	%r11
	push	$0
	push	$\number
	jmp	common_trap
.endm

	other	event_entry, 0x100
	other	syscall_entry, 0x101
	other	syscall32_entry, 0x102
	other	sysenter_entry, 0x103
	other	nmi_entry, 0x104

/*
 * Failsafe: rcx, r11, ds, es, fs, gs, then a frame without error code. The selectors are kept for the test.
 */
	.globl	failsafe_entry
failsafe_entry:
	pop	%rcx
	pop	%r11
	popq	failsafe_selectors(%rip)
	popq	failsafe_selectors + 8(%rip)
	popq	failsafe_selectors + 16(%rip)
	popq	failsafe_selectors + 24(%rip)
	push	$0
	push	$0x105
	jmp	common_trap

common_trap:
	push	%rdi
	push	%rsi
	push	%rdx
	push	%rcx
	push	%rax
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, %rdi
	mov	%rsp, %rbp
	and	$~15, %rsp
	cld
	call	trap_dispatch
	mov	%rbp, %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rax
	pop	%rcx
	pop	%rdx
	pop	%rsi
	pop	%rdi
	add	$16, %rsp
	push	$0
	push	%rcx
	push	%r11
	push	%rax
	mov	$__HYPERVISOR_iret, %eax
	syscall
	ud2

/*
 * u64 enter_user(const u64 frame[6]): loads rip, cs, rflags, rsp, ss, rdi, and runs that until leave_user().
 */
	.globl	enter_user
enter_user:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	user_return_sp(%rip)
	sub	$8, %rsp
	mov	%rsp, user_return_sp(%rip)
	mov	%rdi, %r12
	/* What interrupts the user runs on this stack, below. */
	mov	$FLAT_KERNEL_SS, %edi
	lea	-128(%rsp), %rsi
	and	$~15, %rsi
	mov	$__HYPERVISOR_stack_switch, %eax
	syscall
	mov	40(%r12), %rdi
	push	32(%r12)
	push	24(%r12)
	push	16(%r12)
	push	8(%r12)
	push	(%r12)
	push	$0
	push	$0
	push	$0
	push	$0
	mov	$__HYPERVISOR_iret, %eax
	syscall
	ud2

/* noreturn leave_user(u64 value): ends the innermost enter_user(), from a trap handler. */
	.globl	leave_user
leave_user:
	mov	%rdi, %rax
	mov	user_return_sp(%rip), %rsp
	add	$8, %rsp
	pop	user_return_sp(%rip)
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret

/* A secondary vcpu starts here, on its own stack: rdi = function, rsi = its argument. */
	.globl	secondary_entry
secondary_entry:
	mov	%rdi, %rax
	mov	%rsi, %rdi
	xor	%ebp, %ebp
	call	*%rax
	ud2

	.bss
	.balign	16
	.globl	initial_rsp, user_return_sp, failsafe_selectors
initial_rsp:
	.skip	8
user_return_sp:
	.skip	8
failsafe_selectors:
	.skip	32
	.balign	4096
	.globl	boot_stack
boot_stack:
	.skip	16384
boot_stack_end:

	.section .note.GNU-stack, "", @progbits
