/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The control domain gives memory to others. It has all of it at boot unless the hypervisor's command line says
 * otherwise (dom0_mem=); its balloon driver follows memory/target in the store.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "conf.h"
#include "guest.h"

#define DRIVER_SIZE	"/sys/devices/system/xen_memory/xen_memory0/info/current_kb"
#define KEEP_KIB	(256 * 1024)	/* the least it keeps by default, and 1/64 of what it may have: page structures */
#define STILL_MS	20000		/* without a page given back: no more will come */
#define NAP_MS		20
#define SPARE_KIB	(8 * 1024)	/* asked for besides, if it has that: grants and mappings take memory later */

/* Settings and the hypervisor's command line, read once: what is wrong in them is told once. */
static struct conf conf;
static const char *off_because;
static bool rules_known;

/* "dom0_mem=" is a word of the hypervisor's command line. */
static bool is_fixed(const char *line)
{
	const char *p = line;

	while ((p = strstr(p, "dom0_mem="))) {
		if (p == line || isspace((unsigned char)p[-1]))
			return true;
		p++;
	}
	return false;
}

/* NULL, or why it gives nothing back by itself. */
static const char *why_off(struct xm *xm)
{
	struct xc_version v;

	if (conf.autoballoon == BALLOON_ON)
		return NULL;
	if (conf.autoballoon == BALLOON_OFF)
		return "autoballoon is off in " XM_CONF;
	if (xc_version(xm->xc, &v) || !is_fixed(v.commandline))
		return NULL;
	return "dom0_mem= is on the hypervisor's command line, so Domain-0 keeps its memory (autoballoon in " XM_CONF ")";
}

/* Some of a domain's pages are not the driver's to count: the two sizes differ a little. */
static int64_t driver_size(int64_t have)
{
	long long kib = 0;
	FILE *f = fopen(DRIVER_SIZE, "re");

	if (!f)
		return have;
	if (fscanf(f, "%lld", &kib) != 1)
		kib = 0;
	fclose(f);
	return kib > 0 ? kib : have;
}

static void read_rules(struct xm *xm)
{
	if (rules_known)
		return;
	conf_read(xm, XM_CONF, &conf);
	off_because = why_off(xm);
	rules_known = true;
}

int balloon_look(struct xm *xm, struct memory *m)
{
	struct xen_domctl_getdomaininfo info;
	int rc = xc_domain_getinfo(xm->xc, 0, &info);

	if (rc)
		return xm_fail(xm, rc, "%s", xc_last_error(xm->xc));
	read_rules(xm);
	m->dom0 = info.tot_pages * (XC_PAGE_SIZE / 1024);
	m->dom0_size = driver_size(m->dom0);
	m->dom0_target = xm_xs_number(xm, m->dom0_size, "/local/domain/0/memory/target");
	m->dom0_min = conf.dom0_memory_min * 1024;
	if (!m->dom0_min)
		m->dom0_min = KEEP_KIB + xm_xs_number(xm, m->total, "/local/domain/0/memory/static-max") / 64;
	m->off_because = off_because;
	m->can_give = m->off_because || m->dom0_size < m->dom0_min ? 0 : m->dom0_size - m->dom0_min;
	return 0;
}

int balloon_set(struct xm *xm, int64_t kib)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)kib);
	if (xm_xs_write(xm, XBT_NULL, text, "/local/domain/0/memory/target"))
		return 0;
	return xm_fail(xm, -errno, "the control domain cannot be told: %s", strerror(errno));
}

struct shrink {
	int64_t need, start_free;
	int64_t least, moved;		/* the least it had so far, and when that was new */
	bool terminal;
	int shown;
};

static void show(struct shrink *s, const struct memory *m)
{
	int64_t all = s->need - s->start_free, done = m->free - s->start_free;
	int percent = all > 0 && done > 0 ? done * 100 / all : 0;

	if (!s->terminal || percent == s->shown)
		return;
	fprintf(stderr, "\rDomain-0 gives back %lld MiB, %d%%\033[K", (long long)(all + 1023) / 1024, percent);
	s->shown = percent;
}

/* 0: go on; -EAGAIN: it does not give any more. */
static int ask_for_more(struct xm *xm, struct shrink *s, const struct memory *m)
{
	int64_t now = xm_now_ms(), target = m->dom0_size - (s->need - m->free);

	if (m->dom0 < s->least) {
		s->least = m->dom0;
		s->moved = now;
	}
	if (now - s->moved > STILL_MS)
		return -EAGAIN;
	show(s, m);
	if (target < m->dom0_min)
		target = m->dom0_min;
	/* It may be on its way to less already. */
	return target < m->dom0_target ? balloon_set(xm, target) : 0;
}

int balloon_dom0(struct xm *xm, const char *who, int64_t need_kib, struct memory *m)
{
	int64_t all = m->free + m->can_give, goal = need_kib + SPARE_KIB < all ? need_kib + SPARE_KIB : all;
	struct shrink s = {
		.need = goal, .start_free = m->free, .least = m->dom0, .moved = xm_now_ms(), .shown = -1,
		.terminal = isatty(2) && !xm->in_monitor,
	};
	int64_t was = m->dom0_target;
	bool given_up = false;
	int rc = 0;

	while (!rc && m->free < goal) {
		rc = ask_for_more(xm, &s, m);
		given_up = rc == -EAGAIN;
		if (!rc)
			rc = xm_interrupted(xm);
		if (!rc) {
			xm_sleep_ms(NAP_MS);
			rc = memory_look(xm, m);
		}
	}
	if (s.shown >= 0)
		fputs("\r\033[K", stderr);
	if (given_up && m->free >= need_kib)
		return 0;
	/* What was not enough for this one is the control domain's again. */
	if (rc)
		balloon_set(xm, was);
	return given_up ? memory_fail(xm, who, need_kib, m, "Domain-0 could not give back enough") : rc;
}
