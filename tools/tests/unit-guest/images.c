// SPDX-License-Identifier: GPL-2.0-only
/* Made-up kernels: small ELF files with notes in either form, packed in any way, in a bzImage. */
#include <bzlib.h>
#include <elf.h>
#include <lz4.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <public/elfnote.h>

#include "test.h"

const char *const all_formats[7] = { "ELF", "gzip", "xz", "lzma", "lz4", "zstd", "bzip2" };

#define FILE_SIZE	0x10000UL
#define TEXT_OFF	0x1000UL
#define DATA_OFF	0x7000UL
#define NOTE_OFF	0xa000UL
#define SECTIONS_OFF	0xc000UL
#define NAMES_OFF	0xd000UL
#define LEGACY_OFF	0xe000UL

static uint8_t text_byte(size_t i)
{
	return i * 7 + (i >> 8);
}

static size_t add_note(uint8_t *p, uint32_t type, const void *desc, uint32_t len)
{
	Elf64_Nhdr h = { 4, len, type };

	memcpy(p, &h, sizeof(h));
	memcpy(p + sizeof(h), "Xen", 4);
	memcpy(p + sizeof(h) + 4, desc, len);
	return sizeof(h) + 4 + align_up(len, 4);
}

static size_t add_number(uint8_t *p, uint32_t type, uint64_t v)
{
	return add_note(p, type, &v, sizeof(v));
}

static size_t write_notes(uint8_t *p, const struct recipe *r)
{
	const uint32_t one = 1;
	uint8_t *start = p;

	p += add_note(p, XEN_ELFNOTE_GUEST_OS, "test", 5);
	p += add_note(p, XEN_ELFNOTE_XEN_VERSION, "xen-3.0", 8);
	p += add_note(p, XEN_ELFNOTE_LOADER, "generic", 8);
	p += add_note(p, XEN_ELFNOTE_FEATURES, "!writable_page_tables|pae_pgdir_above_4gb", 42);
	p += add_number(p, XEN_ELFNOTE_VIRT_BASE, VIRT_BASE);
	p += add_number(p, XEN_ELFNOTE_ENTRY, VIRT_BASE + TEXT_PA + 0x10);
	p += add_number(p, XEN_ELFNOTE_INIT_P2M, INIT_P2M);
	p += add_note(p, XEN_ELFNOTE_MOD_START_PFN, &one, sizeof(one));
	if (r->paddr_offset)
		p += add_number(p, XEN_ELFNOTE_PADDR_OFFSET, r->paddr_offset);
	if (r->hypercall_page)
		p += add_number(p, XEN_ELFNOTE_HYPERCALL_PAGE, r->hypercall_page);
	return p - start;
}

static void put_sections(uint8_t *file, const struct recipe *r, size_t note_len)
{
	static const char names[] = "\0.shstrtab\0.note\0__xen_guest";
	static const char legacy[] =
		"GUEST_OS=test,GUEST_VER=1,XEN_VER=xen-3.0,VIRT_BASE=0xffffffff80000000,"
		"VIRT_ENTRY=0xffffffff80100010,HYPERCALL_PAGE=0x101,PAE=yes,LOADER=generic";
	Elf64_Shdr s[4] = { 0 };
	unsigned int n = 2;

	memcpy(file + NAMES_OFF, names, sizeof(names));
	s[1] = (Elf64_Shdr){
		.sh_name = 1, .sh_type = SHT_STRTAB, .sh_offset = NAMES_OFF, .sh_size = sizeof(names)
	};
	if (r->note_section)
		s[n++] = (Elf64_Shdr){
			.sh_name = 11, .sh_type = SHT_NOTE, .sh_offset = NOTE_OFF, .sh_size = note_len
		};
	if (r->legacy) {
		memcpy(file + LEGACY_OFF, legacy, sizeof(legacy));
		s[n++] = (Elf64_Shdr){ .sh_name = 17, .sh_type = SHT_PROGBITS, .sh_offset = LEGACY_OFF,
				       .sh_size = sizeof(legacy) };
	}
	memcpy(file + SECTIONS_OFF, s, n * sizeof(s[0]));
	((Elf64_Ehdr *)file)->e_shoff = SECTIONS_OFF;
	((Elf64_Ehdr *)file)->e_shentsize = sizeof(s[0]);
	((Elf64_Ehdr *)file)->e_shnum = n;
	((Elf64_Ehdr *)file)->e_shstrndx = 1;
}

struct blob make_elf(const struct recipe *r)
{
	struct blob b = { calloc(1, FILE_SIZE), FILE_SIZE };
	Elf64_Ehdr *h = (Elf64_Ehdr *)b.p;
	Elf64_Phdr *ph = (Elf64_Phdr *)(b.p + sizeof(*h));
	size_t note_len = r->note_segment || r->note_section ? write_notes(b.p + NOTE_OFF, r) : 0;

	memcpy(h->e_ident, ELFMAG, SELFMAG);
	h->e_ident[EI_CLASS] = ELFCLASS64;
	h->e_ident[EI_DATA] = ELFDATA2LSB;
	h->e_ident[EI_VERSION] = 1;
	h->e_type = ET_EXEC;
	h->e_machine = EM_X86_64;
	h->e_entry = VIRT_BASE + TEXT_PA;
	h->e_phoff = sizeof(*h);
	h->e_phentsize = sizeof(*ph);
	h->e_phnum = r->note_segment ? 3 : 2;
	ph[0] = (Elf64_Phdr){ PT_LOAD, PF_R | PF_X, TEXT_OFF, VIRT_BASE + TEXT_PA, TEXT_PA + r->paddr_offset,
			      TEXT_SIZE, TEXT_SIZE, 0x1000 };
	ph[1] = (Elf64_Phdr){ PT_LOAD, PF_R | PF_W, DATA_OFF, VIRT_BASE + DATA_PA, DATA_PA + r->paddr_offset,
			      DATA_SIZE, DATA_MEMSZ, 0x1000 };
	if (r->note_segment)
		ph[2] = (Elf64_Phdr){ PT_NOTE, PF_R, NOTE_OFF, 0, 0, note_len, note_len, 4 };
	for (size_t i = 0; i < TEXT_SIZE; i++)
		b.p[TEXT_OFF + i] = text_byte(i);
	memset(b.p + DATA_OFF, 0xda, DATA_SIZE);
	put_sections(b.p, r, note_len);
	return b;
}

bool arena_is_right(const struct arena *a)
{
	bool right = true;

	for (size_t i = 0; i < TEXT_SIZE; i++)
		right &= a->p[TEXT_PA + i] == text_byte(i);
	for (size_t i = 0; i < DATA_SIZE; i++)
		right &= a->p[DATA_PA + i] == 0xda;
	for (size_t i = DATA_SIZE; i < DATA_MEMSZ; i++)
		right &= a->p[DATA_PA + i] == 0;
	/* Nothing else was touched. */
	return right && a->p[TEXT_PA - 1] == 0xee && a->p[TEXT_PA + TEXT_SIZE] == 0xee &&
	       a->p[DATA_PA - 1] == 0xee && a->p[DATA_PA + DATA_MEMSZ] == 0xee;
}

static size_t pack_gzip(const struct blob *in, uint8_t *out, size_t room)
{
	z_stream z = { 0 };

	deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
	z.next_in = in->p;
	z.avail_in = in->len;
	z.next_out = out;
	z.avail_out = room;
	deflate(&z, Z_FINISH);
	deflateEnd(&z);
	return z.total_out;
}

/* As kernels are packed: the x86 filter, LZMA2, CRC32. */
static size_t pack_xz(const struct blob *in, uint8_t *out, size_t room)
{
	lzma_options_lzma o;
	lzma_filter f[] = { { LZMA_FILTER_X86, NULL },
			    { LZMA_FILTER_LZMA2, &o },
			    { LZMA_VLI_UNKNOWN, NULL } };
	size_t n = 0;

	lzma_lzma_preset(&o, 6);
	CHECK(lzma_stream_buffer_encode(f, LZMA_CHECK_CRC32, NULL, in->p, in->len, out, &n, room) == LZMA_OK);
	return n;
}

static size_t pack_lzma(const struct blob *in, uint8_t *out, size_t room)
{
	lzma_stream z = LZMA_STREAM_INIT;
	lzma_options_lzma o;

	lzma_lzma_preset(&o, 6);
	CHECK(lzma_alone_encoder(&z, &o) == LZMA_OK);
	z.next_in = in->p;
	z.avail_in = in->len;
	z.next_out = out;
	z.avail_out = room;
	CHECK(lzma_code(&z, LZMA_FINISH) == LZMA_STREAM_END);
	lzma_end(&z);
	return z.total_out;
}

static size_t pack_lz4(const struct blob *in, uint8_t *out, size_t room)
{
	const uint32_t magic = LZ4_LEGACY_MAGIC;
	uint32_t len = LZ4_compress_default((char *)in->p, (char *)out + 8, in->len, room - 8);

	memcpy(out, &magic, 4);
	memcpy(out + 4, &len, 4);
	return 8 + len;
}

static size_t pack_bzip2(const struct blob *in, uint8_t *out, size_t room)
{
	unsigned int n = room;

	CHECK(BZ2_bzBuffToBuffCompress((char *)out, &n, (char *)in->p, in->len, 9, 0, 0) == BZ_OK);
	return n;
}

struct blob pack(const char *format, const struct blob *in)
{
	size_t room = 2 * in->len + 4096;
	struct blob b = { malloc(room), 0 };

	if (!strcmp(format, "gzip"))
		b.len = pack_gzip(in, b.p, room);
	else if (!strcmp(format, "xz"))
		b.len = pack_xz(in, b.p, room);
	else if (!strcmp(format, "lzma"))
		b.len = pack_lzma(in, b.p, room);
	else if (!strcmp(format, "lz4"))
		b.len = pack_lz4(in, b.p, room);
	else if (!strcmp(format, "zstd"))
		b.len = ZSTD_compress(b.p, room, in->p, in->len, 3);
	else if (!strcmp(format, "bzip2"))
		b.len = pack_bzip2(in, b.p, room);
	else
		memcpy(b.p, in->p, b.len = in->len);
	return b;
}

/*
 * Two sectors of set-up code, then some bytes of loader, then the payload with its size, as Linux appends it.
 */
struct blob make_bzimage(const struct blob *payload)
{
	const size_t setup = 3 * 512, gap = 100, total = setup + gap + payload->len + 4;
	struct blob b = { calloc(1, total), total };
	const uint32_t off = gap, len = payload->len + 4, size = FILE_SIZE;

	b.p[0x1f1] = 2;
	memcpy(b.p + 0x1fe, "\x55\xaaxxHdrS\x0f\x02", 10);
	memcpy(b.p + 0x248, &off, 4);
	memcpy(b.p + 0x24c, &len, 4);
	memcpy(b.p + setup + gap, payload->p, payload->len);
	memcpy(b.p + total - 4, &size, 4);
	return b;
}

void drop(struct blob *b)
{
	free(b->p);
	b->p = NULL;
}
