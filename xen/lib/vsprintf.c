/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Formatted output: the integer, string and pointer conversions of C with flags, width, precision and the h, l, ll, z
 * modifiers; and %pd (domain), %pv (vcpu), %ps (code address as symbol+offset/size).
 */
#include <xen/lib.h>

struct out {
	char *buf;
	size_t size, pos;
};

struct spec {
	bool left, zero, plus, alt, upper;
	int width, precision;	/* -1: not given */
	unsigned int base;
};

static void put(struct out *o, char c)
{
	if (o->pos + 1 < o->size)
		o->buf[o->pos] = c;
	o->pos++;
}

static void put_padded(struct out *o, const char *s, size_t n, const struct spec *sp)
{
	int pad = sp->width > (int)n ? sp->width - (int)n : 0;

	if (!sp->left)
		while (pad > 0)
			put(o, ' '), pad--;
	while (n--)
		put(o, *s++);
	while (pad-- > 0)
		put(o, ' ');
}

static void put_number(struct out *o, u64 v, bool negative, const struct spec *sp)
{
	const char *digits = sp->upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char tmp[96], *p = tmp + sizeof(tmp);
	int want = sp->precision >= 0 ? min(sp->precision, 64) : 1;
	unsigned int extra = negative || sp->plus ? 1 : 0;

	if (sp->alt && sp->base == 16)
		extra += 2;
	if (sp->zero && !sp->left && sp->precision < 0 && sp->width > (int)extra)
		want = min(sp->width - (int)extra, 64);
	for (; v || want > 0; v /= sp->base, want--)
		*--p = digits[v % sp->base];
	if (sp->alt && sp->base == 16) {
		*--p = sp->upper ? 'X' : 'x';
		*--p = '0';
	}
	if (negative)
		*--p = '-';
	else if (sp->plus)
		*--p = '+';
	put_padded(o, p, tmp + sizeof(tmp) - p, sp);
}

static void put_string(struct out *o, const char *s, const struct spec *sp)
{
	if (!s)
		s = "(null)";
	put_padded(o, s, sp->precision >= 0 ? strnlen(s, sp->precision) : strlen(s), sp);
}

/* In vsprintf_ptr.c: they know domains and symbols. 0: not an extension letter. */
int format_pointer(char kind, const void *ptr, char *buf, size_t size);

static const char *put_pointer(struct out *o, const char *fmt, const void *ptr, struct spec *sp)
{
	char tmp[96];
	int used = format_pointer(fmt[1], ptr, tmp, sizeof(tmp));

	if (used) {
		put_string(o, tmp, sp);
		return fmt + 1;
	}
	sp->base = 16;
	sp->precision = 16;
	put_number(o, (u64)(uintptr_t)ptr, false, sp);
	return fmt;
}

static const char *parse_flags(const char *fmt, struct spec *sp)
{
	for (;; fmt++) {
		if (*fmt == '-')
			sp->left = true;
		else if (*fmt == '0')
			sp->zero = true;
		else if (*fmt == '+')
			sp->plus = true;
		else if (*fmt == '#')
			sp->alt = true;
		else if (*fmt != ' ')
			return fmt;
	}
}

static const char *parse_int(const char *fmt, int *v)
{
	*v = 0;
	for (; *fmt >= '0' && *fmt <= '9'; fmt++)
		*v = min(*v * 10 + (*fmt - '0'), 4096);
	return fmt;
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct out o = { buf, size, 0 };

	for (; *fmt; fmt++) {
		struct spec sp = { .precision = -1, .base = 10 };
		int longs = 0;

		if (*fmt != '%') {
			put(&o, *fmt);
			continue;
		}
		fmt = parse_flags(fmt + 1, &sp);
		if (*fmt == '*') {
			sp.width = va_arg(ap, int);
			if (sp.width < 0) {
				sp.left = true;
				sp.width = -sp.width;
			}
			fmt++;
		} else {
			fmt = parse_int(fmt, &sp.width);
		}
		if (*fmt == '.') {
			if (fmt[1] == '*') {
				sp.precision = va_arg(ap, int);
				fmt += 2;
			} else {
				fmt = parse_int(fmt + 1, &sp.precision);
			}
		}
		for (; *fmt == 'l' || *fmt == 'z' || *fmt == 'h'; fmt++)
			longs += *fmt == 'h' ? -1 : *fmt == 'z' ? 2 : 1;
		switch (*fmt) {
		case 'd':
		case 'i': {
			s64 v = longs > 0 ? va_arg(ap, long) : va_arg(ap, int);

			put_number(&o, v < 0 ? 0 - (u64)v : (u64)v, v < 0, &sp);
			break;
		}
		case 'X':
			sp.upper = true;
			/* fall through */
		case 'x':
		case 'o':
		case 'u':
			sp.base = *fmt == 'u' ? 10 : *fmt == 'o' ? 8 : 16;
			put_number(&o, longs > 0 ? va_arg(ap, unsigned long) : va_arg(ap, unsigned int), false, &sp);
			break;
		case 'c': {
			char c = va_arg(ap, int);

			put_padded(&o, &c, 1, &sp);
			break;
		}
		case 's':
			put_string(&o, va_arg(ap, const char *), &sp);
			break;
		case 'p':
			fmt = put_pointer(&o, fmt, va_arg(ap, const void *), &sp);
			break;
		case '\0':
			fmt--;
			break;
		default:
			put(&o, *fmt);
		}
	}
	if (size)
		buf[o.pos < size ? o.pos : size - 1] = 0;
	return o.pos;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return size ? min_t(int, n, size - 1) : 0;
}
