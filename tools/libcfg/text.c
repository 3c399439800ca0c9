/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Small helpers on text: messages, pieces of a line, and suggestions for misspelt words.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "internal.h"

int cfg_fail(struct cfg_error *err, int rc, const char *fmt, ...)
{
	va_list ap;

	if (err) {
		va_start(ap, fmt);
		vsnprintf(err->text, sizeof(err->text), fmt, ap);
		va_end(ap);
	}
	return rc;
}

int cfg_fail_at(struct cfg_error *err, int rc, const char *file, unsigned int line, unsigned int col,
		const char *fmt, ...)
{
	va_list ap;
	int n;

	if (!err)
		return rc;
	if (line)
		n = snprintf(err->text, sizeof(err->text), "%s:%u:%u: ", file, line, col);
	else
		n = snprintf(err->text, sizeof(err->text), "command line: ");
	if (n < 0 || (size_t)n >= sizeof(err->text))
		return rc;
	va_start(ap, fmt);
	vsnprintf(err->text + n, sizeof(err->text) - n, fmt, ap);
	va_end(ap);
	return rc;
}

/* Bytes of the character that begins at @p; 0: it is none. */
static unsigned int utf8_char(const unsigned char *p)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t first;		/* shorter forms hold those before */
	} forms[] = { { 0x80, 0, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 } };

	for (unsigned int n = 0; n < sizeof(forms) / sizeof(forms[0]); n++) {
		uint32_t c = *p & ~forms[n].mask;

		if ((*p & forms[n].mask) != forms[n].lead)
			continue;
		for (unsigned int i = 1; i <= n; i++) {
			if ((p[i] & 0xc0) != 0x80)
				return 0;
			c = c << 6 | (p[i] & 0x3f);
		}
		return c < forms[n].first || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? 0 : n + 1;
	}
	return 0;
}

bool cfg_is_utf8(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	unsigned int n = 1;

	while (*p && (n = utf8_char(p)))
		p += n;
	return n != 0;
}

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool cfg_cut(const char **rest, char sep, struct cfg_slice *out)
{
	const char *p = *rest, *end;

	if (!p)
		return false;
	end = strchr(p, sep);
	*rest = end ? end + 1 : NULL;
	if (!end)
		end = p + strlen(p);
	while (p < end && blank(*p))
		p++;
	while (end > p && blank(end[-1]))
		end--;
	out->p = p;
	out->len = end - p;
	return true;
}

bool cfg_slice_is(struct cfg_slice s, const char *word)
{
	return strlen(word) == s.len && !memcmp(s.p, word, s.len);
}

char *cfg_slice_dup(struct cfg_slice s)
{
	return strndup(s.p, s.len);
}

#define WORD_MAX	32

/* Edits (insert, delete, change, swap neighbours) that turn @a into @b. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int d[WORD_MAX + 1][WORD_MAX + 1];
	size_t na = strlen(a), nb = strlen(b);

	if (na > WORD_MAX || nb > WORD_MAX)
		return WORD_MAX;
	for (size_t i = 0; i <= na; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= nb; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= na; i++) {
		for (size_t j = 1; j <= nb; j++) {
			unsigned int best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

			if (best > d[i - 1][j] + 1)
				best = d[i - 1][j] + 1;
			if (best > d[i][j - 1] + 1)
				best = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    best > d[i - 2][j - 2] + 1)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	}
	return d[na][nb];
}

const char *cfg_suggest(const char *word, const char *const *candidates, unsigned int nr)
{
	unsigned int best = strlen(word) / 3 + 1;
	const char *found = NULL;

	if (best > 3)
		best = 3;
	for (unsigned int i = 0; i < nr; i++) {
		unsigned int d = distance(word, candidates[i]);

		if (d < best || (d == best && !found)) {
			best = d;
			found = candidates[i];
		}
	}
	return found;
}

int cfg_bad_field(struct cfg_error *err, const char *what, struct cfg_slice key, const char *const *names,
		  unsigned int nr)
{
	char word[41], list[160] = "";
	const char *near;
	size_t len = 0;

	snprintf(word, sizeof(word), "%.*s", (int)(key.len > 40 ? 40 : key.len), key.p);
	near = cfg_suggest(word, names, nr);
	if (near)
		return cfg_fail(err, -EINVAL, "field '%s' of %s is not known; did you mean '%s'?", word, what,
				near);
	for (unsigned int i = 0; i < nr && len < sizeof(list); i++)
		len += snprintf(list + len, sizeof(list) - len, "%s%s",
				!i ? "" : i + 1 < nr ? ", " : " or ", names[i]);
	return cfg_fail(err, -EINVAL, "field '%s' of %s is not known; expected %s", word, what, list);
}
