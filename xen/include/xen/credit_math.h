/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The arithmetic of the credit policy: no locks, no state, so that it can be tested by itself.
 * Running costs CREDITS_PER_MS; each accounting period hands out what all CPUs could have burnt, by weight.
 */
#ifndef XEN_CREDIT_MATH_H
#define XEN_CREDIT_MATH_H

#include <xen/types.h>

#define CREDITS_PER_MS	10

enum credit_pri { PRI_IDLE = -3, PRI_OVER = -2, PRI_UNDER = -1, PRI_BOOST = 0 };

/* Credits that ran nanoseconds cost; *rest (ns, below one credit) is carried from call to call. */
int credit_cost(s64 ran, s64 *rest);

/*
 * A vcpu that the ticks never catch gets no grants. Its debt is forgiven by the time it slept instead: who
 * uses less than a fifth of a CPU is never in debt for long. Returns the new credit.
 */
int credit_refund(int credit, s64 slept);

/* What the vcpus of one domain get in one period. */
struct credit_share {
	int grant;	/* credits for each active vcpu */
	int cap;	/* most that each may burn in a period, 0: no limit */
};

struct credit_demand {
	u32 weight;		/* of the domain */
	u32 cap;		/* per cent of one CPU for all its vcpus, 0: none */
	u32 active;		/* its vcpus that used their CPUs lately, > 0 */
	u32 total_weight;	/* sum of weight * active over all active domains, > 0 */
	u32 pool;		/* credits of the period, all CPUs together */
	u32 period;		/* credits that one CPU burns in a period */
};
struct credit_share credit_share_of(const struct credit_demand *want);

/* The state of one vcpu after its grant. */
struct credit_verdict {
	int credit;
	enum credit_pri pri;
	bool park;		/* over its cap: it may not run until the next grants */
	bool retire;		/* hardly runs: its credits are better given to others */
};
struct credit_verdict credit_settle(int credit, struct credit_share share, u32 period);

#endif
