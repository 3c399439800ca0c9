/* SPDX-License-Identifier: GPL-2.0-only */
/* sources: common/sched/credit_math.c */
/* The credit policy's arithmetic. */
#include <xen/credit_math.h>
#include <xen/lib.h>
#include "unit.h"

#define PERIOD	300	/* 30 ms */

UNIT(cost_carries_the_rest)
{
	s64 rest = 0;
	int sum = 0;

	for (int i = 0; i < 1000; i++)
		sum += credit_cost(33333, &rest);	/* a third of a credit */
	CHECK_EQ(sum, 333);
	CHECK_EQ(credit_cost(-5, &rest), 0);
	CHECK(credit_cost(1LL << 60, &rest) <= 1000 * 1000);
}

UNIT(share_follows_weights)
{
	struct credit_demand a = { 256, 0, 1, 768, PERIOD, PERIOD }, b = { 512, 0, 1, 768, PERIOD, PERIOD };

	CHECK_EQ(credit_share_of(&a).grant, 100);
	CHECK_EQ(credit_share_of(&b).grant, 200);
}

UNIT(share_never_above_what_can_be_burnt)
{
	struct credit_demand lone = { 256, 0, 1, 256, 4 * PERIOD, PERIOD };

	CHECK_EQ(credit_share_of(&lone).grant, PERIOD);
}

UNIT(share_respects_cap)
{
	struct credit_demand d = { 256, 50, 2, 512, 2 * PERIOD, PERIOD };
	struct credit_share s = credit_share_of(&d);

	CHECK_EQ(s.grant, 75);		/* half a CPU, shared by two */
	CHECK_EQ(s.cap, 75);
	d.cap = 1;
	CHECK(credit_share_of(&d).cap >= 1);
}

UNIT(extremes_do_not_overflow)
{
	struct credit_demand d = { 65535, 65535, 8192, 65535u * 8192u, 64 * 10000, 10000 };

	CHECK(credit_share_of(&d).grant >= 0);
	CHECK(credit_share_of(&d).grant <= 10000);
}

UNIT(settling)
{
	struct credit_share s = { 100, 0 };
	struct credit_verdict v = credit_settle(-50, s, PERIOD);

	CHECK_EQ(v.credit, 50);
	CHECK_EQ(v.pri, PRI_UNDER);
	v = credit_settle(-150, s, PERIOD);
	CHECK_EQ(v.pri, PRI_OVER);
	CHECK(!v.park);
	v = credit_settle(-5000, s, PERIOD);
	CHECK_EQ(v.credit, -PERIOD);	/* the rest is forgiven */
	v = credit_settle(250, s, PERIOD);
	CHECK(v.retire && v.credit == PERIOD / 2);
}

UNIT(parks_over_the_cap)
{
	struct credit_share s = { 30, 30 };

	CHECK(credit_settle(-100, s, PERIOD).park);
	CHECK(!credit_settle(-50, s, PERIOD).park);
	CHECK(!credit_settle(0, s, PERIOD).park);
}

/* Busy loops of domains with weights 1:2:5 on two CPUs, scheduled by priority, get time in about these proportions. */
UNIT(long_run_is_fair)
{
	static const u32 weight[] = { 100, 200, 500 };
	int credit[3] = {}, pri[3] = { PRI_UNDER, PRI_UNDER, PRI_UNDER };
	long ran[3] = {};

	for (int slot = 0; slot < 30000; slot++) {
		int best = -1;

		for (int k = 0; k < 3; k++) {
			int i = (slot + k) % 3;

			if (best < 0 || pri[i] > pri[best])
				best = i;
		}
		ran[best]++;
		credit[best] -= PERIOD / 3;
		if (slot % 3 != 2)
			continue;
		for (int i = 0; i < 3; i++) {
			struct credit_demand d = { weight[i], 0, 1, 800, PERIOD, PERIOD };
			struct credit_verdict v = credit_settle(credit[i], credit_share_of(&d), PERIOD);

			credit[i] = v.credit;
			pri[i] = v.pri;
		}
	}
	CHECK(ran[1] > ran[0] * 3 / 2 && ran[1] < ran[0] * 5 / 2);
	CHECK(ran[2] > ran[0] * 4 && ran[2] < ran[0] * 6);
}
