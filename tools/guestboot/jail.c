/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The jail: namespaces of its own with nothing in them but /usr (read-only) and a device node of the disk, which only
 * the jail's user may read; then the user, resource limits and a list of system calls. No step may fail.
 * For a caller who is not root it is made in a user namespace, with the image file itself in place of the node.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "guestboot.h"

/* Directories where the jail's root is mounted, seen by the jail alone: an empty one; one that holds no disk images. */
#define ROOT		"/run/xen/guestboot"
#define USERS_ROOT	"/sys"

/* What a program that reads and writes open files needs, the loader of shared libraries included. */
static const int reading[] = {
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev), SCMP_SYS(pread64), SCMP_SYS(lseek),
	SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(close), SCMP_SYS(stat), SCMP_SYS(fstat), SCMP_SYS(lstat),
	SCMP_SYS(newfstatat), SCMP_SYS(statfs), SCMP_SYS(fstatfs), SCMP_SYS(access), SCMP_SYS(faccessat),
	SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getdents64), SCMP_SYS(fcntl), SCMP_SYS(ioctl),
	SCMP_SYS(mmap), SCMP_SYS(mprotect), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(brk), SCMP_SYS(madvise),
	SCMP_SYS(arch_prctl), SCMP_SYS(set_tid_address), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(futex),
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack),
	SCMP_SYS(getrandom), SCMP_SYS(prlimit64), SCMP_SYS(getrlimit), SCMP_SYS(uname), SCMP_SYS(sysinfo),
	SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid),
	SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(execve), SCMP_SYS(exit),
	SCMP_SYS(exit_group), SCMP_SYS(restart_syscall), SCMP_SYS(tgkill), SCMP_SYS(getcwd),
};

/* And what starts such programs and takes their output. */
static const int starting[] = {
	SCMP_SYS(clone), SCMP_SYS(clone3), SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(wait4), SCMP_SYS(waitid),
	SCMP_SYS(pipe), SCMP_SYS(pipe2), SCMP_SYS(dup), SCMP_SYS(dup2), SCMP_SYS(dup3), SCMP_SYS(ftruncate),
	SCMP_SYS(kill), SCMP_SYS(prctl), SCMP_SYS(seccomp), SCMP_SYS(setrlimit), SCMP_SYS(poll),
};

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static int allow(scmp_filter_ctx f, const int *list, size_t n)
{
	int rc = 0;

	for (size_t i = 0; i < n && !rc; i++)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, list[i], 0);
	return rc;
}

/* All other calls fail: a newer C library may try some that it can do without. */
static int filter(bool may_start)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int rc = f ? allow(f, reading, COUNT(reading)) : -ENOMEM;

	if (!rc && may_start)
		rc = allow(f, starting, COUNT(starting));
	if (!rc)
		rc = seccomp_load(f);
	if (f)
		seccomp_release(f);
	if (rc)
		say("the list of system calls cannot be set: %s", strerror(-rc));
	return rc ? -1 : 0;
}

int jail_tighten(void)
{
	return filter(false);
}

static int wrong(const char *what)
{
	say("the jail cannot be made: %s: %s", what, strerror(errno));
	return -1;
}

/* Where /lib and the like are links into /usr, the same links; else the directories themselves. */
static int add_directory(const char *root, const char *name)
{
	char target[64], path[64], source[64];
	ssize_t n;

	snprintf(source, sizeof(source), "/%s", name);
	snprintf(path, sizeof(path), "%s/%s", root, name);
	n = readlink(source, target, sizeof(target) - 1);
	if (n > 0) {
		target[n] = 0;
		return symlink(target, path);
	}
	if (access(source, F_OK))
		return 0;
	if (mkdir(path, 0755) || mount(source, path, NULL, MS_BIND | MS_REC, NULL))
		return -1;
	return mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL);
}

static int add_node(dev_t disk)
{
	return mknod(ROOT JAIL_DISK, S_IFBLK | 0400, disk) || chown(ROOT JAIL_DISK, JAIL_USER, JAIL_USER) ? -1 : 0;
}

static int add_image(const char *image)
{
	int fd = open(USERS_ROOT JAIL_DISK, O_WRONLY | O_CREAT | O_CLOEXEC, 0400);

	if (fd < 0)
		return -1;
	close(fd);
	return mount(image, USERS_ROOT JAIL_DISK, NULL, MS_BIND, NULL);
}

static int build_root(const struct disk *disk)
{
	static const char *const names[] = { "usr", "bin", "lib", "lib64" };
	const char *root = disk->image ? USERS_ROOT : ROOT;

	if (!disk->image) {
		mkdir("/run/xen", 0755);
		if (mkdir(ROOT, 0700) && errno != EEXIST)
			return wrong(ROOT);
	}
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("guestboot", root, "tmpfs", MS_NOSUID | MS_NOEXEC, "size=64k,nr_inodes=32,mode=755"))
		return wrong("mount");
	for (size_t i = 0; i < COUNT(names); i++)
		if (add_directory(root, names[i]))
			return wrong(names[i]);
	if (disk->image ? add_image(disk->image) : add_node(disk->dev))
		return wrong("the disk's place");
	if (mount(NULL, root, NULL, MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NOEXEC, NULL))
		return wrong("read-only");
	if (chdir(root) || syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH) || chdir("/"))
		return wrong("root");
	return 0;
}

static int limit(int what, rlim_t value)
{
	const struct rlimit r = { value, value };

	return setrlimit(what, &r);
}

/* Who is not root has all capabilities in the namespace, and no other user to become. */
static int drop_capabilities(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[2] = { { 0, 0, 0 }, { 0, 0, 0 } };

	return syscall(SYS_capset, &head, none) ? -1 : 0;
}

static int become_nobody(void)
{
	return setgroups(0, NULL) || setresgid(JAIL_USER, JAIL_USER, JAIL_USER) ||
	       setresuid(JAIL_USER, JAIL_USER, JAIL_USER) ? -1 : 0;
}

static int drop_privileges(const struct job *job, bool is_root)
{
	if (limit(RLIMIT_CPU, job->seconds) || limit(RLIMIT_AS, 1ul << 30) || limit(RLIMIT_FSIZE, MAX_RAMDISK) ||
	    limit(RLIMIT_NOFILE, 64) || limit(RLIMIT_CORE, 0) || limit(RLIMIT_MEMLOCK, 0))
		return wrong("limits");
	if (is_root ? become_nobody() : drop_capabilities())
		return wrong("user");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return wrong("privileges");
	return filter(true);
}

/* Whoever wants the whole to end ends the parent: it has the other end of the pipe, and writes nothing. */
static int die_with_parent(int parent)
{
	struct pollfd other = { .fd = parent };

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || poll(&other, 1, 0))
		return -1;
	return close(parent);
}

static void inside(const struct job *job, const struct disk *disk, int parent)
{
	/* No terminal: nothing can be typed into it from in here. */
	setsid();
	/* The kernel forgets the signal when the user changes. */
	if (build_root(disk) || drop_privileges(job, !disk->image) || die_with_parent(parent))
		_exit(EXIT_HERE);
	_exit(reader(job));
}

static int write_line(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));

	if (fd >= 0)
		close(fd);
	return n < 0 ? -1 : 0;
}

/* The caller is nobody in the namespace, and the only user there. */
static int map_user(uid_t uid, gid_t gid)
{
	char users[64], groups[64];

	snprintf(users, sizeof(users), "%u %u 1", JAIL_USER, uid);
	snprintf(groups, sizeof(groups), "%u %u 1", JAIL_USER, gid);
	return write_line("/proc/self/setgroups", "deny") || write_line("/proc/self/uid_map", users) ||
	       write_line("/proc/self/gid_map", groups) ? -1 : 0;
}

static int separate(bool is_root)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |
		    (is_root ? 0 : CLONE_NEWUSER)))
		return wrong(is_root ? "namespaces" : "namespaces (does this kernel give them to users? root can)");
	return is_root || !map_user(uid, gid) ? 0 : wrong("user namespace");
}

static pid_t jailed;

/* Its first process gone, the kernel ends all others of the jail. */
static void too_late(int sig)
{
	kill(jailed, SIGKILL);
}

int jail_run(const struct job *job, const struct disk *disk)
{
	int status, parent[2];

	if (separate(!disk->image))
		return EXIT_HERE;
	if (pipe2(parent, O_CLOEXEC)) {
		wrong("pipe");
		return EXIT_HERE;
	}
	jailed = fork();
	if (!jailed) {
		close(parent[1]);
		inside(job, disk, parent[0]);
	}
	close(parent[0]);
	if (jailed < 0) {
		wrong("fork");
		return EXIT_HERE;
	}
	signal(SIGALRM, too_late);
	alarm(job->seconds);
	while (waitpid(jailed, &status, 0) < 0 && errno == EINTR)
		;
	alarm(0);
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	say("%s: reading it was ended after %u s or by its limits", job->disk, job->seconds);
	return EXIT_BAD_DISK;
}
