/* SPDX-License-Identifier: GPL-2.0-only */
/* sources: arch/x86/mm/type.c arch/x86/mm/validate.c arch/x86/mm/entry.c arch/x86/mm/mod_entry.c arch/x86/mm/root.c arch/x86/mm/relinquish.c common/mem/buddy.c common/mem/page_alloc.c common/mem/page_list.c common/mem/held.c */
/*
 * Page types under a hostile guest that does everything at random, with preemption at random: after each step all references
 * are counted anew from the tables themselves and compared with the counts (facts F1..F7 of type.c).
 */
#include <xen/errno.h>
#include <xen/irq.h>
#include <xen/mm.h>
#include <xen/sched.h>
#include <asm/processor.h>
#include <asm/pv.h>
#include <public/holders.h>
#include "arch/x86/mm/mm_internal.h"
#include "common/mem/mem_internal.h"
#include "unit.h"

#define FIRST		FAKE_FIRST_MFN
#define END		(FAKE_FIRST_MFN + FAKE_NR_PAGES)
#define NR_OWN		48u		/* pages of the guest: few, so that they meet often */
#define FOREIGN		(END - 1)

/* -- neighbours ------------------------------------------------------------------------------------------------- */

unsigned long total_pages = FAKE_NR_PAGES, max_page = END;
struct domain *dom_io, *dom_xen, *hardware_domain, *idle_domain;
struct cpuinfo_x86 boot_cpu_data = { .phys_bits = 40 };
static u32 clock;

void printk(const char *fmt, ...) {}
void set_gpfn_from_mfn(mfn_t mfn, unsigned long gpfn) {}
unsigned long get_gpfn_from_mfn(mfn_t mfn) { return mfn_x(mfn) + 1000; }
u32 tlbflush_current_time(void) { return ++clock; }
void flush_area_mask(const void *mask, unsigned long va, unsigned int flags) {}
void tlbflush_filter(void *mask, u32 stamp) {}
void write_cr3_flush(unsigned long cr3) {}
unsigned long idle_cr3(void) { return 0; }
unsigned long cr3_kernel_bits, cr3_user_bits;
void flush_other_pcid(void) {}
static unsigned long cr3;
unsigned long read_cr3(void) { return cr3; }
void domain_destroy_final(struct domain *d) {}
bool iomem_access_permitted(struct domain *d, u64 first, u64 last) { return false; }
bool pv_check_descriptor(const struct domain *d, u64 *desc) { return !(*desc & 1); }

void init_xen_l4_slots(l4e_t *l4t, const struct domain *d)
{
	for (unsigned int i = XEN_FIRST_L4_SLOT; i <= XEN_LAST_L4_SLOT; i++)
		l4t[i] = l4e_from(0xdead063);
}

/* -- the guest ------------------------------------------------------------------------------------------------------- */

static struct domain *d;
static struct vcpu *v;
static struct page_info *own[NR_OWN];
static struct page_info *foreign;
static unsigned int done_pins, done_writes, done_parks;

static void make_guest(void)
{
	static bool heap;

	if (!heap)
		heap_add_frames(FIRST, END);
	heap = true;
	d = alloc_xenheap_zeroed_page();
	v = alloc_xenheap_zeroed_page();
	page_list_init(&d->page_list);
	page_list_init(&d->xenpage_list);
	d->max_pages = ~0U;
	atomic_set(&d->refcnt, 1);
	v->domain = d;
	v->arch.guest_table = v->arch.guest_table_user = INVALID_MFN;
	v->arch.flags = TF_kernel_mode;
	set_current(v);
	for (unsigned int i = 0; i < NR_OWN; i++)
		own[i] = alloc_domheap_page(d, 0);
	foreign = alloc_domheap_page(NULL, 0);
}

/* -- the audit ---------------------------------------------------------------------------------------------------------- */

static struct { unsigned long count, type; } want[FAKE_NR_PAGES];

static unsigned int nr_of(const struct page_info *pg)
{
	return mfn_x(page_to_mfn(pg)) - FIRST;
}

static bool is_table(const struct page_info *pg)
{
	unsigned long type = pg->type_info & PGT_type_mask;

	return (pg->type_info & PGT_count_mask) && type >= PGT_l1_page_table && type <= PGT_l4_page_table;
}

static void expect_entries(const struct page_info *pg)
{
	const u64 *t = page_to_virt(pg);
	unsigned int level = pg->type_info >> 61, n = PT_ENTRIES;

	if (pg->type_info & PGT_partial)
		n = pg->nr_validated;
	else if (!(pg->type_info & PGT_validated))
		n = 0;
	for (unsigned int i = 0; i < n; i++) {
		u64 m = (t[i] & PAGE_FRAME_MASK) >> PAGE_SHIFT;

		if (!(t[i] & _PAGE_PRESENT) || (level == 4 && !is_guest_l4_slot(i)))
			continue;
		CHECK(m >= FIRST && m < END);
		want[m - FIRST].count++;
		if (level > 1) {
			if (!(pg->type_info & PGT_partial) || !pg->partial_flags || i != n - 1)
				want[m - FIRST].type++;
			CHECK((mfn_to_page(_mfn(m))->type_info >> 61) == level - 1);
		} else if (t[i] & _PAGE_RW) {
			want[m - FIRST].type++;
			CHECK((mfn_to_page(_mfn(m))->type_info & PGT_type_mask) == PGT_writable_page);
		}
		CHECK(mfn_to_page(_mfn(m)) != foreign);
		CHECK(t[i] & _PAGE_USER);
	}
}

static void audit(void)
{
	const mfn_t roots[] = { v->arch.guest_table, v->arch.guest_table_user };

	memset(want, 0, sizeof(want));
	for (unsigned int i = 0; i < NR_OWN; i++) {
		const struct page_info *pg = own[i];

		if (!pg)
			continue;
		want[nr_of(pg)].count += !!(pg->count_info & PGC_allocated) + !!(pg->type_info & PGT_pinned) +
					 !!(pg->type_info & PGT_partial);
		want[nr_of(pg)].type += !!(pg->type_info & PGT_pinned) + !!(pg->type_info & PGT_partial);
		if (is_table(pg))
			expect_entries(pg);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(roots); i++)
		if (!mfn_eq(roots[i], INVALID_MFN)) {
			want[mfn_x(roots[i]) - FIRST].count++;
			want[mfn_x(roots[i]) - FIRST].type++;
		}
	if (v->arch.old_guest_table)
		want[nr_of(v->arch.old_guest_table)].count++;
	for (unsigned int i = 0; i < NR_OWN; i++) {
		const struct page_info *pg = own[i];

		if (!pg)
			continue;
		CHECK_EQ(pg->count_info & PGC_count_mask, want[nr_of(pg)].count);
		CHECK_EQ(pg->type_info & PGT_count_mask, want[nr_of(pg)].type);
		done_parks += !!(pg->type_info & PGT_partial);
	}
	CHECK_EQ(foreign->count_info, 0);
}

/* -- what it does ---------------------------------------------------------------------------------------------------------- */

static struct page_info *any(void)
{
	struct page_info *pg;

	do {
		pg = own[unit_random() % NR_OWN];
	} while (!pg);
	return pg;
}

static u64 any_entry(void)
{
	struct page_info *pg = unit_random() % 64 ? any() : foreign;
	u64 e = mfn_x(page_to_mfn(pg)) << PAGE_SHIFT;

	e |= unit_random() % 8 ? _PAGE_PRESENT : 0;
	e |= unit_random() % 3 ? 0 : _PAGE_RW;
	e |= unit_random() & (_PAGE_USER | _PAGE_ACCESSED | _PAGE_DIRTY);
	if (!(unit_random() % 32))
		e |= unit_random() & 1 ? _PAGE_PSE : 1UL << 45;
	return e;
}

/* Few slots, so that the same are hit again; some of the hypervisor's among them. */
static unsigned int any_slot(void)
{
	static const u16 slots[] = { 0, 1, 7, 8, 100, 255, 256, 260, 271, 272, 511 };

	return slots[unit_random() % ARRAY_SIZE(slots)];
}

static u64 *slot_of(struct page_info *pg, unsigned int i)
{
	return (u64 *)page_to_virt(pg) + i;
}

/* Plain memory that it can write. */
static void write_memory(void)
{
	struct page_info *pg = any();

	if (!get_page(pg, d))
		return;
	if (!get_page_type(pg, PGT_writable_page)) {
		if (unit_random() % 4)
			*slot_of(pg, any_slot()) = unit_random() % 3 ? any_entry() : 0;
		else
			memset(page_to_virt(pg), 0, PAGE_SIZE);
		put_page_type(pg);
	}
	put_page(pg);
}

static void write_table(void)
{
	struct page_info *pg = any();
	unsigned long type;
	u64 val = unit_random() % 3 ? any_entry() : 0;
	int rc;

	if (put_old_guest_table(v) || !get_page(pg, d))
		return;
	type = get_validated_table(pg);
	if (type) {
		unsigned int flags = unit_random() & MOD_PRESERVE_AD;

		if (type == PGT_l1_page_table)
			rc = mod_l1_entry(slot_of(pg, any_slot()), val, flags, d, d);
		else
			rc = mod_ln_entry(slot_of(pg, any_slot()), val, type >> 61, flags, v, d);
		done_writes += !rc;
		put_page_type(pg);
	}
	put_page(pg);
}

static void pin(void)
{
	struct page_info *pg = any();
	unsigned long type = (1UL + unit_random() % 5) << 61;

	if (type > PGT_l4_page_table || !get_page(pg, d))
		return;
	if (get_page_type_preemptible(pg, type)) {
		put_page(pg);
		return;
	}
	if (pg->type_info & PGT_pinned) {
		put_page_and_type(pg);
		return;
	}
	pg->type_info |= PGT_pinned;
	done_pins++;
}

static void unpin(void)
{
	struct page_info *pg = any();

	if (put_old_guest_table(v) || !(pg->type_info & PGT_pinned))
		return;
	pg->type_info &= ~PGT_pinned;
	put_table_later(v, pg);
}

static void root(void)
{
	if (put_old_guest_table(v))
		return;
	if (unit_random() & 1)
		(void)new_guest_cr3(page_to_mfn(any()));
	else
		(void)new_guest_user_cr3(unit_random() % 4 ? page_to_mfn(any()) : INVALID_MFN);
}

static void segment(void)
{
	struct page_info *pg = any();

	if (get_page_and_type(pg, d, PGT_seg_desc_page))
		return;
	put_page_and_type(pg);
}

static void (*const actions[])(void) = {
	write_memory, write_memory, write_memory, write_table, write_table, write_table, pin, pin, pin, unpin, root, segment,
};

static void preempt_at_random(unsigned int one_in)
{
	per_cpu(softirq_pending, 0) = one_in && !(unit_random() % one_in);
}

static void kill_guest(void)
{
	int rc;

	d->is_dying = DOMDYING_dying;
	do {
		preempt_at_random(3);
		rc = vcpu_destroy_pagetables(v);
	} while (rc);
	do {
		preempt_at_random(3);
		rc = relinquish_memory(d);
	} while (rc);
	d->is_dying = DOMDYING_dead;
}

static void release_guest(void)
{
	kill_guest();
	CHECK_EQ(d->tot_pages, 0);
	CHECK_EQ(atomic_read(&d->refcnt), 1);
	per_cpu(softirq_pending, 0) = 0;
	free_xenheap_page(v);
	free_xenheap_page(d);
	foreign->count_info = 0;
	free_domheap_page(foreign);
	CHECK_EQ(avail_domheap_pages(), FAKE_NR_PAGES);
}

UNIT(references_add_up)
{
	for (unsigned int life = 0; life < 60; life++) {
		make_guest();
		for (unsigned int step = 0; step < 3000 && !unit_failed; step++) {
			preempt_at_random(life % 3 ? 2 + life % 5 : 0);
			actions[unit_random() % ARRAY_SIZE(actions)]();
			audit();
		}
		release_guest();
	}
	CHECK(done_pins > 1000 && done_writes > 1000 && done_parks > 100);
}

/* A whole tree made by hand: each level is what it should be, the bad ones are not. */
UNIT(a_proper_tree)
{
	u64 *t[5];

	make_guest();
	for (unsigned int l = 1; l <= 4; l++) {
		t[l] = page_to_virt(own[l]);
		memset(t[l], 0, PAGE_SIZE);
		*slot_of(own[l], 0) = mfn_x(page_to_mfn(own[l - 1])) << PAGE_SHIFT | _PAGE_PRESENT | (l == 1 ? _PAGE_RW : 0);
	}
	CHECK_EQ(get_page_and_type(own[4], d, PGT_l4_page_table), 0);
	for (unsigned int l = 1; l <= 4; l++)
		CHECK_EQ(own[l]->type_info >> 61, l);
	CHECK_EQ(own[0]->type_info & PGT_type_mask, PGT_writable_page);
	CHECK_EQ(get_page_and_type(own[2], d, PGT_writable_page), -EINVAL);
	CHECK_EQ(t[4][260], 0xdead063);
	put_page_and_type(own[4]);
	CHECK_EQ(t[4][260], 0);
	CHECK_EQ(get_page_and_type(own[2], d, PGT_writable_page), 0);
	put_page_and_type(own[2]);
	audit();
	release_guest();
}

/* Tables that point to themselves or to a neighbour of the same level. */
UNIT(no_cycles)
{
	make_guest();
	for (unsigned int l = 1; l <= 4; l++) {
		memset(page_to_virt(own[l]), 0, PAGE_SIZE);
		*slot_of(own[l], 3) = mfn_x(page_to_mfn(own[l])) << PAGE_SHIFT | _PAGE_PRESENT | _PAGE_RW;
		CHECK_EQ(get_page_and_type(own[l], d, (unsigned long)l << 61), -EINVAL);
		CHECK_EQ(own[l]->type_info & PGT_count_mask, 0);
	}
	audit();
	release_guest();
}

/* A write is allowed when the entries of all levels allow it, as the CPU sees it. */
UNIT(write_permission)
{
	const unsigned long va = 5UL << L1_SHIFT;
	const u64 all = _PAGE_PRESENT | _PAGE_RW | _PAGE_USER;
	u64 *e[5];

	make_guest();
	for (unsigned int l = 1; l <= 4; l++) {
		memset(page_to_virt(own[l]), 0, PAGE_SIZE);
		e[l] = slot_of(own[l], l == 1 ? 5 : 0);
		*e[l] = mfn_x(page_to_mfn(own[l - 1])) << PAGE_SHIFT | all;
	}
	cr3 = mfn_x(page_to_mfn(own[4])) << PAGE_SHIFT;
	CHECK(guest_may_write(va));
	CHECK(guest_may_write(va + PAGE_SIZE - 1));
	CHECK(!guest_may_write(va + PAGE_SIZE));
	CHECK(!guest_may_write(HYPERVISOR_VIRT_START));
	CHECK(!guest_may_write(1UL << 47));
	for (unsigned int l = 1; l <= 4; l++) {
		for (u64 bit = 1; bit <= _PAGE_USER; bit <<= 1) {
			*e[l] &= ~bit;
			CHECK(!guest_may_write(va));
			*e[l] |= bit;
		}
		CHECK(guest_may_write(va));
	}
	*e[2] |= _PAGE_PSE;
	CHECK(!guest_may_write(va));
	cr3 = 0;
	release_guest();
}

/* Someone refers to a few pages of a dead domain: these are listed, and no others. */
UNIT(held_pages)
{
	const unsigned int held[] = { 3, 7, 8, 20, 41 }, n = ARRAY_SIZE(held);
	struct xen_page_holder list[2];
	unsigned int seen = 0;
	u64 next = 0, wrong;

	make_guest();
	for (unsigned int i = 0; i < n; i++)
		CHECK(get_page(own[held[i]], d));
	kill_guest();
	CHECK_EQ(d->tot_pages, n);
	while (next != XEN_HOLDERS_END && !unit_failed) {
		int got = domain_held_pages(d, &next, list, 2);

		CHECK(got > 0 && seen + got <= n);
		for (int i = 0; i < got; i++) {
			CHECK_EQ(list[i].frame, mfn_x(page_to_mfn(own[held[seen++]])));
			CHECK_EQ(list[i].gfn, list[i].frame + 1000);
			CHECK_EQ(list[i].refs, 1);
		}
	}
	CHECK_EQ(seen, n);
	CHECK_EQ(domain_held_pages(d, &next, list, 2), 0);
	CHECK_EQ(next, XEN_HOLDERS_END);
	/* Pages that are not on its list: another's, the hypervisor's, none at all. */
	wrong = mfn_x(page_to_mfn(foreign));
	CHECK_EQ(domain_held_pages(d, &wrong, list, 2), -EAGAIN);
	wrong = mfn_x(virt_to_mfn(d));
	CHECK_EQ(domain_held_pages(d, &wrong, list, 2), -EAGAIN);
	wrong = 1UL << 52;
	CHECK_EQ(domain_held_pages(d, &wrong, list, 2), -EAGAIN);
	/* The one at which to go on goes. */
	next = 0;
	CHECK_EQ(domain_held_pages(d, &next, list, 2), 2);
	CHECK_EQ(next, mfn_x(page_to_mfn(own[held[2]])));
	put_page(own[held[2]]);
	CHECK_EQ(domain_held_pages(d, &next, list, 2), -EAGAIN);
	for (unsigned int i = 0; i < n; i++)
		if (i != 2)
			put_page(own[held[i]]);
	next = 0;
	CHECK_EQ(domain_held_pages(d, &next, list, 2), 0);
	CHECK_EQ(next, XEN_HOLDERS_END);
	release_guest();
}
