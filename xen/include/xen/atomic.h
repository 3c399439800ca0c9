/* SPDX-License-Identifier: GPL-2.0-only */
/* Atomic counters and compare-and-swap: thin names over the compiler's builtins. x86 is strongly ordered. */
#ifndef XEN_ATOMIC_H
#define XEN_ATOMIC_H

#include <xen/types.h>

typedef struct { int v; } atomic_t;

#define ATOMIC_INIT(i)	{ (i) }

static inline int atomic_read(const atomic_t *a) { return READ_ONCE(a->v); }
static inline void atomic_set(atomic_t *a, int v) { WRITE_ONCE(a->v, v); }
static inline void atomic_inc(atomic_t *a) { __atomic_fetch_add(&a->v, 1, __ATOMIC_SEQ_CST); }
static inline void atomic_dec(atomic_t *a) { __atomic_fetch_sub(&a->v, 1, __ATOMIC_SEQ_CST); }
static inline void atomic_add(atomic_t *a, int n) { __atomic_fetch_add(&a->v, n, __ATOMIC_SEQ_CST); }
static inline int atomic_inc_return(atomic_t *a) { return __atomic_add_fetch(&a->v, 1, __ATOMIC_SEQ_CST); }
static inline int atomic_dec_return(atomic_t *a) { return __atomic_sub_fetch(&a->v, 1, __ATOMIC_SEQ_CST); }
static inline bool atomic_dec_and_test(atomic_t *a) { return atomic_dec_return(a) == 0; }

/* Returns the old value; the swap happened if it equals `old`. */
#define cmpxchg(p, old, new) ({								\
	__typeof__(*(p)) _o = (old);							\
	__atomic_compare_exchange_n(p, &_o, (new), false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); _o; })
#define xchg(p, v)	__atomic_exchange_n(p, v, __ATOMIC_SEQ_CST)

#define smp_mb()	__asm__ volatile("lock addl $0, -4(%%rsp)" ::: "memory", "cc")
#define smp_rmb()	barrier()
#define smp_wmb()	barrier()

#endif
