/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exceptions of the kernel: vectors, error codes, the bounce frame, gates and their flags, the iret
 * hypercall, NMI.
 */
#include "guest.h"
#include <public/callback.h>
#include <public/vcpu.h>

const char test_title[] = "exceptions and bounce frames";

static void check_vectors(void)
{
	u64 v;

	GUARDED("ud2", :);
	EXPECT_TRAP_CODE(TRAP_UD, 0);
	GUARDED("div %1", "+a" (v) : "r" (0UL), "d" (0));
	EXPECT_TRAP_CODE(TRAP_DE, 0);
	GUARDED("mov (%0), %%rax", : "r" (0x0000900000000000UL) : "rax");
	EXPECT_TRAP_CODE(TRAP_GP, 0);
	/* By way of rbp it is the stack. */
	last_trap.vector = -1;
	__asm__ volatile ("push %%rbp\n\tmov %0, %%rbp\n3:\tmov (%%rbp), %%rax\n4:\tpop %%rbp\n"
			  "\t.pushsection .extable, \"a\"\n\t.quad 3b, 4b\n\t.popsection"
			  :: "r" (0x0000900000000000UL) : "rax", "memory");
	CHECK(last_trap.vector == TRAP_SS || last_trap.vector == TRAP_GP, "non-canonical stack: trap %d",
	      last_trap.vector);
	GUARDED("mov %w0, %%es", : "r" (0x1230));
	CHECK(last_trap.vector == TRAP_GP && (last_trap.error & ~7UL) == 0x1230,
	      "bad selector: trap %d code %#lx",
	      last_trap.vector, last_trap.error);
	GUARDED("lgdt (%0)", : "r" (&v));
	EXPECT_TRAP_CODE(TRAP_GP, 0);
	GUARDED("lidt (%0)", : "r" (&v));
	EXPECT_TRAP_CODE(TRAP_GP, 0);
	GUARDED("ltr %w0", : "r" (0));
	EXPECT_TRAP_CODE(TRAP_GP, 0);
	GUARDED("lldt %w0", : "r" (0));
	EXPECT_TRAP_CODE(TRAP_GP, 0);
	GUARDED("invlpg (%0)", : "r" (&v));
	CHECK(last_trap.vector == TRAP_GP || last_trap.vector == -1, "invlpg: trap %d", last_trap.vector);
}

static void check_page_faults(void)
{
	u64 v, *page = alloc_page();

	CHECK(!try_read((void *)SCRATCH, &v), "read of nothing");
	EXPECT_TRAP_CODE(TRAP_PF, 0);
	EXPECT(last_trap.cr2, SCRATCH);
	CHECK(!try_write((void *)(SCRATCH + 0x123), 0), "write to nothing");
	EXPECT_TRAP_CODE(TRAP_PF, PF_WRITE);
	EXPECT(last_trap.cr2, SCRATCH + 0x123);
	EXPECT(make_ro(page), 0);
	CHECK(!try_write(page, 0), "write to read-only");
	EXPECT_TRAP_CODE(TRAP_PF, PF_PRESENT | PF_WRITE);
	CHECK(!try_read((void *)0xffff820000000000UL, &v), "read of the hypervisor");
	EXPECT_TRAP(TRAP_PF);
	EXPECT(last_trap.cr2, 0xffff820000000000UL);
}

/* A jump into a page that is not executable: the faulting address is not that of an instruction of ours. */
static bool jump_hook(struct regs *regs)
{
	if (regs->vector != TRAP_PF || regs->rip != SCRATCH)
		return false;
	last_trap.vector = TRAP_PF;
	last_trap.error = regs->error;
	regs->rip = *(u64 *)regs->rsp;
	regs->rsp += 8;
	return true;
}

static void check_no_execute(void)
{
	EXPECT(map_page(SCRATCH, va_mfn(alloc_page()), PTE_RO | PTE_NX), 0);
	trap_hook = jump_hook;
	last_trap.vector = -1;
	__asm__ volatile ("call *%0" :: "r" (SCRATCH) : "memory", "rax", "rcx", "rdx", "rsi", "rdi", "r8",
			  "r9", "r10", "r11");
	trap_hook = NULL;
	EXPECT_TRAP_CODE(TRAP_PF, PF_PRESENT | 0x10);
}

static struct regs seen;
static u8 mask_inside;

static bool note_hook(struct regs *regs)
{
	seen = *regs;
	mask_inside = this_vcpu_info()->evtchn_upcall_mask;
	return true;
}

static void check_frame(void)
{
	u64 after, rsp;

	trap_hook = note_hook;
	__asm__ volatile ("mov %%rsp, %1\n\tint3\n1:\tlea 1b(%%rip), %0" : "=r" (after),
			  "=r" (rsp) :: "memory");
	EXPECT(seen.vector, TRAP_BP);
	EXPECT(seen.rip, after);
	EXPECT(seen.rsp, rsp);
	EXPECT(seen.ss & 0xffff, FLAT_KERNEL_SS);
	EXPECT(seen.cs, FLAT_KERNEL_CS & ~3);	/* no RPL: came from the kernel */
	/* Upcalls were masked: no IF in the frame, and the mask beside CS. */
	EXPECT(seen.upcall_mask, 1);
	EXPECT(seen.rflags & 0x200, 0);
	events_on();
	__asm__ volatile ("int3");
	EXPECT(seen.upcall_mask, 0);
	EXPECT(seen.rflags & 0x200, 0x200);
	EXPECT(mask_inside, 0);
	EXPECT(this_vcpu_info()->evtchn_upcall_mask, 0);
	/* The arithmetic flags survive. */
	u64 flags;
	__asm__ volatile ("stc\n\tint3\n\tpushfq\n\tpop %0" : "=r" (flags) :: "memory");
	EXPECT(seen.rflags & 1, 1);
	EXPECT(flags & 1, 1);
	events_off();
	trap_hook = NULL;
}

static void set_gate(u8 vector, u8 flags)
{
	struct trap_info t[2] = { { .vector = vector, .flags = flags, .cs = FLAT_KERNEL_CS,
				    .address = P(trap_stubs) + vector * 16 } };

	EXPECT(hypercall(__HYPERVISOR_set_trap_table, P(t), 0, 0, 0), 0);
}

static void check_gates(void)
{
	u64 v;

	/* A gate that masks upcalls. */
	trap_hook = note_hook;
	set_gate(TRAP_BP, 3 | 4);
	events_on();
	__asm__ volatile ("int3");
	EXPECT(mask_inside, 1);
	EXPECT(seen.upcall_mask, 0);
	EXPECT(this_vcpu_info()->evtchn_upcall_mask, 0);	/* by IF in the frame */
	events_off();
	set_gate(TRAP_BP, 3);
	/* Software interrupts: the kernel counts as ring 1. */
	set_gate(0x90, 1);
	__asm__ volatile ("int $0x90\n1:\tlea 1b(%%rip), %0" : "=r" (v) :: "memory");
	EXPECT(seen.vector, 0x90);
	EXPECT(seen.rip, v);
	set_gate(0x90, 0);
	trap_hook = NULL;
	GUARDED("int $0x90", :);
	EXPECT_TRAP_CODE(TRAP_GP, 0x90 << 3 | 2);
	set_gate(0x90, 3);
	trap_hook = note_hook;
	seen.vector = 0;
	__asm__ volatile ("int $0x80");
	EXPECT(seen.vector, 0x80);
	trap_hook = NULL;
}

static void check_iret_flags(void)
{
	events_off();
	__asm__ volatile ("mov %%rsp, %%rax\n\tpush %0\n\tpush %%rax\n\tpush $0x200\n\tpush %1\n\tpush $1f\n"
			  "\tpush $0\n\tpush $0\n\tpush $0\n\tpush $0\n\tmov %2, %%eax\n\tsyscall\n1:"
			  :: "i" (FLAT_KERNEL_SS), "i" (FLAT_KERNEL_CS & ~3), "i" (__HYPERVISOR_iret)
			  : "rax", "rcx", "r11", "memory");
	EXPECT(this_vcpu_info()->evtchn_upcall_mask, 0);
	events_off();
}

static void check_nmi(void)
{
	trap_hook = note_hook;
	seen.vector = 0;
	/* Other domains may be refused. */
	if (!set_callback(CALLBACKTYPE_nmi, 0, nmi_entry) || is_dom0()) {
		EXPECT(vcpu_op(VCPUOP_send_nmi, 0, NULL), 0);
		CHECK(seen.vector == ENTRY_NMI || seen.vector == 2, "no NMI, but %lu", seen.vector);
	}
	trap_hook = NULL;
	EXPECT(hypercall(__HYPERVISOR_callback_op, CALLBACKOP_register,
			 P("\x63\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), 0, 0),
	       -XEN_ENOSYS);
}

static void check_single_step(void)
{
	trap_hook = note_hook;
	seen.vector = 0;
	__asm__ volatile ("pushfq\n\torq $0x100, (%%rsp)\n\tpopfq\n\tnop\n"
			  "\tpushfq\n\tandq $~0x100, (%%rsp)\n\tpopfq" ::: "memory", "cc");
	EXPECT(seen.vector, TRAP_DB);
	trap_hook = NULL;
}

void test_main(void)
{
	check_vectors();
	check_page_faults();
	check_no_execute();
	check_frame();
	check_gates();
	check_iret_flags();
	check_nmi();
	check_single_step();
}
