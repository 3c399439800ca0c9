/* SPDX-License-Identifier: GPL-2.0-only */
/* main() of the host tests: runs those that were listed, then those that registered themselves. */
#include "unit.h"

bool unit_failed;
static struct unit_test *first, **last = &first;
static u32 seed = 1;
static int failures;

__weak const unsigned int unit_nr_tests;
__weak const struct unit_test unit_tests[1];

void unit_register(struct unit_test *t)
{
	*last = t;
	last = &t->next;
}

u32 unit_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed;
}

static void run(const struct unit_test *t)
{
	unit_failed = false;
	t->fn();
	printf("%s: %s\n", unit_failed ? "FAIL" : "PASS", t->name);
	failures += unit_failed;
}

int main(void)
{
	unsigned int nr = *(volatile const unsigned int *)&unit_nr_tests;
	const struct unit_test *listed = unit_tests;

	__asm__("" : "+r"(listed));	/* the compiler shall not think of the weak one's bounds */
	for (unsigned int i = 0; i < nr; i++)
		run(&listed[i]);
	for (struct unit_test *t = first; t; t = t->next)
		run(t);
	return failures != 0;
}
