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
	empty(sub);
	*strrchr(sub, '/') = 0;
	CHECK(!rmdir(sub) && !rmdir(dir));
	drop(&elf);
	drop(&packed);
}
