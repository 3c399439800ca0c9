/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * No test but a measurement: how long a guest can keep a CPU from its timer by one enormous call of each kind. A
 * timer fires every TICK ns while the call runs, each time set anew by its handler; the row is the most by which one was late.
 * Run by bench/bench.py under `-icount`, where 1 ns is one instruction; prints `ROW name|nanoseconds`.
 */
#include "guest.h"
#include <public/event_channel.h>
#include <public/grant_table.h>
#include <public/memory.h>
#include <public/sched.h>
#include <public/vcpu.h>

const char test_title[] = "delays by enormous calls";

#define TICK		20000UL
#define BIG		8192
#define L1S		512
#define WINDOW		(SCRATCH + 300 * PAGE_SIZE)	/* where a frame is mapped to be filled */

static union {
	struct mmu_update mmu[BIG];
	struct multicall_entry multi[BIG];
	struct gnttab_copy copy[BIG];
	xen_pfn_t frames[BIG];
	char text[65536];
} list;

static u64 *page, *root;
static u64 pfns[BIG];
static u32 timer_port, ports[4096];
static volatile u64 deadline, worst;

static void arm(void)
{
	struct vcpu_set_singleshot_timer t;

	deadline = system_time() + TICK;
	t = (struct vcpu_set_singleshot_timer){ .timeout_abs_ns = deadline };
	vcpu_op(VCPUOP_set_singleshot_timer, 0, &t);
}

static void tick(void)
{
	u64 now = system_time();

	this_vcpu_info()->evtchn_pending_sel = 0;
	__asm__ volatile ("lock btrq %1, %0" : "+m" (shared_info->evtchn_pending) : "r" ((u64)timer_port) : "memory");
	if (now < deadline)
		return;		/* somebody else's event */
	if (now - deadline > worst)
		worst = now - deadline;
	arm();
}

/* -- a tree of tables with 512 full L1s ----------------------------------------------------------------------------- */

static void *window(u64 pfn)
{
	EXPECT(map_page(WINDOW, pfn_mfn(pfn), PTE_RWX), 0);
	return (void *)WINDOW;
}

static void make_tree(void)
{
	u64 *l3 = alloc_page(), *l2 = alloc_page();

	for (unsigned int i = 0; i < 512; i++)
		root[i] = i < 256 || i > 271 ? root_table()[i] : 0;
	for (unsigned int i = 0; i < L1S; i++) {
		u64 pfn = alloc_high_pfn(), *l1 = window(pfn);

		for (unsigned int k = 0; k < 512; k++)
			l1[k] = pte_of(va_mfn(page), PTE_RO);
		l2[i] = pte_of(pfn_mfn(pfn), PTE_TABLE);
	}
	EXPECT(update_va_mapping(WINDOW, 0, UVMF_INVLPG), 0);
	l3[0] = pte_of(va_mfn(l2), PTE_TABLE);
	root[100] = pte_of(va_mfn(l3), PTE_TABLE);
	EXPECT(make_ro(l2), 0);
	EXPECT(make_ro(l3), 0);
	EXPECT(make_ro(root), 0);
}

static void do_pin(void) { EXPECT(pin(4, va_mfn(root)), 0); }
static void do_unpin(void) { EXPECT(unpin(va_mfn(root)), 0); }
static void do_load_root(void) { EXPECT(mmuext1(MMUEXT_NEW_BASEPTR, va_mfn(root), 0), 0); }
static void do_leave_root(void) { EXPECT(mmuext1(MMUEXT_NEW_BASEPTR, va_mfn(root_table()), 0), 0); }

/* -- long lists -------------------------------------------------------------------------------------------------------- */

static void do_mmu_update(void)
{
	u64 maddr = pte_maddr(SCRATCH, 1);

	for (unsigned int i = 0; i < BIG; i++)
		list.mmu[i] = (struct mmu_update){ maddr, pte_of(va_mfn(page), i & 1 ? PTE_RO : PTE_RWX) };
	EXPECT(mmu_update(list.mmu, BIG, NULL, DOMID_SELF), 0);
}

static void do_multicall(void)
{
	for (unsigned int i = 0; i < BIG; i++)
		list.multi[i] = (struct multicall_entry){ .op = __HYPERVISOR_xen_version };
	EXPECT(hypercall(__HYPERVISOR_multicall, P(list.multi), BIG, 0, 0), 0);
}

static void do_grant_copy(void)
{
	for (unsigned int i = 0; i < BIG; i++) {
		list.copy[i] = (struct gnttab_copy){ .len = 4096 };
		list.copy[i].source.u.gmfn = list.copy[i].dest.u.gmfn = va_mfn(page);
		list.copy[i].source.domid = list.copy[i].dest.domid = DOMID_SELF;
	}
	EXPECT(grant_op(GNTTABOP_copy, list.copy, BIG), 0);
}

static struct xen_memory_reservation reservation(unsigned int order)
{
	struct xen_memory_reservation r = { .nr_extents = BIG >> order, .extent_order = order, .domid = DOMID_SELF };

	set_xen_guest_handle(r.extent_start, list.frames);
	return r;
}

static void do_decrease(void)
{
	struct xen_memory_reservation r = reservation(0);

	for (unsigned int i = 0; i < BIG; i++)
		list.frames[i] = pfn_mfn(pfns[i]);
	EXPECT(memory_op(XENMEM_decrease_reservation, &r), BIG);
}

static void do_populate(void)
{
	struct xen_memory_reservation r = reservation(0);

	for (unsigned int i = 0; i < BIG; i++)
		list.frames[i] = pfns[i];
	EXPECT(memory_op(XENMEM_populate_physmap, &r), BIG);
	for (unsigned int i = 0; i < BIG; i++)
		set_p2m(pfns[i], list.frames[i]);
}

static void do_populate_2m(void)
{
	struct xen_memory_reservation r = reservation(9);
	long got;

	for (unsigned int i = 0; i < BIG >> 9; i++)
		list.frames[i] = pfns[BIG - 1] + i * 512;
	got = memory_op(XENMEM_populate_physmap, &r);
	CHECK(got > 0, "populate of 2 MiB pieces: %ld", got);
	for (long i = 0; i < got; i++)
		for (unsigned int k = 0; k < 512; k++)
			set_p2m(pfns[BIG - 1] + i * 512 + k, list.frames[i] + k);
}

static void do_console(void)
{
	memset(list.text, ' ', sizeof(list.text));
	for (unsigned int i = 79; i < sizeof(list.text); i += 80)
		list.text[i] = '\n';
	if (is_dom0())
		EXPECT(hypercall(__HYPERVISOR_console_io, CONSOLEIO_write, sizeof(list.text), P(list.text), 0), 0);
}

/* -- events -------------------------------------------------------------------------------------------------------------- */

static unsigned int nr_ports;

static void do_bind_all(void)
{
	for (nr_ports = 0; nr_ports < ARRAY_SIZE(ports); nr_ports++) {
		struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };

		if (event_op(EVTCHNOP_alloc_unbound, &a))
			break;
		ports[nr_ports] = a.port;
	}
}

static void do_close_all(void)
{
	for (unsigned int i = 0; i < nr_ports; i++) {
		struct evtchn_close c = { .port = ports[i] };

		event_op(EVTCHNOP_close, &c);
	}
}

/* -- the table ------------------------------------------------------------------------------------------------------------- */

static void nothing(void)
{
	u64 end = system_time() + 2000000;

	while (system_time() < end)
		barrier();
}

static const struct row {
	const char *name;
	void (*fn)(void);
} rows[] = {
	{ "no call", nothing },
	{ "pin of a tree with 512 full L1s", do_pin },
	{ "its unpin", do_unpin },
	{ "such a root into CR3", do_load_root },
	{ "and out of it", do_leave_root },
	{ "mmu_update of 8192", do_mmu_update },
	{ "multicall of 8192", do_multicall },
	{ "grant copy of 8192 pages", do_grant_copy },
	{ "decrease_reservation of 8192 pages", do_decrease },
	{ "populate_physmap of 8192 pages", do_populate },
	{ "decrease_reservation again", do_decrease },
	{ "populate_physmap of 2 MiB pieces", do_populate_2m },
	{ "64 KiB of text to the console", do_console },
	{ "alloc_unbound of all ports", do_bind_all },
	{ "close of all ports", do_close_all },
};

void test_main(void)
{
	struct evtchn_bind_virq b = { .virq = VIRQ_TIMER };

	events_off();
	page = alloc_page();
	root = alloc_page();
	make_tables(SCRATCH);
	make_tables(WINDOW);
	make_tree();
	for (unsigned int i = 0; i < BIG; i++)
		pfns[i] = alloc_high_pfn();
	EXPECT(event_op(EVTCHNOP_bind_virq, &b), 0);
	timer_port = b.port;
	event_hook(tick);
	for (const struct row *r = rows; r < rows + ARRAY_SIZE(rows); r++) {
		worst = 0;
		arm();
		events_on();
		r->fn();
		events_off();
		printf("ROW %s|%lu\n", r->name, worst);
	}
}
