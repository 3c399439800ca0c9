// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loads an ELF64 kernel from a stream: nothing is kept but the headers and the note segment, each segment's
 * bytes go to the guest as they come by. Where a segment belongs depends on a note that comes after it; so
 * the usual answer (offset 0) is assumed, and kernel.c starts again in the rare case that the note says
 * otherwise.
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "xg_internal.h"

void elf_begin(struct xg_elf *elf, const struct xg_target *target, uint64_t paddr_offset)
{
	memset(elf, 0, sizeof(*elf));
	elf->target = target;
	elf->paddr_offset = paddr_offset;
	elf->pa_start = UNSET;
	notes_init(&elf->notes);
}

void elf_end(struct xg_elf *elf)
{
	free(elf->note);
	elf->note = NULL;
}

static int check_header(const Elf64_Ehdr *h, struct xg_err *err)
{
	if (memcmp(h->e_ident, ELFMAG, SELFMAG))
		return xg_fail(err, -ENOEXEC, "the kernel's payload is not an ELF file");
	if (h->e_ident[EI_CLASS] == ELFCLASS32)
		return xg_fail(err, -ENOEXEC, "32-bit kernels cannot be loaded, only 64-bit ones");
	if (h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_ident[EI_DATA] != ELFDATA2LSB ||
	    h->e_machine != EM_X86_64)
		return xg_fail(err, -ENOEXEC, "the kernel is for another kind of machine (ELF machine %u)",
			       h->e_machine);
	if (h->e_type != ET_EXEC && h->e_type != ET_DYN)
		return xg_fail(err, -ENOEXEC, "not an executable ELF file (type %u)", h->e_type);
	if (h->e_phentsize != sizeof(Elf64_Phdr) || !h->e_phnum || h->e_phnum > ELF_MAX_SEGMENTS)
		return xg_fail(err, -ENOEXEC, "the kernel has %u program headers of %u bytes", h->e_phnum,
			       h->e_phentsize);
	if (h->e_phoff > ELF_HEAD_SIZE - h->e_phnum * sizeof(Elf64_Phdr))
		return xg_fail(err, -ENOEXEC,
			       "the kernel's program headers are not at the start of the file");
	return 0;
}

static void note_need(struct xg_elf *elf, uint64_t end)
{
	if (end > elf->need)
		elf->need = end;
}

static int add_segment(struct xg_elf *elf, const Elf64_Phdr *p, struct xg_err *err)
{
	struct xg_segment s = { p->p_offset, p->p_filesz, p->p_paddr - elf->paddr_offset, p->p_memsz };

	if (s.filesz > s.memsz || s.off > MAX_IMAGE || s.memsz > MAX_IMAGE)
		return xg_fail(err, -ENOEXEC,
			       "the kernel has an impossible segment (offset %#llx, size %#llx of %#llx)",
			       (unsigned long long)s.off, (unsigned long long)s.filesz,
			       (unsigned long long)s.memsz);
	if (!s.memsz)
		return 0;
	note_need(elf, s.off + s.filesz);
	if (s.pa > elf->target->size || s.memsz > elf->target->size - s.pa)
		elf->misplaced = true;
	if (s.pa < elf->pa_start)
		elf->pa_start = s.pa;
	if (s.pa + s.memsz > elf->pa_end || s.pa + s.memsz < s.pa)
		elf->pa_end = s.pa + s.memsz < s.pa ? UNSET : s.pa + s.memsz;
	elf->seg[elf->nr_segments++] = s;
	return 0;
}

static int add_note(struct xg_elf *elf, const Elf64_Phdr *p, struct xg_err *err)
{
	/* A kernel has one; a second and an empty or enormous one are of no use. */
	if (elf->note || !p->p_filesz || p->p_filesz > ELF_MAX_NOTES || p->p_offset > MAX_IMAGE)
		return 0;
	elf->note = calloc(1, p->p_filesz);
	if (!elf->note)
		return xg_fail(err, -ENOMEM, "out of memory");
	elf->note_off = p->p_offset;
	elf->note_len = p->p_filesz;
	note_need(elf, p->p_offset + p->p_filesz);
	return 0;
}

/*
 * What lies behind a segment's file part is zero; done first, since another segment's bytes may come to lie
 * there.
 */
static int clear_tails(struct xg_elf *elf, struct xg_err *err)
{
	const struct xg_target *t = elf->target;
	int rc = 0;

	for (unsigned int i = 0; i < elf->nr_segments && !rc; i++) {
		const struct xg_segment *s = &elf->seg[i];

		if (s->memsz > s->filesz)
			rc = t->zero(t->ctx, s->pa + s->filesz, s->memsz - s->filesz, err);
	}
	return rc;
}

static int parse_headers(struct xg_elf *elf, struct xg_err *err)
{
	Elf64_Ehdr h;
	Elf64_Phdr p;
	int rc;

	memcpy(&h, elf->head, sizeof(h));
	elf->entry = h.e_entry;
	for (unsigned int i = 0; i < h.e_phnum; i++) {
		memcpy(&p, elf->head + h.e_phoff + i * sizeof(p), sizeof(p));
		rc = 0;
		if (p.p_type == PT_LOAD)
			rc = add_segment(elf, &p, err);
		else if (p.p_type == PT_NOTE)
			rc = add_note(elf, &p, err);
		if (rc)
			return rc;
	}
	if (!elf->nr_segments)
		return xg_fail(err, -ENOEXEC, "the kernel has nothing to load");
	elf->parsed = true;
	return elf->misplaced ? 0 : clear_tails(elf, err);
}

/* Gathers the start of the stream until the program headers are there; `more` says that they are not. */
static int gather_head(struct xg_elf *elf, const uint8_t *p, size_t n, bool *more, struct xg_err *err)
{
	size_t room = ELF_HEAD_SIZE - elf->head_len;
	Elf64_Ehdr h;
	int rc;

	n = n < room ? n : room;
	memcpy(elf->head + elf->head_len, p, n);
	elf->head_len += n;
	*more = true;
	if (elf->head_len < sizeof(h))
		return 0;
	memcpy(&h, elf->head, sizeof(h));
	rc = check_header(&h, err);
	if (!rc)
		*more = elf->head_len < h.e_phoff + h.e_phnum * sizeof(Elf64_Phdr);
	return rc;
}

/* The part of [pos, pos + n) that lies in [off, off + len): its start relative to p, and its size. */
static size_t overlap(uint64_t pos, size_t n, uint64_t off, uint64_t len, size_t *start)
{
	uint64_t from = pos > off ? pos : off;
	uint64_t to = pos + n < off + len ? pos + n : off + len;

	*start = from - pos;
	return to > from ? to - from : 0;
}

/* pos is where p lies in the file. */
static int distribute(struct xg_elf *elf, uint64_t pos, const uint8_t *p, size_t n, struct xg_err *err)
{
	const struct xg_target *t = elf->target;
	size_t start, len;
	int rc = 0;

	len = overlap(pos, n, elf->note_off, elf->note_len, &start);
	if (len)
		memcpy(elf->note + (pos + start - elf->note_off), p + start, len);
	for (unsigned int i = 0; i < elf->nr_segments && !elf->misplaced && !rc; i++) {
		const struct xg_segment *s = &elf->seg[i];

		len = overlap(pos, n, s->off, s->filesz, &start);
		if (len)
			rc = t->write(t->ctx, s->pa + (pos + start - s->off), p + start, len, err);
	}
	return rc;
}

int elf_feed(void *ctx, const uint8_t *p, size_t n, struct xg_err *err)
{
	struct xg_elf *elf = ctx;
	uint64_t pos = elf->pos;
	bool more;
	int rc;

	elf->pos += n;
	if (elf->parsed)
		return distribute(elf, pos, p, n, err);
	rc = gather_head(elf, p, n, &more, err);
	if (rc || more)
		return rc;
	rc = parse_headers(elf, err);
	/* What was gathered before this piece, then the piece itself. */
	if (!rc && pos)
		rc = distribute(elf, 0, elf->head, pos, err);
	return rc ? rc : distribute(elf, pos, p, n, err);
}

/* Bytes of the file to guest memory, piece by piece as it is mapped. */
static int read_piece(const struct xg_target *t, struct xg_input *in, uint64_t off, uint64_t pa, uint64_t len,
		      struct xg_err *err)
{
	int rc = 0;

	while (!rc && len) {
		uint64_t n = len;
		uint8_t *p;

		rc = t->window(t->ctx, pa, &n, &p, err);
		if (!rc)
			rc = input_pread(in, p, n, off, err);
		off += n;
		pa += n;
		len -= n;
	}
	return rc;
}

/* The cache's files have holes where there are pages of zeros. */
static int read_segment(const struct xg_target *t, struct xg_input *in, const struct xg_segment *s,
			struct xg_err *err)
{
	uint64_t done = 0, n;
	bool hole;
	int rc = 0;

	for (; !rc && done < s->filesz; done += n) {
		n = input_run(in, s->off + done, s->filesz - done, &hole);
		if (hole)
			rc = t->zero(t->ctx, s->pa + done, n, err);
		else
			rc = read_piece(t, in, s->off + done, s->pa + done, n, err);
	}
	return rc;
}

int elf_read(struct xg_elf *elf, struct xg_input *in, struct xg_err *err)
{
	size_t n = in->size < ELF_HEAD_SIZE ? in->size : ELF_HEAD_SIZE;
	uint8_t head[ELF_HEAD_SIZE];
	bool more = true;
	int rc = input_pread(in, head, n, 0, err);

	if (!rc)
		rc = gather_head(elf, head, n, &more, err);
	if (!rc && !more)
		rc = parse_headers(elf, err);
	/* elf_finish() tells what is missing of a file that is too short. */
	elf->pos = in->size;
	if (rc || more || elf->pos < elf->need)
		return rc;
	if (elf->note)
		rc = input_pread(in, elf->note, elf->note_len, elf->note_off, err);
	for (unsigned int i = 0; !rc && !elf->misplaced && i < elf->nr_segments; i++)
		rc = read_segment(elf->target, in, &elf->seg[i], err);
	return rc;
}

int elf_finish(struct xg_elf *elf, struct xg_err *err)
{
	if (!elf->parsed || elf->pos < elf->need)
		return xg_fail(err, -ENOEXEC, "the kernel is truncated: %llu of at least %llu unpacked bytes",
			       (unsigned long long)elf->pos,
			       (unsigned long long)(elf->parsed ? elf->need : sizeof(Elf64_Ehdr)));
	if (elf->note)
		notes_parse(&elf->notes, elf->note, elf->note_len);
	return 0;
}

static bool in_image(uint64_t off, uint64_t len, size_t size)
{
	return off <= size && len <= size - off;
}

static void one_section(struct xg_notes *notes, const uint8_t *image, size_t size, const Elf64_Shdr *s,
			const Elf64_Shdr *names)
{
	static const char legacy[] = "__xen_guest";

	if (!in_image(s->sh_offset, s->sh_size, size))
		return;
	if (s->sh_type == SHT_NOTE) {
		notes_parse(notes, image + s->sh_offset, s->sh_size);
		return;
	}
	if (s->sh_type == SHT_NOBITS || s->sh_name > names->sh_size ||
	    names->sh_size - s->sh_name < sizeof(legacy))
		return;
	if (!memcmp(image + names->sh_offset + s->sh_name, legacy, sizeof(legacy)))
		notes_parse_legacy(notes, (const char *)image + s->sh_offset, s->sh_size);
}

void elf_notes_from_sections(struct xg_notes *notes, const uint8_t *image, size_t size)
{
	Elf64_Ehdr h;
	Elf64_Shdr names, s;

	if (size < sizeof(h))
		return;
	memcpy(&h, image, sizeof(h));
	if (h.e_shentsize != sizeof(s) || h.e_shstrndx >= h.e_shnum ||
	    !in_image(h.e_shoff, (uint64_t)h.e_shnum * sizeof(s), size))
		return;
	memcpy(&names, image + h.e_shoff + h.e_shstrndx * sizeof(s), sizeof(s));
	if (!in_image(names.sh_offset, names.sh_size, size))
		return;
	for (unsigned int i = 0; i < h.e_shnum && !notes->found; i++) {
		memcpy(&s, image + h.e_shoff + i * sizeof(s), sizeof(s));
		one_section(notes, image, size, &s, &names);
	}
}
