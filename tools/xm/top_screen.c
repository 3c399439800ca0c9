/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The screen of xm top, by ncurses: two lines about the machine, the table with as many rows as there is room, one line
 * of keys. It adapts to any size, and uses colours where the terminal has them and NO_COLOR is not set.
 */
#include <errno.h>
#include <ncurses.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include "top.h"

#define HEAD_LINES	3	/* the machine and the titles */
#define FOOT_LINES	1

enum { COLOUR_TITLE = 1, COLOUR_RUNNING, COLOUR_PAUSED, COLOUR_CRASHED };

static SCREEN *terminal;
static bool colours;

int screen_open(void)
{
	terminal = newterm(NULL, stdout, stdin);
	if (!terminal)
		return -EINVAL;
	set_term(terminal);
	cbreak();
	noecho();
	nonl();
	curs_set(0);
	keypad(stdscr, TRUE);
	set_escdelay(50);
	colours = has_colors() && !getenv("NO_COLOR");
	if (colours) {
		start_color();
		use_default_colors();
		init_pair(COLOUR_TITLE, COLOR_CYAN, -1);
		init_pair(COLOUR_RUNNING, COLOR_GREEN, -1);
		init_pair(COLOUR_PAUSED, COLOR_YELLOW, -1);
		init_pair(COLOUR_CRASHED, COLOR_RED, -1);
	}
	return 0;
}

void screen_close(void)
{
	if (!terminal)
		return;
	endwin();
	delscreen(terminal);
	terminal = NULL;
}

unsigned int screen_rows(void)
{
	return LINES > HEAD_LINES + FOOT_LINES ? LINES - HEAD_LINES - FOOT_LINES : 0;
}

static void line(int y, const char *text, attr_t attributes)
{
	if (y >= LINES)
		return;
	attrset(attributes);
	mvaddnstr(y, 0, text, COLS);
	clrtoeol();
	attrset(A_NORMAL);
}

static attr_t row_attributes(const struct stats_domain *d)
{
	if (!colours)
		return A_NORMAL;
	if (xm_is_dying(&d->info) || xm_is_shutdown(&d->info))
		return COLOR_PAIR(COLOUR_CRASHED);
	if (d->info.flags & XEN_DOMINF_paused)
		return COLOR_PAIR(COLOUR_PAUSED);
	return d->info.flags & XEN_DOMINF_running ? COLOR_PAIR(COLOUR_RUNNING) : A_NORMAL;
}

static void draw_titles(const struct top_layout *l, enum top_key key)
{
	char text[TOP_LINE_MAX];
	int from, to;

	if (LINES < HEAD_LINES)
		return;
	top_titles(l, key, text, &from, &to);
	line(HEAD_LINES - 1, text, A_REVERSE);
	/* The rest of the line too, and the sorted column in bold. */
	mvchgat(HEAD_LINES - 1, 0, -1, A_REVERSE, 0, NULL);
	if (from < COLS && to > from)
		mvchgat(HEAD_LINES - 1, from, to - from, A_REVERSE | A_BOLD | A_UNDERLINE, 0, NULL);
}

static void draw_help(void)
{
	static const char *const lines[] = {
		"",
		"  c  sort by CPU          n  by network     i  by number",
		"  m  by memory            d  by disk        N  by name        R  turn the order round",
		"  + -  longer, shorter delay                space  a sample now",
		"  Up, Down, Page Up, Page Down, Home, End   move the list",
		"  q  leave                h  leave this help",
		"",
		"  State: r runs, b waits, p paused, s shut down, c crashed, d is taken apart.",
		"  CPU% is of one CPU. RX and TX are what the guest received and sent.",
	};

	for (unsigned int i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		line(HEAD_LINES - 1 + i, lines[i], A_NORMAL);
}

static void draw_rows(const struct top_view *v)
{
	struct top_layout l;
	char text[TOP_LINE_MAX];

	top_fit(&l, COLS, v->stats);
	draw_titles(&l, v->key);
	for (unsigned int y = 0; y < screen_rows() && v->first + y < v->stats->nr_domains; y++) {
		const struct top_row *r = &v->rows[v->first + y];

		top_line(&l, r, text);
		line(HEAD_LINES + y, text, row_attributes(r->d));
	}
}

void screen_draw(const struct top_view *v)
{
	char first[TOP_LINE_MAX], second[TOP_LINE_MAX], keys[TOP_LINE_MAX];

	erase();
	top_machine(v->stats, first, second);
	line(0, first, colours ? COLOR_PAIR(COLOUR_TITLE) | A_BOLD : A_BOLD);
	line(1, second, A_NORMAL);
	if (v->help)
		draw_help();
	else
		draw_rows(v);
	snprintf(keys, sizeof(keys), "q quit  h help  sort: c m n d i N  R reverse  every %.1f s", v->delay_s);
	if (LINES > 1)
		line(LINES - 1, keys, A_DIM);
	refresh();
}

/* SIGHUP may be ignored (nohup); reading fails at once then, and for ever. */
static bool hung_up(void)
{
	struct pollfd p = { .fd = 0, .events = POLLIN };

	return poll(&p, 1, 0) > 0 && p.revents & (POLLHUP | POLLERR | POLLNVAL);
}

int screen_key(int timeout_ms)
{
	static const struct {
		int ncurses, ours;
	} keys[] = {
		{ KEY_UP, SCREEN_UP }, { KEY_DOWN, SCREEN_DOWN }, { KEY_PPAGE, SCREEN_PAGE_UP },
		{ KEY_NPAGE, SCREEN_PAGE_DOWN }, { KEY_HOME, SCREEN_HOME }, { KEY_END, SCREEN_END },
	};
	int k;

	timeout(timeout_ms);
	k = getch();
	if (k == ERR && hung_up())
		return SCREEN_GONE;
	/* A terminal may have moved its lines: all of it anew. */
	if (k == KEY_RESIZE)
		clearok(curscr, TRUE);
	for (unsigned int i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (k == keys[i].ncurses)
			return keys[i].ours;
	return k >= 0 && k < 256 ? k : SCREEN_NONE;
}
