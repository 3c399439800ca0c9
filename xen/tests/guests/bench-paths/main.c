/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * No test but a measurement: how long the hypervisor's frequent paths are, in instructions, the guest's own part of each row
 * (a few instructions, the stubs of common/) included. Run by bench/bench.py under `-icount`, where a TSC tick is one
 * instruction; prints `ROW name|instructions`, the middle of several batches.
 */
#include "guest.h"
#include <public/event_channel.h>
#include <public/grant_table.h>
#include <public/memory.h>
#include <public/physdev.h>
#include <public/sched.h>
#include <public/vcpu.h>

const char test_title[] = "lengths of paths";

#define BATCHES	9
#define N	64			/* operations per batch */
#define E	40			/* an entry of the L1 at hand */

static u64 *page, *page2, *table, *l1, *root2;
static u64 l1_entry;			/* machine address of l1[E] */
static u32 loop_port, upcall_port;	/* masked, unmasked */
static u32 ports[2];			/* for each of two vcpus, masked */
static struct grant_entry_v1 *grants;
static u64 batch_va[N];

static u64 ticks(void)
{
	u32 low, high;

	__asm__ volatile ("lfence; rdtsc" : "=a" (low), "=d" (high) : : "memory");
	return (u64)high << 32 | low;
}

/* -- entries into the guest ---------------------------------------------------------------------------- */

static void do_hypercall(unsigned int i) { xen_version(0, NULL); }
static void do_ud(unsigned int i) { GUARDED("ud2", : ); }
static void do_fault(unsigned int i) { u64 v; try_read((void *)SCRATCH, &v); }

extern char bench_user[];
__asm__ (".text\nbench_user:\tsyscall\n\tud2\n");

static void do_user(unsigned int i) { run_user(bench_user, 0); }

/* -- privileged instructions --------------------------------------------------------------------------- */

static void do_cpuid(unsigned int i)
{
	u32 a = 0, b, c = 0, d;

	__asm__ volatile (".byte 0x0f, 0x0b, 0x78, 0x65, 0x6e; cpuid" : "+a" (a), "=b" (b), "+c" (c), "=d" (d));
}

static void do_rdmsr(unsigned int i)
{
	u32 low, high;

	__asm__ volatile ("rdmsr" : "=a" (low), "=d" (high) : "c" (0xc0000100));
}

static void do_read_cr0(unsigned int i) { u64 v; __asm__ volatile ("mov %%cr0, %0" : "=r" (v)); }
static void do_stack_switch(unsigned int i) { hypercall(__HYPERVISOR_stack_switch, FLAT_KERNEL_SS, P(page) + 4096, 0, 0); }
static void do_fs_base(unsigned int i) { hypercall(__HYPERVISOR_set_segment_base, SEGBASE_FS, 0x1000 * i, 0, 0); }
static void do_taskswitch(unsigned int i) { hypercall(__HYPERVISOR_fpu_taskswitch, i & 1, 0, 0, 0); }

/* -- page tables --------------------------------------------------------------------------------------- */

static u64 entry_value(unsigned int i)
{
	return pte_of(va_mfn(i & 1 ? page : page2), PTE_RWX);
}

static void do_update_va(unsigned int i) { update_va_mapping(SCRATCH + E * PAGE_SIZE, entry_value(i), 0); }
static void do_update_va_flush(unsigned int i) { update_va_mapping(SCRATCH + E * PAGE_SIZE, entry_value(i), UVMF_INVLPG); }
static void do_update_flags(unsigned int i)
{
	update_va_mapping(SCRATCH + E * PAGE_SIZE, pte_of(va_mfn(page), i & 1 ? PTE_RWX : PTE_RO), 0);
}
static void do_mmu_update(unsigned int i) { write_pte(l1_entry, entry_value(i)); }
static void do_ptwr(unsigned int i) { *(volatile u64 *)&l1[E] = entry_value(i); }

static void do_mmu_update_32(unsigned int i)
{
	struct mmu_update req[32];

	for (unsigned int k = 0; k < 32; k++)
		req[k] = (struct mmu_update){ l1_entry + 8 * k, entry_value(i) };
	mmu_update(req, 32, NULL, DOMID_SELF);
}

static void do_pin(unsigned int i)
{
	u64 mfn = va_mfn(table);

	unpin(mfn);
	pin(1, mfn);
}

static void do_cr3(unsigned int i) { mmuext1(MMUEXT_NEW_BASEPTR, va_mfn(i & 1 ? root_table() : root2), 0); }
static void do_flush(unsigned int i) { flush_tlb(); }
static void do_invlpg(unsigned int i) { mmuext1(MMUEXT_INVLPG_LOCAL, SCRATCH, 0); }

/* -- multicall ----------------------------------------------------------------------------------------- */

static void do_multicall_8(unsigned int i)
{
	struct multicall_entry mc[8];

	for (unsigned int k = 0; k < 8; k++)
		mc[k] = (struct multicall_entry){ .op = __HYPERVISOR_xen_version };
	hypercall(__HYPERVISOR_multicall, P(mc), 8, 0, 0);
}

/* -- events, time, scheduling -------------------------------------------------------------------------- */

static void clear_port(u32 port)
{
	__asm__ volatile ("lock btrq %1, %0" : "+m" (shared_info->evtchn_pending) : "r" ((u64)port) : "memory");
}

static bool is_pending(u32 port)
{
	return ((volatile xen_ulong_t *)shared_info->evtchn_pending)[port / 64] >> (port % 64) & 1;
}

static void send(u32 port)
{
	struct evtchn_send s = { .port = port };

	event_op(EVTCHNOP_send, &s);
}

static void do_send_masked(unsigned int i)
{
	send(loop_port);
	clear_port(loop_port);
}

static void do_upcall(unsigned int i)
{
	struct vcpu_info *v = this_vcpu_info();

	v->evtchn_upcall_mask = 0;
	send(upcall_port);
	v->evtchn_upcall_mask = 1;
	v->evtchn_pending_sel = 0;
	clear_port(upcall_port);
}

static void do_timer(unsigned int i)
{
	hypercall(__HYPERVISOR_set_timer_op, system_time() + 1000000000UL, 0, 0, 0);
}

static void do_yield(unsigned int i) { sched_op(SCHEDOP_yield, NULL); }

static void wait_port(u32 port)
{
	evtchn_port_t p = port;
	struct sched_poll poll = { .nr_ports = 1 };

	set_xen_guest_handle(poll.ports, &p);
	while (!is_pending(port))
		sched_op(SCHEDOP_poll, &poll);
	clear_port(port);
}

static void partner(void *arg)
{
	for (;;) {
		wait_port(ports[1]);
		send(ports[0]);
	}
}

static void do_switch(unsigned int i)
{
	send(ports[1]);
	wait_port(ports[0]);
}

/* -- memory, grants ------------------------------------------------------------------------------------ */

static void do_grant_map(unsigned int i)
{
	struct gnttab_map_grant_ref map = { .host_addr = SCRATCH + E * PAGE_SIZE, .ref = 8, .flags = GNTMAP_host_map };
	struct gnttab_unmap_grant_ref unmap = { .host_addr = SCRATCH + E * PAGE_SIZE };

	grant_op(GNTTABOP_map_grant_ref, &map, 1);
	unmap.handle = map.handle;
	grant_op(GNTTABOP_unmap_grant_ref, &unmap, 1);
}

static void do_grant_copy(unsigned int i)
{
	struct gnttab_copy copy = { .len = 4096, .flags = GNTCOPY_source_gref };

	copy.source.u.ref = 8;
	copy.dest.u.gmfn = va_mfn(page2);
	copy.dest.domid = DOMID_SELF;
	copy.source.domid = 0;
	grant_op(GNTTABOP_copy, &copy, 1);
}

static void do_memory(unsigned int i)
{
	xen_pfn_t pfn = batch_va[0], mfn = pfn_mfn(pfn);
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };

	set_xen_guest_handle(r.extent_start, &mfn);
	memory_op(XENMEM_decrease_reservation, &r);
	mfn = pfn;
	memory_op(XENMEM_populate_physmap, &r);
	set_p2m(pfn, mfn);
}

/* -- the table ----------------------------------------------------------------------------------------- */

static const struct row {
	const char *name;
	void (*fn)(unsigned int i);
} rows[] = {
	{ "hypercall: xen_version", do_hypercall },
	{ "multicall of 8 xen_version", do_multicall_8 },
	{ "user system call and back by iret", do_user },
	{ "invalid opcode to the kernel and iret", do_ud },
	{ "page fault in the kernel and iret", do_fault },
	{ "cpuid by its prefix", do_cpuid },
	{ "rdmsr of FS_BASE", do_rdmsr },
	{ "mov from cr0", do_read_cr0 },
	{ "stack_switch", do_stack_switch },
	{ "set_segment_base", do_fs_base },
	{ "fpu_taskswitch", do_taskswitch },
	{ "update_va_mapping, other frame", do_update_va },
	{ "the same with invlpg", do_update_va_flush },
	{ "update_va_mapping, write permission", do_update_flags },
	{ "mmu_update of 1", do_mmu_update },
	{ "mmu_update of 32", do_mmu_update_32 },
	{ "write to a page table, emulated", do_ptwr },
	{ "unpin and pin of an empty L1", do_pin },
	{ "new_baseptr", do_cr3 },
	{ "tlb_flush_local", do_flush },
	{ "invlpg_local", do_invlpg },
	{ "send of a masked event", do_send_masked },
	{ "send, upcall and iret", do_upcall },
	{ "set_timer_op", do_timer },
	{ "yield to nobody", do_yield },
	{ "event and switch to another vcpu and back", do_switch },
	{ "grant map and unmap", do_grant_map },
	{ "grant copy of 4096 bytes", do_grant_copy },
	{ "decrease_reservation and populate_physmap", do_memory },
};

static u64 middle(u64 *v, unsigned int n)
{
	for (unsigned int i = 1; i < n; i++)
		for (unsigned int k = i; k && v[k] < v[k - 1]; k--) {
			u64 t = v[k];

			v[k] = v[k - 1];
			v[k - 1] = t;
		}
	return v[n / 2];
}

static u64 measure(void (*fn)(unsigned int))
{
	u64 took[BATCHES], start;

	fn(0);
	fn(1);
	for (unsigned int b = 0; b < BATCHES; b++) {
		start = ticks();
		for (unsigned int i = 0; i < N; i++)
			fn(i);
		took[b] = (ticks() - start) / N;
	}
	return middle(took, BATCHES);
}

/* -- preparation --------------------------------------------------------------------------------------- */

static void nothing(unsigned int i) { barrier(); }

static u32 bind(u32 to_vcpu)
{
	struct evtchn_bind_ipi b = { .vcpu = to_vcpu };

	EXPECT(event_op(EVTCHNOP_bind_ipi, &b), 0);
	__asm__ volatile ("lock btsq %1, %0" : "+m" (shared_info->evtchn_mask) : "r" ((u64)b.port) : "memory");
	return b.port;
}

static void prepare_tables(void)
{
	page = alloc_page();
	page2 = alloc_page();
	root2 = alloc_page();
	table = alloc_page();
	EXPECT(make_ro(table), 0);
	EXPECT(pin(1, va_mfn(table)), 0);
	make_tables(SCRATCH);
	EXPECT(map_page(SCRATCH + E * PAGE_SIZE, va_mfn(page), PTE_RWX), 0);
	l1_entry = pte_maddr(SCRATCH + E * PAGE_SIZE, 1);
	l1 = (u64 *)((u64)pte_ptr(SCRATCH + E * PAGE_SIZE, 1) & PAGE_MASK);
}

static void prepare_root(void)
{
	const u64 *root = root_table();

	for (unsigned int i = 0; i < 512; i++)
		root2[i] = i < 256 || i > 271 ? root[i] : 0;
	EXPECT(make_ro(root2), 0);
	EXPECT(pin(4, va_mfn(root2)), 0);
}

static void prepare_grants(void)
{
	struct gnttab_setup_table setup = { .dom = DOMID_SELF, .nr_frames = 1 };
	xen_pfn_t frame;

	set_xen_guest_handle(setup.frame_list, &frame);
	EXPECT(grant_op(GNTTABOP_setup_table, &setup, 1), 0);
	EXPECT(map_page(SCRATCH + 100 * PAGE_SIZE, frame, PTE_RWX), 0);
	grants = (struct grant_entry_v1 *)(SCRATCH + 100 * PAGE_SIZE);
	grants[8].domid = 0;
	grants[8].frame = va_mfn(page);
	barrier();
	grants[8].flags = GTF_permit_access;
}

static void print_row(const struct row *r)
{
	printf("ROW %s|%lu\n", r->name, measure(r->fn));
}

void test_main(void)
{
	events_off();
	prepare_tables();
	prepare_root();
	prepare_grants();
	batch_va[0] = alloc_high_pfn();
	loop_port = bind(0);
	upcall_port = bind(0);
	__asm__ volatile ("lock btrq %1, %0" : "+m" (shared_info->evtchn_mask) : "r" ((u64)upcall_port) : "memory");
	ports[0] = bind(0);
	ports[1] = bind(1);
	printf("ROW loop alone|%lu\n", measure(nothing));
	EXPECT(start_vcpu(1, partner, NULL), 0);
	for (const struct row *r = rows; r < rows + ARRAY_SIZE(rows); r++)
		print_row(r);
}
