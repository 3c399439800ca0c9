/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xm sched-credit: weight and cap under the credit schedulers, and the parameters of the scheduler itself.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "json.h"
#include "xm.h"

struct share {
	long weight, cap;		/* -1: leave as it is */
};

struct params {
	long tslice_ms, ratelimit_us, delay_us;	/* -1: leave it as it is; read: this scheduler has none */
};

/* Two interfaces with the same meaning, one for each generation of the scheduler. */
struct sched {
	unsigned int id;
	int (*get)(struct xm *xm, uint16_t domid, struct share *s);
	int (*set)(struct xm *xm, uint16_t domid, const struct share *s);
	int (*get_params)(struct xm *xm, struct params *p);
	int (*set_params)(struct xm *xm, const struct params *p);
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

static int get_params1(struct xm *xm, struct params *p)
{
	struct xen_sysctl_credit_schedule c;
	int rc = xc_sched_credit_params_get(xm->xc, &c);

	if (!rc)
		*p = (struct params){ c.tslice_ms, c.ratelimit_us, c.vcpu_migr_delay_us };
	return rc;
}

static int set_params1(struct xm *xm, const struct params *p)
{
	struct xen_sysctl_credit_schedule c = {
		.tslice_ms = p->tslice_ms, .ratelimit_us = p->ratelimit_us, .vcpu_migr_delay_us = p->delay_us,
	};

	return xc_sched_credit_params_set(xm->xc, &c);
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

static int get_params2(struct xm *xm, struct params *p)
{
	struct xen_sysctl_credit2_schedule c;
	int rc = xc_sched_credit2_params_get(xm->xc, &c);

	if (!rc)
		*p = (struct params){ -1, c.ratelimit_us, -1 };
	return rc;
}

static int set_params2(struct xm *xm, const struct params *p)
{
	struct xen_sysctl_credit2_schedule c = { .ratelimit_us = p->ratelimit_us };

	return xc_sched_credit2_params_set(xm->xc, &c);
}

static const struct sched *find_sched(struct xm *xm)
{
	static const struct sched scheds[] = {
		{ XEN_SCHEDULER_CREDIT, get1, set1, get_params1, set_params1 },
		{ XEN_SCHEDULER_CREDIT2, get2, set2, get_params2, set_params2 },
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

	rc = who ? xm_domain(xm, who, &domid) : 0;
	if (rc)
		return rc;
	if (!out)
		printf("%-40s %5s %6s %4s\n", "Name", "ID", "Weight", "Cap");
	if (who)
		return show(xm, sched, domid, out);
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

/* ---- the scheduler itself ---- */

static int show_params(const struct params *p, json_t *out)
{
	json_t *o;

	if (!out) {
		printf("Cpupool Pool-0:");
		if (p->tslice_ms >= 0)
			printf(" tslice=%ldms", p->tslice_ms);
		printf(" ratelimit=%ldus", p->ratelimit_us);
		if (p->delay_us >= 0)
			printf(" migration-delay=%ldus", p->delay_us);
		putchar('\n');
		return 0;
	}
	o = json_pack("{s:s, s:I}", "cpupool", "Pool-0", "ratelimit_us", (json_int_t)p->ratelimit_us);
	if (o && p->tslice_ms >= 0)
		json_object_set_new(o, "tslice_ms", json_integer(p->tslice_ms));
	if (o && p->delay_us >= 0)
		json_object_set_new(o, "migration_delay_us", json_integer(p->delay_us));
	return json_array_append_new(out, o) ? -ENOMEM : 0;
}

static int merge_params(struct xm *xm, const struct params *want, struct params *p)
{
	if ((want->tslice_ms >= 0 && p->tslice_ms < 0) || (want->delay_us >= 0 && p->delay_us < 0))
		return xm_fail(xm, -EOPNOTSUPP, "the scheduler of this machine (credit2) has a rate limit alone: -r");
	if (want->tslice_ms >= 0)
		p->tslice_ms = want->tslice_ms;
	if (want->ratelimit_us >= 0)
		p->ratelimit_us = want->ratelimit_us;
	if (want->delay_us >= 0)
		p->delay_us = want->delay_us;
	if (p->ratelimit_us && p->ratelimit_us < XEN_SYSCTL_SCHED_RATELIMIT_MIN)
		return xm_fail(xm, -EINVAL, "rate limit %ld: expected 0 (none) or %d to %d microseconds", p->ratelimit_us,
			       XEN_SYSCTL_SCHED_RATELIMIT_MIN, XEN_SYSCTL_SCHED_RATELIMIT_MAX);
	if (p->tslice_ms >= 0 && p->ratelimit_us > p->tslice_ms * 1000)
		return xm_fail(xm, -EINVAL, "the rate limit (%ld us) cannot be longer than the time slice (%ld ms)",
			       p->ratelimit_us, p->tslice_ms);
	return 0;
}

static bool wanted(const struct params *p)
{
	return p->tslice_ms >= 0 || p->ratelimit_us >= 0 || p->delay_us >= 0;
}

static int do_params(struct xm *xm, const struct sched *sched, const struct params *want, json_t *out)
{
	struct params p;
	int rc = sched->get_params(xm, &p);

	if (rc)
		return xm_fail(xm, rc, "%s", xc_last_error(xm->xc));
	if (!wanted(want))
		return show_params(&p, out);
	rc = merge_params(xm, want, &p);
	if (rc)
		return rc;
	rc = sched->set_params(xm, &p);
	return rc ? xm_fail(xm, rc, "%s", xc_last_error(xm->xc)) : 0;
}

/* ---- the command ---- */

struct request {
	const char *who;
	struct share share;
	struct params params;
	bool schedparam;	/* of the scheduler, not of domains */
	json_t *out;
};

static int take_option(struct xm *xm, struct request *r, int opt)
{
	switch (opt) {
	case 'd':
		r->who = optarg;
		return 0;
	case 's':
		r->schedparam = true;
		return 0;
	case 'j':
		if (!r->out)
			r->out = json_array();
		return 0;
	case 'w':
		return xm_number(xm, "weight", optarg, 1, 65535, &r->share.weight);
	case 'c':
		return xm_number(xm, "cap", optarg, 0, 65534, &r->share.cap);
	case 't':
		return xm_number(xm, "time slice", optarg, XEN_SYSCTL_CSCHED_TSLICE_MIN, XEN_SYSCTL_CSCHED_TSLICE_MAX,
				 &r->params.tslice_ms);
	case 'r':
		return xm_number(xm, "rate limit", optarg, 0, XEN_SYSCTL_SCHED_RATELIMIT_MAX, &r->params.ratelimit_us);
	case 'm':
		return xm_number(xm, "migration delay", optarg, 0, XEN_SYSCTL_CSCHED_MGR_DLY_MAX_US, &r->params.delay_us);
	default:
		if (!strcmp(optarg, "Pool-0") || !strcmp(optarg, "0"))
			return 0;
		return xm_fail(xm, -EINVAL, "there is no CPU pool '%s'; the only one is Pool-0", optarg);
	}
}

static int check_request(struct xm *xm, struct request *r)
{
	bool share = r->share.weight >= 0 || r->share.cap >= 0;

	r->schedparam |= wanted(&r->params);
	if (r->schedparam && (share || r->who))
		return xm_fail(xm, -EINVAL, "-s, -t, -r and -m are about the scheduler, -d, -w and -c about a domain: not both");
	if (share && !r->who)
		return xm_fail(xm, -EINVAL, "which domain? Add -d DOMAIN");
	return 0;
}

static int carry_out(struct xm *xm, const struct request *r)
{
	const struct sched *sched;
	int rc = xm_open(xm);

	if (rc)
		return rc;
	sched = find_sched(xm);
	if (!sched)
		return -EOPNOTSUPP;
	if (r->schedparam)
		return do_params(xm, sched, &r->params, r->out);
	if (r->share.weight >= 0 || r->share.cap >= 0)
		return change(xm, sched, r->who, &r->share);
	return show_some(xm, sched, r->who, r->out);
}

static int cmd_sched_credit(struct xm *xm, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' }, { "domain", required_argument, NULL, 'd' },
		{ "weight", required_argument, NULL, 'w' }, { "cap", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' }, { "schedparam", no_argument, NULL, 's' },
		{ "tslice_ms", required_argument, NULL, 't' }, { "ratelimit_us", required_argument, NULL, 'r' },
		{ "migrdelay_us", required_argument, NULL, 'm' }, { "cpupool", required_argument, NULL, 'p' },
		{ NULL, 0, NULL, 0 },
	};
	struct request r = { .share = { -1, -1 }, .params = { -1, -1, -1 } };
	int opt, rc = 0;

	while (!rc && (opt = xm_getopt(xm, argc, argv, ":hd:w:c:jst:r:m:p:", longs)) != -1)
		rc = take_option(xm, &r, opt);
	if (!rc)
		xm_want_args(xm, argc, 0, 0);
	if (!rc)
		rc = check_request(xm, &r);
	if (rc) {
		json_decref(r.out);
		return XM_USAGE;
	}
	rc = carry_out(xm, &r);
	if (!rc && r.out)
		return json_print(r.out) ? XM_FAILED : XM_OK;
	json_decref(r.out);
	return rc ? XM_FAILED : XM_OK;
}

const struct command sched_commands[] = {
	{ "sched-credit", "sched-credit2", cmd_sched_credit,
	  "[-d DOMAIN [-w WEIGHT] [-c CAP]] | -s [-t MS] [-r US] [-m US] [--json]",
	  "show or set shares of CPU time, or the scheduler's own parameters",
	  "  -d, --domain DOMAIN          only this one\n"
	  "  -w, --weight N               share relative to the others; 256 is usual\n"
	  "  -c, --cap PERCENT            most it may use, in percent of one CPU; 0: no limit\n"
	  "  -s, --schedparam             the scheduler itself: show its parameters, or set those that follow\n"
	  "  -t, --tslice_ms MS           how long a virtual CPU runs while others wait\n"
	  "  -r, --ratelimit_us US        how long at least; 0: no limit\n"
	  "  -m, --migrdelay_us US        one that ran so lately is not taken by another CPU\n"
	  "  -p, --cpupool POOL           there is one: Pool-0\n"
	  "  -j, --json                   as JSON\n"
	  "\nExample:\n  xm sched-credit -d demo -w 512\n  xm sched-credit -s -t 10\n" },
	{ .name = NULL },
};
