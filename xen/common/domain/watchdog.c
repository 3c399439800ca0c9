/* SPDX-License-Identifier: GPL-2.0-only */
/* A domain's two watchdogs: not kicked in time, it is shut down with the reason "watchdog". */
#include <xen/domain_if.h>
#include <xen/sched.h>

static void watchdog_expired(void *data)
{
	struct domain *d = data;

	if (d->is_shutting_down || d->is_dying)
		return;
	printk(XENLOG_WARNING "%pd: watchdog expired\n", d);
	domain_shutdown(d, SHUTDOWN_watchdog);
}

void domain_watchdog_init(struct domain *d)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(d->watchdog_timer); i++)
		init_timer(&d->watchdog_timer[i], watchdog_expired, d, 0);
}

void domain_watchdog_kill(struct domain *d)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(d->watchdog_timer); i++)
		kill_timer(&d->watchdog_timer[i]);
}

static long watchdog_new(struct domain *d, u32 timeout_s)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(d->watchdog_timer); i++) {
		if (d->watchdog_inuse_map & (1U << i))
			continue;
		d->watchdog_inuse_map |= 1U << i;
		set_timer(&d->watchdog_timer[i], NOW() + SECONDS(timeout_s));
		return i + 1;
	}
	return -ENOSPC;
}

static long watchdog_kick(struct domain *d, unsigned int i, u32 timeout_s)
{
	if (!(d->watchdog_inuse_map & (1U << i)))
		return -EINVAL;
	if (timeout_s) {
		set_timer(&d->watchdog_timer[i], NOW() + SECONDS(timeout_s));
	} else {
		stop_timer(&d->watchdog_timer[i]);
		d->watchdog_inuse_map &= ~(1U << i);
	}
	return 0;
}

long domain_watchdog(struct domain *d, u32 id, u32 timeout_s)
{
	long rc;

	if (id > ARRAY_SIZE(d->watchdog_timer) || (!id && !timeout_s))
		return -EINVAL;
	spin_lock(&d->watchdog_lock);
	rc = id ? watchdog_kick(d, id - 1, timeout_s) : watchdog_new(d, timeout_s);
	spin_unlock(&d->watchdog_lock);
	return rc;
}
