// SPDX-License-Identifier: GPL-2.0-only
/* Capabilities, Landlock, seccomp: by the kernel's own interfaces. */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "privs.h"

#define X32_BIT	0x40000000u
/* The first call of the table that all architectures share; C libraries try these and then an older one. */
#define NEW_CALLS	424u

static int no_new_privs(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? -errno : 0;
}

/* What is dropped already cannot be dropped again, for want of the capability to do so. */
static int bound(uint64_t keep)
{
	unsigned int cap;
	int in;

	for (cap = 0; cap < 64 && (in = prctl(PR_CAPBSET_READ, cap, 0, 0, 0)) >= 0; cap++)
		if (in && !(keep & 1ull << cap) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0))
			return -errno;
	return 0;
}

int privs_keep(uint64_t keep)
{
	struct __user_cap_header_struct hdr = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	unsigned int i;

	if (syscall(SYS_capget, &hdr, data))
		return -errno;
	keep &= data[0].permitted | (uint64_t)data[1].permitted << 32;
	/* Somebody who has none may not even say that he wants none. */
	if (!data[0].permitted && !data[1].permitted)
		return no_new_privs();
	if ((data[0].permitted & 1u << CAP_SETPCAP) && bound(keep))
		return -errno;
	for (i = 0; i < 2; i++) {
		uint32_t half = keep >> 32 * i;

		data[i].effective = half;
		data[i].permitted = half;
		data[i].inheritable = 0;
	}
	if (syscall(SYS_capset, &hdr, data))
		return -errno;
	return no_new_privs();
}

/* ---- files ---- */

/* Of the first version of the interface; later ones know more, which stay allowed. */
#define READ_RIGHTS	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE_RIGHTS	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
			 LANDLOCK_ACCESS_FS_MAKE_REG)
#define RUN_RIGHTS	LANDLOCK_ACCESS_FS_EXECUTE
#define ALL_RIGHTS	(READ_RIGHTS | WRITE_RIGHTS | RUN_RIGHTS | \
			 LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_CHAR | \
			 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_SOCK | \
			 LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | \
			 LANDLOCK_ACCESS_FS_MAKE_SYM)
/* What a rule about something that is no directory may speak of. */
#define FILE_RIGHTS	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | RUN_RIGHTS)

static uint64_t rights(unsigned int use)
{
	return (use & PRIVS_READ ? READ_RIGHTS : 0) | (use & PRIVS_WRITE ? WRITE_RIGHTS : 0) |
	       (use & PRIVS_RUN ? RUN_RIGHTS : 0);
}

static int allow_path(int rules, const struct privs_file *file)
{
	struct landlock_path_beneath_attr attr = { .allowed_access = rights(file->use) };
	struct stat st;
	int r = 0;

	attr.parent_fd = open(file->path, O_PATH | O_CLOEXEC);
	if (attr.parent_fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(attr.parent_fd, &st) || !S_ISDIR(st.st_mode))
		attr.allowed_access &= FILE_RIGHTS;
	if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &attr, 0))
		r = -errno;
	close(attr.parent_fd);
	return r;
}

int privs_files(const struct privs_file *list)
{
	struct landlock_ruleset_attr attr = { .handled_access_fs = ALL_RIGHTS };
	int rules = syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	int r = 0;

	if (rules < 0)
		return -errno;
	for (; list->path && !r; list++)
		r = allow_path(rules, list);
	if (!r)
		r = no_new_privs();
	if (!r && syscall(SYS_landlock_restrict_self, rules, 0))
		r = -errno;
	close(rules);
	return r;
}

/* ---- system calls ---- */

#define LOAD(field)	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(what)	BPF_STMT(BPF_RET | BPF_K, (what))
#define IF(op, k, yes, no) \
			BPF_JUMP(BPF_JMP | (op) | BPF_K, (k), (yes), (no))
#define NAMESPACES	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | \
			 CLONE_NEWPID | CLONE_NEWNET)

static const struct sock_filter first[] = {
	LOAD(arch),
	IF(BPF_JEQ, AUDIT_ARCH_X86_64, 1, 0),
	RETURN(SECCOMP_RET_KILL_PROCESS),
	LOAD(nr),
	/* The x32 ABI has numbers of its own. */
	IF(BPF_JGE, X32_BIT, 0, 1),
	RETURN(SECCOMP_RET_KILL_PROCESS),
	/* The flags are in the lower half of clone()'s first argument. */
	IF(BPF_JEQ, SYS_clone, 0, 3),
	LOAD(args[0]),
	IF(BPF_JSET, NAMESPACES, 0, 1),
	RETURN(SECCOMP_RET_ERRNO | EPERM),
	LOAD(nr),
}, last[] = {
	IF(BPF_JGE, NEW_CALLS, 0, 1),
	RETURN(SECCOMP_RET_ERRNO | ENOSYS),
	RETURN(SECCOMP_RET_ERRNO | EPERM),
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

int privs_calls(const uint16_t *calls, size_t n)
{
	size_t i, len = COUNT(first) + 2 * n + COUNT(last);
	struct sock_filter *f = calloc(len, sizeof(*f)), *at = f;
	struct sock_fprog prog = { .len = len, .filter = f };
	int r;

	if (!f)
		return -ENOMEM;
	memcpy(at, first, sizeof(first));
	at += COUNT(first);
	for (i = 0; i < n; i++) {
		*at++ = (struct sock_filter)IF(BPF_JEQ, calls[i], 0, 1);
		*at++ = (struct sock_filter)RETURN(SECCOMP_RET_ALLOW);
	}
	memcpy(at, last, sizeof(last));
	r = no_new_privs();
	if (!r && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog))
		r = -errno;
	free(f);
	return r;
}
