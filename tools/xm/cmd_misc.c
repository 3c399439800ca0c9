/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xm sysrq, trigger.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include "guest.h"

static const struct option help_only[] = {
	{ "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 },
};

static int cmd_sysrq(struct xm *xm, int argc, char **argv)
{
	uint16_t domid;

	while (xm_getopt(xm, argc, argv, ":h", help_only) != -1)
		;
	xm_want_args(xm, argc, 2, 2);
	if (strlen(argv[optind + 1]) != 1 || !isalnum((unsigned char)argv[optind + 1][0])) {
		xm_fail(xm, 0, "'%s': expected one letter or digit; 'h' lists them on the guest's console",
			argv[optind + 1]);
		return XM_USAGE;
	}
	if (xm_guest(xm, argv[optind], &domid))
		return XM_FAILED;
	if (xm_xs_write(xm, XBT_NULL, argv[optind + 1], "/local/domain/%u/control/sysrq", domid))
		return XM_OK;
	xm_fail(xm, -errno, "domain %u cannot be told: %s", domid, strerror(errno));
	return XM_FAILED;
}

/* A paravirtualized guest has no firmware: of what a machine's front has, only the NMI is a line to a processor. */
static const struct trigger {
	const char *name;
	const char *instead;	/* of what such a guest has not got; NULL: it has it */
} triggers[] = {
	{ "nmi", NULL }, { "power", NULL },
	{ "reset", "'xm reboot' asks its kernel, 'xm destroy' and 'xm create' force it" },
	{ "init", "'xm sysrq' and 'xm trigger DOMAIN nmi' reach its kernel" },
	{ "sleep", "'xm pause' makes it stand still" },
};

static const struct trigger *find_trigger(struct xm *xm, const char *name)
{
	for (size_t i = 0; i < sizeof(triggers) / sizeof(triggers[0]); i++)
		if (!strcmp(triggers[i].name, name))
			return &triggers[i];
	xm_fail(xm, 0, "'%s': expected nmi or power", name);
	return NULL;
}

static int send_nmi(struct xm *xm, uint16_t domid, const char *which)
{
	struct xen_domctl_getdomaininfo info;
	long vcpu = 0;
	int rc = xc_domain_getinfo(xm->xc, domid, &info);

	if (rc)
		return xm_fail(xm, rc, "%s", xc_last_error(xm->xc));
	if (which && (rc = xm_number(xm, "vcpu", which, 0, info.max_vcpu_id, &vcpu)))
		return rc;
	rc = xc_domain_send_trigger(xm->xc, domid, XEN_DOMCTL_SENDTRIGGER_NMI, vcpu);
	return rc ? xm_fail(xm, rc, "%s", xc_last_error(xm->xc)) : 0;
}

static int cmd_trigger(struct xm *xm, int argc, char **argv)
{
	const struct trigger *t;
	const char *vcpu;
	uint16_t domid;
	int rc;

	while (xm_getopt(xm, argc, argv, ":h", help_only) != -1)
		;
	xm_want_args(xm, argc, 2, 3);
	t = find_trigger(xm, argv[optind + 1]);
	if (!t)
		return XM_USAGE;
	vcpu = argc - optind == 3 ? argv[optind + 2] : NULL;
	rc = xm_guest(xm, argv[optind], &domid);
	if (!rc && t->instead)
		rc = xm_fail(xm, -EOPNOTSUPP, "domain %u is paravirtualized and has no '%s'; %s", domid, t->name, t->instead);
	else if (!rc && !strcmp(t->name, "power"))
		rc = guest_ask(xm, domid, "poweroff", false);
	else if (!rc)
		rc = send_nmi(xm, domid, vcpu);
	return rc ? XM_FAILED : XM_OK;
}

const struct command misc_commands[] = {
	{ "sysrq", NULL, cmd_sysrq, "DOMAIN LETTER", "press a magic SysRq key in a guest",
	  "Example:\n  xm sysrq demo h\n" },
	{ "trigger", "button-press", cmd_trigger, "DOMAIN nmi|power [VCPU]", "send an NMI or press the power button of a guest",
	  "  nmi     interrupts virtual CPU 0, or VCPU\n"
	  "  power   asks the guest to power off, as 'xm shutdown' does\n"
	  "  reset, init and sleep are what machines with firmware have: refused, with a word on what does instead.\n"
	  "\nExample:\n  xm trigger demo nmi 0\n" },
	{ .name = NULL },
};
