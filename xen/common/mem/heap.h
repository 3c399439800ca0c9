/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the boot allocator and the heap. */
#ifndef MEM_HEAP_H
#define MEM_HEAP_H

#include <xen/types.h>

void heap_add_range(u64 first_mfn, u64 end_mfn);

#endif
