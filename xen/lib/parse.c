/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers and sizes out of text. */
#include <xen/lib.h>

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

unsigned long simple_strtoul(const char *s, const char **end, int base)
{
	unsigned long v = 0;

	if (s[0] == '0' && (s[1] | 0x20) == 'x' && (base == 0 || base == 16)) {
		s += 2;
		base = 16;
	}
	if (!base)
		base = 10;
	for (; digit(*s) < base; s++)
		v = v * base + digit(*s);
	if (end)
		*end = s;
	return v;
}

u64 parse_size(const char *s, const char **end)
{
	u64 v = simple_strtoul(s, &s, 0);
	unsigned int shift = 10, eat = 1;

	switch (*s | 0x20) {
	case 't': shift = 40; break;
	case 'g': shift = 30; break;
	case 'm': shift = 20; break;
	case 'k': shift = 10; break;
	case 'b': shift = 0; break;
	default: eat = 0;
	}
	if (end)
		*end = s + eat;
	return v << shift;
}
