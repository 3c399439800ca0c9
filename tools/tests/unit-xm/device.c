/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Removal of devices, with a made-up store and a made-up /sys: in which order, what stays when a backend does not
 * close, and what is left alone when somebody else has been faster.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "device.h"
#include "guest.h"
#include "test.h"

/* ---- the store ---- */

#define NR_NODES	16

static struct node {
	char path[96], value[32];
} nodes[NR_NODES];

static struct node *find(const char *path)
{
	for (size_t i = 0; i < NR_NODES; i++)
		if (!strcmp(nodes[i].path, path))
			return &nodes[i];
	return NULL;
}

static const char *value(const char *path)
{
	const struct node *n = find(path);

	return n ? n->value : "";
}

static void put(const char *path, const char *text)
{
	struct node *n = find(path);

	if (!n)
		n = find("");
	if (!n)
		abort();
	snprintf(n->path, sizeof(n->path), "%s", path);
	snprintf(n->value, sizeof(n->value), "%s", text);
}

void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *len)
{
	const struct node *n = find(path);

	return n ? strdup(n->value) : NULL;
}

bool xs_write(struct xs_handle *h, xs_transaction_t t, const char *path, const void *data, unsigned int len)
{
	char text[32];

	snprintf(text, sizeof(text), "%.*s", (int)len, (const char *)data);
	put(path, text);
	return true;
}

bool xs_rm(struct xs_handle *h, xs_transaction_t t, const char *path)
{
	size_t len = strlen(path);

	for (size_t i = 0; i < NR_NODES; i++)
		if (!strncmp(nodes[i].path, path, len) && (!nodes[i].path[len] || nodes[i].path[len] == '/'))
			nodes[i].path[0] = '\0';
	return true;
}

xs_transaction_t xs_transaction_start(struct xs_handle *h)
{
	return 1;
}

bool xs_transaction_end(struct xs_handle *h, xs_transaction_t t, bool abort)
{
	return !abort;
}

/* ---- the machine: what happens while somebody waits ---- */

static int64_t now;
static bool backend, gone, reclaimed;
static const char *interface, *owner;	/* a network interface, and the device that it is of */
static void (*meanwhile)(void);
static char done[128];			/* what was done, in words */

int access(const char *path, int mode)
{
	if (!strcmp(path, "/sys/bus/xen-backend"))
		return 0;
	return backend && !strncmp(path, "/sys/devices/", 13) ? 0 : -1;
}

/* Has the backend's storage requests under way? */
static bool busy;

FILE *fopen(const char *path, const char *mode)
{
	static char text[] = "0 1\n";

	if (strcmp(path, "/sys/dev/block/7:5/inflight"))
		return NULL;
	text[2] = '0' + busy;
	return fmemopen(text, sizeof(text) - 1, "r");
}

ssize_t readlink(const char *path, char *buf, size_t size)
{
	char name[64];

	snprintf(name, sizeof(name), "/sys/class/net/%s/device", interface ? interface : "");
	return interface && !strcmp(path, name) ? snprintf(buf, size, "../../../%s", owner) : -1;
}

int64_t xm_now_ms(void)
{
	return now;
}

void xm_sleep_ms(unsigned int ms)
{
	now += ms;
	if (meanwhile && now > 1000)
		meanwhile();
}

static void did(const char *what, unsigned int number)
{
	size_t len = strlen(done);

	snprintf(done + len, sizeof(done) - len, "%s%u%s ", what, number, backend ? " while it lives" : "");
}

static bool attached;			/* the file to the loop device */
static bool stalls;			/* its storage: it stays attached */

void loop_detach(struct xm *xm, unsigned int loop)
{
	did("loop", loop);
	attached = stalls;
}

bool loop_has(unsigned int loop, dev_t file_dev, ino_t file_ino)
{
	return attached && loop == 5 && file_dev == makedev(0xfe, 1) && file_ino == 0x77;
}

void nbd_detach(struct xm *xm, unsigned int nbd)
{
	did("nbd", nbd);
}

void nbd_wake(struct xm *xm, unsigned int nbd)
{
}

void antispoof_remove(struct xm *xm, const struct device *d)
{
	did("filter", d->devid);
}

void vif_offline(struct xm *xm, const struct device *d)
{
}

bool guest_is_gone(struct xm *xm, uint16_t domid)
{
	return gone;
}

bool guest_reclaim(struct xm *xm, uint16_t domid)
{
	reclaimed = true;
	return true;
}

/* ---- tests ---- */

#define VBD	"/local/domain/0/backend/vbd/7/51712"
#define VIF	"/local/domain/0/backend/vif/7/1"

static const struct device disk = { "vbd", 7, 51712 }, card = { "vif", 7, 1 };
static struct xm xm = { .xs = (struct xs_handle *)nodes };

static void begin(const char *back)
{
	char path[96];

	memset(nodes, 0, sizeof(nodes));
	snprintf(path, sizeof(path), "%s/online", back);
	put(path, "1");
	snprintf(path, sizeof(path), "%s/state", back);
	put(path, "4");
	now = 0;
	backend = true;
	gone = reclaimed = false;
	interface = NULL;
	meanwhile = NULL;
	done[0] = said[0] = '\0';
	busy = stalls = false;
	attached = true;
}

static bool empty(void)
{
	for (size_t i = 0; i < NR_NODES; i++)
		if (nodes[i].path[0])
			return false;
	return true;
}

static void closes(void)
{
	backend = false;
}

static void closes_when_asked(void)
{
	backend = strcmp(value(VBD "/state"), "5") != 0;
}

/* It was connecting when it was asked to close, and has not seen that. */
static void connects_once(void)
{
	put(VBD "/state", "4");
	meanwhile = closes_when_asked;
}

/* The guest ends, its monitor removes the disk, and another guest gets the same nbd device. */
static void other_removes(void)
{
	backend = false;
	xs_rm(NULL, XBT_NULL, VBD);
}

static void test_disk(void)
{
	begin(VBD);
	put(VBD "/xm-nbd", "3");
	put(VBD "/xm-image", "b8:1");
	CHECK(device_remove(&xm, &disk, true) == -EBUSY && now >= DEVICE_TIMEOUT_MS);
	CHECK(strstr(said, "vbd/51712 of domain 7 has not closed") && !*done);
	CHECK(!strcmp(value(VBD "/xm-image"), "b8:1") && !strcmp(value(VBD "/online"), "0"));
	now = 0;
	meanwhile = closes;
	CHECK(!device_remove(&xm, &disk, true) && !strcmp(done, "nbd3 ") && empty());

	begin(VBD);
	CHECK(device_remove(&xm, &disk, false) == -EBUSY && strstr(said, "the guest does not let go"));

	begin(VBD);
	put(VBD "/xm-nbd", "3");
	meanwhile = other_removes;
	CHECK(!device_remove(&xm, &disk, false) && !*done && empty());
}

/* Who waits for a guest, or for the storage, finds another disk in that place. */
static void other_has_its_place(void)
{
	if (!strcmp(value(VBD "/xm-id"), "0123"))
		return;
	put(VBD "/xm-id", "0123");
	put(VBD "/state", "4");
	put(VBD "/online", "1");
	busy = false;
}

static void test_other(void)
{
	for (int force = 0; force < 2; force++) {
		begin(VBD);
		put(VBD "/xm-id", "abcd");
		put(VBD "/xm-nbd", "3");
		put(VBD "/physical-device", "7:5");
		put(VBD "/xm-access", "w");
		busy = true;
		meanwhile = other_has_its_place;
		CHECK(!device_remove(&xm, &disk, force) && !*done);
		CHECK(!strcmp(value(VBD "/state"), "4") && !strcmp(value(VBD "/online"), "1") && find(VBD "/xm-nbd"));
	}
}

static void begin_loop(void)
{
	begin(VBD);
	put(VBD "/xm-loop", "5");
	put(VBD "/xm-image", "ffe:1:77");
	put(VBD "/physical-device", "7:5");
	put(VBD "/xm-access", "w");
}

/* The storage stands still: the image stays in use as long as something may yet be written. */
static void test_storage(void)
{
	begin_loop();
	meanwhile = connects_once;
	CHECK(!device_remove(&xm, &disk, false) && !strcmp(done, "loop5 ") && empty());

	begin_loop();
	busy = true;
	meanwhile = closes;
	CHECK(device_remove(&xm, &disk, true) == -EBUSY && !*done && find(VBD "/xm-image"));
	busy = false;
	stalls = true;
	CHECK(device_remove(&xm, &disk, true) == -EBUSY && !strcmp(done, "loop5 ") && find(VBD "/xm-image"));
	stalls = attached = false;
	CHECK(!device_remove(&xm, &disk, true) && !strcmp(done, "loop5 ") && empty());

	/* Others use it too. */
	begin_loop();
	put(VBD "/xm-access", "w!");
	busy = true;
	meanwhile = closes;
	CHECK(!device_remove(&xm, &disk, true) && !strcmp(done, "loop5 ") && empty());

	/* Its loop device has another file meanwhile. */
	begin_loop();
	put(VBD "/xm-image", "ffe:1:78");
	meanwhile = closes;
	CHECK(!device_remove(&xm, &disk, true) && !*done && empty());
}

static bool too_early;
static int64_t connected;

static void connects(void)
{
	too_early |= !strcmp(value(VBD "/state"), "5");
	if (now < 4000)
		return;
	put(VBD "/state", "4");
	connected = now;
	meanwhile = closes_when_asked;
}

static void is_never_overwritten(void)
{
	too_early |= strcmp(value(VBD "/state"), "6") != 0;
	backend = now < 5000;
}

/* When a guest is asked to close. */
static void test_asking(void)
{
	for (const char *state = "1"; *state; state = *state == '1' ? "2" : "") {
		begin(VBD);
		put(VBD "/state", state);
		too_early = false;
		meanwhile = connects;
		CHECK(!device_remove(&xm, &disk, false) && !too_early && now < connected + 1000 && empty());
	}
	/* It has no driver. */
	begin(VBD);
	put(VBD "/state", "2");
	CHECK(device_remove(&xm, &disk, false) == -EBUSY && !strcmp(value(VBD "/state"), "5"));
	/* It has closed by itself; its frontend waits for nothing but that. */
	for (int force = 0; force < 2; force++) {
		begin(VBD);
		put(VBD "/state", "6");
		too_early = false;
		meanwhile = is_never_overwritten;
		CHECK(!device_remove(&xm, &disk, force) && !too_early && empty());
	}
}

static void interface_goes(void)
{
	if (!backend)
		interface = NULL;
	backend = false;
}

static void test_card(void)
{
	begin(VIF);
	put(VIF "/xm-antispoof", "1");
	put(VIF "/vifname", "lan0");
	interface = "lan0";
	owner = "vif-7-1";
	meanwhile = interface_goes;
	CHECK(!device_remove(&xm, &card, true) && !strcmp(done, "filter1 ") && !interface && empty());

	/* It was to get a name that is another's. */
	begin(VIF);
	put(VIF "/vifname", "lan0");
	interface = "lan0";
	owner = "vif-7-11";
	meanwhile = closes;
	CHECK(!device_remove(&xm, &card, true) && interface && now < DEVICE_TIMEOUT_MS);
}

static bool never(const struct device *d)
{
	return false;
}

static void test_keep(void)
{
	begin(VBD);
	CHECK(!device_keep(&xm, &disk, "disk xvda", 0) && backend && !empty());
	meanwhile = closes;
	CHECK(device_keep(&xm, &disk, "disk xvda", -EIO) == -EIO && empty() && !reclaimed);

	begin(VBD);
	put("/local/domain/7/device", "");
	put("/local/domain/7", "");
	gone = true;
	meanwhile = closes;
	CHECK(device_keep(&xm, &disk, "disk xvda", 0) == -ESRCH && reclaimed && !find(VBD "/state"));
	CHECK(!strcmp(said, "disk xvda: domain 7 has ended meanwhile"));

	begin(VBD);
	xs_rm(NULL, XBT_NULL, VBD);
	gone = true;
	CHECK(device_wait_backend(&xm, &disk, "disk xvda", never) == -ESRCH && !now);
}

int main(void)
{
	test_disk();
	test_other();
	test_storage();
	test_asking();
	test_card();
	test_keep();
	return test_end();
}
