// SPDX-License-Identifier: GPL-2.0-only
/*
 * Layouts hold the facts that layout.c states, and the page tables map what they should, read-only where they
 * must.
 */
#include "test.h"

static struct xg_kernel kernel(bool p2m_outside, bool mod_start_pfn)
{
	struct xg_kernel k = { .pa_start = 16 * MIB, .pa_end = 74 * MIB };

	notes_init(&k.notes);
	k.notes.virt_base = VIRT_BASE;
	k.notes.entry = k.entry = VIRT_BASE + 20 * MIB;
	k.notes.mod_start_pfn = mod_start_pfn;
	if (p2m_outside)
		k.notes.init_p2m = INIT_P2M;
	return k;
}

/* Any two things overlap? */
static bool disjoint(const struct xg_layout *l, const struct xg_kernel *k)
{
	const struct {
		uint64_t pfn, n;
	} things[] = {
		{ k->pa_start >> PAGE_SHIFT, (k->pa_end - k->pa_start) >> PAGE_SHIFT },
		{ l->ramdisk_pfn, l->ramdisk_pages },
		{ l->p2m_pfn, l->p2m_pages },
		{ l->p2m_tables_pfn, l->p2m_l3s + l->p2m_l2s + l->p2m_l1s },
		{ l->start_info_pfn, 1 },
		{ l->store_pfn, 1 },
		{ l->console_pfn, 1 },
		{ l->pt_pfn, layout_tables(l) },
		{ l->stack_pfn, 1 },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(things); i++) {
		if (things[i].pfn + things[i].n > l->nr_pages)
			return false;
		for (unsigned int j = 0; j < i; j++)
			if (things[i].n && things[j].n && things[i].pfn < things[j].pfn + things[j].n &&
			    things[j].pfn < things[i].pfn + things[i].n)
				return false;
	}
	return true;
}

static void check_facts(const struct xg_layout *l, const struct xg_kernel *k)
{
	CHECK(disjoint(l, k));
	CHECK(l->mapped_pages % 1024 == 0);
	CHECK(l->mapped_pages - l->stack_pfn - 1 >= 128);
	CHECK(l->stack_pfn >= l->pt_pfn + layout_tables(l));
	CHECK(l->p2m_pages * 512 >= l->nr_pages);
	CHECK(!l->p2m_outside || l->p2m_pfn == l->mapped_pages);
	CHECK(l->p2m_outside || l->p2m_pfn + l->p2m_pages <= l->mapped_pages);
	CHECK(!l->ramdisk_mapped || l->ramdisk_pfn + l->ramdisk_pages <= l->mapped_pages);
}

struct walker {
	const struct xg_layout *l;
	const uint64_t *tables, *p2m_tables;
};

/* The test's mfns are pfn + 0x1000. */
static const uint64_t *table_at(const struct walker *w, uint64_t mfn)
{
	uint64_t pfn = mfn - 0x1000;

	if (pfn - w->l->pt_pfn < layout_tables(w->l))
		return w->tables + (pfn - w->l->pt_pfn) * 512;
	CHECK(pfn - w->l->p2m_tables_pfn < w->l->p2m_l3s + w->l->p2m_l2s + w->l->p2m_l1s);
	return w->p2m_tables + (pfn - w->l->p2m_tables_pfn) * 512;
}

static uint64_t walk(const struct walker *w, uint64_t va)
{
	uint64_t e = (w->l->pt_pfn + 0x1000) << PAGE_SHIFT;

	for (unsigned int shift = 39; ; shift -= 9) {
		e = table_at(w, e >> PAGE_SHIFT)[va >> shift & 511];
		if (!(e & 1) || shift == 12)
			return e;
	}
}

static void check_tables(const struct xg_layout *l)
{
	uint64_t n = layout_tables(l), p2m_n = l->p2m_l3s + l->p2m_l2s + l->p2m_l1s;
	uint64_t *p2m = malloc(l->nr_pages * 8), *t = malloc(n * PAGE_SIZE),
		 *pt = p2m_n ? malloc(p2m_n * PAGE_SIZE) : NULL;
	const struct walker w = { l, t, pt };

	for (uint64_t i = 0; i < l->nr_pages; i++)
		p2m[i] = i + 0x1000;
	pgtable_build(l, p2m, t, pt);
	for (uint64_t pfn = 0; pfn < l->mapped_pages; pfn++) {
		bool table = pfn - l->pt_pfn < n;

		CHECK(walk(&w, layout_virt(l, pfn)) ==
		      ((pfn + 0x1000) << PAGE_SHIFT | (table ? 0x65 : 0x67)));
	}
	CHECK(!(walk(&w, layout_virt(l, l->mapped_pages)) & 1));
	for (uint64_t i = 0; i < l->p2m_pages; i++)
		CHECK(walk(&w, l->p2m_virt + i * PAGE_SIZE) ==
		      ((l->p2m_pfn + i + 0x1000) << PAGE_SHIFT | 0x67));
	CHECK(!l->p2m_outside || !(walk(&w, l->p2m_virt + l->p2m_pages * PAGE_SIZE) & 1));
	free(p2m);
	free(t);
	free(pt);
}

static void check_sizes(bool outside, bool mod_pfn)
{
	static const uint64_t mib[] = { 96, 128, 129, 256, 1000, 4096 };
	static const uint64_t ramdisks[] = { 0, 1, 5 * MIB + 17 };
	struct xg_kernel k = kernel(outside, mod_pfn);
	struct xg_layout l;
	struct xg_err err;

	for (unsigned int i = 0; i < ARRAY_SIZE(mib); i++)
		for (unsigned int j = 0; j < ARRAY_SIZE(ramdisks); j++) {
			CHECK(!layout_plan(&l, &k, ramdisks[j], mib[i] * 256, &err));
			check_facts(&l, &k);
			if (mib[i] <= 1000)
				check_tables(&l);
		}
	CHECK(layout_plan(&l, &k, 0, 74 * 256, &err) == -ENOMEM);
	CHECK(layout_plan(&l, &k, 60 * MIB, 128 * 256, &err) == -ENOMEM);
	/* A terabyte of memory, a list of 2 GiB. */
	if (outside) {
		CHECK(!layout_plan(&l, &k, 0, 1ULL << 28, &err));
		check_facts(&l, &k);
		CHECK(l.p2m_l1s == 1024 && l.p2m_l2s == 2 && l.p2m_l3s == 1);
	}
}

/* Addresses that wrap or collide are refused. */
static void check_hostile(void)
{
	struct xg_kernel k = kernel(true, true);
	struct xg_layout l;
	struct xg_err err;

	k.notes.init_p2m = VIRT_BASE - PAGE_SIZE;
	CHECK(layout_plan(&l, &k, 0, 1 << 16, &err) == -ENOEXEC);
	k.notes.init_p2m = 0x7ffffffff000;
	CHECK(layout_plan(&l, &k, 0, 1 << 16, &err) == -ENOEXEC);
	k = kernel(true, true);
	k.notes.virt_base = 0xfffffffffff00000;
	k.notes.entry = k.notes.virt_base;
	CHECK(layout_plan(&l, &k, 0, 1 << 16, &err) == -ENOEXEC);
	k.notes.virt_base = 0x7ffffff00000;
	k.notes.entry = k.notes.virt_base;
	CHECK(layout_plan(&l, &k, 0, 1 << 16, &err) == -ENOEXEC);
	k = kernel(true, true);
	k.notes.entry = 0x1000;
	CHECK(layout_plan(&l, &k, 0, 1 << 16, &err) == -ENOEXEC);
	k = kernel(true, true);
	k.notes.hypercall_page = VIRT_BASE + 80 * MIB;
	CHECK(layout_plan(&l, &k, 0, 1 << 16, &err) == -ENOEXEC);
	k.notes.hypercall_page = VIRT_BASE + 20 * MIB;
	CHECK(!layout_plan(&l, &k, 0, 1 << 16, &err));
}

/* Kernels of every size just below the last address: refused, or whole. */
static void check_top(uint64_t virt_base)
{
	struct xg_kernel k = kernel(true, true);
	unsigned int planned = 0;
	struct xg_layout l;
	struct xg_err err;

	k.notes.virt_base = virt_base;
	k.notes.entry = k.entry = virt_base;
	k.pa_start = 0;
	for (k.pa_end = -virt_base - 12 * MIB; k.pa_end <= -virt_base + 2 * MIB; k.pa_end += 17 * PAGE_SIZE) {
		int rc = layout_plan(&l, &k, 0, 1 << 20, &err);

		CHECK(!rc || rc == -ENOEXEC);
		if (rc)
			continue;
		planned++;
		check_facts(&l, &k);
		CHECK(l.l1s * 512 >= l.mapped_pages);
	}
	CHECK(planned);
}

void test_layout(void)
{
	check_top(0xffffffffc0000000);
	check_top(0xffffffff80000000);
	check_sizes(true, true);
	check_sizes(true, false);
	check_sizes(false, true);
	check_sizes(false, false);
	check_hostile();
}
