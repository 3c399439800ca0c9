/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The loader's information in one form. Multiboot 1 (spec 0.6.96) and 2 (spec 2.0) structures are read once, in place,
 * through the direct map; what is kept is copied, but for command lines of modules, which stay where they are.
 */
#include <xen/boot_info.h>
#include <xen/lib.h>
#include <asm/page.h>
#include "multiboot.h"

struct boot_info boot_info;

static char cmdline_copy[1024] __initdata;
static char module_cmdline[8][1024];

static const void *__init phys(u64 addr)
{
	return maddr_to_virt(_maddr(addr));
}

static void __init add_e820(u64 addr, u64 size, u32 type)
{
	struct boot_info *bi = &boot_info;

	if (!size || addr + size < addr || bi->nr_e820 == E820_MAX)
		return;
	bi->e820[bi->nr_e820++] = (struct e820_entry){ addr, size, type };
}

static void __init add_module(u64 start, u64 end, const char *cmdline)
{
	struct boot_info *bi = &boot_info;
	unsigned int n = bi->nr_modules;

	if (end <= start || n == ARRAY_SIZE(bi->module))
		return;
	strlcpy(module_cmdline[n], cmdline, sizeof(module_cmdline[n]));
	bi->module[n] = (struct boot_module){ start, end - start, module_cmdline[n] };
	bi->nr_modules++;
}

/* GRUB leaves the file name out of command lines; other loaders put it first. */
static const char *__init skip_name(const char *s, bool has_name)
{
	if (!has_name)
		return s;
	while (*s && *s != ' ')
		s++;
	while (*s == ' ')
		s++;
	return s;
}

static void __init parse_mb1(const struct mb1_info *mb)
{
	struct boot_info *bi = &boot_info;
	bool has_name = true;

	bi->loader = mb->flags & MB1_LOADER_NAME ? phys(mb->boot_loader_name) : "unnamed multiboot loader";
	if (!strncmp(bi->loader, "GRUB 2", 6))
		has_name = false;
	if (mb->flags & MB1_CMDLINE)
		strlcpy(cmdline_copy, skip_name(phys(mb->cmdline), has_name), sizeof(cmdline_copy));
	if (mb->flags & MB1_MODS) {
		const struct mb1_module *m = phys(mb->mods_addr);

		for (u32 i = 0; i < mb->mods_count; i++)
			add_module(m[i].start, m[i].end, skip_name(m[i].cmdline ? phys(m[i].cmdline) : "", has_name));
	}
	if (mb->flags & MB1_MMAP) {
		u32 off = 0;

		while (off + sizeof(struct mb1_mmap) <= mb->mmap_length) {
			const struct mb1_mmap *e = phys(mb->mmap_addr + off);

			add_e820(e->addr, e->len, e->type);
			off += e->size + sizeof(e->size);
		}
	} else if (mb->flags & MB1_MEMORY) {
		add_e820(0, KB(mb->mem_lower), E820_RAM);
		add_e820(MB(1), KB(mb->mem_upper), E820_RAM);
	}
	bi->vga_text = !(mb->flags & MB1_FRAMEBUFFER) || mb->framebuffer_type == 2;
	if (mb->flags & MB1_FRAMEBUFFER) {
		bi->framebuffer.addr = mb->framebuffer_addr;
		bi->framebuffer.type = mb->framebuffer_type;
	}
}

static void __init mb2_memory_map(const struct mb2_tag *tag)
{
	const struct mb2_tag_mmap *m = (const void *)tag;

	for (u32 off = sizeof(*m); m->entry_size && off + m->entry_size <= tag->size; off += m->entry_size) {
		const struct mb2_mmap_entry *e = (const void *)((const char *)m + off);

		add_e820(e->addr, e->len, e->type);
	}
}

static void __init mb2_one_tag(const struct mb2_tag *tag)
{
	struct boot_info *bi = &boot_info;
	const char *text = (const char *)(tag + 1);

	switch (tag->type) {
	case MB2_TAG_CMDLINE:
		strlcpy(cmdline_copy, text, sizeof(cmdline_copy));
		break;
	case MB2_TAG_LOADER:
		bi->loader = text;
		break;
	case MB2_TAG_MODULE: {
		const struct mb2_tag_module *m = (const void *)tag;

		add_module(m->start, m->end, m->cmdline);
		break;
	}
	case MB2_TAG_MMAP:
		mb2_memory_map(tag);
		break;
	case MB2_TAG_FRAMEBUFFER: {
		const struct mb2_tag_framebuffer *f = (const void *)tag;

		bi->framebuffer.addr = f->addr;
		bi->framebuffer.type = f->type;
		bi->vga_text = f->type == 2;
		break;
	}
	case MB2_TAG_RSDP_OLD:
	case MB2_TAG_RSDP_NEW:
		/* The tag holds a copy; remember where: the loader's memory stays untouched until the tables are parsed. */
		if (!bi->rsdp || tag->type == MB2_TAG_RSDP_NEW)
			bi->rsdp = maddr_x(virt_to_maddr(text));
		break;
	}
}

static void __init parse_mb2(const struct mb2_info *mb)
{
	u32 off = sizeof(*mb);

	boot_info.loader = "unnamed multiboot 2 loader";
	boot_info.vga_text = true;
	while (off + sizeof(struct mb2_tag) <= mb->total_size) {
		const struct mb2_tag *tag = (const void *)((const char *)mb + off);

		if (tag->type == MB2_TAG_END || tag->size < sizeof(*tag))
			break;
		mb2_one_tag(tag);
		off += ROUNDUP(tag->size, 8u);
	}
}

void __init boot_info_parse(u32 magic, u32 info)
{
	if (magic == MB2_LOADER_MAGIC)
		parse_mb2(phys(info));
	else
		parse_mb1(phys(info));
	boot_info.cmdline = cmdline_copy;
	boot_info.nr_e820 = e820_sanitise(boot_info.e820, boot_info.nr_e820);
}
