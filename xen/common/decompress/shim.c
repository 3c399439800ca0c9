/* SPDX-License-Identifier: GPL-2.0-only */
/* The little of a C library that the decompression libraries call. Each allocation is its own block of frames; boot only. */
#include <xen/bitops.h>
#include <xen/lib.h>
#include <xen/mm.h>

#define HEADER	64

void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void free(void *p);
void __stack_chk_fail(void) __noreturn;
unsigned long long ZSTD_trace_decompress_begin(const void *ctx);
void ZSTD_trace_decompress_end(unsigned long long ctx, const void *trace);

void *malloc(size_t size)
{
	unsigned int order;
	u8 *p;

	if (size > GB(1))
		return NULL;
	order = get_order_from_pages(DIV_ROUND_UP(size + HEADER, PAGE_SIZE));
	p = alloc_xenheap_pages(order, 0);
	if (!p)
		return NULL;
	*(unsigned int *)p = order;
	return p + HEADER;
}

void *calloc(size_t n, size_t size)
{
	size_t bytes;
	void *p;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	p = malloc(bytes);
	if (p)
		memset(p, 0, bytes);
	return p;
}

void free(void *p)
{
	if (p)
		free_xenheap_pages((u8 *)p - HEADER, *(unsigned int *)((u8 *)p - HEADER));
}

void __stack_chk_fail(void)
{
	panic("a decompression library overran its stack");
}

/* libzstd's weak hooks: a weak symbol without definition lies out of reach of our code model. 0: no trace wanted. */
unsigned long long ZSTD_trace_decompress_begin(const void *ctx)
{
	return 0;
}

void ZSTD_trace_decompress_end(unsigned long long ctx, const void *trace)
{
}
