// SPDX-License-Identifier: GPL-2.0-only
/* Capabilities, Landlock, seccomp: by the kernel's own interfaces. */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "privs.h"

#define X32_BIT	0x40000000u

static int no_new_privs(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? -errno : 0;
}

int privs_keep(uint64_t keep)
{
	struct __user_cap_header_struct hdr = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	unsigned int cap, i;
	int bound;

	if (syscall(SYS_capget, &hdr, data))
		return -errno;
	keep &= data[0].permitted | (uint64_t)data[1].permitted << 32;
	/* Somebody who has none may not even say that he wants none. */
	if (!data[0].permitted && !data[1].permitted)
		return no_new_privs();
	/* What is dropped already cannot be dropped again, for want of the capability to do so. */
	for (cap = 0; cap < 64 && (bound = prctl(PR_CAPBSET_READ, cap, 0, 0, 0)) >= 0; cap++)
		if (bound && !(keep & 1ull << cap) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0))
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

#define FILE_RIGHTS	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE)
#define DIR_RIGHTS	(LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
			 LANDLOCK_ACCESS_FS_MAKE_REG)
/* Of the first version of the interface; later ones know more, which stay allowed. */
#define ALL_RIGHTS	(LANDLOCK_ACCESS_FS_EXECUTE | FILE_RIGHTS | DIR_RIGHTS | \
			 LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_CHAR | \
			 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_SOCK | \
			 LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | \
			 LANDLOCK_ACCESS_FS_MAKE_SYM)

static int allow_path(int rules, const char *path)
{
	struct landlock_path_beneath_attr attr = { .allowed_access = FILE_RIGHTS };
	struct stat st;
	int r = 0;

	attr.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (attr.parent_fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!fstat(attr.parent_fd, &st) && S_ISDIR(st.st_mode))
		attr.allowed_access |= DIR_RIGHTS;
	if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &attr, 0))
		r = -errno;
	close(attr.parent_fd);
	return r;
}

int privs_files(const char *const *paths)
{
	struct landlock_ruleset_attr attr = { .handled_access_fs = ALL_RIGHTS };
	int rules = syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	int r = 0;

	if (rules < 0)
		return -errno;
	for (; *paths && !r; paths++)
		r = allow_path(rules, *paths);
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

static int filter(const uint16_t *calls, size_t n, uint32_t these, uint32_t others)
{
	struct sock_filter *f = calloc(2 * n + 8, sizeof(*f));
	struct sock_fprog prog = { .filter = f };
	size_t i, at = 0;
	int r;

	if (!f)
		return -ENOMEM;
	f[at++] = (struct sock_filter)LOAD(arch);
	f[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
	f[at++] = (struct sock_filter)RETURN(SECCOMP_RET_KILL_PROCESS);
	f[at++] = (struct sock_filter)LOAD(nr);
	/* The numbers of the x32 ABI would pass a list of refusals. */
	f[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);
	f[at++] = (struct sock_filter)RETURN(SECCOMP_RET_KILL_PROCESS);
	for (i = 0; i < n; i++) {
		f[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i], 0, 1);
		f[at++] = (struct sock_filter)RETURN(these);
	}
	f[at++] = (struct sock_filter)RETURN(others);
	prog.len = at;
	r = no_new_privs();
	if (!r && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog))
		r = -errno;
	free(f);
	return r;
}

int privs_calls(const uint16_t *calls, size_t n)
{
	return filter(calls, n, SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | EPERM);
}

int privs_refuse(const uint16_t *calls, size_t n)
{
	if (prctl(PR_GET_SECCOMP) > 0)
		return 0;
	return filter(calls, n, SECCOMP_RET_ERRNO | EPERM, SECCOMP_RET_ALLOW);
}
