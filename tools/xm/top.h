/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xm top in three layers: rows out of two samples (top.c, no effects), the screen (top_screen.c, ncurses), and the
 * loop over both (top_loop.c), which gets its samples by a function so that tests can make them up.
 */
#ifndef XM_TOP_H
#define XM_TOP_H

#include "stats.h"

enum top_key { TOP_CPU, TOP_MEMORY, TOP_NET, TOP_DISK, TOP_ID, TOP_NAME };

struct top_row {
	const struct stats_domain *d;
	bool has_rates;			/* the domain is in the older sample as well */
	double cpu_percent;		/* of one CPU */
	double memory_percent;		/* of the machine's */
	double rx, tx, rd, wr;		/* bytes per second */
};

#define TOP_COLUMNS	12
#define TOP_LINE_MAX	256

/** Which columns fit, and how wide the name is. */
struct top_layout {
	int name_width;
	bool shown[TOP_COLUMNS];
};

/* ---- top.c ---- */

/** Rows of all domains of @now; rates since @old, which may be NULL. malloc'd; NULL: no memory. */
struct top_row *top_rows(const struct stats *old, const struct stats *now);
/** By @key, the largest first (names: a to z); @reverse turns that round. */
void top_sort(struct top_row *rows, unsigned int n, enum top_key key, bool reverse);
void top_fit(struct top_layout *l, int width, const struct stats *s);
/** Titles and a row, without a newline. *from, *to: where the title of the sorted column lies. */
void top_titles(const struct top_layout *l, enum top_key key, char buf[TOP_LINE_MAX], int *from, int *to);
void top_line(const struct top_layout *l, const struct top_row *r, char buf[TOP_LINE_MAX]);
/** Two lines about the machine. */
void top_machine(const struct stats *s, char first[TOP_LINE_MAX], char second[TOP_LINE_MAX]);
json_t *top_json(const struct stats *now, const struct top_row *rows);

/* ---- top_screen.c ---- */

struct top_view {
	const struct stats *stats;
	const struct top_row *rows;
	enum top_key key;
	bool help;
	unsigned int first;		/* row at the top */
	double delay_s;
};

/** Takes the terminal over. -EINVAL: of an unknown type. */
int screen_open(void);
void screen_close(void);
/** How many rows fit. */
unsigned int screen_rows(void);
void screen_draw(const struct top_view *v);
/** A key, or SCREEN_NONE when none came for that long or the terminal has another size, or SCREEN_GONE: it is no more there. */
int screen_key(int timeout_ms);

enum { SCREEN_NONE = -1, SCREEN_UP = 256, SCREEN_DOWN, SCREEN_PAGE_UP, SCREEN_PAGE_DOWN, SCREEN_HOME, SCREEN_END, SCREEN_GONE };

/* ---- top_loop.c ---- */

#define TOP_DELAY_MIN	0.2
#define TOP_DELAY_MAX	3600

struct top_options {
	double delay_s;
	long iterations;		/* 0: until told to stop */
	bool batch, json, reverse;
	enum top_key key;
};

int top_run(struct xm *xm, const struct top_options *o, int (*take)(struct xm *xm, struct stats *s));

#endif
