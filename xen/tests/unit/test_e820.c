/* SPDX-License-Identifier: GPL-2.0-only */
/* sources: arch/x86/boot/e820.c */
/* Memory maps as firmware writes them: in no order, overlapping, with holes and empty entries. */
#include <xen/boot_info.h>
#include "unit.h"

static struct e820_entry map[E820_MAX];

static unsigned int given(const struct e820_entry *e, unsigned int n)
{
	memcpy(map, e, n * sizeof(*e));
	return e820_sanitise(map, n);
}

static void expect(unsigned int i, u64 addr, u64 size, u32 type)
{
	CHECK_EQ(map[i].addr, addr);
	CHECK_EQ(map[i].size, size);
	CHECK_EQ(map[i].type, type);
}

UNIT(a_map_is_sorted_and_joined)
{
	const struct e820_entry e[] = {
		{ 0x200000, 0x100000, E820_RAM }, { 0, 0x9fc00, E820_RAM }, { 0x100000, 0x100000, E820_RAM },
		{ 0x9fc00, 0x400, E820_RESERVED },
	};

	CHECK_EQ(given(e, 4), 3);
	expect(0, 0, 0x9fc00, E820_RAM);
	expect(1, 0x9fc00, 0x400, E820_RESERVED);
	expect(2, 0x100000, 0x200000, E820_RAM);
}

UNIT(the_more_restrictive_type_wins)
{
	const struct e820_entry e[] = {
		{ 0x100000, 0x900000, E820_RAM }, { 0x300000, 0x1000, E820_RESERVED }, { 0x400000, 0x3000, E820_ACPI },
		{ 0x401000, 0x1000, E820_UNUSABLE }, { 0x9ff000, 0x2000, E820_NVS },
	};

	CHECK_EQ(given(e, 5), 8);
	expect(0, 0x100000, 0x200000, E820_RAM);
	expect(1, 0x300000, 0x1000, E820_RESERVED);
	expect(2, 0x301000, 0xff000, E820_RAM);
	expect(4, 0x401000, 0x1000, E820_UNUSABLE);
	expect(5, 0x402000, 0x1000, E820_ACPI);
	expect(7, 0x9ff000, 0x2000, E820_NVS);
}

UNIT(no_map_and_the_same_entry_twice)
{
	const struct e820_entry e[] = { { 0x100000, 0x1000, E820_RAM }, { 0x100000, 0x1000, E820_RAM } };

	CHECK_EQ(given(e, 0), 0);
	CHECK_EQ(given(e, 2), 1);
	expect(0, 0x100000, 0x1000, E820_RAM);
}

/* At random, against a map of one byte per page. */
UNIT(random_maps)
{
	static u8 want[256], got[256];

	for (unsigned int round = 0; round < 2000; round++) {
		unsigned int n = unit_random() % 24, out;

		memset(want, 0, sizeof(want));
		memset(got, 0, sizeof(got));
		for (unsigned int i = 0; i < n; i++) {
			u32 first = unit_random() % 240, pages = 1 + unit_random() % 16, type = 1 + unit_random() % 5;

			map[i] = (struct e820_entry){ first << 12, pages << 12, type };
			for (u32 p = first; p < first + pages; p++)
				want[p] = max(want[p], (u8)type);
		}
		out = e820_sanitise(map, n);
		for (unsigned int i = 0; i < out; i++) {
			CHECK(map[i].size);
			CHECK(!i || map[i].addr >= map[i - 1].addr + map[i - 1].size);
			CHECK(!i || map[i].type != map[i - 1].type || map[i].addr != map[i - 1].addr + map[i - 1].size);
			for (u64 p = map[i].addr >> 12; p < (map[i].addr + map[i].size) >> 12; p++)
				got[p] = map[i].type;
		}
		CHECK(!memcmp(want, got, sizeof(want)));
	}
}
