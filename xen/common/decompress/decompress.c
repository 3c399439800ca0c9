/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unpacking of dom0's kernel at boot, by liblzma, zlib, libzstd and liblz4. They are user-space code: they use a red zone, SSE and a
 * stack guard at %fs:0x28, so interrupts are off meanwhile and FS points at a block made for it (shim.c has their libc).
 */
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>
#include <lz4.h>

#include <xen/bitops.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <asm/dom0_build.h>
#include <asm/processor.h>

#define MAX_KERNEL	MB(512)

typedef int (*unpack_fn)(const u8 *in, size_t len, u8 *out, size_t size);

static int __init unpack_xz(const u8 *in, size_t len, u8 *out, size_t size)
{
	lzma_stream s = LZMA_STREAM_INIT;
	lzma_ret rc = lzma_stream_decoder(&s, UINT64_MAX, 0);

	if (rc != LZMA_OK)
		return -ENOMEM;
	s.next_in = in;
	s.avail_in = len;
	s.next_out = out;
	s.avail_out = size;
	rc = lzma_code(&s, LZMA_FINISH);
	lzma_end(&s);
	if (rc == LZMA_MEM_ERROR)
		return -ENOMEM;
	return rc == LZMA_STREAM_END && !s.avail_out ? 0 : -EILSEQ;
}

static int __init unpack_gzip(const u8 *in, size_t len, u8 *out, size_t size)
{
	z_stream s = { .next_in = (u8 *)(uintptr_t)in, .avail_in = len, .next_out = out, .avail_out = size };
	int rc = inflateInit2(&s, 15 + 16);

	if (rc != Z_OK)
		return -ENOMEM;
	rc = inflate(&s, Z_FINISH);
	inflateEnd(&s);
	return rc == Z_STREAM_END && !s.avail_out ? 0 : -EILSEQ;
}

static int __init unpack_zstd(const u8 *in, size_t len, u8 *out, size_t size)
{
	size_t frame = ZSTD_findFrameCompressedSize(in, len), n;

	if (ZSTD_isError(frame))
		return -EILSEQ;
	n = ZSTD_decompress(out, size, in, frame);
	return !ZSTD_isError(n) && n == size ? 0 : -EILSEQ;
}

/* The legacy frame that `lz4 -l` makes: a magic, then chunks with their packed length. */
static int __init unpack_lz4(const u8 *in, size_t len, u8 *out, size_t size)
{
	size_t pos = 4, done = 0;

	while (done < size) {
		u32 chunk;
		int n;

		if (len - pos < 4)
			return -EILSEQ;
		memcpy(&chunk, in + pos, 4);
		pos += 4;
		if (!chunk || chunk > len - pos)
			return -EILSEQ;
		n = LZ4_decompress_safe((const char *)in + pos, (char *)out + done, chunk, min_t(size_t, size - done, MB(8)));
		if (n <= 0)
			return -EILSEQ;
		pos += chunk;
		done += n;
	}
	return 0;
}

static const struct format {
	u8 magic[6];
	u8 magic_len;
	unpack_fn fn;
} formats[] __initconst = {
	{ { 0xfd, '7', 'z', 'X', 'Z', 0 }, 6, unpack_xz },
	{ { 0x1f, 0x8b }, 2, unpack_gzip },
	{ { 0x28, 0xb5, 0x2f, 0xfd }, 4, unpack_zstd },
	{ { 0x02, 0x21, 0x4c, 0x18 }, 4, unpack_lz4 },
};

static unpack_fn __init find_format(const u8 *in, size_t len)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(formats); i++)
		if (len > formats[i].magic_len && !memcmp(in, formats[i].magic, formats[i].magic_len))
			return formats[i].fn;
	return NULL;
}

static u64 guard_block[16];	/* what %fs:0x28 reads */

extern void (*const __start_ctors[])(void), (*const __stop_ctors[])(void);

/* The libraries' own start-up: they choose functions for this CPU. */
static void __init run_constructors(void)
{
	for (unsigned int i = 0; &__start_ctors[i] < __stop_ctors; i++)
		__start_ctors[i]();
}

static int __init run_unpacker(unpack_fn fn, const u8 *in, size_t len, u8 *out, size_t size)
{
	unsigned long flags;
	int rc;

	local_irq_save(flags);
	wrmsr(MSR_FS_BASE, (unsigned long)guard_block);
	run_constructors();
	rc = fn(in, len, out, size);
	wrmsr(MSR_FS_BASE, 0);
	local_irq_restore(flags);
	return rc;
}

int __init decompress_kernel(const void *in, size_t len, void **out, size_t *outlen, unsigned int *order)
{
	unpack_fn fn = find_format(in, len);
	u32 size;
	int rc;

	if (!fn)
		return -EINVAL;
	/* Linux's build appends the unpacked size (gzip has it as its own trailer). */
	memcpy(&size, (const u8 *)in + len - 4, 4);
	if (!size || size > MAX_KERNEL)
		return -EILSEQ;
	*order = get_order_from_pages(DIV_ROUND_UP(size, PAGE_SIZE));
	*out = alloc_xenheap_pages(*order, 0);
	if (!*out)
		return -ENOMEM;
	rc = run_unpacker(fn, in, len, *out, size);
	if (rc) {
		free_xenheap_pages(*out, *order);
		return rc;
	}
	*outlen = size;
	return 0;
}
