// SPDX-License-Identifier: GPL-2.0-only
/*
 * Our part of xz against the library's: data full of branch opcodes and sign bytes, of many sizes, must come
 * back.
 */
#include <lzma.h>

#include "test.h"

struct collected {
	uint8_t *p;
	size_t len, room;
};

static int collect(void *ctx, const uint8_t *p, size_t n, struct xg_err *err)
{
	struct collected *c = ctx;

	CHECK(n <= c->room - c->len);
	memcpy(c->p + c->len, p, n);
	c->len += n;
	return 0;
}

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* Mostly bytes that mean something to the filter. */
static void fill(uint8_t *p, size_t n, uint32_t seed)
{
	static const uint8_t special[] = { 0xe8, 0xe9, 0x00, 0xff, 0xe8, 0x00, 0x01, 0xfe };

	for (size_t i = 0; i < n; i++) {
		uint32_t r = next_random(&seed);

		p[i] = r & 0x700 ? special[r % 8] : r >> 11;
	}
}

static void check_xz(size_t n, uint32_t seed)
{
	struct blob plain = { malloc(n + 1), n }, packed;
	struct collected c = { malloc(n + 1), 0, n };
	struct xg_sink sink = { collect, &c };
	struct xg_err err = { "" };
	struct xg_input in;
	const char *format;

	fill(plain.p, n, seed);
	packed = pack("xz", &plain);
	CHECK(!input_from_memory(&in, packed.p, packed.len, &err));
	CHECK(!xg_unpack(&in, &sink, &format, &err));
	CHECK(c.len == n && !memcmp(c.p, plain.p, n));
	drop(&plain);
	drop(&packed);
	free(c.p);
}

static void check_crc(void)
{
	uint8_t p[1000];

	fill(p, sizeof(p), 5);
	for (size_t n = 0; n <= sizeof(p) - 3; n += n < 300 ? 1 : 37)
		CHECK(crc32_fast(p + 3, n, 0x12345678) == lzma_crc32(p + 3, n, 0x12345678));
}

void test_filter(void)
{
	check_crc();
	for (size_t n = 1; n < 64; n++)
		check_xz(n, n);
	for (uint32_t seed = 0; seed < 40; seed++)
		check_xz(100000 + seed * 1237, seed);
	check_xz(1 << 20, 77);
}
