/* SPDX-License-Identifier: GPL-2.0-only */
/* What the loader told us, in one form whatever its protocol was; constant after boot_info_parse(). */
#ifndef XEN_BOOT_INFO_H
#define XEN_BOOT_INFO_H

#include <xen/types.h>

#define E820_MAX	256
enum e820_type { E820_RAM = 1, E820_RESERVED = 2, E820_ACPI = 3, E820_NVS = 4, E820_UNUSABLE = 5 };

struct e820_entry {
	u64 addr, size;
	u32 type;
} __packed;

struct boot_module {
	u64 start, size;	/* machine addresses */
	const char *cmdline;	/* in the direct map */
};

struct boot_info {
	const char *loader;
	const char *cmdline;
	unsigned int nr_e820;
	struct e820_entry e820[E820_MAX];	/* sorted, no overlaps */
	unsigned int nr_modules;
	struct boot_module module[8];		/* 0: dom0's kernel, 1: its initrd */
	u64 rsdp;				/* from multiboot 2, else 0 */
	bool vga_text;
	struct {
		u64 addr;
		u32 pitch, width, height;
		u8 bpp, type;
	} framebuffer;
};
extern struct boot_info boot_info;
/* Sort n entries (E820_MAX at most, none wraps), in place, and free them of overlaps. Returns how many there are then. */
unsigned int e820_sanitise(struct e820_entry *map, unsigned int n);

/* -- command line (common/param.c): parameters register themselves in a section ------------------------------ */
enum param_type { PARAM_str, PARAM_bool, PARAM_int, PARAM_size, PARAM_custom };
struct kernel_param {
	const char *name;
	enum param_type type;
	unsigned int len;	/* bytes of *var */
	void *var;
	int (*fn)(const char *value);
};
#define string_param(n, v)	static const struct kernel_param __used __section(".init.params") __aligned(8) \
	__param_##v = { n, PARAM_str, sizeof(v), &(v), NULL }
#define boolean_param(n, v)	static const struct kernel_param __used __section(".init.params") __aligned(8) \
	__param_##v = { n, PARAM_bool, sizeof(v), &(v), NULL }
#define integer_param(n, v)	static const struct kernel_param __used __section(".init.params") __aligned(8) \
	__param_##v = { n, PARAM_int, sizeof(v), &(v), NULL }
#define size_param(n, v)	static const struct kernel_param __used __section(".init.params") __aligned(8) \
	__param_##v = { n, PARAM_size, sizeof(v), &(v), NULL }
#define custom_param(n, f)	static const struct kernel_param __used __section(".init.params") __aligned(8) \
	__param_##f = { n, PARAM_custom, 0, NULL, f }
void cmdline_parse(const char *cmdline);
extern char saved_cmdline[1024];

#endif
