/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of the frame allocator. */
#ifndef MEM_INTERNAL_H
#define MEM_INTERNAL_H

#include <xen/mm.h>

/* Give the frames [start, end) to the buddy allocator: at boot, or boot-only parts of the image. */
void heap_add_frames(unsigned long start, unsigned long end);
/* 2^order frames, nobody's, scrubbed unless MEMF_no_scrub; no TLB knows them. d: whose claim pays, may be NULL. NULL: none. */
struct page_info *heap_alloc(const struct domain *d, unsigned int order, unsigned int memflags);
/* Back to the free lists; flush: TLBs may hold mappings of these frames. */
void heap_free(struct page_info *pg, unsigned int order, bool flush);

#endif
