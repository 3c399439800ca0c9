/* SPDX-License-Identifier: GPL-2.0-only */
/* Exceptions and callbacks of a tiny kernel, recovery from faults, and user mode. */
#ifndef GUEST_TRAP_H
#define GUEST_TRAP_H

/* As pushed by start.S. */
struct regs {
	u64 r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	u64 vector, error;
	u64 rip;
	u16 cs, pad0;
	u8 upcall_mask, pad1[3];	/* the guest's interrupt flag, inverted, at the time of the trap */
	u64 rflags, rsp;
	u64 ss;
};

enum {
	TRAP_DE = 0, TRAP_DB = 1, TRAP_BP = 3, TRAP_OF = 4, TRAP_BR = 5, TRAP_UD = 6, TRAP_NM = 7,
	TRAP_TS = 10,
	TRAP_NP = 11, TRAP_SS = 12, TRAP_GP = 13, TRAP_PF = 14, TRAP_MF = 16, TRAP_AC = 17, TRAP_XM = 19,
	ENTRY_EVENT = 0x100, ENTRY_SYSCALL = 0x101, ENTRY_SYSCALL32 = 0x102, ENTRY_SYSENTER = 0x103,
	ENTRY_NMI = 0x104, ENTRY_FAILSAFE = 0x105,
};

/* Error code bits of a page fault. */
#define PF_PRESENT	1
#define PF_WRITE	2
#define PF_USER		4
#define PF_RSVD		8

/*
 * The last trap that was recovered from by GUARDED, or taken from user mode. vector is -1 if there was none.
 */
struct trap_record {
	int vector;
	u64 error, rip, cr2;
	u16 cs;
	u8 upcall_mask;
	struct regs regs;
};
extern struct trap_record last_trap;
extern u64 failsafe_selectors[4];	/* ds, es, fs, gs of the last failsafe callback */

/* A test's own handler, asked first. True: handled, go on with *regs. */
extern bool (*trap_hook)(struct regs *regs);
extern volatile u32 event_upcalls;	/* how often the event callback was entered */
void (*event_hook(void (*fn)(void)))(void);	/* run by the callback; returns the one before */

void trap_init(void);
/* Table of the standard gates, for vcpu contexts: 257 entries. */
void fill_trap_table(struct trap_info *table);
extern char trap_stubs[], event_entry[], failsafe_entry[], nmi_entry[];
extern char syscall_entry[], syscall32_entry[], sysenter_entry[];
extern char secondary_entry[];
long set_callback(u16 type, u16 flags, const void *entry);

/*
 * One instruction that may fault; the fault is noted in last_trap and execution goes on behind it.
 * GUARDED("mov %1, %0", "=m" (*p) : "r" (x))
 */
#define GUARDED(insn, ...)							\
	do {									\
		last_trap.vector = -1;						\
		barrier();							\
		__asm__ volatile ("1:\t" insn "\n2:\n"				\
				  "\t.pushsection .extable, \"a\"\n"		\
				  "\t.quad 1b, 2b\n"				\
				  "\t.popsection\n" : __VA_ARGS__);		\
		barrier();	/* the handler has written last_trap */		\
	} while (0)
#define EXPECT_TRAP(want)							\
	CHECK(last_trap.vector == (want), "got trap %d, expected %d", last_trap.vector, (int)(want))
#define EXPECT_TRAP_CODE(want, code)						\
	CHECK(last_trap.vector == (want) && last_trap.error == (code),		\
	      "got trap %d code %#lx, expected %d code %#lx", last_trap.vector,	\
	      last_trap.error, (int)(want), (u64)(code))
#define EXPECT_NO_TRAP()							\
	CHECK(last_trap.vector == -1, "unexpected trap %d code %#lx cr2 %#lx",	\
	      last_trap.vector, last_trap.error, last_trap.cr2)

/* Guarded loads and stores; false if they faulted. */
bool try_read(const void *addr, u64 *value);
bool try_write(void *addr, u64 value);

/*
 * Runs fn(arg) in user mode, on a stack of its own, until it makes a system call or raises an exception,
 * which is then in last_trap. Returns rax at that moment. The kernel's page table serves as the user's.
 */
u64 run_user(const void *fn, u64 arg);
/* The same with a frame of one's own: rip, cs, rflags, rsp, ss, rdi. */
u64 run_user_frame(const u64 frame[6]);
u64 user_stack_top(void);
u64 enter_user(const u64 frame[6]);
void leave_user(u64 value) __attribute__((__noreturn__));
#endif
