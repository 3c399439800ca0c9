/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libxenguest: builds the memory and the first vcpu of a paravirtualized guest.
 *
 * The caller has made the domain (xc_domain_create, xc_domain_max_vcpus, xc_domain_max_mem_kb), calls
 * xg_build_pv, writes the store entries, tells xenstored and xenconsoled about it and unpauses it. When
 * xg_build_pv fails nothing but the domain itself is left behind: the caller destroys that.
 */
#ifndef XENGUEST_H
#define XENGUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xenctrl.h>

struct xg_build {
	/* in: what to load. Paths, or memory when the path is NULL. */
	const char *kernel_path;
	const void *kernel_data;
	size_t kernel_size;
	const char *ramdisk_path;		/* NULL: no ramdisk */
	const char *cmdline;			/* NULL: empty; at most MAX_GUEST_CMDLINE - 1 bytes */
	const char *cache_dir;			/* where unpacked kernels are kept; NULL: no cache */

	/* in: the domain. */
	uint16_t domid;
	uint64_t mem_mib;			/* memory at start */
	uint64_t max_mem_mib;			/* 0: the same; size of the memory map the guest sees */
	unsigned int max_vcpus;
	uint16_t store_domid, console_domid;	/* who serves the rings, usually 0 */
	uint32_t store_port, console_port;	/* 0: allocated here */

	/* out */
	xen_pfn_t store_mfn, console_mfn;
	char guest_os[32];			/* GUEST_OS note, or "" */
	char error[256];			/* one line, on failure */
};

/*
 * Loads the kernel, populates and fills the domain's memory, sets vcpu 0. Returns 0 or -errno with bg->error
 * set. -ENOEXEC: not a kernel that can run here; -ENOMEM: too little memory, in the machine or for this
 * kernel.
 */
int xg_build_pv(xc_interface *xch, struct xg_build *bg);

/*
 * Tries without a domain what xg_build_pv() does first: unpacks the kernel, and plans where it, the ramdisk and the rest
 * lie in the memory. Fills *summary with one line of text ("linux 2.6, xz bzImage, entry ..."), or returns -errno and
 * one line of error in it. No privileges needed.
 */
int xg_inspect_kernel(const struct xg_build *bg, char *summary, size_t size);

/*
 * Looks whether the file may be a kernel, without unpacking it: an ELF file that can run here, or something packed in a
 * known way. 0, or -errno and one line of error in *why.
 */
int xg_probe_kernel(const char *path, char *why, size_t size);

/*
 * Unpacks a kernel into the cache ahead of time; the entry lasts over boots. No domain needed. 0; 1 when it is
 * there already or needs no unpacking; or -errno and one line of error in *why.
 */
int xg_keep_kernel(const char *path, const char *cache_dir, char *why, size_t size);

#endif /* XENGUEST_H */
