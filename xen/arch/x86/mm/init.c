/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypervisor's own mappings of RAM: direct map, frame table, machine-to-physical table. What head.S mapped (image, the
 * first 4 GiB) is there already. Afterwards the slots 256..271 of idle_pg_table do not change any more at the top level, so that the copies
 * in guests' roots stay true.
 */
#include <xen/boot_info.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/sched.h>
#include "mm_internal.h"

unsigned long max_page __ro_after_init, total_pages __ro_after_init;

#define M2P_FRAMES	(MB(2) / 8)				/* 1 GiB of RAM */

unsigned long chunk_present[BITS_TO_LONGS(MAX_CHUNKS)] __ro_after_init;

BUILD_BUG_ON(CHUNK_FRAMES != MB(2) / sizeof(struct page_info));

extern l2e_t l2_directmap0[];
extern struct { u16 limit; u32 base; } __packed boot_gdtr;

static bool __init ram_in(u64 first, u64 end)
{
	for (unsigned int i = 0; i < boot_info.nr_e820; i++) {
		const struct e820_entry *e = &boot_info.e820[i];

		if (e->type == E820_RAM && e->addr >> PAGE_SHIFT < end && (e->addr + e->size) >> PAGE_SHIFT > first)
			return true;
	}
	return false;
}

static mfn_t __init fresh_2m(unsigned int fill)
{
	mfn_t m = alloc_boot_pages(512, 512);

	memset(mfn_to_virt(m), fill, MB(2));
	return m;
}

static void __init map_or_panic(unsigned long va, mfn_t mfn, unsigned long nr, u64 flags)
{
	if (map_pages_to_xen(va, mfn, nr, flags))
		panic("no memory for the hypervisor's page tables");
}

/* Entries of what is no RAM say so: they never become anybody's. */
static void __init mark_io(u64 first, u64 end)
{
	for (u64 n = first; n < end; n++)
		frame_table[n].count_info = PGC_static_io;
}

static void __init make_frame_table(void)
{
	for (u64 n = 0; n < max_page; n += CHUNK_FRAMES) {
		if (!ram_in(n, n + CHUNK_FRAMES))
			continue;
		if (n / CHUNK_FRAMES >= MAX_CHUNKS)
			panic("more RAM than the frame table can describe");
		map_or_panic(FRAMETABLE_VIRT_START + n * sizeof(struct page_info), fresh_2m(0), 512, PAGE_HYPERVISOR);
		set_bit(n / CHUNK_FRAMES, chunk_present);
		mark_io(n, n + CHUNK_FRAMES);
	}
	for (unsigned int i = 0; i < boot_info.nr_e820; i++) {
		const struct e820_entry *e = &boot_info.e820[i];
		u64 first = DIV_ROUND_UP(e->addr, PAGE_SIZE), end = (e->addr + e->size) >> PAGE_SHIFT;

		/* The first megabyte stays the firmware's: dom0 sees it as a device. */
		for (u64 n = max(first, (u64)256); e->type == E820_RAM && n < end; n++)
			frame_table[n].count_info = 0;
	}
}

/* Guests read it, each of them: entries of frames that are no guest's hold no secret. */
static void __init make_m2p(void)
{
	l3e_t *l3 = mfn_to_virt(alloc_boot_pages(1, 1));

	clear_page(l3);
	idle_pg_table[XEN_FIRST_L4_SLOT] = l4e_make(virt_to_mfn(l3), (HYPERVISOR_TABLE | _PAGE_USER) & ~_PAGE_RW);
	for (u64 n = 0; n < max_page; n += M2P_FRAMES) {
		unsigned int i = n / M2P_FRAMES;
		l2e_t *l2;
		mfn_t m;

		if (!ram_in(n, n + M2P_FRAMES))
			continue;
		m = fresh_2m(0xff);
		map_or_panic(RW_MPT_VIRT_START + n * 8, m, 512, PAGE_HYPERVISOR);
		if (!l3e_present(l3[i / PT_ENTRIES])) {
			l2 = mfn_to_virt(alloc_boot_pages(1, 1));
			clear_page(l2);
			l3[i / PT_ENTRIES] = l3e_make(virt_to_mfn(l2), (HYPERVISOR_TABLE | _PAGE_USER) & ~_PAGE_RW);
		}
		l2 = mfn_to_virt(l3e_mfn(l3[i / PT_ENTRIES]));
		l2[i % PT_ENTRIES] = l2e_make(m, PAGE_HYPERVISOR_RO | _PAGE_USER | _PAGE_PSE);
	}
}

void __init mm_init_directmap(const struct boot_info *bi)
{
	for (unsigned int i = 0; i < bi->nr_e820; i++) {
		const struct e820_entry *e = &bi->e820[i];
		u64 first = DIV_ROUND_UP(e->addr, PAGE_SIZE), end = (e->addr + e->size) >> PAGE_SHIFT;

		if (e->type != E820_RAM || end <= first)
			continue;
		total_pages += end - first;
		max_page = max(max_page, (unsigned long)end);
		first = max(first, GB(4) >> PAGE_SHIFT);
		if (first < end)
			map_or_panic(DIRECTMAP_VIRT_START + (first << PAGE_SHIFT), _mfn(first), end - first, PAGE_HYPERVISOR);
	}
	if (max_page > MPT_MAX_FRAMES)
		panic("memory above what the machine-to-phys table covers");
	/* head.S mapped the first 4 GiB without it. */
	for (unsigned int i = 0; i < 4 * PT_ENTRIES; i++)
		l2_directmap0[i].v |= _PAGE_NX;
	make_frame_table();
	make_m2p();
}

/* The identity map of low memory goes: a null pointer faults from now on. The boot GDT was reached through it. */
void __init mm_init_idle_tables(void)
{
	struct { u16 limit; u64 base; } __packed gdtr = {
		.limit = boot_gdtr.limit,
		.base = boot_gdtr.base + (XEN_VIRT_START - XEN_PHYS_START),
	};

	boot_allocator_ended = true;
	__asm__ volatile("lgdt %0" :: "m"(gdtr));
	idle_pg_table[0] = l4e_empty();
	flush_area_local(0, FLUSH_TLB | FLUSH_TLB_GLOBAL);
}

void set_gpfn_from_mfn(mfn_t mfn, unsigned long gpfn)
{
	WRITE_ONCE(machine_to_phys_mapping[mfn_x(mfn)], gpfn);
}

unsigned long get_gpfn_from_mfn(mfn_t mfn)
{
	return READ_ONCE(machine_to_phys_mapping[mfn_x(mfn)]);
}

bool m2p_chunk(unsigned int i, mfn_t *mfn)
{
	*mfn = xen_va_to_mfn(RW_MPT_VIRT_START + (unsigned long)i * MB(2));
	return !mfn_eq(*mfn, INVALID_MFN);
}

/* DOMID_XEN owns it, so that the tools map it like any foreign frame: to read. */
void __init m2p_share(void)
{
	for (unsigned int i = 0; (u64)i * M2P_FRAMES < max_page; i++) {
		mfn_t m;

		for (unsigned int n = 0; m2p_chunk(i, &m) && n < 512; n++) {
			struct page_info *pg = mfn_to_page(mfn_add(m, n));

			pg->count_info |= PGC_xen_heap;
			share_xen_page_with_guest(pg, dom_xen, SHARE_ro);
		}
	}
}

unsigned long idle_cr3(void)
{
	return maddr_x(virt_to_maddr(idle_pg_table));
}
