/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads grub.cfg; see grubcfg.h. The scanner makes commands out of words, one at a time; the parser keeps a stack of
 * open braces that says which menu or entry a command lies in.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "grubcfg.h"
#include "plain.h"

#define MAX_WORDS	64
#define MAX_WORD	1024
#define MAX_VARS	64

struct var {
	char name[32], value[GRUB_MAX_NAME];
};

/* One command: its words, variables replaced. */
struct command {
	char word[MAX_WORDS][MAX_WORD];
	unsigned int nr;
	bool cut;			/* a word or their number was too long */
	char end;			/* what ended it: newline, ';', '{', '}' or 0 */
};

/* An open brace: the entry it belongs to, or -1 when it is of no interest. */
struct level {
	int entry;
	unsigned int next;		/* number of the next entry of a menu */
};

struct parser {
	const char *p, *end;
	struct grub_menu *menu;
	struct var var[MAX_VARS];
	unsigned int nr_vars;
	struct level level[GRUB_MAX_DEPTH];
	unsigned int depth, ignored;	/* ignored: braces open beyond those of level[] */
	struct command cmd;
};

static bool copy(char *to, size_t size, const char *from)
{
	size_t n = strlen(from);

	if (n >= size)
		return false;
	memcpy(to, from, n + 1);
	return true;
}

static const char *var_value(const struct parser *ps, const char *name, size_t len)
{
	for (unsigned int i = 0; i < ps->nr_vars; i++)
		if (strlen(ps->var[i].name) == len && !memcmp(ps->var[i].name, name, len))
			return ps->var[i].value;
	return "";
}

static void var_set(struct parser *ps, const char *name, const char *value)
{
	struct var *v = NULL;

	for (unsigned int i = 0; i < ps->nr_vars && !v; i++)
		if (!strcmp(ps->var[i].name, name))
			v = &ps->var[i];
	if (!v && ps->nr_vars < MAX_VARS) {
		v = &ps->var[ps->nr_vars];
		if (!copy(v->name, sizeof(v->name), name))
			return;
		ps->nr_vars++;
	}
	if (v && !copy(v->value, sizeof(v->value), value))
		v->value[0] = 0;
}

static void put(struct command *c, size_t *len, char ch)
{
	if (c->nr >= MAX_WORDS || *len + 1 >= MAX_WORD) {
		c->cut = true;
		return;
	}
	c->word[c->nr][(*len)++] = ch;
}

/* `$name` or `${name}` at the cursor. */
static void put_var(struct parser *ps, size_t *len)
{
	bool brace = ps->p < ps->end && *ps->p == '{';
	const char *name = ps->p + brace, *q = name;

	while (q < ps->end && (isalnum((unsigned char)*q) || *q == '_'))
		q++;
	for (const char *v = var_value(ps, name, q - name); *v; v++)
		put(&ps->cmd, len, *v);
	ps->p = q + (brace && q < ps->end && *q == '}');
}

static void scan_quoted(struct parser *ps, char quote, size_t *len)
{
	while (ps->p < ps->end && *ps->p != quote) {
		char ch = *ps->p++;

		if (quote == '"' && ch == '\\' && ps->p < ps->end && strchr("\"\\$`", *ps->p))
			ch = *ps->p++;
		else if (quote == '"' && ch == '$') {
			put_var(ps, len);
			continue;
		}
		put(&ps->cmd, len, ch);
	}
	if (ps->p < ps->end)
		ps->p++;
}

/* A word up to a blank or the end of the command; quotes may begin anywhere in it. */
static void scan_word(struct parser *ps)
{
	size_t len = 0;

	while (ps->p < ps->end && !strchr(" \t\r\n;", *ps->p)) {
		char ch = *ps->p++;

		if (ch == '\'' || ch == '"')
			scan_quoted(ps, ch, &len);
		else if (ch == '$')
			put_var(ps, &len);
		else if (ch != '\\')
			put(&ps->cmd, &len, ch);
		else if (ps->p < ps->end && *ps->p++ != '\n')
			put(&ps->cmd, &len, ps->p[-1]);
	}
	if (ps->cmd.nr < MAX_WORDS) {
		ps->cmd.word[ps->cmd.nr][len] = 0;
		/* Unprintable bytes have no place in a menu or on a command line. */
		plain_line(ps->cmd.word[ps->cmd.nr++], len);
	}
}

/* A brace alone is a word of its own kind: it opens or closes a block. */
static bool at_brace(const struct parser *ps)
{
	return (*ps->p == '{' || *ps->p == '}') &&
	       (ps->p + 1 == ps->end || strchr(" \t\r\n;", ps->p[1]));
}

/* The next command in ps->cmd; false at the end of the text. */
static bool scan_command(struct parser *ps)
{
	struct command *c = &ps->cmd;

	c->nr = 0;
	c->cut = false;
	c->end = 0;
	while (ps->p < ps->end) {
		char ch = *ps->p;

		if (!ch || strchr(" \t\r", ch)) {
			ps->p++;
		} else if (ch == '#') {
			while (ps->p < ps->end && *ps->p != '\n')
				ps->p++;
		} else if (ch == '\n' || ch == ';' || at_brace(ps)) {
			c->end = ch;
			ps->p++;
			return true;
		} else {
			scan_word(ps);
		}
	}
	return c->nr > 0;
}

static struct grub_entry *add_entry(struct parser *ps, bool submenu)
{
	struct level *l = &ps->level[ps->depth];
	struct grub_entry *e, *more;

	if (ps->menu->nr == GRUB_MAX_ENTRIES)
		return NULL;
	more = realloc(ps->menu->entry, (ps->menu->nr + 1) * sizeof(*more));
	if (!more)
		return NULL;
	ps->menu->entry = more;
	e = &more[ps->menu->nr++];
	memset(e, 0, sizeof(*e));
	e->parent = l->entry;
	e->number = l->next++;
	e->submenu = submenu;
	return e;
}

/* menuentry TITLE [--class NAME] [--id NAME | $menuentry_id_option NAME] ... { */
static int open_entry(struct parser *ps, bool submenu)
{
	struct grub_entry *e = add_entry(ps, submenu);
	const struct command *c = &ps->cmd;

	if (!e)
		return -1;
	if (c->nr > 1 && !copy(e->title, sizeof(e->title), c->word[1]))
		e->too_long = true;
	for (unsigned int i = 2; i + 1 < c->nr; i++) {
		if (!strcmp(c->word[i], "--class") || !strcmp(c->word[i], "--users"))
			i++;
		else if (!strcmp(c->word[i], "--id") && !copy(e->id, sizeof(e->id), c->word[i + 1]))
			e->too_long = true;
	}
	return ps->menu->nr - 1;
}

static void open_brace(struct parser *ps)
{
	const struct command *c = &ps->cmd;
	const struct level *l = &ps->level[ps->depth];
	bool menu = l->entry == -1 || (l->entry >= 0 && ps->menu->entry[l->entry].submenu);
	int entry = -2;

	if (ps->ignored || ps->depth + 1 == GRUB_MAX_DEPTH) {
		ps->ignored++;
		return;
	}
	if (menu && c->nr && !strcmp(c->word[0], "menuentry"))
		entry = open_entry(ps, false);
	else if (menu && c->nr && !strcmp(c->word[0], "submenu"))
		entry = open_entry(ps, true);
	/* No room for another entry, or another block: nothing in it counts. */
	ps->level[++ps->depth] = (struct level){ .entry = entry < 0 ? -2 : entry };
}

static void close_brace(struct parser *ps)
{
	if (ps->ignored)
		ps->ignored--;
	else if (ps->depth)
		ps->depth--;
}

static void take_set(struct parser *ps)
{
	struct command *c = &ps->cmd;
	char *eq = c->nr == 2 ? strchr(c->word[1], '=') : NULL;

	if (!eq || c->cut)
		return;
	*eq++ = 0;
	/* A default that was made of unknown variables is empty. */
	if (!strcmp(c->word[1], "default")) {
		if (*eq && copy(ps->menu->chosen, sizeof(ps->menu->chosen), eq))
			ps->menu->saved = !strcmp(eq, "*saved*");
	} else {
		var_set(ps, c->word[1], eq);
	}
}

static void take_linux(struct grub_entry *e, const struct command *c)
{
	size_t len = 0;

	e->args[0] = 0;
	e->too_long |= c->cut || !copy(e->kernel, sizeof(e->kernel), c->nr > 1 ? c->word[1] : "");
	for (unsigned int i = 2; i < c->nr; i++) {
		size_t n = strlen(c->word[i]);

		if (!n)
			continue;
		if (len + n + 2 > sizeof(e->args)) {
			e->too_long = true;
			return;
		}
		if (len)
			e->args[len++] = ' ';
		memcpy(e->args + len, c->word[i], n + 1);
		len += n;
	}
}

static void take_initrd(struct grub_entry *e, const struct command *c)
{
	e->nr_initrds = 0;
	e->too_long |= c->cut;
	for (unsigned int i = 1; i < c->nr; i++) {
		if (e->nr_initrds == GRUB_MAX_INITRDS ||
		    !copy(e->initrd[e->nr_initrds], GRUB_MAX_NAME, c->word[i])) {
			e->too_long = true;
			return;
		}
		e->nr_initrds++;
	}
}

static bool is_kind(const char *word, const char *name)
{
	size_t n = strlen(name);

	return !strncmp(word, name, n) && (!word[n] || !strcmp(word + n, "16") || !strcmp(word + n, "efi"));
}

static void take_command(struct parser *ps)
{
	const struct command *c = &ps->cmd;
	int at = ps->ignored ? -2 : ps->level[ps->depth].entry;

	if (!c->nr)
		return;
	if (!strcmp(c->word[0], "set"))
		take_set(ps);
	else if (at >= 0 && !ps->menu->entry[at].submenu && is_kind(c->word[0], "linux"))
		take_linux(&ps->menu->entry[at], c);
	else if (at >= 0 && !ps->menu->entry[at].submenu && is_kind(c->word[0], "initrd"))
		take_initrd(&ps->menu->entry[at], c);
}

int grub_parse(const char *text, size_t len, struct grub_menu *menu)
{
	struct parser *ps = calloc(1, sizeof(*ps));

	memset(menu, 0, sizeof(*menu));
	if (!ps)
		return -ENOMEM;
	if (len > GRUB_MAX_TEXT)
		len = GRUB_MAX_TEXT;
	ps->p = text;
	ps->end = text + len;
	ps->menu = menu;
	ps->level[0].entry = -1;
	var_set(ps, "menuentry_id_option", "--id");
	var_set(ps, "saved_entry", "*saved*");
	while (scan_command(ps)) {
		if (ps->cmd.end == '{')
			open_brace(ps);
		else
			take_command(ps);
		if (ps->cmd.end == '}')
			close_brace(ps);
	}
	free(ps);
	return 0;
}

void grub_free(struct grub_menu *menu)
{
	free(menu->entry);
	menu->entry = NULL;
	menu->nr = 0;
}

/* Is this entry what the first @len bytes of a specification mean? */
static bool means(const struct grub_entry *e, const char *spec, size_t len)
{
	size_t digits = strspn(spec, "0123456789");

	if (digits && digits == len)
		return e->number == strtoul(spec, NULL, 10);
	return (strlen(e->id) == len && !memcmp(e->id, spec, len)) ||
	       (strlen(e->title) == len && !memcmp(e->title, spec, len));
}

const struct grub_entry *grub_find(const struct grub_menu *menu, const char *spec)
{
	const struct grub_entry *found = NULL;
	int parent = -1;

	while (*spec) {
		size_t len = strcspn(spec, ">");

		found = NULL;
		for (unsigned int i = 0; i < menu->nr && !found; i++)
			if (menu->entry[i].parent == parent && means(&menu->entry[i], spec, len))
				found = &menu->entry[i];
		if (!found)
			return NULL;
		parent = found - menu->entry;
		spec += len + (spec[len] == '>');
	}
	return found;
}

const struct grub_entry *grub_first(const struct grub_menu *menu, const struct grub_entry *from)
{
	for (unsigned int i = from ? from - menu->entry : 0; i < menu->nr; i++)
		if (menu->entry[i].kernel[0] && !menu->entry[i].too_long)
			return &menu->entry[i];
	return NULL;
}

bool grub_env(const char *text, size_t len, const char *name, char *value, size_t size)
{
	const char *end = text + len, *line = text;
	size_t n = strlen(name);

	while (line < end) {
		const char *nl = memchr(line, '\n', end - line);
		size_t room = (nl ? nl : end) - line;

		if (room > n && !memcmp(line, name, n) && line[n] == '=' && room - n - 1 < size) {
			memcpy(value, line + n + 1, room - n - 1);
			value[room - n - 1] = 0;
			return room > n + 1;
		}
		line += room + 1;
	}
	return false;
}
