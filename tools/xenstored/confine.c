// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is not here matters most: privcmd and hypercall, with which one can do anything to the host; sockets,
 * with which user 0 can ask systemd to; and everything about other processes but to end them.
 */
#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "confine.h"
#include "log.h"
#include "privs.h"

#define PROGRAM	(PRIVS_READ | PRIVS_RUN)
#define DEVICE	(PRIVS_READ | PRIVS_WRITE)

/* Of the list below: places for the directories in confine_files, and for the one of this program. */
enum { AT_PROGRAM, AT_LOG, AT_PID, AT_STATE, AT_SOCKET, AT_FIXED };

static struct privs_file list[] = {
	[AT_PROGRAM] = { NULL, PROGRAM },
	[AT_LOG] = { NULL, DEVICE }, [AT_PID] = { NULL, DEVICE }, [AT_STATE] = { NULL, DEVICE },
	[AT_SOCKET] = { NULL, DEVICE },
	/* rings; event channels have their descriptor already */
	[AT_FIXED] = { "/dev/xen/gntdev", DEVICE },
	{ "/proc/xen/xsd_kva", DEVICE }, { "/proc/xen/xsd_port", PRIVS_READ },
	{ "/dev/null", DEVICE }, { "/proc/sys/kernel/random/boot_id", PRIVS_READ },
	/* a live update: programs and their libraries */
	{ "/usr", PROGRAM }, { "/opt", PROGRAM }, { "/bin", PROGRAM }, { "/sbin", PROGRAM },
	{ "/lib", PROGRAM }, { "/lib32", PROGRAM }, { "/lib64", PROGRAM }, { "/etc/ld.so.cache", PRIVS_READ },
	{ NULL, 0 }
};

static const uint16_t calls[] = {
	/* the loop */
	SYS_epoll_wait, SYS_epoll_pwait, SYS_epoll_pwait2, SYS_epoll_ctl, SYS_poll, SYS_ppoll,
	SYS_restart_syscall, SYS_rt_sigreturn, SYS_rt_sigprocmask, SYS_rt_sigaction, SYS_sigaltstack,
	SYS_clock_gettime, SYS_clock_getres, SYS_gettimeofday, SYS_time, SYS_nanosleep, SYS_clock_nanosleep,
	/* bytes */
	SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_pwrite64, SYS_close, SYS_close_range,
	SYS_lseek, SYS_fcntl, SYS_dup, SYS_dup2, SYS_dup3, SYS_pipe, SYS_pipe2, SYS_memfd_create,
	/* clients; not a way to anybody else's socket */
	SYS_accept, SYS_accept4, SYS_sendto, SYS_sendmsg, SYS_recvfrom, SYS_recvmsg, SYS_shutdown,
	SYS_getsockopt, SYS_getsockname,
	/* log, state, pid file */
	SYS_openat, SYS_open, SYS_fstat, SYS_newfstatat, SYS_stat, SYS_lstat, SYS_statx, SYS_fstatfs,
	SYS_access, SYS_faccessat, SYS_faccessat2, SYS_readlink, SYS_readlinkat, SYS_getdents64, SYS_getcwd,
	SYS_chdir, SYS_umask, SYS_mkdir, SYS_mkdirat, SYS_rename, SYS_renameat, SYS_renameat2, SYS_unlink,
	SYS_unlinkat, SYS_ftruncate, SYS_fallocate, SYS_fsync, SYS_fdatasync,
	/* grants, event channels */
	SYS_ioctl, SYS_mmap, SYS_munmap,
	/* memory */
	SYS_brk, SYS_mremap, SYS_mprotect, SYS_madvise, SYS_futex, SYS_getrandom,
	/* the rehearsal of a live update, and the live update */
	SYS_clone, SYS_fork, SYS_vfork, SYS_wait4, SYS_waitid, SYS_kill, SYS_execve,
	/* how programs begin and end */
	SYS_arch_prctl, SYS_set_tid_address, SYS_set_robust_list, SYS_rseq, SYS_getpid, SYS_getppid, SYS_gettid,
	SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_uname, SYS_sysinfo, SYS_sched_yield,
	SYS_sched_getaffinity, SYS_getpgrp, SYS_getpgid, SYS_tgkill, SYS_exit, SYS_exit_group,
	/* what the next version makes its loop of, and how it gives up more */
	SYS_epoll_create1, SYS_signalfd4, SYS_eventfd2, SYS_timerfd_create, SYS_timerfd_settime,
	SYS_timerfd_gettime, SYS_prctl, SYS_capget, SYS_capset, SYS_seccomp, SYS_landlock_create_ruleset,
	SYS_landlock_add_rule, SYS_landlock_restrict_self,
};

/* /dev/null, which is in the list anyway, stands for what is not there. */
static void put_dir(unsigned int at, const char *file)
{
	char *copy = file ? strdup(file) : NULL;

	/* Kept: the list points into it. */
	list[at].path = copy ? dirname(copy) : "/dev/null";
}

static int limit_files(const struct confine_files *files)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int r;

	self[n > 0 ? n : 0] = '\0';
	put_dir(AT_PROGRAM, *self ? self : NULL);
	put_dir(AT_LOG, files->log);
	put_dir(AT_PID, files->pid);
	put_dir(AT_STATE, files->state);
	put_dir(AT_SOCKET, files->socket);
	r = privs_files(list);
	/* Not in this kernel, or a unit's own list of system calls leaves it out. */
	if (r == -EOPNOTSUPP || r == -ENOSYS || r == -EPERM) {
		log_line("no Landlock here: the daemon may open any file of root, the hypervisor's devices too");
		r = 0;
	}
	return r;
}

int confine(const struct confine_files *files, uint32_t level)
{
	int r = privs_keep(0);

	if (r || level >= CONFINE_LEVEL)
		return r;
	r = limit_files(files);
	return r ? r : privs_calls(calls, sizeof(calls) / sizeof(calls[0]));
}
