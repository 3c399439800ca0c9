/* SPDX-License-Identifier: GPL-2.0-only */
/* 64-bit ELF kernels and the Xen notes in them (public/elfnote.h). Nothing of a file is believed before it was bounds-checked. */
#ifndef XEN_ELF_H
#define XEN_ELF_H

#include <xen/types.h>

#define ELF_MAX_SEGMENTS	32

struct elf_segment {
	u64 vaddr, paddr;
	u64 offset, filesz, memsz;	/* offset + filesz lies in the file, filesz <= memsz */
};

struct elf_image {
	const u8 *data;
	size_t size;
	u64 entry;
	unsigned int nr_load, nr_note;
	struct elf_segment load[ELF_MAX_SEGMENTS];
	struct elf_segment note[ELF_MAX_SEGMENTS];
};

/* 0; -ENOEXEC: not a 64-bit x86 ELF program or broken; *why says what. */
int elf_parse(struct elf_image *img, const void *data, size_t size, const char **why);

#define UNSET_ADDR	(~0ULL)

struct xen_elf_notes {
	bool found;			/* any Xen note at all */
	char guest_os[16], guest_ver[16], xen_ver[16];
	u64 virt_base, virt_entry, virt_hypercall, init_p2m, paddr_offset;
	bool mod_start_pfn;
	bool pae;
	bool requires_dom0;
	u64 supported;			/* bits of XENFEAT_* it can live with; bit 11: as dom0 */
};

/* Read the notes of all PT_NOTE segments. Unset addresses are UNSET_ADDR. */
void elf_xen_notes(const struct elf_image *img, struct xen_elf_notes *n);

#endif
