// SPDX-License-Identifier: GPL-2.0-only
/* xz and lzma payloads, through liblzma. */
#include <lzma.h>

#include "xg_internal.h"

#define MEMORY_LIMIT (192 * MIB)	/* kernels use dictionaries of at most 128 MiB */

static int pump(lzma_stream *z, struct xg_input *in, struct xg_out *out, struct xg_err *err)
{
	lzma_ret zrc;
	int rc;

	do {
		if (!z->avail_in) {
			rc = input_next(in, &z->next_in, &z->avail_in, err);
			if (rc)
				return rc;
			if (!z->avail_in)
				return xg_fail(err, -ENOEXEC, "%s: xz data is truncated", in->name);
		}
		z->next_out = out->buf;
		z->avail_out = OUT_SIZE;
		zrc = lzma_code(z, LZMA_RUN);
		if (zrc == LZMA_MEM_ERROR || zrc == LZMA_MEMLIMIT_ERROR)
			return xg_fail(err, -ENOMEM, "%s: too little memory to unpack", in->name);
		if (zrc != LZMA_OK && zrc != LZMA_STREAM_END && zrc != LZMA_BUF_ERROR)
			return xg_fail(err, -ENOEXEC, "%s: xz data is damaged", in->name);
		rc = out_push(out, out->buf, OUT_SIZE - z->avail_out, err);
		if (rc)
			return rc;
	} while (zrc != LZMA_STREAM_END);
	return 0;
}

static int unpack(lzma_stream *z, lzma_ret init, struct xg_input *in, struct xg_out *out, struct xg_err *err)
{
	int rc;

	if (init != LZMA_OK)
		return xg_fail(err, -ENOMEM, "out of memory");
	rc = pump(z, in, out, err);
	lzma_end(z);
	return rc;
}

int unpack_xz(struct xg_input *in, struct xg_out *out, struct xg_err *err)
{
	lzma_stream z = LZMA_STREAM_INIT;

	return unpack(&z, lzma_stream_decoder(&z, MEMORY_LIMIT, 0), in, out, err);
}

int unpack_lzma(struct xg_input *in, struct xg_out *out, struct xg_err *err)
{
	lzma_stream z = LZMA_STREAM_INIT;

	return unpack(&z, lzma_alone_decoder(&z, MEMORY_LIMIT), in, out, err);
}
