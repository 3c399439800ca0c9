/* SPDX-License-Identifier: GPL-2.0-only */
/* sched_op: what a vcpu says about its own running, and shutdowns. */
#include <xen/domain_if.h>
#include <xen/hypercall.h>
#include <xen/sched.h>

#define MAX_POLLED_PORTS	128

static long op_yield(void *arg)
{
	return vcpu_yield();
}

static long op_block(void *arg)
{
	struct vcpu *v = current;

	/* Part of the call: the guest opens its event mask by it, without a window. */
	if (v->vcpu_info)
		WRITE_ONCE(v->vcpu_info->evtchn_upcall_mask, 0);
	vcpu_block();
	return 0;
}

static long shutdown_self(u32 reason)
{
	if (reason > SHUTDOWN_MAX)
		return -EINVAL;
	domain_shutdown(current->domain, reason);
	return 0;
}

static long op_shutdown(void *arg)
{
	return shutdown_self(((struct sched_shutdown *)arg)->reason);
}

/* -- poll ------------------------------------------------------------------------------------------------------------- */

/* 1: nothing is pending, wait; 0: an event is there; -errno. The sender sets the port, then looks at who polls. */
static long poll_look(struct vcpu *v, const struct sched_poll *poll)
{
	for (unsigned int i = 0; i < poll->nr_ports; i++) {
		evtchn_port_t port;

		if (copy_in_elem(&port, handle_addr(poll->ports), i))
			return -EFAULT;
		if (!evtchn_port_valid(v->domain, port))
			return -EINVAL;
		if (evtchn_port_pending(v->domain, port))
			return 0;
		if (poll->nr_ports == 1)
			v->poll_evtchn = port;
	}
	return 1;
}

static long op_poll(void *arg)
{
	const struct sched_poll *poll = arg;
	struct vcpu *v = current;
	struct domain *d = v->domain;
	long rc;

	if (poll->nr_ports > MAX_POLLED_PORTS)
		return -EINVAL;
	set_bit(VPF_blocked, &v->pause_flags);
	v->poll_evtchn = ~0U;
	set_bit(v->vcpu_id % (sizeof(d->poll_mask) * 8), d->poll_mask);
	smp_mb();	/* they see us poll, or we see their event */
	rc = vcpu_event_pending(v) ? 0 : poll_look(v, poll);
	if (rc <= 0) {
		if (d->max_vcpus <= sizeof(d->poll_mask) * 8)
			clear_bit(v->vcpu_id, d->poll_mask);
		v->poll_evtchn = 0;
		clear_bit(VPF_blocked, &v->pause_flags);
		return rc;
	}
	if (poll->timeout) {
		migrate_timer(&v->poll_timer, smp_processor_id());
		set_timer(&v->poll_timer, min_t(u64, poll->timeout, STIME_MAX));
	}
	raise_softirq(SCHEDULE_SOFTIRQ);
	return 0;
}

/* -- others ---------------------------------------------------------------------------------------------------------- */

static long op_remote_shutdown(void *arg)
{
	struct sched_remote_shutdown *r = arg;
	struct domain *d;
	long rc;

	if (r->reason > SHUTDOWN_MAX)
		return -EINVAL;
	d = domain_by_id(r->domain_id);
	if (!d)
		return -ESRCH;
	rc = may(current->domain, ACT_control, d);
	if (rc)
		return rc;
	domain_shutdown(d, r->reason);
	return 0;
}

static long op_shutdown_code(void *arg)
{
	struct sched_shutdown *s = arg;
	struct domain *d = current->domain;
	long rc = 0;

	if (s->reason > SHUTDOWN_MAX)
		return -EINVAL;
	spin_lock(&d->shutdown_lock);
	if (d->is_shutting_down)
		rc = -EBUSY;
	else
		d->shutdown_code = s->reason;
	spin_unlock(&d->shutdown_lock);
	return rc;
}

static long op_watchdog(void *arg)
{
	struct sched_watchdog *w = arg;

	return domain_watchdog(current->domain, w->id, w->timeout);
}

static long op_pin_override(void *arg)
{
	struct sched_pin_override *p = arg;

	return is_hardware_domain(current->domain) ? vcpu_pin_override(current, p->pcpu) : -EPERM;
}

static const struct {
	long (*fn)(void *arg);
	u16 size;
} rows[] = {
	[SCHEDOP_yield]		= { op_yield, 0 },
	[SCHEDOP_block]		= { op_block, 0 },
	[SCHEDOP_shutdown]	= { op_shutdown, sizeof(struct sched_shutdown) },
	[SCHEDOP_poll]		= { op_poll, sizeof(struct sched_poll) },
	[SCHEDOP_remote_shutdown] = { op_remote_shutdown, sizeof(struct sched_remote_shutdown) },
	[SCHEDOP_shutdown_code]	= { op_shutdown_code, sizeof(struct sched_shutdown) },
	[SCHEDOP_watchdog]	= { op_watchdog, sizeof(struct sched_watchdog) },
	[SCHEDOP_pin_override]	= { op_pin_override, sizeof(struct sched_pin_override) },
};

long do_sched_op(unsigned long cmd, unsigned long uarg)
{
	u64 arg[4];

	cmd = (u32)cmd;
	if (cmd >= ARRAY_SIZE(rows))
		return -ENOSYS;
	if (rows[cmd].size && copy_in(arg, uarg, rows[cmd].size))
		return -EFAULT;
	return rows[cmd].fn(arg);
}

/* The old form: the argument is the value itself. */
long do_sched_op_compat(unsigned long cmd, unsigned long arg)
{
	switch ((u32)cmd) {
	case SCHEDOP_yield:
		return op_yield(NULL);
	case SCHEDOP_block:
		return op_block(NULL);
	case SCHEDOP_shutdown:
		return shutdown_self(arg);
	default:
		return -ENOSYS;
	}
}
