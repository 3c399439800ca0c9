/* SPDX-License-Identifier: MIT */
/* sched_op(cmd, arg): giving up the CPU, waiting, and the end of a domain. */
#ifndef XEN_PUBLIC_SCHED_H
#define XEN_PUBLIC_SCHED_H

#include "event_channel.h"

#define SCHEDOP_yield		0	/* no argument */
#define SCHEDOP_block		1	/* no argument; unmasks upcalls, returns at the next event */
/* sched_shutdown; a third argument for SHUTDOWN_suspend: start_info's frame */
#define SCHEDOP_shutdown	2
#define SCHEDOP_poll		3	/* sched_poll: until one of the ports is pending */
#define SCHEDOP_remote_shutdown	4	/* sched_remote_shutdown: of another domain, needs privilege */
#define SCHEDOP_shutdown_code	5	/* sched_shutdown: latch a reason, go on */
#define SCHEDOP_watchdog	6	/* sched_watchdog; a new one returns its id */
#define SCHEDOP_pin_override	7	/* sched_pin_override: run on one CPU for a while, needs privilege */

#define SHUTDOWN_poweroff	0
#define SHUTDOWN_reboot		1
#define SHUTDOWN_suspend	2
#define SHUTDOWN_crash		3
#define SHUTDOWN_watchdog	4	/* a watchdog timer has expired */
#define SHUTDOWN_soft_reset	5	/* start anew in the same domain */
#define SHUTDOWN_MAX		5

struct sched_shutdown {
	uint32_t reason;		/* SHUTDOWN_ */
};
typedef struct sched_shutdown sched_shutdown_t;
DEFINE_XEN_GUEST_HANDLE(sched_shutdown_t);

struct sched_poll {
	XEN_GUEST_HANDLE(evtchn_port_t) ports;
	uint32_t nr_ports;
	uint64_t timeout;		/* system time in ns, 0 for none */
};
typedef struct sched_poll sched_poll_t;
DEFINE_XEN_GUEST_HANDLE(sched_poll_t);

struct sched_remote_shutdown {
	domid_t domain_id;
	uint32_t reason;
};
typedef struct sched_remote_shutdown sched_remote_shutdown_t;
DEFINE_XEN_GUEST_HANDLE(sched_remote_shutdown_t);

struct sched_watchdog {
	uint32_t id;			/* 0 makes a new one */
	uint32_t timeout;		/* in seconds, 0 ends it */
};
typedef struct sched_watchdog sched_watchdog_t;
DEFINE_XEN_GUEST_HANDLE(sched_watchdog_t);

struct sched_pin_override {
	int32_t pcpu;			/* negative: undo */
};
typedef struct sched_pin_override sched_pin_override_t;
DEFINE_XEN_GUEST_HANDLE(sched_pin_override_t);
#endif
