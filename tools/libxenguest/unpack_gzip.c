// SPDX-License-Identifier: GPL-2.0-only
/* gzip payloads, through zlib. */
#include <zlib.h>

#include "xg_internal.h"

static int pump(z_stream *z, struct xg_input *in, struct xg_out *out, struct xg_err *err)
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
				return xg_fail(err, -ENOEXEC, "%s: gzip data is truncated", in->name);
		}
		z->next_out = out->buf;
		z->avail_out = OUT_SIZE;
		zrc = inflate(z, Z_NO_FLUSH);
		if (zrc != Z_OK && zrc != Z_STREAM_END && zrc != Z_BUF_ERROR)
			return xg_fail(err, -ENOEXEC, "%s: gzip data is damaged", in->name);
		rc = out_push(out, out->buf, OUT_SIZE - z->avail_out, err);
		if (rc)
			return rc;
	} while (zrc != Z_STREAM_END);
	return 0;
}

int unpack_gzip(struct xg_input *in, struct xg_out *out, struct xg_err *err)
{
	z_stream z = { 0 };
	int rc;

	if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
		return xg_fail(err, -ENOMEM, "out of memory");
	rc = pump(&z, in, out, err);
	inflateEnd(&z);
	return rc;
}
