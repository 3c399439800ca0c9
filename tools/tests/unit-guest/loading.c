// SPDX-License-Identifier: GPL-2.0-only
/* Good kernels in all forms, and what becomes of bad ones: one line of error, and no byte written outside. */
#include <elf.h>
#include <unistd.h>

#include <xenguest.h>

#include "test.h"

#define ARENA_SIZE	(4 * MIB)

static const struct recipe modern = { .note_segment = true };

static void check_loaded(const struct blob *file, const char *format)
{
	struct arena a;
	struct xg_kernel k;
	struct xg_err err = { "" };

	arena_open(&a, ARENA_SIZE);
	CHECK(!load(file, &a, &k, &err));
	CHECK(arena_is_right(&a));
	CHECK(!strcmp(k.format, format));
	CHECK(!strcmp(k.notes.guest_os, "test"));
	CHECK(k.entry == VIRT_BASE + TEXT_PA + 0x10);
	CHECK(k.pa_start == TEXT_PA && k.pa_end == DATA_PA + DATA_MEMSZ);
	if (err.text[0])
		fprintf(stderr, "%s: %s\n", format, err.text);
	arena_close(&a);
}

static void check_recipe(const struct recipe *r)
{
	struct blob elf = make_elf(r), packed = pack("gzip", &elf);

	check_loaded(&elf, "ELF");
	check_loaded(&packed, "gzip");
	drop(&elf);
	drop(&packed);
}

/* The stream may come in pieces of any size. */
static void check_pieces(void)
{
	static const size_t sizes[] = { 1, 63, 64, 65, 200, 4096, 5000 };
	struct blob elf = make_elf(&modern);
	struct xg_elf *state = malloc(sizeof(*state));
	struct xg_err err;

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct arena a;

		arena_open(&a, ARENA_SIZE);
		elf_begin(state, &a.target, 0);
		for (size_t pos = 0; pos < elf.len; pos += sizes[i]) {
			size_t n = elf.len - pos < sizes[i] ? elf.len - pos : sizes[i];
			uint8_t *piece = malloc(n);

			memcpy(piece, elf.p + pos, n);
			CHECK(!elf_feed(state, piece, n, &err));
			free(piece);
		}
		CHECK(!elf_finish(state, &err));
		CHECK(state->notes.found && arena_is_right(&a));
		elf_end(state);
		arena_close(&a);
	}
	free(state);
	drop(&elf);
}

void test_loading(void)
{
	struct blob elf = make_elf(&modern);

	for (unsigned int i = 0; i < ARRAY_SIZE(all_formats); i++) {
		struct blob packed = pack(all_formats[i], &elf), image = make_bzimage(&packed);

		check_loaded(&packed, all_formats[i]);
		check_loaded(&image, all_formats[i]);
		drop(&packed);
		drop(&image);
	}
	drop(&elf);
	check_pieces();
	check_recipe(&(struct recipe){ .note_segment = true, .paddr_offset = VIRT_BASE });
	check_recipe(&(struct recipe){ .note_section = true });
	check_recipe(&(struct recipe){ .note_section = true, .paddr_offset = 0x40000000 });
	check_recipe(&(struct recipe){ .legacy = true, .paddr_offset = VIRT_BASE });
}

/*
 * Loads a copy of exactly that size, so that reading beyond it is seen. Good or bad: with an error there is a
 * text.
 */
static int try_one(const uint8_t *p, size_t len, size_t arena_size, bool streamed)
{
	struct blob copy = { malloc(len ? len : 1), len };
	struct xg_err err = { "" };
	struct xg_kernel k;
	struct arena a;
	int rc;

	memcpy(copy.p, p, len);
	arena_open(&a, arena_size);
	if (streamed)
		a.target.window = NULL;
	rc = load(&copy, &a, &k, &err);
	CHECK(!rc || (rc < 0 && err.text[0] && !strchr(err.text, '\n')));
	arena_close(&a);
	drop(&copy);
	return rc;
}

/* Both ways of reading an ELF file come to the same. */
static int try(const uint8_t *p, size_t len, size_t arena_size)
{
	int rc = try_one(p, len, arena_size, true);

	CHECK(try_one(p, len, arena_size, false) == rc);
	return rc;
}

/* Cut anywhere: refused, but for the few bytes at the end that say nothing. */
static void check_truncations(const struct blob *image, size_t meaningless)
{
	size_t step = image->len > 8192 ? 257 : 61;

	for (size_t len = 0; len + meaningless < image->len; len += step)
		CHECK(try(image->p, len, ARENA_SIZE) < 0);
	for (size_t i = 1; i <= 64 && i < image->len; i++) {
		int rc = try(image->p, image->len - i, ARENA_SIZE);

		CHECK(i <= meaningless || rc < 0);
	}
}

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* Changed anywhere: whatever comes of it, nothing is written outside of the guest. */
static void check_changes(const struct blob *image, size_t range, unsigned int rounds, uint32_t seed)
{
	for (unsigned int i = 0; i < rounds; i++) {
		struct blob copy = { malloc(image->len), image->len };

		memcpy(copy.p, image->p, image->len);
		for (unsigned int j = next_random(&seed) % 4; j < 4; j++)
			copy.p[next_random(&seed) % range] = next_random(&seed);
		try(copy.p, copy.len, 2 * MIB);
		drop(&copy);
	}
}

/* A program header's field set to a hostile value. */
static void check_header_values(const struct blob *elf)
{
	static const uint64_t values[] = { 1,	       0x1001, 1 << 30,	      1ULL << 32,
					   1ULL << 63, UNSET,  UNSET - 0xfff, UNSET - TEXT_PA };
	const size_t fields[] = {
		offsetof(Elf64_Phdr, p_offset), offsetof(Elf64_Phdr, p_paddr), offsetof(Elf64_Phdr, p_filesz),
		offsetof(Elf64_Phdr, p_memsz),
	};

	for (unsigned int ph = 0; ph < 3; ph++)
		for (unsigned int f = 0; f < ARRAY_SIZE(fields); f++)
			for (unsigned int v = 0; v < ARRAY_SIZE(values); v++) {
				struct blob copy = { malloc(elf->len), elf->len };

				memcpy(copy.p, elf->p, elf->len);
				memcpy(copy.p + sizeof(Elf64_Ehdr) + ph * sizeof(Elf64_Phdr) + fields[f],
				       &values[v], 8);
				try(copy.p, copy.len, ARENA_SIZE);
				drop(&copy);
			}
}

void test_bad_files(void)
{
	struct blob elf = make_elf(&modern);
	struct blob silent = make_elf(&(struct recipe){ 0 });

	for (unsigned int i = 0; i < ARRAY_SIZE(all_formats); i++) {
		struct blob packed = pack(all_formats[i], &elf), image = make_bzimage(&packed);

		check_truncations(&image, 0);
		check_changes(&image, image.len, 300, i);
		check_changes(&image, 0x700, 100, i);
		drop(&packed);
		drop(&image);
	}
	check_changes(&elf, 64 + 3 * 56, 3000, 99);
	check_header_values(&elf);
	CHECK(try(silent.p, silent.len, ARENA_SIZE) == -ENOEXEC);
	CHECK(try(elf.p, elf.len, MIB + PAGE_SIZE) == -ENOMEM);
	CHECK(try((const uint8_t *)"#!/bin/sh\n", 10, ARENA_SIZE) == -ENOEXEC);
	drop(&elf);
	drop(&silent);
}

/* A file with these bytes; its name lasts until the next call. */
static const char *in_file(const struct blob *b)
{
	static char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/tmp/unit-guest-%d", (int)getpid());
	f = fopen(path, "w");
	CHECK(f && fwrite(b->p, 1, b->len, f) == b->len && !fclose(f));
	return path;
}

/* What is known of a file before its kernel is unpacked, and what when it was. */
void test_probe(void)
{
	const struct recipe nameless = { .note_segment = false };
	struct blob elf = make_elf(&modern), packed = pack("xz", &elf), bz = make_bzimage(&packed), bad = make_elf(&nameless);
	struct xg_build bg = { .mem_mib = 8 };
	char text[256] = "";

	CHECK(!xg_probe_kernel(in_file(&elf), text, sizeof(text)));
	CHECK(!xg_probe_kernel(in_file(&packed), text, sizeof(text)));
	bg.kernel_path = in_file(&bz);
	CHECK(!xg_probe_kernel(bg.kernel_path, text, sizeof(text)));
	CHECK(!xg_inspect_kernel(&bg, text, sizeof(text)) && strstr(text, ", xz, entry "));
	bg.ramdisk_path = "/nonexistent";
	CHECK(xg_inspect_kernel(&bg, text, sizeof(text)) == -ENOENT && strstr(text, "/nonexistent: "));
	bg.ramdisk_path = NULL;
	bg.mem_mib = 1;
	CHECK(xg_inspect_kernel(&bg, text, sizeof(text)) == -ENOMEM && strstr(text, "the guest has 1 MiB"));
	/* Cut: the header of a bzImage tells, as does an ELF file; other packed things are to be unpacked for that. */
	bz.len -= 100;
	CHECK(xg_probe_kernel(in_file(&bz), text, sizeof(text)) == -ENOEXEC && strstr(text, "truncated"));
	elf.len /= 2;
	CHECK(xg_probe_kernel(in_file(&elf), text, sizeof(text)) == -ENOEXEC);
	CHECK(xg_probe_kernel(in_file(&bad), text, sizeof(text)) == -ENOEXEC);
	memset(packed.p, 'x', 6);
	CHECK(xg_probe_kernel(in_file(&packed), text, sizeof(text)) == -ENOEXEC && strstr(text, "not a kernel"));
	packed.len = 0;
	CHECK(xg_probe_kernel(in_file(&packed), text, sizeof(text)) < 0 && text[0]);
	CHECK(xg_probe_kernel("/nonexistent", text, sizeof(text)) == -ENOENT);
	remove(in_file(&elf));
	drop(&elf);
	drop(&packed);
	drop(&bz);
	drop(&bad);
}

static void try_real(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct xg_err err = { "" };
	struct xg_kernel k;
	struct blob b = { malloc(64 * MIB), 0 };
	struct arena a;

	/* Fetched only for the system tests: where it is missing there is nothing to try. */
	if (f) {
		b.len = fread(b.p, 1, 64 * MIB, f);
		fclose(f);
		arena_open(&a, 256 * MIB);
		CHECK(!load(&b, &a, &k, &err));
		CHECK(!strcmp(k.notes.guest_os, "linux") && k.notes.init_p2m == INIT_P2M &&
		      k.notes.mod_start_pfn);
		b.len /= 2;
		CHECK(load(&b, &a, &k, &err) == -ENOEXEC);
		b.len = 0x1ff;
		CHECK(load(&b, &a, &k, &err) == -ENOEXEC);
		arena_close(&a);
	}
	drop(&b);
}

void test_real_kernels(void)
{
	try_real(TOP_DIR "/build/cache/kernel-6.1/vmlinuz");
	try_real(TOP_DIR "/build/cache/kernel-6.12/vmlinuz");
}
