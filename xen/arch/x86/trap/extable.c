/* SPDX-License-Identifier: GPL-2.0-only */
/* Instructions that may fault, and where to go on when they do. Few: searched one by one. */
#include <xen/types.h>
#include <asm/extable.h>

struct extable_entry { s32 from, to; };
extern const struct extable_entry __start_ex_table[], __stop_ex_table[];

unsigned long search_exception_table(unsigned long rip)
{
	for (const struct extable_entry *e = __start_ex_table; e < __stop_ex_table; e++)
		if ((unsigned long)&e->from + e->from == rip)
			return (unsigned long)&e->to + e->to;
	return 0;
}
