/* SPDX-License-Identifier: GPL-2.0-only */
/* The socket transport: programs of this domain, all privileged (the socket's mode lets in root only). */
#ifndef XENSTORED_SOCKET_H
#define XENSTORED_SOCKET_H

#include "conn.h"

/* Makes the directory of @path as needed, listens. -EADDRINUSE: another daemon answers there. */
int socket_listen(const char *path);
void socket_close(const char *path);
/* A connection on a connected descriptor, which it takes over. NULL: no memory. */
struct conn *socket_conn_new(int fd, const struct cred *cred);

#endif
