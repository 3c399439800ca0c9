/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xm sched-credit: weight and cap under the credit schedulers.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "xm.h"

struct share {
	long weight, cap;		/* -1: leave as it is */
};

/* Two interfaces with the same meaning, one for each generation of the scheduler. */
struct sched {
	unsigned int id;
	int (*get)(struct xm *xm, uint16_t domid, struct share *s);
	int (*set)(struct xm *xm, uint16_t domid, const struct share *s);
};

static int get1(struct xm *xm, uint16_t domid, struct share *s)
{
	struct xen_domctl_sched_credit p;
	int rc = xc_sched_credit_get(xm->xc, domid, &p);

	if (!rc)
		*s = (struct share){ p.weight, p.cap };
	return rc;
}

static int set1(struct xm *xm, uint16_t domid, const struct share *s)
{
	struct xen_domctl_sched_credit p = { .weight = s->weight, .cap = s->cap };

	return xc_sched_credit_set(xm->xc, domid, &p);
}

static int get2(struct xm *xm, uint16_t domid, struct share *s)
{
	struct xen_domctl_sched_credit2 p;
	int rc = xc_sched_credit2_get(xm->xc, domid, &p);

	if (!rc)
		*s = (struct share){ p.weight, p.cap };
	return rc;
}

static int set2(struct xm *xm, uint16_t domid, const struct share *s)
{
	struct xen_domctl_sched_credit2 p = { .weight = s->weight, .cap = s->cap };

	return xc_sched_credit2_set(xm->xc, domid, &p);
}

static const struct sched *find_sched(struct xm *xm)
{
	static const struct sched scheds[] = {
		{ XEN_SCHEDULER_CREDIT, get1, set1 }, { XEN_SCHEDULER_CREDIT2, get2, set2 },
	};
	unsigned int id;
	int rc = xc_sched_id(xm->xc, &id);

	if (rc) {
		xm_fail(xm, rc, "%s", xc_last_error(xm->xc));
		return NULL;
	}
	for (size_t i = 0; i < sizeof(scheds) / sizeof(scheds[0]); i++)
		if (scheds[i].id == id)
			return &scheds[i];
	xm_fail(xm, -EOPNOTSUPP, "the scheduler of this machine has no credit (see 'xm info')");
	return NULL;
}

static int show(struct xm *xm, const struct sched *sched, uint16_t domid, json_t *out)
{
	struct share s;
	char name[64];
	int rc = sched->get(xm, domid, &s);

	if (rc == -ESRCH)
		return 0;
	if (rc)
		return xm_fail(xm, rc, "%s", xc_last_error(xm->xc));
	xm_domain_name(xm, domid, name, sizeof(name));
	if (out)
		json_array_append_new(out, json_pack("{s:s, s:i, s:i, s:i}", "name", name, "domid",
						     (int)domid, "weight", (int)s.weight, "cap", (int)s.cap));
	else
		printf("%-40s %5u %6ld %4ld\n", name, domid, s.weight, s.cap);
	return 0;
}

static int show_some(struct xm *xm, const struct sched *sched, const char *who, json_t *out)
{
	struct xen_domctl_getdomaininfo *list;
	uint16_t domid;
	unsigned int n;
	int rc;

	if (!out)
		printf("%-40s %5s %6s %4s\n", "Name", "ID", "Weight", "Cap");
	if (who) {
		rc = xm_domain(xm, who, &domid);
		return rc ? rc : show(xm, sched, domid, out);
	}
	rc = xm_domain_list(xm, &list, &n);
	if (rc)
		return rc;
	for (unsigned int i = 0; !rc && i < n; i++)
		rc = show(xm, sched, list[i].domain, out);
	free(list);
	return rc;
}

static int change(struct xm *xm, const struct sched *sched, const char *who, const struct share *want)
{
	struct share s;
	uint16_t domid;
	int rc = xm_domain(xm, who, &domid);

	if (rc)
		return rc;
	rc = sched->get(xm, domid, &s);
	if (!rc) {
		if (want->weight >= 0)
			s.weight = want->weight;
		if (want->cap >= 0)
			s.cap = want->cap;
		rc = sched->set(xm, domid, &s);
	}
	return rc ? xm_fail(xm, rc, "%s", xc_last_error(xm->xc)) : 0;
}

static int cmd_sched_credit(struct xm *xm, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' }, { "domain", required_argument, NULL, 'd' },
		{ "weight", required_argument, NULL, 'w' }, { "cap", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' }, { NULL, 0, NULL, 0 },
	};
	struct share want = { -1, -1 };
	const struct sched *sched;
	const char *who = NULL;
	json_t *out = NULL;
	int opt, rc = 0;

	while ((opt = xm_getopt(xm, argc, argv, ":hd:w:c:j", longs)) != -1) {
		if (opt == 'd')
			who = optarg;
		if (opt == 'j' && !out)
			out = json_array();
		if ((opt == 'w' && xm_number(xm, "weight", optarg, 1, 65535, &want.weight)) ||
		    (opt == 'c' && xm_number(xm, "cap", optarg, 0, 65535, &want.cap)))
			rc = -EINVAL;
	}
	xm_want_args(xm, argc, 0, 0);
	if (!rc && !who && (want.weight >= 0 || want.cap >= 0))
		rc = xm_fail(xm, -EINVAL, "which domain? Add -d DOMAIN");
	if (!rc)
		rc = xm_open(xm);
	sched = rc ? NULL : find_sched(xm);
	if (!sched)
		rc = rc ? rc : -EOPNOTSUPP;
	else if (want.weight >= 0 || want.cap >= 0)
		rc = change(xm, sched, who, &want);
	else
		rc = show_some(xm, sched, who, out);
	if (!rc && out) {
		json_dumpf(out, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
		putchar('\n');
	}
	json_decref(out);
	return rc ? XM_FAILED : XM_OK;
}

const struct command sched_commands[] = {
	{ "sched-credit", "sched-credit2", cmd_sched_credit, "[-d DOMAIN [-w WEIGHT] [-c CAP]] [--json]",
	  "show or set shares of CPU time",
	  "  -d, --domain DOMAIN   only this one\n"
	  "  -w, --weight N        share relative to the others; 256 is usual\n"
	  "  -c, --cap PERCENT     most it may use, in percent of one CPU; 0: no limit\n"
	  "  -j, --json            as JSON\n"
	  "\nExample:\n  xm sched-credit -d demo -w 512\n" },
	{ .name = NULL },
};
