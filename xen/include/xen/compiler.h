/* SPDX-License-Identifier: GPL-2.0-only */
/* Attributes and small compiler helpers, so that no other file names a compiler. */
#ifndef XEN_COMPILER_H
#define XEN_COMPILER_H

/* All code is one image: symbols of other files are reached directly, not through a GOT. */
#ifndef XEN_HOST_TEST
#pragma GCC visibility push(hidden)
#endif

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

#define __must_check	__attribute__((warn_unused_result))
#define __noreturn	__attribute__((noreturn))
#define __packed	__attribute__((packed))
#define __aligned(n)	__attribute__((aligned(n)))
#define __used		__attribute__((used))
#define __maybe_unused	__attribute__((unused))
#define __weak		__attribute__((weak))
#define __section(s)	__attribute__((section(s)))
#define __printf(f, a)	__attribute__((format(printf, f, a)))
#ifndef always_inline
#define always_inline	inline __attribute__((always_inline))
#endif
#ifndef noinline
#define noinline	__attribute__((noinline))
#endif

/* Code and data that only run while booting: their memory is given back to the allocator. */
#define __init		__section(".init.text") noinline
#define __initdata	__section(".init.data")
#define __initconst	__section(".init.rodata")
/* Set while booting, read-only afterwards. */
#define __ro_after_init	__section(".data.ro_after_init")

#define barrier()	__asm__ volatile("" ::: "memory")
#define READ_ONCE(x)	(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))

#define container_of(p, t, m) ((t *)((char *)(p) - offsetof(t, m)))

#endif
