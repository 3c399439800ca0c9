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
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "device.h"

#define SCRIPT_TIMEOUT_MS	20000

static bool is_bridge(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/class/net/%s/bridge", name);
	return !access(path, F_OK);
}

/* The machine's only bridge. */
static int default_bridge(struct xm *xm, char *buf, size_t size)
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

	snprintf(buf, size, "%s%s", *name == '/' ? "" : XM_SCRIPT_DIR "/", name);
	if (access(buf, X_OK))
		return xm_fail(xm, -errno, "vif: script %s: %s", buf, strerror(errno));
	return 0;
}

int vif_check(struct xm *xm, const struct cfg_vif *v)
{
	char name[IFNAMSIZ], script[256];
	int rc = script_path(xm, v, script, sizeof(script));

	if (rc)
		return rc;
	if (v->bridge && !is_bridge(v->bridge))
		return xm_fail(xm, -ENODEV, "vif: there is no bridge '%s' on this machine", v->bridge);
	if (!v->bridge && !v->script)
		return default_bridge(xm, name, sizeof(name));
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

static void if_name(const struct device *d, char buf[IFNAMSIZ])
{
	snprintf(buf, IFNAMSIZ, "vif%u.%u", d->domid, d->devid);
}

static bool if_exists(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/class/net/%s", name);
	return !access(path, F_OK);
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
	char vif[IFNAMSIZ];
	device_path_t back;
	char bridge[64], mac[32], ip[256], vifname[64];
};

static void script_child(const struct script_run *r, int out)
{
	int null = open("/dev/null", O_RDWR);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	dup2(null, 0);
	dup2(out, 1);
	dup2(out, 2);
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("XENBUS_PATH", r->back + strlen("/local/domain/0/"), 1);
	setenv("vif", r->vif, 1);
	setenv("bridge", r->bridge, 1);
	setenv("mac", r->mac, 1);
	setenv("ip", r->ip, 1);
	setenv("vifname", r->vifname, 1);
	execl(r->script, r->script, r->action, "type_if=vif", (char *)NULL);
	dprintf(2, "%s: %s\n", r->script, strerror(errno));
	_exit(127);
}

/* Keeps the last line that the script wrote. 0 at its end, -ETIMEDOUT, or -EINTR. */
static int read_last_line(const struct xm *xm, int fd, char *line, size_t size)
{
	int64_t end = xm_now_ms() + SCRIPT_TIMEOUT_MS;
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	size_t len = 0;
	bool fresh = true;
	char buf[256];
	ssize_t n;

	line[0] = '\0';
	for (;;) {
		int64_t left = end - xm_now_ms();

		if (left <= 0)
			return -ETIMEDOUT;
		if (xm_interrupted(xm))
			return -EINTR;
		if (poll(&pfd, 1, left) <= 0)
			continue;
		n = read(fd, buf, sizeof(buf));
		if (n <= 0)
			return 0;
		for (ssize_t i = 0; i < n; i++) {
			if (buf[i] == '\n') {
				fresh = true;
				continue;
			}
			if (fresh)
				len = 0;
			fresh = false;
			if (len + 1 < size)
				line[len++] = buf[i];
			line[len] = '\0';
		}
	}
}

static int run_script(struct xm *xm, const struct script_run *r)
{
	int fds[2], status = 0, rc;
	char line[256];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return xm_fail(xm, -errno, "pipe: %s", strerror(errno));
	pid = fork();
	if (!pid)
		script_child(r, fds[1]);
	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		return xm_fail(xm, -errno, "fork: %s", strerror(errno));
	}
	rc = read_last_line(xm, fds[0], line, sizeof(line));
	close(fds[0]);
	if (rc)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (rc == -EINTR)
		return rc;
	if (rc)
		return xm_fail(xm, rc, "vif: script %s %s did not end within %d s", r->script,
			       r->action, SCRIPT_TIMEOUT_MS / 1000);
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	return xm_fail(xm, -EIO, "vif: script %s %s failed: %s", r->script, r->action,
		       line[0] ? line : "it gave no reason");
}

static void read_into(struct xm *xm, char *buf, size_t size, const char *dir, const char *key)
{
	char *text = xm_xs_read(xm, "%s/%s", dir, key);

	snprintf(buf, size, "%s", text ? text : "");
	free(text);
}

static int hotplug(struct xm *xm, const struct device *d, const char *action)
{
	struct script_run r = { .action = action };
	char script[256];

	device_back_path(d, r.back);
	read_into(xm, script, sizeof(script), r.back, "script");
	if (!script[0])
		return 0;
	r.script = script;
	read_into(xm, r.bridge, sizeof(r.bridge), r.back, "bridge");
	read_into(xm, r.mac, sizeof(r.mac), r.back, "mac");
	read_into(xm, r.ip, sizeof(r.ip), r.back, "ip");
	read_into(xm, r.vifname, sizeof(r.vifname), r.back, "vifname");
	if_name(d, r.vif);
	/* Once it is online the script may have given it its other name. */
	if (r.vifname[0] && !if_exists(r.vif))
		snprintf(r.vif, sizeof(r.vif), "%.15s", r.vifname);
	return run_script(xm, &r);
}

void vif_offline(struct xm *xm, const struct device *d)
{
	char *status = xm_xs_read(xm, "/local/domain/0/backend/%s/%u/%u/hotplug-status", d->kind, d->domid,
				  d->devid);

	/* Only what came online is taken offline. */
	if (status && !strcmp(status, "connected"))
		hotplug(xm, d, "offline");
	free(status);
}

static int publish(struct xm *xm, const struct device *d, const struct cfg_vif *v, const uint8_t mac[6],
		   const char *bridge, const char *script)
{
	char mac_text[18], handle[12], rate[48];
	const struct pair front[] = { { "handle", handle }, { "mac", mac_text }, { .key = NULL } };
	struct pair back[12] = {
		{ "handle", handle }, { "mac", mac_text }, { "script", script }, { "type", "vif" },
	};
	unsigned int n = 4;

	snprintf(mac_text, sizeof(mac_text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
		 mac[4], mac[5]);
	snprintf(handle, sizeof(handle), "%u", d->devid);
	if (*bridge)
		back[n++] = (struct pair){ "bridge", bridge };
	if (v->ip)
		back[n++] = (struct pair){ "ip", v->ip };
	if (v->vifname)
		back[n++] = (struct pair){ "vifname", v->vifname };
	if (v->rate_bytes) {
		snprintf(rate, sizeof(rate), "%llu,%u", (unsigned long long)v->rate_bytes, v->rate_us);
		back[n++] = (struct pair){ "rate", rate };
	}
	back[n].key = NULL;
	return device_publish(xm, d, front, back);
}

int vif_add(struct xm *xm, uint16_t domid, unsigned int handle, const struct cfg_vif *v, const void *seed,
	    size_t seed_len)
{
	const struct device d = { "vif", domid, handle };
	char bridge[IFNAMSIZ] = "", script[256], what[32];
	uint8_t mac[6];
	device_path_t back;
	int rc = script_path(xm, v, script, sizeof(script));

	if (!rc && !v->bridge && !v->script)
		rc = default_bridge(xm, bridge, sizeof(bridge));
	if (rc)
		return rc;
	if (v->bridge)
		snprintf(bridge, sizeof(bridge), "%s", v->bridge);
	if (v->has_mac)
		memcpy(mac, v->mac, 6);
	else
		make_mac(mac, seed, seed_len, handle);
	rc = publish(xm, &d, v, mac, bridge, script);
	if (rc)
		return rc;
	snprintf(what, sizeof(what), "vif %u", handle);
	rc = device_wait_backend(xm, &d, what, vif_ready);
	if (!rc)
		rc = hotplug(xm, &d, "online");
	device_back_path(&d, back);
	if (!rc && !xm_xs_write(xm, XBT_NULL, "connected", "%s/hotplug-status", back))
		rc = xm_fail(xm, -errno, "store entries of vif %u cannot be written: %s", handle,
			     strerror(errno));
	if (rc)
		device_remove(xm, &d, true);
	return rc;
}
