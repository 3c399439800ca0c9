/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Network cards for xen-netback: MAC addresses, the bridge, the hotplug script, store entries.
 *
 * xm runs the script itself and tells netback the outcome ("hotplug-status"), so that no udev is
 * needed and the script's own last words reach the person.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "device.h"
#include "guest.h"
#include "run.h"

#define SCRIPT_TIMEOUT_MS	60000

static bool is_bridge(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/class/net/%s/bridge", name);
	return !access(path, F_OK);
}

static bool if_exists(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/class/net/%s", name);
	return !access(path, F_OK);
}

/* The machine's only bridge. */
int vif_default_bridge(struct xm *xm, char *buf, size_t size)
{
	DIR *dir = opendir("/sys/class/net");
	struct dirent *e;
	int n = 0;

	while (dir && (e = readdir(dir))) {
		if (e->d_name[0] == '.' || strlen(e->d_name) >= IFNAMSIZ || !is_bridge(e->d_name))
			continue;
		snprintf(buf, size, "%s", e->d_name);
		n++;
	}
	if (dir)
		closedir(dir);
	if (n == 1)
		return 0;
	return xm_fail(xm, -ENODEV, n ? "vif: there are %d bridges; say which by bridge=NAME" :
		       "vif: there is no bridge (%d); make one, or say bridge=NAME", n);
}

static int script_path(struct xm *xm, const struct cfg_vif *v, char *buf, size_t size)
{
	const char *name = v->script ? v->script : "vif-bridge";

	snprintf(buf, size, XM_SCRIPT_DIR "/%s", name);
	if (access(buf, X_OK))
		return xm_fail(xm, -errno, "vif: script %s: %s", buf, strerror(errno));
	return 0;
}

/* A domain that ended sends nothing any more. */
static bool is_running(struct xm *xm, unsigned int domid)
{
	struct xen_domctl_getdomaininfo info;

	return !xc_domain_getinfo(xm->xc, domid, &info) && !xm_is_dying(&info) && !xm_is_shutdown(&info);
}

/* Two cards with one address would take each other's frames. */
static int check_mac(struct xm *xm, const char *mac)
{
	unsigned int nr_doms, nr_devs;
	char **doms = xm_xs_list(xm, &nr_doms, "/local/domain/0/backend/vif"), **devs, *other, name[64];
	int rc = 0;

	for (unsigned int i = 0; !rc && i < nr_doms; i++) {
		unsigned int domid = strtoul(doms[i], NULL, 10);

		devs = xm_xs_list(xm, &nr_devs, "/local/domain/0/backend/vif/%u", domid);
		for (unsigned int j = 0; !rc && j < nr_devs; j++) {
			other = xm_xs_read(xm, "/local/domain/0/backend/vif/%u/%s/mac", domid, devs[j]);
			if (other && !strcasecmp(other, mac) && is_running(xm, domid)) {
				xm_domain_name(xm, domid, name, sizeof(name));
				rc = xm_fail(xm, -EEXIST,
					     "vif: guest '%s' (domain %u) has the address mac=%s, on its card %s",
					     name, domid, mac, devs[j]);
			}
			free(other);
		}
		free(devs);
	}
	free(doms);
	return rc;
}

void vif_mac_text(const uint8_t mac[6], char text[18])
{
	snprintf(text, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

/* A card that is routed needs a machine that routes. Saying so is better than to open the machine to it. */
static int check_forwarding(struct xm *xm, const struct cfg_vif *v)
{
	static const struct {
		char sign;
		const char *file, *setting;
	} kinds[] = {
		{ '.', "/proc/sys/net/ipv4/ip_forward", "net.ipv4.ip_forward" },
		{ ':', "/proc/sys/net/ipv6/conf/all/forwarding", "net.ipv6.conf.all.forwarding" },
	};

	for (size_t i = 0; i < 2; i++) {
		FILE *f = strchr(v->ip, kinds[i].sign) ? fopen(kinds[i].file, "r") : NULL;
		int c = f ? fgetc(f) : '1';

		if (f)
			fclose(f);
		if (c == '0')
			return xm_fail(xm, -ENETUNREACH, "vif: %s needs a machine that forwards; 'sysctl -w %s=1' "
				       "switches that on", v->script, kinds[i].setting);
	}
	return 0;
}

static int tell_name_taken(struct xm *xm, const char *name)
{
	return xm_fail(xm, -EEXIST, "vif: there is an interface '%s' on this machine already", name);
}

int vif_check(struct xm *xm, const struct cfg_vif *v)
{
	char name[IFNAMSIZ], script[256], mac[18];
	int rc = script_path(xm, v, script, sizeof(script));

	if (!rc && v->has_mac) {
		vif_mac_text(v->mac, mac);
		rc = check_mac(xm, mac);
	}
	if (!rc && v->vifname && if_exists(v->vifname))
		rc = tell_name_taken(xm, v->vifname);
	if (!rc && v->antispoof)
		rc = antispoof_check(xm);
	if (!rc && cfg_vif_routed(v))
		rc = check_forwarding(xm, v);
	if (rc)
		return rc;
	if (v->bridge && !is_bridge(v->bridge))
		return xm_fail(xm, -ENODEV, "vif: there is no bridge '%s' on this machine", v->bridge);
	if (!v->bridge && !v->script)
		return vif_default_bridge(xm, name, sizeof(name));
	return 0;
}

/* FNV-1a: spreads names over the addresses of the range that Xen guests use. */
static void make_mac(uint8_t mac[6], const void *seed, size_t len, unsigned int handle)
{
	const uint8_t *p = seed;
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 16777619u;
	h = (h ^ handle) * 16777619u;
	h ^= h >> 16;
	mac[0] = 0x00;
	mac[1] = 0x16;
	mac[2] = 0x3e;
	mac[3] = (h >> 16) & 0x7f;
	mac[4] = h >> 8;
	mac[5] = h;
}

void vif_mac(const struct cfg_vif *v, const void *seed, size_t seed_len, unsigned int handle, uint8_t mac[6])
{
	if (v->has_mac)
		memcpy(mac, v->mac, 6);
	else
		make_mac(mac, seed, seed_len, handle);
}

static void if_name(const struct device *d, char buf[IFNAMSIZ])
{
	snprintf(buf, IFNAMSIZ, "vif%u.%u", d->domid, d->devid);
}

static bool vif_ready(const struct device *d)
{
	char name[IFNAMSIZ];

	if_name(d, name);
	return if_exists(name);
}

/* What the script is told. */
struct script_run {
	const char *script, *action;
	bool again;		/* after one that has failed, which has been said */
	char vif[IFNAMSIZ];
	device_path_t back;
	char bridge[64], mac[32], ip[CFG_IPS_MAX], gateway[32];
};

static int run_script(struct xm *xm, const struct script_run *s)
{
	const char *const argv[] = { s->script, s->action, "type_if=vif", NULL };
	const struct run_env env[] = {
		{ "XENBUS_PATH", s->back + strlen("/local/domain/0/") }, { "vif", s->vif },
		{ "bridge", s->bridge }, { "mac", s->mac }, { "ip", s->ip }, { "gateway", s->gateway },
		{ NULL, NULL },
	};
	struct run r = { .argv = argv, .env = env, .undo = !strcmp(s->action, "offline") };
	int rc = run_program(xm, &r, SCRIPT_TIMEOUT_MS);

	if (s->again)
		return rc;
	if (rc == -ETIMEDOUT)
		return xm_fail(xm, rc, "vif: script %s %s did not end within %d s", s->script, s->action,
			       SCRIPT_TIMEOUT_MS / 1000);
	if (rc == -EIO)
		return xm_fail(xm, rc, "vif: script %s %s failed: %s", s->script, s->action, r.said);
	return rc;
}

static void read_into(struct xm *xm, char *buf, size_t size, const char *dir, const char *key)
{
	char *text = xm_xs_read(xm, "%s/%s", dir, key);

	snprintf(buf, size, "%s", text ? text : "");
	free(text);
}

static int hotplug(struct xm *xm, const struct device *d, const char *action, bool again)
{
	struct script_run r = { .action = action, .again = again };
	char script[256];

	device_back_path(d, r.back);
	read_into(xm, script, sizeof(script), r.back, "script");
	if (!script[0])
		return 0;
	r.script = script;
	read_into(xm, r.bridge, sizeof(r.bridge), r.back, "bridge");
	read_into(xm, r.mac, sizeof(r.mac), r.back, "mac");
	read_into(xm, r.ip, sizeof(r.ip), r.back, "ip");
	read_into(xm, r.gateway, sizeof(r.gateway), r.back, "gateway");
	read_into(xm, r.vif, sizeof(r.vif), r.back, "vifname");
	if (!r.vif[0] || !if_exists(r.vif))
		if_name(d, r.vif);
	return run_script(xm, &r);
}

void vif_offline(struct xm *xm, const struct device *d)
{
	device_path_t back;
	long online;

	device_back_path(d, back);
	/* Only what was to come online is taken offline. netback removes hotplug-status by itself, so that does not tell. */
	online = xm_xs_number(xm, -1, "%s/xm-online", back);
	if (online >= 0)
		hotplug(xm, d, "offline", !online);
}

/* One that is to be. */
struct card {
	const struct cfg_vif *v;
	uint8_t mac[6];
	const char *name;		/* of the guest, for its address; NULL: handle and address are set */
	char bridge[IFNAMSIZ], script[256];
};

static int publish(struct xm *xm, const struct device *d, const struct card *c)
{
	const struct cfg_vif *v = c->v;
	char handle[12], rate[48], mac[18];
	const struct pair front[] = { { "handle", handle }, { "mac", mac }, { .key = NULL } };
	struct pair back[14] = {
		{ "handle", handle }, { "mac", mac }, { "script", c->script }, { "type", "vif" },
	};
	unsigned int n = 4;

	vif_mac_text(c->mac, mac);
	snprintf(handle, sizeof(handle), "%u", d->devid);
	if (*c->bridge)
		back[n++] = (struct pair){ "bridge", c->bridge };
	if (v->ip)
		back[n++] = (struct pair){ "ip", v->ip };
	if (v->gateway)
		back[n++] = (struct pair){ "gateway", v->gateway };
	if (v->antispoof)
		back[n++] = (struct pair){ "xm-antispoof", "1" };
	if (v->vifname)
		back[n++] = (struct pair){ "vifname", v->vifname };
	if (v->rate_bytes) {
		snprintf(rate, sizeof(rate), "%llu,%u", (unsigned long long)v->rate_bytes, v->rate_us);
		back[n++] = (struct pair){ "rate", rate };
	}
	back[n].key = NULL;
	return device_publish(xm, d, front, back);
}

static bool parse_mac(const char *text, uint8_t mac[6])
{
	return sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &mac[0], &mac[1], &mac[2], &mac[3], &mac[4],
		      &mac[5]) == 6;
}

/* The words of publish(). */
static void take_words(struct xm *xm, const struct device *d, struct cfg_vif *v)
{
	char *antispoof = device_value(xm, d, "xm-antispoof"), *rate = device_value(xm, d, "rate");
	unsigned long long bytes;

	v->bridge = device_value(xm, d, "bridge");
	v->ip = device_value(xm, d, "ip");
	v->gateway = device_value(xm, d, "gateway");
	v->vifname = device_value(xm, d, "vifname");
	v->antispoof = antispoof != NULL;
	if (rate && sscanf(rate, "%llu,%u", &bytes, &v->rate_us) == 2)
		v->rate_bytes = bytes;
	free(antispoof);
	free(rate);
}

int vif_read(struct xm *xm, const struct device *d, struct cfg_vif *v)
{
	static const char own[] = XM_SCRIPT_DIR "/";
	char *online = device_value(xm, d, "online"), *mac = device_value(xm, d, "mac");
	char *script = device_value(xm, d, "script");
	int rc = 0;

	*v = (struct cfg_vif){ .handle = d->devid, .has_mac = true, .has_antispoof = true };
	if (!script || !online || strcmp(online, "1") || !mac || !parse_mac(mac, v->mac))
		rc = -ENOENT;
	else
		take_words(xm, d, v);
	/* As a configuration says it. */
	if (!rc)
		v->script = strdup(strncmp(script, own, strlen(own)) ? script : script + strlen(own));
	if (!rc && !v->script)
		rc = -ENOMEM;
	if (rc)
		cfg_vif_clear(v);
	free(online);
	free(mac);
	free(script);
	return rc;
}

/*
 * One that the guest has not had: when a card goes and another comes with its number, Linux may see neither (its watch tells it
 * only that something is there), and the new one has no driver. The highest handle so far is the value of the cards' folder.
 */
static unsigned int free_handle(struct xm *xm, uint16_t domid)
{
	unsigned int *ids, n = device_list(xm, "vif", domid, &ids);
	long last = xm_xs_number(xm, -1, "/local/domain/0/backend/vif/%u", domid);

	for (unsigned int i = 0; i < n; i++)
		if (ids[i] > last)
			last = ids[i];
	free(ids);
	return last + 1;
}

static void note_handle(struct xm *xm, const struct device *d)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", d->devid);
	xm_xs_write(xm, XBT_NULL, text, "/local/domain/0/backend/vif/%u", d->domid);
}

/* With its handle chosen, its address checked and both shown in one go, no two cards get the same ones. */
static int claim(struct xm *xm, struct device *d, struct card *c)
{
	int lock = images_lock(xm), rc;
	char text[18];

	if (lock < 0)
		return lock;
	if (c->name) {
		d->devid = free_handle(xm, d->domid);
		vif_mac(c->v, c->name, strlen(c->name), d->devid, c->mac);
	}
	vif_mac_text(c->mac, text);
	rc = check_mac(xm, text);
	if (!rc)
		rc = publish(xm, d, c);
	if (!rc)
		note_handle(xm, d);
	close(lock);
	return rc;
}

/* Before anything else knows it: what is bound to the interface may be bound to its name. */
static int rename_if(struct xm *xm, const struct device *d, const char *name)
{
	struct ifreq req = { .ifr_flags = 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), rc = 0;

	if_name(d, req.ifr_name);
	snprintf(req.ifr_newname, sizeof(req.ifr_newname), "%s", name);
	if (fd < 0 || ioctl(fd, SIOCSIFNAME, &req))
		rc = -errno;
	if (fd >= 0)
		close(fd);
	if (rc == -EEXIST)
		return tell_name_taken(xm, name);
	return rc ? xm_fail(xm, rc, "vif: %s cannot be renamed to %s: %s", req.ifr_name, name, strerror(-rc)) : 0;
}

static int mark(struct xm *xm, const struct device *d, const char *what, const char *key, const char *value)
{
	device_path_t back;

	device_back_path(d, back);
	if (xm_xs_write(xm, XBT_NULL, value, "%s/%s", back, key))
		return 0;
	return xm_fail(xm, -errno, "store entries of %s cannot be written: %s", what, strerror(errno));
}

static int bring_up(struct xm *xm, const struct device *d, const char *what, const struct cfg_vif *v,
		    const uint8_t mac[6])
{
	char name[IFNAMSIZ];
	int rc = device_wait_backend(xm, d, what, vif_ready);

	if (!rc && v->vifname)
		rc = rename_if(xm, d, v->vifname);
	if_name(d, name);
	if (!rc && v->antispoof)
		rc = antispoof_add(xm, d, v->vifname ? v->vifname : name, mac, v->ip);
	/* Before the script begins: if that fails or is killed, what it has done till then is to be undone. */
	if (!rc)
		rc = mark(xm, d, what, "xm-online", "0");
	if (!rc)
		rc = hotplug(xm, d, "online", false);
	if (!rc)
		rc = mark(xm, d, what, "xm-online", "1");
	return rc ? rc : mark(xm, d, what, "hotplug-status", "connected");
}

static int add(struct xm *xm, struct device *d, struct card *c)
{
	char what[32];
	int rc = script_path(xm, c->v, c->script, sizeof(c->script));

	if (!rc && !c->v->bridge && !c->v->script)
		rc = vif_default_bridge(xm, c->bridge, sizeof(c->bridge));
	if (rc)
		return rc;
	if (c->v->bridge)
		snprintf(c->bridge, sizeof(c->bridge), "%s", c->v->bridge);
	rc = claim(xm, d, c);
	if (rc)
		return rc;
	snprintf(what, sizeof(what), "vif %u", d->devid);
	return device_keep(xm, d, what, bring_up(xm, d, what, c->v, c->mac));
}

int vif_add(struct xm *xm, uint16_t domid, unsigned int handle, const struct cfg_vif *v, const uint8_t mac[6])
{
	struct device d = { "vif", domid, handle };
	struct card c = { .v = v };

	memcpy(c.mac, mac, sizeof(c.mac));
	return add(xm, &d, &c);
}

int vif_attach(struct xm *xm, uint16_t domid, const char *name, const struct cfg_vif *v)
{
	struct device d = { .kind = "vif", .domid = domid };
	struct card c = { .v = v, .name = name };

	return add(xm, &d, &c);
}
