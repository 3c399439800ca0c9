/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Console output: console_io for the first domain, the shared ring for others. And the little of libc that is
 * needed.
 */
#include "guest.h"
#include <public/sched.h>
#include <public/io/console.h>

void *memset(void *to, int c, size_t n)
{
	void *start = to;

	__asm__ volatile ("rep stosb" : "+D" (to), "+c" (n) : "a" (c) : "memory");
	return start;
}

void *memcpy(void *to, const void *from, size_t n)
{
	void *start = to;

	__asm__ volatile ("rep movsb" : "+D" (to), "+S" (from), "+c" (n) :: "memory");
	return start;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

bool contains(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (; *text; text++)
		if (!memcmp(text, word, n))
			return true;
	return !n;
}

static void ring_write(const char *text, size_t len)
{
	volatile struct xencons_interface *ring = pfn_va(mfn_pfn(start_info->console.domU.mfn));
	struct evtchn_send send = { .port = start_info->console.domU.evtchn };

	while (len) {
		u32 prod = ring->out_prod;

		while (len && prod - ring->out_cons < sizeof(ring->out)) {
			ring->out[MASK_XENCONS_IDX(prod, ring->out)] = *text++;
			prod++;
			len--;
		}
		barrier();
		ring->out_prod = prod;
		event_op(EVTCHNOP_send, &send);
		if (len)
			sched_op(SCHEDOP_yield, NULL);
	}
	/* The domain ends soon after the last line: let the daemon see it first. */
	for (int tries = 0; ring->out_cons != ring->out_prod && tries < 10000; tries++)
		sched_op(SCHEDOP_yield, NULL);
}

void console_write(const char *text, size_t len)
{
	if (is_dom0())
		hypercall(__HYPERVISOR_console_io, CONSOLEIO_write, len, P(text), 0);
	else
		ring_write(text, len);
}

struct out {
	char *buf;
	size_t size, used;
};

static void put(struct out *o, char c)
{
	if (o->used + 1 < o->size)
		o->buf[o->used] = c;
	o->used++;
}

static void put_text(struct out *o, const char *s, int width)
{
	for (int n = (int)strlen(s); n < width; n++)
		put(o, ' ');
	while (*s)
		put(o, *s++);
}

static void put_number(struct out *o, u64 v, unsigned base, bool negative, int width, char fill)
{
	char tmp[24];
	int n = 0;

	do {
		tmp[n++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	if (negative)
		tmp[n++] = '-';
	while (width-- > n)
		put(o, fill);
	while (n)
		put(o, tmp[--n]);
}

static void put_conversion(struct out *o, char c, bool is_long, bool prefix, int width, char fill,
			   va_list *ap)
{
	long d;

	switch (c) {
	case 's':
		put_text(o, va_arg(*ap, const char *), width);
		break;
	case 'c':
		put(o, (char)va_arg(*ap, int));
		break;
	case 'd':
		d = is_long ? va_arg(*ap, long) : va_arg(*ap, int);
		put_number(o, d < 0 ? -(u64)d : (u64)d, 10, d < 0, width, fill);
		break;
	case 'p':
		put_text(o, "0x", 0);
		put_number(o, P(va_arg(*ap, void *)), 16, false, width, fill);
		break;
	case 'x':
	case 'u':
		if (prefix)
			put_text(o, "0x", 0);
		put_number(o, is_long ? va_arg(*ap, unsigned long) : va_arg(*ap, unsigned), c == 'x' ? 16 :
			   10, false, width,
			   fill);
		break;
	default:
		put(o, c);
	}
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct out o = { buf, size, 0 };
	va_list ap;

	va_copy(ap, args);
	for (; *fmt; fmt++) {
		bool is_long = false, prefix = false;
		char fill = ' ';
		int width = 0;

		if (*fmt != '%') {
			put(&o, *fmt);
			continue;
		}
		for (fmt++; *fmt == '#' || *fmt == '0'; fmt++) {
			prefix |= *fmt == '#';
			fill = *fmt == '0' ? '0' : fill;
		}
		for (; *fmt >= '0' && *fmt <= '9'; fmt++)
			width = width * 10 + *fmt - '0';
		for (; *fmt == 'l' || *fmt == 'z'; fmt++)
			is_long = true;
		put_conversion(&o, *fmt, is_long, prefix, width, fill, &ap);
	}
	va_end(ap);
	if (size)
		buf[o.used < size ? o.used : size - 1] = 0;
	return (int)o.used;
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

int printf(const char *fmt, ...)
{
	char line[256];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	console_write(line, strlen(line));
	return n;
}
