/* SPDX-License-Identifier: MIT */
/* ELF notes named "Xen" by which a kernel tells how it wants to be loaded. Numbers are words of the guest. */
#ifndef XEN_PUBLIC_ELFNOTE_H
#define XEN_PUBLIC_ELFNOTE_H

#define XEN_ELFNOTE_INFO			0	/* free text */
#define XEN_ELFNOTE_ENTRY			1	/* virtual address of the first instruction */
#define XEN_ELFNOTE_HYPERCALL_PAGE		2	/* virtual address of a page for hypercall stubs */
#define XEN_ELFNOTE_VIRT_BASE			3	/* virtual address of pseudo-physical 0 */
#define XEN_ELFNOTE_PADDR_OFFSET		4	/* what the ELF file's addresses have in common */
#define XEN_ELFNOTE_XEN_VERSION			5	/* "xen-3.0" */
#define XEN_ELFNOTE_GUEST_OS			6	/* text */
#define XEN_ELFNOTE_GUEST_VERSION		7	/* text */
#define XEN_ELFNOTE_LOADER			8	/* "generic" */
#define XEN_ELFNOTE_PAE_MODE			9	/* "yes" or "bimodal" */
#define XEN_ELFNOTE_FEATURES			10	/* names with |, required ones with ! */
#define XEN_ELFNOTE_BSD_SYMTAB			11	/* load the symbol table behind the kernel */
#define XEN_ELFNOTE_HV_START_LOW		12	/* lowest address the hypervisor may take */
/* pairs of mask and value: what a present L1 entry looks like */
#define XEN_ELFNOTE_L1_MFN_VALID		13
#define XEN_ELFNOTE_SUSPEND_CANCEL		14	/* 1: a suspend may return as cancelled */
#define XEN_ELFNOTE_INIT_P2M			15	/* virtual address for the phys-to-machine table */
#define XEN_ELFNOTE_MOD_START_PFN		16	/* 1: start_info.mod_start may be a frame number */
#define XEN_ELFNOTE_SUPPORTED_FEATURES		17	/* a word of XENFEAT_ bits */
#define XEN_ELFNOTE_PHYS32_ENTRY		18	/* physical address of a PVH entry */
#define XEN_ELFNOTE_MAX				XEN_ELFNOTE_PHYS32_ENTRY

/* Of crash images and of dumps made by the toolstack. */
#define XEN_ELFNOTE_CRASH_INFO			0x1000001
#define XEN_ELFNOTE_CRASH_REGS			0x1000002
#define XEN_ELFNOTE_DUMPCORE_NONE		0x2000000
#define XEN_ELFNOTE_DUMPCORE_HEADER		0x2000001
#define XEN_ELFNOTE_DUMPCORE_XEN_VERSION	0x2000002
#define XEN_ELFNOTE_DUMPCORE_FORMAT_VERSION	0x2000003
#endif
