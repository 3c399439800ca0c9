/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rows of xm top: rates out of two samples, order, and text. A table of columns says how each looks and which go first
 * when the terminal is narrow.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "top.h"

#define NAME_MIN	10
#define CELL_MAX	24

/* ---- rates ---- */

/* Devices come and go: a sum that shrank gives no rate. */
static double rate(uint64_t was, uint64_t is, double seconds)
{
	return is > was && seconds > 0 ? (is - was) / seconds : 0;
}

static void fill_rates(struct top_row *r, const struct stats_domain *old, double seconds)
{
	struct stats_disk disk, old_disk;
	struct stats_net net, old_net;

	r->has_rates = true;
	r->cpu_percent = rate(old->info.cpu_time, r->d->info.cpu_time, seconds) / 1e7;
	stats_sum_net(r->d, &net);
	stats_sum_net(old, &old_net);
	r->rx = rate(old_net.rx_bytes, net.rx_bytes, seconds);
	r->tx = rate(old_net.tx_bytes, net.tx_bytes, seconds);
	stats_sum_disk(r->d, &disk);
	stats_sum_disk(old, &old_disk);
	r->rd = rate(old_disk.rd_bytes, disk.rd_bytes, seconds);
	r->wr = rate(old_disk.wr_bytes, disk.wr_bytes, seconds);
}

struct top_row *top_rows(const struct stats *old, const struct stats *now)
{
	struct top_row *rows = calloc(now->nr_domains + 1, sizeof(*rows));

	for (unsigned int i = 0; rows && i < now->nr_domains; i++) {
		const struct stats_domain *d = &now->domains[i];
		const struct stats_domain *was = old ? stats_find(old, d) : NULL;

		rows[i].d = d;
		if (now->phys.total_pages)
			rows[i].memory_percent = d->info.tot_pages * 100.0 / now->phys.total_pages;
		if (was)
			fill_rates(&rows[i], was, (now->when_ms - old->when_ms) / 1000.0);
	}
	return rows;
}

/* ---- order ---- */

static enum top_key sort_key;
static int sort_sign;

static double number_of(const struct top_row *r, enum top_key key)
{
	switch (key) {
	case TOP_CPU:
		return r->cpu_percent;
	case TOP_MEMORY:
		return r->d->info.tot_pages;
	case TOP_NET:
		return r->rx + r->tx;
	case TOP_DISK:
		return r->rd + r->wr;
	default:
		return -(double)r->d->info.domain;
	}
}

static int compare(const void *pa, const void *pb)
{
	const struct top_row *a = pa, *b = pb;
	double na = number_of(a, sort_key), nb = number_of(b, sort_key);
	int c = sort_key == TOP_NAME ? strcmp(a->d->name, b->d->name) : (na < nb) - (na > nb);

	/* Equals stay where they are on the screen. */
	if (!c)
		return a->d->info.domain < b->d->info.domain ? -1 : a->d->info.domain > b->d->info.domain;
	return c * sort_sign;
}

void top_sort(struct top_row *rows, unsigned int n, enum top_key key, bool reverse)
{
	sort_key = key;
	sort_sign = reverse ? -1 : 1;
	qsort(rows, n, sizeof(*rows), compare);
}

/* ---- columns ---- */

static void cell_id(const struct top_row *r, char *s)
{
	sprintf(s, "%u", r->d->info.domain);
}

static void cell_state(const struct top_row *r, char *s)
{
	xm_state_letters(&r->d->info, s);
}

static void cell_vcpus(const struct top_row *r, char *s)
{
	sprintf(s, "%u", r->d->info.nr_online_vcpus);
}

static void cell_cpu(const struct top_row *r, char *s)
{
	if (r->has_rates)
		sprintf(s, "%.1f", r->cpu_percent);
	else
		strcpy(s, "-");
}

static void cell_seconds(const struct top_row *r, char *s)
{
	sprintf(s, "%.0f", r->d->info.cpu_time / 1e9);
}

static void cell_memory(const struct top_row *r, char *s)
{
	sprintf(s, "%lluM", (unsigned long long)(r->d->info.tot_pages >> (20 - XC_PAGE_SHIFT)));
}

static void cell_memory_percent(const struct top_row *r, char *s)
{
	sprintf(s, "%.1f", r->memory_percent);
}

/* At most four characters and a letter. */
static void bytes(const struct top_row *r, double n, char *s)
{
	static const char units[] = "BKMGT";
	unsigned int u = 0;

	if (!r->has_rates) {
		strcpy(s, "-");
		return;
	}
	for (; n >= 1000 && u < sizeof(units) - 2; u++)
		n /= 1024;
	sprintf(s, u && n < 9.95 ? "%.1f%c" : "%.0f%c", n > 99999 ? 99999 : n, units[u]);
}

static void cell_rx(const struct top_row *r, char *s)
{
	bytes(r, r->rx, s);
}

static void cell_tx(const struct top_row *r, char *s)
{
	bytes(r, r->tx, s);
}

static void cell_rd(const struct top_row *r, char *s)
{
	bytes(r, r->rd, s);
}

static void cell_wr(const struct top_row *r, char *s)
{
	bytes(r, r->wr, s);
}

static const struct {
	const char *title;
	int width;
	int rank;			/* the highest goes first when there is no room */
	int key;			/* sorting by it marks this title */
	void (*cell)(const struct top_row *r, char *s);
} columns[TOP_COLUMNS] = {
	{ "Name", 0, 0, TOP_NAME, NULL },
	{ "ID", 5, 3, TOP_ID, cell_id },
	{ "State", 6, 2, -1, cell_state },
	{ "VCPU", 4, 10, -1, cell_vcpus },
	{ "CPU%", 6, 0, TOP_CPU, cell_cpu },
	{ "CPU(s)", 7, 9, -1, cell_seconds },
	{ "Memory", 8, 1, TOP_MEMORY, cell_memory },
	{ "Mem%", 5, 11, -1, cell_memory_percent },
	{ "RX/s", 6, 4, TOP_NET, cell_rx },
	{ "TX/s", 6, 5, -1, cell_tx },
	{ "Read/s", 6, 6, TOP_DISK, cell_rd },
	{ "Write/s", 7, 7, -1, cell_wr },
};

static int fixed_width(const struct top_layout *l)
{
	int n = 0;

	for (int c = 1; c < TOP_COLUMNS; c++)
		if (l->shown[c])
			n += 1 + columns[c].width;
	return n;
}

void top_fit(struct top_layout *l, int width, const struct stats *s)
{
	int widest = NAME_MIN, room;

	if (width > TOP_LINE_MAX - 1)
		width = TOP_LINE_MAX - 1;
	for (unsigned int i = 0; i < s->nr_domains; i++)
		if ((int)strlen(s->domains[i].name) > widest)
			widest = strlen(s->domains[i].name);
	for (int c = 0; c < TOP_COLUMNS; c++)
		l->shown[c] = true;
	for (int rank = TOP_COLUMNS; rank > 0 && width - fixed_width(l) < NAME_MIN; rank--)
		for (int c = 1; c < TOP_COLUMNS; c++)
			if (columns[c].rank == rank)
				l->shown[c] = false;
	room = width - fixed_width(l);
	l->name_width = widest < room ? widest : room;
	if (l->name_width < 1)
		l->name_width = 1;
}

void top_titles(const struct top_layout *l, enum top_key key, char buf[TOP_LINE_MAX], int *from, int *to)
{
	int at = 0;

	*from = *to = 0;
	for (int c = 0; c < TOP_COLUMNS; c++) {
		int was = at;

		if (!l->shown[c])
			continue;
		if (!c)
			at += snprintf(buf + at, TOP_LINE_MAX - at, "%-*.*s", l->name_width, l->name_width,
				       columns[c].title);
		else
			at += snprintf(buf + at, TOP_LINE_MAX - at, " %*s", columns[c].width,
				       columns[c].title);
		if (columns[c].key == (int)key) {
			*from = was;
			*to = at;
		}
	}
}

void top_line(const struct top_layout *l, const struct top_row *r, char buf[TOP_LINE_MAX])
{
	char cell[CELL_MAX];
	int at = snprintf(buf, TOP_LINE_MAX, "%-*.*s", l->name_width, l->name_width,
			  r->d->name[0] ? r->d->name : "(no name)");

	for (char *p = buf; *p; p++)
		if (!isprint((unsigned char)*p))
			*p = '?';
	if ((int)strlen(r->d->name) > l->name_width)
		buf[at - 1] = '+';
	for (int c = 1; c < TOP_COLUMNS; c++) {
		if (!l->shown[c])
			continue;
		columns[c].cell(r, cell);
		at += snprintf(buf + at, TOP_LINE_MAX - at, " %*s", columns[c].width, cell);
	}
}

void top_machine(const struct stats *s, char first[TOP_LINE_MAX], char second[TOP_LINE_MAX])
{
	unsigned int in[XM_NR_STATES] = { 0 };
	int at;

	for (unsigned int i = 0; i < s->nr_domains; i++)
		for (unsigned int st = 0; st < XM_NR_STATES; st++)
			in[st] += xm_in_state(&s->domains[i].info, st);
	snprintf(first, TOP_LINE_MAX, "xm top - Xen %s   CPUs: %u   Memory: %lluM, %lluM free", s->version,
		 s->phys.nr_cpus, (unsigned long long)(s->phys.total_pages >> (20 - XC_PAGE_SHIFT)),
		 (unsigned long long)(s->phys.free_pages >> (20 - XC_PAGE_SHIFT)));
	at = snprintf(second, TOP_LINE_MAX, "%u domains:", s->nr_domains);
	for (unsigned int st = 0; st < XM_NR_STATES; st++)
		at += snprintf(second + at, TOP_LINE_MAX - at, "%s %u %s", st ? "," : "", in[st],
			       xm_state_name(st));
}

json_t *top_json(const struct stats *now, const struct top_row *rows)
{
	json_t *o = stats_json(now), *list = json_array();

	for (unsigned int i = 0; i < now->nr_domains; i++) {
		const struct top_row *r = &rows[i];

		json_array_append_new(list, json_pack("{s:i, s:s, s:f, s:f, s:f, s:f, s:f, s:f}", "domid",
						      (int)r->d->info.domain, "name", r->d->name,
						      "cpu_percent", r->cpu_percent, "memory_percent",
						      r->memory_percent, "rx_bytes_per_second", r->rx,
						      "tx_bytes_per_second", r->tx, "read_bytes_per_second",
						      r->rd, "written_bytes_per_second", r->wr));
	}
	if (o)
		json_object_set_new(o, "rates", list);
	return o;
}
