/* SPDX-License-Identifier: GPL-2.0-only */
/* The headers of a 64-bit ELF program (System V ABI, "Object Files"). */
#include <xen/elf.h>
#include <xen/errno.h>
#include <xen/string.h>

struct ehdr {
	u8 ident[16];
	u16 type, machine;
	u32 version;
	u64 entry, phoff, shoff;
	u32 flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct phdr {
	u32 type, flags;
	u64 offset, vaddr, paddr, filesz, memsz, align;
};

#define PT_LOAD		1
#define PT_NOTE		4
#define EM_X86_64	62

static int fail(const char **why, const char *text)
{
	*why = text;
	return -ENOEXEC;
}

static bool in_file(const struct elf_image *img, u64 offset, u64 len)
{
	return offset <= img->size && len <= img->size - offset;
}

static int add_segment(struct elf_image *img, const struct phdr *p, const char **why)
{
	struct elf_segment s = { p->vaddr, p->paddr, p->offset, p->filesz, p->memsz };
	u64 end;

	if (!in_file(img, s.offset, s.filesz))
		return fail(why, "a segment lies beyond the end of the file (truncated?)");
	if (p->type == PT_NOTE) {
		if (img->nr_note < ELF_MAX_SEGMENTS)
			img->note[img->nr_note++] = s;
		return 0;
	}
	if (s.filesz > s.memsz || __builtin_add_overflow(s.vaddr, s.memsz, &end) || __builtin_add_overflow(s.paddr, s.memsz, &end))
		return fail(why, "a segment's sizes make no sense");
	if (img->nr_load == ELF_MAX_SEGMENTS)
		return fail(why, "too many segments");
	img->load[img->nr_load++] = s;
	return 0;
}

int elf_parse(struct elf_image *img, const void *data, size_t size, const char **why)
{
	struct ehdr eh;

	memset(img, 0, sizeof(*img));
	img->data = data;
	img->size = size;
	if (size < sizeof(eh))
		return fail(why, "shorter than an ELF header");
	memcpy(&eh, data, sizeof(eh));
	if (memcmp(eh.ident, "\177ELF", 4))
		return fail(why, "not an ELF file");
	if (eh.ident[4] != 2 || eh.ident[5] != 1 || eh.machine != EM_X86_64)
		return fail(why, "not a 64-bit x86 ELF file");
	if (eh.phentsize != sizeof(struct phdr) || !in_file(img, eh.phoff, (u64)eh.phnum * sizeof(struct phdr)))
		return fail(why, "the program headers lie beyond the end of the file");
	img->entry = eh.entry;
	for (unsigned int i = 0; i < eh.phnum; i++) {
		struct phdr p;
		int rc;

		memcpy(&p, img->data + eh.phoff + i * sizeof(p), sizeof(p));
		if ((p.type != PT_LOAD || !p.memsz) && p.type != PT_NOTE)
			continue;
		rc = add_segment(img, &p, why);
		if (rc)
			return rc;
	}
	return img->nr_load ? 0 : fail(why, "nothing to load");
}
