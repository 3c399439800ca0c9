/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of keys: every key of a guest configuration, its type, range and meaning, in one place.
 * A new key is a new row; man page, error messages and suggestions follow from here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "internal.h"
#include "keys.h"

const char *const cfg_actions[] = {
	[ACTION_DESTROY] = "destroy", [ACTION_RESTART] = "restart",
	[ACTION_RENAME_RESTART] = "rename-restart", [ACTION_PRESERVE] = "preserve",
	[ACTION_COREDUMP_DESTROY] = "coredump-destroy", [ACTION_COREDUMP_RESTART] = "coredump-restart", NULL
};

static const char *const tsc_modes[] = {
	[TSC_DEFAULT] = "default", [TSC_ALWAYS_EMULATE] = "always_emulate", [TSC_NATIVE] = "native",
	[TSC_NATIVE_PARAVIRT] = "native_paravirt", NULL
};

const char *const cfg_bootloaders[] = {
	[BOOT_NONE] = "none", [BOOT_GUESTBOOT] = "guestboot", [BOOT_PYGRUB] = "pygrub", NULL
};

#define FIELD(f)	offsetof(struct guest_config, f)
#define STR(k, f, w)	{ .name = k, .type = KEY_STRING, .field = FIELD(f), .what = w }
#define INT(k, f, lo, hi, w) \
	{ .name = k, .type = KEY_INT, .field = FIELD(f), .min = lo, .max = hi, .what = w }
#define WORD(k, f, list, w) \
	{ .name = k, .type = KEY_WORD, .field = FIELD(f), .words = list, .what = w }
#define OWN(k, fn, w)	{ .name = k, .type = KEY_OWN, .parse = fn, .what = w }
#define ONLY(k, list)                                                                                        \
	{                                                                                                    \
		.name = k, .type = KEY_ONLY, .words = list, .what = "accepted with this value only"          \
	}
#define NOEFFECT(k)	{ .name = k, .type = KEY_NOEFFECT, .what = "accepted, no effect" }

static const char *const pv_words[] = { "pv", "linux", "generic", NULL };

const struct cfg_key cfg_keys[] = {
	STR("name", name, "name of the guest, unique on this machine"),
	STR("uuid", uuid_text, "identity; made at random when absent"),
	STR("kernel", kernel, "kernel image: ELF or bzImage"),
	STR("ramdisk", ramdisk, "initial ramdisk"),
	STR("root", root, "root device, put in front of the command line as root="),
	STR("extra", extra, "more of the kernel's command line"),
	STR("cmdline", cmdline, "the kernel's whole command line, instead of root and extra"),
	WORD("bootloader", bootloader, cfg_bootloaders, "takes the kernel out of the guest's first disk"),
	STR("bootentry", bootentry, "with bootloader: entry of the disk's menu, by number, title or identity"),
	OWN("bootloader_args", cfg_take_loader_args, "with bootloader: its options; \"--entry=...\" is bootentry"),
	INT("memory", memory_mb, 1, 16 << 20, "memory at start, in MiB"),
	INT("maxmem", maxmem_mb, 1, 16 << 20, "most memory the guest may reach, in MiB"),
	INT("vcpus", vcpus, 1, CFG_MAX_VCPUS, "virtual CPUs at start"),
	INT("maxvcpus", maxvcpus, 1, CFG_MAX_VCPUS, "virtual CPUs that may be switched on later"),
	OWN("cpus", cfg_take_cpus, "CPUs to run on: \"0-3,^1\", or a list with one element for each vcpu"),
	OWN("cpus_soft", cfg_take_cpus_soft, "CPUs that it prefers to run on, written in the same ways"),
	INT("cpu_weight", cpu_weight, 1, 65535, "share of CPU time relative to others (256 is usual)"),
	INT("cpu_cap", cpu_cap, 0, CFG_MAX_VCPUS * 100, "most CPU time, in percent of one CPU; 0: no limit"),
	INT("cap", cpu_cap, 0, CFG_MAX_VCPUS * 100, "the same as cpu_cap"),
	OWN("disk", cfg_take_disks, "list of disks"),
	OWN("vif", cfg_take_vifs, "list of network cards"),
	WORD("on_poweroff", on_poweroff, cfg_actions, "what follows when the guest powers off"),
	WORD("on_reboot", on_reboot, cfg_actions, "what follows when the guest reboots"),
	WORD("on_crash", on_crash, cfg_actions, "what follows when the guest crashes"),
	INT("localtime", localtime, 0, 1, "the guest's clock shows local time instead of UTC"),
	INT("rtc_timeoffset", rtc_timeoffset, -31536000, 31536000, "seconds added to the guest's clock"),
	WORD("tsc_mode", tsc_mode, tsc_modes, "how the guest reads the time stamp counter"),
	INT("max_grant_frames", max_grant_frames, 1, 1024, "limit of grant table pages"),
	INT("max_maptrack_frames", max_maptrack_frames, 0, 8192, "limit of pages tracking its own mappings"),
	INT("max_event_channels", max_event_channels, 8, 131071, "highest event channel"),
	INT("event_channels", max_event_channels, 8, 131071, "the same as max_event_channels"),
	ONLY("type", pv_words),
	ONLY("builder", pv_words),
	NOEFFECT("features"), NOEFFECT("acpi"),
	NOEFFECT("apic"),
	NOEFFECT("vfb"),
	NOEFFECT("vkb"),
	NOEFFECT("vnc"),
	NOEFFECT("sdl"),
	NOEFFECT("nographic"),
	NOEFFECT("serial"),
	NOEFFECT("claim_mode"),
	NOEFFECT("nomigrate"),
	NOEFFECT("seclabel"),
	NOEFFECT("pool"),
	NOEFFECT("driver_domain"),
	NOEFFECT("dhcp"),
	NOEFFECT("vcpu_avail"),
	NOEFFECT("on_watchdog"),
	NOEFFECT("on_soft_reset"),
};

const unsigned int cfg_nr_keys = sizeof(cfg_keys) / sizeof(cfg_keys[0]);

const char *cfg_action_name(enum cfg_action action)
{
	return cfg_actions[action];
}

const char *cfg_tsc_name(enum cfg_tsc mode)
{
	return tsc_modes[mode];
}

static const char *type_name(const struct cfg_key *k)
{
	switch (k->type) {
	case KEY_STRING:
		return "string";
	case KEY_INT:
		return "number";
	case KEY_WORD:
	case KEY_ONLY:
		return "word";
	case KEY_NOEFFECT:
		return "any";
	default:
		return k->parse == cfg_take_disks || k->parse == cfg_take_vifs ? "list" : "string or list";
	}
}

bool cfg_key_info(unsigned int i, struct cfg_key_info *out)
{
	if (i >= cfg_nr_keys)
		return false;
	*out = (struct cfg_key_info){ cfg_keys[i].name, type_name(&cfg_keys[i]), cfg_keys[i].what };
	return true;
}
