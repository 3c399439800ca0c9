// SPDX-License-Identifier: GPL-2.0-only
/* What xenconsoled and hypervisor-log may still do once they serve. */
#include <errno.h>
#include <sys/syscall.h>

#include "confine.h"
#include "log.h"
#include "privs.h"

#define PATHS_MAX	8

static const uint16_t calls[] = {
	/* the loop */
	SYS_epoll_wait, SYS_epoll_pwait, SYS_epoll_ctl, SYS_poll, SYS_ppoll, SYS_restart_syscall,
	SYS_rt_sigreturn, SYS_rt_sigprocmask, SYS_rt_sigaction, SYS_clock_gettime, SYS_gettimeofday,
	SYS_time, SYS_nanosleep, SYS_clock_nanosleep,
	/* bytes */
	SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_close, SYS_lseek, SYS_fcntl, SYS_dup2, SYS_dup3,
	/* logs and ptys */
	SYS_openat, SYS_open, SYS_fstat, SYS_newfstatat, SYS_stat, SYS_rename, SYS_renameat, SYS_renameat2,
	SYS_unlink, SYS_unlinkat, SYS_chdir,
	/* grants, event channels, ptys */
	SYS_ioctl, SYS_mmap, SYS_munmap,
	/* the store, syslog */
	SYS_socket, SYS_connect, SYS_sendto, SYS_sendmsg, SYS_recvfrom, SYS_recvmsg, SYS_shutdown,
	/* memory, the end */
	SYS_brk, SYS_mremap, SYS_mprotect, SYS_madvise, SYS_futex, SYS_getrandom, SYS_getpid, SYS_gettid,
	SYS_getuid, SYS_geteuid, SYS_getgid, SYS_tgkill, SYS_exit, SYS_exit_group,
};

int confine(const char *const *paths)
{
	struct privs_file files[PATHS_MAX + 1] = { { NULL, 0 } };
	unsigned int i;
	int r;

	for (i = 0; i < PATHS_MAX && paths[i]; i++)
		files[i] = (struct privs_file){ paths[i], PRIVS_READ | PRIVS_WRITE };
	r = privs_files(files);

	/* Not in this kernel, or a unit's own list of system calls leaves it out. */
	if (r == -EOPNOTSUPP || r == -ENOSYS || r == -EPERM) {
		log_line("no Landlock here: the daemon may open any file of root");
		r = 0;
	}
	if (!r)
		r = privs_keep(0);
	if (!r)
		r = privs_calls(calls, sizeof(calls) / sizeof(calls[0]));
	return r;
}
