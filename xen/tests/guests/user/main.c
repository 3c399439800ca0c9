/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * User mode: system calls and exceptions reach the guest's kernel, hypercalls do not exist, privileged
 * instructions fault, gates keep their privilege, and a return with rubbish selectors is an exception of that
 * return.
 */
#include "guest.h"
#include <public/callback.h>

const char test_title[] = "user mode";

extern char user_syscall[], user_syscall_end[], user_ud[], user_int[], user_int_ok[], user_hlt[], user_cli[];
extern char user_in[], user_wrmsr[], user_cr3[], user_int3[], user_touch[];
extern char user_pvcpuid[], user_jump[], user_int82[];
__asm__ (
	"	.text\n"
	"user_syscall:	mov $0x1234, %eax\n	mov $0x55, %edx\n	stc\n	syscall\n"
	"user_syscall_end:	ud2\n"
	"user_ud:	ud2\n"
	"user_int:	int $0x41\n	ud2\n"
	"user_int_ok:	int $0x91\n	ud2\n"
	"user_int82:	mov $17, %eax\n	mov $7, %edi\n	mov $7, %ebx\n	int $0x82\n	ud2\n"
	"user_int3:	int3\n	ud2\n"
	"user_hlt:	hlt\n	ud2\n"
	"user_cli:	cli\n	ud2\n"
	"user_in:	in $0x80, %al\n	ud2\n"
	"user_wrmsr:	mov $0xc0000101, %ecx\n	wrmsr\n	ud2\n"
	"user_cr3:	mov %cr3, %rax\n	ud2\n"
	"user_touch:	mov (%rdi), %rax\n	ud2\n"
	"user_pvcpuid:	mov $0x40000000, %eax\n	.byte 0x0f, 0x0b, 0x78, 0x65, 0x6e\n"
	"	cpuid\n	mov %rbx, %rax\n	syscall\n	ud2\n"
	"user_jump:	jmp *%rdi\n");

static void expect(const char *entry, u64 arg, int vector, u64 code, const char *what)
{
	run_user(entry, arg);
	CHECK(last_trap.vector == vector && last_trap.error == code,
	      "%s: trap %#x code %#lx, expected %#x code %#lx", what,
	      last_trap.vector, last_trap.error, vector, code);
	CHECK((last_trap.cs & 3) == 3, "%s: cs %x in the frame", what, last_trap.cs);
}

static void check_syscall(void)
{
	EXPECT(run_user(user_syscall, 0), 0x1234);
	EXPECT(last_trap.vector, ENTRY_SYSCALL);
	EXPECT(last_trap.rip, P(user_syscall_end));
	EXPECT(last_trap.cs, FLAT_USER_CS64);
	EXPECT(last_trap.regs.ss & 0xffff, FLAT_USER_SS64);
	EXPECT(last_trap.regs.rdx, 0x55);
	EXPECT(last_trap.regs.rflags & 0x201, 0x201);
	/* The number of any hypercall is but a system call here. */
	EXPECT(last_trap.upcall_mask, 0);
	EXPECT(set_callback(CALLBACKTYPE_syscall, CALLBACKF_mask_events, syscall_entry), 0);
	run_user(user_syscall, 0);
	EXPECT(last_trap.vector, ENTRY_SYSCALL);
	EXPECT(this_vcpu_info()->evtchn_upcall_mask, 1);
	EXPECT(set_callback(CALLBACKTYPE_syscall, 0, syscall_entry), 0);
	events_off();
}

static void check_exceptions(void)
{
	struct trap_info t[] = {
		{ .vector = 0x41, .flags = 1, .cs = FLAT_KERNEL_CS, .address = P(trap_stubs) + 0x41 * 16 },
		{ .vector = 0x91, .flags = 3, .cs = FLAT_KERNEL_CS, .address = P(trap_stubs) +
		 0x91 * 16 }, { .address = 0 },
	};

	EXPECT(hypercall(__HYPERVISOR_set_trap_table, P(t), 0, 0, 0), 0);
	expect(user_ud, 0, TRAP_UD, 0, "ud2");
	EXPECT(last_trap.rip, P(user_ud));
	expect(user_int, 0, TRAP_GP, 0x41 << 3 | 2, "int through a kernel's gate");
	expect(user_int_ok, 0, 0x91, 0, "int through a user's gate");
	EXPECT(last_trap.rip, P(user_int_ok) + 2);
	expect(user_int3, 0, TRAP_BP, 0, "int3");
	expect(user_touch, 0, TRAP_PF, PF_USER, "read of address 0");
	EXPECT(last_trap.cr2, 0);
	run_user(user_touch, 0xffff820000000000UL);
	CHECK(last_trap.vector == TRAP_PF && (last_trap.error & ~1UL) == PF_USER,
	      "read of the hypervisor: trap %#x code %#lx",
	      last_trap.vector, last_trap.error);
	expect(user_touch, 0x0000900000000000UL, TRAP_GP, 0, "non-canonical address");
	expect(user_jump, 0xffffffff90000000UL, TRAP_PF, PF_USER | 0x10, "jump to nowhere");
}

static void check_privileged(void)
{
	expect(user_hlt, 0, TRAP_GP, 0, "hlt");
	expect(user_cli, 0, TRAP_GP, 0, "cli");
	expect(user_in, 0, TRAP_GP, 0, "in");
	expect(user_wrmsr, 0, TRAP_GP, 0, "wrmsr");
	expect(user_cr3, 0, TRAP_GP, 0, "mov from cr3");
	/* int 0x82 was the gate of 32-bit hypercalls: whatever happens, no hypercall. */
	run_user(user_int82, 0);
	CHECK(last_trap.regs.rax != 4096, "int 0x82 made a hypercall from user mode");
	CHECK(last_trap.vector == TRAP_GP || last_trap.vector == 0x82, "int 0x82: trap %#x",
	      last_trap.vector);
	EXPECT(run_user(user_pvcpuid, 0), 0x566e6558);
}

/* A return to user mode that the CPU refuses: #GP for that frame, or the failsafe callback with it. */
static void check_bad_return(u64 cs, u64 ss, u64 rip, const char *what)
{
	u64 bad = cs == FLAT_USER_CS64 ? ss : cs;
	u64 frame[6] = { rip, cs, 0x202, user_stack_top(), ss, 0 };

	/* In the failsafe callback, selectors as they are loaded say that the frame is to blame: Linux tries again for ever otherwise. */
	__asm__ volatile ("mov %w0, %%es" :: "r" (FLAT_RING3_DS32));
	run_user_frame(frame);
	if (last_trap.vector == ENTRY_FAILSAFE)
		EXPECT(failsafe_selectors[1] & 0xffff, FLAT_RING3_DS32);
	__asm__ volatile ("mov %w0, %%es" :: "r" (0));
	CHECK(last_trap.vector == ENTRY_FAILSAFE || (last_trap.vector == TRAP_GP &&
						     (last_trap.error & ~3UL) == (bad & ~3UL)),
	      "%s: trap %#x code %#lx", what, last_trap.vector, last_trap.error);
	CHECK(last_trap.rip == rip && last_trap.regs.rsp == user_stack_top(),
	      "%s: frame has rip %#lx rsp %#lx", what,
	      last_trap.rip, last_trap.regs.rsp);
	/* And all is well afterwards. */
	EXPECT(run_user(user_syscall, 0), 0x1234);
}

void test_main(void)
{
	check_syscall();
	check_exceptions();
	check_privileged();
	check_bad_return(0x1233, FLAT_USER_SS64, P(user_syscall), "code selector beyond the GDT");
	check_bad_return(FLAT_USER_SS64, FLAT_USER_SS64, P(user_syscall), "data segment as code");
	check_bad_return(FLAT_USER_CS64, 0x123b, P(user_syscall), "stack selector beyond the GDT");
	check_bad_return(0x0f, FLAT_USER_SS64, P(user_syscall), "code selector of an LDT that is not there");
}
