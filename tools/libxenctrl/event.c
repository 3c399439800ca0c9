// SPDX-License-Identifier: GPL-2.0-only
/* Event channels and shutdown of other domains, by hypercall. */
#include <public/sched.h>

#include "xc_internal.h"

static long op_struct(xc_interface *xch, unsigned int call, unsigned int cmd, void *arg, size_t size)
{
	void *b = bounce_in(xch, arg, size);
	long rc = b ? hypercall(xch, call, cmd, ARG_PTR(b)) : -ENOMEM;

	if (rc >= 0)
		memcpy(arg, b, size);
	bounce_end(xch);
	return rc;
}

int xc_evtchn_alloc_unbound(xc_interface *xch, uint16_t domid, uint16_t remote)
{
	struct evtchn_alloc_unbound a = { .dom = domid, .remote_dom = remote };
	long rc = op_struct(xch, __HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound, &a, sizeof(a));

	return rc < 0 ? fail_dom(xch, rc, "making an event channel", domid) : (int)a.port;
}

int xc_evtchn_status(xc_interface *xch, uint16_t domid, uint32_t port, struct evtchn_status *status)
{
	struct evtchn_status s = { .dom = domid, .port = port };
	long rc = op_struct(xch, __HYPERVISOR_event_channel_op, EVTCHNOP_status, &s, sizeof(s));

	if (rc < 0)
		return fail_dom(xch, rc, "reading an event channel's state", domid);
	*status = s;
	return 0;
}

int xc_evtchn_reset(xc_interface *xch, uint16_t domid)
{
	struct evtchn_reset r = { .dom = domid };
	long rc = op_struct(xch, __HYPERVISOR_event_channel_op, EVTCHNOP_reset, &r, sizeof(r));

	return rc < 0 ? fail_dom(xch, rc, "resetting event channels", domid) : 0;
}

int xc_domain_shutdown(xc_interface *xch, uint16_t domid, unsigned int reason)
{
	struct sched_remote_shutdown s = { .domain_id = domid, .reason = reason };
	long rc = op_struct(xch, __HYPERVISOR_sched_op, SCHEDOP_remote_shutdown, &s, sizeof(s));

	return rc < 0 ? fail_dom(xch, rc, "shutting down", domid) : 0;
}
