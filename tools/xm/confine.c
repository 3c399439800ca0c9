/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Landlock: a program that is started next may use only these files. Where the kernel has no Landlock this does
 * nothing; what the program was told still holds.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "confine.h"

#define READ	LANDLOCK_ACCESS_FS_READ_FILE
#define WRITE	LANDLOCK_ACCESS_FS_WRITE_FILE
#define TREE	(READ | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_EXECUTE)
/* All of Landlock's first version: what is not named here is not restricted. */
#define ALL	(TREE | WRITE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |		\
		 LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |	\
		 LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |	\
		 LANDLOCK_ACCESS_FS_MAKE_SYM)

/* What any program needs: itself, its libraries, and harmless devices. */
static const struct {
	const char *path;
	uint64_t access;
} common[] = {
	{ "/usr", TREE }, { "/lib", TREE }, { "/lib64", TREE }, { "/bin", TREE }, { "/sbin", TREE },
	{ "/etc/ld.so.cache", READ }, { "/dev/null", READ | WRITE }, { "/dev/urandom", READ },
};

static int allow(int rules, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr attr = { .allowed_access = access };
	int rc = 0;

	attr.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (attr.parent_fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &attr, 0))
		rc = -errno;
	close(attr.parent_fd);
	return rc;
}

int confine(const void *arg)
{
	const struct confine *c = arg;
	struct landlock_ruleset_attr attr = { .handled_access_fs = ALL };
	int rules = syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0), rc = 0;

	if (rules < 0)
		return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -errno;
	for (size_t i = 0; !rc && i < sizeof(common) / sizeof(common[0]); i++)
		rc = allow(rules, common[i].path, common[i].access);
	for (size_t i = 0; !rc && i < 2 && c->files[i]; i++)
		rc = allow(rules, c->files[i], i || c->writable ? READ | WRITE : READ);
	if (!rc)
		rc = allow(rules, c->sockets, LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REMOVE_FILE);
	if (!rc && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || syscall(SYS_landlock_restrict_self, rules, 0)))
		rc = -errno;
	close(rules);
	return rc;
}
