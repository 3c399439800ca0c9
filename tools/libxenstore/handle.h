/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of libxenstore: the connection and the exchange of messages. Not installed. */
#ifndef LIBXENSTORE_HANDLE_H
#define LIBXENSTORE_HANDLE_H

#include <stddef.h>
#include <sys/uio.h>

#include "xenstore.h"

/*
 * Sends one request of @n pieces (at most 4) and waits for its reply. Returns the payload, NUL-terminated
 * and malloc()ed, with its length in *@len (may be NULL), or NULL with errno. Events that come first are
 * queued.
 */
void *xsh_talk(struct xs_handle *xsh, enum xsd_sockmsg_type type, xs_transaction_t t,
	       const struct iovec *iov, unsigned int n, unsigned int *len);
/* The same for one string argument (sent with its NUL). */
void *xsh_talk_str(struct xs_handle *xsh, enum xsd_sockmsg_type type, xs_transaction_t t,
		   const char *arg, unsigned int *len);
/* Drops queued events of a watch: same token, path at or below @path. */
void xsh_forget_events(struct xs_handle *xsh, const char *path, const char *token);
unsigned long xsh_flags(const struct xs_handle *xsh);

#endif
