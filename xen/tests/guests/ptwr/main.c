/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Direct writes to page-table entries in use: the hypervisor emulates the instruction and checks the new
 * entry. Every instruction form that kernels use, with values that are right and values that are wrong. A
 * wrong value gives the page fault that the write is, and changes nothing.
 */
#include "guest.h"

const char test_title[] = "emulated writes to page tables";

#define E	40			/* which entry of the L1 */

static u64 *page, *l1, good, other, foreign;

static void expect_done(u64 want, const char *what)
{
	CHECK(last_trap.vector == -1, "%s: trap %d code %#lx", what, last_trap.vector, last_trap.error);
	CHECK((l1[E] & ~(PTE_A | PTE_D | PTE_US | PTE_G | 0x7ff0000000000000UL)) ==
	      (want & ~(PTE_A | PTE_D | PTE_US | PTE_G |
			0x7ff0000000000000UL)), "%s: entry %#lx, expected %#lx", what, l1[E], want);
}

static void expect_fault(u64 before, const char *what)
{
	CHECK(last_trap.vector == TRAP_PF && last_trap.error == (PF_PRESENT | PF_WRITE),
	      "%s: trap %d code %#lx", what,
	      last_trap.vector, last_trap.error);
	CHECK(last_trap.vector != TRAP_PF || last_trap.cr2 == P(&l1[E]) || last_trap.cr2 == P(&l1[E]) + 4,
	      "%s: cr2 %#lx", what,
	      last_trap.cr2);
	CHECK(l1[E] == before, "%s: entry %#lx, was %#lx", what, l1[E], before);
}

static void set(u64 val)
{
	EXPECT(write_pte(maddr_of(&l1[E]), val), 0);
}

static void check_plain(void)
{
	u64 before, v;

	set(0);
	GUARDED("mov %1, %0", "+m" (l1[E]) : "r" (good));
	expect_done(good, "mov");
	page[3] = 99;
	CHECK(try_read((u64 *)(SCRATCH + E * PAGE_SIZE) + 3, &v) && v == 99, "the new entry does not work");
	GUARDED("movq $0, %0", "+m" (l1[E]) :);
	expect_done(0, "mov of a constant");
	GUARDED("movnti %1, %0", "+m" (l1[E]) : "r" (good));
	if (last_trap.vector == -1)
		expect_done(good, "movnti");
	set(good);
	before = l1[E];
	GUARDED("mov %1, %0", "+m" (l1[E]) : "r" (foreign));
	expect_fault(before, "mov of a foreign frame");
	GUARDED("mov %1, %0", "+m" (l1[E]) : "r" (pte_of(va_mfn(l1), PTE_RWX)));
	expect_fault(before, "mov of a writable page table");
	GUARDED("mov %1, %0", "+m" (l1[E]) : "r" (good | 1UL << 51));
	expect_fault(before, "mov of a bad bit");
	GUARDED("mov %1, %0", "+m" (l1[E]) : "r" (pte_of(va_mfn(l1), PTE_RO)));
	expect_done(pte_of(va_mfn(l1), PTE_RO), "mov of a read-only page table");
	GUARDED("mov %1, %0", "+m" (l1[E]) : "r" (0x123456789000UL));
	expect_done(0x123456789000UL, "mov of something not present");
}

static void check_string(void)
{
	u64 *to = &l1[E], count = 2;
	u64 before;

	set(0);
	GUARDED("stosq", "+D" (to) : "a" (other) : "memory");
	if (last_trap.vector == TRAP_PF && !l1[E]) {	/* kernels do not do it, so it need not be known */
		printf("stos is not emulated\n");
		return;
	}
	expect_done(other, "stos");
	CHECK(to == &l1[E + 1], "stos left rdi at %p", to);
	to = &l1[E];
	before = l1[E];
	GUARDED("stosq", "+D" (to) : "a" (foreign) : "memory");
	expect_fault(before, "stos of a foreign frame");
	to = &l1[E];
	GUARDED("rep stosq", "+D" (to), "+c" (count) : "a" (0) : "memory");
	expect_done(0, "rep stos");
	CHECK(count == 0, "rep stos left a count of %lu", count);
}

static void check_exchange(void)
{
	u64 v = other, before;

	set(good);
	before = l1[E];
	GUARDED("xchg %0, %1", "+r" (v), "+m" (l1[E]) :);
	expect_done(other, "xchg");
	CHECK(v == before, "xchg gave %#lx, expected %#lx", v, before);
	v = 0;
	before = l1[E];
	GUARDED("xchg %0, %1", "+r" (v), "+m" (l1[E]) :);
	expect_done(0, "xchg with 0");
	CHECK(v == before, "xchg with 0 gave %#lx, expected %#lx", v, before);
	set(good);
	before = l1[E];
	v = foreign;
	GUARDED("xchg %0, %1", "+r" (v), "+m" (l1[E]) :);
	expect_fault(before, "xchg of a foreign frame");
	CHECK(v == foreign, "a failed xchg changed its register");
}

static void check_cmpxchg(void)
{
	u64 before, old;
	bool zf;

	set(good);
	before = old = l1[E];
	GUARDED("lock cmpxchg %3, %1\n\tsetz %2", "+a" (old), "+m" (l1[E]), "=q" (zf) : "r" (other));
	expect_done(other, "cmpxchg");
	CHECK(zf && old == before, "cmpxchg: zf %d, rax %#lx", zf, old);
	before = l1[E];
	old = 0x1234;
	GUARDED("lock cmpxchg %3, %1\n\tsetz %2", "+a" (old), "+m" (l1[E]), "=q" (zf) : "r" (good));
	expect_done(before, "cmpxchg that does not match");
	CHECK(!zf && old == before, "cmpxchg that does not match: zf %d, rax %#lx, entry %#lx", zf, old,
	      before);
	before = old = l1[E];
	GUARDED("lock cmpxchg %2, %1", "+a" (old), "+m" (l1[E]) : "r" (foreign));
	expect_fault(before, "cmpxchg of a foreign frame");
	old = l1[E];
	GUARDED("cmpxchg %2, %1", "+a" (old), "+m" (l1[E]) : "r" (good));
	expect_done(good, "cmpxchg without lock");
}

static void check_bits(void)
{
	u64 before, mask = ~PTE_RW;
	bool cf;

	set(good);
	before = l1[E];
	GUARDED("lock andq %1, %0", "+m" (l1[E]) : "r" (mask));
	expect_done(before & ~PTE_RW, "lock and");
	GUARDED("lock orq $2, %0", "+m" (l1[E]) :);
	expect_done(before, "lock or");
	GUARDED("lock btrq $1, %0\n\tsetc %1", "+m" (l1[E]), "=q" (cf) :);
	expect_done(before & ~PTE_RW, "lock btr");
	CHECK(cf, "btr did not tell what the bit was");
	GUARDED("lock btrq $1, %0\n\tsetc %1", "+m" (l1[E]), "=q" (cf) :);
	CHECK(!cf, "btr of a bit that is clear");
	GUARDED("lock btsq $1, %0", "+m" (l1[E]) :);
	expect_done(before, "lock bts");
	GUARDED("andl $~2, %0", "+m" (*(u32 *)&l1[E]) :);
	expect_done(before & ~PTE_RW, "and of the lower half");
	GUARDED("orb $2, %0", "+m" (*(u8 *)&l1[E]) :);
	expect_done(before, "or of a byte");
	GUARDED("lock xorq $2, %0", "+m" (l1[E]) :);
	expect_done(before & ~PTE_RW, "lock xor");
	/* Writable is allowed for the page, but not for a page table. */
	set(pte_of(va_mfn(l1), PTE_RO));
	before = l1[E];
	GUARDED("lock orq $2, %0", "+m" (l1[E]) :);
	expect_fault(before, "or that makes a page table writable");
	GUARDED("lock btsq $1, %0", "+m" (l1[E]) :);
	expect_fault(before, "bts that makes a page table writable");
}

static void check_halves(void)
{
	u64 before;

	set(0);
	GUARDED("movl %1, %0", "+m" (((u32 *)&l1[E])[1]) : "r" ((u32)(good >> 32)));
	GUARDED("movl %1, %0", "+m" (((u32 *)&l1[E])[0]) : "r" ((u32)good));
	expect_done(good, "two halves");
	before = l1[E];
	GUARDED("movl %1, %0", "+m" (((u32 *)&l1[E])[1]) : "r" (0x000ffff0));
	expect_fault(before, "upper half of no memory");
	/* Across the border of two entries. */
	u64 next = l1[E + 1];
	GUARDED("movl %1, %0", "+m" (*(u32 *)((char *)&l1[E] + 6)) : "r" (0x11111111));
	CHECK(last_trap.vector == TRAP_PF && l1[E] == before && l1[E + 1] == next,
	      "write to two entries: trap %d, %#lx %#lx",
	      last_trap.vector, l1[E], l1[E + 1]);
}

/* Tables above the lowest, and what is no page table at all, are not written this way. */
static void check_others(void)
{
	u64 *l2 = pte_ptr(SCRATCH, 2), before = l2[1];
	u64 *ro = alloc_page();

	GUARDED("mov %1, %0", "+m" (l2[1]) : "r" (pte_of(va_mfn(l1), PTE_TABLE)));
	CHECK(last_trap.vector == TRAP_PF && l2[1] == before, "direct write to an L2: trap %d, entry %#lx",
	      last_trap.vector, l2[1]);
	EXPECT(make_ro(ro), 0);
	CHECK(!try_write(ro, 1) && !*ro, "write to a read-only page");
	EXPECT_TRAP_CODE(TRAP_PF, PF_PRESENT | PF_WRITE);
	CHECK(!try_write((void *)MACH2PHYS_VIRT_START, 1), "write to the machine-to-phys table");
}

static void write_from_user(u64 *entry)
{
	*entry = 0;
	__asm__ volatile ("syscall");
}

void test_main(void)
{
	EXPECT(hypercall(__HYPERVISOR_vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables, 0, 0),
	       0);
	page = alloc_page();
	CHECK(make_tables(SCRATCH), "tables");
	l1 = pte_ptr(SCRATCH, 1);
	good = pte_of(va_mfn(page), PTE_RWX);
	other = pte_of(va_mfn(alloc_page()), PTE_RWX);
	foreign = pte_of(0x200, PTE_RWX);
	check_plain();
	check_string();
	check_exchange();
	check_cmpxchg();
	check_bits();
	check_halves();
	check_others();
	set(good);
	u64 before = l1[E];
	run_user(write_from_user, P(&l1[E]));
	EXPECT(last_trap.vector, TRAP_PF);
	EXPECT(last_trap.error, PF_PRESENT | PF_WRITE | PF_USER);
	EXPECT(l1[E], before);
}
