/* SPDX-License-Identifier: GPL-2.0-only */
/* The notes with which a kernel says how it wants to be started on a Xen ABI hypervisor. */
#include <xen/elf.h>
#include <xen/lib.h>
#include <public/elfnote.h>

struct note {
	u32 namesz, descsz, type;
};

static u64 number(const u8 *desc, u32 size)
{
	u64 v = 0;

	if (size == 4 || size == 8)
		memcpy(&v, desc, size);
	return v;
}

static void text(char *to, size_t room, const u8 *desc, u32 size)
{
	size_t n = min_t(size_t, size, room - 1);

	memcpy(to, desc, n);
	to[n] = 0;
}

static void one_note(struct xen_elf_notes *n, u32 type, const u8 *desc, u32 size)
{
	n->found = true;
	switch (type) {
	case XEN_ELFNOTE_ENTRY: n->virt_entry = number(desc, size); break;
	case XEN_ELFNOTE_HYPERCALL_PAGE: n->virt_hypercall = number(desc, size); break;
	case XEN_ELFNOTE_VIRT_BASE: n->virt_base = number(desc, size); break;
	case XEN_ELFNOTE_PADDR_OFFSET: n->paddr_offset = number(desc, size); break;
	case XEN_ELFNOTE_INIT_P2M: n->init_p2m = number(desc, size); break;
	case XEN_ELFNOTE_MOD_START_PFN: n->mod_start_pfn = number(desc, size); break;
	case XEN_ELFNOTE_SUPPORTED_FEATURES: n->supported |= number(desc, size); break;
	case XEN_ELFNOTE_GUEST_OS: text(n->guest_os, sizeof(n->guest_os), desc, size); break;
	case XEN_ELFNOTE_GUEST_VERSION: text(n->guest_ver, sizeof(n->guest_ver), desc, size); break;
	case XEN_ELFNOTE_XEN_VERSION: text(n->xen_ver, sizeof(n->xen_ver), desc, size); break;
	}
}

static void one_segment(struct xen_elf_notes *n, const u8 *p, u64 left)
{
	struct note h;

	while (left >= sizeof(h)) {
		u64 name_len, desc_len;

		memcpy(&h, p, sizeof(h));
		name_len = ROUNDUP((u64)h.namesz, 4);
		desc_len = ROUNDUP((u64)h.descsz, 4);
		if (sizeof(h) + name_len + h.descsz > left)
			return;
		if (h.namesz == 4 && !memcmp(p + sizeof(h), "Xen", 4))
			one_note(n, h.type, p + sizeof(h) + name_len, h.descsz);
		if (sizeof(h) + name_len + desc_len >= left)
			return;
		p += sizeof(h) + name_len + desc_len;
		left -= sizeof(h) + name_len + desc_len;
	}
}

void elf_xen_notes(const struct elf_image *img, struct xen_elf_notes *n)
{
	memset(n, 0, sizeof(*n));
	n->virt_base = n->virt_entry = n->virt_hypercall = n->init_p2m = n->paddr_offset = UNSET_ADDR;
	for (unsigned int i = 0; i < img->nr_note; i++)
		one_segment(n, img->data + img->note[i].offset, img->note[i].filesz);
}
