/* SPDX-License-Identifier: GPL-2.0-only */
/* What multiboot 1 and 2 loaders hand over (GNU Multiboot specifications). */
#ifndef BOOT_MULTIBOOT_H
#define BOOT_MULTIBOOT_H

#include <xen/types.h>

#define MB1_MEMORY		(1u << 0)
#define MB1_CMDLINE		(1u << 2)
#define MB1_MODS		(1u << 3)
#define MB1_MMAP		(1u << 6)
#define MB1_LOADER_NAME		(1u << 9)
#define MB1_FRAMEBUFFER		(1u << 12)

struct mb1_info {
	u32 flags, mem_lower, mem_upper, boot_device, cmdline, mods_count, mods_addr, syms[4];
	u32 mmap_length, mmap_addr, drives_length, drives_addr, config_table, boot_loader_name, apm_table;
	u32 vbe_control_info, vbe_mode_info;
	u16 vbe_mode, vbe_interface_seg, vbe_interface_off, vbe_interface_len;
	u64 framebuffer_addr;
	u32 framebuffer_pitch, framebuffer_width, framebuffer_height;
	u8 framebuffer_bpp, framebuffer_type;
} __packed;

struct mb1_module {
	u32 start, end, cmdline, pad;
};

struct mb1_mmap {
	u32 size;
	u64 addr, len;
	u32 type;
} __packed;

#define MB2_LOADER_MAGIC	0x36d76289

enum { MB2_TAG_END = 0, MB2_TAG_CMDLINE = 1, MB2_TAG_LOADER = 2, MB2_TAG_MODULE = 3, MB2_TAG_MMAP = 6, MB2_TAG_FRAMEBUFFER = 8,
       MB2_TAG_RSDP_OLD = 14, MB2_TAG_RSDP_NEW = 15 };

struct mb2_info { u32 total_size, reserved; };
struct mb2_tag { u32 type, size; };
struct mb2_tag_module { struct mb2_tag tag; u32 start, end; char cmdline[]; };
struct mb2_tag_mmap { struct mb2_tag tag; u32 entry_size, entry_version; };
struct mb2_mmap_entry { u64 addr, len; u32 type, zero; };
struct mb2_tag_framebuffer { struct mb2_tag tag; u64 addr; u32 pitch, width, height; u8 bpp, type; };

void boot_info_parse(u32 magic, u32 info);

#endif
