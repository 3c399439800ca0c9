// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bounce buffers for hypercall arguments. One small arena lives as long as the handle, so that the usual call
 * costs no system call for memory; larger requests get a mapping of their own until bounce_end().
 */
#include <stdlib.h>

#include "xc_internal.h"

#define ARENA_PAGES	8
#define ARENA_SIZE	(ARENA_PAGES * XC_PAGE_SIZE)
#define ALIGN		16UL

static void *alloc_big(xc_interface *xch, size_t size)
{
	struct bounce_big *big = malloc(sizeof(*big));

	if (!big)
		return NULL;
	big->pages = (size + XC_PAGE_SIZE - 1) >> XC_PAGE_SHIFT;
	big->addr = os_buffer_alloc(xch, big->pages);
	if (!big->addr) {
		free(big);
		return NULL;
	}
	big->next = xch->big;
	xch->big = big;
	return big->addr;
}

void *bounce_alloc(xc_interface *xch, size_t size)
{
	void *p;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + ALIGN - 1) & ~(ALIGN - 1);
	if (!xch->arena)
		xch->arena = os_buffer_alloc(xch, ARENA_PAGES);
	if (!xch->arena || size > ARENA_SIZE - xch->arena_used)
		return alloc_big(xch, size);
	p = xch->arena + xch->arena_used;
	xch->arena_used += size;
	return p;
}

void *bounce_in(xc_interface *xch, const void *src, size_t size)
{
	void *p = bounce_alloc(xch, size);

	if (p)
		memcpy(p, src, size);
	return p;
}

void bounce_end(xc_interface *xch)
{
	xch->arena_used = 0;
	while (xch->big) {
		struct bounce_big *big = xch->big;

		xch->big = big->next;
		os_buffer_free(big->addr, big->pages);
		free(big);
	}
}

void bounce_release_all(xc_interface *xch)
{
	bounce_end(xch);
	if (xch->arena)
		os_buffer_free(xch->arena, ARENA_PAGES);
	xch->arena = NULL;
}
