/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest configuration files: text -> list of settings -> checked guest description.
 *
 * The grammar is docs/specs/config.md. Nothing in a file is executed or expanded.
 * All functions return 0 or a negative errno; on failure *err holds one line for a person, with
 * file, line and column where they are known. None of them prints, and none keeps global state.
 */
#ifndef LIBCFG_H
#define LIBCFG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CFG_MAX_BYTES		(1u << 20)	/* longest accepted file */
#define CFG_MAX_DEPTH		4		/* lists inside lists */
#define CFG_MAX_CPUS		1024
#define CFG_MAX_VCPUS		512
#define CFG_NAME_MAX		63
#define CFG_IP_MAX	52		/* an address with a prefix length, and its end */
#define CFG_IPS_MAX	1024		/* all addresses of a card, and the end */

/** One line that says what is wrong, where, and what was expected. */
struct cfg_error {
	char text[512];
};

enum cfg_kind { CFG_STRING, CFG_INT, CFG_LIST };

/** A value as written in the file. */
struct cfg_value {
	enum cfg_kind kind;
	unsigned int line, col;
	unsigned int depth;		/* of lists below this value */
	char *str;			/* CFG_STRING */
	int64_t num;			/* CFG_INT */
	struct cfg_value **item;	/* CFG_LIST */
	unsigned int nr_items;
};

/** `key = value`. */
struct cfg_setting {
	char *key;
	unsigned int line, col;
	struct cfg_value *value;
};

/** A parsed file: its settings in order; a later one replaces an earlier one of the same key. */
struct cfg_doc {
	char *name;			/* of the file, for messages */
	struct cfg_setting *setting;
	unsigned int nr_settings;
};

int cfg_parse_file(const char *path, struct cfg_doc **out, struct cfg_error *err);
int cfg_parse_text(const char *name, const char *text, size_t len, struct cfg_doc **out,
		   struct cfg_error *err);
/** Apply a `key=value` or `key+=value` of the command line; a bare word needs no quotes there. */
int cfg_override(struct cfg_doc *doc, const char *assignment, struct cfg_error *err);
/** The value of @key, or NULL. */
const struct cfg_value *cfg_lookup(const struct cfg_doc *doc, const char *key);
/** Write @doc as text that parses to the same document. Returns 0 or -EIO. */
int cfg_write(const struct cfg_doc *doc, FILE *f);
void cfg_doc_free(struct cfg_doc *doc);

enum cfg_action {
	ACTION_DESTROY, ACTION_RESTART, ACTION_RENAME_RESTART, ACTION_PRESERVE,
	ACTION_COREDUMP_DESTROY, ACTION_COREDUMP_RESTART,
};

enum cfg_bootloader { BOOT_NONE, BOOT_GUESTBOOT, BOOT_PYGRUB };	/* the last is another name of the second */

enum cfg_tsc { TSC_DEFAULT, TSC_ALWAYS_EMULATE, TSC_NATIVE, TSC_NATIVE_PARAVIRT };

enum cfg_disk_kind {
	DISK_ANY,		/* decided by what the path is */
	DISK_FILE,		/* image file, by way of a loop device */
	DISK_PHY,		/* block device */
};

/** What the bytes of the target mean. Never guessed from them: a guest may have written them. */
enum cfg_disk_format { FORMAT_RAW, FORMAT_QCOW2 };

struct cfg_disk {
	enum cfg_disk_kind kind;
	enum cfg_disk_format format;
	char *target;
	char vdev[16];
	uint32_t devid;		/* the number by which the guest's driver knows it */
	bool writable;
	bool shared;		/* may be opened for writing by several guests ("w!") */
	bool cdrom;
	unsigned int line, col;
};

struct cfg_vif {
	uint8_t mac[6];
	bool has_mac;
	char *bridge;
	char *script;
	char *ip;		/* the guest's addresses and networks, written canonically, a blank between them */
	char *gateway;		/* IPv4 address of the control domain's end (vif-route, vif-nat) */
	char *vifname;
	bool antispoof;		/* frames with other addresses than mac (and ip) are dropped */
	bool has_antispoof;	/* said; else a routed card has it, and a bridged one not */
	uint64_t rate_bytes;	/* that it may send in each rate_us; 0: no limit */
	unsigned int rate_us;
	unsigned int handle;	/* the guest's eth0 has 0 */
	unsigned int line, col;
};

struct cfg_cpuset {
	uint64_t bits[CFG_MAX_CPUS / 64];
};

/** Of each vcpu; the last one holds for the vcpus beyond. */
struct cfg_cpusets {
	struct cfg_cpuset *set;
	unsigned int nr;		/* 0: all cpus */
};

/** A guest, every value checked against its type and range. */
struct guest_config {
	char *name;
	char *uuid_text;
	uint8_t uuid[16];
	bool has_uuid;
	char *kernel, *ramdisk, *root, *extra, *cmdline;
	int64_t bootloader;		/* enum cfg_bootloader: the kernel comes out of the first disk */
	char *bootentry;		/* which entry of that disk's menu; NULL: its default */
	int64_t memory_mb, maxmem_mb;
	int64_t vcpus, maxvcpus;
	struct cfg_cpusets cpus;	/* to run on */
	struct cfg_cpusets cpus_soft;	/* that are preferred */
	int64_t cpu_weight, cpu_cap;	/* weight 0: the scheduler's default */
	int64_t on_poweroff, on_reboot, on_crash;
	int64_t localtime, rtc_timeoffset;
	int64_t tsc_mode;
	int64_t max_grant_frames, max_maptrack_frames, max_event_channels;
	struct cfg_disk *disk;
	unsigned int nr_disks;
	struct cfg_vif *vif;
	unsigned int nr_vifs;
	char *text;			/* the document that it was made of, as cfg_write() writes it */
};

/** Called for each key that is known but has no effect here. */
typedef void cfg_warn_fn(void *arg, const char *text);

/** Check @doc against the table of keys. @warn may be NULL. */
int cfg_guest(const struct cfg_doc *doc, struct guest_config **out, cfg_warn_fn *warn, void *arg,
	      struct cfg_error *err);
void cfg_guest_free(struct guest_config *g);
/** The whole command line of the guest's kernel (root=, extra or cmdline); malloc'd, NULL without memory. */
char *cfg_guest_cmdline(const struct guest_config *g);

/* Single items, for hot-plug commands and tests. */
int cfg_parse_disk(const char *spec, struct cfg_disk *out, struct cfg_error *err);
int cfg_parse_vif(const char *spec, struct cfg_vif *out, struct cfg_error *err);
int cfg_parse_cpuset(const char *spec, struct cfg_cpuset *out, struct cfg_error *err);
/** "10Mb/s", "250KB/s@20ms": bytes in each interval of so many microseconds. */
int cfg_parse_rate(const char *text, uint64_t *bytes, unsigned int *interval_us);
/** One address or network ("10.0.0.2", "10.6.0.0/24", "2001:db8::2"), written canonically into @out; its family. */
int cfg_parse_ip(const char *text, char out[CFG_IP_MAX], int *family, struct cfg_error *err);
int cfg_parse_uuid(const char *text, uint8_t out[16]);
int cfg_vdev_number(const char *vdev, uint32_t *devid);
void cfg_disk_clear(struct cfg_disk *d);
void cfg_vif_clear(struct cfg_vif *v);
/** The card's way to the net, by its script. */
bool cfg_vif_routed(const struct cfg_vif *v);
/** The name of @action as written in a file. */
const char *cfg_action_name(enum cfg_action action);
const char *cfg_tsc_name(enum cfg_tsc mode);

/** One row of the table of keys, as shown to a person. */
struct cfg_key_info {
	const char *name, *type, *what;
};

/** Row @i, or false at the end. */
bool cfg_key_info(unsigned int i, struct cfg_key_info *out);
/** The candidate nearest to @word, or NULL if none is near. */
const char *cfg_suggest(const char *word, const char *const *candidates, unsigned int nr);

#endif
