/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest memory is reached through these copies only. A guest address is an integer here and cannot be dereferenced;
 * a fault in a copy is caught (exception table) and shows as bytes not copied.
 */
#ifndef XEN_GUEST_ACCESS_H
#define XEN_GUEST_ACCESS_H

#include <xen/types.h>
#include <xen/errno.h>

/* Both return how many bytes could NOT be copied. The range may not touch the hypervisor's window. Current's address space. */
size_t __must_check copy_from_guest_raw(void *to, unsigned long from, size_t n);
size_t __must_check copy_to_guest_raw(unsigned long to, const void *from, size_t n);
size_t __must_check clear_guest_raw(unsigned long to, size_t n);

static inline int __must_check copy_in(void *to, unsigned long from, size_t n)
{
	return copy_from_guest_raw(to, from, n) ? -EFAULT : 0;
}

static inline int __must_check copy_out(unsigned long to, const void *from, size_t n)
{
	return copy_to_guest_raw(to, from, n) ? -EFAULT : 0;
}

/* Element i of an array of `type` at a guest address; -EFAULT. Checks the wrap of i * size. */
#define copy_in_elem(to, base, i)	copy_in(to, guest_elem(base, i, sizeof(*(to))), sizeof(*(to)))
#define copy_out_elem(base, i, from)	copy_out(guest_elem(base, i, sizeof(*(from))), from, sizeof(*(from)))
static inline unsigned long guest_elem(unsigned long base, unsigned long i, size_t size)
{
	unsigned long off, addr;

	if (__builtin_mul_overflow(i, size, &off) || __builtin_add_overflow(base, off, &addr))
		return ~0UL;	/* in no guest's reach */
	return addr;
}

/* The address a XEN_GUEST_HANDLE(_64) field of a copied struct holds. */
#define handle_addr(h)	((unsigned long)(h).p)

bool access_ok(unsigned long addr, size_t n);

#endif
