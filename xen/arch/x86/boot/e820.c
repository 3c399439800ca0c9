/* SPDX-License-Identifier: GPL-2.0-only */
/* The firmware's memory map, put in order. */
#include <xen/boot_info.h>
#include <xen/lib.h>

/* The most restrictive type wins where entries overlap. */
static u32 __init type_at(const struct e820_entry *in, unsigned int n, u64 addr)
{
	u32 type = 0;

	for (unsigned int i = 0; i < n; i++)
		if (addr >= in[i].addr && addr - in[i].addr < in[i].size && in[i].type > type)
			type = in[i].type;
	return type;
}

static void __init sort_u64(u64 *v, unsigned int n)
{
	for (unsigned int i = 1; i < n; i++)
		for (unsigned int j = i; j && v[j - 1] > v[j]; j--)
			swap(v[j - 1], v[j]);
}

/* Cut the map at every boundary, so that the result is sorted and has no overlaps; join equal neighbours. */
unsigned int __init e820_sanitise(struct e820_entry *map, unsigned int n)
{
	static struct e820_entry in[E820_MAX] __initdata;
	static u64 cut[2 * E820_MAX] __initdata;
	unsigned int out = 0;

	memcpy(in, map, n * sizeof(*map));
	for (unsigned int i = 0; i < n; i++) {
		cut[2 * i] = in[i].addr;
		cut[2 * i + 1] = in[i].addr + in[i].size;
	}
	sort_u64(cut, 2 * n);
	for (unsigned int i = 0; i + 1 < 2 * n; i++) {
		u32 type = cut[i] == cut[i + 1] ? 0 : type_at(in, n, cut[i]);
		struct e820_entry *last = out ? &map[out - 1] : NULL;

		if (!type)
			continue;
		if (last && last->type == type && last->addr + last->size == cut[i])
			last->size += cut[i + 1] - cut[i];
		else if (out < E820_MAX)
			map[out++] = (struct e820_entry){ cut[i], cut[i + 1] - cut[i], type };
	}
	return out;
}
