// SPDX-License-Identifier: GPL-2.0-only
/*
 * lz4 payloads in the legacy frame that kernels use, through liblz4: a magic number, then blocks of {u32
 * length, data}, each of which unpacks to at most 8 MiB. What follows the last block is the unpacked size, 4
 * bytes.
 */
#include <lz4.h>
#include <stdlib.h>
#include <string.h>

#include "xg_internal.h"

#define LZ4_BLOCK		(8 * MIB)

/* Takes exactly n bytes; *got is less only at the end of the input. */
static int take(struct xg_input *in, uint8_t *dst, size_t n, size_t *got, struct xg_err *err)
{
	uint64_t left = in->end - in->pos;
	int rc;

	*got = left < n ? left : n;
	rc = input_pread(in, dst, *got, in->pos, err);
	if (!rc)
		in->pos += *got;
	return rc;
}

static int block(struct xg_input *in, struct xg_out *out, uint8_t *packed, uint8_t *plain, uint32_t len,
		 struct xg_err *err)
{
	size_t got;
	int rc, n;

	if (!len || len > LZ4_COMPRESSBOUND(LZ4_BLOCK))
		return xg_fail(err, -ENOEXEC, "%s: lz4 data is damaged", in->name);
	rc = take(in, packed, len, &got, err);
	if (rc)
		return rc;
	if (got != len)
		return xg_fail(err, -ENOEXEC, "%s: lz4 data is truncated", in->name);
	n = LZ4_decompress_safe((char *)packed, (char *)plain, len, LZ4_BLOCK);
	if (n < 0)
		return xg_fail(err, -ENOEXEC, "%s: lz4 data is damaged", in->name);
	return out_push(out, plain, n, err);
}

static int blocks(struct xg_input *in, struct xg_out *out, uint8_t *packed, uint8_t *plain,
		  struct xg_err *err)
{
	uint32_t len;
	size_t got;
	int rc;

	for (;;) {
		rc = take(in, (uint8_t *)&len, sizeof(len), &got, err);
		if (rc)
			return rc;
		/* The end, or the 4 bytes of size at the end. */
		if (got < sizeof(len) || (in->pos == in->end && len != LZ4_LEGACY_MAGIC))
			break;
		if (len == LZ4_LEGACY_MAGIC)
			continue;
		rc = block(in, out, packed, plain, len, err);
		if (rc)
			return rc;
	}
	return out->total ? 0 : xg_fail(err, -ENOEXEC, "%s: lz4 data is truncated", in->name);
}

int unpack_lz4(struct xg_input *in, struct xg_out *out, struct xg_err *err)
{
	uint8_t *packed = malloc(LZ4_COMPRESSBOUND(LZ4_BLOCK));
	uint8_t *plain = malloc(LZ4_BLOCK);
	int rc = packed && plain ? blocks(in, out, packed, plain, err)
				 : xg_fail(err, -ENOMEM, "out of memory");

	free(packed);
	free(plain);
	return rc;
}
