/* SPDX-License-Identifier: GPL-2.0-only */
/* sources: lib/elf.c lib/elfnotes.c */
/* The kernel file parser on a small program, cut off and flipped everywhere: it never reads outside (ASan) and never accepts nonsense. */
#include <xen/elf.h>
#include <xen/errno.h>
#include <public/elfnote.h>
#include "unit.h"

#define SIZE	0x300

static void put(u8 *f, unsigned int at, u64 v, unsigned int n)
{
	memcpy(f + at, &v, n);
}

static unsigned int put_note(u8 *f, unsigned int at, u32 type, const void *desc, u32 n)
{
	put(f, at, 4, 4);
	put(f, at + 4, n, 4);
	put(f, at + 8, type, 4);
	memcpy(f + at + 12, "Xen", 4);
	memcpy(f + at + 16, desc, n);
	return at + 16 + ROUNDUP(n, 4u);
}

static void make(u8 *f)
{
	u64 base = 0xffffffff80000000ULL, entry = base + 0x1000;
	unsigned int at = 0x200;

	memset(f, 0, SIZE);
	memcpy(f, "\177ELF\2\1\1", 7);
	put(f, 16, 2, 2);
	put(f, 18, 62, 2);
	put(f, 24, entry, 8);
	put(f, 32, 64, 8);	/* phoff */
	put(f, 54, 56, 2);
	put(f, 56, 2, 2);
	/* load: 0x100 bytes at 0x100, 0x400 in memory */
	put(f, 64, 1, 4);
	put(f, 72, 0x100, 8);
	put(f, 80, base + 0x1000000, 8);
	put(f, 88, 0x1000000, 8);
	put(f, 96, 0x100, 8);
	put(f, 104, 0x400, 8);
	/* notes */
	put(f, 120, 4, 4);
	put(f, 128, 0x200, 8);
	at = put_note(f, at, XEN_ELFNOTE_VIRT_BASE, &base, 8);
	at = put_note(f, at, XEN_ELFNOTE_ENTRY, &entry, 8);
	at = put_note(f, at, XEN_ELFNOTE_GUEST_OS, "linux", 6);
	at = put_note(f, at, XEN_ELFNOTE_XEN_VERSION, "xen-3.0", 8);
	put(f, 120 + 32, at - 0x200, 8);
}

static int parse(const u8 *f, size_t n, struct elf_image *img, struct xen_elf_notes *notes)
{
	const char *why = NULL;
	int rc = elf_parse(img, f, n, &why);

	CHECK(!rc || (rc == -ENOEXEC && why));
	if (!rc)
		elf_xen_notes(img, notes);
	return rc;
}

UNIT(a_good_file)
{
	static u8 f[SIZE];
	struct elf_image img;
	struct xen_elf_notes n;

	make(f);
	CHECK_EQ(parse(f, SIZE, &img, &n), 0);
	CHECK_EQ(img.nr_load, 1);
	CHECK_EQ(img.load[0].memsz, 0x400);
	CHECK(n.found);
	CHECK_EQ(n.virt_base, 0xffffffff80000000ULL);
	CHECK_EQ(n.virt_entry, 0xffffffff80001000ULL);
	CHECK_EQ(n.init_p2m, UNSET_ADDR);
	CHECK(!strcmp(n.guest_os, "linux"));
	CHECK(!strcmp(n.xen_ver, "xen-3.0"));
}

/* Each length on the heap, so that a byte too far is seen. */
UNIT(cut_off)
{
	for (size_t n = 0; n < SIZE; n++) {
		struct xen_elf_notes notes;
		struct elf_image img;
		static u8 whole[SIZE];
		u8 *f = malloc(n + 1);

		make(whole);
		memcpy(f, whole, n);
		(void)parse(f, n, &img, &notes);
		free(f);
	}
}

UNIT(random_damage)
{
	static u8 good[SIZE];

	make(good);
	for (unsigned int round = 0; round < 50000; round++) {
		struct xen_elf_notes notes;
		struct elf_image img;
		u8 *f = malloc(SIZE);

		memcpy(f, good, SIZE);
		for (unsigned int i = unit_random() % 8; i-- > 0; )
			f[unit_random() % (unit_random() & 1 ? SIZE : 0x100)] = unit_random() & 1 ? 0xff : unit_random();
		if (!parse(f, SIZE, &img, &notes))
			for (unsigned int i = 0; i < img.nr_load; i++) {
				CHECK(img.load[i].offset + img.load[i].filesz <= SIZE);
				CHECK(img.load[i].filesz <= img.load[i].memsz);
			}
		free(f);
	}
}
