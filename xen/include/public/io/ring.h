/* SPDX-License-Identifier: MIT */
/*
 * Rings of requests and responses in a page shared by a frontend and a backend. Indices run freely and are
 * masked at use; each side keeps its own in private memory and never trusts what the other wrote. The user
 * supplies xen_mb(), xen_rmb() and xen_wmb(), and memset() for the initialisers.
 */
#ifndef XEN_PUBLIC_IO_RING_H
#define XEN_PUBLIC_IO_RING_H

#include <stddef.h>
#include <stdint.h>

typedef unsigned int RING_IDX;

/* Largest power of two that is not above a 32-bit constant. */
#define XEN_RING_OR_(x, n)	((x) | ((x) >> (n)))
#define XEN_RING_FILL_(x)							\
	XEN_RING_OR_(XEN_RING_OR_(XEN_RING_OR_(XEN_RING_OR_(XEN_RING_OR_((uint32_t)(x), 1), 2), 4), 8), 16)
#define __RD32(x)		(XEN_RING_FILL_(x) & ~(XEN_RING_FILL_(x) >> 1))

/* Entries of a ring in `bytes` of shared memory, by its name or by a pointer to it. */
#define __CONST_RING_SIZE(name, bytes)						\
	__RD32(((bytes) - offsetof(struct name##_sring, ring)) / sizeof(((struct name##_sring *)0)->ring[0]))
#define __RING_SIZE(s, bytes)							\
	__RD32(((bytes) - ((uintptr_t)(s)->ring - (uintptr_t)(s))) / sizeof((s)->ring[0]))

/* req_event, rsp_event: the index whose production its consumer wants to be told of. */
#define DEFINE_RING_TYPES(name, req_t, rsp_t)					\
	union name##_sring_entry {						\
		req_t req;							\
		rsp_t rsp;							\
	};									\
	struct name##_sring {							\
		RING_IDX req_prod, req_event;					\
		RING_IDX rsp_prod, rsp_event;					\
		union {								\
			struct { uint8_t smartpoll_active; } netif;		\
			struct { uint8_t msg; } tapif_user;			\
			uint8_t pvt_pad[4];					\
		} pvt;								\
		uint8_t __pad[44];						\
		union name##_sring_entry ring[1];				\
	};									\
	struct name##_front_ring {						\
		RING_IDX req_prod_pvt;						\
		RING_IDX rsp_cons;						\
		unsigned int nr_ents;						\
		struct name##_sring *sring;					\
	};									\
	struct name##_back_ring {						\
		RING_IDX rsp_prod_pvt;						\
		RING_IDX req_cons;						\
		unsigned int nr_ents;						\
		struct name##_sring *sring;					\
	};									\
	typedef struct name##_sring name##_sring_t;				\
	typedef struct name##_front_ring name##_front_ring_t;			\
	typedef struct name##_back_ring name##_back_ring_t

#define SHARED_RING_INIT(s)							\
	do {									\
		(s)->req_prod = 0;						\
		(s)->rsp_prod = 0;						\
		(s)->req_event = 1;						\
		(s)->rsp_event = 1;						\
		(void)memset((s)->pvt.pvt_pad, 0, sizeof((s)->pvt.pvt_pad));	\
		(void)memset((s)->__pad, 0, sizeof((s)->__pad));		\
	} while (0)
#define FRONT_RING_ATTACH(r, s, start, bytes)					\
	do {									\
		(r)->req_prod_pvt = (start);					\
		(r)->rsp_cons = (start);					\
		(r)->nr_ents = __RING_SIZE(s, bytes);				\
		(r)->sring = (s);						\
	} while (0)
#define FRONT_RING_INIT(r, s, bytes)	FRONT_RING_ATTACH(r, s, 0, bytes)
#define BACK_RING_ATTACH(r, s, start, bytes)					\
	do {									\
		(r)->rsp_prod_pvt = (start);					\
		(r)->req_cons = (start);					\
		(r)->nr_ents = __RING_SIZE(s, bytes);				\
		(r)->sring = (s);						\
	} while (0)
#define BACK_RING_INIT(r, s, bytes)	BACK_RING_ATTACH(r, s, 0, bytes)

#define RING_SIZE(r)			((r)->nr_ents)
#define RING_FREE_REQUESTS(r)		(RING_SIZE(r) - ((r)->req_prod_pvt - (r)->rsp_cons))
#define RING_FULL(r)			(RING_FREE_REQUESTS(r) == 0)
#define RING_GET_REQUEST(r, idx)	(&(r)->sring->ring[(idx) & (RING_SIZE(r) - 1)].req)
#define RING_GET_RESPONSE(r, idx)	(&(r)->sring->ring[(idx) & (RING_SIZE(r) - 1)].rsp)

/* One read of a shared entry into private memory, so that its checks hold for its use. */
#define RING_COPY_REQUEST(r, idx, to)						\
	(void)(*(to) = *(volatile __typeof__(to))RING_GET_REQUEST(r, idx))
#define RING_COPY_RESPONSE(r, idx, to)						\
	(void)(*(to) = *(volatile __typeof__(to))RING_GET_RESPONSE(r, idx))

#define XEN_RING_NR_UNCONSUMED_RESPONSES(r)	((r)->sring->rsp_prod - (r)->rsp_cons)
#define XEN_RING_NR_UNCONSUMED_REQUESTS(r)					\
	__extension__ ({							\
		RING_IDX new_ = (r)->sring->req_prod - (r)->req_cons;		\
		RING_IDX room_ = RING_SIZE(r) - ((r)->req_cons - (r)->rsp_prod_pvt); \
		new_ < room_ ? new_ : room_;					\
	})
#define RING_HAS_UNCONSUMED_RESPONSES(r)	(!!XEN_RING_NR_UNCONSUMED_RESPONSES(r))
#define RING_HAS_UNCONSUMED_REQUESTS(r)		(!!XEN_RING_NR_UNCONSUMED_REQUESTS(r))

/* A peer whose indices say that the ring holds more than it can is broken or hostile. */
#define RING_REQUEST_CONS_OVERFLOW(r, cons)	((cons) - (r)->rsp_prod_pvt >= RING_SIZE(r))
#define RING_REQUEST_PROD_OVERFLOW(r, prod)	((prod) - (r)->rsp_prod_pvt > RING_SIZE(r))
#define RING_RESPONSE_PROD_OVERFLOW(r, prod)	((prod) - (r)->rsp_cons > RING_SIZE(r))

/* Publish; the second form also answers whether the other side is to be notified. */
#define RING_PUSH_REQUESTS(r)							\
	do {									\
		xen_wmb();							\
		(r)->sring->req_prod = (r)->req_prod_pvt;			\
	} while (0)
#define RING_PUSH_RESPONSES(r)							\
	do {									\
		xen_wmb();							\
		(r)->sring->rsp_prod = (r)->rsp_prod_pvt;			\
	} while (0)
#define RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(r, notify)				\
	do {									\
		RING_IDX from_ = (r)->sring->req_prod, to_ = (r)->req_prod_pvt;	\
										\
		RING_PUSH_REQUESTS(r);						\
		xen_mb();							\
		(notify) = (RING_IDX)(to_ - (r)->sring->req_event) < (RING_IDX)(to_ - from_); \
	} while (0)
#define RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(r, notify)				\
	do {									\
		RING_IDX from_ = (r)->sring->rsp_prod, to_ = (r)->rsp_prod_pvt;	\
										\
		RING_PUSH_RESPONSES(r);						\
		xen_mb();							\
		(notify) = (RING_IDX)(to_ - (r)->sring->rsp_event) < (RING_IDX)(to_ - from_); \
	} while (0)

/* Before going to sleep: ask for a notification, then look once more. */
#define RING_FINAL_CHECK_FOR_REQUESTS(r, more)					\
	do {									\
		(more) = RING_HAS_UNCONSUMED_REQUESTS(r);			\
		if (!(more)) {							\
			(r)->sring->req_event = (r)->req_cons + 1;		\
			xen_mb();						\
			(more) = RING_HAS_UNCONSUMED_REQUESTS(r);		\
		}								\
	} while (0)
#define RING_FINAL_CHECK_FOR_RESPONSES(r, more)					\
	do {									\
		(more) = RING_HAS_UNCONSUMED_RESPONSES(r);			\
		if (!(more)) {							\
			(r)->sring->rsp_event = (r)->rsp_cons + 1;		\
			xen_mb();						\
			(more) = RING_HAS_UNCONSUMED_RESPONSES(r);		\
		}								\
	} while (0)
#endif
