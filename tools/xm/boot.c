/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a guest's kernel comes from: files of this machine, or its own disk by way of guestboot(8), which reads that
 * without privileges into a directory of ours.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "guest.h"

#define LOADER		"/usr/sbin/guestboot"
#define LOADER_PREFIX	"guestboot: "
#define MAX_CMDLINE	4096

static void run_loader(const struct guest_config *cfg, const char *dir, int err)
{
	char output[64];
	char *argv[8] = { (char *)"guestboot", output };
	int n = 2;

	snprintf(output, sizeof(output), "--output=%s", dir);
	if (cfg->bootentry) {
		argv[n++] = (char *)"-e";
		argv[n++] = cfg->bootentry;
	}
	argv[n++] = (char *)"--";
	argv[n++] = cfg->disk[0].target;
	argv[n] = NULL;
	signal(SIGPIPE, SIG_DFL);
	dup2(err, 2);
	execv(LOADER, argv);
	dprintf(2, LOADER_PREFIX LOADER " cannot be run: %s\n", strerror(errno));
	_exit(127);
}

/* What the loader says, up to its first line's end; more is read and dropped. */
static void read_reason(int fd, char *why, size_t size)
{
	char buf[256], *nl;
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0 || (n < 0 && errno == EINTR)) {
		for (ssize_t i = 0; i < n && len + 1 < size; i++)
			why[len++] = buf[i];
	}
	why[len] = 0;
	nl = strchr(why, '\n');
	if (nl)
		*nl = 0;
}

static int load(struct xm *xm, const struct guest_config *cfg, const struct boot_files *f)
{
	char why[400];
	int fd[2], status = 0;
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC))
		return xm_fail(xm, -errno, "pipe: %s", strerror(errno));
	pid = fork();
	if (!pid)
		run_loader(cfg, f->dir, fd[1]);
	close(fd[1]);
	if (pid > 0)
		read_reason(fd[0], why, sizeof(why));
	close(fd[0]);
	if (pid < 0)
		return xm_fail(xm, -errno, "fork: %s", strerror(errno));
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!status)
		return 0;
	return xm_fail(xm, -ENOEXEC, "guest '%s': no kernel from disk %s: %s", cfg->name, cfg->disk[0].target,
		       strncmp(why, LOADER_PREFIX, strlen(LOADER_PREFIX)) ? why : why + strlen(LOADER_PREFIX));
}

/* The disk's own words first: of two that mean the same, Linux takes the later one, which is the administrator's. */
static int join_cmdline(const struct guest_config *cfg, struct boot_files *f)
{
	char path[64], disk[MAX_CMDLINE], *own = cfg_guest_cmdline(cfg);
	ssize_t n = 0;
	int fd, rc = 0;

	snprintf(path, sizeof(path), "%s/cmdline", f->dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, disk, sizeof(disk) - 1);
		close(fd);
	}
	disk[n > 0 ? n : 0] = 0;
	if (!own || cfg->cmdline)
		f->cmdline = own;
	else if (asprintf(&f->cmdline, "%s%s%s", disk, *disk && *own ? " " : "", own) < 0)
		f->cmdline = NULL;
	if (!f->cmdline)
		rc = -ENOMEM;
	if (own != f->cmdline)
		free(own);
	return rc;
}

static void file_names(struct boot_files *f)
{
	struct stat st;

	snprintf(f->kernel, sizeof(f->kernel), "%s/kernel", f->dir);
	snprintf(f->ramdisk, sizeof(f->ramdisk), "%s/ramdisk", f->dir);
	f->has_ramdisk = !stat(f->ramdisk, &st) && st.st_size;
}

int boot_open(struct xm *xm, const struct guest_config *cfg, struct boot_files *f)
{
	int rc;

	*f = (struct boot_files){ .cmdline = NULL };
	if (cfg->bootloader == BOOT_NONE) {
		f->cmdline = cfg_guest_cmdline(cfg);
		return f->cmdline ? 0 : xm_fail(xm, -ENOMEM, "out of memory");
	}
	/* It had one, which was detached while it ran. */
	if (!cfg->nr_disks)
		return xm_fail(xm, -ENOENT, "guest '%s': it has no disk to take the kernel from", cfg->name);
	mkdir(XM_RUN_DIR, 0755);
	strcpy(f->dir, XM_RUN_DIR "/boot-XXXXXX");
	if (!mkdtemp(f->dir)) {
		rc = xm_fail(xm, -errno, "%s: %s", f->dir, strerror(errno));
		f->dir[0] = 0;
		return rc;
	}
	rc = load(xm, cfg, f);
	if (!rc) {
		file_names(f);
		rc = join_cmdline(cfg, f);
		if (rc)
			xm_fail(xm, rc, "out of memory");
	}
	if (rc)
		boot_close(f);
	return rc;
}

void boot_close(struct boot_files *f)
{
	static const char *const names[] = { "kernel", "ramdisk", "cmdline" };
	char path[64];

	for (size_t i = 0; f->dir[0] && i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", f->dir, names[i]);
		unlink(path);
	}
	if (f->dir[0])
		rmdir(f->dir);
	free(f->cmdline);
	*f = (struct boot_files){ .cmdline = NULL };
}
