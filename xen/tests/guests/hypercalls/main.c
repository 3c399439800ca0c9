/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every hypercall number with rubbish: numbers that do not exist, unknown commands, pointers into nowhere,
 * into the hypervisor, across the end of the address space. Nothing but an errno, or nothing at all, may come
 * of it.
 */
#include "guest.h"
#include <public/callback.h>
#include <public/domctl.h>
#include <public/event_channel.h>
#include <public/memory.h>
#include <public/nmi.h>
#include <public/physdev.h>
#include <public/platform.h>
#include <public/sched.h>
#include <public/sysctl.h>
#include <public/vcpu.h>

const char test_title[] = "hypercalls with rubbish";

/* None of these may be read or written by a guest. */
static const u64 bad_pointers[] = {
	0, 8, 0xfff, 0x7fffffffffffUL, 0x0000800000000000UL, 0x8000000000000000UL, 0xffff7fffffffffffUL,
	0xffff800000000000UL, 0xffff82d040200000UL, 0xffff830000000000UL, 0xffff87fffffffff8UL,
	0xffffffff90000000UL,
	0xfffffffffffffff8UL, 0xffffffffffffffffUL,
};
static const u64 odd_numbers[] = {
	0, 1, 2, 7, 0x7ff0, 0x7ff1, 0x7ff2, 0x7ff4, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff,
	0x100000000UL,
	0x7fffffffffffffffUL, 0x8000000000000000UL, 0xffffffffffffffffUL,
};

static u64 seed = 88172645463325252UL;

static u64 rnd(u64 below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

static u64 bad_pointer(void)
{
	return bad_pointers[rnd(ARRAY_SIZE(bad_pointers))];
}

static u64 odd_number(void)
{
	return rnd(3) ? odd_numbers[rnd(ARRAY_SIZE(odd_numbers))] : rnd(64);
}

/* What would end or stop the domain by right. */
static bool harmful(unsigned nr, u64 a)
{
	u32 cmd = (u32)a;

	switch (nr) {
	case __HYPERVISOR_iret:
		return true;
	case __HYPERVISOR_set_trap_table:
		return !a;
	case __HYPERVISOR_sched_op_compat:
		return cmd == SCHEDOP_block || cmd == SCHEDOP_shutdown;
	case __HYPERVISOR_sched_op:
		return cmd == SCHEDOP_block;
	case __HYPERVISOR_vcpu_op:
		return cmd == VCPUOP_down || cmd == VCPUOP_send_nmi;
	default:
		return false;
	}
}

static void check_numbers(void)
{
	static const u64 numbers[] = { 11, 38, 43, 44, 45, 46, 47, 50, 51, 52, 53, 54, 55, 56, 63, 64, 65,
				      255, 256, 1000,
				       0x7fffffff, 0x80000000, 0xffffffff };

	for (unsigned i = 0; i < ARRAY_SIZE(numbers); i++) {
		long ret = hypercall6(numbers[i], 1, 2, 3, 4, 5, 6);

		CHECK(ret == -XEN_ENOSYS, "hypercall %lu: %ld", numbers[i], ret);
	}
}

/* Calls that take a command and a pointer: unknown commands, and known ones whose argument cannot be read. */
static void check_commands(void)
{
	static const struct {
		u8 nr, last;
		bool unknown_enosys;
		u64 skip;		/* commands without an argument */
	} call[] = {
		{ __HYPERVISOR_event_channel_op, EVTCHNOP_set_priority, true, 0 },
		{ __HYPERVISOR_physdev_op, 4, true, ~0UL },
		{ __HYPERVISOR_callback_op, CALLBACKOP_unregister, true, 0 },
		{ __HYPERVISOR_nmi_op, 0, true, 0 },
		{ __HYPERVISOR_sched_op, SCHEDOP_pin_override, true,
		  1UL << SCHEDOP_yield | 1UL << SCHEDOP_block },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(call); i++) {
		EXPECT(hypercall(call[i].nr, 77, 0, 0, 0), -XEN_ENOSYS);
		EXPECT(hypercall(call[i].nr, 0x7fffffff, 8, 0, 0), -XEN_ENOSYS);
		for (unsigned cmd = 0; cmd <= call[i].last; cmd++)
			for (unsigned p = 0; p < ARRAY_SIZE(bad_pointers) &&
			     !(call[i].skip >> cmd & 1); p++) {
				long ret = hypercall(call[i].nr, cmd, bad_pointers[p], 0, 0);

				CHECK(ret == -XEN_EFAULT, "hypercall %u cmd %u at %#lx: %ld", call[i].nr,
				      cmd, bad_pointers[p],
				      ret);
			}
	}
}

static void check_versions(void)
{
	static const u32 not_self[] = {
		XEN_DOMCTL_pausedomain, XEN_DOMCTL_unpausedomain, XEN_DOMCTL_destroydomain, XEN_DOMCTL_resumedomain,
		XEN_DOMCTL_setvcpucontext, XEN_DOMCTL_getvcpucontext, XEN_DOMCTL_getvcpuextstate, XEN_DOMCTL_setvcpuextstate,
	};
	static struct xen_domctl d;
	static struct xen_sysctl s;
	static struct xen_platform_op p;
	long want = is_dom0() ? -XEN_EACCES : -XEN_EPERM;

	for (u32 v = 0; v < 0x40; v++) {
		d.interface_version = v;
		d.cmd = XEN_DOMCTL_getdomaininfo;
		s.interface_version = v;
		s.cmd = XEN_SYSCTL_physinfo;
		if (v == XEN_DOMCTL_INTERFACE_VERSION)
			continue;
		if (is_dom0()) {
			EXPECT(hypercall(__HYPERVISOR_domctl, P(&d), 0, 0, 0), -XEN_EACCES);
			EXPECT(hypercall(__HYPERVISOR_sysctl, P(&s), 0, 0, 0), -XEN_EACCES);
		} else {
			EXPECT_ERROR(hypercall(__HYPERVISOR_domctl, P(&d), 0, 0, 0));
			EXPECT_ERROR(hypercall(__HYPERVISOR_sysctl, P(&s), 0, 0, 0));
		}
	}
	p.cmd = XENPF_get_cpuinfo;
	p.interface_version = XENPF_INTERFACE_VERSION + 1;
	EXPECT(hypercall(__HYPERVISOR_platform_op, P(&p), 0, 0, 0), want);
	if (!is_dom0())
		return;
	d.interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	d.cmd = 9999;
	EXPECT(hypercall(__HYPERVISOR_domctl, P(&d), 0, 0, 0), -XEN_ENOSYS);
	d.cmd = XEN_DOMCTL_pausedomain;
	d.domain = 0x1234;
	EXPECT(hypercall(__HYPERVISOR_domctl, P(&d), 0, 0, 0), -XEN_ESRCH);
	/* What would stop the caller itself, or wait for its stop. */
	for (unsigned i = 0; i < ARRAY_SIZE(not_self); i++) {
		memset(&d.u, 0, sizeof(d.u));
		d.cmd = not_self[i];
		d.domain = DOMID_SELF;
		CHECK(hypercall(__HYPERVISOR_domctl, P(&d), 0, 0, 0) < 0, "domctl %u of itself", d.cmd);
	}
	s.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	s.cmd = 9999;
	EXPECT(hypercall(__HYPERVISOR_sysctl, P(&s), 0, 0, 0), -XEN_ENOSYS);
}

static void check_some(void)
{
	EXPECT(hypercall(__HYPERVISOR_vcpu_op, VCPUOP_is_up, 8192, 0, 0), -XEN_ENOENT);
	/* an int: upper half ignored */
	EXPECT(hypercall(__HYPERVISOR_vcpu_op, VCPUOP_is_up, 0x100000000UL, 0, 0), 1);
	EXPECT(hypercall(__HYPERVISOR_vcpu_op, VCPUOP_is_up, 0, 0, 0), 1);
	EXPECT(hypercall(__HYPERVISOR_vcpu_op, 99, 0, 0, 0), -XEN_ENOSYS);
	EXPECT(hypercall(__HYPERVISOR_vcpu_op, VCPUOP_initialise, 0, 8, 0), -XEN_EFAULT);
	EXPECT(hypercall(__HYPERVISOR_vcpu_op, VCPUOP_set_singleshot_timer, 0, 8, 0), -XEN_EFAULT);
	EXPECT(hypercall(__HYPERVISOR_vm_assist, 7, 0, 0, 0), -XEN_ENOSYS);
	EXPECT(hypercall(__HYPERVISOR_vm_assist, 0, 63, 0, 0), -XEN_EINVAL);
	EXPECT(hypercall(__HYPERVISOR_vm_assist, 0, 64, 0, 0), -XEN_EINVAL);
	EXPECT(hypercall(__HYPERVISOR_vm_assist, 0, 0xffffffff, 0, 0), -XEN_EINVAL);
	EXPECT(hypercall(__HYPERVISOR_console_io, 99, 0, 0, 0), is_dom0() ? -XEN_ENOSYS : -XEN_EPERM);
	EXPECT(hypercall(__HYPERVISOR_memory_op, 63, 8, 0, 0), -XEN_ENOSYS);
	CHECK(hypercall(__HYPERVISOR_memory_op, XENMEM_populate_physmap, 8, 0, 0) <= 0,
	      "populate by nothing");
	EXPECT(hypercall(__HYPERVISOR_memory_op, XENMEM_exchange, 8, 0, 0), -XEN_EFAULT);
	EXPECT(hypercall(__HYPERVISOR_mmu_update, 8, 1, 0, DOMID_SELF), -XEN_EFAULT);
	EXPECT(hypercall(__HYPERVISOR_mmuext_op, 8, 1, 0, DOMID_SELF), -XEN_EFAULT);
	EXPECT(hypercall(__HYPERVISOR_multicall, 8, 1, 0, 0), -XEN_EFAULT);
	EXPECT(hypercall(__HYPERVISOR_multicall, 8, 0, 0, 0), 0);
	EXPECT(hypercall(__HYPERVISOR_set_trap_table, 8, 0, 0, 0), -XEN_EFAULT);
	EXPECT(hypercall(__HYPERVISOR_set_segment_base, 9, 0, 0, 0), -XEN_EINVAL);
	EXPECT(hypercall(__HYPERVISOR_get_debugreg, 99, 0, 0, 0), -XEN_ENODEV);
	EXPECT(hypercall(__HYPERVISOR_set_debugreg, 99, 0, 0, 0), -XEN_ENODEV);
	EXPECT(hypercall(__HYPERVISOR_domctl, 8, 0, 0, 0), is_dom0() ? -XEN_EFAULT : -XEN_EPERM);
	EXPECT(hypercall(__HYPERVISOR_sysctl, 8, 0, 0, 0), is_dom0() ? -XEN_EFAULT : -XEN_EPERM);
	EXPECT(hypercall(__HYPERVISOR_grant_table_op, 99, P(start_info), 1, 0), -XEN_ENOSYS);
	EXPECT(hypercall(__HYPERVISOR_xsm_op, 8, 0, 0, 0), -XEN_ENOSYS);
	EXPECT(hypercall(__HYPERVISOR_platform_op, 8, 0, 0, 0), is_dom0() ? -XEN_EFAULT : -XEN_EPERM);
}

static void storm(unsigned nr)
{
	for (unsigned i = 0; i < 400; i++) {
		u64 a[6];

		for (unsigned k = 0; k < 6; k++)
			a[k] = rnd(2) ? bad_pointer() : odd_number();
		if (i & 1) {
			a[0] = rnd(48);		/* a command, and mostly its pointer next */
			a[1] = bad_pointer();
		}
		if (!harmful(nr, a[0]))
			hypercall6(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	}
}

void test_main(void)
{
	check_numbers();
	check_commands();
	check_versions();
	check_some();
	for (unsigned nr = 0; nr < 64; nr++)
		storm(nr);
	/* Undo what was set, and see whether the machine still stands. */
	for (unsigned r = 0; r < 8; r++)
		hypercall(__HYPERVISOR_set_debugreg, r, r == 7 ? 0x400 : 0, 0, 0);
	trap_init();
	u64 v;
	CHECK(!try_read((void *)SCRATCH, &v), "nothing is mapped there");
	EXPECT_TRAP(TRAP_PF);
	EXPECT(xen_version(7, NULL), 4096);
}
