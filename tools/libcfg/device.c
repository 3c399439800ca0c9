/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One disk or one network card: from its line of text to its description.
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

static bool is_format(struct cfg_slice s)
{
	return !s.len || cfg_slice_is(s, "raw");
}

static int set_format(struct cfg_slice s, struct cfg_error *err)
{
	if (is_format(s))
		return 0;
	return cfg_fail(err, -EINVAL, "format '%.*s' is not supported; expected raw",
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
		return cfg_fail(err, -EINVAL, "field '%.*s' of a disk is not known", (int)s.len, s.p);
	}
	key = (struct cfg_slice){ s.p, eq - s.p };
	value = (struct cfg_slice){ eq + 1, s.len - key.len - 1 };
	if (cfg_slice_is(key, "vdev"))
		return set_vdev(d, value, err);
	if (cfg_slice_is(key, "access") || cfg_slice_is(key, "mode"))
		return set_access(d, value, err);
	if (cfg_slice_is(key, "format"))
		return set_format(value, err);
	if (cfg_slice_is(key, "target"))
		return set_target(d, value);
	if (cfg_slice_is(key, "backendtype"))
		return set_backend(d, value, err);
	if (cfg_slice_is(key, "devtype")) {
		d->cdrom = cfg_slice_is(value, "cdrom");
		return 0;
	}
	return cfg_fail(err, -EINVAL,
			"field '%.*s' of a disk is not known; expected vdev, access, format, backendtype or "
			"target",
			(int)(key.len > 40 ? 40 : key.len), key.p);
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
static bool classic_prefix(const char **rest, enum cfg_disk_kind *kind)
{
	static const struct {
		const char *prefix;
		enum cfg_disk_kind kind;
	} prefixes[] = {
		{ "file:", DISK_FILE }, { "phy:", DISK_PHY }, { "tap:aio:", DISK_FILE },
		{ "tap2:aio:", DISK_FILE }, { "tap:", DISK_FILE }, { "raw:", DISK_ANY },
	};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (has_prefix(rest, prefixes[i].prefix)) {
			*kind = prefixes[i].kind;
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
			if (!classic && is_format(s))
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

	classic = classic_prefix(&rest, &d.kind);
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

static int parse_mac(struct cfg_slice s, uint8_t mac[6])
{
	if (s.len != 17)
		return -EINVAL;
	for (int i = 0; i < 6; i++) {
		const char *p = s.p + i * 3;
		char two[3] = { p[0], p[1], '\0' };

		if (!isxdigit((unsigned char)p[0]) || !isxdigit((unsigned char)p[1]) ||
		    (i < 5 && p[2] != ':'))
			return -EINVAL;
		mac[i] = strtoul(two, NULL, 16);
	}
	/* bit 0 of the first byte: a group, not a card */
	return mac[0] & 1 ? -EINVAL : 0;
}

/* Names that a script or the kernel will see: no blanks, no slashes that climb. */
static bool safe_name(struct cfg_slice s, bool path)
{
	if (!s.len)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!isalnum((unsigned char)s.p[i]) && !strchr(path ? "._-/:" : "._-", s.p[i]))
			return false;
	return path || (s.p[0] != '-' && s.p[0] != '.');
}

static int vif_name(struct cfg_slice value, size_t max, char **out, const char *what, struct cfg_error *err)
{
	if (!safe_name(value, false) || value.len > max)
		return cfg_fail(err, -EINVAL,
				"%s '%.*s': expected letters, digits, '.', '_' or '-', at most %zu", what,
				(int)(value.len > 40 ? 40 : value.len), value.p, max);
	free(*out);
	*out = cfg_slice_dup(value);
	return *out ? 0 : -ENOMEM;
}

static int vif_text(struct cfg_slice value, char **out)
{
	free(*out);
	*out = cfg_slice_dup(value);
	return *out ? 0 : -ENOMEM;
}

static int vif_rate(struct cfg_vif *v, struct cfg_slice value, struct cfg_error *err)
{
	char text[48];

	snprintf(text, sizeof(text), "%.*s", (int)(value.len > 40 ? 40 : value.len), value.p);
	if (cfg_parse_rate(text, &v->rate_bytes, &v->rate_us))
		return cfg_fail(err, -EINVAL, "rate '%s': expected a rate like 10Mb/s, 1MB/s or 250KB/s@20ms",
				text);
	return 0;
}

static int vif_field(struct cfg_vif *v, struct cfg_slice key, struct cfg_slice value, struct cfg_error *err)
{
	if (cfg_slice_is(key, "mac")) {
		if (parse_mac(value, v->mac))
			return cfg_fail(err, -EINVAL,
					"mac '%.*s': expected six pairs of hex digits, like "
					"00:16:3e:01:02:03",
					(int)(value.len > 40 ? 40 : value.len), value.p);
		v->has_mac = true;
		return 0;
	}
	if (cfg_slice_is(key, "bridge"))
		return vif_name(value, 15, &v->bridge, "bridge", err);
	if (cfg_slice_is(key, "vifname"))
		return vif_name(value, 15, &v->vifname, "vifname", err);
	if (cfg_slice_is(key, "script")) {
		if (!safe_name(value, true))
			return cfg_fail(err, -EINVAL, "script '%.*s': expected the name of a file",
					(int)(value.len > 80 ? 80 : value.len), value.p);
		return vif_text(value, &v->script);
	}
	if (cfg_slice_is(key, "ip"))
		return vif_text(value, &v->ip);
	if (cfg_slice_is(key, "rate"))
		return vif_rate(v, value, err);
	if (cfg_slice_is(key, "type") || cfg_slice_is(key, "model"))
		return 0;
	return cfg_fail(err, -EINVAL,
			"field '%.*s' of a vif is not known; expected mac, bridge, script, ip, vifname or "
			"rate",
			(int)(key.len > 40 ? 40 : key.len), key.p);
}

int cfg_parse_vif(const char *spec, struct cfg_vif *out, struct cfg_error *err)
{
	struct cfg_vif v = { .has_mac = false };
	const char *rest = spec;
	struct cfg_slice s;
	int rc = 0;

	while (!rc && cfg_cut(&rest, ',', &s)) {
		const char *eq = memchr(s.p, '=', s.len);

		if (!s.len)
			continue;
		if (!eq) {
			rc = cfg_fail(err, -EINVAL, "'%.*s': expected field=value",
				      (int)(s.len > 40 ? 40 : s.len), s.p);
			break;
		}
		rc = vif_field(&v, (struct cfg_slice){ s.p, eq - s.p },
			       (struct cfg_slice){ eq + 1, s.len - (eq - s.p) - 1 }, err);
	}
	if (rc) {
		cfg_vif_clear(&v);
		return rc;
	}
	*out = v;
	return 0;
}

void cfg_vif_clear(struct cfg_vif *v)
{
	free(v->bridge);
	free(v->script);
	free(v->ip);
	free(v->vifname);
	v->bridge = v->script = v->ip = v->vifname = NULL;
}
