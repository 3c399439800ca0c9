/* SPDX-License-Identifier: GPL-2.0-only */
/* Error numbers: those of the ABI (public/errno.h), under the usual names. */
#ifndef XEN_ERRNO_H
#define XEN_ERRNO_H

#define EPERM		1
#define ENOENT		2
#define ESRCH		3
#define EINTR		4
#define EIO		5
#define ENXIO		6
#define E2BIG		7
#define ENOEXEC		8
#define EBADF		9
#define EAGAIN		11
#define ENOMEM		12
#define EACCES		13
#define EFAULT		14
#define EBUSY		16
#define EEXIST		17
#define EXDEV		18
#define ENODEV		19
#define EISDIR		21
#define EINVAL		22
#define ENOSPC		28
#define EROFS		30
#define EMLINK		31
#define EDOM		33
#define ERANGE		34
#define ENOSYS		38
#define EOVERFLOW	75
#define ERESTART	85
#define ENOTEMPTY	39
#define EOPNOTSUPP	95
#define ETIME		62
#define ETIMEDOUT	110
#define EADDRINUSE	98
#define ENODATA		61
#define EILSEQ		84
#define ENOBUFS		105

/* Errors in pointers, for constructors. */
static inline void *ERR_PTR(long e) { return (void *)e; }
static inline long PTR_ERR(const void *p) { return (long)p; }
static inline _Bool IS_ERR(const void *p) { return (unsigned long)p >= (unsigned long)-4095; }

#endif
