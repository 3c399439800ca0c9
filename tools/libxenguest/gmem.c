// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's memory as its builder sees it: allocated in one go, then written through a window of 4 MiB that
 * follows the writes. Mapping costs a few thousand instructions per page, so only what is written gets
 * mapped, and once.
 */
#include <stdlib.h>
#include <string.h>

#include <xenctrl.h>

#include "xg_internal.h"

#define WINDOW_PAGES	1024UL
#define SUPER_ORDER	9
#define SUPER_PAGES	(1UL << SUPER_ORDER)
#define BATCH		8192UL

/* 2 MiB pieces, as many as there are; returns how many pages are done. */
static uint64_t populate_super(struct xg_gmem *g)
{
	uint64_t n = g->nr_pages / SUPER_PAGES;
	xen_pfn_t *frames = malloc((n + 1) * sizeof(*frames));
	long got;

	if (!frames)
		return 0;
	for (uint64_t i = 0; i < n; i++)
		frames[i] = i * SUPER_PAGES;
	got = n ? xc_populate_physmap(g->xch, g->domid, n, SUPER_ORDER, 0, frames) : 0;
	for (long i = 0; i < got; i++)
		for (uint64_t j = 0; j < SUPER_PAGES; j++)
			g->p2m[i * SUPER_PAGES + j] = frames[i] + j;
	free(frames);
	return got > 0 ? got * SUPER_PAGES : 0;
}

static int populate_rest(struct xg_gmem *g, uint64_t pfn, struct xg_err *err)
{
	while (pfn < g->nr_pages) {
		uint64_t n = g->nr_pages - pfn < BATCH ? g->nr_pages - pfn : BATCH;
		int rc;

		for (uint64_t i = 0; i < n; i++)
			g->p2m[pfn + i] = pfn + i;
		rc = xc_populate_physmap_exact(g->xch, g->domid, n, 0, 0, g->p2m + pfn);
		if (rc)
			return xg_fail(err, -ENOMEM, "too little free memory for a guest of %llu MiB (%s)",
				       (unsigned long long)(g->nr_pages / (MIB / PAGE_SIZE)),
				       xc_last_error(g->xch));
		pfn += n;
	}
	return 0;
}

int gmem_populate(struct xg_gmem *g, xc_interface *xch, uint16_t domid, uint64_t nr_pages, struct xg_err *err)
{
	*g = (struct xg_gmem){ .xch = xch, .domid = domid, .nr_pages = nr_pages };
	g->p2m = malloc(nr_pages * sizeof(*g->p2m));
	if (!g->p2m)
		return xg_fail(err, -ENOMEM, "out of memory");
	return populate_rest(g, populate_super(g), err);
}

void gmem_close_window(struct xg_gmem *g)
{
	if (g->window)
		xc_unmap_foreign(g->window, g->window_pages);
	g->window = NULL;
	g->window_pages = 0;
}

void gmem_end(struct xg_gmem *g)
{
	gmem_close_window(g);
	free(g->p2m);
	g->p2m = NULL;
}

void *gmem_map(struct xg_gmem *g, uint64_t pfn, uint64_t pages, struct xg_err *err)
{
	void *p = xc_map_foreign(g->xch, g->domid, PROT_READ | PROT_WRITE, pages, g->p2m + pfn, NULL);

	if (!p)
		xg_fail(err, -errno, "cannot map the guest's memory (%s)", xc_last_error(g->xch));
	return p;
}

int gmem_window(void *ctx, uint64_t pa, uint64_t *n, uint8_t **p, struct xg_err *err)
{
	struct xg_gmem *g = ctx;
	uint64_t pfn = pa >> PAGE_SHIFT, left, off;

	if (pfn - g->window_pfn >= g->window_pages) {
		gmem_close_window(g);
		left = g->nr_pages - pfn < WINDOW_PAGES ? g->nr_pages - pfn : WINDOW_PAGES;
		g->window = gmem_map(g, pfn, left, err);
		if (!g->window)
			return -errno ? -errno : -EFAULT;
		g->window_pfn = pfn;
		g->window_pages = left;
	}
	off = pa - (g->window_pfn << PAGE_SHIFT);
	left = (g->window_pages << PAGE_SHIFT) - off;
	*n = *n < left ? *n : left;
	*p = g->window + off;
	return 0;
}

int gmem_write(void *ctx, uint64_t pa, const uint8_t *p, size_t n, struct xg_err *err)
{
	while (n) {
		uint64_t len = n;
		uint8_t *dst;
		int rc = gmem_window(ctx, pa, &len, &dst, err);

		if (rc)
			return rc;
		copy_bulk(dst, p, len);
		pa += len;
		p += len;
		n -= len;
	}
	return 0;
}

int gmem_zero(void *ctx, uint64_t pa, uint64_t n, struct xg_err *err)
{
	while (n) {
		uint64_t len = n;
		uint8_t *dst;
		int rc = gmem_window(ctx, pa, &len, &dst, err);

		if (rc)
			return rc;
		zero_bulk(dst, len);
		pa += len;
		n -= len;
	}
	return 0;
}
