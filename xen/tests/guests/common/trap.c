/* SPDX-License-Identifier: GPL-2.0-only */
/* Dispatch of exceptions and callbacks; recovery of guarded instructions; user mode. */
#include "guest.h"
#include <public/callback.h>
#include <public/sched.h>

struct trap_record last_trap;
bool (*trap_hook)(struct regs *regs);
volatile u32 event_upcalls;

static void (*on_event)(void);
static char user_stack[2 * PAGE_SIZE] __attribute__((__aligned__(16)));
static bool user_base_set;

struct extable_entry {
	u64 insn, fixup;
};
extern const struct extable_entry extable_start[], extable_end[];

void trap_dispatch(struct regs *regs);

void (*event_hook(void (*fn)(void)))(void)
{
	void (*before)(void) = on_event;

	on_event = fn;
	return before;
}

static void record(const struct regs *regs)
{
	last_trap.vector = (int)regs->vector;
	last_trap.error = regs->error;
	last_trap.rip = regs->rip;
	last_trap.cs = regs->cs;
	last_trap.upcall_mask = regs->upcall_mask;
	last_trap.cr2 = this_vcpu_info()->arch.cr2;
	last_trap.regs = *regs;
}

static bool fixup(struct regs *regs)
{
	for (const struct extable_entry *e = extable_start; e < extable_end; e++)
		if (e->insn == regs->rip) {
			record(regs);
			regs->rip = e->fixup;
			return true;
		}
	return false;
}

static void die(const struct regs *r)
{
	printf("Unexpected trap %#lx code %#lx at %#lx, cs %x rflags %#lx rsp %#lx cr2 %#lx\n", r->vector,
	       r->error,
	       r->rip, r->cs, r->rflags, r->rsp, this_vcpu_info()->arch.cr2);
	printf("rax %#lx rbx %#lx rcx %#lx rdx %#lx rsi %#lx rdi %#lx\n", r->rax, r->rbx, r->rcx, r->rdx,
	       r->rsi, r->rdi);
	finish("ERROR");
}

static void handle_event(void)
{
	event_upcalls++;
	this_vcpu_info()->evtchn_upcall_pending = 0;
	if (on_event)
		on_event();
}

void trap_dispatch(struct regs *regs)
{
	if (regs->vector == ENTRY_EVENT) {
		handle_event();
		return;
	}
	if (trap_hook && trap_hook(regs))
		return;
	if ((regs->cs & 3) == 3) {
		record(regs);
		leave_user(regs->rax);
	}
	if (!fixup(regs))
		die(regs);
}

void fill_trap_table(struct trap_info *table)
{
	for (unsigned v = 0; v < 256; v++) {
		table[v].vector = (u8)v;
		/* Breakpoint, overflow, and 0x80 up are open to user mode. */
		table[v].flags = v == TRAP_BP || v == TRAP_OF || v >= 0x80 ? 3 : 0;
		table[v].cs = FLAT_KERNEL_CS;
		table[v].address = P(trap_stubs) + v * 16;
	}
}

long set_callback(u16 type, u16 flags, const void *entry)
{
	struct callback_register cb = { .type = type, .flags = flags, .address = P(entry) };

	return hypercall(__HYPERVISOR_callback_op, CALLBACKOP_register, P(&cb), 0, 0);
}

void trap_init(void)
{
	static struct trap_info table[257];

	fill_trap_table(table);
	EXPECT(hypercall(__HYPERVISOR_set_trap_table, P(table), 0, 0, 0), 0);
	EXPECT(set_callback(CALLBACKTYPE_event, 0, event_entry), 0);
	EXPECT(set_callback(CALLBACKTYPE_failsafe, 0, failsafe_entry), 0);
	EXPECT(set_callback(CALLBACKTYPE_syscall, 0, syscall_entry), 0);
}

bool try_read(const void *addr, u64 *value)
{
	u64 v = 0;

	GUARDED("mov (%1), %0", "+r" (v) : "r" (addr) : "memory");
	*value = v;
	return last_trap.vector == -1;
}

bool try_write(void *addr, u64 value)
{
	GUARDED("mov %1, (%0)", : "r" (addr), "r" (value) : "memory");
	return last_trap.vector == -1;
}

u64 user_stack_top(void)
{
	return P(user_stack) + sizeof(user_stack) - 64;
}

u64 run_user_frame(const u64 frame[6])
{
	if (!user_base_set) {
		EXPECT(mmuext1(MMUEXT_NEW_USER_BASEPTR, va_mfn(root_table()), 0), 0);
		user_base_set = true;
	}
	last_trap.vector = -1;
	return enter_user(frame);
}

u64 run_user(const void *fn, u64 arg)
{
	u64 frame[6] = { P(fn), FLAT_USER_CS64, 0x200, user_stack_top(), FLAT_USER_SS64, arg };

	return run_user_frame(frame);
}
