/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of guests and the locks behind them, with made-up domains, a made-up clock and real locks in a folder of
 * this test: a name between two lives is nobody else's, nobody waits with the lock of all names, every wait ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "guest.h"
#include "test.h"

/* ---- XM_RUN_DIR ---- */

static char folder[] = "/tmp/unit-names.XXXXXX";

static const char *there(const char *path)
{
	static char buf[256];

	if (strncmp(path, XM_RUN_DIR "/", strlen(XM_RUN_DIR) + 1))
		return path;
	snprintf(buf, sizeof(buf), "%s%s", folder, path + strlen(XM_RUN_DIR));
	return buf;
}

int open(const char *path, int flags, ...)
{
	return openat(AT_FDCWD, there(path), flags, 0600);
}

int stat(const char *path, struct stat *st)
{
	return fstatat(AT_FDCWD, there(path), st, 0);
}

int unlink(const char *path)
{
	return unlinkat(AT_FDCWD, there(path), 0);
}

int mkdir(const char *path, mode_t mode)
{
	return 0;
}

/* As another process would; -1: somebody has it. */
static int hold(const char *path, int how)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC);

	if (!flock(fd, how | LOCK_NB))
		return fd;
	close(fd);
	return -1;
}

static bool exists(const char *path)
{
	struct stat st;

	return !stat(path, &st);
}

/* ---- domains ---- */

static struct {
	uint16_t id;
	const char *name;	/* in the store; or NULL */
	uint32_t flags;
	bool there;		/* for the hypervisor */
} doms[2];

char **xm_xs_list(struct xm *xm, unsigned int *num, const char *fmt, ...)
{
	static char text[2][8];
	char **list = calloc(2, sizeof(*list));

	*num = 0;
	for (size_t i = 0; i < 2; i++) {
		if (!doms[i].name)
			continue;
		snprintf(text[i], sizeof(text[i]), "%u", doms[i].id);
		list[(*num)++] = text[i];
	}
	return list;
}

void xm_domain_name(struct xm *xm, uint16_t domid, char *buf, size_t size)
{
	buf[0] = '\0';
	for (size_t i = 0; i < 2; i++)
		if (doms[i].name && doms[i].id == domid)
			snprintf(buf, size, "%s", doms[i].name);
}

int xc_domain_getinfo(xc_interface *xch, uint16_t domid, struct xen_domctl_getdomaininfo *info)
{
	memset(info, 0, sizeof(*info));
	for (size_t i = 0; i < 2; i++) {
		if (!doms[i].there || doms[i].id != domid)
			continue;
		info->domain = domid;
		info->flags = doms[i].flags;
		return 0;
	}
	return -ESRCH;
}

int xm_domain_list(struct xm *xm, struct xen_domctl_getdomaininfo **list, unsigned int *num)
{
	*list = calloc(2, sizeof(**list));
	*num = 0;
	for (size_t i = 0; i < 2; i++)
		if (doms[i].there)
			xc_domain_getinfo(NULL, doms[i].id, &(*list)[(*num)++]);
	return 0;
}

const char *xc_last_error(const xc_interface *xch)
{
	return "";
}

bool xm_is_dying(const struct xen_domctl_getdomaininfo *i)
{
	return i->flags & XEN_DOMINF_dying;
}

bool xm_is_shutdown(const struct xen_domctl_getdomaininfo *i)
{
	return i->flags & XEN_DOMINF_shutdown;
}

unsigned int xm_shutdown_reason(const struct xen_domctl_getdomaininfo *i)
{
	return 0;
}

const char *xm_reason_name(unsigned int reason)
{
	return "ended";
}

void xm_format_uuid(const uint8_t uuid[16], char out[37])
{
	snprintf(out, 37, "%02x", uuid[0]);
}

/* ---- time, signals, words ---- */

static int64_t now, when;
static void (*meanwhile)(void);		/* once, at @when */
static void (*always)(void);		/* each time that somebody waits */
static unsigned int signals;

int64_t xm_now_ms(void)
{
	return now;
}

void xm_nap(int64_t since)
{
	void (*what)(void) = meanwhile;

	now += 20;
	if (always)
		always();
	if (!what || now < when)
		return;
	meanwhile = NULL;
	what();
}

unsigned int xm_signals(void)
{
	return signals;
}

int xm_interrupted(const struct xm *xm)
{
	return signals ? -EINTR : 0;
}

/* All that was said, not the last of it alone. */
int xm_fail(const struct xm *xm, int rc, const char *fmt, ...)
{
	size_t len = strlen(said);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(said + len, sizeof(said) - len, fmt, ap);
	va_end(ap);
	return rc;
}

/* ---- tests ---- */

#define LIFE	XM_RUN_DIR "/xm-life-a.lock"
#define NAMES	XM_RUN_DIR "/xm-names.lock"
#define OLD	XM_RUN_DIR "/xm-5.lock"

static const struct identity a = { .name = "a" }, a_again = { .name = "a", .again = true };
static struct xm xm;
static int held = -1, kept = -1;

static void begin(uint32_t flags, int64_t at, void (*what)(void))
{
	memset(doms, 0, sizeof(doms));
	doms[0].id = 5;
	doms[0].name = "a";
	doms[0].flags = flags;
	doms[0].there = true;
	doms[1].id = 6;
	if (held >= 0)
		close(held);
	held = -1;
	now = 0;
	signals = 0;
	when = at;
	meanwhile = what;
	always = NULL;
	said[0] = '\0';
}

static void interrupt(void)
{
	signals++;
}

static void let_go(void)
{
	close(held);
	held = -1;
}

static void old_goes(void)
{
	doms[0].name = NULL;
	doms[0].there = false;
	unlink(OLD);
	let_go();
}

static void test_former_life(void)
{
	begin(0, 0, NULL);
	CHECK(identity_check(&xm, &a) == -EEXIST && !now);
	CHECK(!strncmp(said, "guest 'a' exists already as domain 5;", 37));
	doms[0].name = "b";
	CHECK(!identity_check(&xm, &a) && !now);

	begin(XEN_DOMINF_shutdown, 0, NULL);
	CHECK(identity_check(&xm, &a) == -EEXIST && !now);
	CHECK(!strncmp(said, "guest 'a' is preserved as domain 5", 34));

	begin(XEN_DOMINF_shutdown, 2000, old_goes);
	held = hold(OLD, LOCK_EX);
	CHECK(!identity_check(&xm, &a) && now == 2000);
	CHECK(!strcmp(said, "guest 'a': waiting for its former life, domain 5, to be cleaned up"));

	begin(XEN_DOMINF_dying, 0, NULL);
	held = hold(OLD, LOCK_EX);
	CHECK(identity_check(&xm, &a) == -EEXIST && now >= 30000 && now < 31000);
	CHECK(strstr(said, "its former life, domain 5, is still being cleaned up after 30 s"));
	begin(XEN_DOMINF_dying, 100, interrupt);
	held = hold(OLD, LOCK_EX);
	CHECK(identity_check(&xm, &a) == -EINTR && now == 100);
	/* Its monitor was killed. */
	let_go();
	signals = 0;
	CHECK(!identity_check(&xm, &a));
	unlink(OLD);
}

/* Between two lives: the old domain is gone, there is no new one. */
static void begin_between(int64_t at, void (*what)(void))
{
	begin(0, at, what);
	doms[0].name = NULL;
	doms[0].there = false;
	kept = name_keep(&xm, "a");
	CHECK(kept >= 0 && name_is_kept("a") && !name_is_kept("b"));
}

static unsigned int taken;

static int take(struct xm *x, void *arg)
{
	taken++;
	CHECK(hold(NAMES, LOCK_EX) < 0);
	return *(int *)arg;
}

static void names_are_free(void)
{
	int fd = hold(NAMES, LOCK_EX);

	check(fd >= 0, "somebody waits with the lock of all names");
	if (fd >= 0)
		close(fd);
}

/* What a monitor does. */
static void next_life(void)
{
	int rc = 0;

	taken = 0;
	CHECK(!identity_take(&xm, &a_again, take, &rc) && taken == 1);
	doms[1].name = "a";
	doms[1].there = true;
	name_release("a", kept);
	taken = 0;
}

static void no_next_life(void)
{
	name_release("a", kept);
}

static void test_next_life(void)
{
	int rc = 0, unwanted = -EAGAIN;

	begin_between(2000, next_life);
	always = names_are_free;
	CHECK(identity_take(&xm, &a, take, &rc) == -EEXIST && now == 2000 && !taken && !exists(LIFE));
	CHECK(strstr(said, "'a': waiting for its next life") && strstr(said, "'a' exists already as domain 6;"));

	begin_between(2000, no_next_life);
	taken = 0;
	CHECK(!identity_take(&xm, &a, take, &rc) && now == 2000 && taken == 1);
	/* What @take says is what comes back, whatever it is. */
	CHECK(identity_take(&xm, &a, take, &unwanted) == -EAGAIN && taken == 2);

	begin_between(0, NULL);
	CHECK(identity_check(&xm, &a) == -EEXIST && now >= 30000 && now < 31000);
	CHECK(strstr(said, "is being started again, which has not ended after 30 s"));
	signals = 1;
	CHECK(identity_check(&xm, &a) == -EINTR && now < 31000);
	name_release("a", kept);
}

static void test_killed(void)
{
	int fds[2];
	pid_t pid;
	char byte;

	begin(0, 0, NULL);
	CHECK(!pipe(fds));
	pid = fork();
	if (!pid) {
		byte = name_keep(&xm, "a") >= 0;
		if (write(fds[1], &byte, 1) == 1)
			pause();
		_exit(1);
	}
	CHECK(read(fds[0], &byte, 1) == 1 && byte == 1 && name_is_kept("a") && name_keep(&xm, "a") == -ETIMEDOUT);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	CHECK(exists(LIFE) && !name_is_kept("a") && !exists(LIFE));
	close(fds[0]);
	close(fds[1]);
}

static void test_waits(void)
{
	int fd;

	/* Who only looks does not keep its owner from it. */
	begin(0, 200, let_go);
	held = hold(OLD, LOCK_SH);
	fd = guest_lock(&xm, 5, LOCK_SOON_MS, NULL);
	CHECK(fd >= 0 && guest_is_locked(5) && now == 200);
	guest_unlock(5, fd);
	CHECK(!guest_is_locked(5) && !exists(OLD));

	begin(0, 5500, old_goes);
	held = hold(OLD, LOCK_EX);
	CHECK(guest_lock(&xm, 5, LOCK_SOON_MS, NULL) == -ETIMEDOUT && now == LOCK_SOON_MS && !*said);
	now = 0;
	fd = guest_lock(&xm, 5, 60000, "a monitor");
	CHECK(fd >= 0 && now == 5500 && exists(OLD) && !strcmp(said, "waiting for a monitor (" OLD ")"));
	guest_unlock(5, fd);

	/* A signal that came before does not end what it made necessary; another one does. */
	begin(0, 300, interrupt);
	signals = 1;
	held = hold(OLD, LOCK_EX);
	CHECK(guest_lock(&xm, 5, 60000, NULL) == -EINTR && now == 300);

	begin(0, 300, interrupt);
	held = hold(NAMES, LOCK_EX);
	CHECK(names_lock(&xm) == -EINTR && now == 300);
	signals = 0;
	CHECK(names_lock(&xm) == -ETIMEDOUT && now >= 60000 && now < 61000);
	CHECK(strstr(said, "waiting for another xm") && strstr(said, "has been busy for 60 s"));
	xm.in_monitor = true;
	when = now + 500000;
	meanwhile = let_go;
	fd = names_lock(&xm);
	CHECK(fd >= 0 && now >= 500000);
	close(fd);
	xm.in_monitor = false;

	begin(0, 300, interrupt);
	held = hold(XM_RUN_DIR "/xm-memory.lock", LOCK_EX);
	CHECK(memory_lock(&xm) == -EINTR && now == 300);
	let_go();
}

int main(void)
{
	CHECK(mkdtemp(folder) != NULL);
	test_former_life();
	test_next_life();
	test_killed();
	test_waits();
	unlink(OLD);
	unlink(NAMES);
	unlink(XM_RUN_DIR "/xm-memory.lock");
	CHECK(!rmdir(folder));
	return test_end();
}
