/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An exception while the kernel's stack pointer leads nowhere: no frame can be made, the guest alone is
 * crashed.
 */
#include "guest.h"

const char test_title[] = "exception without a stack";

void test_main(void)
{
	expect_crash("stack pointer into the hypervisor");
	__asm__ volatile ("mov %0, %%rsp\n\tud2" :: "r" (0xffff83000000f000UL) : "memory");
}
