// SPDX-License-Identifier: GPL-2.0-only
/* zstd payloads, through libzstd. */
#include <zstd.h>

#include "xg_internal.h"

static int pump(ZSTD_DStream *z, struct xg_input *in, struct xg_out *out, struct xg_err *err)
{
	ZSTD_inBuffer ib = { 0 };
	size_t zrc, n;
	int rc;

	do {
		ZSTD_outBuffer ob = { .dst = out->buf, .size = OUT_SIZE };

		if (ib.pos == ib.size) {
			rc = input_next(in, (const uint8_t **)&ib.src, &n, err);
			if (rc)
				return rc;
			ib.pos = 0;
			ib.size = n;
			if (!n)
				return xg_fail(err, -ENOEXEC, "%s: zstd data is truncated", in->name);
		}
		zrc = ZSTD_decompressStream(z, &ob, &ib);
		if (ZSTD_isError(zrc))
			return xg_fail(err, -ENOEXEC, "%s: zstd data is damaged (%s)", in->name,
				       ZSTD_getErrorName(zrc));
		rc = out_push(out, out->buf, ob.pos, err);
		if (rc)
			return rc;
	} while (zrc);
	return 0;
}

int unpack_zstd(struct xg_input *in, struct xg_out *out, struct xg_err *err)
{
	ZSTD_DStream *z = ZSTD_createDStream();
	int rc;

	if (!z)
		return xg_fail(err, -ENOMEM, "out of memory");
	rc = pump(z, in, out, err);
	ZSTD_freeDStream(z);
	return rc;
}
