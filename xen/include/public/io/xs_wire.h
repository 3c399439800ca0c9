/* SPDX-License-Identifier: MIT */
/*
 * The store's protocol: messages of a header and a payload, over a socket or over a ring in a shared page. A
 * reply carries the type, request and transaction id of its request, or XS_ERROR and the name of an error.
 */
#ifndef XEN_PUBLIC_IO_XS_WIRE_H
#define XEN_PUBLIC_IO_XS_WIRE_H

#include <stdint.h>

enum xsd_sockmsg_type {
	XS_CONTROL = 0,
	XS_DIRECTORY = 1,
	XS_READ = 2,
	XS_GET_PERMS = 3,
	XS_WATCH = 4,
	XS_UNWATCH = 5,
	XS_TRANSACTION_START = 6,
	XS_TRANSACTION_END = 7,
	XS_INTRODUCE = 8,
	XS_RELEASE = 9,
	XS_GET_DOMAIN_PATH = 10,
	XS_WRITE = 11,
	XS_MKDIR = 12,
	XS_RM = 13,
	XS_SET_PERMS = 14,
	XS_WATCH_EVENT = 15,		/* sent by the store only */
	XS_ERROR = 16,			/* likewise */
	XS_IS_DOMAIN_INTRODUCED = 17,
	XS_RESUME = 18,
	XS_SET_TARGET = 19,
	/* 20 was used and is not any more */
	XS_RESET_WATCHES = 21,
	XS_DIRECTORY_PART = 22,
	XS_TYPE_COUNT = 23,
	XS_INVALID = 0xffff,
};
#define XS_DEBUG			XS_CONTROL

#define XS_WRITE_NONE			"NONE"
#define XS_WRITE_CREATE			"CREATE"
#define XS_WRITE_CREATE_EXCL		"CREATE|EXCL"

/* Strings of a watch event. */
enum xs_watch_type {
	XS_WATCH_PATH = 0,
	XS_WATCH_TOKEN = 1,
};

#define XENSTORE_PAYLOAD_MAX		4096	/* bytes of a message without its header */
#define XENSTORE_ABS_PATH_MAX		3072	/* with the final 0 */
#define XENSTORE_REL_PATH_MAX		2048

#define XENSTORE_RING_SIZE		1024
#define MASK_XENSTORE_IDX(idx)		((idx) & (XENSTORE_RING_SIZE - 1))

/* xenstore_domain_interface: server_features, connection, error */
#define XENSTORE_SERVER_FEATURE_RECONNECTION	1
#define XENSTORE_SERVER_FEATURE_ERROR		2
#define XENSTORE_CONNECTED			0
#define XENSTORE_RECONNECT			1	/* the guest asks to start anew */
#define XENSTORE_ERROR_NONE			0
#define XENSTORE_ERROR_COMM			1
#define XENSTORE_ERROR_RINGIDX			2
#define XENSTORE_ERROR_PROTO			3

struct xsd_sockmsg {
	uint32_t type;			/* XS_ */
	uint32_t req_id;		/* chosen by the client */
	uint32_t tx_id;			/* transaction, 0 for none */
	uint32_t len;			/* of the payload */
};

typedef uint32_t XENSTORE_RING_IDX;

struct xenstore_domain_interface {
	char req[XENSTORE_RING_SIZE];
	char rsp[XENSTORE_RING_SIZE];
	XENSTORE_RING_IDX req_cons, req_prod;
	XENSTORE_RING_IDX rsp_cons, rsp_prod;
	uint32_t server_features;
	uint32_t connection;
	uint32_t error;
};

/* Errors that have a name on the wire: those of the includer's <errno.h>. */
struct xsd_errors {
	int errnum;
	const char *errstring;
};
#ifdef EINVAL
#define XSD_ERROR(e)			{ e, #e }
static const struct xsd_errors xsd_errors[] __attribute__((__unused__)) = {
	XSD_ERROR(EINVAL), XSD_ERROR(EACCES), XSD_ERROR(EEXIST), XSD_ERROR(EISDIR),
	XSD_ERROR(ENOENT), XSD_ERROR(ENOMEM), XSD_ERROR(ENOSPC), XSD_ERROR(EIO),
	XSD_ERROR(ENOTEMPTY), XSD_ERROR(ENOSYS), XSD_ERROR(EROFS), XSD_ERROR(EBUSY),
	XSD_ERROR(EAGAIN), XSD_ERROR(EISCONN), XSD_ERROR(E2BIG), XSD_ERROR(EPERM),
};
#endif
#endif
