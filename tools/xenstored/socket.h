/* SPDX-License-Identifier: GPL-2.0-only */
/* The socket transport: programs of this domain, all privileged (the socket's mode lets in root only). */
#ifndef XENSTORED_SOCKET_H
#define XENSTORED_SOCKET_H

#include "conn.h"

/* Makes the directory of @path as needed, listens. -EADDRINUSE: another daemon answers there. */
int socket_listen(const char *path);
void socket_close(const char *path);
/* The listening descriptor; -1: none. */
int socket_listener(void);
/* Goes on listening on a predecessor's descriptor, which it takes over. -errno. */
int socket_adopt_listener(int fd);
/* A connection on a connected descriptor, which it takes over. NULL: no memory. */
struct conn *socket_conn_new(int fd, const struct cred *cred);
/* Its descriptor; -1: the connection is not one of a socket. */
int socket_conn_fd(const struct conn *c);

#endif
