/* SPDX-License-Identifier: GPL-2.0-only */
/* sources: common/time/timer.c common/work/softirq.c */
/*
 * Timers: order, no early and no lost one, overflow of the first heap, stop, kill, re-arming from the
 * handler.
 */
#include "unit.h"
#include <xen/rcu.h>
#include <xen/softirq.h>
#include <xen/timer.h>
#include <asm/time.h>

#define MANY	500

static s_time_t hardware;		/* what reprogram_timer() was told last */
static struct timer timers[MANY];
static unsigned int fired;
static s_time_t last_expiry;
static bool early, wrong_order;

bool reprogram_timer(s_time_t expires)
{
	hardware = expires;
	return !expires || expires > host_now;
}

void rcu_quiescent(void) {}

static void note(void *data)
{
	struct timer *t = data;

	early |= t->expires > host_now;
	wrong_order |= t->expires < last_expiry;
	last_expiry = t->expires;
	fired++;
}

static void start_over(void)
{
	fired = 0;
	last_expiry = 0;
	early = wrong_order = false;
	timer_init();
}

/* Let time go on as the hardware would: to each programmed moment, up to `end`. */
static void run_until(s_time_t end)
{
	do_softirq();
	while (hardware && hardware <= end) {
		host_now = hardware;
		raise_softirq(TIMER_SOFTIRQ);
		do_softirq();
	}
	host_now = end;
	raise_softirq(TIMER_SOFTIRQ);
	do_softirq();
}

static void many_in_order(void)
{
	start_over();
	srand(1);
	for (unsigned int i = 0; i < MANY; i++) {
		init_timer(&timers[i], note, &timers[i], 0);
		set_timer(&timers[i], host_now + 1 + rand() % 100000);
	}
	run_until(host_now + 200000);
	CHECK(fired == MANY);
	CHECK(!early);
	CHECK(!wrong_order);
	CHECK(hardware == 0);
}

static void stopped_ones_stay_silent(void)
{
	unsigned int expected = 0;

	start_over();
	for (unsigned int i = 0; i < MANY; i++)
		set_timer(&timers[i], host_now + 1 + rand() % 1000);
	for (unsigned int i = 0; i < MANY; i++) {
		if (rand() % 2)
			stop_timer(&timers[i]);
		else if (rand() % 2)
			set_timer(&timers[i], host_now + 1 + rand() % 1000);
		expected += timer_is_active(&timers[i]);
	}
	run_until(host_now + 2000);
	CHECK(fired == expected);
	CHECK(!early && !wrong_order);
}

static void past_expiry_fires_at_once(void)
{
	start_over();
	set_timer(&timers[0], host_now - 5);
	do_softirq();
	CHECK(fired == 1);
}

static void killed_one_cannot_be_set(void)
{
	start_over();
	kill_timer(&timers[0]);
	set_timer(&timers[0], host_now + 10);
	CHECK(!timer_is_active(&timers[0]));
	run_until(host_now + 20);
	CHECK(fired == 0);
}

static unsigned int periods;

static void tick(void *data)
{
	struct timer *t = data;

	if (++periods < 10)
		set_timer(t, t->expires + 100);
	else
		kill_timer(t);
}

static void handler_may_rearm_and_kill(void)
{
	static struct timer t;
	s_time_t start = host_now;

	init_timer(&t, tick, &t, 0);
	set_timer(&t, host_now + 100);
	run_until(host_now + 5000);
	CHECK(periods == 10);
	CHECK(t.expires == start + 1000);
}

UNIT_TESTS(TEST(many_in_order), TEST(stopped_ones_stay_silent), TEST(past_expiry_fires_at_once),
	   TEST(killed_one_cannot_be_set), TEST(handler_may_rearm_and_kill));
