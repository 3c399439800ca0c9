/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Multicalls: results, order, unknown and nested calls, lists that cannot be read or written, very long ones.
 */
#include "guest.h"
#include <public/version.h>

const char test_title[] = "multicall";

#define LONG	(2 * PAGE_SIZE / sizeof(struct multicall_entry))

static long multicall(void *list, u64 n)
{
	return hypercall(__HYPERVISOR_multicall, P(list), n, 0, 0);
}

static void check_basic(void)
{
	struct multicall_entry m[5] = {
		{ .op = __HYPERVISOR_xen_version, .result = 77, .args = { XENVER_pagesize } },
		{ .op = 63, .result = 77 },
		{ .op = ~0UL, .result = 77 },
		{ .op = __HYPERVISOR_multicall, .result = 77, .args = { P(m), 1 } },
		{ .op = __HYPERVISOR_xen_version, .result = 77, .args = { XENVER_version } },
	};

	EXPECT(multicall(m, 5), 0);
	EXPECT(m[0].result, 4096);
	EXPECT(m[1].result, -XEN_ENOSYS);
	EXPECT(m[2].result, -XEN_ENOSYS);
	EXPECT_ERROR(m[3].result);
	EXPECT(m[4].result, xen_version(XENVER_version, NULL));
	/* And it has not stayed in the state of a multicall. */
	EXPECT(multicall(m, 1), 0);
}

static void check_effects(void)
{
	u64 va = SCRATCH + 0x1000, v;
	u64 mfn = va_mfn(alloc_page());
	struct multicall_entry m[3] = {
		{ .op = __HYPERVISOR_update_va_mapping, .args = { va, pte_of(mfn, PTE_RWX), UVMF_INVLPG } },
		{ .op = __HYPERVISOR_update_va_mapping, .args = { va + 0x1000, pte_of(0x200, PTE_RWX),
								 UVMF_INVLPG } },
		{ .op = __HYPERVISOR_update_va_mapping, .args = { va + 0x2000, pte_of(mfn, PTE_RO),
								 UVMF_INVLPG } },
	};

	CHECK(make_tables(va), "tables");
	EXPECT(multicall(m, 3), 0);
	EXPECT(m[0].result, 0);
	EXPECT_ERROR(m[1].result);
	EXPECT(m[2].result, 0);
	CHECK(try_write((void *)va, 7) && try_read((void *)(va + 0x2000), &v) && v == 7,
	      "mappings of a multicall");
}

static void check_lists(void)
{
	struct multicall_entry *m = alloc_page();

	alloc_page();			/* the page behind it: the pool is contiguous */
	EXPECT(multicall(m, 0), 0);
	EXPECT(multicall((void *)8, 1), -XEN_EFAULT);
	EXPECT(multicall((void *)0xffff830000000000UL, 1), -XEN_EFAULT);
	EXPECT(multicall((void *)~7UL, 1), -XEN_EFAULT);
	for (unsigned i = 0; i < LONG; i++) {
		m[i].op = __HYPERVISOR_xen_version;
		m[i].args[0] = XENVER_pagesize;
		m[i].result = 0;
	}
	/* Longer than there is memory: up to the last entry that is there. */
	EXPECT(map_page(SCRATCH + 0x10000, va_mfn(m), PTE_RWX), 0);
	EXPECT(update_va_mapping(SCRATCH + 0x11000, 0, UVMF_INVLPG), 0);
	long ret = multicall((void *)(SCRATCH + 0x10000), ~0UL);
	CHECK(ret == -XEN_EFAULT || ret == -XEN_E2BIG, "endless list: %ld", ret);
	if (ret == -XEN_EFAULT)
		EXPECT(m[LONG / 2 - 1].result, 4096);
	EXPECT(multicall((void *)(SCRATCH + 0x10000), LONG), -XEN_EFAULT);
	EXPECT(m[LONG / 2 - 1].result, 4096);
	EXPECT(update_va_mapping(SCRATCH + 0x10000, 0, UVMF_INVLPG), 0);
	EXPECT(multicall(m, LONG), 0);
	for (unsigned i = 0; i < LONG; i++)
		EXPECT(m[i].result, 4096);
	/* Results that cannot be written. */
	EXPECT(make_ro(m), 0);
	EXPECT(multicall(m, 1), -XEN_EFAULT);
	EXPECT(make_rw(m), 0);
	/* The list changes under its own calls: its second page becomes read-only, then goes. */
	m[0].op = __HYPERVISOR_update_va_mapping;
	m[0].args[0] = P(m) + PAGE_SIZE;
	m[0].args[1] = 0;
	m[0].args[2] = UVMF_INVLPG;
	EXPECT(multicall(m, LONG), -XEN_EFAULT);
	EXPECT(xen_version(XENVER_pagesize, NULL), 4096);
}

void test_main(void)
{
	check_basic();
	check_effects();
	check_lists();
}
