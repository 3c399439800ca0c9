// SPDX-License-Identifier: GPL-2.0-only
/*
 * Large copies. The C library's use `rep movsb` above 2 KiB where the CPU says it is fast, which an emulator
 * executes byte by byte; 16 bytes at a time are at least as good everywhere for pages that are not in the
 * cache anyway.
 */
#include <string.h>

#include "xg_internal.h"

typedef long long vec __attribute__((vector_size(16), aligned(1), may_alias));

void copy_bulk(void *dst, const void *src, size_t n)
{
	vec *d = dst;
	const vec *s = src;

	for (; n >= 4 * sizeof(vec); n -= 4 * sizeof(vec), d += 4, s += 4) {
		vec a = s[0], b = s[1], c = s[2], e = s[3];

		d[0] = a;
		d[1] = b;
		d[2] = c;
		d[3] = e;
	}
	memcpy(d, s, n);
}

void zero_bulk(void *dst, size_t n)
{
	vec *d = dst;
	const vec zero = { 0, 0 };

	for (; n >= 4 * sizeof(vec); n -= 4 * sizeof(vec), d += 4) {
		d[0] = zero;
		d[1] = zero;
		d[2] = zero;
		d[3] = zero;
		/* Keeps the compiler from making this a call of memset(). */
		__asm__ volatile("" : : "r"(d) : "memory");
	}
	memset(d, 0, n);
}
