/* SPDX-License-Identifier: GPL-2.0-only */
/* sources: arch/x86/irq/vector.c */
/*
 * Vectors: none given twice on one CPU, reserved ones never, per-CPU ones when the common ones are gone,
 * all come back.
 */
#include "unit.h"
#include <asm/irq.h>

#define MAX	400
static struct irq_desc descs[MAX];

static unsigned int take(unsigned int from, unsigned int n, unsigned int cpu)
{
	unsigned int got = 0;

	for (unsigned int i = from; i < from + n; i++) {
		descs[i] = (struct irq_desc){ .irq = i, .cpu = cpu };
		got += vector_alloc(&descs[i]) == 0;
	}
	return got;
}

static void give_back(void)
{
	for (unsigned int i = 0; i < MAX; i++)
		vector_free(&descs[i]);
}

static void unique_and_not_reserved(void)
{
	bool seen[256] = {};

	vector_init();
	CHECK(take(0, 100, 0) == 100);
	for (unsigned int i = 0; i < 100; i++) {
		u8 v = descs[i].vector;

		CHECK(v >= FIRST_DYNAMIC_VECTOR && v <= LAST_DYNAMIC_VECTOR);
		CHECK(v != HYPERCALL_VECTOR && v != LEGACY_SYSCALL_VECTOR && !seen[v]);
		CHECK(descs[i].any_cpu && vector_usable_on(&descs[i], 5));
		CHECK(vector_to_irq(0, v) == (int)i && vector_to_irq(NR_CPUS - 1, v) == (int)i);
		seen[v] = true;
	}
	give_back();
}

static void exhausted_then_free(void)
{
	unsigned int all = LAST_DYNAMIC_VECTOR - FIRST_DYNAMIC_VECTOR + 1 - 2;

	vector_init();
	CHECK(take(0, all + 10, 0) == all);
	CHECK(vector_alloc(&descs[all + 1]) == -28);
	vector_free(&descs[3]);
	CHECK(vector_alloc(&descs[all + 1]) == 0);
	give_back();
	for (unsigned int v = 0; v < 256; v++)
		CHECK(vector_to_irq(0, v) == -1 && vector_to_irq(1, v) == -1);
}

static void later_ones_are_per_cpu(void)
{
	unsigned int common = 0, own;

	vector_init();
	while (take(common, 1, 0) && descs[common].any_cpu)
		common++;
	vector_free(&descs[common]);
	own = LAST_DYNAMIC_VECTOR - FIRST_DYNAMIC_VECTOR + 1 - 2 - common;
	CHECK(take(common, own + 1, 0) == own);
	CHECK(take(common + own + 1, own + 1, 1) == own);
	CHECK(!vector_usable_on(&descs[common], 1) && vector_usable_on(&descs[common], 0));
	CHECK(vector_to_irq(1, descs[common + own + 1].vector) == (int)(common + own + 1));
	give_back();
}

UNIT_TESTS(TEST(unique_and_not_reserved), TEST(exhausted_then_free), TEST(later_ones_are_per_cpu));
