/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of xm top. Domain number i of the made-up ones uses i % 10 percent of a CPU, has i MiB, receives i KiB and reads
 * 2i KiB per second; so their order by anything is known.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "top.h"

static unsigned int nr_domains, samples;
static unsigned int failures;

#define CHECK(cond)							\
	do {								\
		if (!(cond)) {						\
			printf("%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			failures++;					\
		}							\
	} while (0)

/* ---- made-up samples ---- */

static void fill(struct stats_domain *d, unsigned int i, double seconds)
{
	snprintf(d->name, sizeof(d->name), i ? "guest-%03u" : "Domain-0", i);
	d->info.domain = i;
	d->info.tot_pages = (i + 1) * 256;
	d->info.nr_online_vcpus = 1 + i % 4;
	d->info.flags = i == 1 ? XEN_DOMINF_paused : i % 2 ? XEN_DOMINF_blocked : XEN_DOMINF_running;
	d->info.cpu_time = seconds * 1e7 * (i % 10);
	d->nets = calloc(1, sizeof(*d->nets));
	d->disks = calloc(1, sizeof(*d->disks));
	d->nr_nets = d->nr_disks = d->nets && d->disks;
	if (!d->nr_nets)
		return;
	d->nets->rx_bytes = seconds * 1024 * i;
	d->disks->rd_bytes = seconds * 2048 * i;
}

static int take(struct xm *xm, struct stats *s)
{
	int64_t now = xm_now_ms();

	*s = (struct stats){ .when_ms = now, .version = "4.17-test" };
	s->phys.nr_cpus = 4;
	s->phys.total_pages = 1 << 20;
	s->domains = calloc(nr_domains + 1, sizeof(*s->domains));
	if (!s->domains)
		return -ENOMEM;
	s->nr_domains = nr_domains;
	for (unsigned int i = 0; i < nr_domains; i++)
		fill(&s->domains[i], i, now / 1000.0);
	samples++;
	return 0;
}

/* ---- arithmetic ---- */

static void refill(struct stats_domain *d, unsigned int i, double seconds)
{
	free(d->nets);
	free(d->disks);
	fill(d, i, seconds);
}

static void two_samples(struct stats *old, struct stats *now)
{
	nr_domains = 12;
	take(NULL, old);
	take(NULL, now);
	old->when_ms = 0;
	now->when_ms = 2000;
	for (unsigned int i = 0; i < nr_domains; i++) {
		refill(&old->domains[i], i, 0);
		refill(&now->domains[i], i, 2);
	}
}

static void test_rates(const struct top_row *rows)
{
	CHECK(rows[7].has_rates && rows[7].cpu_percent > 6.99 && rows[7].cpu_percent < 7.01);
	CHECK(rows[11].rx > 11 * 1024 - 1 && rows[11].rx < 11 * 1024 + 1);
	CHECK(rows[11].rd > 22 * 1024 - 1 && rows[11].rd < 22 * 1024 + 1);
	CHECK(rows[11].tx == 0 && rows[11].wr == 0);
}

static void test_order(struct top_row *rows)
{
	top_sort(rows, 12, TOP_CPU, false);
	CHECK(rows[0].d->info.domain == 9 && rows[11].d->info.domain == 10);
	top_sort(rows, 12, TOP_MEMORY, false);
	CHECK(rows[0].d->info.domain == 11);
	top_sort(rows, 12, TOP_MEMORY, true);
	CHECK(rows[0].d->info.domain == 0);
	top_sort(rows, 12, TOP_NET, false);
	CHECK(rows[0].d->info.domain == 11);
	top_sort(rows, 12, TOP_NAME, false);
	CHECK(!strcmp(rows[0].d->name, "Domain-0") && !strcmp(rows[1].d->name, "guest-001"));
	top_sort(rows, 12, TOP_ID, false);
	CHECK(rows[0].d->info.domain == 0 && rows[5].d->info.domain == 5);
}

/* No width makes a line longer than the terminal, as long as it holds one column; names are cut visibly. */
static void test_widths(struct stats *s, const struct top_row *rows)
{
	char titles[TOP_LINE_MAX], text[TOP_LINE_MAX];
	struct top_layout l;
	int from, to;

	strcpy(s->domains[3].name, "a-guest-with-a-name-that-is-sixty-three-characters-long-abcdefg");
	for (int width = 8; width < 400; width++) {
		top_fit(&l, width, s);
		top_titles(&l, TOP_CPU, titles, &from, &to);
		top_line(&l, &rows[3], text);
		CHECK((int)strlen(titles) <= (width < TOP_LINE_MAX ? width : TOP_LINE_MAX - 1));
		CHECK(strlen(titles) == strlen(text));
		CHECK(width < 20 || strstr(titles, "CPU%"));
		CHECK(width < 200 || strstr(text, "abcdefg"));
	}
	top_fit(&l, 30, s);
	top_line(&l, &rows[3], text);
	CHECK(text[l.name_width - 1] == '+');
	s->domains[3].name[0] = 27;
	top_line(&l, &rows[3], text);
	CHECK(text[0] == '?');
}

/* A number that was given out again, and a domain without a past, have no rates. */
static void test_new_domains(struct stats *old, struct stats *now)
{
	struct top_row *rows;

	now->domains[4].info.handle[0] = 1;
	old->nr_domains = 11;
	rows = top_rows(old, now);
	CHECK(rows && !rows[4].has_rates && !rows[11].has_rates && rows[5].has_rates);
	free(rows);
	old->nr_domains = 12;
}

static int run_checks(void)
{
	struct stats old, now;
	struct top_row *rows;

	two_samples(&old, &now);
	rows = top_rows(&old, &now);
	test_rates(rows);
	test_order(rows);
	test_widths(&now, rows);
	test_new_domains(&old, &now);
	free(rows);
	stats_free(&old);
	stats_free(&now);
	if (!failures)
		puts("top: all checks passed");
	return failures != 0;
}

int main(int argc, char **argv)
{
	const struct top_options o = { .delay_s = 0.3, .batch = argc > 2, .iterations = argc > 2 };
	struct xm xm = { .cmd = NULL };

	if (argc < 2)
		return run_checks();
	nr_domains = atoi(argv[1]);
	return top_run(&xm, &o, take) ? 1 : 0;
}
