// SPDX-License-Identifier: GPL-2.0-only
/* bzip2 payloads, through libbz2. */
#include <bzlib.h>

#include "xg_internal.h"

static int pump(bz_stream *z, struct xg_input *in, struct xg_out *out, struct xg_err *err)
{
	size_t n;
	int rc, zrc;

	do {
		if (!z->avail_in) {
			rc = input_next(in, (const uint8_t **)&z->next_in, &n, err);
			if (rc)
				return rc;
			z->avail_in = n;
			if (!n)
				return xg_fail(err, -ENOEXEC, "%s: bzip2 data is truncated", in->name);
		}
		z->next_out = (char *)out->buf;
		z->avail_out = OUT_SIZE;
		zrc = BZ2_bzDecompress(z);
		if (zrc != BZ_OK && zrc != BZ_STREAM_END)
			return xg_fail(err, -ENOEXEC, "%s: bzip2 data is damaged", in->name);
		rc = out_push(out, out->buf, OUT_SIZE - z->avail_out, err);
		if (rc)
			return rc;
	} while (zrc != BZ_STREAM_END);
	return 0;
}

int unpack_bzip2(struct xg_input *in, struct xg_out *out, struct xg_err *err)
{
	bz_stream z = { 0 };
	int rc;

	if (BZ2_bzDecompressInit(&z, 0, 0) != BZ_OK)
		return xg_fail(err, -ENOMEM, "out of memory");
	rc = pump(&z, in, out, err);
	BZ2_bzDecompressEnd(&z);
	return rc;
}
