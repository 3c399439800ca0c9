/* SPDX-License-Identifier: GPL-2.0-only */
/* printf, assertions, arithmetic helpers. */
#ifndef XEN_LIB_H
#define XEN_LIB_H

#include <xen/types.h>
#include <xen/string.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define min(a, b)	({ __typeof__(a) _a = (a); __typeof__(b) _b = (b); _a < _b ? _a : _b; })
#define max(a, b)	({ __typeof__(a) _a = (a); __typeof__(b) _b = (b); _a > _b ? _a : _b; })
#define min_t(t, a, b)	({ t _a = (a); t _b = (b); _a < _b ? _a : _b; })
#define max_t(t, a, b)	({ t _a = (a); t _b = (b); _a > _b ? _a : _b; })
#define ROUNDUP(x, a)	(((x) + (a) - 1) & ~((__typeof__(x))(a) - 1))
#define ROUNDDOWN(x, a)	((x) & ~((__typeof__(x))(a) - 1))
#define DIV_ROUND_UP(x, d) (((x) + (d) - 1) / (d))
#define IS_ALIGNED(x, a) (((x) & ((a) - 1)) == 0)
#define BUILD_BUG_ON(c)	_Static_assert(!(c), "!(" #c ")")
#define swap(a, b)	do { __typeof__(a) _t = (a); (a) = (b); (b) = _t; } while (0)
#define KB(n)		((u64)(n) << 10)
#define MB(n)		((u64)(n) << 20)
#define GB(n)		((u64)(n) << 30)

/* Levels are a prefix of the format: printk(XENLOG_ERR "…"). Guest-triggered lines use the XENLOG_G_ ones (rate limited). */
#define XENLOG_ERR	"\001" "0"
#define XENLOG_WARNING	"\001" "1"
#define XENLOG_INFO	"\001" "2"
#define XENLOG_DEBUG	"\001" "3"
#define XENLOG_G_ERR	"\001" "4"
#define XENLOG_G_WARNING "\001" "5"
#define XENLOG_G_INFO	"\001" "6"
#define XENLOG_G_DEBUG	"\001" "7"

/* Print to every console and the ring. Any context. `%pd`: a domain (d3), `%pv`: a vcpu (d3v0), `%ps`: a code address as symbol+offset. */
void printk(const char *fmt, ...) __printf(1, 2);
/* As printk, for what the guest that runs now made happen; prefixed with its name and rate limited. */
#define gprintk(level, fmt, ...) printk(level "%pv: " fmt, current, ##__VA_ARGS__)
/* As printf of the same name in C; `size` counts the NUL; always terminated; returns the length it would have had. */
int snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
int scnprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4); /* returns what was written */

/* Stop the machine with a message and a backtrace; never returns. For faults of ours that could break isolation. */
void panic(const char *fmt, ...) __printf(1, 2) __noreturn;
void bug(const char *file, int line, const char *what) __noreturn;
void warn_once(const char *file, int line, const char *what);

#define BUG()		bug(__FILE__, __LINE__, __func__)
#define BUG_ON(c)	do { if (unlikely(c)) bug(__FILE__, __LINE__, #c); } while (0)
#define WARN_ON(c)	do { if (unlikely(c)) warn_once(__FILE__, __LINE__, #c); } while (0)
#ifdef NDEBUG
#define ASSERT(c)	((void)sizeof(!(c)))
#else
#define ASSERT(c)	BUG_ON(!(c))
#endif
#define ASSERT_UNREACHABLE() ASSERT(!"unreachable")

/* (a * b) / c with a 128-bit product; c must not be 0 and the result must fit. */
static inline u64 muldiv64(u64 a, u64 b, u64 c)
{
	u64 hi, lo;

	__asm__("mulq %3" : "=a"(lo), "=d"(hi) : "a"(a), "rm"(b));
	__asm__("divq %2" : "+a"(lo), "+d"(hi) : "rm"(c));
	return lo;
}

unsigned long simple_strtoul(const char *s, const char **end, int base);
/* "512M", "1G", "64k"; without suffix: kilobytes (the classic rule of dom0_mem=). Bytes out. */
u64 parse_size(const char *s, const char **end);

#endif
