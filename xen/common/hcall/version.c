/* SPDX-License-Identifier: GPL-2.0-only */
/* xen_version: what we are. The version, the features and the handle are for every guest; texts about the build for dom0. */
#include <xen/boot_info.h>
#include <xen/hypercall.h>
#include <xen/sched.h>
#include <public/features.h>
#include <public/version.h>

#define ABI_MAJOR	4
#define ABI_MINOR	17

static const char denied[] = "<denied>";

static bool trusted(void)
{
	return !may(current->domain, ACT_system, NULL);
}

/* A fixed-size field of the ABI, the rest of it zero. */
static long put_text(unsigned long uarg, const char *text, size_t size)
{
	size_t len = min_t(size_t, strlen(text), size - 1);

	if (copy_out(uarg, text, len) || clear_guest_raw(uarg + len, size - len))
		return -EFAULT;
	return 0;
}

static long op_version(unsigned long uarg)
{
	return ABI_MAJOR << 16 | ABI_MINOR;
}

static long op_extraversion(unsigned long uarg)
{
	return put_text(uarg, ".0-" XEN_VERSION_STRING, sizeof(xen_extraversion_t));
}

static long op_compile_info(unsigned long uarg)
{
	struct xen_compile_info info = {};

	strlcpy(info.compiler, trusted() ? __VERSION__ : denied, sizeof(info.compiler));
	strlcpy(info.compile_by, trusted() ? "builder" : denied, sizeof(info.compile_by));
	strlcpy(info.compile_domain, trusted() ? "localdomain" : denied, sizeof(info.compile_domain));
	strlcpy(info.compile_date, trusted() ? "reproducible" : denied, sizeof(info.compile_date));
	return copy_out(uarg, &info, sizeof(info));
}

static long op_capabilities(unsigned long uarg)
{
	return put_text(uarg, "xen-3.0-x86_64 ", sizeof(xen_capabilities_info_t));
}

static long op_changeset(unsigned long uarg)
{
	return put_text(uarg, trusted() ? XEN_VERSION_STRING : denied, sizeof(xen_changeset_info_t));
}

static long op_platform_parameters(unsigned long uarg)
{
	struct xen_platform_parameters p = { .virt_start = HYPERVISOR_VIRT_START };

	return copy_out(uarg, &p, sizeof(p));
}

static long op_get_features(unsigned long uarg)
{
	struct xen_feature_info f;

	if (copy_in(&f, uarg, sizeof(f)))
		return -EFAULT;
	if (f.submap_idx)
		return -EINVAL;
	f.submap = 1U << XENFEAT_pae_pgdir_above_4gb | 1U << XENFEAT_mmu_pt_update_preserve_ad |
		   1U << XENFEAT_highmem_assist | 1U << XENFEAT_gnttab_map_avail_bits |
		   1U << XENFEAT_memory_op_vnode_supported;
	if (is_hardware_domain(current->domain))
		f.submap |= 1U << XENFEAT_dom0;
	return copy_out(uarg, &f, sizeof(f));
}

static long op_pagesize(unsigned long uarg)
{
	return uarg ? -EINVAL : (long)PAGE_SIZE;
}

static long op_guest_handle(unsigned long uarg)
{
	return copy_out(uarg, current->domain->handle, sizeof(current->domain->handle));
}

static long op_commandline(unsigned long uarg)
{
	return put_text(uarg, trusted() ? saved_cmdline : denied, sizeof(xen_commandline_t));
}

static long op_build_id(unsigned long uarg)
{
	return -ENODATA;
}

static long (*const rows[])(unsigned long uarg) = {
	[XENVER_version]		= op_version,
	[XENVER_extraversion]		= op_extraversion,
	[XENVER_compile_info]		= op_compile_info,
	[XENVER_capabilities]		= op_capabilities,
	[XENVER_changeset]		= op_changeset,
	[XENVER_platform_parameters]	= op_platform_parameters,
	[XENVER_get_features]		= op_get_features,
	[XENVER_pagesize]		= op_pagesize,
	[XENVER_guest_handle]		= op_guest_handle,
	[XENVER_commandline]		= op_commandline,
	[XENVER_build_id]		= op_build_id,
};

long do_xen_version(unsigned long cmd, unsigned long uarg)
{
	cmd = (u32)cmd;
	return cmd < ARRAY_SIZE(rows) ? rows[cmd](uarg) : -ENOSYS;
}
