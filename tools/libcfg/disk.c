/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One disk: from its line of text to its description.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "internal.h"

/* Families of disk names: prefix, major number, bits of partition. */
static const struct disk_family {
	const char *prefix;
	unsigned int major, shift, max_disk, extended_shift;
} families[] = {
	{ "xvd", 202, 4, 16, 8 },
	{ "sd", 8, 4, 16, 0 },
	{ "hd", 3, 6, 2, 0 },
};

/* "a".."z", "aa"..: index of the disk; *p moves behind it. */
static int disk_letters(const char **p)
{
	int n = 0, used = 0;

	for (; islower((unsigned char)**p) && used < 3; (*p)++, used++)
		n = n * 26 + (**p - 'a' + 1);
	return used ? n - 1 : -1;
}

static int family_number(const struct disk_family *f, const char *p, uint32_t *devid)
{
	int disk = disk_letters(&p);
	unsigned long part = 0;
	char *end = (char *)p;

	if (disk < 0)
		return -EINVAL;
	if (*p) {
		if (!isdigit((unsigned char)*p) || *p == '0')
			return -EINVAL;
		part = strtoul(p, &end, 10);
	}
	if (*end || part > 255)
		return -EINVAL;
	if ((unsigned int)disk < f->max_disk && part < 1ul << f->shift)
		*devid = f->major << 8 | (unsigned int)disk << f->shift | part;
	else if (f->extended_shift && disk < 1 << 20)
		*devid = 1u << 28 | (unsigned int)disk << f->extended_shift | part;
	else
		return -EINVAL;
	return 0;
}

int cfg_vdev_number(const char *vdev, uint32_t *devid)
{
	char *end;
	unsigned long n;

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		size_t len = strlen(families[i].prefix);

		if (!strncmp(vdev, families[i].prefix, len))
			return family_number(&families[i], vdev + len, devid);
	}
	if (!isdigit((unsigned char)*vdev))
		return -EINVAL;
	errno = 0;
	n = strtoul(vdev, &end, 0);
	if (errno || *end || n >= 1ul << 29)
		return -EINVAL;
	*devid = n;
	return 0;
}

static int set_vdev(struct cfg_disk *d, struct cfg_slice s, struct cfg_error *err)
{
	if (s.len > 6 && !memcmp(s.p + s.len - 6, ":cdrom", 6)) {
		d->cdrom = true;
		s.len -= 6;
	} else if (s.len > 5 && !memcmp(s.p + s.len - 5, ":disk", 5)) {
		s.len -= 5;
	}
	if (s.len >= sizeof(d->vdev))
		return cfg_fail(err, -EINVAL, "the guest's device name is too long");
	memcpy(d->vdev, s.p, s.len);
	d->vdev[s.len] = '\0';
	if (cfg_vdev_number(d->vdev, &d->devid))
		return cfg_fail(err, -EINVAL,
				"'%s' is no device name for a guest; expected xvda, xvda1, sda, ...",
				d->vdev);
	return 0;
}

static int set_access(struct cfg_disk *d, struct cfg_slice s, struct cfg_error *err)
{
	static const struct {
		const char *word;
		bool writable, shared;
	} words[] = {
		{ "r", false, false }, { "ro", false, false }, { "w", true, false },
		{ "rw", true, false }, { "w!", true, true }, { "rw!", true, true },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (cfg_slice_is(s, words[i].word)) {
			d->writable = words[i].writable;
			d->shared = words[i].shared;
			return 0;
		}
	}
	return cfg_fail(err, -EINVAL, "access '%.*s': expected r, w or w! (written by several guests)",
			(int)(s.len > 40 ? 40 : s.len), s.p);
}

/* The format is what the configuration says: an image's own first bytes may be its guest's work. */
static bool take_format(struct cfg_disk *d, struct cfg_slice s)
{
	if (cfg_slice_is(s, "raw"))
		d->format = FORMAT_RAW;
	else if (cfg_slice_is(s, "qcow2"))
		d->format = FORMAT_QCOW2;
	else if (s.len)
		return false;
	return true;
}

static int set_format(struct cfg_disk *d, struct cfg_slice s, struct cfg_error *err)
{
	if (take_format(d, s))
		return 0;
	return cfg_fail(err, -EINVAL, "format '%.*s' is not supported; expected raw or qcow2",
			(int)(s.len > 40 ? 40 : s.len), s.p);
}

static int set_target(struct cfg_disk *d, struct cfg_slice s)
{
	free(d->target);
	d->target = cfg_slice_dup(s);
	return d->target ? 0 : -ENOMEM;
}

static int set_backend(struct cfg_disk *d, struct cfg_slice s, struct cfg_error *err)
{
	if (cfg_slice_is(s, "phy"))
		d->kind = DISK_PHY;
	else if (cfg_slice_is(s, "file") || cfg_slice_is(s, "loop"))
		d->kind = DISK_FILE;
	else
		return cfg_fail(err, -EINVAL, "backendtype '%.*s': expected phy or file",
				(int)(s.len > 40 ? 40 : s.len), s.p);
	return 0;
}

static int set_type(struct cfg_disk *d, struct cfg_slice s, struct cfg_error *err)
{
	d->cdrom = cfg_slice_is(s, "cdrom");
	if (d->cdrom || cfg_slice_is(s, "disk"))
		return 0;
	return cfg_fail(err, -EINVAL, "devtype '%.*s': expected disk or cdrom", (int)(s.len > 40 ? 40 : s.len), s.p);
}

static const char *const disk_fields[] = { "vdev", "access", "format", "backendtype", "devtype", "target" };
#define NR_DISK_FIELDS	(sizeof(disk_fields) / sizeof(disk_fields[0]))

/* The `key=value` and bare-word fields of the newer syntax. */
static int disk_field(struct cfg_disk *d, struct cfg_slice s, struct cfg_error *err)
{
	const char *eq = memchr(s.p, '=', s.len);
	struct cfg_slice key, value;

	if (!eq) {
		if (cfg_slice_is(s, "cdrom")) {
			d->cdrom = true;
			return 0;
		}
		if (cfg_slice_is(s, "discard") || cfg_slice_is(s, "no-discard") ||
		    cfg_slice_is(s, "direct-io-safe"))
			return 0;
		return cfg_bad_field(err, "a disk", s, disk_fields, NR_DISK_FIELDS);
	}
	key = (struct cfg_slice){ s.p, eq - s.p };
	value = (struct cfg_slice){ eq + 1, s.len - key.len - 1 };
	if (cfg_slice_is(key, "vdev"))
		return set_vdev(d, value, err);
	if (cfg_slice_is(key, "access") || cfg_slice_is(key, "mode"))
		return set_access(d, value, err);
	if (cfg_slice_is(key, "format"))
		return set_format(d, value, err);
	if (cfg_slice_is(key, "target"))
		return set_target(d, value);
	if (cfg_slice_is(key, "backendtype"))
		return set_backend(d, value, err);
	if (cfg_slice_is(key, "devtype"))
		return set_type(d, value, err);
	return cfg_bad_field(err, "a disk", key, disk_fields, NR_DISK_FIELDS);
}

static bool has_prefix(const char **p, const char *prefix)
{
	size_t len = strlen(prefix);

	if (strncmp(*p, prefix, len))
		return false;
	*p += len;
	return true;
}

/* "file:TARGET,VDEV,ACCESS" and its relatives; *rest is what follows the prefix. */
static bool classic_prefix(const char **rest, struct cfg_disk *d)
{
	static const struct {
		const char *prefix;
		enum cfg_disk_kind kind;
		enum cfg_disk_format format;
	} prefixes[] = {
		{ "file:", DISK_FILE, FORMAT_RAW }, { "phy:", DISK_PHY, FORMAT_RAW },
		{ "tap:aio:", DISK_FILE, FORMAT_RAW }, { "tap2:aio:", DISK_FILE, FORMAT_RAW },
		{ "tap:qcow2:", DISK_ANY, FORMAT_QCOW2 }, { "tap2:qcow2:", DISK_ANY, FORMAT_QCOW2 },
		{ "qcow2:", DISK_ANY, FORMAT_QCOW2 }, { "tap:", DISK_FILE, FORMAT_RAW },
		{ "raw:", DISK_ANY, FORMAT_RAW },
	};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (has_prefix(rest, prefixes[i].prefix)) {
			d->kind = prefixes[i].kind;
			d->format = prefixes[i].format;
			return true;
		}
	}
	return false;
}

static int parse_fields(const char *rest, struct cfg_disk *d, bool classic, struct cfg_error *err)
{
	enum { TARGET, FORMAT, VDEV, ACCESS, NONE } next = TARGET;
	struct cfg_slice s;
	int rc = 0;

	while (!rc && rest) {
		const char *p = rest + strspn(rest, " \t");

		/* target= takes the rest of the line, commas and all */
		if (!strncmp(p, "target=", 7))
			return set_target(d, (struct cfg_slice){ p + 7, strlen(p + 7) });
		cfg_cut(&rest, ',', &s);
		if (!classic && (memchr(s.p, '=', s.len) || next == NONE)) {
			rc = disk_field(d, s, err);
			continue;
		}
		if (next == TARGET) {
			rc = set_target(d, s);
			next = FORMAT;
			continue;
		}
		if (next == FORMAT) {
			next = VDEV;
			if (!classic && take_format(d, s))
				continue;
		}
		if (next == VDEV)
			rc = set_vdev(d, s, err);
		else if (next == ACCESS)
			rc = set_access(d, s, err);
		else
			rc = cfg_fail(err, -EINVAL, "more fields than target,device,access");
		next++;
	}
	return rc;
}

int cfg_parse_disk(const char *spec, struct cfg_disk *out, struct cfg_error *err)
{
	const char *rest = spec + strspn(spec, " \t");
	struct cfg_disk d = { .kind = DISK_ANY, .writable = true };
	bool classic;
	int rc;

	if (!cfg_is_utf8(spec))
		return cfg_fail(err, -EINVAL, "its text is not UTF-8");
	classic = classic_prefix(&rest, &d);
	rc = parse_fields(rest, &d, classic, err);
	if (!rc && (!d.target || !*d.target))
		rc = cfg_fail(err, -EINVAL,
			      "a disk needs a target: 'file:/path,xvda,w' or 'phy:/dev/x,xvda,r'");
	if (!rc && !*d.vdev)
		rc = cfg_fail(err, -EINVAL, "a disk needs the guest's device name: 'file:/path,xvda,w'");
	if (!rc && d.target[0] != '/') {
		char *abs;

		if (d.kind != DISK_PHY)
			rc = cfg_fail(err, -EINVAL, "'%.200s' is not a full path", d.target);
		else if (asprintf(&abs, "/dev/%s", d.target) < 0)
			rc = -ENOMEM;
		else
			free(d.target), d.target = abs;
	}
	if (!rc && d.shared && d.format == FORMAT_QCOW2)
		rc = cfg_fail(err, -EINVAL, "a qcow2 image cannot be shared for writing (w!): every writer would "
			      "keep tables of its own; use a raw image");
	if (rc) {
		free(d.target);
		return rc;
	}
	if (d.cdrom)
		d.writable = d.shared = false;
	*out = d;
	return 0;
}

void cfg_disk_clear(struct cfg_disk *d)
{
	free(d->target);
	d->target = NULL;
}
