// SPDX-License-Identifier: GPL-2.0-only
/*
 * What surrounds LZMA2 in the xz data of x86 kernels, in vector instructions: the branch filter, which has
 * turned the relative targets of CALL and JMP into absolute ones, and the CRC32 of the whole.
 */
#include <emmintrin.h>
#include <lzma.h>
#include <string.h>
#include <wmmintrin.h>

#include "xg_internal.h"

#define BRANCH_SIZE 5			/* E8 or E9 and four bytes of target */

void x86_filter_init(struct x86_filter *f)
{
	*f = (struct x86_filter){ .last = -(BRANCH_SIZE + 1) };
}

/* Index of the first E8 or E9 from i on, or n. */
static size_t next_branch(const uint8_t *p, size_t i, size_t n)
{
	const __m128i even = _mm_set1_epi8((char)0xfe), call = _mm_set1_epi8((char)0xe8);

	for (; i + 16 <= n; i += 16) {
		__m128i v = _mm_and_si128(_mm_loadu_si128((const __m128i *)(p + i)), even);
		unsigned int hits = _mm_movemask_epi8(_mm_cmpeq_epi8(v, call));

		if (hits)
			return i + __builtin_ctz(hits);
	}
	while (i < n && (p[i] & 0xfe) != 0xe8)
		i++;
	return i;
}

static bool sign_byte(uint8_t b)
{
	return b == 0 || b == 0xff;
}

/*
 * The relative target of a branch that ends at `end`. near: how many bytes before it another opcode is, 0:
 * none.
 */
static uint32_t relative(uint32_t absolute, uint32_t end, unsigned int near)
{
	uint32_t v = absolute - end;
	unsigned int shift = 24 - 8 * near;

	if (near && sign_byte(v >> shift)) {
		v ^= (1ULL << (shift + 8)) - 1;
		v -= end;
	}
	/* Targets have 25 bits; the top byte is only sign. */
	return (uint32_t)((int32_t)(v << 7) >> 7);
}

/*
 * The filter looks at opcode bytes within the three bytes before the present one: `seen` has a bit for each,
 * by distance; `taken` those of them whose target looked like one. With more than one seen, or one taken, it
 * has left this branch alone.
 */
static bool may_convert(const struct x86_filter *f, uint8_t top)
{
	return sign_byte(top) && !f->taken && !(f->seen & (f->seen - 1));
}

static void age(struct x86_filter *f, uint32_t distance)
{
	const unsigned int within = 0xe;	/* distances 1 to 3 */

	if (distance > 3) {
		f->seen = f->taken = 0;
		return;
	}
	f->seen = f->seen << distance & within;
	f->taken = f->taken << distance & within;
}

size_t x86_filter(struct x86_filter *f, uint8_t *p, size_t n)
{
	size_t i = next_branch(p, 0, n);

	while (i + BRANCH_SIZE <= n) {
		uint32_t target, at = f->pos + i;
		uint8_t top = p[i + 4];

		age(f, at - f->last);
		f->last = at;
		if (may_convert(f, top)) {
			memcpy(&target, p + i + 1, sizeof(target));
			target = relative(target, at + BRANCH_SIZE, f->seen ? __builtin_ctz(f->seen) : 0);
			memcpy(p + i + 1, &target, sizeof(target));
			f->seen = f->taken = 0;
			i += BRANCH_SIZE;
		} else {
			f->seen |= 1;
			f->taken |= sign_byte(top);
			i++;
		}
		i = next_branch(p, i, n);
	}
	f->pos += i;
	return i;
}

/* x^n mod the CRC's polynomial, bit-reflected, for folding over 64 and over 16 bytes. */
#define FOLD_64_LOW	0x154442bd4
#define FOLD_64_HIGH	0x1c6e41596
#define FOLD_16_LOW	0x1751997d0
#define FOLD_16_HIGH	0x0ccaa009e

__attribute__((target("pclmul")))
static __m128i fold(__m128i acc, __m128i k, __m128i next)
{
	__m128i low = _mm_clmulepi64_si128(acc, k, 0x00), high = _mm_clmulepi64_si128(acc, k, 0x11);

	return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

/* n: a multiple of 64, at least 64. The 16 bytes left have the same remainder as all that was read. */
__attribute__((target("pclmul")))
static uint32_t crc32_fold(const uint8_t *p, size_t n, uint32_t crc)
{
	const __m128i k64 = _mm_set_epi64x(FOLD_64_HIGH, FOLD_64_LOW),
		      k16 = _mm_set_epi64x(FOLD_16_HIGH, FOLD_16_LOW);
	const __m128i *v = (const __m128i *)p;
	__m128i a = _mm_loadu_si128(v), b = _mm_loadu_si128(v + 1), c = _mm_loadu_si128(v + 2),
		d = _mm_loadu_si128(v + 3);
	uint8_t rest[16];

	a = _mm_xor_si128(a, _mm_cvtsi32_si128(~crc));
	for (v += 4, n -= 64; n; v += 4, n -= 64) {
		a = fold(a, k64, _mm_loadu_si128(v));
		b = fold(b, k64, _mm_loadu_si128(v + 1));
		c = fold(c, k64, _mm_loadu_si128(v + 2));
		d = fold(d, k64, _mm_loadu_si128(v + 3));
	}
	a = fold(fold(fold(a, k16, b), k16, c), k16, d);
	_mm_storeu_si128((__m128i *)rest, a);
	/* The library inverts before and after; the remainder has begun from nothing. */
	return lzma_crc32(rest, sizeof(rest), UINT32_MAX);
}

uint32_t crc32_fast(const uint8_t *p, size_t n, uint32_t crc)
{
	size_t folded = n & ~63UL;

	if (folded && __builtin_cpu_supports("pclmul"))
		crc = crc32_fold(p, folded, crc);
	else
		folded = 0;
	return lzma_crc32(p + folded, n - folded, crc);
}
