/* SPDX-License-Identifier: GPL-2.0-only */
/* Time: system time, single-shot, periodic and domain timers, blocking, runstates, the wall clock. */
#include "guest.h"
#include <public/event_channel.h>
#include <public/sched.h>
#include <public/vcpu.h>

const char test_title[] = "time and timers";

#define MS	1000000UL

static u32 port;
static volatile u32 ticks;

static void tick(void)
{
	bool was;

	this_vcpu_info()->evtchn_pending_sel = 0;
	__asm__ volatile ("lock btrq %2, %0\n\tsetc %1" : "+m" (shared_info->evtchn_pending), "=q" (was)
			  : "r" ((u64)port) : "memory");
	ticks += was;		/* the console has events too */
}

static long singleshot(u64 when, u32 flags)
{
	struct vcpu_set_singleshot_timer t = { .timeout_abs_ns = when, .flags = flags };

	return vcpu_op(VCPUOP_set_singleshot_timer, 0, &t);
}

static long periodic(u64 period)
{
	struct vcpu_set_periodic_timer t = { .period_ns = period };

	return vcpu_op(VCPUOP_set_periodic_timer, 0, &t);
}

static void spin_until(u64 when)
{
	while (system_time() < when)
		__asm__ volatile ("pause");
}

/* The event comes, if late: the host may have held the machine up. */
static void expect_tick(const char *what)
{
	u64 end = system_time() + 2000 * MS;

	while (!ticks && system_time() < end)
		__asm__ volatile ("pause");
	CHECK(ticks == 1, "%s: %u ticks", what, ticks);
}

static void check_clock(void)
{
	u64 last = system_time(), now;
	const struct vcpu_time_info *t = &this_vcpu_info()->time;

	for (unsigned i = 0; i < 20000; i++) {
		now = system_time();
		if (!CHECK(now >= last, "time went back by %lu ns", last - now))
			break;
		last = now;
	}
	CHECK(!(t->version & 1) && t->tsc_to_system_mul, "time info");
	CHECK(shared_info->wc_sec || shared_info->wc_sec_hi, "no wall clock");
	CHECK(!(shared_info->wc_version & 1), "wall clock version %u", shared_info->wc_version);
}

static void check_singleshot(void)
{
	u64 when = system_time() + 5 * MS;

	ticks = 0;
	EXPECT(singleshot(when, 0), 0);
	spin_until(when - 2 * MS);
	u32 early = ticks;
	CHECK(!early || system_time() >= when, "ticks before its time");
	expect_tick("single shot");
	ticks = 0;
	/* The flag is honoured or ignored; its user is the kernel of 2008. */
	long ret = singleshot(system_time() - MS, VCPU_SSHOTTMR_future);
	CHECK(ret == 0 || ret == -XEN_ETIME, "timer in the past: %ld", ret);
	spin_until(system_time() + 10 * MS);
	ticks = 0;
	EXPECT(singleshot(1, 0), 0);
	expect_tick("single shot in the past");
	ticks = 0;
	EXPECT(singleshot(system_time() + 500 * MS, 0), 0);
	EXPECT(vcpu_op(VCPUOP_stop_singleshot_timer, 0, NULL), 0);
	spin_until(system_time() + 550 * MS);
	EXPECT(ticks, 0);
	/* Far away, and beyond all time. */
	ret = singleshot(~0UL, 0);
	CHECK(ret == 0 || ret == -XEN_EINVAL, "timer at the end of time: %ld", ret);
	ret = singleshot(1UL << 63, 0);
	CHECK(ret == 0 || ret == -XEN_EINVAL, "timer before all time: %ld", ret);
	EXPECT(vcpu_op(VCPUOP_stop_singleshot_timer, 0, NULL), 0);
	EXPECT(singleshot(1UL << 62, VCPU_SSHOTTMR_future), 0);
	EXPECT(vcpu_op(VCPUOP_stop_singleshot_timer, 0, NULL), 0);
	EXPECT_ERROR(vcpu_op(VCPUOP_stop_singleshot_timer, 1, NULL));
}

static void check_periodic(void)
{
	u64 end;

	EXPECT(periodic(1000), -XEN_EINVAL);
	EXPECT(periodic(0), -XEN_EINVAL);
	ticks = 0;
	EXPECT(periodic(4 * MS), 0);
	end = system_time() + 120 * MS;
	spin_until(end);
	/* A busy host delays some; more than there is time for there may never be. */
	CHECK(ticks >= 4 && ticks <= 32, "%u ticks of 4 ms in 120 ms", ticks);
	EXPECT(vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
	ticks = 0;
	spin_until(system_time() + 15 * MS);
	CHECK(ticks <= 1, "%u ticks of a stopped timer", ticks);
	EXPECT(periodic(~0UL >> 1), -XEN_EINVAL);
	EXPECT(periodic(~0UL), -XEN_EINVAL);
}

static long set_timer_op(u64 when)
{
	return hypercall(__HYPERVISOR_set_timer_op, when, 0, 0, 0);
}

static void check_timer_op(void)
{
	ticks = 0;
	EXPECT(set_timer_op(system_time() + 3 * MS), 0);
	expect_tick("timer of the domain");
	EXPECT(set_timer_op(system_time() + 300 * MS), 0);
	EXPECT(set_timer_op(0), 0);
	spin_until(system_time() + 350 * MS);
	EXPECT(ticks, 1);
	EXPECT(set_timer_op(~0UL), 0);		/* in the past, if it is signed: at once or never */
	EXPECT(set_timer_op(0), 0);
}

static void check_block(void)
{
	u64 began = system_time();

	ticks = 0;
	events_off();
	EXPECT(singleshot(began + 10 * MS, 0), 0);
	EXPECT(sched_op(SCHEDOP_block, NULL), 0);
	EXPECT(this_vcpu_info()->evtchn_upcall_mask, 0);
	EXPECT(ticks, 1);
	CHECK(system_time() >= began + 10 * MS, "block came back early");
	CHECK(system_time() < began + 1000 * MS, "block lasted %lu ms", (system_time() - began) / MS);
	/* By the oldest call as well. */
	events_off();
	EXPECT(singleshot(system_time() + 2 * MS, 0), 0);
	EXPECT(hypercall(__HYPERVISOR_sched_op_compat, SCHEDOP_block, 0, 0, 0), 0);
	EXPECT(ticks, 2);
	EXPECT(sched_op(SCHEDOP_yield, NULL), 0);
}

static void check_runstate(void)
{
	static struct vcpu_runstate_info area, now;
	struct vcpu_register_runstate_memory_area reg = { .addr.v = &area };
	u64 sum;

	EXPECT(vcpu_op(VCPUOP_register_runstate_memory_area, 0, &reg), 0);
	EXPECT(vcpu_op(VCPUOP_get_runstate_info, 0, &now), 0);
	EXPECT(now.state, RUNSTATE_running);
	EXPECT(area.state, RUNSTATE_running);
	u64 blocked = now.time[RUNSTATE_blocked];
	EXPECT(singleshot(system_time() + 10 * MS, 0), 0);
	EXPECT(sched_op(SCHEDOP_block, NULL), 0);
	EXPECT(vcpu_op(VCPUOP_get_runstate_info, 0, &now), 0);
	CHECK(now.time[RUNSTATE_blocked] - blocked > 5 * MS, "blocked for %lu ns",
	      now.time[RUNSTATE_blocked] - blocked);
	EXPECT(area.time[RUNSTATE_blocked], now.time[RUNSTATE_blocked]);
	sum = now.time[0] + now.time[1] + now.time[2] + now.time[3];
	CHECK(sum <= system_time() + MS, "runstates sum up to %lu ns of %lu", sum, system_time());
	/* An area that is not there is no reason to die. */
	reg.addr.p = 8;
	vcpu_op(VCPUOP_register_runstate_memory_area, 0, &reg);
	reg.addr.p = 0xffff830000000000UL;
	vcpu_op(VCPUOP_register_runstate_memory_area, 0, &reg);
	reg.addr.p = SCRATCH;
	vcpu_op(VCPUOP_register_runstate_memory_area, 0, &reg);
	EXPECT(singleshot(system_time() + 2 * MS, 0), 0);
	EXPECT(sched_op(SCHEDOP_block, NULL), 0);
}

/* The vcpu's time information at an address of the guest's choice. */
static void check_time_area(void)
{
	static struct vcpu_time_info area;
	struct vcpu_register_time_memory_area reg = { .addr.p = 8 };

	EXPECT_ERROR(vcpu_op(VCPUOP_register_vcpu_time_memory_area, 0, &reg));
	reg.addr.p = P(&area);
	EXPECT(vcpu_op(VCPUOP_register_vcpu_time_memory_area, 0, &reg), 0);
	EXPECT(singleshot(system_time() + 2 * MS, 0), 0);
	EXPECT(sched_op(SCHEDOP_block, NULL), 0);
	CHECK(area.tsc_to_system_mul == this_vcpu_info()->time.tsc_to_system_mul, "no time in the area");
	CHECK(area.version && !(area.version & 1), "version %u", area.version);
	reg.addr.p = 0;
	vcpu_op(VCPUOP_register_vcpu_time_memory_area, 0, &reg);
}

static void check_watchdog(void)
{
	struct sched_watchdog w = { .id = 0, .timeout = 60 };
	long id = sched_op(SCHEDOP_watchdog, &w);

	CHECK(id > 0, "watchdog: %ld", id);
	w.id = (u32)id;
	EXPECT(sched_op(SCHEDOP_watchdog, &w), 0);
	w.timeout = 0;
	EXPECT(sched_op(SCHEDOP_watchdog, &w), 0);
	w.id = 99;
	EXPECT(sched_op(SCHEDOP_watchdog, &w), -XEN_EINVAL);
}

void test_main(void)
{
	struct evtchn_bind_virq bind = { .virq = VIRQ_TIMER, .vcpu = 0 };
	struct evtchn_unmask unmask;

	EXPECT(vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
	EXPECT(event_op(EVTCHNOP_bind_virq, &bind), 0);
	port = unmask.port = bind.port;
	EXPECT(event_op(EVTCHNOP_unmask, &unmask), 0);
	event_hook(tick);
	events_on();
	check_clock();
	check_singleshot();
	check_periodic();
	check_timer_op();
	check_block();
	check_runstate();
	check_time_area();
	check_watchdog();
}
