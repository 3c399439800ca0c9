// SPDX-License-Identifier: GPL-2.0-only
/*
 * xz and lzma payloads, through liblzma. Kernels for x86 are one LZMA2 block behind the x86 branch filter,
 * with a CRC32. For just that form, only LZMA2 is left to the library; filter and checksum, a quarter of its
 * work, are done by faster code of ours (xz_filter.c). Any other form goes through the library's own decoder.
 */
#include <lzma.h>
#include <stdlib.h>
#include <string.h>

#include "xg_internal.h"

#define MEMORY_LIMIT	(192 * MIB)	/* kernels use dictionaries of at most 128 MiB */
#define CHECK_SIZE	4		/* of a CRC32 */

static int decode_error(lzma_ret zrc, struct xg_input *in, struct xg_err *err)
{
	if (zrc == LZMA_MEM_ERROR || zrc == LZMA_MEMLIMIT_ERROR)
		return xg_fail(err, -ENOMEM, "%s: too little memory to unpack", in->name);
	return xg_fail(err, -ENOEXEC, "%s: xz data is damaged", in->name);
}

/* One call of the decoder, with its input refilled; *end at the end of its stream. */
static int step(lzma_stream *z, struct xg_input *in, bool *end, struct xg_err *err)
{
	lzma_ret zrc;
	int rc;

	if (!z->avail_in) {
		rc = input_next(in, &z->next_in, &z->avail_in, err);
		if (rc)
			return rc;
		if (!z->avail_in)
			return xg_fail(err, -ENOEXEC, "%s: xz data is truncated", in->name);
	}
	zrc = lzma_code(z, LZMA_RUN);
	*end = zrc == LZMA_STREAM_END;
	if (zrc != LZMA_OK && zrc != LZMA_STREAM_END && zrc != LZMA_BUF_ERROR)
		return decode_error(zrc, in, err);
	return 0;
}

static int unpack_all(lzma_stream *z, struct xg_input *in, struct xg_out *out, struct xg_err *err)
{
	bool end = false;
	int rc = 0;

	while (!rc && !end) {
		z->next_out = out->buf;
		z->avail_out = OUT_SIZE;
		rc = step(z, in, &end, err);
		if (!rc)
			rc = out_push(out, out->buf, OUT_SIZE - z->avail_out, err);
	}
	return rc;
}

static int unpack_library(lzma_stream *z, lzma_ret init, struct xg_input *in, struct xg_out *out,
			  struct xg_err *err)
{
	int rc;

	if (init != LZMA_OK)
		return xg_fail(err, -ENOMEM, "out of memory");
	rc = unpack_all(z, in, out, err);
	lzma_end(z);
	return rc;
}

int unpack_lzma(struct xg_input *in, struct xg_out *out, struct xg_err *err)
{
	lzma_stream z = LZMA_STREAM_INIT;

	return unpack_library(&z, lzma_alone_decoder(&z, MEMORY_LIMIT), in, out, err);
}

/* A block's header and filters; `usual` when it is of the form that kernels have. */
struct block {
	lzma_block b;
	lzma_filter filters[LZMA_FILTERS_MAX + 1];
	bool usual;
};

static void free_block(struct block *bl)
{
	for (unsigned int i = 0; i <= LZMA_FILTERS_MAX && bl->filters[i].id != LZMA_VLI_UNKNOWN; i++)
		free(bl->filters[i].options);
	bl->filters[0].id = LZMA_VLI_UNKNOWN;
}

static bool is_usual(const struct block *bl)
{
	const lzma_filter *f = bl->filters;

	return f[0].id == LZMA_FILTER_X86 && !f[0].options && f[1].id == LZMA_FILTER_LZMA2 &&
	       f[2].id == LZMA_VLI_UNKNOWN && ((lzma_options_lzma *)f[1].options)->dict_size <= MEMORY_LIMIT;
}

/* Reads the block header at `pos`. False: there is none, or it is damaged, or truncated. */
static bool read_block_header(struct xg_input *in, uint64_t pos, struct block *bl, struct xg_err *err)
{
	uint8_t h[LZMA_BLOCK_HEADER_SIZE_MAX];

	memset(bl, 0, sizeof(*bl));
	bl->filters[0].id = LZMA_VLI_UNKNOWN;
	if (pos >= in->end || input_pread(in, h, 1, pos, err) || !h[0])
		return false;
	bl->b.version = 0;
	bl->b.check = LZMA_CHECK_CRC32;
	bl->b.filters = bl->filters;
	bl->b.header_size = lzma_block_header_size_decode(h[0]);
	if (bl->b.header_size > in->end - pos || input_pread(in, h, bl->b.header_size, pos, err))
		return false;
	if (lzma_block_header_decode(&bl->b, NULL, h) != LZMA_OK) {
		bl->filters[0].id = LZMA_VLI_UNKNOWN;
		return false;
	}
	bl->usual = is_usual(bl);
	return true;
}

/* Decodes the block's LZMA2 data, which input_next() gives, through the filter. */
static int unpack_block_data(lzma_stream *z, struct xg_input *in, struct xg_out *out, uint32_t *crc,
			     struct xg_err *err)
{
	struct x86_filter filter;
	size_t held = 0, filled, done;
	bool end = false;
	int rc = 0;

	x86_filter_init(&filter);
	while (!rc && !end) {
		z->next_out = out->buf + held;
		z->avail_out = OUT_SIZE - held;
		rc = step(z, in, &end, err);
		if (rc)
			return rc;
		filled = OUT_SIZE - z->avail_out;
		done = x86_filter(&filter, out->buf, filled);
		if (end)
			done = filled;
		*crc = crc32_fast(out->buf, done, *crc);
		rc = out_push(out, out->buf, done, err);
		held = filled - done;
		memmove(out->buf, out->buf + done, held);
	}
	return rc;
}

/* The block at *pos, which is advanced behind it. */
static int unpack_block(struct xg_input *in, struct xg_out *out, struct block *bl, uint64_t *pos,
			struct xg_err *err)
{
	lzma_stream z = LZMA_STREAM_INIT;
	uint64_t data = *pos + bl->b.header_size, check;
	uint32_t crc = 0, want;
	int rc;

	if (lzma_raw_decoder(&z, bl->filters + 1) != LZMA_OK)
		return xg_fail(err, -ENOMEM, "out of memory");
	input_range(in, data, in->end);
	rc = unpack_block_data(&z, in, out, &crc, err);
	check = align_up(data + z.total_in, CHECK_SIZE) - data % CHECK_SIZE;
	lzma_end(&z);
	if (rc)
		return rc;
	if (check > in->end || in->end - check < CHECK_SIZE)
		return xg_fail(err, -ENOEXEC, "%s: xz data is truncated", in->name);
	rc = input_pread(in, &want, CHECK_SIZE, check, err);
	if (!rc && want != crc)
		rc = xg_fail(err, -ENOEXEC, "%s: xz data is damaged: wrong checksum", in->name);
	*pos = check + CHECK_SIZE;
	return rc;
}

static bool has_crc32(struct xg_input *in, struct xg_err *err)
{
	uint8_t h[LZMA_STREAM_HEADER_SIZE];
	lzma_stream_flags flags;

	return in->end - in->pos >= sizeof(h) && !input_pread(in, h, sizeof(h), in->pos, err) &&
	       lzma_stream_header_decode(&flags, h) == LZMA_OK && flags.check == LZMA_CHECK_CRC32;
}

int unpack_xz(struct xg_input *in, struct xg_out *out, struct xg_err *err)
{
	uint64_t pos = in->pos + LZMA_STREAM_HEADER_SIZE;
	lzma_stream z = LZMA_STREAM_INIT;
	struct block bl;
	int rc;

	if (!has_crc32(in, err) || !read_block_header(in, pos, &bl, err))
		return unpack_library(&z, lzma_stream_decoder(&z, MEMORY_LIMIT, 0), in, out, err);
	if (!bl.usual) {
		free_block(&bl);
		return unpack_library(&z, lzma_stream_decoder(&z, MEMORY_LIMIT, 0), in, out, err);
	}
	do {
		rc = unpack_block(in, out, &bl, &pos, err);
		free_block(&bl);
	} while (!rc && read_block_header(in, pos, &bl, err) && bl.usual);
	free_block(&bl);
	return rc;
}
