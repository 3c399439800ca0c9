// SPDX-License-Identifier: GPL-2.0-only
/*
 * The process that lists domains. It can do with the host what it likes, so it takes no input but a number,
 * and nobody without capabilities can look into it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <xenctrl.h>

#include "lister.h"
#include "privs.h"

#define SOCK	3

static const uint16_t calls[] = {
	SYS_recvfrom, SYS_sendto, SYS_ioctl, SYS_restart_syscall, SYS_rt_sigreturn, SYS_exit_group,
	/* libxenctrl's buffers */
	SYS_mmap, SYS_munmap, SYS_madvise, SYS_brk,
};

static uint32_t state_of(const struct xen_domctl_getdomaininfo *info)
{
	if (info->flags & XEN_DOMINF_dying)
		return XENIF_GONE;
	return info->flags & XEN_DOMINF_shutdown ? XENIF_SHUTDOWN : XENIF_RUNNING;
}

static int list(xc_interface *xch, const struct lister_question *q, struct lister_answer *a)
{
	struct xen_domctl_getdomaininfo info[LISTER_MAX];
	int i, n;

	/* Ids have 15 bits: there is nobody above. */
	if (q->first > UINT16_MAX)
		return 0;
	n = xc_domain_getinfolist(xch, q->first, q->max < LISTER_MAX ? q->max : LISTER_MAX, info);
	for (i = 0; i < n; i++) {
		a->domains[i].domid = info[i].domain;
		a->domains[i].state = state_of(&info[i]);
	}
	return n;
}

static void answer(const struct lister_answer *a)
{
	size_t len = LISTER_HEAD + (a->n > 0 ? a->n : 0) * sizeof(a->domains[0]);

	if (send(SOCK, a, len, MSG_NOSIGNAL) != (ssize_t)len)
		_exit(1);
}

/* The socket, and nothing else that was open; the terminal is not to wait for this process. */
static void close_others(int sock)
{
	int fd, null;

	if (sock != SOCK)
		dup2(sock, SOCK);
	close_range(SOCK + 1, ~0u, 0);
	null = open("/dev/null", O_RDWR);
	for (fd = 0; fd < SOCK && null >= 0; fd++)
		dup2(null, fd);
	if (null > SOCK)
		close(null);
}

static int prepare(xc_interface **xch)
{
	const struct lister_question all = { .max = 1 };
	struct lister_answer a;
	int r;

	prctl(PR_SET_NAME, "xenstored-list");
	*xch = xc_interface_open();
	if (!*xch)
		return -errno;
	/* Is this the domain that may ask? It also makes the buffers. */
	r = list(*xch, &all, &a);
	if (r < 0)
		return r;
	/* No other process of user 0 may read or trace this one, unless it has the capability to. */
	if (prctl(PR_SET_DUMPABLE, 0))
		return -errno;
	r = privs_keep(0);
	return r ? r : privs_calls(calls, sizeof(calls) / sizeof(calls[0]));
}

void lister_process(int sock)
{
	struct lister_answer a = { 0 };
	struct lister_question q;
	xc_interface *xch;
	ssize_t n;
	int r;

	close_others(sock);
	r = a.n = prepare(&xch);
	answer(&a);
	while (!r) {
		do {
			n = recv(SOCK, &q, sizeof(q), 0);
		} while (n < 0 && errno == EINTR);
		if (n != sizeof(q))
			break;
		a.seq = q.seq;
		a.n = list(xch, &q, &a);
		answer(&a);
	}
	_exit(0);
}
