// SPDX-License-Identifier: GPL-2.0-only
/* What the daemons have in common. */
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

#include "log.h"
#include "ports.h"
#include "privs.h"

/* In a process of its own, which says by its status which step went wrong; 0: none. */
static int in_child(int (*fn)(void))
{
	pid_t pid = fork();
	int status;

	/* Past the sanitizers' own work at the end of a process. */
	if (!pid)
		syscall(SYS_exit_group, fn());
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static int files(void)
{
	static const struct privs_file list[] = {
		{ "/proc/self", PRIVS_READ }, { "/proc/self/oom_score_adj", PRIVS_WRITE },
		{ "/nonexistent", PRIVS_READ }, { NULL, 0 }
	};
	int r = privs_files(list);

	/* A kernel without Landlock has nothing to be tested. */
	if (r)
		return r == -EOPNOTSUPP || r == -ENOSYS ? 0 : 1;
	if (open("/proc/self/status", O_RDONLY) < 0)
		return 2;
	if (open("/etc/passwd", O_RDONLY) >= 0 || errno != EACCES)
		return 3;
	if (open("/tmp/unit-store-new", O_WRONLY | O_CREAT, 0600) >= 0)
		return 4;
	/* Read or written as the list says; nothing is run. */
	if (open("/proc/self/comm", O_WRONLY) >= 0 || open("/proc/self/oom_score_adj", O_WRONLY) < 0)
		return 5;
	return execl("/bin/true", "true", NULL) != -1 || errno != EACCES ? 6 : 0;
}

static int programs(void)
{
	static const struct privs_file list[] = {
		{ "/bin", PRIVS_READ | PRIVS_RUN }, { "/usr", PRIVS_READ | PRIVS_RUN },
		{ "/lib", PRIVS_READ | PRIVS_RUN }, { "/lib64", PRIVS_READ | PRIVS_RUN },
		{ "/etc/ld.so.cache", PRIVS_READ }, { NULL, 0 }
	};
	int r = privs_files(list);

	if (r)
		return r == -EOPNOTSUPP || r == -ENOSYS ? 0 : 1;
	execl("/bin/true", "true", NULL);
	return 2;
}

static int allowed_calls(void)
{
	static const uint16_t calls[] = { SYS_getpid, SYS_exit_group };

	if (privs_calls(calls, 2))
		return 1;
	if (syscall(SYS_getpid) <= 0)
		return 2;
	return syscall(SYS_getppid) != -1 || errno != EPERM ? 3 : 0;
}

static int call_errors(void)
{
	static const uint16_t calls[] = { SYS_clone, SYS_wait4, SYS_exit_group };
	pid_t pid;

	if (privs_calls(calls, 3))
		return 1;
	if (syscall(SYS_clone3, NULL, 0) != -1 || errno != ENOSYS)
		return 2;
	if (syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0) != -1 || errno != EPERM)
		return 3;
	pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (!pid)
		syscall(SYS_exit_group, 0);
	return pid < 0 || waitpid(pid, NULL, 0) != pid ? 4 : 0;
}

static int capabilities(void)
{
	struct __user_cap_header_struct hdr = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct had[2], data[2];
	const uint32_t keep = 1u << CAP_CHOWN;

	/* Twice: what is gone cannot be dropped again. */
	if (syscall(SYS_capget, &hdr, had) || privs_keep(keep) || privs_keep(keep) || syscall(SYS_capget, &hdr, data))
		return 1;
	if (data[0].effective != (had[0].permitted & keep) || data[0].permitted != (had[0].permitted & keep) ||
	    data[1].permitted)
		return 2;
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 ? 3 : 0;
}

/* As after a live update of a version that kept one: the set that bounds it cannot be made smaller any more. */
static int last_capability(void)
{
	struct __user_cap_header_struct hdr = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &hdr, data))
		return 1;
	data[0].effective = data[0].permitted &= 1u << CAP_CHOWN;
	data[0].inheritable = data[1].effective = data[1].permitted = data[1].inheritable = 0;
	if (syscall(SYS_capset, &hdr, data) || privs_keep(0) || syscall(SYS_capget, &hdr, data))
		return 2;
	return data[0].permitted || data[0].effective || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 ? 3 : 0;
}

void test_privs(void)
{
	CHECK(in_child(files) == 0);
	CHECK(in_child(allowed_calls) == 0);
	CHECK(in_child(programs) == 0);
	CHECK(in_child(call_errors) == 0);
	CHECK(in_child(capabilities) == 0);
	CHECK(in_child(last_capability) == 0);
}

void test_ports(void)
{
	int a, b;

	CHECK(!ports_owner(0) && !ports_owner(5000));
	CHECK(!ports_set(5000, &a) && ports_owner(5000) == &a && !ports_owner(4999) && !ports_owner(5001));
	CHECK(ports_set(1u << 20, &a) == -EINVAL && ports_set(~0u, &a) == -EINVAL);
	ports_clear(5000, &b);
	CHECK(ports_owner(5000) == &a);
	ports_clear(5000, &a);
	ports_clear(~0u, &a);
	CHECK(!ports_owner(5000));
}

/* More than a file may hold, in lines. */
static void talk(unsigned int kb)
{
	char text[400];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (kb *= 3; kb; kb--)
		log_line("%s", text);
}

void test_daemon_log(void)
{
	char dir[] = "/tmp/unit-store-XXXXXX", path[60], old[64];
	struct stat st;

	if (!mkdtemp(dir))
		abort();
	snprintf(path, sizeof(path), "%s/log", dir);
	snprintf(old, sizeof(old), "%s.1", path);
	CHECK(!log_open(path));
	talk(4100);
	CHECK(!stat(old, &st) && st.st_size >= 4 << 20 && !stat(path, &st) && st.st_size < 2 << 20);
	CHECK(!unlink(old) && !unlink(path));
	talk(4100);
	/* It is there again, though it was removed. */
	CHECK(!stat(path, &st) && stat(old, &st));
	log_open(NULL);
	unlink(path);
	CHECK(!rmdir(dir));
}
