/* SPDX-License-Identifier: GPL-2.0-only */
/* A return to user mode without page tables for it. */
#include "guest.h"

const char test_title[] = "user mode without page tables";

void test_main(void)
{
	u64 frame[6] = { 0x1000, FLAT_USER_CS64, 0x200, user_stack_top(), FLAT_USER_SS64, 0 };

	expect_crash("no user base");
	enter_user(frame);
}
