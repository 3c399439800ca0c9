/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One network card: from its line of text to its description.
 *
 * Everything that a script or nft will see is checked here, to the letter: names are of harmless characters,
 * addresses are parsed and written anew.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "internal.h"

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

#define SCRIPT_DIR	"/etc/xen/scripts/"

/* Names that a script or the kernel will see: no blanks, no slashes. */
static bool safe_name(struct cfg_slice s)
{
	if (!s.len)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!isalnum((unsigned char)s.p[i]) && !strchr("._-", s.p[i]))
			return false;
	return s.p[0] != '-' && s.p[0] != '.';
}

static int vif_name(struct cfg_slice value, size_t max, char **out, const char *what, struct cfg_error *err)
{
	if (!safe_name(value) || value.len > max)
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

/* Bits of @addr behind the first @prefix ones are zero. */
static bool is_network(const uint8_t *addr, unsigned int size, unsigned int prefix)
{
	for (unsigned int bit = prefix; bit < size * 8; bit++)
		if (addr[bit / 8] & (0x80 >> bit % 8))
			return false;
	return true;
}

/* The part behind the slash; false when it is no plain number up to @max. */
static bool parse_prefix(const char *text, unsigned int max, unsigned int *prefix)
{
	size_t len = strlen(text);

	if (!len || len > 3 || strspn(text, "0123456789") != len)
		return false;
	*prefix = strtoul(text, NULL, 10);
	return *prefix > 0 && *prefix <= max;
}

int cfg_parse_ip(const char *text, char out[CFG_IP_MAX], int *family, struct cfg_error *err)
{
	unsigned int size, prefix, len;
	char addr[CFG_IP_MAX];
	uint8_t bytes[16];
	char *slash;

	snprintf(addr, sizeof(addr), "%s", text);
	slash = strchr(addr, '/');
	if (slash)
		*slash++ = '\0';
	*family = strchr(addr, ':') ? AF_INET6 : AF_INET;
	size = *family == AF_INET6 ? 16 : 4;
	prefix = size * 8;
	if (strlen(text) >= sizeof(addr) || inet_pton(*family, addr, bytes) != 1 ||
	    (slash && !parse_prefix(slash, size * 8, &prefix)))
		return cfg_fail(err, -EINVAL, "ip '%.60s': expected an address like 10.0.0.2 or 2001:db8::2, "
				"or a network like 10.6.0.0/24", text);
	if (!is_network(bytes, size, prefix))
		return cfg_fail(err, -EINVAL, "ip '%s': a network has no bits behind its prefix; write %s for "
				"this one address", text, addr);
	inet_ntop(*family, bytes, addr, sizeof(addr));
	len = snprintf(out, CFG_IP_MAX, "%.45s", addr);
	if (prefix < size * 8)
		snprintf(out + len, CFG_IP_MAX - len, "/%u", prefix);
	return 0;
}

/* Addresses with blanks between them. */
static int vif_ip(struct cfg_vif *v, struct cfg_slice value, struct cfg_error *err)
{
	char *text = cfg_slice_dup(value), *list = NULL, *next, *save, one[CFG_IP_MAX];
	int rc = text ? 0 : -ENOMEM, family;

	for (char *p = text ? strtok_r(text, " \t", &save) : NULL; !rc && p; p = strtok_r(NULL, " \t", &save)) {
		rc = cfg_parse_ip(p, one, &family, err);
		if (rc)
			break;
		if (asprintf(&next, "%s%s%s", list ? list : "", list ? " " : "", one) < 0) {
			rc = -ENOMEM;
			break;
		}
		free(list);
		list = next;
		if (strlen(list) >= CFG_IPS_MAX)
			rc = cfg_fail(err, -EINVAL, "ip: the addresses of one card take more than %d letters; "
				      "a network like 10.6.0.0/24 stands for many", CFG_IPS_MAX - 1);
	}
	if (!rc && !list)
		rc = cfg_fail(err, -EINVAL, "ip: expected an address");
	free(text);
	if (rc) {
		free(list);
		return rc;
	}
	free(v->ip);
	v->ip = list;
	return 0;
}

static int vif_gateway(struct cfg_vif *v, struct cfg_slice value, struct cfg_error *err)
{
	char text[INET_ADDRSTRLEN + 1];
	struct in_addr addr;

	snprintf(text, sizeof(text), "%.*s", (int)(value.len > 16 ? 16 : value.len), value.p);
	if (inet_pton(AF_INET, text, &addr) != 1)
		return cfg_fail(err, -EINVAL, "gateway '%s': expected an IPv4 address, like 10.6.0.1", text);
	return vif_text(value, &v->gateway);
}

static int vif_antispoof(struct cfg_vif *v, struct cfg_slice value, struct cfg_error *err)
{
	static const char *const yes[] = { "1", "yes", "on" }, *const no[] = { "0", "no", "off" };

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (!cfg_slice_is(value, yes[i]) && !cfg_slice_is(value, no[i]))
			continue;
		v->antispoof = cfg_slice_is(value, yes[i]);
		v->has_antispoof = true;
		return 0;
	}
	return cfg_fail(err, -EINVAL, "antispoof '%.*s': expected 1 or 0",
			(int)(value.len > 40 ? 40 : value.len), value.p);
}

static int vif_mac(struct cfg_vif *v, struct cfg_slice value, struct cfg_error *err)
{
	if (parse_mac(value, v->mac))
		return cfg_fail(err, -EINVAL,
				"mac '%.*s': expected six pairs of hex digits, like 00:16:3e:01:02:03",
				(int)(value.len > 40 ? 40 : value.len), value.p);
	v->has_mac = true;
	return 0;
}

static int vif_bridge(struct cfg_vif *v, struct cfg_slice value, struct cfg_error *err)
{
	return vif_name(value, 15, &v->bridge, "bridge", err);
}

static int vif_vifname(struct cfg_vif *v, struct cfg_slice value, struct cfg_error *err)
{
	return vif_name(value, 15, &v->vifname, "vifname", err);
}

/* The only programs that a configuration can name, and it can only choose among those that somebody has put there. */
static int vif_script(struct cfg_vif *v, struct cfg_slice value, struct cfg_error *err)
{
	const size_t dir = strlen(SCRIPT_DIR);
	struct cfg_slice name = value;

	if (value.len > dir && !memcmp(value.p, SCRIPT_DIR, dir))
		name = (struct cfg_slice){ value.p + dir, value.len - dir };
	if (!safe_name(name))
		return cfg_fail(err, -EINVAL, "script '%.*s': expected the name of a file in " SCRIPT_DIR,
				(int)(value.len > 80 ? 80 : value.len), value.p);
	return vif_text(name, &v->script);
}

static int vif_ignored(struct cfg_vif *v, struct cfg_slice value, struct cfg_error *err)
{
	return 0;
}

static const struct vif_key {
	const char *name;
	int (*take)(struct cfg_vif *v, struct cfg_slice value, struct cfg_error *err);
} vif_keys[] = {
	{ "mac", vif_mac }, { "bridge", vif_bridge }, { "script", vif_script }, { "ip", vif_ip },
	{ "gateway", vif_gateway }, { "antispoof", vif_antispoof }, { "vifname", vif_vifname },
	{ "rate", vif_rate }, { "type", vif_ignored }, { "model", vif_ignored },
};

#define NR_VIF_KEYS	(sizeof(vif_keys) / sizeof(vif_keys[0]))

static int vif_field(struct cfg_vif *v, struct cfg_slice key, struct cfg_slice value, struct cfg_error *err)
{
	const char *names[NR_VIF_KEYS];
	unsigned int nr = 0;

	for (size_t i = 0; i < NR_VIF_KEYS; i++) {
		if (cfg_slice_is(key, vif_keys[i].name))
			return vif_keys[i].take(v, value, err);
		if (vif_keys[i].take != vif_ignored)
			names[nr++] = vif_keys[i].name;
	}
	return cfg_bad_field(err, "a vif", key, names, nr);
}

static bool has_script(const struct cfg_vif *v, const char *name)
{
	const char *slash = v->script ? strrchr(v->script, '/') : NULL;

	return v->script && !strcmp(slash ? slash + 1 : v->script, name);
}

bool cfg_vif_routed(const struct cfg_vif *v)
{
	return has_script(v, "vif-route") || has_script(v, "vif-nat");
}

static int vif_between(const struct cfg_vif *v, struct cfg_error *err)
{
	if (cfg_vif_routed(v) && !v->ip)
		return cfg_fail(err, -EINVAL, "script %s needs the guest's address: ip=...", v->script);
	if (cfg_vif_routed(v) && v->bridge)
		return cfg_fail(err, -EINVAL, "script %s and bridge=%s exclude each other", v->script, v->bridge);
	if (has_script(v, "vif-nat") && strchr(v->ip, ':'))
		return cfg_fail(err, -EINVAL, "script %s translates IPv4 only; give IPv6 addresses with vif-route",
				v->script);
	return 0;
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
	if (!rc)
		rc = vif_between(&v, err);
	if (cfg_vif_routed(&v) && !v.has_antispoof)
		v.antispoof = true;
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
	free(v->gateway);
	free(v->vifname);
	v->bridge = v->script = v->ip = v->gateway = v->vifname = NULL;
}
