/* SPDX-License-Identifier: GPL-2.0-only */
/* An exception for which the kernel has no handler. */
#include "guest.h"

const char test_title[] = "exception without a handler";

void test_main(void)
{
	EXPECT(hypercall(__HYPERVISOR_set_trap_table, 0, 0, 0, 0), 0);
	expect_crash("ud2 without a trap table");
	__asm__ volatile ("ud2");
}
