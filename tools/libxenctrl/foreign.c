// SPDX-License-Identifier: GPL-2.0-only
/* Page tables of other domains, and mappings built on xc_map_foreign. */
#include <stdlib.h>

#include "xc_internal.h"

#define M2P_EXTENT_PAGES	512			/* 2 MiB of table */
#define M2P_PER_PAGE		(XC_PAGE_SIZE / sizeof(uint64_t))

void *xc_map_foreign_range(xc_interface *xch, uint16_t domid, int prot, size_t n, xen_pfn_t first)
{
	xen_pfn_t *frames = malloc(n * sizeof(*frames));
	void *addr;

	if (!frames)
		return NULL;
	for (size_t i = 0; i < n; i++)
		frames[i] = first + i;
	addr = xc_map_foreign(xch, domid, prot, n, frames, NULL);
	free(frames);
	return addr;
}

int xc_mmuext_op(xc_interface *xch, uint16_t domid, struct mmuext_op *ops, unsigned int n)
{
	struct mmuext_op *b = bounce_in(xch, ops, n * sizeof(*ops));
	long rc = b ? hypercall(xch, __HYPERVISOR_mmuext_op, ARG_PTR(b), n, 0, domid) : -ENOMEM;

	bounce_end(xch);
	return rc < 0 ? fail_dom(xch, rc, "working on page tables", domid) : 0;
}

int xc_mmuext_pin(xc_interface *xch, uint16_t domid, unsigned int cmd, xen_pfn_t mfn)
{
	struct mmuext_op op = { .cmd = cmd, .arg1.mfn = mfn };

	return xc_mmuext_op(xch, domid, &op, 1);
}

int xc_mmu_update(xc_interface *xch, uint16_t domid, const struct mmu_update *req, unsigned int n)
{
	struct mmu_update *b = bounce_in(xch, req, n * sizeof(*req));
	long rc = b ? hypercall(xch, __HYPERVISOR_mmu_update, ARG_PTR(b), n, 0, domid) : -ENOMEM;

	bounce_end(xch);
	return rc < 0 ? fail_dom(xch, rc, "updating page tables", domid) : 0;
}

/* The table is published as the first mfn of each 2 MiB piece of it. */
static xen_pfn_t *m2p_frames(xc_interface *xch, unsigned int extents, int *got)
{
	xen_pfn_t *list = calloc(extents, sizeof(*list));
	xen_pfn_t *frames = NULL;

	if (!list)
		return NULL;
	*got = xc_machphys_mfn_list(xch, extents, list);
	if (*got > 0)
		frames = malloc((size_t)*got * M2P_EXTENT_PAGES * sizeof(*frames));
	for (size_t i = 0; frames && i < (size_t)*got * M2P_EXTENT_PAGES; i++)
		frames[i] = list[i / M2P_EXTENT_PAGES] + i % M2P_EXTENT_PAGES;
	free(list);
	return frames;
}

const uint64_t *xc_map_m2p(xc_interface *xch, unsigned long *entries)
{
	const unsigned long per_extent = M2P_EXTENT_PAGES * M2P_PER_PAGE;
	long max = xc_maximum_ram_page(xch);
	xen_pfn_t *frames;
	const uint64_t *m2p;
	int got = 0;

	if (max < 0)
		return NULL;
	frames = m2p_frames(xch, (max + per_extent) / per_extent, &got);
	if (!frames)
		return NULL;
	m2p = xc_map_foreign(xch, DOMID_XEN, PROT_READ, (size_t)got * M2P_EXTENT_PAGES, frames, NULL);
	free(frames);
	if (m2p)
		*entries = got * per_extent;
	return m2p;
}

void xc_unmap_m2p(const uint64_t *m2p, unsigned long entries)
{
	if (m2p)
		xc_unmap_foreign((void *)m2p, entries / M2P_PER_PAGE);
}
