// SPDX-License-Identifier: GPL-2.0-only
/* What the hypervisor says about itself. */
#include "xc_internal.h"

static long version_call(xc_interface *xch, unsigned int cmd, void *out, size_t size)
{
	void *b = size ? bounce_alloc(xch, size) : NULL;
	long rc;

	if (size && !b)
		return -ENOMEM;
	if (size)
		memset(b, 0, size);
	rc = hypercall(xch, __HYPERVISOR_xen_version, cmd, ARG_PTR(b));
	if (rc >= 0 && size)
		memcpy(out, b, size);
	return rc;
}

int xc_version(xc_interface *xch, struct xc_version *v)
{
	struct xc_version r = { 0 };
	struct xen_platform_parameters pp = { 0 };
	const struct {
		unsigned int cmd;
		void *out;
		size_t size;
	} parts[] = {
		{ XENVER_extraversion, r.extra, sizeof(xen_extraversion_t) },
		{ XENVER_compile_info, &r.compile, sizeof(r.compile) },
		{ XENVER_capabilities, r.caps, sizeof(xen_capabilities_info_t) },
		{ XENVER_changeset, r.changeset, sizeof(xen_changeset_info_t) },
		{ XENVER_platform_parameters, &pp, sizeof(pp) },
		{ XENVER_commandline, r.commandline, sizeof(xen_commandline_t) },
	};
	long rc = version_call(xch, XENVER_version, NULL, 0);

	if (rc < 0)
		goto out;
	r.major = rc >> 16;
	r.minor = rc & 0xffff;
	rc = version_call(xch, XENVER_pagesize, NULL, 0);
	if (rc < 0)
		goto out;
	r.pagesize = rc;
	for (unsigned int i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		rc = version_call(xch, parts[i].cmd, parts[i].out, parts[i].size);
		if (rc < 0)
			goto out;
	}
	r.virt_start = pp.virt_start;
	*v = r;
	rc = 0;
out:
	bounce_end(xch);
	return rc < 0 ? fail(xch, rc, "reading the hypervisor's version") : 0;
}

int xc_features(xc_interface *xch, unsigned int submap, uint32_t *bits)
{
	struct xen_feature_info info = { .submap_idx = submap }, *b = bounce_in(xch, &info, sizeof(info));
	long rc = b ? hypercall(xch, __HYPERVISOR_xen_version, XENVER_get_features, ARG_PTR(b)) : -ENOMEM;

	if (rc >= 0)
		*bits = b->submap;
	bounce_end(xch);
	return rc < 0 ? fail(xch, rc, "reading features") : 0;
}

int xc_build_id(xc_interface *xch, uint8_t *buf, unsigned int size)
{
	size_t total = sizeof(struct xen_build_id) + size;
	struct xen_build_id *b = bounce_alloc(xch, total);
	long rc = -ENOMEM;

	if (b) {
		memset(b, 0, total);
		b->len = size;
		rc = hypercall(xch, __HYPERVISOR_xen_version, XENVER_build_id, ARG_PTR(b));
	}
	if (rc > 0)
		memcpy(buf, b->buf, rc < size ? rc : size);
	bounce_end(xch);
	if (rc == -ENODATA)
		return 0;
	return rc < 0 ? fail(xch, rc, "reading the build id") : rc;
}
