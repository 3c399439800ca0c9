/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Privileged instructions of the kernel, which are emulated: control and debug registers, MSRs, CPUID in both
 * ways, ports, the TS flag, XSETBV, the time stamp counter. What is not allowed faults or does nothing, never
 * more.
 */
#include "guest.h"
#include <public/arch-x86/cpuid.h>
#include <public/physdev.h>

const char test_title[] = "privileged instructions";

#define CR0_TS		8UL

static u64 rdmsr(u32 msr)
{
	u32 lo = 0, hi = 0;

	GUARDED("rdmsr", "=a" (lo), "=d" (hi) : "c" (msr));
	return (u64)hi << 32 | lo;
}

static void wrmsr(u32 msr, u64 v)
{
	GUARDED("wrmsr", : "c" (msr), "a" ((u32)v), "d" ((u32)(v >> 32)));
}

static void check_control(void)
{
	u64 cr0, cr2, cr3, cr4, v;

	GUARDED("mov %%cr0, %0", "=r" (cr0) :);
	EXPECT_NO_TRAP();
	CHECK((cr0 & 0x80000001UL) == 0x80000001UL, "cr0 %#lx", cr0);
	GUARDED("mov %%cr3, %0", "=r" (cr3) :);
	EXPECT_NO_TRAP();
	EXPECT(cr3, va_mfn(root_table()) * PAGE_SIZE);
	GUARDED("mov %%cr4, %0", "=r" (cr4) :);
	EXPECT_NO_TRAP();
	CHECK(cr4 & 0x20, "cr4 %#lx", cr4);
	try_read((void *)SCRATCH, &v);
	GUARDED("mov %%cr2, %0", "=r" (cr2) :);
	EXPECT_NO_TRAP();
	EXPECT(cr2, SCRATCH);
	GUARDED("mov %0, %%cr2", : "r" (0x5000UL));
	EXPECT_NO_TRAP();
	EXPECT(this_vcpu_info()->arch.cr2, 0x5000);
	GUARDED("mov %0, %%cr4", : "r" (cr4));
	EXPECT_NO_TRAP();
	GUARDED("mov %0, %%cr3", : "r" (cr3));
	EXPECT_NO_TRAP();
	GUARDED("mov %0, %%cr3", : "r" (0x200000UL));	/* nobody's top table */
	EXPECT_TRAP(TRAP_GP);
	GUARDED("mov %0, %%cr0", : "r" (cr0 & ~1UL));	/* without protection */
	EXPECT(xen_version(7, NULL), 4096);
	GUARDED("mov %%cr0, %0", "=r" (v) :);
	CHECK(v & 1, "cr0 lost its protection bit");
	GUARDED("mov %0, %%cr4", : "r" (0UL));
	EXPECT(xen_version(7, NULL), 4096);
	GUARDED("mov %0, %%cr4", : "r" (cr4));
	u16 msw = 0;
	GUARDED("smsw %0", "=r" (msw) :);
	CHECK(last_trap.vector == TRAP_GP || (msw & 1), "smsw %x", msw);
}

static void check_task_switched(void)
{
	u64 cr0;

	EXPECT(hypercall(__HYPERVISOR_fpu_taskswitch, 1, 0, 0, 0), 0);
	GUARDED("mov %%cr0, %0", "=r" (cr0) :);
	EXPECT(cr0 & CR0_TS, CR0_TS);
	GUARDED("fninit", :);
	EXPECT_TRAP_CODE(TRAP_NM, 0);
	GUARDED("fninit", :);		/* the hypervisor has cleared the flag */
	EXPECT_NO_TRAP();
	GUARDED("mov %0, %%cr0", : "r" (cr0 | CR0_TS));
	EXPECT_NO_TRAP();
	GUARDED("pxor %%xmm0, %%xmm0", : : );
	EXPECT_TRAP(TRAP_NM);
	EXPECT(hypercall(__HYPERVISOR_fpu_taskswitch, 1, 0, 0, 0), 0);
	GUARDED("clts", :);
	EXPECT_NO_TRAP();
	GUARDED("fninit", :);
	EXPECT_NO_TRAP();
	EXPECT(hypercall(__HYPERVISOR_fpu_taskswitch, 0, 0, 0, 0), 0);
	GUARDED("fninit", :);
	EXPECT_NO_TRAP();
}

static void check_msrs(void)
{
	static const u32 known[] = { 0x10, 0x1b, 0x8b, 0x179, 0x277, 0xc0000080, 0xc0000100, 0xc0000101,
				    0xc0000102 };
	u64 v;

	for (unsigned i = 0; i < ARRAY_SIZE(known); i++) {
		rdmsr(known[i]);
		CHECK(last_trap.vector == -1, "MSR %#x cannot be read", known[i]);
	}
	CHECK(rdmsr(0xc0000080) & 0x400, "EFER without LMA");
	wrmsr(0xc0000100, 0x1234000);
	EXPECT_NO_TRAP();
	EXPECT(rdmsr(0xc0000100), 0x1234000);
	wrmsr(0xc0000101, P(root_table()));
	EXPECT_NO_TRAP();
	EXPECT(rdmsr(0xc0000101), P(root_table()));
	wrmsr(0xc0000102, 0x5678000);
	EXPECT_NO_TRAP();
	EXPECT(rdmsr(0xc0000102), 0x5678000);
	wrmsr(0xc0000100, 0x0000900000000000UL);
	EXPECT_TRAP_CODE(TRAP_GP, 0);
	wrmsr(0xc0000101, 0x8000000000000000UL);
	EXPECT_TRAP_CODE(TRAP_GP, 0);
	EXPECT(rdmsr(0xc0000100), 0x1234000);
	/* Those that would give the machine away: refused or without effect. */
	v = rdmsr(0xc0000082);
	wrmsr(0xc0000082, P(trap_stubs));
	EXPECT(xen_version(7, NULL), 4096);
	wrmsr(0xc0000081, 0);
	EXPECT(xen_version(7, NULL), 4096);
	wrmsr(0xc0000080, 0);
	EXPECT(xen_version(7, NULL), 4096);
	wrmsr(0xc0000084, 0);
	wrmsr(0x176, P(trap_stubs));
	wrmsr(0x1b, 0);
	EXPECT(xen_version(7, NULL), 4096);
	(void)v;
	rdmsr(0x12345678);
	wrmsr(0x12345678, 1);
	wrmsr(0xc0000100, 0);
	wrmsr(0xc0000101, 0);
	wrmsr(0xc0000102, 0);
	/* By instruction, where the CPU and the hypervisor have them on. */
	GUARDED("wrgsbase %0", : "r" (0x777000UL));
	if (last_trap.vector == -1)
		EXPECT(rdmsr(0xc0000101), 0x777000);
}

struct leaf {
	u32 a, b, c, d;
};

static struct leaf cpuid(u32 leaf, u32 sub)
{
	struct leaf l;

	__asm__ volatile (XEN_CPUID : "=a" (l.a), "=b" (l.b), "=c" (l.c), "=d" (l.d) : "a" (leaf), "c" (sub));
	return l;
}

/* Linux 6.1's memmove runs away where FSRM is said without ERMS; and it drops ERMS where it reads that fast strings are off. */
static void check_fast_strings(void)
{
	struct leaf l = cpuid(7, 0);

	if (cpuid(0, 0).c == 0x6c65746e && !(rdmsr(0x1a0) & 1))		/* Intel's "ntel" */
		CHECK(!(l.b & 1 << 9), "ERMS is shown with fast strings off");
	if (!(l.b & 1 << 9)) {
		CHECK(!(l.d & 1 << 4), "FSRM is shown without ERMS");
		CHECK(!l.a || !(cpuid(7, 1).a & 7 << 10), "FZRM, FSRS or FSRCS is shown without ERMS");
	}
}

static void check_cpuid(void)
{
	struct leaf l = cpuid(XEN_CPUID_LEAF(0), 0), n;

	EXPECT(l.b, XEN_CPUID_SIGNATURE_EBX);
	EXPECT(l.c, XEN_CPUID_SIGNATURE_ECX);
	EXPECT(l.d, XEN_CPUID_SIGNATURE_EDX);
	CHECK(l.a >= XEN_CPUID_LEAF(3), "last leaf %#x", l.a);
	EXPECT(cpuid(XEN_CPUID_LEAF(1), 0).a, xen_version(0, NULL));
	CHECK(cpuid(XEN_CPUID_LEAF(2), 0).a >= 1, "no hypercall page");
	CHECK(cpuid(XEN_CPUID_LEAF(2), 0).c & XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD, "feature word");
	l = cpuid(1, 0);
	CHECK(l.d & 1 << 0 && l.d & 1 << 5 && l.d & 1 << 25, "leaf 1 edx %#x", l.d);
	CHECK(!(l.c & 1 << 5), "VMX is shown to a PV guest");
	CHECK(l.c & 1U << 31, "no hypervisor bit");
	l = cpuid(0x80000001, 0);
	CHECK(l.d & 1 << 29 && l.d & 1 << 20, "no long mode or no NX: %#x", l.d);
	CHECK(!(l.c & 1 << 2), "SVM is shown to a PV guest");
	CHECK(!(cpuid(7, 0).b & (1 << 7 | 1 << 20)), "SMEP or SMAP is shown to a PV guest");
	check_fast_strings();
	/* The plain instruction, faulting or not, gives no more than that. */
	__asm__ volatile ("cpuid" : "=a" (n.a), "=b" (n.b), "=c" (n.c), "=d" (n.d) : "a" (0), "c" (0));
	CHECK(n.a, "cpuid leaf 0");
	/* The prefix works for CPUID and for nothing else. */
	GUARDED(".byte 0x0f, 0x0b, 0x78, 0x65, 0x6e\n\tnop", :);
	EXPECT_TRAP(TRAP_UD);
}

static void check_ports(void)
{
	struct physdev_set_iopl iopl = { .iopl = 1 };
	u32 v = 0;

	EXPECT(hypercall(__HYPERVISOR_physdev_op, PHYSDEVOP_set_iopl, P(&iopl), 0, 0), 0);
	iopl.iopl = 4;
	EXPECT(hypercall(__HYPERVISOR_physdev_op, PHYSDEVOP_set_iopl, P(&iopl), 0, 0), -XEN_EINVAL);
	/* The interrupt controllers and the hypervisor's timer are nobody's. */
	GUARDED("inb $0x21, %%al", "=a" (v) : "0" (0));
	EXPECT_NO_TRAP();
	EXPECT(v & 0xff, 0xff);
	GUARDED("inb $0x43, %%al", "=a" (v) : "0" (0));
	EXPECT_NO_TRAP();
	GUARDED("outb %%al, $0x21", : "a" (0xff));
	EXPECT_NO_TRAP();
	GUARDED("inl %%dx, %%eax", "=a" (v) : "d" (0xfffe));
	CHECK(last_trap.vector == -1 || last_trap.vector == TRAP_GP, "in across the end: trap %d",
	      last_trap.vector);
	GUARDED("inb $0x71, %%al", "=a" (v) : "0" (0));
	EXPECT_NO_TRAP();
	CHECK(is_dom0() || (v & 0xff) == 0xff, "clock chip: %x", v);
	GUARDED("insb", : "d" (0x71), "D" (8UL) : "memory");
	CHECK(last_trap.vector == TRAP_PF || last_trap.vector == TRAP_GP, "ins to nowhere: trap %d",
	      last_trap.vector);
	GUARDED("outsb", : "d" (0x80), "S" (0xffff820000000000UL) : "memory");
	CHECK(last_trap.vector == TRAP_PF || last_trap.vector == TRAP_GP,
	      "outs from the hypervisor: trap %d", last_trap.vector);
	u8 buf[4] = { 0 };
	u64 n = 2, *to = (u64 *)buf;
	GUARDED("rep insb", "+D" (to), "+c" (n) : "d" (0x21) : "memory");
	EXPECT_NO_TRAP();
	CHECK(n == 0 && buf[0] == 0xff && buf[1] == 0xff && buf[2] == 0, "rep ins: left %lu, %x %x %x", n,
	      buf[0], buf[1], buf[2]);
}

static bool hit_hook(struct regs *regs)
{
	if (regs->vector != TRAP_DB)
		return false;
	last_trap.vector = TRAP_DB;
	regs->rflags |= 0x10000;	/* resume */
	return true;
}

static void check_debug(void)
{
	static volatile u64 watched;
	u64 v;

	GUARDED("mov %0, %%dr0", : "r" (P(&watched)));
	EXPECT_NO_TRAP();
	GUARDED("mov %%dr0, %0", "=r" (v) :);
	EXPECT(v, P(&watched));
	EXPECT(hypercall(__HYPERVISOR_get_debugreg, 0, 0, 0, 0), P(&watched));
	EXPECT(hypercall(__HYPERVISOR_set_debugreg, 7, 0x400 | 2 | 1 << 16 | 3 << 18, 0, 0), 0);
	trap_hook = hit_hook;
	last_trap.vector = -1;
	watched = 1;
	barrier();
	EXPECT_TRAP(TRAP_DB);
	EXPECT(hypercall(__HYPERVISOR_get_debugreg, 6, 0, 0, 0) & 0xf, 1);
	EXPECT(hypercall(__HYPERVISOR_set_debugreg, 7, 0x400, 0, 0), 0);
	last_trap.vector = -1;
	watched = 2;
	barrier();
	EXPECT_NO_TRAP();
	trap_hook = NULL;
	/* Nobody watches the hypervisor. */
	EXPECT_ERROR(hypercall(__HYPERVISOR_set_debugreg, 0, 0xffff82d040200000UL, 0, 0));
	EXPECT_ERROR(hypercall(__HYPERVISOR_set_debugreg, 1, 0xffff830000000000UL, 0, 0));
	EXPECT_ERROR(hypercall(__HYPERVISOR_set_debugreg, 2, 0x0000900000000000UL, 0, 0));
	GUARDED("mov %0, %%dr3", : "r" (0xffff82d040200000UL));
	EXPECT_TRAP(TRAP_GP);
	/* Upper halves are refused, or lost. */
	hypercall(__HYPERVISOR_set_debugreg, 6, 0x100000000UL, 0, 0);
	EXPECT((u64)hypercall(__HYPERVISOR_get_debugreg, 6, 0, 0, 0) >> 32, 0);
	hypercall(__HYPERVISOR_set_debugreg, 7, 0x100000400UL, 0, 0);
	EXPECT((u64)hypercall(__HYPERVISOR_get_debugreg, 7, 0, 0, 0) >> 32, 0);
	EXPECT(hypercall(__HYPERVISOR_set_debugreg, 7, 0x2400, 0, 0) == 0 ?
	       (hypercall(__HYPERVISOR_get_debugreg, 7, 0, 0, 0) & 0x2000) : 0, 0);	/* general detect */
	GUARDED("mov %%dr7, %0", "=r" (v) :);
	EXPECT(hypercall(__HYPERVISOR_set_debugreg, 7, 0x400, 0, 0), 0);
}

static void check_rest(void)
{
	u32 lo, hi, aux;
	struct leaf l = cpuid(1, 0);

	GUARDED("rdtsc", "=a" (lo), "=d" (hi) :);
	EXPECT_NO_TRAP();
	if (cpuid(0x80000001, 0).d & 1 << 27) {
		GUARDED("rdtscp", "=a" (lo), "=d" (hi), "=c" (aux) :);
		EXPECT_NO_TRAP();
	}
	if (l.c & 1 << 26) {
		u64 cr4;

		GUARDED("mov %%cr4, %0", "=r" (cr4) :);
		GUARDED("mov %0, %%cr4", : "r" (cr4 | 1UL << 18));
		EXPECT_NO_TRAP();
		CHECK(cpuid(1, 0).c & 1 << 27, "OSXSAVE does not follow cr4");
		GUARDED("xgetbv", "=a" (lo), "=d" (hi) : "c" (0));
		EXPECT_NO_TRAP();
		GUARDED("xsetbv", : "c" (0), "a" (lo), "d" (hi));
		EXPECT_NO_TRAP();
		GUARDED("xsetbv", : "c" (0), "a" (0), "d" (0));
		EXPECT_TRAP_CODE(TRAP_GP, 0);
		GUARDED("xsetbv", : "c" (0), "a" (lo), "d" (0x80000000));
		EXPECT_TRAP_CODE(TRAP_GP, 0);
		GUARDED("xsetbv", : "c" (1), "a" (lo), "d" (hi));
		EXPECT_TRAP_CODE(TRAP_GP, 0);
	}
	GUARDED("wbinvd", :);
	CHECK(last_trap.vector == -1 || last_trap.vector == TRAP_GP, "wbinvd: trap %d", last_trap.vector);
	GUARDED("cli", :);
	CHECK(last_trap.vector == TRAP_GP || last_trap.vector == -1, "cli: trap %d", last_trap.vector);
	GUARDED("sti", :);
	CHECK(last_trap.vector == TRAP_GP || last_trap.vector == -1, "sti: trap %d", last_trap.vector);
	u64 flags;
	__asm__ volatile ("pushfq\n\tpop %0" : "=r" (flags));
	EXPECT(flags & 0x200, 0x200);
}

void test_main(void)
{
	check_control();
	check_task_switched();
	check_msrs();
	check_cpuid();
	check_ports();
	check_debug();
	check_rest();
}
