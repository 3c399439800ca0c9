/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest finds at its start: start_info, address space, selectors, version, features, both ways into
 * the hypervisor.
 */
#include "guest.h"
#include <public/version.h>

const char test_title[] = "start of day, version, features";

static long call_page(unsigned nr, u64 a, u64 b)
{
	long ret;

	__asm__ volatile ("call *%3" : "=a" (ret), "+D" (a), "+S" (b) : "r" (hypercall_page + nr * 32UL)
			  : "rcx", "r11", "rdx", "r8", "r9", "r10", "memory");
	return ret;
}

static void check_start_info(void)
{
	const struct start_info *si = start_info;

	CHECK(!memcmp(si->magic, "xen-3.0-x86_64", 15), "magic %s", si->magic);
	printf("%lu pages, flags %#x, %lu page table frames at %#lx, p2m at %#lx\n", si->nr_pages, si->flags,
	       si->nr_pt_frames, si->pt_base, si->mfn_list);
	CHECK(si->nr_pages > 1024, "nr_pages %lu", si->nr_pages);
	CHECK(si->shared_info && !(si->shared_info & 4095), "shared_info %#lx", si->shared_info);
	CHECK(!(si->pt_base & 4095) && si->nr_pt_frames >= 4, "page tables");
	CHECK(P(si->mfn_list) >= P(kernel_end) && si->pt_base > si->mfn_list, "order in memory");
	CHECK(initial_rsp > si->pt_base && initial_rsp < si->pt_base + (4UL << 20), "boot stack %#lx",
	      initial_rsp);
	for (u64 pfn = 0; pfn < si->nr_pages; pfn++)
		if (!CHECK(mfn_pfn(pfn_mfn(pfn)) == pfn, "pfn %#lx: mfn %#lx, back %#lx", pfn, pfn_mfn(pfn),
			   mfn_pfn(pfn_mfn(pfn))))
			break;
}

static void check_boot_mapping(void)
{
	u64 end = (initial_rsp + 4095) & PAGE_MASK, v;
	unsigned tables = 0;

	/* At least 512 KB are mapped behind what is in use, up to a multiple of 4 MB. */
	CHECK(try_read((void *)(end + (512UL << 10) - 8), &v), "no 512 KB of room");
	CHECK(try_write((void *)(end + (512UL << 10) - 8), 1), "room is not writable");
	for (u64 t = start_info->pt_base; t < start_info->pt_base +
	     start_info->nr_pt_frames * PAGE_SIZE; t += PAGE_SIZE) {
		const u64 *e = pte_ptr(t, 1);

		CHECK(e && !(*e & PTE_RW), "page table %#lx is mapped writable", t);
		tables++;
	}
	printf("%u page table frames are read-only\n", tables);
}

static void check_selectors(void)
{
	u16 cs, ss;
	u64 flags;

	__asm__ ("mov %%cs, %0; mov %%ss, %1; pushfq; pop %2" : "=r" (cs), "=r" (ss), "=r" (flags));
	EXPECT(cs, FLAT_KERNEL_CS64);
	EXPECT(ss, FLAT_KERNEL_SS64);
	CHECK(flags & 0x200, "real interrupts are off");
	EXPECT(this_vcpu_info()->evtchn_upcall_mask, 1);
}

static void check_version(void)
{
	struct xen_feature_info feat = { .submap_idx = 0 };
	xen_extraversion_t extra;
	xen_capabilities_info_t caps;
	struct xen_platform_parameters params;
	struct xen_compile_info info;
	xen_domain_handle_t handle;
	u32 must = 1U << XENFEAT_mmu_pt_update_preserve_ad | 1U << XENFEAT_gnttab_map_avail_bits |
		   1U << XENFEAT_pae_pgdir_above_4gb;
	long v = xen_version(XENVER_version, NULL);

	CHECK(v > 0x30000 && v < 0x50000, "version %#lx", v);
	EXPECT(xen_version(XENVER_extraversion, extra), 0);
	CHECK(strlen(extra) < sizeof(extra), "extraversion has no end");
	EXPECT(xen_version(XENVER_capabilities, caps), 0);
	CHECK(contains(caps, "xen-3.0-x86_64"), "capabilities: %s", caps);
	EXPECT(xen_version(XENVER_platform_parameters, &params), 0);
	EXPECT(params.virt_start, HYPERVISOR_VIRT_START);
	EXPECT(xen_version(XENVER_compile_info, &info), 0);
	EXPECT(xen_version(XENVER_pagesize, NULL), 4096);
	EXPECT(xen_version(XENVER_guest_handle, handle), 0);
	EXPECT(hypercall(__HYPERVISOR_vm_assist, VMASST_CMD_enable, VMASST_TYPE_pae_extended_cr3, 0, 0), 0);
	EXPECT(xen_version(XENVER_get_features, &feat), 0);
	printf("version %lx%s, features %#x\n", v, extra, feat.submap);
	CHECK((feat.submap & must) == must, "features %#x", feat.submap);
	EXPECT(!!(feat.submap & 1U << XENFEAT_dom0), is_dom0());
	feat.submap_idx = 1;
	EXPECT(xen_version(XENVER_get_features, &feat), -XEN_EINVAL);
	EXPECT(xen_version(XENVER_get_features, (void *)8), -XEN_EFAULT);
	EXPECT(xen_version(99, NULL), -XEN_ENOSYS);
}

void test_main(void)
{
	check_start_info();
	check_boot_mapping();
	check_selectors();
	check_version();
	EXPECT(call_page(__HYPERVISOR_xen_version, XENVER_pagesize, 0), 4096);
	EXPECT(call_page(63, 0, 0), -XEN_ENOSYS);
	CHECK(system_time() > 0, "no system time");
}
