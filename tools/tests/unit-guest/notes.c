// SPDX-License-Identifier: GPL-2.0-only
/*
 * Notes: whatever the bytes are, nothing is read beyond them; what a kernel cannot be refused for is
 * accepted.
 */
#include <elf.h>

#include <public/elfnote.h>
#include <public/features.h>

#include "test.h"

static struct xg_notes good(void)
{
	struct xg_notes n;

	notes_init(&n);
	n.found = true;
	n.virt_base = VIRT_BASE;
	return n;
}

#define REFUSED(change) do { \
	struct xg_notes n = good(); \
	change; \
	CHECK(notes_check(&n, 0, &err) == -ENOEXEC); \
} while (0)

static void check_refusals(void)
{
	struct xg_err err;
	struct xg_notes ok = good();

	CHECK(!notes_check(&ok, 0x1234, &err));
	CHECK(ok.entry == 0x1234 && ok.paddr_offset == 0);
	REFUSED(n.found = false);
	REFUSED(strcpy(n.xen_version, "xen-2.0"));
	REFUSED(strcpy(n.loader, "special"));
	REFUSED(n.virt_base = UNSET);
	REFUSED(n.virt_base = VIRT_BASE + 1);
	REFUSED(n.virt_base = 0xffff800000000000);
	REFUSED(n.virt_base = 0x800000000000);
	REFUSED(n.init_p2m = 0xffff87fffffff000);
	REFUSED(n.init_p2m = 0x1000000000000);
	REFUSED(n.required = 1U << XENFEAT_auto_translated_physmap);
	REFUSED(n.bad_features = true);
}

static void check_features(void)
{
	struct {
		Elf64_Nhdr h;
		char name[4];
		char text[64];
	} note = { { 4, 0, XEN_ELFNOTE_FEATURES }, "Xen", "a|!pae_pgdir_above_4gb||writable_page_tables|!" };
	struct xg_notes n;

	note.h.n_descsz = strlen(note.text);
	notes_init(&n);
	notes_parse(&n, (uint8_t *)&note, sizeof(note));
	CHECK(n.required == 1U << XENFEAT_pae_pgdir_above_4gb);
	CHECK(n.supported == (n.required | 1U << XENFEAT_writable_page_tables));
	CHECK(n.bad_features);
}

/* Lengths that are too large, and every cut of a good set. */
static void check_lengths(void)
{
	static const uint32_t sizes[] = { 0, 1, 3, 4, 5, 0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff };
	struct xg_notes n;

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++)
		for (unsigned int j = 0; j < ARRAY_SIZE(sizes); j++)
			for (size_t len = 0; len <= 28; len++) {
				const Elf64_Nhdr h = { sizes[i], sizes[j], XEN_ELFNOTE_GUEST_OS };
				uint8_t *p = malloc(28), *exact = malloc(len ? len : 1);

				memset(p, 'X', 28);
				memcpy(p, &h, sizeof(h));
				memcpy(p + sizeof(h), "Xen", 4);
				memcpy(exact, p, len);
				notes_init(&n);
				notes_parse(&n, exact, len);
				free(exact);
				free(p);
			}
}

static void check_strings(void)
{
	struct {
		Elf64_Nhdr h;
		char name[4];
		char text[64];
	} note = { { 4, 64, XEN_ELFNOTE_GUEST_OS }, "Xen", "" };
	struct xg_notes n;

	memset(note.text, '\n', sizeof(note.text));
	notes_init(&n);
	notes_parse(&n, (uint8_t *)&note, sizeof(note));
	CHECK(strlen(n.guest_os) == sizeof(n.guest_os) - 1 && n.guest_os[0] == '?');
}

static void check_legacy(void)
{
	static const char text[] =
		"GUEST_OS=old,VIRT_BASE=0xffffffff80000000,HYPERCALL_PAGE=0x2,,=,X=,LOADER";
	struct xg_notes n;

	for (size_t len = 0; len <= sizeof(text); len++) {
		char *exact = malloc(len ? len : 1);

		memcpy(exact, text, len);
		notes_init(&n);
		notes_parse_legacy(&n, exact, len);
		free(exact);
	}
	CHECK(!strcmp(n.guest_os, "old") && n.virt_base == VIRT_BASE && n.paddr_offset == VIRT_BASE);
	CHECK(n.hypercall_page == VIRT_BASE + 2 * PAGE_SIZE);
}

void test_notes(void)
{
	check_refusals();
	check_features();
	check_lengths();
	check_strings();
	check_legacy();
}
