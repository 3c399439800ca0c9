/* SPDX-License-Identifier: GPL-2.0-only */
/* sources: arch/x86/mm/flush.c */
/*
 * TLB flushes against a CPU that remembers as much as it may: every leaf it ever walked, by PCID or global, and every table on the
 * way, by PCID. A guest with a kernel and a user root changes its tables at random and asks for the flush that belongs to
 * each change; after that no access may see what was there before. With PCIDs, without, and without INVPCID.
 */
#include <xen/cpumask.h>
#include <xen/mm.h>
#include <xen/softirq.h>
#include <asm/processor.h>
#include <asm/smp.h>
#include "unit.h"

#define REGIONS		4		/* 0 and 1: user pages, in both roots; 2 and 3: kernel pages */
#define PAGES		4		/* of a region: one leaf table */
#define USER_REGIONS	2
#define VAS		(REGIONS * PAGES)
#define NONE		0u
#define KERNEL_ROOT	0x10000UL
#define USER_ROOT	0x20000UL
#define OTHER_ROOT	0x30000UL	/* of another guest: maps nothing */

struct table { u32 frame[PAGES]; };

struct cpuinfo_x86 boot_cpu_data;

/* The guest's tables: kernel root and user root point to leaf tables. Replaced tables are filled with garbage. */
static struct table tables[512];
static unsigned int next_table;
static struct table *roots[2][REGIONS];
static u32 next_frame;

/* The CPU. */
static unsigned long cr3, cr4;
static struct { u32 frame; bool valid; } tagged[2][VAS], global[VAS];
static struct table *walked[2][REGIONS];

void send_ipi_mask(const cpumask_t *mask, u8 vector) {}
void tasklet_schedule(struct tasklet *t) {}

/* -- the CPU -------------------------------------------------------------------------------------------------------------- */

static unsigned int pcid(void)
{
	return cr4 & X86_CR4_PCIDE ? cr3 & 1 : 0;
}

static void drop(unsigned int id)
{
	memset(tagged[id], 0, sizeof(tagged[id]));
	memset(walked[id], 0, sizeof(walked[id]));
}

static void drop_all(void)
{
	drop(0);
	drop(1);
	memset(global, 0, sizeof(global));
}

unsigned long read_cr3(void) { return cr3; }
unsigned long read_cr4(void) { return cr4; }

void write_cr3(unsigned long v)
{
	CHECK(cr4 & X86_CR4_PCIDE || !(v & (CR3_NOFLUSH | 1)));
	cr3 = v & ~CR3_NOFLUSH;
	if (!(v & CR3_NOFLUSH))
		drop(pcid());
}

void write_cr4(unsigned long v)
{
	if ((cr4 ^ v) & X86_CR4_PGE)
		drop_all();
	cr4 = v;
}

void invlpg(unsigned long va)
{
	global[va].valid = tagged[pcid()][va].valid = false;
	memset(walked[pcid()], 0, sizeof(walked[0]));
}

void invpcid(unsigned long type, unsigned long id)
{
	CHECK(cpu_has(X86_FEATURE_INVPCID));
	CHECK(id <= 1);
	if (type == INVPCID_ALL)
		drop_all();
	else if (type == INVPCID_ONE)
		drop(id);
	else
		CHECK(!"a type that is not in use");
}

static struct table **root(void)
{
	static struct table *nothing[REGIONS];
	unsigned long base = cr3 & ~0xfffUL;

	return base == KERNEL_ROOT ? roots[0] : base == USER_ROOT ? roots[1] : nothing;
}

/* What an access to page va finds, with all that the CPU may remember. */
static u32 access(unsigned int va)
{
	unsigned int region = va / PAGES, id = pcid();
	struct table *t;

	if (unit_random() & 1)			/* it may forget a leaf any time */
		global[va].valid = tagged[id][va].valid = false;
	if (global[va].valid)
		return global[va].frame;
	if (tagged[id][va].valid)
		return tagged[id][va].frame;
	t = walked[id][region] ? walked[id][region] : root()[region];
	if (!t)
		return NONE;
	walked[id][region] = t;
	if (region < USER_REGIONS) {
		global[va].valid = true;
		return global[va].frame = t->frame[va % PAGES];
	}
	tagged[id][va].valid = true;
	return tagged[id][va].frame = t->frame[va % PAGES];
}

static u32 truth(unsigned int va)
{
	struct table *t = root()[va / PAGES];

	return t ? t->frame[va % PAGES] : NONE;
}

static void look(void);

/* -- the guest ------------------------------------------------------------------------------------------------------------- */

static struct table *new_table(void)
{
	struct table *t = &tables[next_table++ % ARRAY_SIZE(tables)];

	for (unsigned int i = 0; i < PAGES; i++)
		t->frame[i] = ++next_frame;
	return t;
}

static void new_guest(void)
{
	memset(roots, 0, sizeof(roots));
	for (unsigned int r = 0; r < REGIONS; r++)
		roots[0][r] = new_table();
	for (unsigned int r = 0; r < USER_REGIONS; r++)
		roots[1][r] = roots[0][r];
}

static void spoil(struct table *t)
{
	memset(t, 0xee, sizeof(*t));
}

static bool in_user_mode(void)
{
	return (cr3 & ~0xfffUL) == USER_ROOT;
}

static void toggle(void)
{
	write_cr3(in_user_mode() ? KERNEL_ROOT | cr3_kernel_bits : USER_ROOT | cr3_user_bits);
}

/* As the hypervisor does it: for this CPU's own guest, or because another CPU asks. */
static void flush_one(unsigned int va)
{
	if (unit_random() & 1)
		flush_va_local(va);
	else
		flush_area_local(va, FLUSH_TLB | FLUSH_VA);
}

static void change_leaf(void)
{
	unsigned int va = unit_random() % VAS;

	roots[0][va / PAGES]->frame[va % PAGES] = ++next_frame;
	flush_one(va);
}

/* A leaf table is taken out, another put in; its pages are flushed one by one, or everything is. */
static void change_table(void)
{
	unsigned int r = unit_random() % REGIONS;
	struct table *old = roots[0][r], *t = new_table();

	roots[0][r] = t;
	if (r < USER_REGIONS)
		roots[1][r] = t;
	spoil(old);
	if (unit_random() & 1) {
		flush_tlb_local();
		return;
	}
	for (unsigned int i = 0; i < PAGES; i++)
		flush_one(r * PAGES + i);
}

/* A new user root: other tables with the same pages in them, so that global entries stay true. */
static void change_user_root(void)
{
	if (in_user_mode())
		toggle();
	for (unsigned int r = 0; r < USER_REGIONS; r++) {
		struct table *old = roots[1][r], *t = new_table();

		*t = *old;
		roots[0][r] = roots[1][r] = t;
		spoil(old);
	}
	invlpg(0);			/* the kernel root's own */
	flush_other_root();
	toggle();
	look();
}

static void other_guest(void)
{
	write_cr3_flush(OTHER_ROOT | cr3_kernel_bits);
	for (unsigned int va = 0; va < VAS; va++)
		CHECK_EQ(access(va), NONE);
	if (unit_random() & 1)
		new_guest();
	write_cr3_flush(unit_random() & 1 ? KERNEL_ROOT | cr3_kernel_bits : USER_ROOT | cr3_user_bits);
}

static void look(void)
{
	for (unsigned int i = 0; i < VAS; i++) {
		unsigned int va = unit_random() % VAS;

		CHECK_EQ(access(va), truth(va));
	}
}

static void live(unsigned int features, bool pcids)
{
	memset(&boot_cpu_data, 0, sizeof(boot_cpu_data));
	boot_cpu_data.capability[FEAT_7B0] = features;
	cr4 = X86_CR4_PGE | (pcids ? X86_CR4_PCIDE : 0);
	cr3_kernel_bits = pcids ? CR3_NOFLUSH : 0;
	cr3_user_bits = pcids ? CR3_NOFLUSH | CR3_USER_PCID : 0;
	drop_all();
	new_guest();
	cr3 = KERNEL_ROOT;
	for (unsigned int step = 0; step < 200000; step++) {
		switch (unit_random() % 16) {
		case 0: change_leaf(); break;
		case 1: change_table(); break;
		case 2: change_user_root(); break;
		case 3: other_guest(); break;
		case 4: flush_tlb_local(); break;
		case 5 ... 8: toggle(); break;
		default: look();
		}
		if (unit_failed)
			return;
	}
}

UNIT(flushes_without_invpcid)
{
	live(0, false);
}

UNIT(flushes_with_invpcid)
{
	live(1u << (X86_FEATURE_INVPCID & 31), false);
}

UNIT(flushes_with_pcids)
{
	live(1u << (X86_FEATURE_INVPCID & 31), true);
}

/* What PCIDs are for: a kernel page is still known after a way to user mode and back. */
UNIT(pcids_keep_kernel_entries)
{
	unsigned int va = USER_REGIONS * PAGES;

	live(1u << (X86_FEATURE_INVPCID & 31), true);
	if (in_user_mode())
		toggle();
	(void)access(va);
	toggle();
	CHECK_EQ(access(va), NONE);
	toggle();
	CHECK(tagged[0][va].valid);
	live(0, false);
	if (in_user_mode())
		toggle();
	(void)access(va);
	toggle();
	CHECK(!tagged[0][va].valid);
}
