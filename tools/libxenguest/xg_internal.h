/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of libxenguest: the steps from a kernel file to a guest, each with its contract. */
#ifndef XG_INTERNAL_H
#define XG_INTERNAL_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_SIZE	4096UL
#define PAGE_SHIFT	12
#define PAGES(bytes)	(((bytes) + PAGE_SIZE - 1) >> PAGE_SHIFT)
#define MIB		(1UL << 20)
#define UNSET		(~0ULL)
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* No kernel that this library knows needs more than this unpacked. */
#define MAX_IMAGE	(1024 * MIB)

/* One line of error text; the functions below fill it in and return a negative errno. */
struct xg_err {
	char text[256];
};
int xg_fail(struct xg_err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static inline uint64_t align_up(uint64_t x, uint64_t to)
{
	return (x + to - 1) & ~(to - 1);
}

/* ---- input.c: a file or a piece of memory, read in pieces ---- */

struct xg_input {
	int fd;				/* -1: mem */
	const uint8_t *mem;
	uint8_t *buf;
	uint64_t size;			/* of the whole */
	uint64_t pos, end;		/* what input_next() has still to give */
	const char *name;		/* for error texts */
};

int input_open(struct xg_input *in, const char *path, struct xg_err *err);
/* Takes over fd, even on failure. */
int input_from_fd(struct xg_input *in, int fd, const char *name, struct xg_err *err);
int input_from_memory(struct xg_input *in, const void *mem, size_t size, struct xg_err *err);
void input_close(struct xg_input *in);
int input_pread(struct xg_input *in, void *buf, size_t n, uint64_t off, struct xg_err *err);
/* How many of the n bytes at `off`, one at least, are alike: a hole of the file, which reads as zeros, or not. */
uint64_t input_run(const struct xg_input *in, uint64_t off, uint64_t n, bool *hole);
/* input_next() shall give [pos, end). */
void input_range(struct xg_input *in, uint64_t pos, uint64_t end);
/* Next piece in order; *n is 0 at the end. Valid until the next call. */
int input_next(struct xg_input *in, const uint8_t **p, size_t *n, struct xg_err *err);

/* ---- unpack.c and unpack_*.c: from a kernel file to a stream of ELF bytes ---- */

struct xg_sink {
	/* Gets the unpacked bytes in order; a negative result stops the unpacking and is returned. */
	int (*write)(void *ctx, const uint8_t *p, size_t n, struct xg_err *err);
	void *ctx;
};

struct xg_out {
	const struct xg_sink *sink;
	uint8_t *buf;			/* where a decoder may put up to OUT_SIZE bytes before out_push() */
	uint64_t total;
};
#define OUT_SIZE	(128 * 1024UL)

int out_push(struct xg_out *out, const uint8_t *p, size_t n, struct xg_err *err);

/* Finds the payload of a bzImage, or takes the file as it is, and unpacks it. *format: a constant name. */
/* The format alone, by its magic number; a bzImage has its payload. */
int xg_find_format(struct xg_input *in, const char **format, struct xg_err *err);
int xg_unpack(struct xg_input *in, const struct xg_sink *sink, const char **format, struct xg_err *err);

int unpack_gzip(struct xg_input *in, struct xg_out *out, struct xg_err *err);
int unpack_bzip2(struct xg_input *in, struct xg_out *out, struct xg_err *err);
int unpack_xz(struct xg_input *in, struct xg_out *out, struct xg_err *err);
int unpack_lzma(struct xg_input *in, struct xg_out *out, struct xg_err *err);
int unpack_lz4(struct xg_input *in, struct xg_out *out, struct xg_err *err);
int unpack_zstd(struct xg_input *in, struct xg_out *out, struct xg_err *err);

/* ---- xz_filter.c: around LZMA2 ---- */

struct x86_filter {
	uint32_t pos;			/* where the next buffer begins in the stream */
	uint32_t last;			/* position of the last opcode byte */
	unsigned int seen, taken;	/* opcode bytes before it, bit n: at distance n */
};

void x86_filter_init(struct x86_filter *f);
/*
 * Converts in place; returns how many bytes are final. The rest (at most 4) comes again at the start of the
 * next buffer.
 */
size_t x86_filter(struct x86_filter *f, uint8_t *p, size_t n);
/* As lzma_crc32(). */
uint32_t crc32_fast(const uint8_t *p, size_t n, uint32_t crc);

/* ---- notes.c: what the kernel says about itself ---- */

struct xg_notes {
	bool found;			/* at least one note of owner "Xen", or a __xen_guest section */
	char guest_os[32], guest_version[32], xen_version[16], loader[16];
	uint64_t virt_base, paddr_offset, entry, hypercall_page, init_p2m, hv_start_low; /* UNSET: absent */
	bool mod_start_pfn;
	uint32_t required;		/* XENFEAT_* bits the kernel cannot live without */
	uint32_t supported;
	bool bad_features;		/* requires a feature nobody knows */
};

void notes_init(struct xg_notes *n);
/* A PT_NOTE segment or SHT_NOTE section. Malformed or foreign notes are skipped. */
void notes_parse(struct xg_notes *n, const uint8_t *p, size_t size);
/* The older form: "KEY=value,KEY=value". Not zero-terminated. */
void notes_parse_legacy(struct xg_notes *n, const char *p, size_t size);
/* Fills in defaults and refuses what cannot be run. e_entry: the ELF header's entry. */
int notes_check(struct xg_notes *n, uint64_t e_entry, struct xg_err *err);

/* ---- elf.c: takes the ELF apart while it streams by ---- */

struct xg_target {
	int (*write)(void *ctx, uint64_t pa, const uint8_t *p, size_t n, struct xg_err *err);
	int (*zero)(void *ctx, uint64_t pa, uint64_t n, struct xg_err *err);
	/* May be NULL. The memory itself, from pa on, as much as there is in one piece (*n, at most the given *n). */
	int (*window)(void *ctx, uint64_t pa, uint64_t *n, uint8_t **p, struct xg_err *err);
	void *ctx;
	uint64_t size;			/* bytes of guest memory: no write goes beyond */
};

#define ELF_MAX_SEGMENTS	32
#define ELF_HEAD_SIZE		8192	/* program headers must lie in here */
#define ELF_MAX_NOTES		65536	/* bytes in one note segment */

struct xg_segment {
	uint64_t off, filesz, pa, memsz;
};

struct xg_elf {
	const struct xg_target *target;
	uint8_t head[ELF_HEAD_SIZE];
	size_t head_len;
	bool parsed;
	uint64_t pos;			/* how many bytes have streamed by */
	uint64_t need;			/* the stream must be at least this long */
	uint64_t entry;
	uint64_t paddr_offset;		/* assumed: the note that states it comes late */
	bool misplaced;			/* some segment is outside of the guest under that assumption */
	uint64_t pa_start, pa_end;	/* of all segments, after the offset */
	unsigned int nr_segments;
	struct xg_segment seg[ELF_MAX_SEGMENTS];
	uint64_t note_off, note_len;
	uint8_t *note;			/* captured note segment */
	struct xg_notes notes;
};

void elf_begin(struct xg_elf *elf, const struct xg_target *target, uint64_t paddr_offset);
/* An xg_sink's write; ctx is the struct xg_elf. */
/* In place of elf_feed(): a file that is the ELF image itself, read straight into the target's window. */
int elf_read(struct xg_elf *elf, struct xg_input *in, struct xg_err *err);
int elf_feed(void *ctx, const uint8_t *p, size_t n, struct xg_err *err);
/* After the last byte: truncated? Then reads the notes. */
int elf_finish(struct xg_elf *elf, struct xg_err *err);
void elf_end(struct xg_elf *elf);
/* Looks for notes in the sections of a whole image in memory. */
void elf_notes_from_sections(struct xg_notes *notes, const uint8_t *image, size_t size);

/* ---- kernel.c ---- */

struct xg_kernel {
	struct xg_notes notes;
	uint64_t entry;
	uint64_t pa_start, pa_end;
	const char *format;
};

/* Unpacks the kernel into the target and says what it is. cache_dir may be NULL. */
int kernel_load(struct xg_input *in, const struct xg_target *target, const char *cache_dir,
		struct xg_kernel *k, struct xg_err *err);
/* Unpacks it into the cache to last. 1: it was there already, or is of a kind that needs no cache. */
int kernel_keep(struct xg_input *in, const char *cache_dir, struct xg_kernel *k, struct xg_err *err);

/* ---- cache.c: unpacked kernels by content ---- */

#define CACHE_KEY_SIZE	65		/* hex digits and a NUL */

enum cache_life {
	CACHE_NONE,
	CACHE_THIS_BOOT,		/* written in passing; not believed after the next boot */
	CACHE_LASTING,			/* safe on the disk when cache_commit() returns */
};

/* One that is being written. Errors only mean that nothing is kept. */
struct xg_cache_file {
	const char *dir;
	enum cache_life life;
	char tmp[256];
	int fd;				/* -1: nothing is being written */
	uint64_t size;			/* so far */
};

int cache_key(struct xg_input *in, char key[CACHE_KEY_SIZE], struct xg_err *err);
/* An open file with the image, one that lasts or any that counts now; or -1. */
int cache_find(const char *dir, const char *key, enum cache_life life);
/* It turned out to be damaged. */
void cache_forget(const char *dir, const char *key);
void cache_begin(struct xg_cache_file *f, const char *dir, enum cache_life life);
void cache_write(struct xg_cache_file *f, const uint8_t *p, size_t n);
/* 0, or an error when nothing was kept. */
int cache_commit(struct xg_cache_file *f, const char *key);
void cache_abort(struct xg_cache_file *f);

#define LZ4_LEGACY_MAGIC	0x184c2102U

/* ---- layout.c: what lies where. Pure arithmetic. ---- */

struct xg_layout {
	uint64_t virt_base;
	uint64_t nr_pages;
	bool p2m_outside;		/* at INIT_P2M, not in the initial mapping */
	bool ramdisk_mapped;
	uint64_t ramdisk_pfn, ramdisk_pages;
	uint64_t p2m_pfn, p2m_pages;	/* the list */
	uint64_t p2m_virt;
	uint64_t p2m_tables_pfn;	/* L3s, L2s, L1s that map the list, when outside */
	uint64_t p2m_l3s, p2m_l2s, p2m_l1s;
	uint64_t start_info_pfn, store_pfn, console_pfn;
	uint64_t pt_pfn;		/* L4, L3s, L2s, L1s */
	uint64_t l3s, l2s, l1s;
	uint64_t stack_pfn;
	uint64_t mapped_pages;		/* [virt_base, + mapped_pages) maps pfn 0 on */
};

int layout_plan(struct xg_layout *l, const struct xg_kernel *k, uint64_t ramdisk_size, uint64_t nr_pages,
		struct xg_err *err);

static inline uint64_t layout_virt(const struct xg_layout *l, uint64_t pfn)
{
	return l->virt_base + (pfn << PAGE_SHIFT);
}

static inline uint64_t layout_tables(const struct xg_layout *l)
{
	return 1 + l->l3s + l->l2s + l->l1s;
}

/* ---- gmem.c: the guest's memory, by frame number ---- */

struct xg_gmem {
	struct xc_handle *xch;
	uint16_t domid;
	uint64_t nr_pages;
	uint64_t *p2m;			/* [pfn]: mfn */
	uint8_t *window;		/* a piece of guest memory, mapped for sequential writing */
	uint64_t window_pfn, window_pages;
};

int gmem_populate(struct xg_gmem *g, struct xc_handle *xch, uint16_t domid, uint64_t nr_pages,
		  struct xg_err *err);
/* Unmaps the window and frees the map; the guest keeps its memory. */
void gmem_end(struct xg_gmem *g);
void gmem_close_window(struct xg_gmem *g);
/* Like the functions of struct xg_target; ctx is the struct xg_gmem. */
int gmem_write(void *ctx, uint64_t pa, const uint8_t *p, size_t n, struct xg_err *err);
int gmem_zero(void *ctx, uint64_t pa, uint64_t n, struct xg_err *err);
/*
 * Guest memory from pa on, as much as is mapped in one piece (*n, at most the given *n). Valid until the next
 * call.
 */
int gmem_window(void *ctx, uint64_t pa, uint64_t *n, uint8_t **p, struct xg_err *err);
/* A mapping of its own, to be unmapped by xc_unmap_foreign(). NULL on failure. */
void *gmem_map(struct xg_gmem *g, uint64_t pfn, uint64_t pages, struct xg_err *err);

/* ---- pgtable.c ---- */

/*
 * Writes the initial page tables. `tables` is the mapped memory of layout_tables() frames from pt_pfn on,
 * p2m_tables that of the list's tables (NULL when there are none), p2m[pfn] is the mfn.
 */
void pgtable_build(const struct xg_layout *l, const uint64_t *p2m, uint64_t *tables, uint64_t *p2m_tables);

/* ---- copy.c ---- */

/* Large copies and clears in vector moves, where the C library would use string instructions. */
void copy_bulk(void *dst, const void *src, size_t n);
void zero_bulk(void *dst, size_t n);

#endif /* XG_INTERNAL_H */
