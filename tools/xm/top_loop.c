/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The loop of xm top: samples, on the screen or as text.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "json.h"
#include "top.h"

#define FIRST_DELAY_MS	500	/* the first rates come soon */

struct top {
	const struct top_options *o;
	struct stats old, now;		/* old: nr_domains 0 before there is one */
	struct top_row *rows;
	struct top_view view;
	bool reverse, quit;
	long taken;
};

/* The newest sample and its rows. */
static int sample(struct xm *xm, struct top *t, int (*take)(struct xm *xm, struct stats *s))
{
	struct stats fresh;
	int rc = take(xm, &fresh);

	if (rc)
		return rc;
	stats_free(&t->old);
	t->old = t->now;
	t->now = fresh;
	free(t->rows);
	t->rows = top_rows(t->taken ? &t->old : NULL, &t->now);
	t->taken++;
	return t->rows ? 0 : -ENOMEM;
}

static void sort(struct top *t)
{
	top_sort(t->rows, t->now.nr_domains, t->view.key, t->reverse);
}

/* ---- on the screen ---- */

static void scroll(struct top *t, long to)
{
	long last = (long)t->now.nr_domains - screen_rows();

	if (to > last)
		to = last;
	t->view.first = to > 0 ? to : 0;
}

static void change_delay(struct top *t, double by)
{
	double s = t->view.delay_s + by;

	t->view.delay_s = s < TOP_DELAY_MIN ? TOP_DELAY_MIN : s > TOP_DELAY_MAX ? TOP_DELAY_MAX : s;
}

static bool sort_key(int key, enum top_key *k)
{
	static const char keys[] = "cmndiN";	/* in the order of enum top_key */
	const char *p = key > 0 && key < 128 ? strchr(keys, key) : NULL;

	if (p)
		*k = p - keys;
	return p != NULL;
}

static void handle_key(struct top *t, int key)
{
	switch (key) {
	case SCREEN_UP:
		scroll(t, (long)t->view.first - 1);
		break;
	case SCREEN_DOWN:
		scroll(t, (long)t->view.first + 1);
		break;
	case SCREEN_PAGE_UP:
		scroll(t, (long)t->view.first - screen_rows());
		break;
	case SCREEN_PAGE_DOWN:
		scroll(t, (long)t->view.first + screen_rows());
		break;
	case SCREEN_HOME:
		scroll(t, 0);
		break;
	case SCREEN_END:
		scroll(t, t->now.nr_domains);
		break;
	case 'q':
	case 'Q':
	case SCREEN_GONE:
		t->quit = true;
		break;
	case 'h':
	case '?':
		t->view.help = !t->view.help;
		break;
	case 'R':
		t->reverse = !t->reverse;
		break;
	case '+':
		change_delay(t, t->view.delay_s >= 1 ? 1 : 0.2);
		break;
	case '-':
		change_delay(t, t->view.delay_s > 1 ? -1 : -0.2);
		break;
	default:
		if (sort_key(key, &t->view.key))
			scroll(t, 0);
	}
}

static void draw(struct top *t)
{
	sort(t);
	scroll(t, t->view.first);
	t->view.stats = &t->now;
	t->view.rows = t->rows;
	screen_draw(&t->view);
}

/* Keys until it is time for the next sample. */
static void wait_keys(struct xm *xm, struct top *t)
{
	int64_t ms = t->taken == 1 ? FIRST_DELAY_MS : t->view.delay_s * 1000, end = xm_now_ms() + ms, left;

	while (!t->quit && (left = end - xm_now_ms()) > 0) {
		int key = screen_key(left);

		if (xm_signalled()) {
			t->quit = true;
			return;
		}
		if (key == ' ')
			return;
		handle_key(t, key);
		draw(t);
	}
}

static int run_screen(struct xm *xm, struct top *t, int (*take)(struct xm *xm, struct stats *s))
{
	int rc = sample(xm, t, take);

	if (rc)
		return rc;
	if (screen_open()) {
		const char *term = getenv("TERM");

		return xm_fail(xm, -EINVAL, "terminal type '%s' is not known here; set TERM, or use --batch",
			       term ? term : "");
	}
	xm_catch_signals();
	while (!rc && !t->quit) {
		draw(t);
		if (t->o->iterations && t->taken >= t->o->iterations)
			break;
		wait_keys(xm, t);
		if (!t->quit)
			rc = sample(xm, t, take);
	}
	screen_close();
	if (rc)
		xm_fail(xm, rc, "no more samples: %s", strerror(-rc));
	return rc;
}

/* ---- as text ---- */

static int print_text(struct top *t)
{
	char first[TOP_LINE_MAX], second[TOP_LINE_MAX], text[TOP_LINE_MAX];
	struct top_layout l;
	int from, to;

	top_machine(&t->now, first, second);
	top_fit(&l, xm_columns() ? xm_columns() : TOP_LINE_MAX, &t->now);
	top_titles(&l, t->view.key, text, &from, &to);
	printf("%s\n%s\n%s\n", first, second, text);
	for (unsigned int i = 0; i < t->now.nr_domains; i++) {
		top_line(&l, &t->rows[i], text);
		puts(text);
	}
	putchar('\n');
	return 0;
}

/* The first sample has no rates and is not shown. */
static int run_batch(struct xm *xm, struct top *t, int (*take)(struct xm *xm, struct stats *s))
{
	int rc = sample(xm, t, take);

	xm_catch_signals();
	while (!rc && (!t->o->iterations || t->taken <= t->o->iterations)) {
		xm_sleep_ms(t->view.delay_s * 1000);
		if (xm_signalled())
			break;
		rc = sample(xm, t, take);
		if (rc)
			break;
		sort(t);
		rc = t->o->json ? json_print(top_json(&t->now, t->rows)) : print_text(t);
		/* Whoever read it has gone. */
		if (fflush(stdout))
			rc = -EPIPE;
	}
	return rc;
}

int top_run(struct xm *xm, const struct top_options *o, int (*take)(struct xm *xm, struct stats *s))
{
	struct top t = { .o = o, .reverse = o->reverse, .view = { .key = o->key, .delay_s = o->delay_s } };
	int rc;

	rc = o->batch || o->json ? run_batch(xm, &t, take) : run_screen(xm, &t, take);
	stats_free(&t.old);
	stats_free(&t.now);
	free(t.rows);
	return rc;
}
