/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two-level event ABI: a pending and a mask bit for each of 4096 ports in shared_info, one selector bit in vcpu_info for
 * each word of pending bits. All of these are the guest's to write at any time; we only ever set and test bits.
 */
#include <xen/sched.h>

static void two_level_set_pending(struct vcpu *v, struct evtchn *chn)
{
	struct domain *d = v->domain;
	struct shared_info *s = d->shared_info;
	u32 port = chn->port;

	if (test_and_set_bit(port, s->evtchn_pending))
		return;
	if (!test_bit(port, s->evtchn_mask) && v->vcpu_info &&
	    !test_and_set_bit(port / BITS_PER_LONG, &v->vcpu_info->evtchn_pending_sel))
		vcpu_mark_events_pending(v);
	evtchn_check_pollers(d, port);
}

static void two_level_clear_pending(struct domain *d, struct evtchn *chn)
{
	clear_bit(chn->port, d->shared_info->evtchn_pending);
}

/* The edge that was lost while masked is made up for. */
static void two_level_unmask(struct domain *d, struct evtchn *chn)
{
	struct vcpu *v = d->vcpu[chn->notify_vcpu_id];
	struct shared_info *s = d->shared_info;
	u32 port = chn->port;

	if (test_and_clear_bit(port, s->evtchn_mask) && test_bit(port, s->evtchn_pending) && v->vcpu_info &&
	    !test_and_set_bit(port / BITS_PER_LONG, &v->vcpu_info->evtchn_pending_sel))
		vcpu_mark_events_pending(v);
}

static bool two_level_is_pending(const struct domain *d, const struct evtchn *chn)
{
	return test_bit(chn->port, d->shared_info->evtchn_pending);
}

static bool two_level_is_masked(const struct domain *d, const struct evtchn *chn)
{
	return test_bit(chn->port, d->shared_info->evtchn_mask);
}

static bool two_level_is_busy(const struct domain *d, const struct evtchn *chn)
{
	return false;
}

static int two_level_set_priority(struct domain *d, struct evtchn *chn, unsigned int priority)
{
	return -ENOSYS;
}

static void two_level_init(struct domain *d, struct evtchn *chn)
{
	chn->priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
}

const struct evtchn_port_ops evtchn_ops_2level = {
	.set_pending = two_level_set_pending,
	.clear_pending = two_level_clear_pending,
	.unmask = two_level_unmask,
	.is_pending = two_level_is_pending,
	.is_masked = two_level_is_masked,
	.is_busy = two_level_is_busy,
	.set_priority = two_level_set_priority,
	.init = two_level_init,
};
