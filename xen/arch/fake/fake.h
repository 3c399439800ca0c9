/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stand-ins for the machine, so that files of the hypervisor can be tested as host programs: one CPU, a few megabytes
 * of fake RAM with a frame table, a clock that stands still, timers and softirqs that only remember. All are weak: a test that is
 * linked with the real thing gets that.
 */
#ifndef FAKE_H
#define FAKE_H

#include <xen/types.h>

#define FAKE_FIRST_MFN	0x100
#define FAKE_NR_PAGES	2048

struct domain;
struct vcpu;
struct timer;

extern s64 host_now;			/* NOW() */
extern unsigned long fake_softirqs;	/* raised, never run */
extern unsigned int fake_xmallocs_to_fail;	/* the n-th allocation from now fails; 0: none */
extern long fake_xmallocs;		/* live allocations */
extern unsigned int fake_faults_at;	/* guest addresses below this fault */
extern const char *fake_said;		/* the last message's format */

/* A frame of fake RAM with an owner, as a guest would have it. */
u64 fake_guest_page(struct domain *d);
/* Run the timers that are due. */
void fake_run_timers(void);

#endif
