/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Connections to the hypervisor and to xenstored, with a plain reason when there is none.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "xm.h"

int xm_open_xc(struct xm *xm)
{
	if (xm->xc)
		return 0;
	xm->xc = xc_interface_open();
	if (xm->xc)
		return 0;
	return xm_fail(xm, -errno,
		       "no way to the hypervisor (/dev/xen/privcmd: %s); this needs root in the control "
		       "domain",
		       strerror(errno));
}

/*
 * The kernel's device would wait for ever for a daemon that is not there, so look for the
 * daemon's socket first.
 */
static int probe_daemon(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd, rc = 0;

	if (strlen(path) >= sizeof(sa.sun_path))
		return 0;
	strcpy(sa.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)))
		rc = -errno;
	close(fd);
	return rc;
}

bool xm_store_answers(void)
{
	return !probe_daemon(xs_daemon_socket());
}

int xm_open_xs(struct xm *xm)
{
	const char *path = xs_daemon_socket();
	int rc;

	if (xm->xs)
		return 0;
	rc = probe_daemon(path);
	if (rc)
		return xm_fail(xm, rc, "xenstored does not answer (%s: %s); is it running?", path,
			       strerror(-rc));
	xm->xs = xs_open(0);
	if (!xm->xs)
		return xm_fail(xm, -errno, "no connection to xenstored: %s", strerror(errno));
	return 0;
}

int xm_open(struct xm *xm)
{
	int rc = xm_open_xc(xm);

	return rc ? rc : xm_open_xs(xm);
}

void xm_close(struct xm *xm)
{
	if (xm->xs)
		xs_close(xm->xs);
	if (xm->xc)
		xc_interface_close(xm->xc);
	xm->xs = NULL;
	xm->xc = NULL;
}
