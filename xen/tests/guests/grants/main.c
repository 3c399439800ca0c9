/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Grant tables, version 1, from one domain to itself: set-up, mapping by address and by entry, unmapping,
 * replacing, copying; references, handles, addresses and counts that are wrong.
 */
#include "guest.h"
#include <public/grant_table.h>
#include <public/holders.h>

const char test_title[] = "grant tables";

static struct grant_entry_v1 *table;
static u64 *page, *second;
static domid_t self;

static void offer(u32 ref, const void *what, u16 flags)
{
	table[ref].domid = self;
	table[ref].frame = (u32)va_mfn(what);
	barrier();
	table[ref].flags = GTF_permit_access | flags;
}

static struct gnttab_map_grant_ref map(u64 addr, u32 flags, u32 ref)
{
	struct gnttab_map_grant_ref m = { .host_addr = addr, .flags = flags, .ref = ref, .dom = self,
					 .status = 99 };

	EXPECT(grant_op(GNTTABOP_map_grant_ref, &m, 1), 0);
	return m;
}

static int unmap(u64 addr, u32 handle)
{
	struct gnttab_unmap_grant_ref u = { .host_addr = addr, .handle = handle, .status = 99 };

	EXPECT(grant_op(GNTTABOP_unmap_grant_ref, &u, 1), 0);
	return u.status;
}

static bool set_up(void)
{
	static xen_pfn_t frames[64];
	struct gnttab_set_version ver = { .version = 1 };
	struct gnttab_query_size q = { .dom = DOMID_SELF };
	struct gnttab_setup_table s = { .dom = DOMID_SELF, .nr_frames = 1 };
	struct gnttab_get_version gv = { .dom = DOMID_SELF };

	EXPECT(grant_op(GNTTABOP_set_version, &ver, 1), 0);
	EXPECT(ver.version, 1);
	EXPECT(grant_op(GNTTABOP_get_version, &gv, 1), 0);
	EXPECT(gv.version, 1);
	ver.version = 77;
	EXPECT_ERROR(grant_op(GNTTABOP_set_version, &ver, 1));
	EXPECT(grant_op(GNTTABOP_query_size, &q, 1), 0);
	EXPECT(q.status, GNTST_okay);
	CHECK(q.max_nr_frames >= 4, "at most %u frames", q.max_nr_frames);
	set_xen_guest_handle(s.frame_list, frames);
	s.nr_frames = q.max_nr_frames + 1;
	EXPECT(grant_op(GNTTABOP_setup_table, &s, 1), 0);
	CHECK(s.status < 0, "more frames than allowed: %d", s.status);
	s.nr_frames = 0xffffffff;
	EXPECT(grant_op(GNTTABOP_setup_table, &s, 1), 0);
	CHECK(s.status < 0, "all the frames there are: %d", s.status);
	s.dom = 0x1234;
	s.nr_frames = 1;
	EXPECT(grant_op(GNTTABOP_setup_table, &s, 1), 0);
	EXPECT(s.status, GNTST_bad_domain);
	s.dom = DOMID_SELF;
	EXPECT(grant_op(GNTTABOP_setup_table, &s, 2), -XEN_EINVAL);
	EXPECT(grant_op(GNTTABOP_setup_table, &s, 1), 0);
	EXPECT(s.status, GNTST_okay);
	EXPECT(map_page(SCRATCH, frames[0], PTE_RWX), 0);
	table = (void *)SCRATCH;
	s.nr_frames = 2;
	EXPECT(grant_op(GNTTABOP_setup_table, &s, 1), 0);
	EXPECT(s.status, GNTST_okay);
	return !test_failures;
}

static void check_map(void)
{
	u64 va = SCRATCH + 0x10000, v;
	struct gnttab_map_grant_ref m, n;

	EXPECT(update_va_mapping(va, 0, 0), 0);
	page[7] = 1234;
	offer(9, page, 0);
	m = map(va, GNTMAP_host_map, 9);
	EXPECT(m.status, GNTST_okay);
	CHECK(try_read((u64 *)va + 7, &v) && v == 1234, "read through the grant: %#lx", v);
	CHECK(try_write((u64 *)va + 8, 5) && page[8] == 5, "write through the grant");
	EXPECT(table[9].flags, GTF_permit_access | GTF_reading | GTF_writing);
	EXPECT_ERROR(pin(1, va_mfn(page)));		/* it is somebody's writable page */
	n = map(va + PAGE_SIZE, GNTMAP_host_map | GNTMAP_readonly, 9);
	EXPECT(n.status, GNTST_okay);
	CHECK(try_read((u64 *)(va + PAGE_SIZE) + 7, &v) && v == 1234, "second mapping");
	CHECK(!try_write((u64 *)(va + PAGE_SIZE) + 7, 0), "write through a read-only mapping");
	EXPECT(unmap(va + 0x5000, m.handle) < 0, 1);	/* elsewhere */
	EXPECT(unmap(va, m.handle), GNTST_okay);
	CHECK(!try_read((u64 *)va, &v), "mapped after unmap");
	EXPECT(table[9].flags, GTF_permit_access | GTF_reading);
	EXPECT(unmap(va + PAGE_SIZE, n.handle), GNTST_okay);
	EXPECT(table[9].flags, GTF_permit_access);
	CHECK(unmap(va, m.handle) < 0, "unmapped twice");
	EXPECT(unmap(va, 0xffffffff), GNTST_bad_handle);
	EXPECT(unmap(va, 0x7fffffff), GNTST_bad_handle);
	CHECK(unmap(va, 300) < 0, "handle that was never given");
}

static void check_entry_map(void)
{
	u64 va = SCRATCH + 0x20000, v;
	struct gnttab_map_grant_ref m;

	EXPECT(update_va_mapping(va, 0, 0), 0);
	offer(9, page, 0);
	m = map(pte_maddr(va, 1), GNTMAP_host_map | GNTMAP_contains_pte, 9);
	EXPECT(m.status, GNTST_okay);
	CHECK(try_read((u64 *)va + 7, &v) && v == 1234, "read through the grant: %#lx", v);
	EXPECT(unmap(pte_maddr(va, 1), m.handle), GNTST_okay);
	CHECK(map(va_mfn(page) * PAGE_SIZE, GNTMAP_host_map | GNTMAP_contains_pte, 9).status < 0,
	      "entry in a data page");
	CHECK(map(pte_maddr(va, 2), GNTMAP_host_map | GNTMAP_contains_pte, 9).status < 0, "entry in an L2");
	CHECK(map(0x200000, GNTMAP_host_map | GNTMAP_contains_pte, 9).status < 0, "entry in a foreign frame");
	CHECK(map(pte_maddr(va, 1) + 4, GNTMAP_host_map | GNTMAP_contains_pte, 9).status < 0,
	      "entry that is not aligned");
	CHECK(map(~0UL, GNTMAP_host_map | GNTMAP_contains_pte, 9).status < 0, "entry at the end");
	EXPECT(table[9].flags, GTF_permit_access);
	/* Software bits of the entry are the caller's. */
	m = map(va, GNTMAP_host_map | 5U << 16, 9);
	EXPECT(m.status, GNTST_okay);
	EXPECT(*pte_ptr(va, 1) >> 9 & 7, 5);
	EXPECT(unmap(va, m.handle), GNTST_okay);
	EXPECT(table[9].flags, GTF_permit_access);
}

static void check_bad_maps(void)
{
	static const u64 addrs[] = { 0, 0x0000900000000000UL, 0xffff830000000000UL, 0xffff800000000000UL,
				    ~0UL,
				     SCRATCH + (5UL << 30), SCRATCH + 0x30001 };
	u64 va = SCRATCH + 0x30000;
	struct gnttab_map_grant_ref m = { .host_addr = va, .flags = GNTMAP_host_map, .ref = 9,
					 .dom = 0x1234 };

	EXPECT(grant_op(GNTTABOP_map_grant_ref, &m, 1), 0);
	EXPECT(m.status, GNTST_bad_domain);
	EXPECT(map(va, GNTMAP_host_map, 100).status < 0, 1);		/* never offered */
	EXPECT(map(va, GNTMAP_host_map, 1024).status < 0, 1);		/* likewise, in the second frame */
	EXPECT(map(va, GNTMAP_host_map, 0x7fffffff).status, GNTST_bad_gntref);
	EXPECT(map(va, GNTMAP_host_map, 0xffffffff).status, GNTST_bad_gntref);
	/* neither for the CPU nor for a device */
	EXPECT(map(va, 0, 9).status < 0, 1);
	EXPECT(map(va, GNTMAP_readonly, 9).status < 0, 1);
	for (unsigned i = 0; i < ARRAY_SIZE(addrs); i++) {
		m = map(addrs[i], GNTMAP_host_map, 9);
		/* An address that is not aligned may count as its page. */
		CHECK(m.status < 0 || addrs[i] == SCRATCH + 0x30001, "mapped at %#lx", addrs[i]);
		if (m.status >= 0)
			EXPECT(unmap(addrs[i], m.handle), GNTST_okay);
	}
	EXPECT(table[9].flags, GTF_permit_access);
	offer(10, page, GTF_readonly);
	EXPECT(map(va, GNTMAP_host_map, 10).status < 0, 1);
	table[11].domid = 0x123;
	table[11].frame = (u32)va_mfn(page);
	table[11].flags = GTF_permit_access;
	EXPECT(map(va, GNTMAP_host_map, 11).status < 0, 1);		/* for somebody else */
	table[12].domid = self;
	table[12].frame = 0x200;
	table[12].flags = GTF_permit_access;
	EXPECT(map(va, GNTMAP_host_map, 12).status < 0, 1);		/* not ours to give */
	EXPECT(table[12].flags, GTF_permit_access);
	table[12].frame = 0xffffffff;
	EXPECT(map(va, GNTMAP_host_map, 12).status < 0, 1);
	offer(12, root_table(), 0);
	EXPECT(map(va, GNTMAP_host_map, 12).status < 0, 1);		/* a page table, writable */
	table[13].flags = GTF_accept_transfer;
	EXPECT(map(va, GNTMAP_host_map, 13).status < 0, 1);
	EXPECT(grant_op(GNTTABOP_map_grant_ref, &m, 0), 0);
	EXPECT(grant_op(GNTTABOP_map_grant_ref, (void *)8, 1), -XEN_EFAULT);
	/* More than there is memory: stops with a fault where the array leaves what is mapped. */
	EXPECT_ERROR(grant_op(GNTTABOP_map_grant_ref, (char *)kernel_end + (2UL << 20), 0x7fffffff));
	EXPECT_ERROR(grant_op(GNTTABOP_unmap_grant_ref, (char *)kernel_end + (2UL << 20), 0x7fffffff));
	EXPECT_ERROR(grant_op(GNTTABOP_copy, (char *)kernel_end + (2UL << 20), 0x7fffffff));
}

static int copy(struct gnttab_copy c)
{
	c.status = 99;
	EXPECT(grant_op(GNTTABOP_copy, &c, 1), 0);
	return c.status;
}

static void check_copy(void)
{
	struct gnttab_copy c = {
		.source = { .u.gmfn = va_mfn(page), .domid = DOMID_SELF, .offset = 8 },
		.dest = { .u.gmfn = va_mfn(second), .domid = DOMID_SELF, .offset = 16 }, .len = 32,
	}, w = c;

	for (unsigned i = 0; i < 512; i++) {
		page[i] = i;
		second[i] = 0;
	}
	EXPECT(copy(c), GNTST_okay);
	CHECK(second[1] == 0 && second[2] == 1 && second[5] == 4 && second[6] == 0, "copied %lu %lu %lu %lu",
	      second[1],
	      second[2], second[5], second[6]);
	offer(14, page, GTF_readonly);
	offer(15, second, 0);
	w.source.u.ref = 14;
	w.source.domid = w.dest.domid = self;
	w.dest.u.ref = 15;
	w.flags = GNTCOPY_source_gref | GNTCOPY_dest_gref;
	w.len = 4096 - 16;
	EXPECT(copy(w), GNTST_okay);
	EXPECT(second[511], 510);
	EXPECT(table[14].flags, GTF_permit_access | GTF_readonly);
	w.len = 4096;
	EXPECT(copy(w), GNTST_bad_copy_arg);
	w.len = 0xffff;
	EXPECT(copy(w), GNTST_bad_copy_arg);
	w.len = 8;
	w.source.offset = 4092;
	EXPECT(copy(w), GNTST_bad_copy_arg);
	w.source.offset = 0;
	w.dest.u.ref = 14;		/* read-only */
	EXPECT(copy(w) < 0, 1);
	w.dest.u.ref = 0x7fffffff;
	EXPECT(copy(w), GNTST_bad_gntref);
	w.dest.u.ref = 15;
	w.source.domid = 0x1234;
	EXPECT(copy(w), GNTST_bad_domain);
	w = c;
	w.source.u.gmfn = 0x200;
	EXPECT(copy(w) < 0, 1);
	w = c;
	w.dest.u.gmfn = va_mfn(root_table());
	EXPECT(copy(w) < 0, 1);
	w.dest.u.gmfn = ~0UL;
	EXPECT(copy(w) < 0, 1);
	w = c;
	w.dest.domid = 0x1234;
	EXPECT(copy(w) < 0, 1);
}

static void check_replace(void)
{
	u64 va = SCRATCH + 0x40000, v;
	struct gnttab_map_grant_ref m;
	struct gnttab_unmap_and_replace r = { .host_addr = va, .new_addr = va + PAGE_SIZE };

	second[0] = 4321;
	EXPECT(map_page(va + PAGE_SIZE, va_mfn(second), PTE_RWX), 0);
	offer(9, page, 0);
	m = map(va, GNTMAP_host_map, 9);
	EXPECT(m.status, GNTST_okay);
	r.handle = m.handle;
	EXPECT(grant_op(GNTTABOP_unmap_and_replace, &r, 1), 0);
	EXPECT(r.status, GNTST_okay);
	CHECK(try_read((void *)va, &v) && v == 4321, "replaced by %#lx", v);
	CHECK(!try_read((void *)(va + PAGE_SIZE), &v), "the replacement is still where it was");
	EXPECT(table[9].flags, GTF_permit_access);
	EXPECT(update_va_mapping(va, 0, UVMF_INVLPG), 0);
}

static void check_transfer(void)
{
	struct gnttab_transfer t = { .mfn = va_mfn(page), .domid = 0x1234, .ref = 20, .status = 99 };

	EXPECT(grant_op(GNTTABOP_transfer, &t, 1), 0);
	CHECK(t.status < 0, "transfer to nobody: %d", t.status);
	t.domid = self;
	EXPECT(grant_op(GNTTABOP_transfer, &t, 1), 0);
	CHECK(t.status < 0, "transfer without an offer: %d", t.status);
	t.mfn = 0x200;
	EXPECT(grant_op(GNTTABOP_transfer, &t, 1), 0);
	CHECK(t.status < 0, "transfer of a foreign frame: %d", t.status);
	CHECK(try_write(page, 1), "the page is gone");
}

/*
 * The entry of a mapping is cleared behind the hypervisor's back: the page stays held until the handle is
 * given back.
 */
static void check_zapped(void)
{
	u64 va = SCRATCH + 0x50000;
	struct gnttab_map_grant_ref m;
	int st;

	offer(9, page, 0);
	m = map(va, GNTMAP_host_map, 9);
	EXPECT(m.status, GNTST_okay);
	EXPECT(update_va_mapping(va, 0, UVMF_INVLPG), 0);
	st = unmap(va, m.handle);
	printf("unmap of a mapping that was overwritten: %d\n", st);
	EXPECT(xen_version(7, NULL), 4096);
	CHECK(!make_ro(page), "read-only view");
}

/* -- the question who uses pages of a domain (not on other hypervisors) -- */

static struct xen_page_holder holders[XEN_HOLDERS_AT_ONCE + 1];

static struct xen_domctl ask_holders(u32 what, u32 nr, u64 next, void *list)
{
	struct xen_domctl op = {
		.cmd = XEN_DOMCTL_page_holders, .interface_version = XEN_DOMCTL_INTERFACE_VERSION, .domain = self,
	};
	struct xen_domctl_page_holders h = { .what = what, .nr = nr, .next = next };

	set_xen_guest_handle(h.list, list);
	memcpy(op.u.pad, &h, sizeof(h));
	return op;
}

static long holders_call(struct xen_domctl *op, struct xen_domctl_page_holders *h)
{
	long rc = hypercall(__HYPERVISOR_domctl, P(op), 0, 0, 0);

	memcpy(h, op->u.pad, sizeof(*h));
	return rc;
}

static long holders_error(struct xen_domctl op)
{
	struct xen_domctl_page_holders h;

	return holders_call(&op, &h);
}

static void check_holders(void)
{
	u64 va = SCRATCH + 0x60000;
	struct xen_domctl op = ask_holders(XEN_HOLDERS_grants, ARRAY_SIZE(holders), 0, holders);
	struct xen_domctl_page_holders h;
	struct gnttab_map_grant_ref m;
	long rc;

	EXPECT(update_va_mapping(va, 0, 0), 0);
	offer(40, second, 0);
	m = map(va, GNTMAP_host_map, 40);
	EXPECT(m.status, GNTST_okay);
	rc = holders_call(&op, &h);
	if (rc == -XEN_ENOSYS) {
		printf("this hypervisor does not tell who holds pages\n");
		EXPECT(unmap(va, m.handle), GNTST_okay);
		return;
	}
	EXPECT(rc, 0);
	EXPECT(h.nr, 2);	/* and the one of check_zapped() */
	EXPECT(holders[0].ref, 9);
	EXPECT(holders[1].ref, 40);
	EXPECT(holders[1].frame, va_mfn(second));
	EXPECT(holders[1].domid, self);
	EXPECT(holders[1].refs, 1);
	EXPECT(h.next, XEN_HOLDERS_END);
	EXPECT(unmap(va, m.handle), GNTST_okay);
	op = ask_holders(XEN_HOLDERS_grants, 1, 10, holders);
	EXPECT(holders_call(&op, &h), 0);
	EXPECT(h.nr, 0);
	EXPECT(holders_error(ask_holders(XEN_HOLDERS_pages, 1, 0, holders)), -XEN_EBUSY);
	EXPECT(holders_error(ask_holders(XEN_HOLDERS_pages + 1, 1, 0, holders)), -XEN_EINVAL);
	EXPECT(holders_error(ask_holders(~0U, 1, 0, holders)), -XEN_EINVAL);
	EXPECT(holders_error(ask_holders(XEN_HOLDERS_grants, 0, 0, holders)), -XEN_EINVAL);
	EXPECT(holders_error(ask_holders(XEN_HOLDERS_grants, ~0U, 0, (void *)8)), -XEN_EFAULT);
	EXPECT(holders_error(ask_holders(XEN_HOLDERS_grants, 1, 0, (void *)0xffff830000000000UL)), -XEN_EFAULT);
	EXPECT(holders_error(ask_holders(XEN_HOLDERS_grants, 1, XEN_HOLDERS_END, (void *)8)), 0);
	EXPECT(holders_error(ask_holders(XEN_HOLDERS_grants, 1, 1UL << 63, (void *)8)), 0);
	op = ask_holders(XEN_HOLDERS_grants, 1, 0, holders);
	op.domain = 0x1234;
	EXPECT(holders_error(op), -XEN_ESRCH);
	op.cmd++;
	EXPECT(holders_error(op), -XEN_ENOSYS);
	op.cmd = XEN_DOMCTL_page_holders - 1;
	EXPECT(holders_error(op), -XEN_ENOSYS);
}

void test_main(void)
{
	if (!is_dom0())
		skip("needs to know its own domain id");
	page = alloc_page();
	second = alloc_page();
	if (!set_up())
		return;
	check_map();
	check_entry_map();
	check_copy();
	check_replace();
	check_transfer();
	check_bad_maps();
	check_zapped();
	check_holders();
}
