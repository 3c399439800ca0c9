// SPDX-License-Identifier: GPL-2.0-only
/*
 * What kind of file is this kernel, and where in it are the bytes to unpack? A bzImage's set-up header points
 * to its payload; anything else is taken from its first byte. The format is told by its magic number.
 */
#include <stdlib.h>
#include <string.h>

#include "xg_internal.h"

/* The x86 boot protocol's set-up header: offsets in the file. */
#define BZ_SETUP_SECTS	0x1f1
#define BZ_BOOT_FLAG	0x1fe
#define BZ_MAGIC	0x202
#define BZ_VERSION	0x206
#define BZ_PAYLOAD_OFF	0x248
#define BZ_PAYLOAD_LEN	0x24c
#define BZ_HEADER_END	0x250
#define BZ_MIN_VERSION	0x0208		/* the first with a payload field */

static int unpack_none(struct xg_input *in, struct xg_out *out, struct xg_err *err)
{
	const uint8_t *p;
	size_t n;
	int rc;

	do {
		rc = input_next(in, &p, &n, err);
		if (!rc && n)
			rc = out_push(out, p, n, err);
	} while (!rc && n);
	return rc;
}

static const struct format {
	const char *name;
	uint8_t magic[6];
	unsigned int len;
	int (*unpack)(struct xg_input *in, struct xg_out *out, struct xg_err *err);
} formats[] = {
	{ "ELF", { 0x7f, 'E', 'L', 'F' }, 4, unpack_none },
	{ "xz", { 0xfd, '7', 'z', 'X', 'Z', 0 }, 6, unpack_xz },
	{ "zstd", { 0x28, 0xb5, 0x2f, 0xfd }, 4, unpack_zstd },
	{ "lz4", { 0x02, 0x21, 0x4c, 0x18 }, 4, unpack_lz4 },
	{ "gzip", { 0x1f, 0x8b }, 2, unpack_gzip },
	{ "bzip2", { 'B', 'Z', 'h' }, 3, unpack_bzip2 },
	{ "lzma", { 0x5d, 0, 0 }, 3, unpack_lzma },
};

int out_push(struct xg_out *out, const uint8_t *p, size_t n, struct xg_err *err)
{
	if (n > MAX_IMAGE - out->total)
		return xg_fail(err, -ENOEXEC, "the kernel unpacks to more than %lu MiB", MAX_IMAGE / MIB);
	out->total += n;
	return n ? out->sink->write(out->sink->ctx, p, n, err) : 0;
}

static uint32_t le32(const uint8_t *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Narrows *start, *end to the payload if the file is a bzImage. */
static int find_payload(struct xg_input *in, uint64_t *start, uint64_t *end, struct xg_err *err)
{
	uint8_t h[BZ_HEADER_END];
	unsigned int version, sectors;
	uint64_t len;
	int rc;

	*start = 0;
	*end = in->size;
	if (in->size < sizeof(h))
		return 0;
	rc = input_pread(in, h, sizeof(h), 0, err);
	if (rc)
		return rc;
	if (h[BZ_BOOT_FLAG] != 0x55 || h[BZ_BOOT_FLAG + 1] != 0xaa || memcmp(h + BZ_MAGIC, "HdrS", 4))
		return 0;
	version = h[BZ_VERSION] | h[BZ_VERSION + 1] << 8;
	if (version < BZ_MIN_VERSION)
		return xg_fail(err, -ENOEXEC, "%s: bzImage of boot protocol %u.%02u, need 2.08 or later",
			       in->name, version >> 8, version & 0xff);
	sectors = h[BZ_SETUP_SECTS] ? h[BZ_SETUP_SECTS] : 4;
	*start = (sectors + 1) * 512ULL + le32(h + BZ_PAYLOAD_OFF);
	len = le32(h + BZ_PAYLOAD_LEN);
	if (!len)
		return xg_fail(err, -ENOEXEC, "%s: bzImage without a payload", in->name);
	if (*start > in->size || len > in->size - *start)
		return xg_fail(err, -ENOEXEC,
			       "%s: truncated: the payload ends at byte %llu, the file at %llu", in->name,
			       (unsigned long long)(*start + len), (unsigned long long)in->size);
	*end = *start + len;
	return 0;
}

static const struct format *find_format(const uint8_t *magic, size_t n)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(formats); i++)
		if (n >= formats[i].len && !memcmp(magic, formats[i].magic, formats[i].len))
			return &formats[i];
	return NULL;
}

/* The format of what is in [*start, *end). */
static int look(struct xg_input *in, uint64_t *start, uint64_t *end, const struct format **f, struct xg_err *err)
{
	uint8_t magic[6];
	size_t n;
	int rc = find_payload(in, start, end, err);

	if (rc)
		return rc;
	n = *end - *start < sizeof(magic) ? *end - *start : sizeof(magic);
	rc = input_pread(in, magic, n, *start, err);
	if (rc)
		return rc;
	*f = find_format(magic, n);
	return *f ? 0 : xg_fail(err, -ENOEXEC, "%s: not a kernel: neither an ELF file nor a bzImage of a known kind",
				in->name);
}

int xg_find_format(struct xg_input *in, const char **format, struct xg_err *err)
{
	const struct format *f;
	uint64_t start, end;
	int rc = look(in, &start, &end, &f, err);

	if (!rc)
		*format = f->name;
	return rc;
}

int xg_unpack(struct xg_input *in, const struct xg_sink *sink, const char **format, struct xg_err *err)
{
	struct xg_out out = { .sink = sink };
	const struct format *f;
	uint64_t start, end;
	int rc = look(in, &start, &end, &f, err);

	if (rc)
		return rc;
	*format = f->name;
	out.buf = malloc(OUT_SIZE);
	if (!out.buf)
		return xg_fail(err, -ENOMEM, "out of memory");
	input_range(in, start, end);
	rc = f->unpack(in, &out, err);
	free(out.buf);
	return rc;
}
