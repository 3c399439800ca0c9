// SPDX-License-Identifier: GPL-2.0-only
/* Scheduler parameters of a domain, and of the scheduler itself. */
#include "xc_internal.h"

static int scheduler_op(xc_interface *xch, struct xen_domctl *op, unsigned int sched, unsigned int cmd,
			const char *what)
{
	int rc;

	op->u.scheduler_op.sched_id = sched;
	op->u.scheduler_op.cmd = cmd;
	rc = domctl(xch, op, what);
	bounce_end(xch);
	return rc;
}

int xc_sched_credit_set(xc_interface *xch, uint16_t domid, const struct xen_domctl_sched_credit *p)
{
	DOMCTL(op, scheduler_op, domid);

	op.u.scheduler_op.u.credit = *p;
	return scheduler_op(xch, &op, XEN_SCHEDULER_CREDIT, XEN_DOMCTL_SCHEDOP_putinfo,
			    "setting weight and cap");
}

int xc_sched_credit_get(xc_interface *xch, uint16_t domid, struct xen_domctl_sched_credit *p)
{
	DOMCTL(op, scheduler_op, domid);
	int rc = scheduler_op(xch, &op, XEN_SCHEDULER_CREDIT, XEN_DOMCTL_SCHEDOP_getinfo,
			      "reading weight and cap");

	if (!rc)
		*p = op.u.scheduler_op.u.credit;
	return rc;
}

int xc_sched_credit2_set(xc_interface *xch, uint16_t domid, const struct xen_domctl_sched_credit2 *p)
{
	DOMCTL(op, scheduler_op, domid);

	op.u.scheduler_op.u.credit2 = *p;
	return scheduler_op(xch, &op, XEN_SCHEDULER_CREDIT2, XEN_DOMCTL_SCHEDOP_putinfo,
			    "setting weight and cap");
}

int xc_sched_credit2_get(xc_interface *xch, uint16_t domid, struct xen_domctl_sched_credit2 *p)
{
	DOMCTL(op, scheduler_op, domid);
	int rc = scheduler_op(xch, &op, XEN_SCHEDULER_CREDIT2, XEN_DOMCTL_SCHEDOP_getinfo,
			      "reading weight and cap");

	if (!rc)
		*p = op.u.scheduler_op.u.credit2;
	return rc;
}

static int params_op(xc_interface *xch, struct xen_sysctl *op, unsigned int sched, unsigned int cmd, const char *what)
{
	int rc;

	op->u.scheduler_op.sched_id = sched;
	op->u.scheduler_op.cmd = cmd;
	rc = sysctl_call(xch, op, what);
	bounce_end(xch);
	return rc;
}

int xc_sched_credit_params_get(xc_interface *xch, struct xen_sysctl_credit_schedule *p)
{
	SYSCTL(op, scheduler_op);
	int rc = params_op(xch, &op, XEN_SCHEDULER_CREDIT, XEN_SYSCTL_SCHEDOP_getinfo, "reading the scheduler's parameters");

	if (!rc)
		*p = op.u.scheduler_op.u.sched_credit;
	return rc;
}

int xc_sched_credit_params_set(xc_interface *xch, const struct xen_sysctl_credit_schedule *p)
{
	SYSCTL(op, scheduler_op);

	op.u.scheduler_op.u.sched_credit = *p;
	return params_op(xch, &op, XEN_SCHEDULER_CREDIT, XEN_SYSCTL_SCHEDOP_putinfo, "setting the scheduler's parameters");
}

int xc_sched_credit2_params_get(xc_interface *xch, struct xen_sysctl_credit2_schedule *p)
{
	SYSCTL(op, scheduler_op);
	int rc = params_op(xch, &op, XEN_SCHEDULER_CREDIT2, XEN_SYSCTL_SCHEDOP_getinfo, "reading the scheduler's parameters");

	if (!rc)
		*p = op.u.scheduler_op.u.sched_credit2;
	return rc;
}

int xc_sched_credit2_params_set(xc_interface *xch, const struct xen_sysctl_credit2_schedule *p)
{
	SYSCTL(op, scheduler_op);

	op.u.scheduler_op.u.sched_credit2 = *p;
	return params_op(xch, &op, XEN_SCHEDULER_CREDIT2, XEN_SYSCTL_SCHEDOP_putinfo, "setting the scheduler's parameters");
}
