// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory reservations and the memory maps of domains. The privileged call interface of the kernel carries
 * 64-bit results, so no multicall is needed around memory_op.
 */
#include "xc_internal.h"

static long memory_op(xc_interface *xch, unsigned int cmd, void *arg)
{
	return hypercall(xch, __HYPERVISOR_memory_op, cmd, ARG_PTR(arg));
}

/* Bounces arg in and out of a fixed-size op. */
static long memory_op_struct(xc_interface *xch, unsigned int cmd, void *arg, size_t size)
{
	void *b = bounce_in(xch, arg, size);
	long rc = b ? memory_op(xch, cmd, b) : -ENOMEM;

	if (b)
		memcpy(arg, b, size);
	return rc;
}

/* *what is the text of an error; frames go in, and out again for populate. */
static long reservation(xc_interface *xch, unsigned int cmd, uint16_t domid, unsigned long n,
			unsigned int order, unsigned int mem_flags, const xen_pfn_t *in, xen_pfn_t *out,
			const char *what)
{
	struct xen_memory_reservation r = {
		.nr_extents = n, .extent_order = order, .mem_flags = mem_flags, .domid = domid,
	};
	xen_pfn_t *b = bounce_in(xch, in, n * sizeof(*in));
	long rc = -ENOMEM;

	if (b) {
		set_xen_guest_handle(r.extent_start, b);
		rc = memory_op_struct(xch, cmd, &r, sizeof(r));
		if (rc > 0 && out)
			memcpy(out, b, n * sizeof(*out));
	}
	bounce_end(xch);
	return rc < 0 ? fail_dom(xch, rc, what, domid) : rc;
}

long xc_populate_physmap(xc_interface *xch, uint16_t domid, unsigned long n, unsigned int order,
			 unsigned int mem_flags, xen_pfn_t *frames)
{
	return reservation(xch, XENMEM_populate_physmap, domid, n, order, mem_flags, frames, frames,
			   "allocating memory");
}

int xc_populate_physmap_exact(xc_interface *xch, uint16_t domid, unsigned long n, unsigned int order,
			      unsigned int mem_flags, xen_pfn_t *frames)
{
	long rc = xc_populate_physmap(xch, domid, n, order, mem_flags, frames);

	if (rc < 0 || rc == n)
		return rc < 0 ? rc : 0;
	return xc_set_error(xch, -ENOMEM, "allocating memory, domain %u: %ld of %lu extents of order %u",
			    domid, rc, n, order);
}

long xc_decrease_reservation(xc_interface *xch, uint16_t domid, unsigned long n, unsigned int order,
			     const xen_pfn_t *frames)
{
	return reservation(xch, XENMEM_decrease_reservation, domid, n, order, 0, frames, NULL,
			   "giving memory back");
}

int xc_exchange_pages(xc_interface *xch, uint16_t domid, unsigned long nr_in, unsigned int in_order,
		      const xen_pfn_t *in, unsigned long nr_out, unsigned int out_order, xen_pfn_t *out,
		      unsigned int address_bits)
{
	struct xen_memory_exchange x = {
		.in = { .nr_extents = nr_in, .extent_order = in_order, .domid = domid },
		.out = { .nr_extents = nr_out, .extent_order = out_order, .domid = domid,
			 .mem_flags = XENMEMF_address_bits(address_bits) },
	};
	xen_pfn_t *bi = bounce_in(xch, in, nr_in * sizeof(*in));
	xen_pfn_t *bo = bounce_in(xch, out, nr_out * sizeof(*out));
	long rc = -ENOMEM;

	if (bi && bo) {
		set_xen_guest_handle(x.in.extent_start, bi);
		set_xen_guest_handle(x.out.extent_start, bo);
		rc = memory_op_struct(xch, XENMEM_exchange, &x, sizeof(x));
		if (!rc && x.nr_exchanged != nr_in)
			rc = -ENOMEM;
		if (!rc)
			memcpy(out, bo, nr_out * sizeof(*out));
	}
	bounce_end(xch);
	return rc < 0 ? fail_dom(xch, rc, "exchanging memory", domid) : 0;
}

int xc_set_memory_map(xc_interface *xch, uint16_t domid, const void *e820_entries, unsigned int n)
{
	enum { E820_ENTRY_SIZE = 20 };	/* u64 start, u64 size, u32 type, packed */
	struct xen_foreign_memory_map m = { .domid = domid, .map = { .nr_entries = n } };
	void *b = bounce_in(xch, e820_entries, n * E820_ENTRY_SIZE);
	long rc = -ENOMEM;

	if (b) {
		set_xen_guest_handle(m.map.buffer, b);
		rc = memory_op_struct(xch, XENMEM_set_memory_map, &m, sizeof(m));
	}
	bounce_end(xch);
	return rc < 0 ? fail_dom(xch, rc, "setting the memory map", domid) : 0;
}

long xc_maximum_ram_page(xc_interface *xch)
{
	long rc = memory_op(xch, XENMEM_maximum_ram_page, NULL);

	return rc < 0 ? fail(xch, rc, "reading the highest RAM page") : rc;
}

static long domain_value(xc_interface *xch, unsigned int cmd, uint16_t domid, const char *what)
{
	struct xen_memory_domain arg = { .domid = domid };
	long rc = memory_op_struct(xch, cmd, &arg, sizeof(arg));

	bounce_end(xch);
	return rc < 0 ? fail_dom(xch, rc, what, domid) : rc;
}

long xc_maximum_gpfn(xc_interface *xch, uint16_t domid)
{
	return domain_value(xch, XENMEM_maximum_gpfn, domid, "reading the highest guest frame");
}

long xc_current_reservation(xc_interface *xch, uint16_t domid)
{
	return domain_value(xch, XENMEM_current_reservation, domid, "reading the memory in use");
}

long xc_maximum_reservation(xc_interface *xch, uint16_t domid)
{
	return domain_value(xch, XENMEM_maximum_reservation, domid, "reading the memory limit");
}

int xc_machphys_mfn_list(xc_interface *xch, unsigned int max, xen_pfn_t *mfns)
{
	struct xen_machphys_mfn_list l = { .max_extents = max };
	xen_pfn_t *b = bounce_alloc(xch, max * sizeof(*b));
	long rc = -ENOMEM;

	if (b) {
		set_xen_guest_handle(l.extent_start, b);
		rc = memory_op_struct(xch, XENMEM_machphys_mfn_list, &l, sizeof(l));
	}
	if (!rc) {
		rc = l.nr_extents < max ? l.nr_extents : max;
		memcpy(mfns, b, rc * sizeof(*b));
	}
	bounce_end(xch);
	return rc < 0 ? fail(xch, rc, "finding the machine-to-phys table") : rc;
}

int xc_claim_pages(xc_interface *xch, uint16_t domid, uint64_t pages)
{
	struct xen_memory_reservation r = { .nr_extents = pages, .domid = domid };
	long rc = memory_op_struct(xch, XENMEM_claim_pages, &r, sizeof(r));

	bounce_end(xch);
	return rc < 0 ? fail_dom(xch, rc, "claiming memory", domid) : 0;
}

int xc_add_to_physmap(xc_interface *xch, uint16_t domid, unsigned int space, unsigned long idx,
		      xen_pfn_t gpfn)
{
	struct xen_add_to_physmap a = { .domid = domid, .space = space, .idx = idx, .gpfn = gpfn };
	long rc = memory_op_struct(xch, XENMEM_add_to_physmap, &a, sizeof(a));

	bounce_end(xch);
	return rc < 0 ? fail_dom(xch, rc, "adding a page to the physical map", domid) : 0;
}
