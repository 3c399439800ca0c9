/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Adding disks and cards, with made-up guests: who waits for another guest does not hold the lock of images, what is
 * looked at under that lock is shown before it is let go, and a script that was started is undone.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "device.h"
#include "guest.h"
#include "run.h"
#include "test.h"

#define SCRIPT	XM_SCRIPT_DIR "/vif-nat"

/* ---- the lock: held as long as its descriptor is open ---- */

static int lock_seen = -1;

static bool held(void)
{
	struct pollfd other = { .fd = lock_seen };

	return lock_seen >= 0 && !poll(&other, 1, 0);
}

int images_lock(struct xm *xm)
{
	int ends[2];

	CHECK(!held());
	if (lock_seen >= 0)
		close(lock_seen);
	if (pipe(ends))
		abort();
	lock_seen = ends[0];
	return ends[1];
}

/* ---- another guest with the same image, and what becomes of it ---- */

static char image[] = "/tmp/unit-add.XXXXXX", image_id[64];
static unsigned int user;		/* the guest that has the image; 0: none */
static bool ended, watched, closes;	/* it has ended; its monitor lives; its disk can be taken away */
static void (*meanwhile)(void);		/* while somebody waits, after */
static int64_t now, when;
static unsigned int reclaimed, published;
static char steps[128];
static int script_rc;
static bool store_is_full;
static char online[4];			/* what xm-online says */

static const char *value(const char *path)
{
	static char dir[64];

	snprintf(dir, sizeof(dir), "/local/domain/0/backend/vbd/%u/51712/", user);
	if (!strncmp(path, dir, strlen(dir)) && user) {
		path += strlen(dir);
		return !strcmp(path, "xm-image") ? image_id : !strcmp(path, "xm-access") ? "w" : NULL;
	}
	if (!strcmp(path, "/local/domain/0/backend/vif/9/0/script"))
		return SCRIPT;
	return *online && !strcmp(path, "/local/domain/0/backend/vif/9/0/xm-online") ? online : NULL;
}

void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *len)
{
	const char *text = value(path);

	return text ? strdup(text) : NULL;
}

char **xs_directory(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *num)
{
	char **list = calloc(1, sizeof(*list) + 16), *text = (char *)(list + 1);
	bool disks = strlen(path) > strlen("/local/domain/0/backend/vbd");

	*num = user && strstr(path, "/vbd");
	list[0] = text;
	snprintf(text, 16, "%u", disks ? 51712 : user);
	return list;
}

bool xs_write(struct xs_handle *h, xs_transaction_t t, const char *path, const void *data, unsigned int len)
{
	if (store_is_full) {
		errno = ENOSPC;
		return false;
	}
	if (strstr(path, "/xm-online"))
		snprintf(online, sizeof(online), "%.*s", (int)len, (const char *)data);
	return true;
}

int xc_domain_getinfo(xc_interface *xch, uint16_t domid, struct xen_domctl_getdomaininfo *info)
{
	memset(info, 0, sizeof(*info));
	return domid == user && !ended ? 0 : -ESRCH;
}

bool xm_is_dying(const struct xen_domctl_getdomaininfo *info)
{
	return false;
}

bool xm_is_shutdown(const struct xen_domctl_getdomaininfo *info)
{
	return false;
}

bool guest_is_gone(struct xm *xm, uint16_t domid)
{
	return domid != user || ended;
}

bool guest_is_locked(uint16_t domid)
{
	return watched;
}

bool guest_reclaim(struct xm *xm, uint16_t domid)
{
	CHECK(!held());
	if (!ended || watched || !closes)
		return false;
	reclaimed++;
	user = 0;
	return true;
}

void xm_domain_name(struct xm *xm, uint16_t domid, char *buf, size_t size)
{
	snprintf(buf, size, "other");
}

int64_t xm_now_ms(void)
{
	return now;
}

void xm_sleep_ms(unsigned int ms)
{
	CHECK(!held());
	now += ms;
	if (meanwhile && now >= when)
		meanwhile();
}

/* ---- the device ---- */

int loop_attach(struct xm *xm, const char *path, bool writable, unsigned int *loop, dev_t *dev)
{
	*loop = 3;
	*dev = makedev(7, 3);
	return 0;
}

int loop_find(dev_t file_dev, ino_t file_ino)
{
	return -1;
}

void device_back_path(const struct device *d, device_path_t path)
{
	snprintf(path, XM_PATH_MAX, "/local/domain/0/backend/%s/%u/%u", d->kind, d->domid, d->devid);
}

int device_publish(struct xm *xm, const struct device *d, const struct pair *front, const struct pair *back)
{
	CHECK(held());
	published++;
	return 0;
}

int device_wait_backend(struct xm *xm, const struct device *d, const char *what, bool (*ready)(const struct device *d))
{
	CHECK(!held());
	return interrupted;
}

int device_keep(struct xm *xm, const struct device *d, const char *what, int rc)
{
	if (rc && !strcmp(d->kind, "vif"))
		vif_offline(xm, d);
	return rc;
}

int run_program(struct xm *xm, struct run *r, int timeout_ms)
{
	bool offline = !strcmp(r->argv[1], "offline");
	size_t len = strlen(steps);

	CHECK(!strcmp(r->argv[0], SCRIPT) && r->undo == offline);
	snprintf(steps + len, sizeof(steps) - len, "%s ", r->argv[1]);
	return offline ? 0 : script_rc;
}

int access(const char *path, int mode)
{
	return strcmp(path, SCRIPT);
}

/* ---- tests ---- */

static struct xm xm = { .xs = (struct xs_handle *)&now };

static void begin(void)
{
	user = 7;
	ended = watched = closes = store_is_full = false;
	online[0] = '\0';
	meanwhile = NULL;
	now = when = 0;
	reclaimed = published = nr_fails = 0;
	interrupted = script_rc = 0;
	said[0] = steps[0] = '\0';
}

static int add_disk(void)
{
	struct cfg_disk d = { .vdev = "xvda", .target = image, .kind = DISK_FILE, .writable = true, .devid = 51712 };
	int rc = vbd_add(&xm, 9, &d);

	CHECK(!held() && published == !rc);
	return rc;
}

static void lets_go(void)
{
	user = 0;
}

/* Who waited is not the only one. */
static void another_has_it(void)
{
	user = 8;
	ended = watched = false;
}

static void monitor_dies(void)
{
	watched = false;
}

static void test_image(void)
{
	begin();
	user = 0;
	CHECK(!add_disk() && !now && !nr_fails);

	begin();
	CHECK(add_disk() == -EBUSY && nr_fails == 1 && !now && strstr(said, "guest 'other' (domain 7) has it"));

	begin();
	ended = watched = true;
	when = 1000;
	meanwhile = lets_go;
	CHECK(!add_disk() && now >= 1000 && now < 2000 && !nr_fails && !reclaimed);

	begin();
	ended = watched = true;
	when = 10000;
	meanwhile = lets_go;
	CHECK(!add_disk() && nr_fails == 1 && strstr(said, "waiting for domain 7, which has ended"));

	begin();
	ended = watched = true;
	when = 1000;
	meanwhile = another_has_it;
	CHECK(add_disk() == -EBUSY && now < 2000 && strstr(said, "guest 'other' (domain 8) has it"));

	begin();
	ended = watched = true;
	CHECK(add_disk() == -EBUSY && now >= 30000 && now < 40000 && strstr(said, "its backend has not closed"));

	begin();
	ended = watched = true;
	interrupted = -EINTR;
	CHECK(add_disk() == -EINTR && !now);
}

static void test_reclaim(void)
{
	begin();
	ended = closes = true;
	CHECK(!add_disk() && reclaimed == 1 && !now);

	begin();
	ended = watched = closes = true;
	when = 1000;
	meanwhile = monitor_dies;
	CHECK(!add_disk() && reclaimed == 1 && now >= 1000);

	begin();
	ended = true;
	CHECK(add_disk() == -EBUSY && strstr(said, "'xm destroy 7' tries again"));
}

static int add_card(void)
{
	const struct cfg_vif v = { .script = (char *)"vif-nat", .ip = (char *)"10.8.0.2" };
	static const uint8_t mac[6] = { 0x00, 0x16, 0x3e, 0x00, 0x00, 0x01 };

	return vif_add(&xm, 9, 0, &v, mac);
}

static void test_script(void)
{
	begin();
	CHECK(!add_card() && !strcmp(steps, "online ") && !strcmp(online, "1"));

	begin();
	script_rc = -EINTR;
	CHECK(add_card() == -EINTR && !strcmp(steps, "online offline "));

	begin();
	script_rc = -EIO;
	CHECK(add_card() == -EIO && !strcmp(steps, "online offline ") && nr_fails == 1);

	/* Not started. */
	begin();
	interrupted = -EINTR;
	CHECK(add_card() == -EINTR && !*steps);

	begin();
	store_is_full = true;
	CHECK(add_card() == -ENOSPC && !*steps);
}

int main(void)
{
	int fd = mkstemp(image);
	struct stat st;

	if (fd < 0 || ftruncate(fd, 1 << 20) || fstat(fd, &st))
		abort();
	close(fd);
	snprintf(image_id, sizeof(image_id), "f%x:%x:%llx", major(st.st_dev), minor(st.st_dev), (unsigned long long)st.st_ino);
	test_image();
	test_reclaim();
	test_script();
	unlink(image);
	return test_end();
}
