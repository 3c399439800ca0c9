/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory at boot: direct map of all RAM, frame table, machine-to-phys table (M2P).
 * The frame table exists in chunks of 65536 frames (2 MiB of table) where there is RAM or firmware memory; frames in a chunk that are not
 * RAM, and the first MiB, have PGC_static_io: no domain owns them, and who may touch the hardware may map them.
 */
#include <xen/bitops.h>
#include <xen/boot_info.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/sched.h>
#include <asm/processor.h>

#define CHUNK_FRAMES		65536UL
#define CHUNK_TABLE_PAGES	(CHUNK_FRAMES * sizeof(struct page_info) / PAGE_SIZE)
#define NR_CHUNKS		(1UL << 16)		/* 16 TiB */
#define M2P_PAGE_FRAMES		(MB(2) / sizeof(unsigned long))
#define LARGE_PAGES		512UL

BUILD_BUG_ON(sizeof(struct page_info) != 32);

#define M2P_RO_FLAGS	(_PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED | _PAGE_GLOBAL | _PAGE_NX)

unsigned long max_page __ro_after_init, total_pages __ro_after_init;
static DECLARE_BITMAP(chunk_valid, NR_CHUNKS);

extern l2e_t l2_directmap0[];
extern struct { u16 limit; u32 base; } __packed boot_gdtr;

bool mfn_valid(mfn_t m)
{
	unsigned long chunk = mfn_x(m) / CHUNK_FRAMES;

	return chunk < NR_CHUNKS && test_bit(chunk, chunk_valid);
}

/* -- direct map -------------------------------------------------------------------------------------------------- */

static void __init map_ram(u64 start, u64 end)
{
	start = max(ROUNDDOWN(start, PAGE_SIZE), GB(4));
	end = ROUNDDOWN(end, PAGE_SIZE);
	if (start >= end)
		return;
	if (map_pages_to_xen(DIRECTMAP_VIRT_START + start, maddr_to_mfn(_maddr(start)), (end - start) >> PAGE_SHIFT, PAGE_HYPERVISOR))
		panic("no memory for the direct map");
}

/* head.S mapped the first 4 GiB without NX. */
static void __init protect_low_directmap(void)
{
	for (unsigned int i = 0; i < 4 * PT_ENTRIES; i++)
		l2_directmap0[i].v |= _PAGE_NX;
}

/* -- frame table and M2P ------------------------------------------------------------------------------------------- */

static void *__init map_large_page(unsigned long va)
{
	mfn_t mfn = alloc_boot_pages(LARGE_PAGES, LARGE_PAGES);

	if (map_pages_to_xen(va, mfn, LARGE_PAGES, PAGE_HYPERVISOR))
		panic("no memory for the frame table");
	return (void *)va;
}

static void __init make_m2p(unsigned long frame)
{
	unsigned long at = frame / M2P_PAGE_FRAMES * MB(2);
	mfn_t mfn;

	if (at >= RO_MPT_VIRT_END - RO_MPT_VIRT_START)
		panic("memory above what the machine-to-phys table covers");
	mfn = alloc_boot_pages(LARGE_PAGES, LARGE_PAGES);
	if (map_pages_to_xen(RW_MPT_VIRT_START + at, mfn, LARGE_PAGES, PAGE_HYPERVISOR) ||
	    map_pages_to_xen(RO_MPT_VIRT_START + at, mfn, LARGE_PAGES, M2P_RO_FLAGS))
		panic("no memory for the machine-to-phys table");
	memset((void *)(RW_MPT_VIRT_START + at), 0xff, MB(2));
}

static bool m2p_present(unsigned long frame)
{
	unsigned long first = ROUNDDOWN(frame, M2P_PAGE_FRAMES);

	for (unsigned long f = first; f < first + M2P_PAGE_FRAMES; f += CHUNK_FRAMES)
		if (mfn_valid(_mfn(f)))
			return true;
	return false;
}

static void __init make_chunk(unsigned long chunk)
{
	unsigned long first = chunk * CHUNK_FRAMES;
	struct page_info *pg;

	if (chunk >= NR_CHUNKS)
		panic("memory above 16 TiB");
	if (test_bit(chunk, chunk_valid))
		return;
	pg = map_large_page((unsigned long)&frame_table[first]);
	for (unsigned long i = 0; i < CHUNK_FRAMES; i++)
		pg[i] = (struct page_info){ .count_info = PGC_static_io };
	if (!m2p_present(first))
		make_m2p(first);
	set_bit(chunk, chunk_valid);
}

static void __init make_chunks(u64 start, u64 end)
{
	for (unsigned long c = (start >> PAGE_SHIFT) / CHUNK_FRAMES; c * CHUNK_FRAMES << PAGE_SHIFT < end; c++)
		make_chunk(c);
}

static void __init mark_ram(u64 start, u64 end)
{
	unsigned long first = DIV_ROUND_UP(start, PAGE_SIZE), last = end >> PAGE_SHIFT;

	if (first >= last)
		return;
	max_page = max(max_page, last);
	total_pages += last - first;
	for (unsigned long f = max_t(unsigned long, first, MB(1) >> PAGE_SHIFT); f < last; f++)
		frame_table[f].count_info = 0;
}

static bool __init has_frames(u32 type)
{
	return type == E820_RAM || type == E820_ACPI || type == E820_NVS;
}

void __init mm_init_directmap(const struct boot_info *bi)
{
	protect_low_directmap();
	for (unsigned int i = 0; i < bi->nr_e820; i++) {
		const struct e820_entry *e = &bi->e820[i];

		if (e->type == E820_RAM)
			map_ram(e->addr, e->addr + e->size);
	}
	for (unsigned int i = 0; i < bi->nr_e820; i++) {
		const struct e820_entry *e = &bi->e820[i];

		if (has_frames(e->type))
			make_chunks(e->addr, e->addr + e->size);
	}
	for (unsigned int i = 0; i < bi->nr_e820; i++) {
		const struct e820_entry *e = &bi->e820[i];

		if (e->type == E820_RAM)
			mark_ram(e->addr, e->addr + e->size);
	}
}

/* The identity map of low memory goes: a null pointer faults from now on. The boot GDT was reached through it. */
void __init mm_init_idle_tables(void)
{
	struct { u16 limit; u64 base; } __packed gdtr = {
		.limit = boot_gdtr.limit,
		.base = boot_gdtr.base + (XEN_VIRT_START - XEN_PHYS_START),
	};

	__asm__ volatile("lgdt %0" :: "m"(gdtr));
	idle_pg_table[0] = l4e_empty();
	flush_area_local(0, FLUSH_TLB | FLUSH_TLB_GLOBAL);
}

/* -- M2P ------------------------------------------------------------------------------------------------------------- */

void set_gpfn_from_mfn(mfn_t mfn, unsigned long gpfn)
{
	WRITE_ONCE(machine_to_phys_mapping[mfn_x(mfn)], gpfn);
}

unsigned long get_gpfn_from_mfn(mfn_t mfn)
{
	return READ_ONCE(machine_to_phys_mapping[mfn_x(mfn)]);
}

/* The frames of the M2P's nth 2 MiB, shown to privileged domains as pages of DOMID_XEN. */
static DEFINE_SPINLOCK(m2p_share_lock);
static bool m2p_shared;

static void share_m2p(void)
{
	for (unsigned long n = 0; n * M2P_PAGE_FRAMES < max_page; n++) {
		mfn_t mfn = m2p_superpage_mfn(n);

		if (mfn_eq(mfn, INVALID_MFN))
			continue;
		for (unsigned long i = 0; i < LARGE_PAGES; i++)
			share_xen_page_with_guest(mfn_to_page(mfn_add(mfn, i)), dom_xen, SHARE_ro);
	}
	m2p_shared = true;
}

void m2p_share_with_tools(void)
{
	spin_lock(&m2p_share_lock);
	if (!m2p_shared)
		share_m2p();
	spin_unlock(&m2p_share_lock);
}

mfn_t m2p_superpage_mfn(unsigned long n)
{
	unsigned long va = RW_MPT_VIRT_START + n * MB(2);
	l3e_t l3e;
	l2e_t l2e;

	if (n * M2P_PAGE_FRAMES >= max_page)
		return INVALID_MFN;
	l3e = ((l3e_t *)mfn_to_virt(l4e_mfn(idle_pg_table[l4_index(va)])))[l3_index(va)];
	if (!l3e_present(l3e))
		return INVALID_MFN;
	l2e = ((l2e_t *)mfn_to_virt(l3e_mfn(l3e)))[l2_index(va)];
	return l2e_present(l2e) ? l2e_mfn(l2e) : INVALID_MFN;
}
