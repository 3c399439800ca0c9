/* SPDX-License-Identifier: GPL-2.0-only */
/* A watchdog that is kicked for a while and then no more: the domain is shut down. */
#include "guest.h"
#include <public/sched.h>

const char test_title[] = "watchdog";

static void spin_for(u64 ns)
{
	for (u64 end = system_time() + ns; system_time() < end;)
		__asm__ volatile ("pause");
}

void test_main(void)
{
	struct sched_watchdog w = { .id = 0, .timeout = 120 }, other = { .id = 0, .timeout = 120 };
	long id = sched_op(SCHEDOP_watchdog, &w);

	CHECK(id > 0, "watchdog: %ld", id);
	other.id = (u32)sched_op(SCHEDOP_watchdog, &other);
	CHECK(other.id != id && other.id < 3, "second watchdog: %u", other.id);
	other.timeout = 0;
	EXPECT(sched_op(SCHEDOP_watchdog, &other), 0);		/* switched off: never fires */
	w.id = (u32)id;
	for (unsigned i = 0; i < 4; i++) {
		EXPECT(sched_op(SCHEDOP_watchdog, &w), 0);
		spin_for(100000000UL);
	}
	expect_crash("not kicked any more");
	w.timeout = 1;
	EXPECT(sched_op(SCHEDOP_watchdog, &w), 0);
	spin_for(60000000000UL);
	printf("the watchdog did not bite\n");
}
