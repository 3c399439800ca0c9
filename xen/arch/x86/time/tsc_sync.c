/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compare a new CPU's TSC with the boot CPU's. Both take turns in writing their TSC to one place under a
 * lock; if a value is ever smaller than the one before it, the two are not the same clock. Then the
 * distance is measured by questions and answers, believing the quickest. One AP at a time: the caller of
 * cpu_up() sees to that.
 */
#include <xen/atomic.h>
#include <xen/lib.h>
#include <xen/spinlock.h>
#include <asm/processor.h>
#include <asm/time.h>

#define WARP_ROUNDS	300
#define ASK_ROUNDS	64

bool tsc_synchronised = true;

static struct {
	spinlock_t lock;
	u64 last, warp;
	unsigned int source_stage, target_stage;
	u64 question, answer;
} sync;

/* Say that this side is at `stage` and wait until the other is. */
static void meet(unsigned int *mine, const unsigned int *other, unsigned int stage)
{
	__atomic_store_n(mine, stage, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(other, __ATOMIC_SEQ_CST) < stage)
		cpu_relax();
}

static void look_for_warps(void)
{
	for (unsigned int i = 0; i < WARP_ROUNDS; i++) {
		u64 now;

		spin_lock(&sync.lock);
		now = rdtsc_ordered();
		if (now < sync.last && sync.last - now > sync.warp)
			sync.warp = sync.last - now;
		sync.last = now;
		spin_unlock(&sync.lock);
		cpu_relax();
	}
}

static void answer_questions(void)
{
	for (u64 n = 1; n <= ASK_ROUNDS; n++) {
		while (__atomic_load_n(&sync.question, __ATOMIC_SEQ_CST) < n)
			cpu_relax();
		__atomic_store_n(&sync.answer, rdtsc_ordered(), __ATOMIC_SEQ_CST);
	}
}

static s64 ask_distance(void)
{
	u64 best = ~0ULL;
	s64 ahead = 0;

	for (u64 n = 1; n <= ASK_ROUNDS; n++) {
		u64 before = rdtsc_ordered(), theirs, after;

		__atomic_store_n(&sync.question, n, __ATOMIC_SEQ_CST);
		while (!(theirs = __atomic_exchange_n(&sync.answer, 0, __ATOMIC_SEQ_CST)))
			cpu_relax();
		after = rdtsc_ordered();
		if (after - before < best) {
			best = after - before;
			ahead = before + best / 2 - theirs;
		}
	}
	return ahead;
}

void tsc_sync_source(void)
{
	meet(&sync.source_stage, &sync.target_stage, 1);
	look_for_warps();
	meet(&sync.source_stage, &sync.target_stage, 2);
	if (sync.warp) {
		tsc_synchronised = false;
		answer_questions();
	}
	meet(&sync.source_stage, &sync.target_stage, 3);
	sync.last = sync.warp = sync.question = sync.answer = 0;
	__atomic_store_n(&sync.target_stage, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&sync.source_stage, 0, __ATOMIC_SEQ_CST);
}

s64 tsc_sync_target(void)
{
	s64 ahead = 0;

	meet(&sync.target_stage, &sync.source_stage, 1);
	look_for_warps();
	meet(&sync.target_stage, &sync.source_stage, 2);
	if (sync.warp)
		ahead = ask_distance();
	__atomic_store_n(&sync.target_stage, 3, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&sync.source_stage, __ATOMIC_SEQ_CST) != 0)
		cpu_relax();
	return ahead;
}
