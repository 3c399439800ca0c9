// SPDX-License-Identifier: GPL-2.0-only
/* Operations on one vcpu: register contexts, accounting, affinity. */
#include "xc_internal.h"

int xc_vcpu_set_context(xc_interface *xch, uint16_t domid, unsigned int vcpu,
			const struct vcpu_guest_context *ctx)
{
	DOMCTL(op, setvcpucontext, domid);
	struct vcpu_guest_context *b = bounce_in(xch, ctx, sizeof(*ctx));
	int rc;

	if (b) {
		op.u.vcpucontext.vcpu = vcpu;
		set_xen_guest_handle(op.u.vcpucontext.ctxt, b);
		rc = domctl(xch, &op, "setting vcpu registers");
	} else {
		rc = fail(xch, -ENOMEM, "setting vcpu registers");
	}
	bounce_end(xch);
	return rc;
}

int xc_vcpu_get_context(xc_interface *xch, uint16_t domid, unsigned int vcpu, struct vcpu_guest_context *ctx)
{
	DOMCTL(op, getvcpucontext, domid);
	struct vcpu_guest_context *b = bounce_alloc(xch, sizeof(*ctx));
	int rc;

	if (!b) {
		rc = fail(xch, -ENOMEM, "reading vcpu registers");
		goto out;
	}
	op.u.vcpucontext.vcpu = vcpu;
	set_xen_guest_handle(op.u.vcpucontext.ctxt, b);
	rc = domctl(xch, &op, "reading vcpu registers");
	if (!rc)
		memcpy(ctx, b, sizeof(*ctx));
out:
	bounce_end(xch);
	return rc;
}

int xc_vcpu_getinfo(xc_interface *xch, uint16_t domid, unsigned int vcpu, struct xen_domctl_getvcpuinfo *info)
{
	DOMCTL(op, getvcpuinfo, domid);
	int rc;

	op.u.getvcpuinfo.vcpu = vcpu;
	rc = domctl(xch, &op, "reading vcpu info");
	if (!rc)
		*info = op.u.getvcpuinfo;
	bounce_end(xch);
	return rc;
}

static int bounce_map(xc_interface *xch, struct xenctl_bitmap *map, const uint8_t *bits, unsigned int nr,
		      uint8_t **b)
{
	*b = NULL;
	if (!bits)
		return 0;
	*b = bounce_in(xch, bits, (nr + 7) / 8);
	if (!*b)
		return -ENOMEM;
	map->nr_bits = nr;
	set_xen_guest_handle(map->bitmap, *b);
	return 0;
}

static int affinity(xc_interface *xch, struct xen_domctl *op, unsigned int vcpu, uint8_t *hard, uint8_t *soft,
		    unsigned int bits, const char *what)
{
	struct xen_domctl_vcpuaffinity *a = &op->u.vcpuaffinity;
	uint8_t *bh, *bs;
	int rc;

	a->vcpu = vcpu;
	a->flags = (hard ? XEN_VCPUAFFINITY_HARD : 0) | (soft ? XEN_VCPUAFFINITY_SOFT : 0);
	if (bounce_map(xch, &a->cpumap_hard, hard, bits, &bh) ||
	    bounce_map(xch, &a->cpumap_soft, soft, bits, &bs)) {
		rc = fail(xch, -ENOMEM, what);
		goto out;
	}
	rc = domctl(xch, op, what);
	if (rc)
		goto out;
	if (hard)
		memcpy(hard, bh, (bits + 7) / 8);
	if (soft)
		memcpy(soft, bs, (bits + 7) / 8);
out:
	bounce_end(xch);
	return rc;
}

int xc_vcpu_set_affinity(xc_interface *xch, uint16_t domid, unsigned int vcpu, uint8_t *hard, uint8_t *soft,
			 unsigned int bits)
{
	DOMCTL(op, setvcpuaffinity, domid);

	return affinity(xch, &op, vcpu, hard, soft, bits, "setting the affinity");
}

int xc_vcpu_get_affinity(xc_interface *xch, uint16_t domid, unsigned int vcpu, uint8_t *hard, uint8_t *soft,
			 unsigned int bits)
{
	DOMCTL(op, getvcpuaffinity, domid);

	return affinity(xch, &op, vcpu, hard, soft, bits, "reading the affinity");
}
