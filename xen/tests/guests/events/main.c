/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Event channels: every binding, delivery, masks, poll, limits and wrong ports. The same checks run on the
 * 2-level ABI first and then, after the switch, on the FIFO ABI, which has some of its own.
 */
#include "guest.h"
#include <public/event_channel.h>
#include <public/sched.h>

const char test_title[] = "event channels, 2-level and FIFO";

static bool fifo;
static event_word_t *words;
static u32 words_ports;
static struct evtchn_fifo_control_block *control;

static bool pending(u32 port)
{
	if (fifo)
		return ((volatile event_word_t *)words)[port] >> EVTCHN_FIFO_PENDING & 1;
	return ((volatile xen_ulong_t *)shared_info->evtchn_pending)[port / 64] >> (port % 64) & 1;
}

static bool masked(u32 port)
{
	if (fifo)
		return words[port] >> EVTCHN_FIFO_MASKED & 1;
	return shared_info->evtchn_mask[port / 64] >> (port % 64) & 1;
}

static void set_mask(u32 port)
{
	if (fifo)
		__asm__ volatile ("lock btsl $30, %0" : "+m" (words[port]));
	else
		__asm__ volatile ("lock btsq %1, %0" : "+m" (shared_info->evtchn_mask) : "r" ((u64)port) :
				  "memory");
}

/* Takes FIFO queues empty, as a guest must, so that ports can be queued again. */
static unsigned drain(u32 *order, unsigned max)
{
	unsigned n = 0;

	for (unsigned q = 0; q < EVTCHN_FIFO_MAX_QUEUES && fifo; q++) {
		u32 port = control->head[q], next;

		if (!(control->ready >> q & 1))
			continue;
		__asm__ volatile ("lock btrl %1, %0" : "+m" (control->ready) : "r" (q));
		for (; port && n < max; port = next) {
			next = words[port] & EVTCHN_FIFO_LINK_MASK;
			words[port] &= ~(1U << EVTCHN_FIFO_LINKED | EVTCHN_FIFO_LINK_MASK);
			order[n++] = port;
		}
		control->head[q] = 0;
	}
	return n;
}

static void clear(u32 port)
{
	u32 ports[64];

	if (fifo) {
		__asm__ volatile ("lock btrl $31, %0" : "+m" (words[port]));
		drain(ports, 64);
	} else {
		__asm__ volatile ("lock btrq %1, %0" : "+m" (shared_info->evtchn_pending) : "r" ((u64)port) :
				  "memory");
		this_vcpu_info()->evtchn_pending_sel = 0;
	}
	this_vcpu_info()->evtchn_upcall_pending = 0;
}

static long send(u32 port)
{
	struct evtchn_send s = { .port = port };

	return event_op(EVTCHNOP_send, &s);
}

static long unmask(u32 port)
{
	struct evtchn_unmask u = { .port = port };

	return event_op(EVTCHNOP_unmask, &u);
}

static long close(u32 port)
{
	struct evtchn_close c = { .port = port };

	return event_op(EVTCHNOP_close, &c);
}

static long bind_virq(u32 virq, u32 vcpu, u32 *port)
{
	struct evtchn_bind_virq b = { .virq = virq, .vcpu = vcpu };
	long ret = event_op(EVTCHNOP_bind_virq, &b);

	*port = b.port;
	return ret;
}

static long bind_ipi(u32 vcpu, u32 *port)
{
	struct evtchn_bind_ipi b = { .vcpu = vcpu };
	long ret = event_op(EVTCHNOP_bind_ipi, &b);

	*port = b.port;
	return ret;
}

static long alloc_unbound(domid_t dom, domid_t remote, u32 *port)
{
	struct evtchn_alloc_unbound a = { .dom = dom, .remote_dom = remote };
	long ret = event_op(EVTCHNOP_alloc_unbound, &a);

	*port = a.port;
	return ret;
}

static long bind_interdomain(domid_t remote, u32 remote_port, u32 *port)
{
	struct evtchn_bind_interdomain b = { .remote_dom = remote, .remote_port = remote_port };
	long ret = event_op(EVTCHNOP_bind_interdomain, &b);

	*port = b.local_port;
	return ret;
}

static long status(u32 port, struct evtchn_status *s)
{
	memset(s, 0, sizeof(*s));
	s->dom = DOMID_SELF;
	s->port = port;
	return event_op(EVTCHNOP_status, s);
}

static void expect_status(u32 port, u32 want)
{
	struct evtchn_status s;

	EXPECT(status(port, &s), 0);
	CHECK(s.status == want, "port %u: status %u, expected %u", port, s.status, want);
}

static void check_virqs(void)
{
	u32 port, again;

	EXPECT(bind_virq(VIRQ_TIMER, 0, &port), 0);
	CHECK(port > 0, "port 0 was given");
	expect_status(port, EVTCHNSTAT_virq);
	EXPECT(bind_virq(VIRQ_TIMER, 0, &again), -XEN_EEXIST);
	EXPECT(close(port), 0);
	expect_status(port, EVTCHNSTAT_closed);
	EXPECT(close(port), -XEN_EINVAL);
	EXPECT(bind_virq(VIRQ_TIMER, 0, &port), 0);
	EXPECT(close(port), 0);
	EXPECT(bind_virq(NR_VIRQS, 0, &port), -XEN_EINVAL);
	EXPECT(bind_virq(0xffffffff, 0, &port), -XEN_EINVAL);
	EXPECT(bind_virq(VIRQ_TIMER, 999, &port), -XEN_ENOENT);
	EXPECT(bind_virq(VIRQ_DOM_EXC, 1, &port), -XEN_EINVAL);	/* one of the domain is bound on vcpu 0 */
}

/* Upcalls for one port: the console and the store have events too, at any time. */
static u32 counted_port, upcalls;

static void count(void)
{
	if (!pending(counted_port) || masked(counted_port))
		return;
	clear(counted_port);
	upcalls++;
}

static void check_ipi(void)
{
	u32 port, before;
	struct evtchn_bind_vcpu b;

	EXPECT(bind_ipi(999, &port), -XEN_ENOENT);
	EXPECT(bind_ipi(0, &port), 0);
	counted_port = port;
	event_hook(count);
	expect_status(port, EVTCHNSTAT_ipi);
	b.port = port;
	b.vcpu = 0;
	EXPECT(event_op(EVTCHNOP_bind_vcpu, &b), -XEN_EINVAL);
	EXPECT(unmask(port), 0);
	CHECK(!pending(port), "a new port is pending");
	/* Upcalls off: pending, but not entered. */
	before = upcalls;
	EXPECT(send(port), 0);
	CHECK(pending(port), "sent, but not pending");
	EXPECT(this_vcpu_info()->evtchn_upcall_pending, 1);
	EXPECT(upcalls, before);
	events_on();
	EXPECT(upcalls, before + 1);
	clear(port);
	EXPECT(send(port), 0);
	EXPECT(upcalls, before + 2);
	clear(port);
	/* Masked: nothing until it is unmasked. */
	set_mask(port);
	EXPECT(send(port), 0);
	CHECK(pending(port), "masked, not pending");
	EXPECT(upcalls, before + 2);
	EXPECT(unmask(port), 0);
	CHECK(!masked(port), "unmask left the mask");
	EXPECT(upcalls, before + 3);
	clear(port);
	EXPECT(unmask(port), 0);
	EXPECT(upcalls, before + 3);
	events_off();
	event_hook(NULL);
	EXPECT(close(port), 0);
}

static void check_interdomain(void)
{
	struct evtchn_status s;
	struct evtchn_bind_vcpu bv;
	u32 a, b, c;

	EXPECT(alloc_unbound(DOMID_SELF, DOMID_SELF, &a), 0);
	EXPECT(unmask(a), 0);
	expect_status(a, EVTCHNSTAT_unbound);
	EXPECT(send(a), 0);			/* nobody there: lost */
	EXPECT(bind_interdomain(DOMID_SELF, a, &b), 0);
	/* Binding makes it pending once, so that nothing sent before is lost. */
	CHECK(pending(b), "a newly bound port is not pending");
	EXPECT(unmask(b), 0);
	clear(b);
	EXPECT(status(a, &s), 0);
	EXPECT(s.status, EVTCHNSTAT_interdomain);
	EXPECT(s.u.interdomain.port, b);
	EXPECT(bind_interdomain(DOMID_SELF, a, &c), -XEN_EINVAL);
	clear(a);
	EXPECT(send(b), 0);
	CHECK(pending(a) && !pending(b), "send arrived at the wrong end");
	clear(a);
	EXPECT(send(a), 0);
	CHECK(pending(b) && !pending(a), "send arrived at the wrong end");
	clear(b);
	bv.port = a;
	bv.vcpu = 0;
	EXPECT(event_op(EVTCHNOP_bind_vcpu, &bv), 0);
	bv.vcpu = 999;
	EXPECT(event_op(EVTCHNOP_bind_vcpu, &bv), -XEN_ENOENT);
	EXPECT(close(b), 0);
	expect_status(a, EVTCHNSTAT_unbound);
	EXPECT(send(b), -XEN_EINVAL);
	EXPECT(close(a), 0);
	EXPECT(bind_interdomain(DOMID_SELF, a, &b), -XEN_EINVAL);
	EXPECT(bind_interdomain(DOMID_SELF, 0xffffffff, &b), -XEN_EINVAL);
	EXPECT(bind_interdomain(0x1234, 1, &b), -XEN_ESRCH);
	EXPECT(bind_interdomain(DOMID_INVALID, 1, &b), -XEN_ESRCH);
	EXPECT(alloc_unbound(0x1234, DOMID_SELF, &b), -XEN_ESRCH);
	/* One made for another domain is not for us. */
	EXPECT(alloc_unbound(DOMID_SELF, 0x1234, &a), 0);
	EXPECT(bind_interdomain(DOMID_SELF, a, &b), -XEN_EINVAL);
	EXPECT(close(a), 0);
}

static void check_bad_ports(void)
{
	static const u32 bad[] = { 0, 1000, 4095, 4096, 131071, 131072, 0x7fffffff, 0x80000000, 0xffffffff };
	struct evtchn_bind_vcpu bv = { .vcpu = 0 };
	struct evtchn_status s;

	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT(send(bad[i]), -XEN_EINVAL);
		EXPECT(close(bad[i]), -XEN_EINVAL);
		bv.port = bad[i];
		EXPECT(event_op(EVTCHNOP_bind_vcpu, &bv), -XEN_EINVAL);
		if (bad[i] >= 131072) {
			EXPECT(unmask(bad[i]), -XEN_EINVAL);
			EXPECT(status(bad[i], &s), -XEN_EINVAL);
		}
	}
	memset(&s, 0, sizeof(s));
	s.dom = 0x1234;
	EXPECT(event_op(EVTCHNOP_status, &s), -XEN_ESRCH);
}

static void check_poll(void)
{
	evtchn_port_t ports[129];
	struct sched_poll p = { .nr_ports = 1 };
	u32 port;
	u64 began;

	EXPECT(bind_ipi(0, &port), 0);
	EXPECT(unmask(port), 0);
	for (unsigned i = 0; i < 129; i++)
		ports[i] = port;
	set_xen_guest_handle(p.ports, ports);
	EXPECT(send(port), 0);
	EXPECT(sched_op(SCHEDOP_poll, &p), 0);		/* pending already */
	clear(port);
	began = system_time();
	p.timeout = began + 3000000;
	EXPECT(sched_op(SCHEDOP_poll, &p), 0);
	CHECK(system_time() >= p.timeout, "poll came back %ld ns early", (long)(p.timeout - system_time()));
	p.nr_ports = 128;
	p.timeout = 1;
	EXPECT(sched_op(SCHEDOP_poll, &p), 0);		/* a time in the past */
	p.nr_ports = 129;
	EXPECT(sched_op(SCHEDOP_poll, &p), -XEN_EINVAL);
	p.nr_ports = 0xffffffff;
	EXPECT(sched_op(SCHEDOP_poll, &p), -XEN_EINVAL);
	p.nr_ports = 2;
	ports[1] = 0xffffffff;
	EXPECT(sched_op(SCHEDOP_poll, &p), -XEN_EINVAL);
	p.ports.p = (void *)8;
	EXPECT(sched_op(SCHEDOP_poll, &p), -XEN_EFAULT);
	EXPECT(close(port), 0);
}

static void check_limit(u32 least)
{
	u32 port, first = 0, last = 0, n = 0;
	long ret;

	while (!(ret = alloc_unbound(DOMID_SELF, DOMID_SELF, &port)) && n < 200000) {
		first = first ? first : port;
		last = port > last ? port : last;
		n++;
		if (n > 5000)		/* enough to see that there are more than of 2 levels */
			break;
	}
	CHECK(ret == 0 || ret == -XEN_ENOSPC, "at %u ports: %ld", n, ret);
	printf("%u ports, the last is %u, then %ld\n", n, last, ret);
	CHECK(n >= least, "only %u ports", n);
	CHECK(fifo || last < EVTCHN_2L_NR_CHANNELS, "port %u", last);
	for (u32 p = first; p <= last; p++)
		close(p);
	EXPECT(alloc_unbound(DOMID_SELF, DOMID_SELF, &port), 0);
	EXPECT(close(port), 0);
}

static void check_old_call(void)
{
	struct evtchn_op op = { .cmd = EVTCHNOP_bind_ipi, .u.bind_ipi.vcpu = 0 };

	long ret = hypercall(__HYPERVISOR_event_channel_op_compat, P(&op), 0, 0, 0);

	/* No kernel of this age makes it: it may be gone. */
	if (ret == -XEN_ENOSYS)
		return;
	EXPECT(ret, 0);
	EXPECT(close(op.u.bind_ipi.port), 0);
	op.cmd = 99;
	EXPECT(hypercall(__HYPERVISOR_event_channel_op_compat, P(&op), 0, 0, 0), -XEN_ENOSYS);
	EXPECT(hypercall(__HYPERVISOR_event_channel_op_compat, 8, 0, 0, 0), -XEN_EFAULT);
}

static void check_all(void)
{
	check_virqs();
	check_ipi();
	check_interdomain();
	check_bad_ports();
	check_poll();
	check_old_call();
}

static void switch_to_fifo(void)
{
	void *ctrl = alloc_page();
	struct evtchn_expand_array ex = { .array_gfn = va_mfn(root_table()) };
	struct evtchn_init_control ic = { .control_gfn = 0x200, .offset = 0, .vcpu = 0 };

	words = alloc_page();
	EXPECT_ERROR(event_op(EVTCHNOP_expand_array, &ex));	/* not before the switch */
	EXPECT_ERROR(event_op(EVTCHNOP_init_control, &ic));	/* not our frame */
	ic.control_gfn = va_mfn(root_table());
	EXPECT_ERROR(event_op(EVTCHNOP_init_control, &ic));	/* a page table */
	ic.control_gfn = va_mfn(ctrl);
	ic.offset = 4092;
	EXPECT(event_op(EVTCHNOP_init_control, &ic), -XEN_EINVAL);
	ic.offset = 4;
	EXPECT(event_op(EVTCHNOP_init_control, &ic), -XEN_EINVAL);
	ic.offset = 0xfffffff8;
	EXPECT(event_op(EVTCHNOP_init_control, &ic), -XEN_EINVAL);
	ic.offset = 64;
	ic.vcpu = 999;
	EXPECT(event_op(EVTCHNOP_init_control, &ic), -XEN_ENOENT);
	ic.vcpu = 0;
	EXPECT(event_op(EVTCHNOP_init_control, &ic), 0);
	EXPECT(ic.link_bits, EVTCHN_FIFO_LINK_BITS);
	control = (void *)((char *)ctrl + 64);
	EXPECT_ERROR(event_op(EVTCHNOP_expand_array, &ex));
	ex.array_gfn = 0x200;
	EXPECT_ERROR(event_op(EVTCHNOP_expand_array, &ex));
	ex.array_gfn = va_mfn(words);
	EXPECT(event_op(EVTCHNOP_expand_array, &ex), 0);
	words_ports = PAGE_SIZE / sizeof(event_word_t);
	fifo = true;
	EXPECT_ERROR(pin(1, va_mfn(words)));			/* held as writable */
}

static void check_priorities(void)
{
	struct evtchn_set_priority prio;
	u32 port[3], order[8];

	for (unsigned i = 0; i < 3; i++) {
		EXPECT(bind_ipi(0, &port[i]), 0);
		EXPECT(unmask(port[i]), 0);
		prio.port = port[i];
		prio.priority = 12 - 4 * i;
		EXPECT(event_op(EVTCHNOP_set_priority, &prio), 0);
	}
	prio.priority = 16;
	EXPECT(event_op(EVTCHNOP_set_priority, &prio), -XEN_EINVAL);
	prio.priority = 0;
	prio.port = 0xffffffff;
	EXPECT(event_op(EVTCHNOP_set_priority, &prio), -XEN_EINVAL);
	drain(order, 8);
	for (unsigned i = 0; i < 3; i++)
		EXPECT(send(port[i]), 0);
	EXPECT(control->ready, 1 << 12 | 1 << 8 | 1 << 4);
	EXPECT(drain(order, 8), 3);
	EXPECT(order[0], port[2]);
	EXPECT(order[2], port[0]);
	/* Two of one queue: linked in order. */
	for (unsigned i = 0; i < 3; i++) {
		words[port[i]] &= ~(1U << EVTCHN_FIFO_PENDING);
		prio.port = port[i];
		prio.priority = 7;
		EXPECT(event_op(EVTCHNOP_set_priority, &prio), 0);
	}
	for (unsigned i = 0; i < 3; i++)
		EXPECT(send(port[i]), 0);
	EXPECT(control->ready, 1 << 7);
	EXPECT(drain(order, 8), 3);
	for (unsigned i = 0; i < 3; i++) {
		EXPECT(order[i], port[i]);
		EXPECT(close(port[i]), 0);
	}
	/* The guest spoils its own words: links to nowhere. Only its own events may suffer. */
	EXPECT(bind_ipi(0, &port[0]), 0);
	EXPECT(unmask(port[0]), 0);
	words[port[0]] = 0x1ffff | 1U << EVTCHN_FIFO_LINKED;
	send(port[0]);
	control->head[7] = 0x1fffe;
	send(port[0]);
	words[port[0]] = 1U << EVTCHN_FIFO_BUSY;
	send(port[0]);
	EXPECT(close(port[0]), 0);
}

void test_main(void)
{
	struct evtchn_reset reset = { .dom = DOMID_SELF };
	u32 port;

	check_all();
	check_limit(1000);		/* a guest's limit is its toolstack's choice */
	switch_to_fifo();
	printf("FIFO\n");
	check_all();
	check_priorities();
	EXPECT(alloc_unbound(DOMID_SELF, DOMID_SELF, &port), 0);
	/* The first domain may have more ports than 2 levels hold. */
	for (unsigned i = 0; i < EVTCHN_2L_NR_CHANNELS && port < EVTCHN_2L_NR_CHANNELS && is_dom0(); i++)
		alloc_unbound(DOMID_SELF, DOMID_SELF, &port);
	EXPECT(event_op(EVTCHNOP_reset, &reset), 0);
	fifo = false;
	expect_status(port, EVTCHNSTAT_closed);
	unmask(port);		/* the two-level ABI has no bit for it: refused, or nothing is done */
	printf("after reset\n");
	check_all();
	memset(words, 0, PAGE_SIZE);
	EXPECT(make_ro(words), 0);
	EXPECT(pin(1, va_mfn(words)), 0);	/* the hypervisor has let go of the page */
}
