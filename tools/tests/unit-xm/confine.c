/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a confined program can still open: its image, its device, the place of its socket, and nothing else of what its
 * user owns. Where the kernel has no Landlock that is said, and nothing is checked.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "confine.h"
#include "test.h"

static char folder[] = "/tmp/unit-confine.XXXXXX";

static const char *in(const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static int opens(const char *name, int flags)
{
	int fd = open(in(name), flags | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int binds(const char *name)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), rc = 0;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", in(name));
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		rc = errno;
	close(fd);
	return rc;
}

/* What a confined process is told when it tries. */
struct told {
	int rc, read, write, device, other, new, socket, remove, elsewhere, folder, exec;
};

static void try(struct told *t, const struct confine *c)
{
	t->rc = confine(c);
	t->read = opens("image", O_RDONLY);
	t->write = opens("image", O_WRONLY);
	t->device = opens("device", O_RDWR);
	t->other = opens("other", O_RDONLY);
	t->new = opens("new", O_WRONLY | O_CREAT);
	t->socket = binds("sockets/s");
	t->remove = unlink(in("sockets/s")) ? errno : 0;
	t->elsewhere = binds("s");
	t->folder = mkdir(in("sockets/d"), 0700) ? errno : 0;
	t->exec = access("/bin/true", X_OK) || opens("../../bin/true", O_RDONLY);
}

static void test(bool writable)
{
	struct told *t = mmap(NULL, sizeof(*t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char image[64], device[64], sockets[64];
	const struct confine c = { { image, device }, writable, sockets };
	int status = -1;
	pid_t pid;

	snprintf(image, sizeof(image), "%s", in("image"));
	snprintf(device, sizeof(device), "%s", in("device"));
	snprintf(sockets, sizeof(sockets), "%s", in("sockets"));
	pid = fork();
	if (!pid) {
		try(t, &c);
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && !status);
	CHECK(!t->rc && !t->read && !t->device && !t->exec);
	CHECK(t->write == (writable ? 0 : EACCES));
	CHECK(t->other == EACCES && t->new == EACCES);
	CHECK(!t->socket && !t->remove);
	CHECK(t->elsewhere == EACCES && t->folder == EACCES);
	munmap(t, sizeof(*t));
}

int main(void)
{
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 0) {
		printf("unit-confine: this kernel has no Landlock: %s\n", strerror(errno));
		return 0;
	}
	CHECK(mkdtemp(folder) && !mkdir(in("sockets"), 0700));
	CHECK(!opens("image", O_WRONLY | O_CREAT) && !opens("device", O_WRONLY | O_CREAT) && !opens("other", O_WRONLY | O_CREAT));
	test(false);
	test(true);
	CHECK(!unlink(in("image")) && !unlink(in("device")) && !unlink(in("other")) && !rmdir(in("sockets")) && !rmdir(folder));
	return test_end();
}
