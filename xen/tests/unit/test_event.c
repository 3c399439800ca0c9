/* SPDX-License-Identifier: GPL-2.0-only */
/* sources: common/event/channel.c common/event/two_level.c common/event/fifo.c common/event/virq.c common/event/op.c common/hcall/subop.c common/hcall/privilege.c */
/* Event channels: both ABIs, seen from two domains that share one fake CPU. */
#include <xen/domain_if.h>
#include <xen/hypercall.h>
#include <xen/irq.h>
#include <xen/sched.h>
#include <xen/string.h>
#include "unit.h"

/* -- what the event code needs of its neighbours ------------------------------------------------------------------------ */

struct domain *hardware_domain;
static struct domain *dom[2];
static unsigned int kicks, unblocks;

static struct domain *new_domain(domid_t id, unsigned int vcpus)
{
	struct domain *d = alloc_xenheap_zeroed_page();

	d->domain_id = id;
	atomic_set(&d->refcnt, 1);
	d->max_vcpus = vcpus;
	d->vcpu = xzalloc_array(struct vcpu *, vcpus);
	d->shared_info = alloc_xenheap_zeroed_page();
	for (unsigned int i = 0; i < vcpus; i++) {
		struct vcpu *v = alloc_xenheap_zeroed_page();

		v->domain = d;
		v->vcpu_id = i;
		v->vcpu_info = &d->shared_info->vcpu_info[i];
		d->vcpu[i] = v;
	}
	CHECK_EQ(evtchn_init(d, ~0U), 0);
	return d;
}

static void free_domain(struct domain *d)
{
	d->is_dying = DOMDYING_dying;
	CHECK_EQ(evtchn_destroy(d), 0);
	CHECK_EQ(atomic_read(&d->active_evtchns), 0);
	evtchn_destroy_final(d);
	for (unsigned int i = 0; i < d->max_vcpus; i++)
		free_xenheap_page(d->vcpu[i]);
	xfree(d->vcpu);
	free_xenheap_page(d->shared_info);
	free_xenheap_page(d);
}

/* What another CPU does meanwhile: before the n-th lock from now is taken. */
static void (*meanwhile)(void);
static unsigned int locks_before;

void spin_lock(spinlock_t *l)
{
	if (meanwhile && !--locks_before) {
		void (*fn)(void) = meanwhile;

		meanwhile = NULL;
		fn();
	}
	BUG_ON(l->head);
	l->head = 1;
}

static void setup(void)
{
	dom[0] = new_domain(0, 2);
	dom[1] = new_domain(1, 2);
	hardware_domain = dom[0];
	dom[0]->is_privileged = true;
	kicks = unblocks = 0;
	set_current(dom[0]->vcpu[0]);
}

static void teardown(void)
{
	free_domain(dom[1]);
	free_domain(dom[0]);
}

struct domain *domain_by_any_id(domid_t id)
{
	return id == DOMID_SELF ? current->domain : id < 2 ? dom[id] : NULL;
}

bool get_domain(struct domain *d)
{
	atomic_inc(&d->refcnt);
	return true;
}

void domain_destroy_final(struct domain *d) {}
int domain_pause_except_self(struct domain *d) { return 0; }
void domain_unpause_except_self(struct domain *d) {}
void vcpu_kick(struct vcpu *v) { kicks++; }

void vcpu_unblock(struct vcpu *v)
{
	unblocks++;
	v->poll_evtchn = 0;
}

static u32 pirq_slot;
u32 *pirq_evtchn_slot(struct domain *d, unsigned int pirq) { return pirq == 9 ? &pirq_slot : NULL; }
int pirq_guest_bind(struct vcpu *v, unsigned int pirq, bool will_share) { return 0; }
void pirq_guest_unbind(struct domain *d, unsigned int pirq) { pirq_slot = 0; }
void pirq_set_affinity(struct domain *d, unsigned int pirq, unsigned int cpu) {}
long hypercall_create_continuation(unsigned int op, unsigned int nargs, const unsigned long *args) { return -ERESTART; }

/* -- as a guest calls ------------------------------------------------------------------------------------------------------- */

static long call(unsigned int id, unsigned int cmd, void *arg)
{
	set_current(dom[id]->vcpu[0]);
	return do_event_channel_op(cmd, (unsigned long)arg);
}

static u32 unbound(unsigned int in, unsigned int remote)
{
	struct evtchn_alloc_unbound a = { DOMID_SELF, remote, 0 };

	CHECK_EQ(call(in, EVTCHNOP_alloc_unbound, &a), 0);
	return a.port;
}

static long bind(unsigned int id, unsigned int remote, u32 rport, u32 *port)
{
	struct evtchn_bind_interdomain b = { remote, rport, 0 };
	long rc = call(id, EVTCHNOP_bind_interdomain, &b);

	*port = b.local_port;
	return rc;
}

static long op_port(unsigned int id, unsigned int cmd, u32 port)
{
	return call(id, cmd, &port);
}

static u32 status_of(unsigned int id, u32 port)
{
	struct evtchn_status s = { .dom = DOMID_SELF, .port = port };

	CHECK_EQ(call(id, EVTCHNOP_status, &s), 0);
	return s.status;
}

static bool pending(unsigned int id, u32 port)
{
	return test_bit(port, dom[id]->shared_info->evtchn_pending);
}

UNIT(a_channel_between_two)
{
	u32 p0, p1;

	setup();
	p1 = unbound(1, 0);
	CHECK_EQ(status_of(1, p1), EVTCHNSTAT_unbound);
	CHECK_EQ(op_port(1, EVTCHNOP_send, p1), 0);	/* nobody there: lost without harm */
	CHECK_EQ(bind(0, 1, p1, &p0), 0);
	CHECK(pending(0, p0));				/* made up for */
	CHECK_EQ(op_port(0, EVTCHNOP_send, p0), 0);
	CHECK(pending(1, p1));
	CHECK_EQ(dom[1]->vcpu[0]->vcpu_info->evtchn_upcall_pending, 1);
	CHECK_EQ(dom[1]->vcpu[0]->vcpu_info->evtchn_pending_sel, 1);
	CHECK_EQ(op_port(0, EVTCHNOP_close, p0), 0);
	CHECK_EQ(status_of(0, p0), EVTCHNSTAT_closed);
	CHECK_EQ(status_of(1, p1), EVTCHNSTAT_unbound);
	CHECK_EQ(op_port(0, EVTCHNOP_close, p0), -EINVAL);
	teardown();
}

UNIT(only_the_named_remote_may_bind)
{
	u32 port, p0;

	setup();
	port = unbound(1, 1);
	CHECK_EQ(bind(0, 1, port, &p0), -EINVAL);
	CHECK_EQ(bind(0, 1, 0, &p0), -EINVAL);
	CHECK_EQ(bind(0, 1, 1u << 30, &p0), -EINVAL);
	CHECK_EQ(bind(0, 7, port, &p0), -ESRCH);
	CHECK_EQ(bind(1, 1, port, &p0), 0);		/* loop-back */
	CHECK_EQ(op_port(1, EVTCHNOP_close, port), 0);
	CHECK_EQ(status_of(1, p0), EVTCHNSTAT_unbound);
	teardown();
}

UNIT(a_guest_may_not_make_ports_elsewhere)
{
	struct evtchn_alloc_unbound a = { 0, 1, 0 };
	struct evtchn_status s = { .dom = 0, .port = 1 };

	setup();
	CHECK_EQ(call(1, EVTCHNOP_alloc_unbound, &a), -EPERM);
	CHECK_EQ(call(1, EVTCHNOP_status, &s), -EPERM);
	a.dom = 1;
	CHECK_EQ(call(0, EVTCHNOP_alloc_unbound, &a), 0);
	teardown();
}

UNIT(masked_events_do_not_disturb)
{
	struct evtchn_bind_ipi b = { .vcpu = 1 };
	struct vcpu_info *vi;

	setup();
	vi = dom[1]->vcpu[1]->vcpu_info;
	CHECK_EQ(call(1, EVTCHNOP_bind_ipi, &b), 0);
	set_bit(b.port, dom[1]->shared_info->evtchn_mask);
	CHECK_EQ(op_port(1, EVTCHNOP_send, b.port), 0);
	CHECK(pending(1, b.port));
	CHECK_EQ(vi->evtchn_upcall_pending, 0);
	CHECK_EQ(op_port(1, EVTCHNOP_unmask, b.port), 0);
	CHECK_EQ(vi->evtchn_upcall_pending, 1);
	CHECK_EQ(kicks, 1);
	CHECK_EQ(op_port(1, EVTCHNOP_send, b.port), 0);	/* already pending: no second kick */
	CHECK_EQ(kicks, 1);
	b.vcpu = 2;
	CHECK_EQ(call(1, EVTCHNOP_bind_ipi, &b), -ENOENT);
	teardown();
}

UNIT(virqs)
{
	struct evtchn_bind_virq b = { .virq = VIRQ_TIMER, .vcpu = 1 };
	struct evtchn_bind_vcpu bv;

	setup();
	CHECK_EQ(call(1, EVTCHNOP_bind_virq, &b), 0);
	CHECK_EQ(call(1, EVTCHNOP_bind_virq, &b), -EEXIST);
	send_guest_vcpu_virq(dom[1]->vcpu[0], VIRQ_TIMER);
	CHECK(!pending(1, b.port));
	send_guest_vcpu_virq(dom[1]->vcpu[1], VIRQ_TIMER);
	CHECK(pending(1, b.port));
	bv = (struct evtchn_bind_vcpu){ b.port, 0 };
	CHECK_EQ(call(1, EVTCHNOP_bind_vcpu, &bv), -EINVAL);	/* a vcpu's own stays there */
	CHECK_EQ(op_port(1, EVTCHNOP_close, b.port), 0);
	CHECK(!pending(1, b.port));
	send_guest_vcpu_virq(dom[1]->vcpu[1], VIRQ_TIMER);
	CHECK(!pending(1, b.port));
	b = (struct evtchn_bind_virq){ .virq = VIRQ_DOM_EXC, .vcpu = 1 };
	CHECK_EQ(call(0, EVTCHNOP_bind_virq, &b), -EINVAL);	/* global ones: vcpu 0 */
	b.vcpu = 0;
	CHECK_EQ(call(0, EVTCHNOP_bind_virq, &b), 0);
	send_global_virq(VIRQ_DOM_EXC);
	CHECK(pending(0, b.port));
	b.virq = 24;
	CHECK_EQ(call(0, EVTCHNOP_bind_virq, &b), -EINVAL);
	teardown();
}

UNIT(pirqs)
{
	struct evtchn_bind_pirq b = { .pirq = 9 };
	struct evtchn_bind_vcpu bv;

	setup();
	CHECK_EQ(call(0, EVTCHNOP_bind_pirq, &b), 0);
	CHECK_EQ(call(0, EVTCHNOP_bind_pirq, &b), -EEXIST);
	send_guest_pirq(dom[0], 9);
	CHECK(pending(0, b.port));
	bv = (struct evtchn_bind_vcpu){ b.port, 1 };
	CHECK_EQ(call(0, EVTCHNOP_bind_vcpu, &bv), 0);
	CHECK_EQ(dom[0]->vcpu[0]->pirq_ports, 0);
	CHECK_EQ(dom[0]->vcpu[1]->pirq_ports, b.port);
	CHECK_EQ(op_port(0, EVTCHNOP_close, b.port), 0);
	CHECK_EQ(dom[0]->vcpu[1]->pirq_ports, 0);
	b.pirq = 8;
	CHECK_EQ(call(0, EVTCHNOP_bind_pirq, &b), -EINVAL);
	teardown();
}

UNIT(ports_run_out_and_come_back)
{
	struct evtchn_bind_ipi b = {};
	u32 n = 0;

	setup();
	while (call(1, EVTCHNOP_bind_ipi, &b) == 0)
		n++;
	CHECK_EQ(n, 4095);
	CHECK_EQ(call(1, EVTCHNOP_bind_ipi, &b), -ENOSPC);
	CHECK_EQ(op_port(1, EVTCHNOP_close, 77), 0);
	CHECK_EQ(call(1, EVTCHNOP_bind_ipi, &b), 0);
	CHECK_EQ(b.port, 77);
	dom[1]->max_evtchn_port = 10;
	CHECK_EQ(op_port(1, EVTCHNOP_close, 77), 0);
	fake_said = "";
	CHECK_EQ(call(1, EVTCHNOP_bind_ipi, &b), -ENOSPC);	/* the domain's own limit */
	CHECK(strstr(fake_said, "max_event_channels"));
	teardown();
}

UNIT(no_memory_for_ports)
{
	struct evtchn_bind_ipi b = {};
	long rc;

	setup();
	for (int i = 0; i < 127; i++)
		CHECK_EQ(call(1, EVTCHNOP_bind_ipi, &b), 0);
	fake_xmallocs_to_fail = 1;
	rc = call(1, EVTCHNOP_bind_ipi, &b);
	CHECK_EQ(rc, -ENOMEM);
	CHECK_EQ(call(1, EVTCHNOP_bind_ipi, &b), 0);
	teardown();
}

UNIT(bad_arguments)
{
	u32 port = 5;

	setup();
	CHECK_EQ(call(1, 99, &port), -ENOSYS);
	CHECK_EQ(call(1, EVTCHNOP_send, NULL), -EFAULT);
	CHECK_EQ(call(1, EVTCHNOP_close, NULL), -EFAULT);
	CHECK_EQ(op_port(1, EVTCHNOP_send, 0), -EINVAL);
	CHECK_EQ(op_port(1, EVTCHNOP_send, ~0U), -EINVAL);
	CHECK_EQ(op_port(1, EVTCHNOP_close, 0), -EINVAL);
	CHECK_EQ(op_port(1, EVTCHNOP_unmask, ~0U), -EINVAL);
	teardown();
}

UNIT(pollers_are_woken)
{
	struct evtchn_bind_ipi b = {};
	struct vcpu *v;

	setup();
	v = dom[1]->vcpu[1];
	CHECK_EQ(call(1, EVTCHNOP_bind_ipi, &b), 0);
	set_bit(b.port, dom[1]->shared_info->evtchn_mask);
	v->poll_evtchn = b.port + 1;
	set_bit(1, dom[1]->poll_mask);
	op_port(1, EVTCHNOP_send, b.port);
	CHECK_EQ(unblocks, 0);
	clear_bit(b.port, dom[1]->shared_info->evtchn_pending);
	v->poll_evtchn = b.port;
	op_port(1, EVTCHNOP_send, b.port);
	CHECK_EQ(unblocks, 1);
	teardown();
}

/* -- FIFO -------------------------------------------------------------------------------------------------------------------- */

#define PENDING	(1u << EVTCHN_FIFO_PENDING)
#define MASKED	(1u << EVTCHN_FIFO_MASKED)
#define LINKED	(1u << EVTCHN_FIFO_LINKED)

static u64 control_mfn[2], array_mfn;
static struct evtchn_fifo_control_block *cb;	/* of vcpu 0 */
static u32 *words;

static void fifo_control(u32 vcpu)
{
	struct evtchn_init_control ic = { .offset = 64, .vcpu = vcpu };

	ic.control_gfn = control_mfn[vcpu] = fake_guest_page(dom[1]);
	CHECK_EQ(call(1, EVTCHNOP_init_control, &ic), 0);
	CHECK_EQ(ic.link_bits, 17);
	CHECK_EQ(call(1, EVTCHNOP_init_control, &ic), -EINVAL);
	if (!vcpu)
		cb = mfn_to_virt(_mfn(ic.control_gfn)) + 64;
}

static void fifo_array(void)
{
	struct evtchn_expand_array ea;

	ea.array_gfn = array_mfn = fake_guest_page(dom[1]);
	words = mfn_to_virt(_mfn(array_mfn));
	CHECK_EQ(call(1, EVTCHNOP_expand_array, &ea), 0);
}

static void fifo_setup(void)
{
	setup();
	fifo_control(0);
	fifo_control(1);
	fifo_array();
}

static void release(u64 mfn)
{
	struct page_info *pg = mfn_to_page(_mfn(mfn));

	CHECK_EQ(pg->type_info & PGT_count_mask, 0);	/* nothing is held any more */
	CHECK_EQ(pg->count_info & PGC_count_mask, 1);
	free_xenheap_page(mfn_to_virt(_mfn(mfn)));
}

static void fifo_teardown(void)
{
	teardown();
	release(control_mfn[0]);
	release(control_mfn[1]);
	release(array_mfn);
}

static u32 ipi(u32 vcpu)
{
	struct evtchn_bind_ipi b = { .vcpu = vcpu };

	CHECK_EQ(call(1, EVTCHNOP_bind_ipi, &b), 0);
	return b.port;
}

/* What a guest does: take the first port of queue q; 0: empty. */
static u32 consume(unsigned int q, u32 *head)
{
	u32 port = *head, link;

	if (!port)
		port = cb->head[q];
	if (!port)
		return 0;
	link = words[port] & EVTCHN_FIFO_LINK_MASK;
	words[port] &= ~(LINKED | PENDING | EVTCHN_FIFO_LINK_MASK);
	*head = link;
	if (!link)
		cb->head[q] = 0;
	return port;
}

UNIT(fifo_keeps_the_order)
{
	u32 port[5], head = 0;

	fifo_setup();
	for (int i = 0; i < 5; i++)
		port[i] = ipi(0);
	for (int i = 4; i >= 0; i--)
		CHECK_EQ(op_port(1, EVTCHNOP_send, port[i]), 0);
	CHECK_EQ(cb->ready, 1u << EVTCHN_FIFO_PRIORITY_DEFAULT);
	CHECK_EQ(dom[1]->vcpu[0]->vcpu_info->evtchn_upcall_pending, 1);
	for (int i = 4; i >= 0; i--)
		CHECK_EQ(consume(EVTCHN_FIFO_PRIORITY_DEFAULT, &head), port[i]);
	CHECK_EQ(consume(EVTCHN_FIFO_PRIORITY_DEFAULT, &head), 0);
	CHECK_EQ(op_port(1, EVTCHNOP_send, port[2]), 0);	/* the queue starts anew */
	CHECK_EQ(cb->head[EVTCHN_FIFO_PRIORITY_DEFAULT], port[2]);
	fifo_teardown();
}

UNIT(fifo_priorities)
{
	struct evtchn_set_priority sp;
	u32 a, b, head = 0;

	fifo_setup();
	a = ipi(0);
	b = ipi(0);
	sp = (struct evtchn_set_priority){ b, 0 };
	CHECK_EQ(call(1, EVTCHNOP_set_priority, &sp), 0);
	op_port(1, EVTCHNOP_send, a);
	op_port(1, EVTCHNOP_send, b);
	CHECK_EQ(cb->ready, 1u << 0 | 1u << 7);
	CHECK_EQ(cb->head[0], b);
	CHECK_EQ(cb->head[7], a);
	/* The tail of queue 7 moves to another: what follows in 7 must not be hung on it. */
	CHECK_EQ(consume(7, &head), a);
	sp = (struct evtchn_set_priority){ a, 3 };
	call(1, EVTCHNOP_set_priority, &sp);
	op_port(1, EVTCHNOP_send, a);
	CHECK_EQ(cb->head[3], a);
	cb->ready = 0;
	op_port(1, EVTCHNOP_send, ipi(0));
	CHECK_EQ(words[a] & EVTCHN_FIFO_LINK_MASK, 0);
	CHECK_EQ(cb->ready, 1u << 7);
	sp.priority = 16;
	CHECK_EQ(call(1, EVTCHNOP_set_priority, &sp), -EINVAL);
	fifo_teardown();
}

static u32 moved;

/* It goes into another queue, and the guest takes it out of that. */
static void moves(void)
{
	struct evtchn_set_priority sp = { moved, 3 };
	struct vcpu *sender = current;
	u32 head = 0;

	CHECK_EQ(call(1, EVTCHNOP_set_priority, &sp), 0);
	CHECK_EQ(op_port(1, EVTCHNOP_unmask, moved), 0);
	CHECK_EQ(cb->head[3], moved);
	CHECK_EQ(consume(3, &head), moved);
	cb->ready = 0;
	sp.priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
	CHECK_EQ(call(1, EVTCHNOP_set_priority, &sp), 0);
	set_current(sender);
}

/*
 * A port is sent to while another CPU has it go through a second queue. It must not stay that one's tail: the next event there would be
 * hung on it in the first queue, where the guest does not look for it, and what followed it there would be lost.
 */
UNIT(fifo_moves_while_it_is_sent_to)
{
	struct evtchn_set_priority sp = { .priority = 3 };
	u32 port, other, head = 0;

	fifo_setup();
	port = unbound(1, 0);
	moved = port;
	CHECK_EQ(bind(0, 1, port, &other), 0);
	words[port] = 0;
	CHECK_EQ(op_port(0, EVTCHNOP_send, other), 0);
	CHECK_EQ(consume(EVTCHN_FIFO_PRIORITY_DEFAULT, &head), port);
	cb->ready = 0;
	meanwhile = moves;
	locks_before = 2;	/* that of the sender's port, that of the queue */
	CHECK_EQ(op_port(0, EVTCHNOP_send, other), 0);
	CHECK(!meanwhile);
	CHECK_EQ(cb->head[EVTCHN_FIFO_PRIORITY_DEFAULT], port);
	sp.port = ipi(0);
	CHECK_EQ(call(1, EVTCHNOP_set_priority, &sp), 0);
	CHECK_EQ(op_port(1, EVTCHNOP_send, sp.port), 0);
	CHECK_EQ(words[port] & EVTCHN_FIFO_LINK_MASK, 0);
	CHECK_EQ(cb->head[3], sp.port);
	CHECK_EQ(cb->ready, 1u << 3 | 1u << EVTCHN_FIFO_PRIORITY_DEFAULT);
	fifo_teardown();
}

UNIT(fifo_masks)
{
	u32 p;

	fifo_setup();
	p = ipi(0);
	words[p] |= MASKED;
	op_port(1, EVTCHNOP_send, p);
	CHECK_EQ(words[p], PENDING | MASKED);
	CHECK_EQ(cb->ready, 0);
	CHECK_EQ(op_port(1, EVTCHNOP_unmask, p), 0);
	CHECK_EQ(words[p], PENDING | LINKED);
	CHECK_EQ(cb->ready, 1u << 7);
	CHECK_EQ(op_port(1, EVTCHNOP_close, p), 0);
	CHECK(!(words[p] & PENDING));
	CHECK(ipi(0) != p);		/* still linked: not given out again */
	fifo_teardown();
}

/* Events that come before the page or the control block is there are not lost. */
UNIT(fifo_late_pages)
{
	u32 p, q;

	setup();
	p = ipi(0);
	op_port(1, EVTCHNOP_send, p);	/* still two-level */
	fifo_control(0);
	q = ipi(1);
	op_port(1, EVTCHNOP_send, q);
	fifo_array();
	CHECK(words[p] & PENDING && words[p] & LINKED);
	CHECK(words[q] & PENDING && !(words[q] & LINKED));
	fifo_control(1);
	CHECK(words[q] & LINKED);
	fifo_teardown();
}

UNIT(fifo_bad_setup)
{
	struct evtchn_init_control ic = { .control_gfn = 1, .vcpu = 0 };
	struct evtchn_expand_array ea = { 1 };
	u64 others;

	setup();
	CHECK_EQ(call(1, EVTCHNOP_expand_array, &ea), -ENOSYS);
	CHECK_EQ(call(1, EVTCHNOP_init_control, &ic), -EINVAL);
	others = fake_guest_page(dom[0]);
	ic.control_gfn = others;
	CHECK_EQ(call(1, EVTCHNOP_init_control, &ic), -EINVAL);
	ic.offset = 4096 - 64;
	CHECK_EQ(call(1, EVTCHNOP_init_control, &ic), -EINVAL);
	ic.offset = 4;
	CHECK_EQ(call(1, EVTCHNOP_init_control, &ic), -EINVAL);
	ic.vcpu = 2;
	CHECK_EQ(call(1, EVTCHNOP_init_control, &ic), -ENOENT);
	CHECK_EQ(op_port(1, EVTCHNOP_send, ipi(0)), 0);
	teardown();
	free_xenheap_page(mfn_to_virt(_mfn(others)));
}

/* A guest that scribbles over words and heads at random hurts nobody, and all is let go of in the end. */
UNIT(fifo_hostile_words)
{
	u32 port[64];

	fifo_setup();
	for (int i = 0; i < 64; i++)
		port[i] = ipi(i & 1);
	for (int i = 0; i < 20000; i++) {
		struct evtchn_set_priority sp = { port[unit_random() % 64], unit_random() % 16 };

		words[unit_random() % 1024] = unit_random();
		if (i % 7 == 0)
			cb->head[unit_random() % 16] = unit_random();
		if (i % 5 == 0)
			cb->ready = 0;
		if (i % 3 == 0)
			call(1, EVTCHNOP_set_priority, &sp);
		op_port(1, i & 1 ? EVTCHNOP_send : EVTCHNOP_unmask, port[unit_random() % 64]);
	}
	fifo_teardown();
}

UNIT(fifo_many_ports_and_reset)
{
	struct evtchn_reset r = { DOMID_SELF };
	u64 extra[4];

	fifo_setup();
	for (int i = 0; i < 4; i++) {
		struct evtchn_expand_array ea = { extra[i] = fake_guest_page(dom[1]) };

		CHECK_EQ(call(1, EVTCHNOP_expand_array, &ea), 0);
	}
	for (int i = 0; i < 5000; i++)
		CHECK_EQ(op_port(1, EVTCHNOP_send, ipi(i & 1)), 0);
	CHECK_EQ(call(1, EVTCHNOP_reset, &r), 0);
	CHECK_EQ(atomic_read(&dom[1]->active_evtchns), 0);
	CHECK(!dom[1]->evtchn_fifo && !dom[1]->vcpu[0]->evtchn_fifo);
	CHECK_EQ(ipi(0), 1);
	fifo_teardown();
	for (int i = 0; i < 4; i++)
		release(extra[i]);
}

/* Two domains open, bind, send and close at random; nothing dangles. */
UNIT(random_life)
{
	setup();
	for (int i = 0; i < 50000; i++) {
		unsigned int id = unit_random() & 1;
		u32 port = unit_random() % 40, out;

		switch (unit_random() % 6) {
		case 0:
			unbound(id, !id);
			break;
		case 1:
		case 2:
			bind(id, !id, port, &out);
			break;
		case 3:
		case 4:
			op_port(id, EVTCHNOP_close, port);
			break;
		default:
			op_port(id, EVTCHNOP_send, port);
		}
	}
	teardown();
}

UNIT(nothing_leaked)
{
	CHECK_EQ(fake_xmallocs, 0);
}
