// SPDX-License-Identifier: GPL-2.0-only
/* Text made harmless. */
#include <stdbool.h>
#include <stdio.h>

#include "plain.h"

/* More in a row are shown as this many. */
#define RETURNS_MAX	4

static char *put_control(char *out, unsigned char c)
{
	*out++ = '^';
	*out++ = c ^ 0x40;
	return out;
}

static char *put_hex(char *out, unsigned char c)
{
	static const char digit[] = "0123456789abcdef";

	*out++ = '\\';
	*out++ = 'x';
	*out++ = digit[c >> 4];
	*out++ = digit[c & 15];
	return out;
}

/* Bytes of a character that begins with @c; 0: none does. */
static unsigned int length_of(unsigned char c)
{
	if (c >= 0xc2 && c <= 0xdf)
		return 2;
	if (c >= 0xe0 && c <= 0xef)
		return 3;
	return c >= 0xf0 && c <= 0xf4 ? 4 : 0;
}

/* May @c follow the bytes so far? Overlong forms, surrogates, C1 controls and what is beyond Unicode may not. */
static bool continues(const struct plain *p, unsigned char c)
{
	unsigned char first = p->seq[0];

	if ((c & 0xc0) != 0x80)
		return false;
	if (p->have > 1)
		return true;
	if (first == 0xc2 || first == 0xe0)
		return c >= 0xa0;
	if (first == 0xed)
		return c < 0xa0;
	if (first == 0xf0)
		return c >= 0x90;
	return first != 0xf4 || c < 0x90;
}

/* The bytes collected turned out to be no character. */
static char *give_up(struct plain *p, char *out)
{
	unsigned int i;

	for (i = 0; i < p->have; i++)
		out = put_hex(out, p->seq[i]);
	p->have = 0;
	return out;
}

static char *put_returns(struct plain *p, char *out)
{
	for (; p->returns; p->returns--)
		out = put_control(out, '\r');
	return out;
}

static char *put_single(struct plain *p, char *out, unsigned char c)
{
	p->need = length_of(c);
	if (p->need) {
		p->seq[0] = c;
		p->have = 1;
		return out;
	}
	if (c >= 0x80)
		return put_hex(out, c);
	if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
		return put_control(out, c);
	*out++ = c;
	return out;
}

static char *put_byte(struct plain *p, char *out, unsigned char c)
{
	unsigned int i;

	if (p->have && continues(p, c)) {
		p->seq[p->have++] = c;
		if (p->have < p->need)
			return out;
		for (i = 0; i < p->have; i++)
			*out++ = p->seq[i];
		p->have = 0;
		return out;
	}
	out = give_up(p, out);
	if (c == '\r') {
		p->returns += p->returns < RETURNS_MAX;
		return out;
	}
	if (c == '\n')
		p->returns = 0;
	return put_single(p, put_returns(p, out), c);
}

size_t plain_text(struct plain *p, const char *in, size_t n, char *out)
{
	char *at = out;

	while (n--)
		at = put_byte(p, at, *in++);
	return at - out;
}

/* Length of the character that begins here; 0: none does. */
static unsigned int whole(const char *text, size_t n)
{
	struct plain p = { .seq = { text[0] }, .have = 1, .need = length_of(text[0]) };

	while (p.have < p.need && p.have < n && continues(&p, text[p.have])) {
		p.seq[p.have] = text[p.have];
		p.have++;
	}
	return p.need && p.have == p.need ? p.need : 0;
}

void plain_line(char *text, size_t n)
{
	size_t at = 0;

	while (at < n) {
		unsigned char c = text[at];
		unsigned int len = c >= ' ' && c < 0x7f ? 1 : whole(text + at, n - at);

		if (!len)
			text[at] = '?';
		at += len ? len : 1;
	}
}
