// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cache gives back what was put in, keeps few files, and believes only what nobody else can have written.
 */
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"

static const struct recipe modern = { .note_segment = true };

static unsigned int count_files(const char *dir)
{
	DIR *d = opendir(dir);
	unsigned int n = 0;
	struct dirent *e;

	while ((e = readdir(d)))
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static void empty(const char *dir)
{
	char path[600];
	DIR *d = opendir(dir);
	struct dirent *e;

	while ((e = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		unlink(path);
	}
	closedir(d);
	rmdir(dir);
}

static void load_through(const struct blob *file, const char *dir, const char *format)
{
	struct xg_err err = { "" };
	struct xg_kernel k;
	struct xg_input in;
	struct arena a;

	arena_open(&a, 4 * MIB);
	CHECK(!input_from_memory(&in, file->p, file->len, &err));
	CHECK(!kernel_load(&in, &a.target, dir, &k, &err));
	CHECK(!strcmp(k.format, format));
	CHECK(arena_is_right(&a));
	arena_close(&a);
}

/* An entry that is damaged is as good as none. */
static void damage(const char *dir)
{
	char path[600];
	DIR *d = opendir(dir);
	struct dirent *e;

	while ((e = readdir(d)))
		if (e->d_name[0] != '.') {
			snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
			CHECK(!truncate(path, 700));
		}
	closedir(d);
}

/* One that is made ahead of time lasts, is not made twice, and is made anew when it is damaged. */
static void test_keep(const struct blob *packed, const struct blob *elf, const char *sub)
{
	struct xg_kernel k;
	struct xg_input in;
	struct xg_err err;

	empty(sub);
	for (int want = 0; want < 2; want++) {
		CHECK(!input_from_memory(&in, packed->p, packed->len, &err));
		CHECK(kernel_keep(&in, sub, &k, &err) == want);
	}
	CHECK(count_files(sub) == 1);
	load_through(packed, sub, "ELF");
	CHECK(count_files(sub) == 1);
	damage(sub);
	CHECK(!input_from_memory(&in, packed->p, packed->len, &err));
	CHECK(kernel_keep(&in, sub, &k, &err) == 0);
	damage(sub);
	load_through(packed, sub, "gzip");
	load_through(packed, sub, "ELF");
	CHECK(!input_from_memory(&in, elf->p, elf->len, &err));
	CHECK(kernel_keep(&in, sub, &k, &err) == 1);
	CHECK(!input_from_memory(&in, packed->p, packed->len, &err));
	CHECK(kernel_keep(&in, "/proc/nowhere", &k, &err) < 0);
}

#define SPARSE_PAGES	41

/* Reads an image as the loader does: by runs, which are holes or data. Returns the bytes in holes. */
static size_t read_runs(int fd, const struct blob *want)
{
	struct xg_err err = { "" };
	struct xg_input in;
	size_t holes = 0;
	uint64_t n;

	CHECK(!input_from_fd(&in, fd, "image", &err) && in.size == want->len);
	for (uint64_t off = 0; off < want->len; off += n) {
		uint8_t got[SPARSE_PAGES * PAGE_SIZE] = { 0 };
		bool hole;

		n = input_run(&in, off, want->len - off, &hole);
		CHECK(n && n <= want->len - off);
		if (hole)
			holes += n;
		else
			CHECK(!input_pread(&in, got, n, off, &err));
		CHECK(!memcmp(got, want->p + off, n));
	}
	input_close(&in);
	return holes;
}

/* Zeros become holes, whatever the pieces in which they come; the rest is what it was, to the last byte. */
static void test_sparse(const char *dir)
{
	static const size_t pieces[] = { 1, 700, PAGE_SIZE, 3 * PAGE_SIZE + 17, SPARSE_PAGES * PAGE_SIZE };
	static const char key[CACHE_KEY_SIZE] = "5a";
	struct blob image = { calloc(SPARSE_PAGES, PAGE_SIZE), SPARSE_PAGES * PAGE_SIZE };

	for (unsigned int i = 0; i < SPARSE_PAGES; i++)
		if (i % 8 < 3)
			memset(image.p + i * PAGE_SIZE + i, i + 1, 100);
	for (unsigned int i = 0; i < ARRAY_SIZE(pieces); i++) {
		struct xg_cache_file f;
		size_t holes;

		/* The last one ends in a hole. */
		image.len -= i % 2 ? 5 : 0;
		cache_begin(&f, dir, CACHE_LASTING);
		for (size_t at = 0; at < image.len; at += pieces[i])
			cache_write(&f, image.p + at, image.len - at < pieces[i] ? image.len - at : pieces[i]);
		CHECK(!cache_commit(&f, key));
		holes = read_runs(cache_find(dir, key, CACHE_LASTING), &image);
		CHECK(holes % PAGE_SIZE == 0 && (pieces[i] < PAGE_SIZE || holes >= 10 * PAGE_SIZE));
	}
	cache_forget(dir, key);
	drop(&image);
}

void test_cache(void)
{
	char dir[] = "/tmp/unit-guest.XXXXXX", sub[64];
	struct blob elf = make_elf(&modern), packed = pack("gzip", &elf);

	CHECK(mkdtemp(dir));
	snprintf(sub, sizeof(sub), "%s/cache/xen", dir);
	load_through(&packed, sub, "gzip");
	CHECK(count_files(sub) == 1);
	load_through(&packed, sub, "ELF");
	CHECK(count_files(sub) == 1);
	damage(sub);
	load_through(&packed, sub, "gzip");
	load_through(&packed, sub, "ELF");
	/* What is not packed is not kept. */
	load_through(&elf, sub, "ELF");
	CHECK(count_files(sub) == 1);
	CHECK(!chmod(sub, 0777));
	load_through(&packed, sub, "gzip");
	CHECK(!chmod(sub, 0700));
	for (unsigned int i = 0; i < 8; i++) {
		struct blob other;

		elf.p[0xbff0] = i + 1;
		other = pack("gzip", &elf);
		load_through(&other, sub, "gzip");
		drop(&other);
	}
	CHECK(count_files(sub) == 4);
	load_through(&packed, "/proc/nowhere", "gzip");
	test_keep(&packed, &elf, sub);
	test_sparse(sub);
	empty(sub);
	*strrchr(sub, '/') = 0;
	CHECK(!rmdir(sub) && !rmdir(dir));
	drop(&elf);
	drop(&packed);
}
