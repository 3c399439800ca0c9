// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's statements about itself: ELF notes of owner "Xen", or the older __xen_guest string. All of it
 * is foreign data: every length is checked against what is left, strings are cut to their field and cleaned
 * of control characters.
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include <public/elfnote.h>
#include <public/features.h>

#include "xg_internal.h"

/* Feature names as in XENFEAT_*, by bit. */
static const char *const feature_names[] = {
	[XENFEAT_writable_page_tables] = "writable_page_tables",
	[XENFEAT_writable_descriptor_tables] = "writable_descriptor_tables",
	[XENFEAT_auto_translated_physmap] = "auto_translated_physmap",
	[XENFEAT_supervisor_mode_kernel] = "supervisor_mode_kernel",
	[XENFEAT_pae_pgdir_above_4gb] = "pae_pgdir_above_4gb",
	[XENFEAT_hvm_callback_vector] = "hvm_callback_vector",
	[XENFEAT_dom0] = "dom0",
};

#define HV_HOLE_START	0xffff800000000000ULL
#define HV_HOLE_END	0xffff880000000000ULL

void notes_init(struct xg_notes *n)
{
	*n = (struct xg_notes){
		.virt_base = UNSET, .paddr_offset = UNSET, .entry = UNSET, .hypercall_page = UNSET,
		.init_p2m = UNSET, .hv_start_low = UNSET,
	};
}

static void get_string(char *dst, size_t room, const void *p, size_t size)
{
	size_t n = strnlen(p, size);

	n = n < room - 1 ? n : room - 1;
	for (size_t i = 0; i < n; i++) {
		char c = ((const char *)p)[i];

		dst[i] = c >= ' ' && c < 0x7f ? c : '?';
	}
	dst[n] = 0;
}

/* Numbers are as long as the note says: 4 or 8 bytes (shorter and longer ones are ignored). */
static uint64_t get_number(const void *p, size_t size, uint64_t otherwise)
{
	uint64_t v64;
	uint32_t v32;

	if (size == sizeof(v64)) {
		memcpy(&v64, p, sizeof(v64));
		return v64;
	}
	if (size == sizeof(v32)) {
		memcpy(&v32, p, sizeof(v32));
		return v32;
	}
	return otherwise;
}

static int feature_bit(const char *name, size_t len)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(feature_names); i++)
		if (feature_names[i] && strlen(feature_names[i]) == len &&
		    !memcmp(feature_names[i], name, len))
			return i;
	return -1;
}

/* "name|!required|name" */
static void parse_features(struct xg_notes *n, const char *p, size_t size)
{
	const char *end = p + strnlen(p, size);

	while (p < end) {
		const char *sep = memchr(p, '|', end - p);
		const char *stop = sep ? sep : end;
		bool required = p < stop && *p == '!';
		int bit;

		p += required;
		bit = feature_bit(p, stop - p);
		if (bit >= 0)
			n->supported |= 1U << bit;
		if (bit >= 0 && required)
			n->required |= 1U << bit;
		n->bad_features |= required && bit < 0;
		p = stop + (sep ? 1 : 0);
	}
}

static void one_note(struct xg_notes *n, uint32_t type, const uint8_t *p, size_t size)
{
	switch (type) {
	case XEN_ELFNOTE_ENTRY:
		n->entry = get_number(p, size, n->entry);
		break;
	case XEN_ELFNOTE_HYPERCALL_PAGE:
		n->hypercall_page = get_number(p, size, n->hypercall_page);
		break;
	case XEN_ELFNOTE_VIRT_BASE:
		n->virt_base = get_number(p, size, n->virt_base);
		break;
	case XEN_ELFNOTE_PADDR_OFFSET:
		n->paddr_offset = get_number(p, size, n->paddr_offset);
		break;
	case XEN_ELFNOTE_XEN_VERSION:
		get_string(n->xen_version, sizeof(n->xen_version), p, size);
		break;
	case XEN_ELFNOTE_GUEST_OS:
		get_string(n->guest_os, sizeof(n->guest_os), p, size);
		break;
	case XEN_ELFNOTE_GUEST_VERSION:
		get_string(n->guest_version, sizeof(n->guest_version), p, size);
		break;
	case XEN_ELFNOTE_LOADER:
		get_string(n->loader, sizeof(n->loader), p, size);
		break;
	case XEN_ELFNOTE_FEATURES:
		parse_features(n, (const char *)p, size);
		break;
	case XEN_ELFNOTE_SUPPORTED_FEATURES:
		n->supported |= get_number(p, size, 0);
		break;
	case XEN_ELFNOTE_HV_START_LOW:
		n->hv_start_low = get_number(p, size, n->hv_start_low);
		break;
	case XEN_ELFNOTE_INIT_P2M:
		n->init_p2m = get_number(p, size, n->init_p2m);
		break;
	case XEN_ELFNOTE_MOD_START_PFN:
		n->mod_start_pfn = get_number(p, size, 0) != 0;
		break;
	}
}

void notes_parse(struct xg_notes *n, const uint8_t *p, size_t size)
{
	size_t off = 0;
	Elf64_Nhdr h;

	while (size - off >= sizeof(h)) {
		size_t name, desc;

		memcpy(&h, p + off, sizeof(h));
		off += sizeof(h);
		name = align_up(h.n_namesz, 4);
		desc = align_up(h.n_descsz, 4);
		/* The last note's padding may be missing. */
		if (name > size - off || h.n_descsz > size - off - name)
			return;
		if (h.n_namesz == 4 && !memcmp(p + off, "Xen", 4)) {
			n->found = true;
			one_note(n, h.n_type, p + off + name, h.n_descsz);
		}
		off += name;
		off += desc < size - off ? desc : size - off;
	}
}

static const struct {
	const char *key;
	uint32_t note;			/* the same fact's note; numbers are given in text */
	bool number;
} legacy_keys[] = {
	{ "VIRT_BASE", XEN_ELFNOTE_VIRT_BASE, true },
	{ "ELF_PADDR_OFFSET", XEN_ELFNOTE_PADDR_OFFSET, true },
	{ "VIRT_ENTRY", XEN_ELFNOTE_ENTRY, true },
	{ "HYPERCALL_PAGE", XEN_ELFNOTE_HYPERCALL_PAGE, true },
	{ "XEN_VER", XEN_ELFNOTE_XEN_VERSION, false },
	{ "GUEST_OS", XEN_ELFNOTE_GUEST_OS, false },
	{ "GUEST_VER", XEN_ELFNOTE_GUEST_VERSION, false },
	{ "LOADER", XEN_ELFNOTE_LOADER, false },
	{ "FEATURES", XEN_ELFNOTE_FEATURES, false },
};

static void legacy_pair(struct xg_notes *n, char *key, char *value)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(legacy_keys); i++) {
		uint64_t v;

		if (strcmp(key, legacy_keys[i].key))
			continue;
		if (!legacy_keys[i].number) {
			one_note(n, legacy_keys[i].note, (uint8_t *)value, strlen(value));
			return;
		}
		v = strtoull(value, NULL, 0);
		one_note(n, legacy_keys[i].note, (uint8_t *)&v, sizeof(v));
	}
}

void notes_parse_legacy(struct xg_notes *n, const char *p, size_t size)
{
	char *copy = strndup(p, size), *save, *pair;

	if (!copy)
		return;
	n->found = true;
	for (pair = strtok_r(copy, ",", &save); pair; pair = strtok_r(NULL, ",", &save)) {
		char *eq = strchr(pair, '=');

		if (eq) {
			*eq = 0;
			legacy_pair(n, pair, eq + 1);
		}
	}
	free(copy);
	if (n->virt_base == UNSET)
		n->virt_base = 0;
	if (n->paddr_offset == UNSET)
		n->paddr_offset = n->virt_base;
	/* Here the hypercall page is given as a frame number from the start of the kernel. */
	if (n->hypercall_page != UNSET)
		n->hypercall_page = n->virt_base + (n->hypercall_page << PAGE_SHIFT);
}

static bool canonical(uint64_t va)
{
	return (int64_t)(va << 16) >> 16 == (int64_t)va;
}

static bool guest_may_use(uint64_t va)
{
	return canonical(va) && (va < HV_HOLE_START || va >= HV_HOLE_END);
}

int notes_check(struct xg_notes *n, uint64_t e_entry, struct xg_err *err)
{
	const uint32_t impossible = 1U << XENFEAT_auto_translated_physmap |
				    1U << XENFEAT_supervisor_mode_kernel | 1U << XENFEAT_hvm_callback_vector |
				    1U << XENFEAT_dom0;

	if (!n->found)
		return xg_fail(err, -ENOEXEC,
			       "the kernel has no Xen notes: it is not built to run as a guest");
	if (n->xen_version[0] && strcmp(n->xen_version, "xen-3.0"))
		return xg_fail(err, -ENOEXEC, "the kernel is built for interface \"%s\", not xen-3.0",
			       n->xen_version);
	if (n->loader[0] && strcmp(n->loader, "generic"))
		return xg_fail(err, -ENOEXEC, "the kernel asks for an unknown loader \"%s\"", n->loader);
	if (n->bad_features || (n->required & impossible))
		return xg_fail(err, -ENOEXEC, "the kernel requires features that are not offered");
	if (n->entry == UNSET && n->virt_base == UNSET)
		return xg_fail(err, -ENOEXEC, "the kernel has no entry for paravirtualized guests");
	if (n->virt_base == UNSET)
		n->virt_base = 0;
	if (n->paddr_offset == UNSET)
		n->paddr_offset = 0;
	if (n->entry == UNSET)
		n->entry = e_entry;
	if (n->virt_base & (PAGE_SIZE - 1) || !guest_may_use(n->virt_base))
		return xg_fail(err, -ENOEXEC, "the kernel's VIRT_BASE %#llx is unusable",
			       (unsigned long long)n->virt_base);
	if (n->init_p2m != UNSET && (n->init_p2m & (PAGE_SIZE - 1) || !guest_may_use(n->init_p2m)))
		return xg_fail(err, -ENOEXEC, "the kernel's INIT_P2M %#llx is unusable",
			       (unsigned long long)n->init_p2m);
	return 0;
}
