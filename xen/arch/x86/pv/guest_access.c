/* SPDX-License-Identifier: GPL-2.0-only */
/* Copies to and from the current guest's memory. SMAP is open only around the copying instruction. */
#include <xen/guest_access.h>
#include <xen/lib.h>
#include <asm/config.h>
#include <asm/processor.h>

size_t copy_user_bytes(void *to, const void *from, size_t n);
size_t clear_user_bytes(void *to, size_t n);

/* Below the window or above it; a wrong (non-canonical) address faults and is caught. */
bool access_ok(unsigned long addr, size_t n)
{
	unsigned long end;

	if (__builtin_add_overflow(addr, n, &end))
		return false;
	return end <= HYPERVISOR_VIRT_START || addr >= HYPERVISOR_VIRT_END;
}

size_t copy_from_guest_raw(void *to, unsigned long from, size_t n)
{
	size_t left;

	if (unlikely(!access_ok(from, n)))
		return n;
	stac();
	left = copy_user_bytes(to, (const void *)from, n);
	clac();
	return left;
}

size_t copy_to_guest_raw(unsigned long to, const void *from, size_t n)
{
	size_t left;

	if (unlikely(!access_ok(to, n)))
		return n;
	stac();
	left = copy_user_bytes((void *)to, from, n);
	clac();
	return left;
}

size_t clear_guest_raw(unsigned long to, size_t n)
{
	size_t left;

	if (unlikely(!access_ok(to, n)))
		return n;
	stac();
	left = clear_user_bytes((void *)to, n);
	clac();
	return left;
}
