/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xm pause, unpause, shutdown, reboot, destroy.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "guest.h"

/* -f is accepted for scripts written for other tools. */
static const struct option help_force[] = {
	{ "help", no_argument, NULL, 'h' }, { "force", no_argument, NULL, 'f' }, { NULL, 0, NULL, 0 },
};

/* The one domain that the command line names, after options. */
static int one_guest(struct xm *xm, int argc, char **argv, const char *opts, uint16_t *domid)
{
	while (xm_getopt(xm, argc, argv, opts, help_force) != -1)
		;
	xm_want_args(xm, argc, 1, 1);
	return xm_guest(xm, argv[optind], domid);
}

static int cmd_pause(struct xm *xm, int argc, char **argv)
{
	uint16_t domid;
	int rc = one_guest(xm, argc, argv, ":h", &domid);

	if (rc)
		return XM_FAILED;
	rc = xc_domain_pause(xm->xc, domid);
	if (rc)
		xm_fail(xm, rc, "%s", xc_last_error(xm->xc));
	return rc ? XM_FAILED : XM_OK;
}

static int cmd_unpause(struct xm *xm, int argc, char **argv)
{
	uint16_t domid;
	int rc = one_guest(xm, argc, argv, ":h", &domid);

	if (rc)
		return XM_FAILED;
	rc = xc_domain_unpause(xm->xc, domid);
	if (rc)
		xm_fail(xm, rc, "%s", xc_last_error(xm->xc));
	return rc ? XM_FAILED : XM_OK;
}

/* @arg is the number of a domain that is no more and has left something behind. */
static bool leftovers(struct xm *xm, const char *arg)
{
	static const char *const dirs[] = { "", "0/backend/vbd/", "0/backend/vif/" };
	struct xen_domctl_getdomaininfo info;
	unsigned long n = strtoul(arg, NULL, 10);

	if (!*arg || strspn(arg, "0123456789") != strlen(arg) || !n || n >= DOMID_FIRST_RESERVED || xm_open(xm) ||
	    xc_domain_getinfo(xm->xc, n, &info) != -ESRCH)
		return false;
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		if (xm_xs_exists(xm, "/local/domain/%s%lu", dirs[i], n))
			return guest_reclaim(xm, n);
	return false;
}

static int cmd_destroy(struct xm *xm, int argc, char **argv)
{
	uint16_t domid;
	int rc;

	while (xm_getopt(xm, argc, argv, ":hf", help_force) != -1)
		;
	xm_want_args(xm, argc, 1, 1);
	/* What was begun is done to its end: nothing would look for a half of a guest. */
	xm_catch_signals();
	if (leftovers(xm, argv[optind]))
		return XM_OK;
	rc = xm_guest(xm, argv[optind], &domid);
	if (!rc)
		rc = guest_destroy(xm, domid);
	return rc ? XM_FAILED : XM_OK;
}

int guest_ask(struct xm *xm, uint16_t domid, const char *what, bool wait)
{
	struct xen_domctl_getdomaininfo info;
	int rc = xc_domain_getinfo(xm->xc, domid, &info);

	if (rc)
		return xm_fail(xm, rc, "%s", xc_last_error(xm->xc));
	if (xm_is_shutdown(&info) || xm_is_dying(&info))
		return xm_fail(xm, -ESRCH, "domain %u does not run any more", domid);
	if (info.flags & XEN_DOMINF_paused && wait)
		return xm_fail(xm, -EBUSY, "domain %u is paused and would not see this; 'xm unpause %u' first", domid,
			       domid);
	if (info.flags & XEN_DOMINF_paused)
		xm_warn(xm, "domain %u is paused; it will see this once it is unpaused", domid);
	if (!xm_xs_write(xm, XBT_NULL, what, "/local/domain/%u/control/shutdown", domid))
		return xm_fail(xm, -errno, "domain %u cannot be told: %s", domid, strerror(errno));
	return 0;
}

/* It runs, or its monitor has not finished with it. */
static bool still_there(struct xm *xm, uint16_t domid)
{
	struct xen_domctl_getdomaininfo info;
	int rc = xc_domain_getinfo(xm->xc, domid, &info);

	if (!rc && !xm_is_dying(&info) && !xm_is_shutdown(&info))
		return true;
	return guest_is_locked(domid);
}

/* How many are still there; *first is one of them. */
static unsigned int count_there(struct xm *xm, const uint16_t *ids, unsigned int n, uint16_t *first)
{
	unsigned int left = 0;

	for (unsigned int i = n; i-- > 0;) {
		if (still_there(xm, ids[i])) {
			left++;
			*first = ids[i];
		}
	}
	return left;
}

/* Until the domains are gone, with a line that says who is still there. */
static int wait_for(struct xm *xm, const uint16_t *ids, unsigned int n, long timeout_s)
{
	int64_t start = xm_now_ms(), shown = -1;
	bool terminal = isatty(2);
	unsigned int left;
	uint16_t first = 0;

	xm_catch_signals();
	while ((left = count_there(xm, ids, n, &first))) {
		int64_t s = (xm_now_ms() - start) / 1000;
		char name[64];

		if (xm_interrupted(xm))
			return -EINTR;
		xm_domain_name(xm, first, name, sizeof(name));
		if (timeout_s && s >= timeout_s)
			return xm_fail(xm, -ETIMEDOUT,
				       "guest '%s' (domain %u) still runs after %ld s; 'xm destroy "
				       "%u' ends it",
				       name, first, timeout_s, first);
		if (terminal && s != shown)
			fprintf(stderr, "\rwaiting for %u guest%s (%s), %lld s\033[K", left,
				left == 1 ? "" : "s", name, (long long)s);
		shown = s;
		xm_sleep_ms(50);
	}
	if (terminal && shown >= 0)
		fputs("\r\033[K", stderr);
	return 0;
}

struct stop {
	const char *what;	/* for the guest */
	bool all, wait;
	long timeout_s;
};

static int stop_all(struct xm *xm, const struct stop *s)
{
	struct xen_domctl_getdomaininfo *list;
	uint16_t *ids;
	unsigned int n, m = 0;
	int rc = xm_open(xm), failed = 0;

	if (!rc)
		rc = xm_domain_list(xm, &list, &n);
	if (rc)
		return rc;
	ids = calloc(n + 1, sizeof(*ids));
	for (unsigned int i = 0; ids && i < n; i++) {
		if (!list[i].domain || xm_is_dying(&list[i]) || xm_is_shutdown(&list[i]))
			continue;
		if (guest_ask(xm, list[i].domain, s->what, s->wait))
			failed = -EIO;
		else
			ids[m++] = list[i].domain;
	}
	free(list);
	if (s->wait && ids && wait_for(xm, ids, m, s->timeout_s))
		failed = -ETIMEDOUT;
	free(ids);
	return failed;
}

static int stop_one(struct xm *xm, const struct stop *s, const char *who)
{
	uint16_t domid;
	int rc = xm_guest(xm, who, &domid);

	if (!rc)
		rc = guest_ask(xm, domid, s->what, s->wait);
	if (!rc && s->wait)
		rc = wait_for(xm, &domid, 1, s->timeout_s);
	return rc;
}

static int stop(struct xm *xm, int argc, char **argv, const char *what)
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' }, { "all", no_argument, NULL, 'a' },
		{ "wait", no_argument, NULL, 'w' }, { "timeout", required_argument, NULL, 't' },
		{ "reboot", no_argument, NULL, 'r' }, { "halt", no_argument, NULL, 'H' },
		{ NULL, 0, NULL, 0 },
	};
	struct stop s = { .what = what };
	int opt;

	while ((opt = xm_getopt(xm, argc, argv, ":hawt:rRHF", longs)) != -1) {
		s.all |= opt == 'a';
		s.wait |= opt == 'w';
		if (opt == 'r' || opt == 'R')
			s.what = "reboot";
		if (opt == 'H')
			s.what = "halt";
		if (opt == 't' && xm_number(xm, "timeout", optarg, 1, 86400, &s.timeout_s))
			return XM_USAGE;
	}
	xm_want_args(xm, argc, s.all ? 0 : 1, s.all ? 0 : 1);
	return (s.all ? stop_all(xm, &s) : stop_one(xm, &s, argv[optind])) ? XM_FAILED : XM_OK;
}

static int cmd_shutdown(struct xm *xm, int argc, char **argv)
{
	return stop(xm, argc, argv, "poweroff");
}

static int cmd_reboot(struct xm *xm, int argc, char **argv)
{
	return stop(xm, argc, argv, "reboot");
}

#define STOP_HELP							\
	"  -a, --all            all guests\n"				\
	"  -w, --wait           come back when they are gone\n"		\
	"  -t, --timeout SEC    with -w: give up after that time\n"

const struct command life_commands[] = {
	{ "pause", NULL, cmd_pause, "DOMAIN", "stop a guest's processors; its memory stays",
	  "Example:\n  xm pause demo\n" },
	{ "unpause", NULL, cmd_unpause, "DOMAIN", "let a paused guest go on",
	  "Example:\n  xm unpause demo\n" },
	{ "shutdown", NULL, cmd_shutdown, "[-wrH] [-t SEC] DOMAIN | -a", "ask a guest to power itself off",
	  STOP_HELP "  -r, -R, --reboot     reboot instead\n"
		    "  -H, --halt           halt instead\n"
		    "  -F                   accepted for scripts written for other tools\n"
		    "\nExample:\n  xm shutdown -w demo\n" },
	{ "reboot", NULL, cmd_reboot, "[-w] [-t SEC] DOMAIN | -a", "ask a guest to reboot",
	  STOP_HELP "\nExample:\n  xm reboot demo\n" },
	{ "destroy", NULL, cmd_destroy, "DOMAIN", "end a guest at once, as if its power failed",
	  "  Its disks are as after a power failure. 'xm shutdown' is the gentle way.\n"
	  "  -f, --force   accepted for scripts written for other tools\n"
	  "\nExample:\n  xm destroy demo\n" },
	{ .name = NULL },
};
