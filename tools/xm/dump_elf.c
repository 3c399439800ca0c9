/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The head of a core: ELF header, program headers (notes and memory by virtual and physical address, for gdb and crash),
 * notes with the processors' registers, and the sections of the format that the toolstacks of Xen use
 * (.note.Xen, .xen_prstatus, .xen_shared_info, .xen_p2m, .xen_pages). Both describe the same pages.
 */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/procfs.h>
#include <public/elfnote.h>
#include "dump.h"

#define CORE_MAGIC		0xf00febedULL	/* a PV guest */
#define FORMAT_VERSION		1ULL

/* Notes of owner "Xen". */
struct note_header {
	uint64_t magic, nr_vcpus, nr_pages, page_size;
};

struct note_version {
	uint64_t major, minor;
	xen_extraversion_t extra;
	struct xen_compile_info compile;
	xen_capabilities_info_t caps;
	xen_changeset_info_t changeset;
	uint64_t virt_start, page_size;
};

struct p2m_entry {
	uint64_t pfn, gmfn;
};

/* ---- a buffer that grows ---- */

struct buffer {
	char *p;
	size_t len, room;
	bool failed;
};

/* Place for @size bytes of zeros; its offset. */
static size_t reserve(struct buffer *b, size_t size)
{
	size_t at = b->len;

	if (b->len + size > b->room) {
		size_t more = (b->len + size) * 2;
		char *p = realloc(b->p, more);

		if (!p) {
			b->failed = true;
			return at;
		}
		b->p = p;
		b->room = more;
	}
	memset(b->p + b->len, 0, size);
	b->len += size;
	return at;
}

static size_t append(struct buffer *b, const void *data, size_t size)
{
	size_t at = reserve(b, size);

	if (!b->failed)
		memcpy(b->p + at, data, size);
	return at;
}

static void align(struct buffer *b, size_t to)
{
	reserve(b, (to - b->len % to) % to);
}

/* ---- notes ---- */

static void add_note(struct buffer *b, const char *owner, uint32_t type, const void *desc, size_t size)
{
	Elf64_Nhdr n = { strlen(owner) + 1, size, type };

	append(b, &n, sizeof(n));
	append(b, owner, n.n_namesz);
	align(b, 4);
	append(b, desc, size);
	align(b, 4);
}

static void fill_registers(const struct vcpu_guest_context *c, struct elf_prstatus *s)
{
	const struct cpu_user_regs *r = &c->user_regs;
	bool in_kernel = c->flags & VGCF_in_kernel;
	const unsigned long long regs[ELF_NGREG] = {
		r->r15, r->r14, r->r13, r->r12, r->rbp, r->rbx, r->r11, r->r10, r->r9, r->r8, r->rax, r->rcx,
		r->rdx, r->rsi, r->rdi, -1ULL, r->rip, r->cs, r->rflags, r->rsp, r->ss, c->fs_base,
		in_kernel ? c->gs_base_kernel : c->gs_base_user, r->ds, r->es, r->fs, r->gs,
	};

	memcpy(&s->pr_reg, regs, sizeof(regs));
}

/* One thread for each processor. */
static void add_threads(struct buffer *b, const struct dump_cpu *cpus, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		struct elf_prstatus s = { .pr_pid = cpus[i].id + 1 };

		fill_registers(&cpus[i].ctx, &s);
		add_note(b, "CORE", NT_PRSTATUS, &s, sizeof(s));
	}
}

static int add_xen_notes(struct xm *xm, struct buffer *b, uint64_t nr_vcpus, uint64_t nr_pages)
{
	const struct note_header head = { CORE_MAGIC, nr_vcpus, nr_pages, XC_PAGE_SIZE };
	const uint64_t format = FORMAT_VERSION;
	struct note_version note = { .page_size = XC_PAGE_SIZE };
	struct xc_version v;
	int rc = xc_version(xm->xc, &v);

	if (rc)
		return xm_fail(xm, rc, "%s", xc_last_error(xm->xc));
	note.major = v.major;
	note.minor = v.minor;
	memcpy(note.extra, v.extra, sizeof(note.extra));
	note.compile = v.compile;
	memcpy(note.caps, v.caps, sizeof(note.caps));
	memcpy(note.changeset, v.changeset, sizeof(note.changeset));
	note.virt_start = v.virt_start;
	add_note(b, "Xen", XEN_ELFNOTE_DUMPCORE_NONE, "", 0);
	add_note(b, "Xen", XEN_ELFNOTE_DUMPCORE_HEADER, &head, sizeof(head));
	add_note(b, "Xen", XEN_ELFNOTE_DUMPCORE_XEN_VERSION, &note, sizeof(note));
	add_note(b, "Xen", XEN_ELFNOTE_DUMPCORE_FORMAT_VERSION, &format, sizeof(format));
	return 0;
}

/* ---- sections ---- */

#define NR_SECTIONS	7
enum { S_NULL, S_NAMES, S_NOTE, S_PRSTATUS, S_SHARED, S_P2M, S_PAGES };

static const struct {
	const char *name;
	uint32_t type;
	uint64_t entry;
} sections[NR_SECTIONS] = {
	[S_NULL] = { "", SHT_NULL, 0 },
	[S_NAMES] = { ".shstrtab", SHT_STRTAB, 0 },
	[S_NOTE] = { ".note.Xen", SHT_NOTE, 0 },
	[S_PRSTATUS] = { ".xen_prstatus", SHT_PROGBITS, sizeof(struct vcpu_guest_context) },
	[S_SHARED] = { ".xen_shared_info", SHT_PROGBITS, XC_PAGE_SIZE },
	[S_P2M] = { ".xen_p2m", SHT_PROGBITS, sizeof(struct p2m_entry) },
	[S_PAGES] = { ".xen_pages", SHT_PROGBITS, XC_PAGE_SIZE },
};

static void begin(struct buffer *b, Elf64_Shdr *sh, int which)
{
	align(b, 8);
	sh[which].sh_offset = b->len;
}

static void end(const struct buffer *b, Elf64_Shdr *sh, int which)
{
	sh[which].sh_size = b->len - sh[which].sh_offset;
}

static void add_names(struct buffer *b, Elf64_Shdr *sh)
{
	begin(b, sh, S_NAMES);
	for (int i = 0; i < NR_SECTIONS; i++) {
		sh[i].sh_name = b->len - sh[S_NAMES].sh_offset;
		sh[i].sh_type = sections[i].type;
		sh[i].sh_entsize = sections[i].entry;
		sh[i].sh_addralign = i == S_NULL ? 0 : i == S_NOTE ? 4 : i == S_PAGES ? XC_PAGE_SIZE : 8;
		append(b, sections[i].name, strlen(sections[i].name) + 1);
	}
	end(b, sh, S_NAMES);
}

static void add_p2m(struct buffer *b, const struct dump_map *m)
{
	size_t at = reserve(b, m->nr_frames * sizeof(struct p2m_entry));

	for (size_t i = 0; !b->failed && i < m->nr_frames; i++) {
		const struct p2m_entry e = { m->frames[i].pfn, m->frames[i].mfn };

		memcpy(b->p + at + i * sizeof(e), &e, sizeof(e));
	}
}

/* ---- headers ---- */

/*
 * crash would take any core that has program headers for one of kdump's, whose page tables hold physical addresses, and fail at
 * this one's, which hold machine addresses. So it must not find them; then it goes on to the sections and reads those. It
 * looks at those that begin within what it reads of the file at first: ours come later (crash 8). Older ones look behind the
 * ELF header, without a look at e_phoff: there is a decoy, which asks for more header than there is file.
 */
struct decoy {
	Elf64_Phdr note, load;
};

#define READ_MAX	0x7ffff000ULL	/* most that one read() returns: asking for more fails as well */
#define PHDRS_FROM	(1 << 20)	/* where they begin, at least */

static void fill_decoy(char *at, uint64_t file_size)
{
	struct decoy d = { .load.p_offset = (file_size < READ_MAX ? file_size : READ_MAX) + 1 };

	memcpy(at, &d, sizeof(d));
}

static void fill_ehdr(char *at, unsigned int phdrs, uint64_t phdrs_at, uint64_t sections_at)
{
	Elf64_Ehdr e = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_CORE,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_phoff = phdrs_at,
		.e_shoff = sections_at,
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = phdrs,
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = NR_SECTIONS,
		.e_shstrndx = S_NAMES,
	};

	memcpy(at, &e, sizeof(e));
}

/* The notes, and each run of pages. */
static void fill_phdrs(char *at, const struct dump_map *m, uint64_t notes_at, uint64_t notes_size, uint64_t pages_at)
{
	Elf64_Phdr p = { .p_type = PT_NOTE, .p_offset = notes_at, .p_filesz = notes_size };

	memcpy(at, &p, sizeof(p));
	for (size_t i = 0; i < m->nr_runs; i++) {
		const struct dump_run *r = &m->runs[i];
		uint64_t bytes = r->n * XC_PAGE_SIZE;

		p = (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R | PF_W | PF_X, .p_vaddr = r->vaddr,
				  .p_paddr = m->frames[r->first].pfn * XC_PAGE_SIZE,
				  .p_offset = pages_at + r->first * XC_PAGE_SIZE,
				  .p_filesz = bytes, .p_memsz = bytes };
		memcpy(at + (i + 1) * sizeof(p), &p, sizeof(p));
	}
}

int dump_elf_head(struct xm *xm, const struct dump_map *m, const struct dump_cpu *cpus, unsigned int nr_cpus,
		  const void *shared_info, struct dump_head *h)
{
	Elf64_Shdr sh[NR_SECTIONS] = { { 0 } };
	size_t notes_at, notes_size, table, phdrs;
	struct buffer b = { .p = NULL };
	int rc;

	reserve(&b, sizeof(Elf64_Ehdr) + sizeof(struct decoy));
	notes_at = b.len;
	add_threads(&b, cpus, nr_cpus);
	notes_size = b.len - notes_at;
	begin(&b, sh, S_NOTE);
	rc = add_xen_notes(xm, &b, nr_cpus, m->nr_frames);
	end(&b, sh, S_NOTE);
	begin(&b, sh, S_PRSTATUS);
	for (unsigned int i = 0; i < nr_cpus; i++)
		append(&b, &cpus[i].ctx, sizeof(cpus[i].ctx));
	end(&b, sh, S_PRSTATUS);
	begin(&b, sh, S_SHARED);
	append(&b, shared_info, XC_PAGE_SIZE);
	end(&b, sh, S_SHARED);
	begin(&b, sh, S_P2M);
	add_p2m(&b, m);
	end(&b, sh, S_P2M);
	add_names(&b, sh);
	align(&b, 8);
	table = reserve(&b, sizeof(sh));
	if (b.len < PHDRS_FROM)
		reserve(&b, PHDRS_FROM - b.len);
	align(&b, 8);
	phdrs = reserve(&b, (m->nr_runs + 1) * sizeof(Elf64_Phdr));
	align(&b, XC_PAGE_SIZE);
	sh[S_PAGES].sh_offset = b.len;
	sh[S_PAGES].sh_size = m->nr_frames * XC_PAGE_SIZE;
	if (!rc && b.failed)
		rc = xm_fail(xm, -ENOMEM, "out of memory");
	if (rc) {
		free(b.p);
		return rc;
	}
	memcpy(b.p + table, sh, sizeof(sh));
	fill_ehdr(b.p, m->nr_runs + 1, phdrs, table);
	fill_decoy(b.p + sizeof(Elf64_Ehdr), b.len + m->nr_frames * XC_PAGE_SIZE);
	fill_phdrs(b.p + phdrs, m, notes_at, notes_size, b.len);
	*h = (struct dump_head){ b.p, b.len, b.len };
	return 0;
}
