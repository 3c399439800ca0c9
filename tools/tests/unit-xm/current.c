/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest has become, read from a made-up store and hypervisor: what was detached is gone, what was attached is
 * there; numbers, addresses and order stay.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "device.h"
#include "guest.h"
#include "test.h"

/* ---- the store ---- */

#define VBD	"/local/domain/0/backend/vbd/7/"
#define VIF	"/local/domain/0/backend/vif/7/"
#define DOMAIN	"/local/domain/7/"
#define DISK(id, vdev, kind, what, image, access, up)						\
	{ VBD id "/dev", vdev }, { VBD id "/type", kind }, { VBD id "/device-type", what },	\
	{ VBD id "/params", image }, { VBD id "/xm-access", access }, { VBD id "/online", up }
#define CARD(id, address, up)									\
	{ VIF id "/mac", address }, { VIF id "/script", XM_SCRIPT_DIR "/vif-bridge" },		\
	{ VIF id "/bridge", "br7" }, { VIF id "/online", up }

static const struct pair entries[] = {
	{ DOMAIN "name", "renamed" },
	{ DOMAIN "memory/target", "204801" },
	{ DOMAIN "memory/static-max", "524288" },
	{ DOMAIN "cpu/0/availability", "online" },
	{ DOMAIN "cpu/1/availability", "online" },
	{ DOMAIN "cpu/2/availability", "offline" },
	/* Attached; half detached; the first of the configuration; half written. */
	DISK("268439040", "xvdq", "qcow2", "disk", "/img/q", "r", "1"),
	DISK("51728", "xvdb", "file", "disk", "/img/b", "w", "0"),
	DISK("51712", "xvda", "phy", "disk", "/dev/a", "w!", "1"),
	DISK("51744", "xvdc", "file", "cdrom", "/img/c", "r", "1"),
	{ VBD "51760/online", "1" },
	CARD("10", "00:16:3e:00:00:0a", "1"),
	{ VIF "10/rate", "12500,20000" },
	{ VIF "10/ip", "10.0.0.2 10.0.0.3" },
	{ VIF "10/xm-antispoof", "1" },
	CARD("2", "00:16:3e:00:00:02", "1"),
	CARD("1", "00:16:3e:00:00:01", "0"),
};

#define NR_ENTRIES	(sizeof(entries) / sizeof(entries[0]))

static bool store_is_gone;

void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *len)
{
	for (size_t i = 0; i < NR_ENTRIES && !store_is_gone; i++)
		if (!strcmp(entries[i].key, path))
			return strdup(entries[i].value);
	errno = store_is_gone ? EIO : ENOENT;
	return NULL;
}

/* In the order of the store, which is none. */
char **xs_directory(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *num)
{
	size_t len = strlen(path);
	char **list = calloc(1, 32 * (sizeof(*list) + 16)), *text = (char *)(list + 32);

	*num = 0;
	for (size_t i = 0; i < NR_ENTRIES && !store_is_gone; i++) {
		const char *rest = entries[i].key + len + 1;

		if (strncmp(entries[i].key, path, len) || rest[-1] != '/')
			continue;
		snprintf(text, 16, "%.*s", (int)strcspn(rest, "/"), rest);
		if (*num && !strcmp(list[*num - 1], text))
			continue;
		list[(*num)++] = text;
		text += 16;
	}
	return list;
}

/* ---- the hypervisor: four CPUs, vcpu 1 has CPU 2 alone and likes CPU 3 ---- */

int xc_physinfo(xc_interface *xch, struct xen_sysctl_physinfo *info)
{
	*info = (struct xen_sysctl_physinfo){ .max_cpu_id = 3 };
	return 0;
}

int xc_vcpu_get_affinity(xc_interface *xch, uint16_t domid, unsigned int vcpu, uint8_t *hard, uint8_t *soft,
			 unsigned int cpus)
{
	*hard = vcpu == 1 ? 4 : 0xf;
	*soft = vcpu == 1 ? 8 : 0xf;
	return 0;
}

int xc_sched_id(xc_interface *xch, unsigned int *id)
{
	*id = XEN_SCHEDULER_CREDIT;
	return 0;
}

int xc_sched_credit_get(xc_interface *xch, uint16_t domid, struct xen_domctl_sched_credit *p)
{
	*p = (struct xen_domctl_sched_credit){ .weight = 512, .cap = 50 };
	return 0;
}

int xc_sched_credit2_get(xc_interface *xch, uint16_t domid, struct xen_domctl_sched_credit2 *p)
{
	return -EINVAL;
}

/* ---- the checks ---- */

static struct guest_config *configured(void)
{
	static const char text[] = "name = 'first'\nkernel = '/k'\nmemory = 128\nmaxvcpus = 3\nvcpus = 1\n"
		"disk = [ 'phy:/dev/old,xvda,w', 'file:/img/b,xvdb,w' ]\nvif = [ '', 'bridge=br0', 'bridge=br1' ]\n";
	struct guest_config *cfg = NULL;
	struct cfg_doc *doc = NULL;

	if (!cfg_parse_text("t", text, strlen(text), &doc, NULL))
		cfg_guest(doc, &cfg, NULL, NULL, NULL);
	cfg_doc_free(doc);
	return cfg;
}

static bool has(const struct cfg_cpuset *set, uint64_t cpus)
{
	return (set->bits[0] & 0xf) == cpus;
}

static void test_numbers(const struct guest_config *g)
{
	CHECK(!strcmp(g->name, "renamed"));
	CHECK(g->memory_mb == 201 && g->maxmem_mb == 512);
	CHECK(g->vcpus == 2 && g->maxvcpus == 3);
	CHECK(g->cpu_weight == 512 && g->cpu_cap == 50);
	CHECK(g->cpus.nr == 3 && has(&g->cpus.set[0], 0xf) && has(&g->cpus.set[1], 4));
	CHECK(g->cpus_soft.nr && has(&g->cpus_soft.set[1], 8) && has(&g->cpus_soft.set[2], 0xf));
}

static void test_disks(const struct guest_config *g)
{
	CHECK(g->nr_disks == 3);
	if (g->nr_disks != 3)
		return;
	/* The one that a boot loader reads stays in front, with the image that it has now. */
	CHECK(g->disk[0].devid == 51712 && !strcmp(g->disk[0].vdev, "xvda") && !strcmp(g->disk[0].target, "/dev/a"));
	CHECK(g->disk[0].kind == DISK_PHY && g->disk[0].writable && g->disk[0].shared && !g->disk[0].cdrom);
	CHECK(g->disk[1].devid == 51744 && g->disk[1].kind == DISK_FILE && g->disk[1].cdrom && !g->disk[1].writable);
	CHECK(g->disk[2].devid == 268439040 && g->disk[2].format == FORMAT_QCOW2 && !g->disk[2].writable);
	CHECK(g->disk[0].format == FORMAT_RAW && !g->disk[2].cdrom && !g->disk[2].shared);
}

static void test_cards(const struct guest_config *g)
{
	static const uint8_t last[6] = { 0x00, 0x16, 0x3e, 0x00, 0x00, 0x0a };

	CHECK(g->nr_vifs == 2);
	if (g->nr_vifs != 2)
		return;
	CHECK(g->vif[0].handle == 2 && g->vif[1].handle == 10);
	CHECK(g->vif[1].has_mac && !memcmp(g->vif[1].mac, last, 6));
	CHECK(!strcmp(g->vif[1].script, "vif-bridge") && !strcmp(g->vif[1].bridge, "br7"));
	CHECK(g->vif[1].rate_bytes == 12500 && g->vif[1].rate_us == 20000 && !g->vif[0].rate_bytes);
	CHECK(g->vif[1].antispoof && !g->vif[0].antispoof && !g->vif[0].ip);
	CHECK(!strcmp(g->vif[1].ip, "10.0.0.2 10.0.0.3"));
}

int main(void)
{
	/* Open: the functions of the store above take any handle. */
	struct xm xm = { .xs = (struct xs_handle *)&xm };
	struct guest_config *g = configured();

	CHECK(g && g->text && strstr(g->text, "maxvcpus = 3\n"));
	if (!g)
		return 1;
	/* A store that does not answer takes nothing away. */
	store_is_gone = true;
	CHECK(guest_update(&xm, g, 7) == -EIO && nr_fails + nr_warnings == 1);
	CHECK(g->nr_disks == 2 && g->nr_vifs == 3 && !strcmp(g->name, "first") && g->memory_mb == 128);
	store_is_gone = false;
	for (int i = 0; i < 2; i++) {
		CHECK(!guest_update(&xm, g, 7));
		test_numbers(g);
		test_disks(g);
		test_cards(g);
	}
	cfg_guest_free(g);
	return test_end();
}
