/* SPDX-License-Identifier: GPL-2.0-only */
/* The arithmetic of the credit policy; see the header. */
#include <xen/credit_math.h>
#include <xen/lib.h>

#define NS_PER_CREDIT	(1000000 / CREDITS_PER_MS)

int credit_cost(s64 ran, s64 *rest)
{
	s64 ns = max_t(s64, ran, 0) + *rest;
	s64 cost = ns / NS_PER_CREDIT;

	/* A clock that jumped must not bankrupt anybody for ever. */
	cost = min_t(s64, cost, 1000 * 1000);
	*rest = ns % NS_PER_CREDIT;
	return cost;
}

int credit_refund(int credit, s64 slept)
{
	if (credit >= 0 || slept <= 0)
		return credit;
	return min_t(s64, credit + slept / (4 * NS_PER_CREDIT), 0);
}

struct credit_share credit_share_of(const struct credit_demand *want)
{
	struct credit_share share = { 0, 0 };
	u64 by_weight = (u64)want->pool * want->weight * want->active / want->total_weight;
	/* More than a CPU for each vcpu cannot be used: let others have it. */
	u64 most = (u64)want->period * want->active;

	if (want->cap) {
		u64 limit = (u64)want->cap * want->period / 100;

		most = min(most, limit);
		share.cap = max_t(u64, DIV_ROUND_UP(limit, want->active), 1);
	}
	share.grant = DIV_ROUND_UP(min(by_weight, most), want->active);
	return share;
}

struct credit_verdict credit_settle(int credit, struct credit_share share, u32 period)
{
	struct credit_verdict out = { .pri = PRI_UNDER };

	credit += share.grant;
	if (credit < 0) {
		out.pri = PRI_OVER;
		out.park = share.cap && credit < -share.cap;
		/* Debts are forgiven beyond one period, so that nobody starves for long after a busy time. */
		out.credit = max_t(int, credit, -(int)period);
		return out;
	}
	out.retire = credit > (int)period;
	out.credit = out.retire ? (int)period / 2 : credit;
	return out;
}
