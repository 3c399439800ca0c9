/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page-table updates by hypercall, legal and illegal of each kind. An illegal one leaves the entry as it was,
 * and the frames that it named usable for anything.
 */
#include "guest.h"
#include <public/memory.h>

const char test_title[] = "page-table updates";

static u64 *page, *l1, *l2, *l3, *l4;

/* The entry at maddr must refuse val and keep its content. */
static void refuse(const u64 *entry, u64 val, const char *what)
{
	u64 before = *entry;
	long ret = write_pte(maddr_of(entry), val);

	CHECK(ret < 0, "%s: accepted (%ld)", what, ret);
	CHECK(*entry == before, "%s: entry is %#lx, was %#lx", what, *entry, before);
	if (!ret)
		write_pte(maddr_of(entry), before);
}

static void accept(const u64 *entry, u64 val, const char *what)
{
	u64 before = *entry;
	long ret = write_pte(maddr_of(entry), val);

	CHECK(!ret, "%s: refused (%ld)", what, ret);
	if (!ret && CHECK(!write_pte(maddr_of(entry), before), "%s: cannot be undone", what))
		flush_tlb();
}

static void check_legal(void)
{
	u64 mfn = va_mfn(page), v = 0;

	page[5] = 0x1234567;
	EXPECT(map_page(SCRATCH, mfn, PTE_RWX), 0);
	CHECK(try_read((u64 *)SCRATCH + 5, &v) && v == 0x1234567, "read through the new mapping: %#lx", v);
	CHECK(try_write((u64 *)SCRATCH + 6, 77) && page[6] == 77, "write through the new mapping");
	EXPECT(map_page(SCRATCH, mfn, PTE_RO), 0);
	CHECK(!try_write((u64 *)SCRATCH + 6, 78) && page[6] == 77, "write through a read-only mapping");
	EXPECT_TRAP_CODE(TRAP_PF, PF_PRESENT | PF_WRITE);
	EXPECT(update_va_mapping(SCRATCH, 0, UVMF_INVLPG), 0);
	CHECK(!try_read((u64 *)SCRATCH, &v), "read of nothing");
	EXPECT_TRAP_CODE(TRAP_PF, 0);
	EXPECT(last_trap.cr2, SCRATCH);
	accept(l1, pte_of(mfn, PTE_RWX | PTE_NX), "no-execute");
	accept(l1, pte_of(mfn, PTE_RWX | 0xe00), "software bits");
	accept(l1, pte_of(mfn, PTE_P | PTE_RW), "without the user bit");
	accept(l1, pte_of(0x12345678, PTE_RW), "anything that is not present");
	accept(l1, 0x7fffffffffffeUL, "rubbish that is not present");
	accept(l1, pte_of(va_mfn(l1), PTE_RO), "a read-only view of a page table");
	accept(l1, pte_of(va_mfn(l4), PTE_RO), "a read-only view of the top table");
	accept(l1, pte_of(start_info->shared_info / PAGE_SIZE, PTE_RWX), "the shared page");
}

static void check_frames(void)
{
	refuse(l1, pte_of(va_mfn(l1), PTE_RWX), "writable view of an L1");
	refuse(l1, pte_of(va_mfn(l2), PTE_RWX), "writable view of an L2");
	refuse(l1, pte_of(va_mfn(l3), PTE_RWX), "writable view of an L3");
	refuse(l1, pte_of(va_mfn(l4), PTE_RWX), "writable view of an L4");
	refuse(l1, pte_of(0xfffffffff, PTE_RWX), "frame beyond the machine's memory");
	refuse(l1, pte_of(0xfffffffff, PTE_RO), "the same read-only");
	refuse(l1, pte_of(0x10000000, PTE_RWX), "frame at 1 TB");
	refuse(l1, pte_of(0xfee00, PTE_RWX), "local APIC");
	/* The IO-APIC may be looked at, so a writable mapping may become a read-only one. */
	if (!write_pte(maddr_of(l1), pte_of(0xfec00, PTE_RWX)))
		CHECK(!(*l1 & PTE_RW), "IO-APIC is writable: %#lx", *l1);
	EXPECT(write_pte(maddr_of(l1), 0), 0);
	if (is_dom0()) {
		accept(l1, pte_of(0xb8, PTE_RWX | PTE_PCD), "text screen");
		EXPECT(write_pte_dom(maddr_of(l1), pte_of(0xb8, PTE_RWX), DOMID_IO), 0);
		EXPECT(write_pte(maddr_of(l1), 0), 0);
	} else {
		refuse(l1, pte_of(0xb8, PTE_RWX), "text screen");
	}
}

static bool is_own(u64 mfn)
{
	u64 pfn = mfn_pfn(mfn);

	return (pfn < start_info->nr_pages &&
		pfn_mfn(pfn) == mfn) || mfn == start_info->shared_info / PAGE_SIZE;
}

/*
 * All memory that is not ours: the hypervisor's, and what is free. Stops short of the firmware's tables at
 * its end.
 */
static void check_others(void)
{
	struct xen_machphys_mapping m;
	u64 end = (u64)memory_op(XENMEM_maximum_ram_page, NULL) - 0x100;
	unsigned tried = 0;

	EXPECT(memory_op(XENMEM_machphys_mapping, &m), 0);
	EXPECT(m.v_start, MACH2PHYS_VIRT_START);
	for (u64 mfn = 0x100; mfn < end; mfn += 5) {
		if (is_own(mfn))
			continue;
		tried++;
		if (!CHECK(write_pte(maddr_of(l1), pte_of(mfn, PTE_RWX)) < 0,
			   "frame %#lx, not ours, writable", mfn) ||
		    !CHECK(write_pte(maddr_of(l1), pte_of(mfn, PTE_RO)) < 0,
			   "frame %#lx, not ours, readable", mfn) ||
		    !CHECK(write_pte(maddr_of(l2 + 7), pte_of(mfn, PTE_TABLE)) < 0,
			   "frame %#lx as a page table", mfn))
			write_pte(maddr_of(l1), 0);
	}
	printf("%u frames of others tried\n", tried);
	CHECK(tried > 100, "few frames of others: %u", tried);
}

static void check_bits(void)
{
	u64 mfn = va_mfn(page);

	refuse(l1, pte_of(mfn, PTE_RWX) | 1UL << 51, "address bit 51");
	refuse(l2 + 1, pte_of(0, PTE_TABLE | PTE_PS), "superpage in an L2");
	refuse(l3 + 1, pte_of(0, PTE_TABLE | PTE_PS), "superpage in an L3");
	refuse(l4 + 3, pte_of(va_mfn(l3), PTE_TABLE | PTE_PS), "large bit in an L4");
	/* Refused, or taken away: it has no meaning there. */
	write_pte(maddr_of(l2 + 1), pte_of(va_mfn(l1), PTE_TABLE | PTE_G));
	CHECK(!(l2[1] & PTE_G), "global bit in an L2: %#lx", l2[1]);
	EXPECT(write_pte(maddr_of(l2 + 1), 0), 0);
}

static void check_levels(void)
{
	u64 data = va_mfn(alloc_page());

	refuse(l2 + 1, pte_of(va_mfn(l2), PTE_TABLE), "L2 to itself, writable");
	refuse(l2 + 1, pte_of(va_mfn(l3), PTE_TABLE), "L2 to an L3");
	refuse(l2 + 1, pte_of(va_mfn(l4), PTE_TABLE), "L2 to the L4");
	refuse(l3 + 1, pte_of(va_mfn(l1), PTE_TABLE), "L3 to an L1");
	refuse(l3 + 1, pte_of(va_mfn(l4), PTE_TABLE), "L3 to the L4");
	refuse(l4 + 3, pte_of(va_mfn(l1), PTE_TABLE), "L4 to an L1");
	refuse(l4 + 3, pte_of(va_mfn(l2), PTE_TABLE), "L4 to an L2");
	refuse(l4 + 3, pte_of(va_mfn(l4), PTE_TABLE), "L4 to itself, writable");
	refuse(l3 + 1, pte_of(va_mfn(l3), PTE_TABLE), "L3 to itself, writable");
	refuse(l2 + 1, pte_of(data, PTE_TABLE), "page that is mapped writable, as a table");
	refuse(l4 + 3, pte_of(data, PTE_TABLE), "the same as an L3");
	accept(l2 + 1, pte_of(va_mfn(l1), PTE_TABLE), "a second way to an L1");
	accept(l3 + 1, pte_of(va_mfn(l2), PTE_TABLE), "a second way to an L2");
	accept(l4 + 3, pte_of(va_mfn(l3), PTE_TABLE), "a second way to an L3");
	/*
	 * Some guests look at their tables through one of them; whether that is allowed is the hypervisor's
	 * choice.
	 */
	long ret = write_pte(maddr_of(l4 + 3), pte_of(va_mfn(l4), PTE_RO));
	printf("read-only self-map of the top table: %ld\n", ret);
	if (!ret)
		EXPECT(write_pte(maddr_of(l4 + 3), 0), 0);
}

static void check_hypervisor_slots(void)
{
	for (unsigned slot = 256; slot < 272; slot++) {
		refuse(l4 + slot, 0, "hypervisor's slot cleared");
		refuse(l4 + slot, pte_of(va_mfn(l3), PTE_TABLE), "hypervisor's slot set");
		EXPECT_ERROR(update_va_mapping(0xffff000000000000UL | (u64)slot << 39, pte_of(va_mfn(page),
											      PTE_RWX), 0));
	}
	EXPECT_ERROR(update_va_mapping(0x0000900000000000UL, 0, 0));
	EXPECT_ERROR(update_va_mapping(0x0000700000000000UL, pte_of(va_mfn(page), PTE_RWX), 0));
	EXPECT_ERROR(update_va_mapping(SCRATCH + (1UL << 30), 0, 0));
}

static void check_targets(void)
{
	u64 m = maddr_of(l1 + 9);
	struct mmu_update u = { .ptr = m + 4, .val = 0 };
	struct mmu_update batch[4] = {
		{ .ptr = m, .val = pte_of(va_mfn(page), PTE_RWX) }, { .ptr = m + 8, .val = 0 },
		{ .ptr = m + 16, .val = pte_of(va_mfn(l1), PTE_RWX) }, { .ptr = m + 24,
									.val = pte_of(va_mfn(page),
										      PTE_RWX) },
	};
	struct mmuext_op op = { .cmd = MMUEXT_CLEAR_PAGE, .arg1.mfn = va_mfn(page) };
	u32 done = 99;

	EXPECT_ERROR(mmu_update(&u, 1, NULL, DOMID_SELF));
	u.ptr = 0x200000UL;
	EXPECT_ERROR(mmu_update(&u, 1, NULL, DOMID_SELF));
	u.ptr = 0xffffffffff000UL;
	EXPECT_ERROR(mmu_update(&u, 1, NULL, DOMID_SELF));
	u.ptr = m | 3;
	u.val = pte_of(va_mfn(page), PTE_RWX);
	EXPECT(mmu_update(&u, 1, NULL, DOMID_SELF), 0);
	u.ptr = m;
	EXPECT_ERROR(mmu_update(&u, 1, NULL, DOMID_INVALID));
	EXPECT(mmu_update(&u, 1, NULL, 0x1234), -XEN_ESRCH);
	/* Linux goes on from `done` after any error; what it held before must not be taken for progress. */
	EXPECT(mmu_update(&u, 1, &done, 0x1234), -XEN_ESRCH);
	EXPECT(done, 0);
	done = 99;
	EXPECT(mmuext_op(&op, 1, &done, 0x1234), -XEN_ESRCH);
	EXPECT(done, 0);
	done = 99;
	EXPECT(mmu_update(&u, 1, NULL, 0x1234 << 16 | DOMID_SELF), -XEN_ESRCH);
	EXPECT_ERROR(mmu_update(batch, 4, &done, DOMID_SELF));
	EXPECT(done, 2);
	EXPECT(l1[9] & PTE_P, 1);
	EXPECT(l1[12], 0);
	EXPECT(mmu_update(batch, 0, &done, DOMID_SELF), 0);
	mmu_update(batch, 2, (u32 *)8, DOMID_SELF);	/* done, whatever it answers */
	EXPECT(l1[9] & PTE_P, 1);
	/* An ordinary page takes any value. */
	u.ptr = maddr_of(page + 3);
	u.val = 0xdeadbeefdeadbeefUL;
	EXPECT(mmu_update(&u, 1, NULL, DOMID_SELF), 0);
	EXPECT(page[3], 0xdeadbeefdeadbeefUL);
	EXPECT(hypercall(__HYPERVISOR_update_va_mapping_otherdomain, SCRATCH, 0, 0, 0x1234), -XEN_ESRCH);
}

static void check_accessed_dirty(void)
{
	struct mmu_update u = { .ptr = maddr_of(l1 + 20) | MMU_PT_UPDATE_PRESERVE_AD };

	EXPECT(write_pte(maddr_of(l1 + 20), pte_of(va_mfn(page), PTE_RWX)), 0);
	u.val = pte_of(va_mfn(page), PTE_P | PTE_US);
	EXPECT(mmu_update(&u, 1, NULL, DOMID_SELF), 0);
	EXPECT(l1[20] & (PTE_A | PTE_D | PTE_RW), PTE_A | PTE_D);
	u.ptr = maddr_of(l1 + 20) | MMU_NORMAL_PT_UPDATE;
	EXPECT(mmu_update(&u, 1, NULL, DOMID_SELF), 0);
	EXPECT(l1[20] & (PTE_A | PTE_D | PTE_RW), 0);
	EXPECT(write_pte(maddr_of(l1 + 20), 0), 0);
}

static void check_m2p(void)
{
	struct mmu_update u = { .ptr = va_mfn(page) * PAGE_SIZE | MMU_MACHPHYS_UPDATE, .val = 0x7777 };
	u64 *m2p = (u64 *)MACH2PHYS_VIRT_START, v;

	EXPECT(mmu_update(&u, 1, NULL, DOMID_SELF), 0);
	EXPECT(mfn_pfn(va_mfn(page)), 0x7777);
	u.val = va_pfn(page);
	EXPECT(mmu_update(&u, 1, NULL, DOMID_SELF), 0);
	u.ptr = 0x200000UL | MMU_MACHPHYS_UPDATE;
	EXPECT_ERROR(mmu_update(&u, 1, NULL, DOMID_SELF));
	u.ptr = 0xffffffffff000UL | MMU_MACHPHYS_UPDATE;
	EXPECT_ERROR(mmu_update(&u, 1, NULL, DOMID_SELF));
	CHECK(!try_write(m2p + 1, 5), "the machine-to-phys table is writable");
	EXPECT_TRAP(TRAP_PF);
	for (u64 va = 0xffff808000000000UL; va < 0xffff880000000000UL; va += 0x4000000000UL)
		CHECK(!try_read((void *)va, &v), "hypervisor's %#lx can be read", va);
}

static void check_ext(void)
{
	u64 mask = 1, *copy = alloc_page();
	struct mmuext_op op = { .cmd = MMUEXT_INVLPG_MULTI, .arg1.linear_addr = SCRATCH };

	EXPECT(mmuext1(MMUEXT_TLB_FLUSH_LOCAL, 0, 0), 0);
	EXPECT(mmuext1(MMUEXT_TLB_FLUSH_ALL, 0, 0), 0);
	EXPECT(mmuext1(MMUEXT_INVLPG_LOCAL, SCRATCH, 0), 0);
	EXPECT(mmuext1(MMUEXT_INVLPG_LOCAL, 0xffff800000000000UL, 0), 0);
	EXPECT(mmuext1(MMUEXT_INVLPG_ALL, 0x0000800000000000UL, 0), 0);
	set_xen_guest_handle(op.arg2.vcpumask, (const void *)&mask);
	EXPECT(mmuext_op(&op, 1, NULL, DOMID_SELF), 0);
	op.cmd = MMUEXT_TLB_FLUSH_MULTI;
	EXPECT(mmuext_op(&op, 1, NULL, DOMID_SELF), 0);
	set_xen_guest_handle(op.arg2.vcpumask, (const void *)8);
	EXPECT_ERROR(mmuext_op(&op, 1, NULL, DOMID_SELF));
	EXPECT(mmuext1(99, 0, 0), -XEN_ENOSYS);
	EXPECT_ERROR(mmuext1(MMUEXT_MARK_SUPER, va_mfn(copy), 0));
	/* Caches are for who drives devices. */
	if (is_dom0()) {
		EXPECT(mmuext1(MMUEXT_FLUSH_CACHE, 0, 0), 0);
		EXPECT(mmuext1(MMUEXT_FLUSH_CACHE_GLOBAL, 0, 0), 0);
	} else {
		EXPECT_ERROR(mmuext1(MMUEXT_FLUSH_CACHE, 0, 0));
		EXPECT_ERROR(mmuext1(MMUEXT_FLUSH_CACHE_GLOBAL, 0, 0));
	}
	page[1] = 0x55;
	EXPECT(mmuext1(MMUEXT_COPY_PAGE, va_mfn(copy), va_mfn(page)), 0);
	EXPECT(copy[1], 0x55);
	EXPECT(mmuext1(MMUEXT_CLEAR_PAGE, va_mfn(copy), 0), 0);
	EXPECT(copy[1], 0);
	EXPECT_ERROR(mmuext1(MMUEXT_CLEAR_PAGE, va_mfn(l1), 0));
	EXPECT_ERROR(mmuext1(MMUEXT_CLEAR_PAGE, 0x200, 0));
	EXPECT_ERROR(mmuext1(MMUEXT_COPY_PAGE, va_mfn(l1), va_mfn(page)));
	EXPECT_ERROR(mmuext1(MMUEXT_COPY_PAGE, va_mfn(copy), 0x200));
	EXPECT_ERROR(mmuext1(MMUEXT_COPY_PAGE, 0xfffffffffffUL, va_mfn(copy)));
}

void test_main(void)
{
	page = alloc_page();
	CHECK(make_tables(SCRATCH), "tables");
	l1 = pte_ptr(SCRATCH, 1);
	l2 = pte_ptr(SCRATCH, 2);
	l3 = pte_ptr(SCRATCH, 3);
	l4 = root_table();
	check_legal();
	check_frames();
	check_bits();
	check_levels();
	check_hypervisor_slots();
	check_targets();
	check_accessed_dirty();
	check_m2p();
	check_ext();
	check_others();
}
