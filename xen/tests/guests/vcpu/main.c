/* SPDX-License-Identifier: GPL-2.0-only */
/* A second vcpu: contexts that are refused, its start, events to it, its own vcpu_info, down and up again. */
#include "guest.h"
#include <public/event_channel.h>
#include <public/sched.h>
#include <public/vcpu.h>

const char test_title[] = "secondary vcpus";

static volatile u32 running, asked, answered, got_event;
static u32 ipi;
static struct vcpu_info *second_info;

static void second(void *arg)
{
	volatile struct vcpu_info *info = second_info;

	running = 1;
	while (P(arg) == 0x77) {
		if (info->evtchn_upcall_pending) {
			info->evtchn_upcall_pending = 0;
			info->evtchn_pending_sel = 0;	/* all ones after the registration */
			got_event = 1;
		}
		if (asked) {
			asked = 0;
			answered = 1;
			vcpu_op(VCPUOP_down, 1, NULL);
			running = 2;		/* up again: goes on here */
		}
		__asm__ volatile ("pause");
	}
}

static void context(struct vcpu_guest_context *c)
{
	memset(c, 0, sizeof(*c));
	c->flags = VGCF_in_kernel;
	c->user_regs.rip = P(secondary_entry);
	c->user_regs.cs = FLAT_KERNEL_CS;
	c->user_regs.ss = FLAT_KERNEL_SS;
	c->user_regs.rsp = P(boot_stack) + 1024;
	c->kernel_ss = FLAT_KERNEL_SS;
	c->ctrlreg[3] = xen_pfn_to_cr3(va_mfn(root_table()));
}

static void check_refused(void)
{
	static struct vcpu_guest_context c;

	EXPECT(vcpu_op(VCPUOP_up, 1, NULL), -XEN_EINVAL);	/* not initialised */
	EXPECT(vcpu_op(VCPUOP_is_up, 1, NULL), 0);
	EXPECT(vcpu_op(VCPUOP_is_up, 2, NULL), -XEN_ENOENT);
	EXPECT(vcpu_op(VCPUOP_initialise, 1, (void *)8), -XEN_EFAULT);
	context(&c);
	c.ctrlreg[3] = xen_pfn_to_cr3(0x200);
	EXPECT_ERROR(vcpu_op(VCPUOP_initialise, 1, &c));
	c.ctrlreg[3] = 0;
	EXPECT_ERROR(vcpu_op(VCPUOP_initialise, 1, &c));
	c.ctrlreg[3] = ~0UL;
	EXPECT_ERROR(vcpu_op(VCPUOP_initialise, 1, &c));
	c.ctrlreg[3] = xen_pfn_to_cr3(va_mfn(pte_ptr(VIRT_BASE, 1)));
	EXPECT_ERROR(vcpu_op(VCPUOP_initialise, 1, &c));	/* an L1 */
	context(&c);
	c.user_regs.rip = 0x0000900000000000UL;
	EXPECT_ERROR(vcpu_op(VCPUOP_initialise, 1, &c));
	context(&c);
	c.fs_base = 0x8000000000000000UL;
	EXPECT_ERROR(vcpu_op(VCPUOP_initialise, 1, &c));
	context(&c);
	c.gdt_ents = 512;
	c.gdt_frames[0] = 0x200;
	EXPECT_ERROR(vcpu_op(VCPUOP_initialise, 1, &c));
	c.gdt_frames[0] = va_mfn(&c);		/* mapped writable */
	EXPECT_ERROR(vcpu_op(VCPUOP_initialise, 1, &c));
	c.gdt_ents = ~0UL;
	EXPECT_ERROR(vcpu_op(VCPUOP_initialise, 1, &c));
	EXPECT(vcpu_op(VCPUOP_is_up, 1, NULL), 0);
}

static void check_info(void)
{
	char *page = alloc_page();
	struct vcpu_register_vcpu_info reg = { .mfn = va_mfn(page), .offset = 4096 - 32 };

	EXPECT(vcpu_op(VCPUOP_register_vcpu_info, 1, &reg) < 0, 1);	/* crosses the page's end */
	reg.offset = 0xffffffff;
	EXPECT_ERROR(vcpu_op(VCPUOP_register_vcpu_info, 1, &reg));
	reg.offset = 128;
	reg.mfn = 0x200;
	EXPECT_ERROR(vcpu_op(VCPUOP_register_vcpu_info, 1, &reg));
	reg.mfn = va_mfn(root_table());
	EXPECT_ERROR(vcpu_op(VCPUOP_register_vcpu_info, 1, &reg));
	reg.mfn = va_mfn(page);
	EXPECT(vcpu_op(VCPUOP_register_vcpu_info, 1, &reg), 0);
	EXPECT_ERROR(vcpu_op(VCPUOP_register_vcpu_info, 1, &reg));		/* once is enough */
	EXPECT(vcpu_op(VCPUOP_register_vcpu_info, 2, &reg), -XEN_ENOENT);
	second_info = (void *)(page + 128);
	second_info->evtchn_upcall_mask = 1;	/* it looks for events itself */
}

void test_main(void)
{
	struct evtchn_bind_ipi bind = { .vcpu = 1 };
	struct evtchn_send send;
	struct vcpu_runstate_info rs;
	static struct vcpu_guest_context c;

	check_refused();
	check_info();
	EXPECT(start_vcpu(1, second, (void *)0x77), 0);
	CHECK(wait_for(&running, 2000), "vcpu 1 does not run");
	EXPECT(vcpu_op(VCPUOP_is_up, 1, NULL), 1);
	context(&c);
	EXPECT(vcpu_op(VCPUOP_initialise, 1, &c), -XEN_EEXIST);
	EXPECT(vcpu_op(VCPUOP_up, 1, NULL), 0);			/* already */
	EXPECT(event_op(EVTCHNOP_bind_ipi, &bind), 0);
	ipi = send.port = bind.port;
	struct evtchn_unmask un = { .port = ipi };
	got_event = 0;
	EXPECT(event_op(EVTCHNOP_unmask, &un), 0);
	EXPECT(event_op(EVTCHNOP_send, &send), 0);
	CHECK(wait_for(&got_event, 2000), "no event at vcpu 1");
	asked = 1;
	CHECK(wait_for(&answered, 2000), "no answer of vcpu 1");
	for (u64 end = system_time() + 2000000000UL; vcpu_op(VCPUOP_is_up, 1, NULL) && system_time() < end;)
		sched_op(SCHEDOP_yield, NULL);
	EXPECT(vcpu_op(VCPUOP_is_up, 1, NULL), 0);
	/* it may be on its way out of the CPU */
	for (u64 end = system_time() + 2000000000UL; system_time() < end;) {
		EXPECT(vcpu_op(VCPUOP_get_runstate_info, 1, &rs), 0);
		if (rs.state == RUNSTATE_offline)
			break;
		sched_op(SCHEDOP_yield, NULL);
	}
	EXPECT(rs.state, RUNSTATE_offline);
	CHECK(running == 1, "vcpu 1 runs on after going down");
	EXPECT(vcpu_op(VCPUOP_up, 1, NULL), 0);
	for (u64 end = system_time() + 2000000000UL; running != 2 && system_time() < end;)
		sched_op(SCHEDOP_yield, NULL);
	EXPECT(running, 2);
	/* From the outside as well. */
	EXPECT(vcpu_op(VCPUOP_down, 1, NULL), 0);
	EXPECT(vcpu_op(VCPUOP_is_up, 1, NULL), 0);
}
