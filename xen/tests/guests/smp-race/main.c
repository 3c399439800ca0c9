/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two vcpus at one entry and at one page. One changes an L1 entry by hypercall while the other does by
 * emulated writes; one wants a page as a page table while the other maps it writable. Whatever wins, a page
 * is never both, and at the end nobody holds a reference that was forgotten.
 */
#include "guest.h"
#include <public/sched.h>

const char test_title[] = "two vcpus at one entry";

#define ROUNDS	6000		/* at least, and long enough for the other to get its share */
#define SHARE	300
#define E	8

static u64 *l1, *a, *b, *table;
static volatile u32 phase, at_work, finished;
static volatile u32 emulated_count, pinned_count, mapped_count;

/* Whether a round of @n updates was long enough: both got their share, or the time is over. */
static bool enough(unsigned n, u32 mine, u32 others, u64 end)
{
	return system_time() > end || (n >= ROUNDS && mine >= SHARE && others >= SHARE);
}

static u64 entry(unsigned n)
{
	switch (n % 4) {
	case 0:
		return pte_of(va_mfn(a), PTE_RWX);
	case 1:
		return pte_of(va_mfn(b), PTE_RWX);
	case 2:
		return pte_of(va_mfn(a), PTE_RO);
	default:
		return 0;
	}
}

static void by_emulation(u64 *e, unsigned n)
{
	u64 v = entry(n * 7 + 1), old = *e;

	switch (n % 3) {
	case 0:
		__asm__ volatile ("mov %1, %0" : "+m" (*e) : "r" (v));
		break;
	case 1:
		__asm__ volatile ("xchg %0, %1" : "+r" (v), "+m" (*e) :: "memory");
		break;
	default:
		__asm__ volatile ("lock cmpxchg %2, %1" : "+a" (old), "+m" (*e) : "r" (v) : "memory");
	}
}

static void second(void *arg)
{
	at_work = 1;
	while (phase == 0)
		__asm__ volatile ("pause");
	for (unsigned n = 0; phase == 1; n++) {
		by_emulation(&l1[E], n);
		emulated_count++;
	}
	finished = 1;
	while (phase == 1 || phase == 2)
		__asm__ volatile ("pause");
	/* The page `table` is mapped writable at entry E+1 whenever nobody has it as a page table. */
	for (unsigned n = 0; phase == 3; n++) {
		if (!write_pte(maddr_of(&l1[E + 1]), pte_of(va_mfn(table), PTE_RWX)))
			mapped_count++;
		write_pte(maddr_of(&l1[E + 1]), 0);
	}
	finished = 2;
	for (;;)
		vcpu_op(2, 1, NULL);
}

static bool wait_finished(u32 n)
{
	for (u64 end = system_time() + 5000000000UL; finished != n;) {
		if (system_time() > end)
			return false;
		sched_op(SCHEDOP_yield, NULL);
	}
	return true;
}

static void expect_free(u64 *page, const char *what)
{
	memset(page, 0, PAGE_SIZE);
	CHECK(!make_ro(page), "%s: no read-only view", what);
	CHECK(!pin(1, va_mfn(page)), "%s: cannot become a table: still referenced", what);
	CHECK(!unpin(va_mfn(page)), "%s: cannot be unpinned", what);
	CHECK(!make_rw(page), "%s: cannot be written", what);
}

void test_main(void)
{
	unsigned refused = 0;
	u64 end;

	EXPECT(hypercall(__HYPERVISOR_vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables, 0, 0),
	       0);
	a = alloc_page();
	b = alloc_page();
	table = alloc_page();
	CHECK(make_tables(SCRATCH), "tables");
	l1 = pte_ptr(SCRATCH, 1);
	EXPECT(start_vcpu(1, second, NULL), 0);
	if (!CHECK(wait_for(&at_work, 5000), "vcpu 1 does not run"))
		return;
	phase = 1;
	end = system_time() + 10000000000UL;
	for (unsigned n = 0; !enough(n, n, emulated_count, end); n++)
		refused += !!write_pte(maddr_of(&l1[E]), entry(n));
	phase = 2;
	CHECK(wait_finished(1), "vcpu 1 hangs");
	CHECK(!refused, "%u updates beside %u of the other were refused", refused, emulated_count);
	EXPECT(write_pte(maddr_of(&l1[E]), 0), 0);
	expect_free(a, "page A");
	expect_free(b, "page B");
	/* Round two. */
	EXPECT(make_ro(table), 0);
	phase = 3;
	end = system_time() + 10000000000UL;
	for (unsigned n = 0; !enough(n, pinned_count, mapped_count, end); n++) {
		if (pin(1, va_mfn(table)))
			continue;
		pinned_count++;
		u64 e = ((volatile u64 *)l1)[E + 1];
		CHECK(!(e & PTE_P) || (e & PTE_ADDR) != va_mfn(table) * PAGE_SIZE,
		      "a pinned table is mapped writable: %#lx", e);
		EXPECT(unpin(va_mfn(table)), 0);
	}
	phase = 4;
	CHECK(wait_finished(2), "vcpu 1 hangs");
	printf("emulated %u, pinned %u, mapped %u times\n", emulated_count, pinned_count, mapped_count);
	CHECK(emulated_count >= SHARE && pinned_count >= SHARE && mapped_count >= SHARE,
	      "no race worth the name");
	EXPECT(write_pte(maddr_of(&l1[E + 1]), 0), 0);
	EXPECT(make_rw(table), 0);
	expect_free(table, "the table");
}
