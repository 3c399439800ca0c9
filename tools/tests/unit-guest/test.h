/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unit tests of libxenguest: a check that prints where it failed, made-up kernels, a piece of memory to load
 * them into.
 */
#ifndef UNIT_GUEST_TEST_H
#define UNIT_GUEST_TEST_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xg_internal.h>

extern unsigned int failures;

#define CHECK(cond) do { \
	if (!(cond)) { \
		failures++; \
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
	} \
} while (0)

struct blob {
	uint8_t *p;
	size_t len;
};

/* What a made-up kernel looks like; images.c knows the rest. */
struct recipe {
	bool note_segment;		/* PT_NOTE */
	bool note_section;		/* SHT_NOTE */
	bool legacy;			/* __xen_guest section */
	uint64_t paddr_offset;		/* added to all p_paddr, and stated */
	uint64_t hypercall_page;	/* 0: none */
};

#define TEXT_PA		0x100000UL
#define TEXT_SIZE	0x5123UL
#define DATA_PA		0x108000UL
#define DATA_SIZE	0x2345UL
#define DATA_MEMSZ	0x9000UL
#define VIRT_BASE	0xffffffff80000000UL
#define INIT_P2M	0x8000000000UL

struct blob make_elf(const struct recipe *r);
/* Packs by one of "gzip", "xz", "lzma", "lz4", "zstd", "bzip2", "ELF" (not at all). */
struct blob pack(const char *format, const struct blob *plain);
/* A bzImage around it. */
struct blob make_bzimage(const struct blob *payload);
void drop(struct blob *b);

extern const char *const all_formats[7];

/* Memory that a kernel is loaded into; writes beyond it fail the test. */
struct arena {
	uint8_t *p;
	struct xg_target target;
};

void arena_open(struct arena *a, size_t size);
void arena_close(struct arena *a);

/* Loads from memory. *err is filled in on failure. */
int load(const struct blob *file, struct arena *a, struct xg_kernel *k, struct xg_err *err);
/* Do the bytes of make_elf()'s segments lie where they belong? */
bool arena_is_right(const struct arena *a);

void test_loading(void);
void test_bad_files(void);
void test_probe(void);
void test_filter(void);
void test_notes(void);
void test_layout(void);
void test_cache(void);
void test_real_kernels(void);

#endif /* UNIT_GUEST_TEST_H */
