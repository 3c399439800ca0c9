/* SPDX-License-Identifier: GPL-2.0-only */
/* Bit operations. Those with the plain names are atomic (locked) and full barriers; __ ones are not atomic. */
#ifndef XEN_BITOPS_H
#define XEN_BITOPS_H

#include <xen/types.h>

#define BITS_PER_LONG	64
#define BITS_TO_LONGS(n) (((n) + 63) / 64)
#define DECLARE_BITMAP(name, n) unsigned long name[BITS_TO_LONGS(n)]

static inline bool test_bit(unsigned long n, const volatile void *p)
{
	return (((const volatile unsigned long *)p)[n / 64] >> (n % 64)) & 1;
}

static inline void set_bit(unsigned long n, volatile void *p)
{
	__asm__ volatile("lock btsq %1, %0" : "+m"(*(volatile unsigned long *)p) : "r"(n) : "memory", "cc");
}

static inline void clear_bit(unsigned long n, volatile void *p)
{
	__asm__ volatile("lock btrq %1, %0" : "+m"(*(volatile unsigned long *)p) : "r"(n) : "memory", "cc");
}

static inline bool test_and_set_bit(unsigned long n, volatile void *p)
{
	bool old;

	__asm__ volatile("lock btsq %2, %0" : "+m"(*(volatile unsigned long *)p), "=@ccc"(old) : "r"(n) : "memory");
	return old;
}

static inline bool test_and_clear_bit(unsigned long n, volatile void *p)
{
	bool old;

	__asm__ volatile("lock btrq %2, %0" : "+m"(*(volatile unsigned long *)p), "=@ccc"(old) : "r"(n) : "memory");
	return old;
}

/* 32-bit forms: for words of guest memory whose neighbours must not be touched. `n` below 32. */
static inline bool test_and_set_bit32(unsigned int n, volatile u32 *p)
{
	bool old;

	__asm__ volatile("lock btsl %2, %0" : "+m"(*p), "=@ccc"(old) : "r"(n) : "memory");
	return old;
}

static inline void __set_bit(unsigned long n, void *p)
{
	((unsigned long *)p)[n / 64] |= 1UL << (n % 64);
}

static inline void __clear_bit(unsigned long n, void *p)
{
	((unsigned long *)p)[n / 64] &= ~(1UL << (n % 64));
}

static inline bool __test_and_set_bit(unsigned long n, void *p)
{
	bool old = test_bit(n, p);

	__set_bit(n, p);
	return old;
}

static inline bool __test_and_clear_bit(unsigned long n, void *p)
{
	bool old = test_bit(n, p);

	__clear_bit(n, p);
	return old;
}

static inline unsigned int ffsl0(unsigned long v)	/* lowest set bit; v != 0 */
{
	return __builtin_ctzl(v);
}

static inline unsigned int flsl0(unsigned long v)	/* highest set bit; v != 0 */
{
	return 63 - __builtin_clzl(v);
}

/* First set (clear) bit at or after `from`, or `n` when there is none. */
static inline unsigned long find_next_bit(const unsigned long *p, unsigned long n, unsigned long from)
{
	while (from < n) {
		unsigned long w = p[from / 64] >> (from % 64);

		if (w) {
			from += ffsl0(w);
			return from < n ? from : n;
		}
		from = (from / 64 + 1) * 64;
	}
	return n;
}

static inline unsigned long find_next_zero_bit(const unsigned long *p, unsigned long n, unsigned long from)
{
	while (from < n) {
		unsigned long w = ~p[from / 64] >> (from % 64);

		if (w) {
			from += ffsl0(w);
			return from < n ? from : n;
		}
		from = (from / 64 + 1) * 64;
	}
	return n;
}

#define find_first_bit(p, n)		find_next_bit(p, n, 0)
#define find_first_zero_bit(p, n)	find_next_zero_bit(p, n, 0)

static inline unsigned int hweight64(u64 v)
{
	unsigned int n = 0;

	for (; v; v &= v - 1)
		n++;
	return n;
}

static inline unsigned int get_order_from_pages(unsigned long n)	/* smallest order with 2^order >= n */
{
	return n <= 1 ? 0 : flsl0(n - 1) + 1;
}

#endif
