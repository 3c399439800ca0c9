/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a guest's kernel comes from: files of this machine, or its own disk by way of guestboot(8), which reads that
 * without privileges into a directory of ours.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xenguest.h>
#include "device.h"
#include "guest.h"
#include "run.h"

#define LOADER		"/usr/sbin/guestboot"
#define LOADER_PREFIX	"guestboot: "
#define LOADER_MS	180000		/* its own bound is 120 s */
#define MAX_TEXT	4096

static int run_loader(struct xm *xm, const struct guest_config *cfg, const struct boot_files *f, const char *disk)
{
	char output[64];
	const char *argv[8] = { LOADER, output };
	struct run r = { .argv = argv, .first = true };
	const char *why = r.said;
	int n = 2, rc;

	snprintf(output, sizeof(output), "--output=%s", f->dir);
	if (cfg->bootentry) {
		argv[n++] = "-e";
		argv[n++] = cfg->bootentry;
	}
	argv[n++] = "--";
	argv[n] = disk;
	rc = run_program(xm, &r, LOADER_MS);
	if (rc == -ETIMEDOUT)
		why = "guestboot does not end";
	else if (rc != -EIO)
		return rc;
	else if (!strncmp(why, LOADER_PREFIX, strlen(LOADER_PREFIX)))
		why += strlen(LOADER_PREFIX);
	return xm_fail(xm, -ENOEXEC, "guest '%s': no kernel from disk %s: %s", cfg->name, cfg->disk[0].target, why);
}

/* guestboot reads a drive as it is: it gets what is inside of a qcow2 image, read-only, for as long as it runs. */
static int load(struct xm *xm, const struct guest_config *cfg, const struct boot_files *f)
{
	struct cfg_disk d = cfg->disk[0];
	unsigned int nbd;
	char node[32];
	int rc;

	if (d.format != FORMAT_QCOW2)
		return run_loader(xm, cfg, f, d.target);
	d.writable = false;
	rc = vbd_serve(xm, &d, &nbd);
	if (rc)
		return rc;
	snprintf(node, sizeof(node), "/dev/nbd%u", nbd);
	rc = run_loader(xm, cfg, f, node);
	nbd_detach(xm, nbd);
	return rc;
}

/* What the boot loader has written; "" when it has not. */
static char *read_text(const struct boot_files *f, const char *name)
{
	char path[64], *text = calloc(1, MAX_TEXT);
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	fd = text ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd >= 0) {
		n = read(fd, text, MAX_TEXT - 1);
		close(fd);
	}
	if (text)
		text[n > 0 ? n : 0] = 0;
	return text;
}

/* The disk's own words first: of two that mean the same, Linux takes the later one, which is the administrator's. */
static int join_cmdline(const struct guest_config *cfg, struct boot_files *f)
{
	char *disk = read_text(f, "cmdline"), *own = cfg_guest_cmdline(cfg);

	if (own && cfg->cmdline)
		f->cmdline = strdup(own);
	else if (!own || !disk || asprintf(&f->cmdline, "%s%s%s", disk, *disk && *own ? " " : "", own) < 0)
		f->cmdline = NULL;
	free(disk);
	free(own);
	return f->cmdline ? 0 : -ENOMEM;
}

static int check_file(struct xm *xm, const char *what, const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc = 0;

	if (fd < 0)
		return xm_fail(xm, -errno, "%s %s cannot be read: %s", what, path, strerror(errno));
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		rc = xm_fail(xm, -EINVAL, "%s %s is not a file", what, path);
	else if (!st.st_size)
		rc = xm_fail(xm, -EINVAL, "%s %s is empty", what, path);
	close(fd);
	return rc;
}

/* The files of the configuration. */
static int take_own(struct xm *xm, const struct guest_config *cfg, struct boot_files *f)
{
	int rc = check_file(xm, "kernel", cfg->kernel);

	if (!rc && cfg->ramdisk)
		rc = check_file(xm, "ramdisk", cfg->ramdisk);
	if (rc)
		return rc;
	f->kernel = strdup(cfg->kernel);
	f->ramdisk = cfg->ramdisk ? strdup(cfg->ramdisk) : NULL;
	f->cmdline = cfg_guest_cmdline(cfg);
	return f->kernel && f->cmdline && !f->ramdisk == !cfg->ramdisk ? 0 : xm_fail(xm, -ENOMEM, "out of memory");
}

static int take_loaded(const struct guest_config *cfg, struct boot_files *f)
{
	struct stat st;

	if (asprintf(&f->kernel, "%s/kernel", f->dir) < 0)
		f->kernel = NULL;
	if (asprintf(&f->ramdisk, "%s/ramdisk", f->dir) < 0)
		f->ramdisk = NULL;
	if (!f->kernel || !f->ramdisk)
		return -ENOMEM;
	if (stat(f->ramdisk, &st) || !st.st_size) {
		free(f->ramdisk);
		f->ramdisk = NULL;
	}
	f->chosen = read_text(f, "entry");
	return f->chosen ? join_cmdline(cfg, f) : -ENOMEM;
}

static int run_boot_loader(struct xm *xm, const struct guest_config *cfg, struct boot_files *f)
{
	int rc;

	/* It had one, which was detached while it ran. */
	if (!cfg->nr_disks)
		return xm_fail(xm, -ENOENT, "guest '%s': it has no disk to take the kernel from", cfg->name);
	rc = bootdir_make(xm, f->dir, &f->lock);
	if (!rc)
		rc = load(xm, cfg, f);
	if (!rc && take_loaded(cfg, f))
		rc = xm_fail(xm, -ENOMEM, "out of memory");
	return rc;
}

void boot_tell_error(struct xm *xm, const struct guest_config *cfg, int rc, const char *why)
{
	const char *kernel = cfg->kernel ? cfg->kernel : "of its disk";

	if (rc == -ENOEXEC && !strstr(why, kernel))
		xm_fail(xm, rc, "guest '%s': kernel %s: %s", cfg->name, kernel, why);
	else
		xm_fail(xm, rc, "guest '%s': %s", cfg->name, why);
}

/* What can be told of them before there is a domain. */
static int look_at(struct xm *xm, const struct guest_config *cfg, const struct boot_files *f)
{
	char why[256];
	int rc;

	if (strlen(f->cmdline) >= MAX_GUEST_CMDLINE)
		return xm_fail(xm, -E2BIG, "guest '%s': the kernel's command line is longer than %d bytes",
			       cfg->name, MAX_GUEST_CMDLINE - 1);
	rc = xg_probe_kernel(f->kernel, why, sizeof(why));
	if (rc)
		boot_tell_error(xm, cfg, rc, why);
	return rc;
}

int boot_open(struct xm *xm, const struct guest_config *cfg, struct boot_files *f)
{
	int rc;

	*f = (struct boot_files){ .cmdline = NULL };
	rc = cfg->bootloader == BOOT_NONE ? take_own(xm, cfg, f) : run_boot_loader(xm, cfg, f);
	if (!rc)
		rc = look_at(xm, cfg, f);
	if (rc)
		boot_close(f);
	return rc;
}

void boot_remove(struct boot_files *f)
{
	bootdir_remove(f->dir, f->lock);
}

void boot_close(struct boot_files *f)
{
	boot_remove(f);
	free(f->kernel);
	free(f->ramdisk);
	free(f->cmdline);
	free(f->chosen);
	*f = (struct boot_files){ .cmdline = NULL };
}
