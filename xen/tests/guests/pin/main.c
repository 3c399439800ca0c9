/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page types: pinning and unpinning, one frame as two things at once, and what is left of a pin that fails.
 * That a frame was let go of is seen by its becoming something else: a page table, or writable.
 */
#include "guest.h"

const char test_title[] = "page types, pin and unpin";

/* A fresh page that may become a table: read-only, content by the caller while it was writable. */
static u64 *table(void)
{
	return alloc_page();
}

static long pin_va(int level, void *va)
{
	return pin(level, va_mfn(va));
}

/* va (mapped) is nothing but memory again. */
static void expect_free(void *va, const char *what)
{
	CHECK(!make_rw(va), "%s: cannot be written", what);
	CHECK(!make_ro(va), "%s: cannot be read-only", what);
	memset(va, 0, 0);
	CHECK(!pin_va(1, va), "%s: cannot become a table", what);
	CHECK(!unpin(va_mfn(va)), "%s: cannot be unpinned", what);
	CHECK(!make_rw(va), "%s: cannot be written any more", what);
}

static void check_simple(void)
{
	u64 *t = table(), *data = alloc_page();

	EXPECT_ERROR(pin_va(1, t));		/* mapped writable */
	EXPECT(make_ro(t), 0);
	EXPECT(pin_va(1, t), 0);
	EXPECT_ERROR(pin_va(1, t));		/* twice */
	EXPECT_ERROR(pin_va(2, t));		/* as something else */
	EXPECT_ERROR(pin_va(4, t));
	EXPECT_ERROR(make_rw(t));
	EXPECT(write_pte(maddr_of(t), pte_of(va_mfn(data), PTE_RWX)), 0);
	EXPECT_ERROR(write_pte(maddr_of(t + 1), pte_of(va_mfn(t), PTE_RWX)));
	EXPECT_ERROR(unpin(va_mfn(data)));
	EXPECT(unpin(va_mfn(t)), 0);
	EXPECT_ERROR(unpin(va_mfn(t)));
	EXPECT(make_rw(t), 0);
	memset(t, 0, PAGE_SIZE);
	EXPECT(make_ro(data), 0);
	EXPECT(pin_va(1, data), 0);		/* unpinning dropped the reference to it */
	EXPECT(unpin(va_mfn(data)), 0);
	EXPECT_ERROR(pin(1, 0x200));
	EXPECT_ERROR(pin(1, 0xfffffffffUL));
	EXPECT_ERROR(pin(4, ~0UL));
	EXPECT_ERROR(unpin(0x200));
	EXPECT_ERROR(unpin(~0UL));
}

/* An L1 whose last entry is wrong: all others must be undone. */
static void check_failed_l1(u64 bad, const char *what)
{
	u64 *t = table(), *data[4];

	for (unsigned i = 0; i < 4; i++)
		data[i] = alloc_page();
	for (unsigned i = 0; i < 511; i++)
		t[i] = pte_of(va_mfn(data[i & 3]), PTE_RWX);
	t[511] = bad ? bad : pte_of(va_mfn(t), PTE_RWX);
	EXPECT(make_ro(t), 0);
	CHECK(pin_va(1, t) < 0, "%s: pinned", what);
	EXPECT_ERROR(unpin(va_mfn(t)));
	for (unsigned i = 0; i < 4; i++)
		expect_free(data[i], what);
	EXPECT(make_rw(t), 0);
	memset(t, 0, PAGE_SIZE);
	expect_free(t, what);
}

static void check_failed_tree(void)
{
	u64 *l1 = table(), *l2 = table(), *l3 = table(), *l4 = table(), *data = alloc_page(), *bad = table();

	l1[0] = pte_of(va_mfn(data), PTE_RWX);
	l2[0] = pte_of(va_mfn(l1), PTE_TABLE);
	l2[100] = pte_of(va_mfn(l1), PTE_TABLE);
	l3[0] = pte_of(va_mfn(l2), PTE_TABLE);
	l3[511] = pte_of(va_mfn(bad), PTE_TABLE);	/* an L2 with a wrong entry at its very end */
	l4[0] = pte_of(va_mfn(l3), PTE_TABLE);
	bad[0] = pte_of(va_mfn(l1), PTE_TABLE);
	bad[511] = pte_of(0x200, PTE_TABLE);
	EXPECT(make_ro(l1), 0);
	EXPECT(make_ro(l2), 0);
	EXPECT(make_ro(l3), 0);
	EXPECT(make_ro(l4), 0);
	EXPECT(make_ro(bad), 0);
	EXPECT_ERROR(pin_va(2, bad));
	EXPECT_ERROR(pin_va(3, l3));
	EXPECT_ERROR(pin_va(4, l4));
	/* Mend it, and the whole tree is good. */
	EXPECT(make_rw(bad), 0);
	bad[511] = 0;
	EXPECT(make_ro(bad), 0);
	EXPECT(pin_va(4, l4), 0);
	EXPECT_ERROR(make_rw(l1));
	EXPECT_ERROR(make_rw(l2));
	EXPECT_ERROR(make_rw(l3));
	EXPECT_ERROR(make_rw(l4));
	EXPECT_ERROR(pin_va(1, data));
	EXPECT(pin_va(2, l2), 0);		/* a part of it has a pin of its own */
	EXPECT(unpin(va_mfn(l4)), 0);
	EXPECT(make_rw(l3), 0);
	EXPECT(make_rw(l4), 0);
	EXPECT_ERROR(make_rw(l2));
	EXPECT_ERROR(make_rw(l1));
	EXPECT(unpin(va_mfn(l2)), 0);
	expect_free(data, "data of the tree");
	EXPECT(make_rw(l1), 0);
	EXPECT(make_rw(l2), 0);
	memset(l1, 0, PAGE_SIZE);
	memset(l2, 0, PAGE_SIZE);
	expect_free(l1, "L1 of the tree");
	expect_free(l2, "L2 of the tree");
}

static void check_top(void)
{
	u64 *mine = root_table(), *l4 = table();

	memcpy(l4, mine, PAGE_SIZE);
	for (unsigned i = 256; i < 272; i++)
		l4[i] = 0xfffffffffffff067UL;	/* the hypervisor fills these, whatever was there */
	EXPECT(make_ro(l4), 0);
	EXPECT(mmuext1(MMUEXT_NEW_BASEPTR, va_mfn(l4), 0), 0);
	EXPECT(xen_version(7, NULL), 4096);
	EXPECT_ERROR(make_rw(l4));
	EXPECT(mmuext1(MMUEXT_NEW_BASEPTR, va_mfn(mine), 0), 0);
	EXPECT(pin_va(4, l4), 0);
	EXPECT(mmuext1(MMUEXT_NEW_USER_BASEPTR, va_mfn(l4), 0), 0);
	EXPECT(unpin(va_mfn(l4)), 0);
	EXPECT_ERROR(make_rw(l4));		/* still somebody's base */
	EXPECT(mmuext1(MMUEXT_NEW_USER_BASEPTR, 0, 0), 0);
	EXPECT(make_rw(l4), 0);
	EXPECT_ERROR(mmuext1(MMUEXT_NEW_BASEPTR, va_mfn(l4), 0));
	EXPECT_ERROR(mmuext1(MMUEXT_NEW_USER_BASEPTR, va_mfn(l4), 0));
	EXPECT_ERROR(mmuext1(MMUEXT_NEW_BASEPTR, 0x200, 0));
	EXPECT_ERROR(mmuext1(MMUEXT_NEW_BASEPTR, ~0UL, 0));
	EXPECT_ERROR(mmuext1(MMUEXT_NEW_BASEPTR, va_mfn(pte_ptr(VIRT_BASE, 3)), 0));
	EXPECT_ERROR(mmuext1(MMUEXT_NEW_BASEPTR, 0, 0));
	memset(l4, 0, PAGE_SIZE);
	expect_free(l4, "old top table");
}

static void check_descriptors(void)
{
	u64 *gdt = alloc_page(), *t = table();
	xen_ulong_t frames[16] = { va_mfn(gdt) };

	gdt[1] = 0x00affb000000ffffUL;		/* 64-bit code, ring 3 */
	gdt[2] = 0x00cff3000000ffffUL;		/* data, ring 3 */
	EXPECT_ERROR(hypercall(__HYPERVISOR_set_gdt, P(frames), 512, 0, 0));	/* mapped writable */
	EXPECT(make_ro(gdt), 0);
	EXPECT(hypercall(__HYPERVISOR_set_gdt, P(frames), 512, 0, 0), 0);
	EXPECT_ERROR(make_rw(gdt));
	EXPECT_ERROR(pin_va(1, gdt));
	EXPECT_ERROR(pin_va(4, gdt));
	/* A page table is no descriptor table. */
	EXPECT(make_ro(t), 0);
	EXPECT(pin_va(1, t), 0);
	frames[0] = va_mfn(t);
	EXPECT_ERROR(hypercall(__HYPERVISOR_set_gdt, P(frames), 512, 0, 0));
	EXPECT(unpin(va_mfn(t)), 0);
	frames[0] = 0x200;
	EXPECT_ERROR(hypercall(__HYPERVISOR_set_gdt, P(frames), 512, 0, 0));
	EXPECT_ERROR(hypercall(__HYPERVISOR_set_gdt, 8, 512, 0, 0));
	EXPECT_ERROR(hypercall(__HYPERVISOR_set_gdt, P(frames), FIRST_RESERVED_GDT_ENTRY + 1, 0, 0));
	EXPECT_ERROR(make_rw(gdt));		/* the old one is still in force */
	/* A table with a system descriptor is refused as a whole; the good frame before it is let go. */
	EXPECT(make_rw(t), 0);
	t[0] = 0;
	t[1] = 0x00008b0000000067UL;		/* TSS */
	EXPECT(make_ro(t), 0);
	u64 *other = alloc_page();
	EXPECT(make_ro(other), 0);
	frames[0] = va_mfn(other);
	frames[1] = va_mfn(t);
	EXPECT_ERROR(hypercall(__HYPERVISOR_set_gdt, P(frames), 1024, 0, 0));
	expect_free(other, "good half of a wrong GDT");
	EXPECT(hypercall(__HYPERVISOR_set_gdt, P(frames), 0, 0, 0), 0);
	EXPECT(make_rw(gdt), 0);
	memset(gdt, 0, PAGE_SIZE);
	expect_free(gdt, "old GDT");
}

void test_main(void)
{
	check_simple();
	check_failed_l1(0, "L1 that maps itself writable");
	check_failed_l1(pte_of(0x200, PTE_RWX), "L1 that maps a foreign frame");
	check_failed_l1(pte_of(va_mfn(root_table()), PTE_RWX), "L1 that maps the top table writable");
	check_failed_l1(pte_of(0xfffffffff, PTE_RWX), "L1 that maps no memory");
	check_failed_l1(pte_of(va_mfn(root_table()), PTE_RWX) | 1UL << 51, "L1 with a bad bit");
	check_failed_tree();
	check_top();
	check_descriptors();
}
