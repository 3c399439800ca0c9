/* SPDX-License-Identifier: GPL-2.0-only */
/* Segment bases, LDT, GDT and single descriptors: what may be loaded, and what may not be put there. */
#include "guest.h"

const char test_title[] = "segments and descriptors";

#define LDT_SEL(n)	((n) << 3 | 4 | 3)
#define GDT_SEL(n)	((n) << 3 | 3)
#define DATA		0x00cff3000000ffffUL	/* flat data, ring 3 */
#define TSS		0x00008b0000000067UL

static long set_base(unsigned which, u64 base)
{
	return hypercall(__HYPERVISOR_set_segment_base, which, base, 0, 0);
}

extern char user_gs[];
__asm__ (".text\nuser_gs: mov %gs:8, %rax\n syscall\n ud2\n");

static void check_bases(void)
{
	static u64 area[2] = { 11, 12 }, user_area[2] = { 21, 22 };
	u64 v = 0;

	EXPECT(set_base(SEGBASE_FS, P(area)), 0);
	GUARDED("mov %%fs:8, %0", "=r" (v) :);
	EXPECT(v, 12);
	EXPECT(set_base(SEGBASE_GS_KERNEL, P(area)), 0);
	GUARDED("mov %%gs:8, %0", "=r" (v) :);
	EXPECT(v, 12);
	EXPECT(set_base(SEGBASE_GS_USER, P(user_area)), 0);
	GUARDED("mov %%gs:8, %0", "=r" (v) :);
	EXPECT(v, 12);
	EXPECT(run_user(user_gs, 0), 22);
	GUARDED("mov %%gs:8, %0", "=r" (v) :);
	EXPECT(v, 12);
	EXPECT(set_base(SEGBASE_FS, 0x0000900000000000UL), -XEN_EINVAL);
	EXPECT(set_base(SEGBASE_GS_USER, 0x8000000000000000UL), -XEN_EINVAL);
	EXPECT(set_base(SEGBASE_GS_KERNEL, 0x0000800000000000UL), -XEN_EINVAL);
	GUARDED("mov %%fs:8, %0", "=r" (v) :);
	EXPECT(v, 12);
	EXPECT(set_base(SEGBASE_GS_USER_SEL, 0), 0);
	EXPECT(set_base(SEGBASE_GS_USER_SEL, FLAT_RING3_DS32), 0);
	/* no such descriptor: a null selector takes its place */
	set_base(SEGBASE_GS_USER_SEL, 0x1233);
	EXPECT(xen_version(7, NULL), 4096);
	EXPECT(set_base(SEGBASE_GS_USER_SEL, 0), 0);
	EXPECT(set_base(SEGBASE_FS, 0), 0);
}

static bool load_es(u16 sel)
{
	GUARDED("mov %w0, %%es", : "r" (sel));
	bool ok = last_trap.vector == -1;
	__asm__ volatile ("mov %w0, %%es" :: "r" (0));
	return ok;
}

static void set_ldt_anew(u64 va)
{
	EXPECT(mmuext1(MMUEXT_SET_LDT, 0, 0), 0);
	EXPECT(mmuext1(MMUEXT_SET_LDT, va, 512), 0);
}

static void check_ldt(void)
{
	u64 *ldt = alloc_page(), *t;
	u64 va = P(ldt), before;

	ldt[2] = DATA;
	ldt[3] = TSS;
	ldt[4] = 0x00cf93000000ffffUL;			/* ring 0 data */
	EXPECT_ERROR(mmuext1(MMUEXT_SET_LDT, va, 8193));
	EXPECT_ERROR(mmuext1(MMUEXT_SET_LDT, va + 8, 512));
	EXPECT_ERROR(mmuext1(MMUEXT_SET_LDT, 0xffff830000000000UL, 512));
	CHECK(!load_es(LDT_SEL(2)), "selector of no LDT");
	/*
	 * A page that is mapped writable, or with a wrong descriptor, is no LDT: seen when it is set or at
	 * the first use.
	 */
	EXPECT(mmuext1(MMUEXT_SET_LDT, va, 512), 0);
	CHECK(!load_es(LDT_SEL(2)), "LDT that is mapped writable");
	EXPECT(make_ro(ldt), 0);
	set_ldt_anew(va);
	CHECK(!load_es(LDT_SEL(2)), "LDT with a system descriptor");
	EXPECT(make_rw(ldt), 0);
	ldt[3] = 0;
	EXPECT(make_ro(ldt), 0);
	set_ldt_anew(va);
	CHECK(load_es(LDT_SEL(2)), "good selector: trap %d code %#lx", last_trap.vector, last_trap.error);
	CHECK(!load_es(LDT_SEL(3)), "empty descriptor");
	before = ldt[4];
	CHECK((before >> 45 & 3) != 0, "ring 0 descriptor stayed: %#lx", before);
	/* In use it is a descriptor table and nothing else. */
	EXPECT_ERROR(make_rw(ldt));
	EXPECT_ERROR(pin(1, va_mfn(ldt)));
	EXPECT(mmuext1(MMUEXT_SET_LDT, 0, 0), 0);
	CHECK(!load_es(LDT_SEL(2)), "selector of the old LDT");
	EXPECT(make_rw(ldt), 0);
	/* Entries beyond its end. */
	EXPECT(make_ro(ldt), 0);
	EXPECT(mmuext1(MMUEXT_SET_LDT, va, 2), 0);
	CHECK(!load_es(LDT_SEL(2)), "selector beyond the LDT's end");
	EXPECT(mmuext1(MMUEXT_SET_LDT, 0, 0), 0);
	/* A page table as LDT. */
	t = pte_ptr(VIRT_BASE, 1);
	EXPECT(mmuext1(MMUEXT_SET_LDT, P(t), 512), 0);
	CHECK(!load_es(LDT_SEL(2)), "page table as LDT");
	EXPECT(mmuext1(MMUEXT_SET_LDT, SCRATCH, 512), 0);
	CHECK(!load_es(LDT_SEL(2)), "LDT at nothing");
	EXPECT(mmuext1(MMUEXT_SET_LDT, 0, 0), 0);
}

static long update_descriptor(const void *where, u64 desc)
{
	return hypercall(__HYPERVISOR_update_descriptor, maddr_of(where), desc, 0, 0);
}

static void check_gdt(void)
{
	u64 *gdt = alloc_page(), *plain = alloc_page();
	xen_ulong_t frame = va_mfn(gdt);

	gdt[2] = DATA;
	EXPECT(make_ro(gdt), 0);
	EXPECT(hypercall(__HYPERVISOR_set_gdt, P(&frame), 512, 0, 0), 0);
	CHECK(load_es(GDT_SEL(2)), "descriptor of the new GDT");
	CHECK(!load_es(GDT_SEL(3)), "empty descriptor");
	EXPECT(update_descriptor(&gdt[3], DATA), 0);
	CHECK(load_es(GDT_SEL(3)), "updated descriptor");
	EXPECT_ERROR(update_descriptor(&gdt[4], TSS));
	EXPECT_ERROR(update_descriptor(&gdt[4], 0x0000820000000000UL));		/* LDT */
	EXPECT_ERROR(update_descriptor(&gdt[4], 0x00008e0000100000UL));		/* interrupt gate */
	EXPECT(gdt[4], 0);
	/* ring 0 code: may come out as ring 3 */
	if (!update_descriptor(&gdt[4], 0x00af9b000000ffffUL))
		CHECK((gdt[4] >> 45 & 3) == 3, "ring 0 code descriptor: %#lx", gdt[4]);
	EXPECT(update_descriptor(&gdt[4], 0), 0);
	EXPECT_ERROR(update_descriptor((char *)&gdt[5] + 4, DATA));		/* not aligned */
	EXPECT_ERROR(hypercall(__HYPERVISOR_update_descriptor, 0x200000, DATA, 0, 0));
	EXPECT_ERROR(hypercall(__HYPERVISOR_update_descriptor, 0xfffffffffffff000UL, DATA, 0, 0));
	EXPECT_ERROR(update_descriptor(pte_ptr(VIRT_BASE, 1), 0));
	/* plain memory takes a good one */
	EXPECT(update_descriptor(plain + 1, DATA), 0);
	EXPECT(plain[1], DATA);
	/* The hypervisor's own descriptors: not to be loaded as a task. */
	for (unsigned n = FIRST_RESERVED_GDT_ENTRY; n < FIRST_RESERVED_GDT_ENTRY + 32; n++) {
		GUARDED("ltr %w0", : "r" (n << 3));
		EXPECT_TRAP(TRAP_GP);
	}
	EXPECT(hypercall(__HYPERVISOR_set_gdt, P(&frame), 0, 0, 0), 0);
	CHECK(!load_es(GDT_SEL(2)), "descriptor of the old GDT");
	EXPECT(make_rw(gdt), 0);
}

void test_main(void)
{
	check_bases();
	check_ldt();
	check_gdt();
}
