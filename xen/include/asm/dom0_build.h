/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ASM_DOM0_BUILD_H
#define ASM_DOM0_BUILD_H

#include <xen/boot_info.h>

struct domain;

/* Memory, kernel, initrd (may be NULL), page tables, start_info and vcpu 0's registers of dom0. Boot only. -ENOEXEC, -ENOMEM, -EINVAL. */
int construct_dom0(struct domain *d, const struct boot_module *kernel, const struct boot_module *initrd, const char *cmdline);

/*
 * Unpack a kernel payload (gzip, xz, zstd, lz4, told by its first bytes) into fresh contiguous hypervisor memory. Interrupts get disabled.
 * -EINVAL unknown format, -EILSEQ broken data, -ENOMEM. *order is for free_xenheap_pages().
 */
int decompress_kernel(const void *in, size_t len, void **out, size_t *outlen, unsigned int *order);

#endif
