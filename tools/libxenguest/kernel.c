// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loads a kernel: unpacks it once, in the usual case, straight into the guest. It is unpacked again when its
 * notes place it elsewhere than assumed, and by way of a buffer when it has no note segment.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenguest.h>

#include "xg_internal.h"

/* Where unpacked bytes go: the loader, and the cache file when one is being written. */
struct tee {
	struct xg_elf *elf;
	struct xg_cache_file *cache;
};

static int tee_write(void *ctx, const uint8_t *p, size_t n, struct xg_err *err)
{
	struct tee *t = ctx;

	cache_write(t->cache, p, n);
	return elf_feed(t->elf, p, n, err);
}

struct image {
	uint8_t *p;
	size_t len, room;
};

static int image_write(void *ctx, const uint8_t *p, size_t n, struct xg_err *err)
{
	struct image *im = ctx;

	if (n > im->room - im->len) {
		size_t room = im->len + n > 16 * MIB ? 2 * (im->len + n) : 16 * MIB;
		uint8_t *q = realloc(im->p, room);

		if (!q)
			return xg_fail(err, -ENOMEM, "out of memory");
		im->p = q;
		im->room = room;
	}
	memcpy(im->p + im->len, p, n);
	im->len += n;
	return 0;
}

/* For kernels without a note segment: find the notes in the sections first, then load from memory. */
static int load_by_sections(struct xg_input *in, struct xg_elf *elf, const struct xg_target *target,
			    struct xg_err *err)
{
	struct image im = { 0 };
	struct xg_sink sink = { image_write, &im };
	struct xg_notes notes;
	const char *format;
	int rc = xg_unpack(in, &sink, &format, err);

	if (rc)
		goto out;
	notes_init(&notes);
	elf_notes_from_sections(&notes, im.p, im.len);
	elf_end(elf);
	elf_begin(elf, target, notes.paddr_offset == UNSET ? 0 : notes.paddr_offset);
	rc = elf_feed(elf, im.p, im.len, err);
	if (!rc)
		rc = elf_finish(elf, err);
	if (!rc)
		elf->notes = notes;
out:
	free(im.p);
	return rc;
}

static bool is_elf(struct xg_input *in)
{
	uint8_t magic[4];
	struct xg_err ignored;

	return in->size > sizeof(magic) && !input_pread(in, magic, sizeof(magic), 0, &ignored) &&
	       !memcmp(magic, "\177ELF", sizeof(magic));
}

/* Fills elf->notes and loads under the assumption that elf->paddr_offset is right. */
static int load_stream(struct xg_input *in, struct xg_elf *elf, const char **format,
		       struct xg_cache_file *cache, struct xg_err *err)
{
	struct tee tee = { elf, cache };
	struct xg_sink sink = { tee_write, &tee };
	int rc;

	if (elf->target->window && is_elf(in)) {
		*format = "ELF";
		rc = elf_read(elf, in, err);
	} else {
		rc = xg_unpack(in, &sink, format, err);
	}
	return rc ? rc : elf_finish(elf, err);
}

static int load_elf(struct xg_input *in, struct xg_elf *elf, const struct xg_target *target,
		    const char **format, struct xg_cache_file *cache, struct xg_err *err)
{
	struct xg_cache_file none = { .fd = -1 };
	uint64_t offset;
	int rc;

	elf_begin(elf, target, 0);
	rc = load_stream(in, elf, format, cache, err);
	if (!rc && !elf->notes.found)
		rc = load_by_sections(in, elf, target, err);
	if (!rc)
		rc = notes_check(&elf->notes, elf->entry, err);
	if (rc || elf->notes.paddr_offset == elf->paddr_offset)
		return rc;
	offset = elf->notes.paddr_offset;
	elf_end(elf);
	elf_begin(elf, target, offset);
	rc = load_stream(in, elf, format, &none, err);
	return rc ? rc : notes_check(&elf->notes, elf->entry, err);
}

static int load_checked(struct xg_input *in, const struct xg_target *target, struct xg_cache_file *cache,
			struct xg_kernel *k, struct xg_err *err)
{
	struct xg_elf *elf = malloc(sizeof(*elf));
	int rc;

	if (!elf)
		return xg_fail(err, -ENOMEM, "out of memory");
	rc = load_elf(in, elf, target, &k->format, cache, err);
	if (!rc && elf->misplaced)
		rc = xg_fail(err, -ENOMEM,
			     "the kernel needs memory from %#llx to %#llx, the guest has %llu MiB",
			     (unsigned long long)elf->pa_start, (unsigned long long)elf->pa_end,
			     (unsigned long long)(target->size / MIB));
	k->notes = elf->notes;
	k->entry = elf->notes.entry;
	k->pa_start = elf->pa_start;
	k->pa_end = elf->pa_end;
	elf_end(elf);
	free(elf);
	return rc;
}

/*
 * Loads what the cache has of this kernel: 0, or an error when that is nothing. *key is empty when there is no
 * cache; the key comes from the content alone, so a changed file is another file.
 */
static int load_cached(struct xg_input *in, const struct xg_target *target, const char *dir, char key[CACHE_KEY_SIZE],
		       enum cache_life life, struct xg_kernel *k, struct xg_err *err)
{
	struct xg_cache_file none = { .fd = -1 };
	struct xg_input cached;
	int fd, rc;

	key[0] = 0;
	if (!dir || cache_key(in, key, err))
		return -ENOENT;
	fd = cache_find(dir, key, life);
	if (fd < 0)
		return -ENOENT;
	rc = input_from_fd(&cached, fd, "cached kernel", err);
	if (!rc) {
		rc = load_checked(&cached, target, &none, k, err);
		input_close(&cached);
	}
	if (rc)
		cache_forget(dir, key);
	return rc;
}

/* Unpacks the file itself and keeps what comes out, unless nothing was packed. */
static int load_and_keep(struct xg_input *in, const struct xg_target *target, const char *dir, const char *key,
			 enum cache_life life, struct xg_kernel *k, struct xg_err *err)
{
	struct xg_cache_file file = { .fd = -1 };
	int rc;

	if (key[0])
		cache_begin(&file, dir, life);
	rc = load_checked(in, target, &file, k, err);
	if (rc || !strcmp(k->format, "ELF")) {
		cache_abort(&file);
		return rc;
	}
	rc = cache_commit(&file, key);
	return rc && life == CACHE_LASTING ? xg_fail(err, rc, "nothing can be kept in %s: %s", dir, strerror(-rc)) : 0;
}

int kernel_load(struct xg_input *in, const struct xg_target *target, const char *cache_dir,
		struct xg_kernel *k, struct xg_err *err)
{
	char key[CACHE_KEY_SIZE];

	if (!load_cached(in, target, cache_dir, key, CACHE_THIS_BOOT, k, err))
		return 0;
	return load_and_keep(in, target, cache_dir, key, CACHE_THIS_BOOT, k, err);
}

static int ignore_write(void *ctx, uint64_t pa, const uint8_t *p, size_t n, struct xg_err *err)
{
	return 0;
}

static int ignore_zero(void *ctx, uint64_t pa, uint64_t n, struct xg_err *err)
{
	return 0;
}

static const struct xg_target nowhere = { ignore_write, ignore_zero, NULL, NULL, UNSET / 2 };

int kernel_keep(struct xg_input *in, const char *cache_dir, struct xg_kernel *k, struct xg_err *err)
{
	char key[CACHE_KEY_SIZE];
	int rc;

	if (!load_cached(in, &nowhere, cache_dir, key, CACHE_LASTING, k, err))
		return 1;
	if (!key[0])
		return xg_fail(err, -EIO, "%s cannot be read", in->name);
	rc = load_and_keep(in, &nowhere, cache_dir, key, CACHE_LASTING, k, err);
	return !rc && !strcmp(k->format, "ELF") ? 1 : rc;
}

int xg_keep_kernel(const char *path, const char *cache_dir, char *why, size_t size)
{
	struct xg_kernel k = { .format = "" };
	struct xg_input in;
	struct xg_err err;
	int rc = input_open(&in, path, &err);

	if (!rc) {
		rc = kernel_keep(&in, cache_dir, &k, &err);
		input_close(&in);
	}
	if (rc < 0)
		snprintf(why, size, "%s", err.text);
	return rc;
}

/* A file that is the image itself is read to its end: that is cheap. */
static int probe(struct xg_input *in, struct xg_err *err)
{
	struct xg_kernel k = { .format = "" };
	const char *format = "";
	int rc = xg_find_format(in, &format, err);

	return rc || strcmp(format, "ELF") ? rc : kernel_load(in, &nowhere, NULL, &k, err);
}

int xg_probe_kernel(const char *path, char *why, size_t size)
{
	struct xg_input in;
	struct xg_err err;
	int rc = input_open(&in, path, &err);

	if (!rc) {
		rc = probe(&in, &err);
		input_close(&in);
	}
	if (rc)
		snprintf(why, size, "%s", err.text);
	return rc;
}

static int inspect(const struct xg_build *bg, struct xg_input *kernel, struct xg_input *ramdisk, struct xg_kernel *k,
		   struct xg_err *err)
{
	struct xg_target target = nowhere;
	struct xg_layout l;
	int rc = input_open(kernel, bg->kernel_path, err);

	target.size = bg->mem_mib * MIB;
	if (!rc && bg->ramdisk_path)
		rc = input_open(ramdisk, bg->ramdisk_path, err);
	if (!rc)
		rc = kernel_load(kernel, &target, NULL, k, err);
	return rc ? rc : layout_plan(&l, k, ramdisk->size, PAGES(target.size), err);
}

int xg_inspect_kernel(const struct xg_build *bg, char *summary, size_t size)
{
	struct xg_input kernel = { .fd = -1 }, ramdisk = { .fd = -1 };
	struct xg_kernel k = { .format = "" };
	struct xg_err err;
	int rc = inspect(bg, &kernel, &ramdisk, &k, &err);

	input_close(&kernel);
	input_close(&ramdisk);
	if (rc)
		snprintf(summary, size, "%s", err.text);
	else
		snprintf(summary, size, "%s %s, %s, entry %#llx, memory %#llx-%#llx", k.notes.guest_os,
			 k.notes.guest_version, k.format, (unsigned long long)k.entry,
			 (unsigned long long)k.pa_start, (unsigned long long)k.pa_end);
	return rc;
}
