/* SPDX-License-Identifier: GPL-2.0-only */
/* Integer types, and the typed addresses: a frame number of one kind cannot be passed as another. */
#ifndef XEN_TYPES_H
#define XEN_TYPES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xen/compiler.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;
typedef unsigned long ulong;
typedef long ssize_t;
typedef s64 s_time_t;		/* nanoseconds of system time (since boot) */
#ifndef XEN_PUBLIC_XEN_H_DOMID
typedef u16 domid_t;
#endif

#define TYPED_NUMBER(name)							\
	typedef struct { u64 v; } name##_t;					\
	static inline name##_t _##name(u64 v) { return (name##_t){ v }; }	\
	static inline u64 name##_x(name##_t n) { return n.v; }			\
	static inline name##_t name##_add(name##_t n, u64 i) { return (name##_t){ n.v + i }; } \
	static inline bool name##_eq(name##_t a, name##_t b) { return a.v == b.v; }

TYPED_NUMBER(mfn)	/* machine frame number */
TYPED_NUMBER(gfn)	/* guest's frame number as the ABI passes it; for a PV guest its value is an mfn */
TYPED_NUMBER(pfn)	/* guest's own pseudo-physical frame number, index of its p2m */
TYPED_NUMBER(maddr)	/* machine address in bytes */

#define INVALID_MFN	_mfn(~0ULL)
#define INVALID_PFN	_pfn(~0ULL)

#endif
