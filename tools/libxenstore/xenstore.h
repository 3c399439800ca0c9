/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Client side of the store: one handle is one connection to xenstored.
 *
 * The names and signatures are the classic ones, so that programs written
 * for the well-known library compile unchanged.  Contract of every call:
 *  - single-threaded use of a handle; a call blocks until its reply arrived;
 *  - failure is NULL / false / 0 with errno set (the daemon's error name is
 *    translated to the errno of the same name);
 *  - returned memory is one malloc()ed block, given back with one free();
 *  - watch events which arrive while a reply is awaited are queued inside the
 *    handle and handed out by xs_read_watch() / xs_check_watch().
 */
#ifndef XENSTORE_H
#define XENSTORE_H

#include <stdbool.h>
#include <stdint.h>

#include <public/io/xs_wire.h>	/* XS_WATCH_PATH and XS_WATCH_TOKEN, the indices of an event's strings */

/* "No transaction". */
#define XBT_NULL		0

/* Flags of xs_open(); the first two are accepted and mean nothing. */
#define XS_OPEN_READONLY	(1UL << 0)
#define XS_OPEN_SOCKETONLY	(1UL << 1)
/* After xs_unwatch() drop the queued events of that watch. */
#define XS_UNWATCH_FILTER	(1UL << 2)

struct xs_handle;
typedef uint32_t xs_transaction_t;

#define XS_PERM_NONE		0x00
#define XS_PERM_READ		0x01
#define XS_PERM_WRITE		0x02

/*
 * One element of a permission list.  Element 0 names the owner; its perms are
 * those of every domain without an element of its own.
 */
struct xs_permissions {
	unsigned int id;
	unsigned int perms;
};

/* Connect: the daemon's socket; where it does not answer, and this is not the control domain, the kernel's device. */
struct xs_handle *xs_open(unsigned long flags);
void xs_close(struct xs_handle *xsh);
/* Drop a handle inherited through fork() without telling the daemon. */
void xs_daemon_destroy_postfork(struct xs_handle *xsh);

/* Names of the children of @path; *num is their count. */
char **xs_directory(struct xs_handle *xsh, xs_transaction_t t,
		    const char *path, unsigned int *num);
/* Value of @path with a NUL appended that *len (may be NULL) does not count. */
void *xs_read(struct xs_handle *xsh, xs_transaction_t t,
	      const char *path, unsigned int *len);
/* Set the value, creating the node and its parents as needed. */
bool xs_write(struct xs_handle *xsh, xs_transaction_t t,
	      const char *path, const void *data, unsigned int len);
/* Create an empty node; an existing one is left alone and is no error. */
bool xs_mkdir(struct xs_handle *xsh, xs_transaction_t t, const char *path);
/* Remove a node with all below it.  A missing node under a present parent is no error. */
bool xs_rm(struct xs_handle *xsh, xs_transaction_t t, const char *path);

struct xs_permissions *xs_get_permissions(struct xs_handle *xsh, xs_transaction_t t,
					  const char *path, unsigned int *num);
bool xs_set_permissions(struct xs_handle *xsh, xs_transaction_t t, const char *path,
			struct xs_permissions *perms, unsigned int num_perms);

/* Ask for an event at every change of @path or below; one comes at once. */
bool xs_watch(struct xs_handle *xsh, const char *path, const char *token);
bool xs_unwatch(struct xs_handle *xsh, const char *path, const char *token);
/* Becomes readable when an event (or anything else) may be waiting. */
int xs_fileno(struct xs_handle *xsh);
/* Next event as {path, token}, blocking; *num becomes 2. */
char **xs_read_watch(struct xs_handle *xsh, unsigned int *num);
/* Next event without blocking; NULL with EAGAIN when there is none. */
char **xs_check_watch(struct xs_handle *xsh);

/* 0 on failure. */
xs_transaction_t xs_transaction_start(struct xs_handle *xsh);
/* Commit, or discard if @abort.  EAGAIN: lost a race, do it all again. */
bool xs_transaction_end(struct xs_handle *xsh, xs_transaction_t t, bool abort);

/* The following are for the toolstack (privileged connections) only. */
bool xs_introduce_domain(struct xs_handle *xsh, unsigned int domid,
			 unsigned long mfn, unsigned int eventchn);
bool xs_set_target(struct xs_handle *xsh, unsigned int domid, unsigned int target);
bool xs_resume_domain(struct xs_handle *xsh, unsigned int domid);
bool xs_release_domain(struct xs_handle *xsh, unsigned int domid);
bool xs_is_domain_introduced(struct xs_handle *xsh, unsigned int domid);

/* "/local/domain/N". */
char *xs_get_domain_path(struct xs_handle *xsh, unsigned int domid);

/* Send an operator's command ("help" lists them); returns the daemon's text. */
char *xs_control_command(struct xs_handle *xsh, const char *cmd, void *data, unsigned int len);
char *xs_debug_command(struct xs_handle *xsh, const char *cmd, void *data, unsigned int len);

/* Is @child the same as @parent or below it?  Compares strings only. */
bool xs_path_is_subpath(const char *parent, const char *child);

/*
 * Text form of permissions: "n5", "r0", "w7", "b3".
 * xs_strings_to_perms() reads @num NUL-terminated strings; false if malformed.
 * xs_perm_to_string() writes one element; false if @size is too small.
 */
bool xs_strings_to_perms(struct xs_permissions *perms, unsigned int num, const char *strings);
bool xs_perm_to_string(const struct xs_permissions *perm, char *buf, unsigned int size);

/* Where the daemon listens: $XENSTORED_PATH, or socket in $XENSTORED_RUNDIR, or the default. */
const char *xs_daemon_socket(void);

#endif /* XENSTORE_H */
