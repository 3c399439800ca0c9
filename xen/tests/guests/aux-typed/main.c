/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The control domain does not look at its console while more is typed than a line: all of it is there later. That all is
 * typed it learns from VIRQ_CON_RING: three Ctrl-A at the end make the hypervisor say something (tests/boot.py).
 */
#include "guest.h"
#include <public/event_channel.h>
#include <public/sched.h>

const char test_title[] = "typed ahead";

#define TYPED	3000u		/* 'a' to 'z', again and again */
#define SECONDS	60

void test_main(void)
{
	struct evtchn_bind_virq ring = { .virq = VIRQ_CON_RING };
	static char text[TYPED + 64];
	unsigned wrong = 0;
	long got = 0, n;

	EXPECT(event_op(EVTCHNOP_bind_virq, &ring), 0);
	printf("Type now\n");
	/* That was of our own words. */
	EXPECT(shared_info->evtchn_pending[ring.port / 64] >> ring.port % 64 & 1, 1);
	__atomic_fetch_and(&shared_info->evtchn_pending[ring.port / 64], ~(1UL << ring.port % 64), __ATOMIC_SEQ_CST);
	for (unsigned i = 0; i < SECONDS && !(shared_info->evtchn_pending[ring.port / 64] >> ring.port % 64 & 1); i++) {
		struct sched_poll p = { .nr_ports = 1, .timeout = system_time() + 1000000000UL };

		set_xen_guest_handle(p.ports, &ring.port);
		sched_op(SCHEDOP_poll, &p);
	}
	do {
		n = hypercall(__HYPERVISOR_console_io, CONSOLEIO_read, sizeof(text) - got, P(text + got), 0);
		got += n > 0 ? n : 0;
	} while (n > 0);
	EXPECT(n, 0);
	/* Two of the three that switch are input. */
	EXPECT(got, TYPED + 2);
	for (unsigned i = 0; i < TYPED; i++)
		wrong += text[i] != 'a' + i % 26;
	EXPECT(wrong, 0);
}
