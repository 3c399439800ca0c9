/* SPDX-License-Identifier: GPL-2.0-only */
/* The iret hypercall with a stack that cannot be read. */
#include "guest.h"

const char test_title[] = "iret hypercall without a stack";

void test_main(void)
{
	expect_crash("iret frame at nothing");
	__asm__ volatile ("mov %0, %%rsp\n\tmov %1, %%eax\n\tsyscall" :: "r" (SCRATCH + 0x8000),
			  "i" (__HYPERVISOR_iret) : "memory");
}
