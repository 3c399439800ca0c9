/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xm sysrq, trigger.
 */
#include <errno.h>
#include <string.h>
#include "xm.h"

static const struct option help_only[] = {
	{ "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 },
};

static int cmd_sysrq(struct xm *xm, int argc, char **argv)
{
	uint16_t domid;

	while (xm_getopt(xm, argc, argv, ":h", help_only) != -1)
		;
	xm_want_args(xm, argc, 2, 2);
	if (strlen(argv[optind + 1]) != 1) {
		xm_fail(xm, 0, "'%s': expected one letter; 'h' lists them on the guest's console",
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

static const struct {
	const char *name;
	unsigned int number;
} triggers[] = {
	{ "nmi", XEN_DOMCTL_SENDTRIGGER_NMI }, { "reset", XEN_DOMCTL_SENDTRIGGER_RESET },
	{ "init", XEN_DOMCTL_SENDTRIGGER_INIT }, { "power", XEN_DOMCTL_SENDTRIGGER_POWER },
	{ "sleep", XEN_DOMCTL_SENDTRIGGER_SLEEP },
};

static int cmd_trigger(struct xm *xm, int argc, char **argv)
{
	const size_t n = sizeof(triggers) / sizeof(triggers[0]);
	uint16_t domid;
	long vcpu = 0;
	size_t i = 0;
	int rc;

	while (xm_getopt(xm, argc, argv, ":h", help_only) != -1)
		;
	xm_want_args(xm, argc, 2, 3);
	while (i < n && strcmp(triggers[i].name, argv[optind + 1]))
		i++;
	if (i == n) {
		xm_fail(xm, 0, "'%s': expected nmi, reset, init, power or sleep", argv[optind + 1]);
		return XM_USAGE;
	}
	if (argc - optind == 3 && xm_number(xm, "vcpu", argv[optind + 2], 0, 8191, &vcpu))
		return XM_USAGE;
	rc = xm_guest(xm, argv[optind], &domid);
	if (!rc) {
		rc = xc_domain_send_trigger(xm->xc, domid, triggers[i].number, vcpu);
		if (rc)
			xm_fail(xm, rc, "%s", xc_last_error(xm->xc));
	}
	return rc ? XM_FAILED : XM_OK;
}

const struct command misc_commands[] = {
	{ "sysrq", NULL, cmd_sysrq, "DOMAIN LETTER", "press a magic SysRq key in a guest",
	  "Example:\n  xm sysrq demo h\n" },
	{ "trigger", NULL, cmd_trigger, "DOMAIN nmi|reset|init|power|sleep [VCPU]",
	  "send an interrupt or button to a guest", "Example:\n  xm trigger demo nmi 0\n" },
	{ .name = NULL },
};
