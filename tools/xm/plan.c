/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest as JSON, every default filled in: what a configuration describes (xm create --json), and what it has become
 * since (xm list -l).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "device.h"
#include "guest.h"
#include "plain.h"

static json_t *text_or_null(const char *text)
{
	return text ? json_string(text) : json_null();
}

/* What a guest's disk says may be no text. */
static json_t *foreign_text(const char *text, size_t len)
{
	char *copy = strndup(text, len);
	json_t *o;

	if (!copy)
		return NULL;
	plain_line(copy, strlen(copy));
	o = json_string(copy);
	free(copy);
	return o;
}

/* What the boot loader has found on the disk, line by line; null without one. */
static json_t *chosen_json(const char *lines)
{
	static const char *const names[] = { "title", "kernel", "ramdisks" };
	json_t *o, *list;
	size_t len;

	if (!lines)
		return json_null();
	o = json_object();
	list = json_array();
	for (unsigned int i = 0; *lines; i++, lines += len + (lines[len] == '\n')) {
		len = strcspn(lines, "\n");
		if (i < 2)
			json_object_set_new(o, names[i], foreign_text(lines, len));
		else
			json_array_append_new(list, foreign_text(lines, len));
	}
	json_object_set_new(o, names[2], list);
	return o;
}

static json_t *cpuset_json(const struct cfg_cpuset *set)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < CFG_MAX_CPUS; i++)
		if (set->bits[i / 64] >> (i % 64) & 1)
			json_array_append_new(list, json_integer(i));
	return list;
}

/* One set of CPUs for each vcpu; null: all. */
static json_t *cpus_json(const struct guest_config *cfg, const struct cfg_cpusets *sets)
{
	json_t *list;

	if (!sets->nr)
		return json_null();
	list = json_array();
	for (int64_t i = 0; i < cfg->maxvcpus; i++)
		json_array_append_new(list, cpuset_json(&sets->set[i < sets->nr ? i : sets->nr - 1]));
	return list;
}

static json_t *disk_json(const struct cfg_disk *d)
{
	static const char *const kinds[] = { [DISK_ANY] = "any", [DISK_FILE] = "file", [DISK_PHY] = "phy" };

	return json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:b}", "device", d->vdev, "number", (int)d->devid, "target",
			 d->target, "kind", kinds[d->kind], "format", d->format == FORMAT_QCOW2 ? "qcow2" : "raw",
			 "access", d->shared ? "w!" : d->writable ? "w" : "r", "cdrom", d->cdrom);
}

static json_t *addresses_json(const char *list)
{
	char *text = list ? strdup(list) : NULL, *save;
	json_t *out = json_array();

	for (char *p = text ? strtok_r(text, " ", &save) : NULL; p; p = strtok_r(NULL, " ", &save))
		json_array_append_new(out, json_string(p));
	free(text);
	return out;
}

static json_t *vif_json(struct xm *xm, const struct guest_config *cfg, unsigned int i)
{
	const struct cfg_vif *v = &cfg->vif[i];
	char text[18], only[32];
	const char *bridge = v->bridge;
	uint8_t mac[6];
	json_t *o;

	/* It was checked; a bridge that has gone since then is none. */
	if (!bridge && !v->script && !vif_default_bridge(xm, only, sizeof(only)))
		bridge = only;
	guest_mac(cfg, i, mac);
	vif_mac_text(mac, text);
	o = json_pack("{s:i, s:s, s:b, s:o, s:s, s:o, s:o, s:b, s:o}", "index", (int)v->handle, "mac", text, "mac_generated",
		      !v->has_mac, "bridge", text_or_null(bridge), "script", v->script ? v->script : "vif-bridge",
		      "ip", addresses_json(v->ip), "gateway", text_or_null(v->gateway), "antispoof", v->antispoof,
		      "vifname", text_or_null(v->vifname));
	json_object_set_new(o, "rate", v->rate_bytes ?
			    json_pack("{s:I, s:I}", "bytes", (json_int_t)v->rate_bytes, "microseconds",
				      (json_int_t)v->rate_us) : json_null());
	return o;
}

/* null: the hypervisor's default. */
static json_t *limit_json(int64_t n)
{
	return n < 0 ? json_null() : json_integer(n);
}

static void put_numbers(json_t *o, const struct guest_config *cfg)
{
	const struct {
		const char *name;
		int64_t n;
	} rows[] = {
		{ "memory_mib", cfg->memory_mb }, { "max_memory_mib", cfg->maxmem_mb }, { "vcpus", cfg->vcpus },
		{ "max_vcpus", cfg->maxvcpus }, { "cpu_weight", cfg->cpu_weight ? cfg->cpu_weight : 256 },
		{ "cpu_cap", cfg->cpu_cap }, { "rtc_timeoffset", cfg->rtc_timeoffset },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		json_object_set_new(o, rows[i].name, json_integer(rows[i].n));
	json_object_set_new(o, "max_event_channels", json_integer(cfg->max_event_channels >= 0 ? cfg->max_event_channels :
								  GUEST_MAX_PORTS));
	json_object_set_new(o, "max_grant_frames", limit_json(cfg->max_grant_frames));
	json_object_set_new(o, "max_maptrack_frames", limit_json(cfg->max_maptrack_frames));
	json_object_set_new(o, "localtime", json_boolean(cfg->localtime));
}

static json_t *config_json(struct xm *xm, const struct guest_config *cfg, const struct boot_files *f, const char *kernel,
			   const struct guest *made)
{
	json_t *o, *disks = json_array(), *vifs = json_array();
	char uuid[37];

	xm_format_uuid(made ? made->uuid : cfg->uuid, uuid);
	o = json_pack("{s:s, s:o, s:{s:s?, s:s?}, s:s?, s:o}", "name", cfg->name, "uuid",
		      text_or_null(made || cfg->has_uuid ? uuid : NULL), "kernel", "path", cfg->kernel, "what", kernel, "ramdisk",
		      cfg->ramdisk, "cmdline", foreign_text(f->cmdline, strlen(f->cmdline)));
	if (!o)
		return NULL;
	if (made)
		json_object_set_new(o, "domid", json_integer(made->domid));
	json_object_set_new(o, "bootloader", text_or_null(cfg->bootloader == BOOT_NONE ? NULL : "guestboot"));
	json_object_set_new(o, "bootentry", text_or_null(cfg->bootentry));
	json_object_set_new(o, "on_disk", chosen_json(f->chosen));
	put_numbers(o, cfg);
	json_object_set_new(o, "cpus", cpus_json(cfg, &cfg->cpus));
	json_object_set_new(o, "cpus_soft", cpus_json(cfg, &cfg->cpus_soft));
	for (unsigned int i = 0; i < cfg->nr_disks; i++)
		json_array_append_new(disks, disk_json(&cfg->disk[i]));
	for (unsigned int i = 0; i < cfg->nr_vifs; i++)
		json_array_append_new(vifs, vif_json(xm, cfg, i));
	json_object_set_new(o, "disks", disks);
	json_object_set_new(o, "vifs", vifs);
	json_object_set_new(o, "on_poweroff", json_string(cfg_action_name(cfg->on_poweroff)));
	json_object_set_new(o, "on_reboot", json_string(cfg_action_name(cfg->on_reboot)));
	json_object_set_new(o, "on_crash", json_string(cfg_action_name(cfg->on_crash)));
	json_object_set_new(o, "tsc_mode", json_string(cfg_tsc_name(cfg->tsc_mode)));
	return o;
}

/* ---- a guest that runs ---- */

/* Where the other end is, and how far the two have come. */
static void add_ends(struct xm *xm, json_t *o, const struct device *d)
{
	char *state = device_value(xm, d, "state");
	device_path_t back;

	device_back_path(d, back);
	json_object_set_new(o, "state", json_integer(state ? atoi(state) : 0));
	json_object_set_new(o, "backend_domid", json_integer(0));
	json_object_set_new(o, "backend", json_string(back));
	free(state);
}

static void add_disk_ends(struct xm *xm, json_t *o, const struct device *d)
{
	long loop, nbd;
	char node[32];
	device_path_t back;

	add_ends(xm, o, d);
	device_back_path(d, back);
	loop = xm_xs_number(xm, -1, "%s/xm-loop", back);
	nbd = xm_xs_number(xm, -1, "%s/xm-nbd", back);
	snprintf(node, sizeof(node), "/dev/%s%ld", loop >= 0 ? "loop" : "nbd", loop >= 0 ? loop : nbd);
	json_object_set_new(o, "node", loop >= 0 || nbd >= 0 ? json_string(node) :
			    json_incref(json_object_get(o, "target")));
}

static void add_vif_ends(struct xm *xm, json_t *o, const struct device *d, const struct cfg_vif *v)
{
	char name[32];

	add_ends(xm, o, d);
	snprintf(name, sizeof(name), "vif%u.%u", d->domid, d->devid);
	json_object_set_new(o, "interface", json_string(v->vifname ? v->vifname : name));
	/* Where an address came from is not known any more. */
	json_object_del(o, "mac_generated");
}

json_t *guest_json(struct xm *xm, const struct xen_domctl_getdomaininfo *info)
{
	static const char *const names[] = { "name", "uuid", "domid" };
	struct guest_config *cfg = guest_load(xm, info);
	char *cmdline = cfg ? cfg_guest_cmdline(cfg) : NULL;
	const struct boot_files f = { .cmdline = cmdline };
	struct guest g = { .domid = info->domain };
	json_t *o;

	memcpy(g.uuid, info->handle, sizeof(g.uuid));
	o = cmdline ? config_json(xm, cfg, &f, NULL, &g) : NULL;
	/* Of the domain, which has them already. */
	for (size_t i = 0; o && i < sizeof(names) / sizeof(names[0]); i++)
		json_object_del(o, names[i]);
	for (unsigned int i = 0; o && i < cfg->nr_disks; i++)
		add_disk_ends(xm, json_array_get(json_object_get(o, "disks"), i),
			      &(struct device){ "vbd", g.domid, cfg->disk[i].devid });
	for (unsigned int i = 0; o && i < cfg->nr_vifs; i++)
		add_vif_ends(xm, json_array_get(json_object_get(o, "vifs"), i),
			     &(struct device){ "vif", g.domid, cfg->vif[i].handle }, &cfg->vif[i]);
	free(cmdline);
	cfg_guest_free(cfg);
	return o ? o : json_null();
}

int guest_print_json(struct xm *xm, const struct guest_config *cfg, const struct boot_files *f, const char *kernel,
		     const struct guest *made)
{
	json_t *o = config_json(xm, cfg, f, kernel, made);
	int rc = o ? json_dumpf(o, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER) : -ENOMEM;

	json_decref(o);
	if (rc)
		return xm_fail(xm, -ENOMEM, "the guest cannot be shown as JSON: a text in it is not UTF-8, or out of memory");
	putchar('\n');
	return 0;
}
