/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory of the domain: giving pages back, getting new ones, exchanging them for contiguous ones; counts and
 * orders that are wrong, addresses that wrap, calls so long that they are preempted.
 */
#include "guest.h"
#include <public/memory.h>

const char test_title[] = "memory operations";

#define MANY	4096
static xen_pfn_t list[MANY], pfns[MANY];

static long reservation(u32 cmd, xen_pfn_t *extents, u64 count, u32 order)
{
	struct xen_memory_reservation r = { .nr_extents = count, .extent_order = order, .domid = DOMID_SELF };

	set_xen_guest_handle(r.extent_start, extents);
	return memory_op(cmd, &r);
}

static long current(void)
{
	struct xen_memory_domain d = { .domid = DOMID_SELF };

	return memory_op(XENMEM_current_reservation, &d);
}

static void check_queries(void)
{
	struct xen_memory_domain d = { .domid = 0x1234 };
	struct xen_memory_map map = { .nr_entries = 32 };
	static char e820[32 * 20];
	long top = memory_op(XENMEM_maximum_ram_page, NULL);

	CHECK(top > 0x1000 && top < 0x1000000, "highest frame %#lx", top);
	EXPECT(current(), start_info->nr_pages);
	EXPECT(memory_op(XENMEM_current_reservation, &d), -XEN_ESRCH);
	d.domid = DOMID_SELF;
	CHECK(memory_op(XENMEM_maximum_reservation, &d) >= (long)start_info->nr_pages, "maximum is %ld",
	      memory_op(XENMEM_maximum_reservation, &d));
	shared_info->arch.max_pfn = 12345;		/* the guest says what its highest one is */
	EXPECT(memory_op(XENMEM_maximum_gpfn, &d), 12344);
	if (!is_dom0())
		return;
	set_xen_guest_handle(map.buffer, (void *)e820);
	EXPECT(memory_op(XENMEM_machine_memory_map, &map), 0);
	CHECK(map.nr_entries >= 2 && map.nr_entries <= 32, "%u entries", map.nr_entries);
	map.nr_entries = 1;
	/* no room for all: refused, or as many as there is room for */
	if (!memory_op(XENMEM_machine_memory_map, &map))
		EXPECT(map.nr_entries, 1);
	map.nr_entries = 32;
	map.buffer.p = (void *)8;
	EXPECT(memory_op(XENMEM_machine_memory_map, &map), -XEN_EFAULT);
}

/* What the tools ask for, and what a paravirtualized guest has no use for. */
static void check_tools(void)
{
	struct xen_machphys_mfn_list m2p = { .max_extents = 8 };
	struct xen_foreign_memory_map fmap = { .domid = DOMID_SELF, .map.nr_entries = 1 };
	struct xen_memory_map map = { .nr_entries = 4 };
	struct xen_memory_reservation claim = { .domid = DOMID_SELF };
	struct xen_mem_acquire_resource res = { .domid = 0x1234 };
	struct xen_remove_from_physmap rem = { .domid = DOMID_SELF, .gpfn = 5 };
	static xen_pfn_t chunks[8];
	static struct { u64 addr, size; u32 type; } __attribute__((__packed__)) one = { 0, 64 << 20, 1 }, got[4];

	set_xen_guest_handle(m2p.extent_start, chunks);
	EXPECT(memory_op(XENMEM_machphys_mfn_list, &m2p), 0);
	CHECK(m2p.nr_extents >= 1 && m2p.nr_extents <= 8 && chunks[0], "M2P in %u chunks", m2p.nr_extents);
	m2p.extent_start.p = (void *)8;
	EXPECT(memory_op(XENMEM_machphys_mfn_list, &m2p), -XEN_EFAULT);
	EXPECT_ERROR(memory_op(XENMEM_remove_from_physmap, &rem));
	CHECK(memory_op(XENMEM_get_sharing_freed_pages, NULL) <= 0, "shared pages");
	CHECK(memory_op(XENMEM_get_sharing_shared_pages, NULL) <= 0, "shared pages");
	EXPECT_ERROR(memory_op(XENMEM_acquire_resource, &res));
	if (!is_dom0()) {
		EXPECT(memory_op(XENMEM_claim_pages, &claim), -XEN_EPERM);
		return;
	}
	EXPECT(memory_op(XENMEM_memory_map, &map), -XEN_ENOSYS);	/* none was set */
	set_xen_guest_handle(fmap.map.buffer, (void *)&one);
	EXPECT(memory_op(XENMEM_set_memory_map, &fmap), 0);
	set_xen_guest_handle(map.buffer, (void *)got);
	EXPECT(memory_op(XENMEM_memory_map, &map), 0);
	EXPECT(map.nr_entries, 1);
	EXPECT(got[0].size, 64 << 20);
	fmap.map.nr_entries = 0x40000000;
	EXPECT_ERROR(memory_op(XENMEM_set_memory_map, &fmap));
	claim.nr_extents = start_info->nr_pages + 100;
	EXPECT(memory_op(XENMEM_claim_pages, &claim), 0);
	claim.nr_extents = 1UL << 40;
	EXPECT_ERROR(memory_op(XENMEM_claim_pages, &claim));
	claim.nr_extents = 0;
	EXPECT(memory_op(XENMEM_claim_pages, &claim), 0);
	claim.extent_order = 1;
	EXPECT(memory_op(XENMEM_claim_pages, &claim), -XEN_EINVAL);
}

static void check_give_and_take(void)
{
	long before = current();
	u64 v;

	for (unsigned i = 0; i < 10; i++) {
		pfns[i] = alloc_high_pfn();
		list[i] = pfn_mfn(pfns[i]);
	}
	EXPECT(reservation(XENMEM_decrease_reservation, list, 10, 0), 10);
	EXPECT(current(), before - 10);
	EXPECT(reservation(XENMEM_decrease_reservation, list, 10, 0), 0);	/* not ours any more */
	EXPECT_ERROR(map_page(SCRATCH, list[0], PTE_RWX));
	memcpy(list, pfns, sizeof(list[0]) * 10);
	EXPECT(reservation(XENMEM_populate_physmap, list, 10, 0), 10);
	EXPECT(current(), before);
	for (unsigned i = 0; i < 10; i++) {
		set_p2m(pfns[i], list[i]);
		EXPECT(mfn_pfn(list[i]), pfns[i]);
		EXPECT(map_page(SCRATCH, list[i], PTE_RWX), 0);
		CHECK(try_write((void *)SCRATCH, i) && try_read((void *)SCRATCH, &v) && v == i,
		      "new page %u", i);
	}
	EXPECT(update_va_mapping(SCRATCH, 0, UVMF_INVLPG), 0);
	for (unsigned i = 0; i < 3; i++)
		list[20 + i] = pfn_mfn(alloc_high_pfn());
	EXPECT(reservation(XENMEM_decrease_reservation, list + 20, 3, 0), 3);
	EXPECT(reservation(XENMEM_increase_reservation, list + 20, 3, 0), 3);
	EXPECT(current(), before);
}

/* A page that is given back while it is mapped, or is a page table, goes when the last use of it ends. */
static void check_in_use(void)
{
	u64 *page = alloc_page(), *table = alloc_page(), mfn = va_mfn(page), tmfn = va_mfn(table);

	EXPECT(reservation(XENMEM_decrease_reservation, &mfn, 1, 0), 1);
	CHECK(try_write(page, 5), "the page went while it was mapped");
	EXPECT_ERROR(map_page(SCRATCH, 0x200, PTE_RWX));
	EXPECT(update_va_mapping(P(page), 0, UVMF_INVLPG), 0);
	EXPECT_ERROR(update_va_mapping(P(page), pte_of(mfn, PTE_RWX), UVMF_INVLPG));
	EXPECT(make_ro(table), 0);
	EXPECT(pin(1, tmfn), 0);
	EXPECT(reservation(XENMEM_decrease_reservation, &tmfn, 1, 0), 1);
	EXPECT(update_va_mapping(P(table), 0, UVMF_INVLPG), 0);
	unpin(tmfn);		/* if it was not unpinned when it was given back */
	EXPECT_ERROR(pin(1, tmfn));
	mfn = va_mfn(root_table());
	EXPECT(xen_version(7, NULL), 4096);
}

static void check_exchange(void)
{
	struct xen_memory_exchange x = {
		.in = { .nr_extents = 4, .extent_order = 0, .domid = DOMID_SELF },
		.out = { .nr_extents = 1, .extent_order = 2, .domid = DOMID_SELF },
	};
	long before = current();
	xen_pfn_t out = 0;

	for (unsigned i = 0; i < 4; i++)
		pfns[i] = alloc_high_pfn();
	for (unsigned i = 0; i < 4; i++)
		list[i] = pfn_mfn(pfns[3 - i]);
	out = pfns[3];
	set_xen_guest_handle(x.in.extent_start, list);
	set_xen_guest_handle(x.out.extent_start, &out);
	if (EXPECT(memory_op(XENMEM_exchange, &x), 0)) {
		EXPECT(x.nr_exchanged, 4);
		for (unsigned i = 0; i < 4; i++)
			EXPECT(mfn_pfn(out + i), pfns[3] + i);
		EXPECT(out & 3, 0);
	}
	EXPECT(current(), before);
	/* Frames that are not ours: nothing changes. */
	x.nr_exchanged = 0;
	list[0] = 0x200;
	EXPECT_ERROR(memory_op(XENMEM_exchange, &x));
	EXPECT(current(), before);
	x.nr_exchanged = 0;
	x.out.nr_extents = 2;
	EXPECT(memory_op(XENMEM_exchange, &x), -XEN_EINVAL);	/* sizes differ */
	x.out.nr_extents = ~0UL;
	EXPECT_ERROR(memory_op(XENMEM_exchange, &x));
	x.out.nr_extents = 1UL << 62;
	x.in.nr_extents = 1UL << 62;
	x.out.extent_order = 2;
	x.in.extent_order = 2;
	EXPECT_ERROR(memory_op(XENMEM_exchange, &x));
	x.in.nr_extents = 4;
	x.in.extent_order = 0;
	x.out.nr_extents = 1;
	x.out.extent_order = 66;
	EXPECT_ERROR(memory_op(XENMEM_exchange, &x));
	x.out.extent_order = 2;
	x.nr_exchanged = 5;
	EXPECT_ERROR(memory_op(XENMEM_exchange, &x));
	EXPECT(current(), before);
}

static void check_wrong(void)
{
	static const u64 counts[] = { 1UL << 31, 1UL << 32, 1UL << 52, 1UL << 61, 1UL << 63, ~0UL };
	static const u32 orders[] = { 10, 19, 20, 31, 32, 51, 63, 64, 0x7fffffff, 0xffffffff };
	long before = current();

	list[0] = 0x200;
	for (unsigned i = 0; i < ARRAY_SIZE(counts); i++) {
		CHECK(reservation(XENMEM_decrease_reservation, list, counts[i], 0) <= 0, "decrease of %#lx",
		      counts[i]);
		CHECK(reservation(XENMEM_decrease_reservation, (void *)~7UL, counts[i], 0) <= 0,
		      "array at the end");
		CHECK(reservation(XENMEM_populate_physmap, (void *)~7UL, counts[i], 0) <= 0,
		      "array at the end");
		CHECK(reservation(XENMEM_increase_reservation, (void *)8, 5, 0) <= 5, "increase");
	}
	for (unsigned i = 0; i < ARRAY_SIZE(orders); i++) {
		list[0] = 0x200;
		CHECK(reservation(XENMEM_decrease_reservation, list, 1, orders[i]) <= 0,
		      "decrease, order %u", orders[i]);
		list[0] = start_info->nr_pages - 1;
		CHECK(reservation(XENMEM_populate_physmap, list, 1, orders[i] | 0x20) <= 0,
		      "populate, order %u", orders[i] | 0x20);
	}
	list[0] = ~0UL;
	EXPECT(reservation(XENMEM_decrease_reservation, list, 1, 0), 0);
	CHECK(current() <= before + 5 * (long)ARRAY_SIZE(counts), "%ld pages, were %ld", current(), before);
	struct xen_add_to_physmap a = { .domid = DOMID_SELF, .space = XENMAPSPACE_shared_info, .gpfn = 5 };
	EXPECT_ERROR(memory_op(XENMEM_add_to_physmap, &a));
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = 0x1234 };
	CHECK(memory_op(XENMEM_populate_physmap, &r) <= 0, "populate of no domain");
}

/*
 * Calls that last longer than the hypervisor allows at a time. The start extent that is kept in cmd is
 * checked too.
 */
static void check_long(void)
{
	long before = current(), got;

	for (unsigned i = 0; i < MANY; i++)
		list[i] = pfn_mfn(pfns[i] = alloc_high_pfn());
	got = reservation(XENMEM_decrease_reservation, list, MANY, 0);
	EXPECT(got, MANY);
	EXPECT(current(), before - MANY);
	got = reservation(XENMEM_populate_physmap, pfns, MANY, 0);
	EXPECT(got, MANY);
	EXPECT(current(), before);
	/* A made-up continuation behind the end. */
	CHECK(reservation(XENMEM_decrease_reservation | 5000 << 6, list, 10, 0) <= 5000,
	      "start behind the end");
	EXPECT(current(), before);
}

void test_main(void)
{
	check_queries();
	check_tools();
	check_give_and_take();
	check_in_use();
	check_exchange();
	check_wrong();
	check_long();
}
