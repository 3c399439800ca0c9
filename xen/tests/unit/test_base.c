/* SPDX-License-Identifier: GPL-2.0-only */
/* Bit operations, CPU masks and lists. */
#include <xen/bitops.h>
#include <xen/cpumask.h>
#include <xen/list.h>
#include <xen/lib.h>
#include "unit.h"

UNIT(find_bits_agrees_with_a_loop)
{
	for (int round = 0; round < 2000; round++) {
		unsigned long map[3] = {};
		unsigned int n = unit_random() % 193, from = unit_random() % 200, slow = n, slow0 = n;

		for (int i = 0; i < round % 6; i++)
			__set_bit(unit_random() % 192, map);
		for (unsigned int i = n; i-- > from; ) {
			if (test_bit(i, map))
				slow = i;
			else
				slow0 = i;
		}
		CHECK_EQ(find_next_bit(map, n, from), slow);
		CHECK_EQ(find_next_zero_bit(map, n, from), slow0);
	}
}

UNIT(atomic_bits)
{
	unsigned long map[2] = {};
	u32 word = 0;

	CHECK(!test_and_set_bit(70, map));
	CHECK(test_and_set_bit(70, map));
	CHECK_EQ(map[1], 1UL << 6);
	CHECK(test_and_clear_bit(70, map));
	CHECK(!test_and_clear_bit(70, map));
	CHECK(!test_and_set_bit32(31, &word));
	CHECK(test_and_set_bit32(31, &word));
	CHECK_EQ(word, 0x80000000u);
}

UNIT(counts_and_orders)
{
	CHECK_EQ(hweight64(0xf0f0), 8);
	CHECK_EQ(hweight64(~0ULL), 64);
	CHECK_EQ(flsl0(1), 0);
	CHECK_EQ(flsl0(1UL << 63), 63);
	CHECK_EQ(get_order_from_pages(1), 0);
	CHECK_EQ(get_order_from_pages(2), 1);
	CHECK_EQ(get_order_from_pages(3), 2);
	CHECK_EQ(get_order_from_pages(1025), 11);
}

UNIT(masks)
{
	cpumask_t a = {}, b = {}, c;

	CHECK(cpumask_empty(&a));
	__cpumask_set_cpu(3, &a);
	__cpumask_set_cpu(NR_CPUS - 1, &a);
	__cpumask_set_cpu(3, &b);
	CHECK(cpumask_intersects(&a, &b));
	cpumask_and(&c, &a, &b);
	CHECK_EQ(cpumask_weight(&c), 1);
	CHECK_EQ(cpumask_first(&a), 3);
	CHECK_EQ(cpumask_next(3, &a), NR_CPUS - 1);
	CHECK_EQ(cpumask_next(NR_CPUS - 1, &a), NR_CPUS);
}

struct item {
	int n;
	struct list_head link;
};

UNIT(lists)
{
	LIST_HEAD(head);
	struct item it[4], *p, *next;
	int sum = 0, order = 0;

	CHECK(list_empty(&head));
	for (int i = 0; i < 4; i++) {
		it[i].n = i;
		list_add_tail(&it[i].link, &head);
	}
	list_for_each_entry(p, &head, link)
		order = order * 10 + p->n;
	CHECK_EQ(order, 123);
	list_move_tail(&it[0].link, &head);
	CHECK_EQ(list_first_entry(&head, struct item, link)->n, 1);
	list_for_each_entry_safe(p, next, &head, link) {
		sum += p->n;
		list_del_init(&p->link);
	}
	CHECK_EQ(sum, 6);
	CHECK(list_empty(&head));
}

UNIT(muldiv)
{
	CHECK_EQ(muldiv64(1ULL << 62, 6, 4), 3ULL << 61);
}
