/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The FIFO event ABI: a word for each port (pending, masked, linked, next port) in pages that the guest gave, and 16 queues
 * for each vcpu, one a priority, whose heads are in a control block that the guest gave.
 *
 * 1. All words, heads and ready bits are the guest's to write at any time. We keep nothing there that we must trust: the tails
 *    are ours, and each loop over a changing word is bounded. A guest that scribbles loses events, its own.
 * 2. LINKED goes from 0 to 1 by us only, under the lock of the queue that the port was linked into last and of the one it
 *    goes into. So a port is in one queue, and a tail is never that of two.
 * 3. A port whose word or whose vcpu's control block is not there yet is remembered as pending and linked when it comes.
 */
#include <xen/sched.h>
#include <asm/processor.h>

#define WORDS_PER_PAGE	(PAGE_SIZE / sizeof(event_word_t))
#define MAX_PAGES	(EVTCHN_FIFO_NR_CHANNELS / WORDS_PER_PAGE)
#define LINK_TRIES	4

#define PENDING		(1U << EVTCHN_FIFO_PENDING)
#define MASKED		(1U << EVTCHN_FIFO_MASKED)
#define LINKED		(1U << EVTCHN_FIFO_LINKED)
#define BUSY		(1U << EVTCHN_FIFO_BUSY)
#define LINK_MASK	((u32)EVTCHN_FIFO_LINK_MASK)

struct queue {
	spinlock_t lock;
	u32 tail;		/* last port put in; 0: none */
	u8 priority;
};

struct evtchn_fifo_vcpu {
	struct evtchn_fifo_control_block *cb;	/* NULL: not given yet */
	struct queue queue[EVTCHN_FIFO_MAX_QUEUES];
};

struct evtchn_fifo_domain {
	unsigned int nr_words;
	event_word_t *page[MAX_PAGES];
};

static event_word_t *word_of(const struct domain *d, u32 port)
{
	const struct evtchn_fifo_domain *f = d->evtchn_fifo;

	if (!f || port >= READ_ONCE(f->nr_words))
		return NULL;
	return &f->page[port / WORDS_PER_PAGE][port % WORDS_PER_PAGE];
}

static bool clear_bits32(event_word_t *word, u32 bits)
{
	return __atomic_fetch_and(word, ~bits, __ATOMIC_SEQ_CST) & bits;
}

/* -- queues ------------------------------------------------------------------------------------------------------------ */

/* That which chn was in last; q, where it goes, before it was in any. */
static struct queue *last_queue(const struct domain *d, const struct evtchn *chn, struct queue *q)
{
	const struct vcpu *v = d->vcpu[chn->last_vcpu_id];

	return v && v->evtchn_fifo ? &v->evtchn_fifo->queue[chn->last_priority] : q;
}

/* Lock q and the queue that chn was in last (returned; may be q). Interrupts are off. */
static struct queue *lock_queues(const struct domain *d, const struct evtchn *chn, struct queue *q)
{
	for (;;) {
		struct queue *old = last_queue(d, chn, q);
		struct queue *first = old < q ? old : q, *second = old < q ? q : old;

		spin_lock(&first->lock);
		if (first != second)
			spin_lock(&second->lock);
		/* Another may have put it into a third queue meanwhile, also when these two are one. */
		if (likely(last_queue(d, chn, q) == old))
			return old;
		if (first != second)
			spin_unlock(&second->lock);
		spin_unlock(&first->lock);
	}
}

static void unlock_queues(struct queue *a, struct queue *b)
{
	spin_unlock(&a->lock);
	if (a != b)
		spin_unlock(&b->lock);
}

/* 1: *word links to port now; 0: it is no longer in the queue; -1: it keeps changing. */
static int try_link(event_word_t *word, u32 port)
{
	for (unsigned int i = 0; i < LINK_TRIES; i++) {
		event_word_t w = READ_ONCE(*word);

		if (!(w & LINKED))
			return 0;
		if (cmpxchg(word, w, (w & ~(BUSY | LINK_MASK)) | port) == w)
			return 1;
	}
	return -1;
}

/* Append port to the tail's word, unless the guest has taken that one out. */
static bool set_link(event_word_t *word, u32 port)
{
	int rc = try_link(word, port);

	if (rc < 0) {
		__atomic_fetch_or(word, BUSY, __ATOMIC_SEQ_CST);	/* the guest keeps its hands off */
		rc = try_link(word, port);
		if (rc <= 0)
			clear_bits32(word, BUSY);
	}
	return rc > 0;
}

/* Queue locks held. True: the queue was empty for the guest, it starts at port now. */
static bool append(const struct domain *d, struct evtchn_fifo_vcpu *f, struct queue *q, u32 port)
{
	bool linked = q->tail && set_link(word_of(d, q->tail), port);

	if (!linked)
		WRITE_ONCE(f->cb->head[q->priority], port);
	q->tail = port;
	return !linked;
}

/* Put a pending port into its queue, if it is neither masked nor in one. */
static void link_event(struct vcpu *v, struct evtchn *chn, event_word_t *word)
{
	struct evtchn_fifo_vcpu *f = v->evtchn_fifo;
	struct queue *q, *old;
	unsigned long flags;
	bool first = false;

	if (READ_ONCE(*word) & (MASKED | LINKED) || !f || !READ_ONCE(f->cb))
		return;
	q = &f->queue[chn->priority];
	local_irq_save(flags);
	old = lock_queues(v->domain, chn, q);
	if (!test_and_set_bit32(EVTCHN_FIFO_LINKED, word)) {
		/* If it ended a queue, the guest has emptied that one: nothing may be appended to it there. */
		if (old->tail == chn->port)
			old->tail = 0;
		chn->last_vcpu_id = v->vcpu_id;
		chn->last_priority = q->priority;
		first = append(v->domain, f, q, chn->port);
	}
	unlock_queues(q, old);
	local_irq_restore(flags);
	if (first && !test_and_set_bit32(q->priority, &f->cb->ready))
		vcpu_mark_events_pending(v);
}

/* -- rows --------------------------------------------------------------------------------------------------------------- */

static void fifo_set_pending(struct vcpu *v, struct evtchn *chn)
{
	struct domain *d = v->domain;
	event_word_t *word = word_of(d, chn->port);
	bool was;

	if (!word) {
		chn->pending = true;
		smp_mb();	/* pairs with expand(): it sees this, or we see the page */
		word = word_of(d, chn->port);
		if (!word)
			return;
	}
	was = test_and_set_bit32(EVTCHN_FIFO_PENDING, word);
	link_event(v, chn, word);
	if (!was)
		evtchn_check_pollers(d, chn->port);
}

static void fifo_clear_pending(struct domain *d, struct evtchn *chn)
{
	event_word_t *word = word_of(d, chn->port);

	/* It may stay linked: the guest ignores what is not pending. */
	if (word)
		clear_bits32(word, PENDING);
	chn->pending = false;
}

static void fifo_unmask(struct domain *d, struct evtchn *chn)
{
	event_word_t *word = word_of(d, chn->port);
	struct vcpu *v = d->vcpu[chn->notify_vcpu_id];

	if (!word)
		return;
	clear_bits32(word, MASKED);
	if (v && READ_ONCE(*word) & PENDING)
		link_event(v, chn, word);
}

static bool fifo_is_pending(const struct domain *d, const struct evtchn *chn)
{
	const event_word_t *word = word_of(d, chn->port);

	return word ? READ_ONCE(*word) & PENDING : chn->pending;
}

static bool fifo_is_masked(const struct domain *d, const struct evtchn *chn)
{
	const event_word_t *word = word_of(d, chn->port);

	return !word || READ_ONCE(*word) & MASKED;
}

static bool fifo_is_busy(const struct domain *d, const struct evtchn *chn)
{
	const event_word_t *word = word_of(d, chn->port);

	return word && READ_ONCE(*word) & LINKED;
}

static int fifo_set_priority(struct domain *d, struct evtchn *chn, unsigned int priority)
{
	if (priority > EVTCHN_FIFO_PRIORITY_MIN)
		return -EINVAL;
	WRITE_ONCE(chn->priority, priority);	/* from the next time on that it is linked */
	return 0;
}

static void fifo_init(struct domain *d, struct evtchn *chn)
{
	chn->priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
}

static const struct evtchn_port_ops fifo_ops = {
	.set_pending = fifo_set_pending,
	.clear_pending = fifo_clear_pending,
	.unmask = fifo_unmask,
	.is_pending = fifo_is_pending,
	.is_masked = fifo_is_masked,
	.is_busy = fifo_is_busy,
	.set_priority = fifo_set_priority,
	.init = fifo_init,
};

/* -- setting up, under event_lock ----------------------------------------------------------------------------------------- */

/* Hold a page of the guest's as writable memory. NULL: not such a page. */
static void *hold_page(struct domain *d, u64 gfn)
{
	if (!mfn_valid(_mfn(gfn)) || get_page_and_type(mfn_to_page(_mfn(gfn)), d, PGT_writable_page))
		return NULL;
	return mfn_to_virt(_mfn(gfn));
}

static void release_page(void *in_page)
{
	if (in_page)
		put_page_and_type(virt_to_page(in_page));
}

static int setup_vcpu(struct vcpu *v)
{
	struct evtchn_fifo_vcpu *f = v->evtchn_fifo;

	if (f)
		return 0;
	f = xzalloc(struct evtchn_fifo_vcpu);
	if (!f)
		return -ENOMEM;
	for (unsigned int i = 0; i < EVTCHN_FIFO_MAX_QUEUES; i++) {
		spin_lock_init(&f->queue[i].lock);
		f->queue[i].priority = i;
	}
	v->evtchn_fifo = f;
	return 0;
}

/* What is pending in the two-level bits is kept until the words are there. */
static void take_over_ports(struct domain *d)
{
	for (u32 port = 1; port < min_t(u32, d->valid_evtchns, EVTCHN_2L_NR_CHANNELS); port++) {
		struct evtchn *chn = evtchn_lookup(d, port);

		chn->priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
		if (test_bit(port, d->shared_info->evtchn_pending))
			chn->pending = true;
	}
}

static int setup_domain(struct domain *d)
{
	struct evtchn_fifo_domain *f;
	struct vcpu *v;
	int rc;

	for_each_vcpu(d, v) {
		rc = setup_vcpu(v);
		if (rc)
			return rc;	/* what was made serves the next try */
	}
	if (d->evtchn_fifo)
		return 0;
	f = xzalloc(struct evtchn_fifo_domain);
	if (!f)
		return -ENOMEM;
	d->evtchn_fifo = f;
	smp_wmb();
	WRITE_ONCE(d->evtchn_port_ops, &fifo_ops);
	d->max_evtchns = EVTCHN_FIFO_NR_CHANNELS;
	take_over_ports(d);
	return 0;
}

/* Queue all that waits for v. */
static void link_waiting(struct domain *d, struct vcpu *v, u32 from, u32 to)
{
	for (u32 port = max(from, 1U); port < min(to, d->valid_evtchns); port++) {
		struct evtchn *chn = evtchn_lookup(d, port);
		event_word_t *word = word_of(d, port);

		if (!word)
			return;
		if (chn->pending) {
			chn->pending = false;
			test_and_set_bit32(EVTCHN_FIFO_PENDING, word);
		}
		if ((!v || chn->notify_vcpu_id == v->vcpu_id) && READ_ONCE(*word) & PENDING && d->vcpu[chn->notify_vcpu_id])
			link_event(d->vcpu[chn->notify_vcpu_id], chn, word);
	}
}

static int give_control_block(struct vcpu *v, u64 gfn, u32 offset)
{
	struct evtchn_fifo_vcpu *f = v->evtchn_fifo;
	void *page;

	if (f->cb)
		return -EINVAL;
	page = hold_page(v->domain, gfn);
	if (!page)
		return -EINVAL;
	WRITE_ONCE(f->cb, page + offset);
	smp_mb();	/* whoever found none left its event for us to find */
	link_waiting(v->domain, v, 0, ~0U);
	return 0;
}

int evtchn_fifo_init_control(void *arg)
{
	struct evtchn_init_control *ic = arg;
	struct domain *d = current->domain;
	int rc;

	ic->link_bits = EVTCHN_FIFO_LINK_BITS;
	if (ic->vcpu >= d->max_vcpus || !d->vcpu[ic->vcpu])
		return -ENOENT;
	if (ic->offset > PAGE_SIZE - sizeof(struct evtchn_fifo_control_block) || ic->offset & 7)
		return -EINVAL;
	spin_lock(&d->event_lock);
	rc = d->is_dying ? -EINVAL : setup_domain(d);
	if (!rc)
		rc = give_control_block(d->vcpu[ic->vcpu], ic->control_gfn, ic->offset);
	spin_unlock(&d->event_lock);
	return rc;
}

static int expand(struct domain *d, u64 gfn)
{
	struct evtchn_fifo_domain *f = d->evtchn_fifo;
	u32 first;
	void *page;

	if (!f)
		return -ENOSYS;
	first = f->nr_words;
	if (first >= EVTCHN_FIFO_NR_CHANNELS)
		return -ENOSPC;
	page = hold_page(d, gfn);
	if (!page)
		return -EINVAL;
	f->page[first / WORDS_PER_PAGE] = page;
	smp_wmb();
	WRITE_ONCE(f->nr_words, first + WORDS_PER_PAGE);
	smp_mb();	/* pairs with fifo_set_pending() */
	link_waiting(d, NULL, first, first + WORDS_PER_PAGE);
	return 0;
}

int evtchn_fifo_expand_array(void *arg)
{
	struct evtchn_expand_array *ea = arg;
	struct domain *d = current->domain;
	int rc;

	spin_lock(&d->event_lock);
	rc = d->is_dying ? -EINVAL : expand(d, ea->array_gfn);
	spin_unlock(&d->event_lock);
	return rc;
}

/* All ports are closed and nobody sends. Under event_lock. */
void evtchn_fifo_destroy(struct domain *d)
{
	struct evtchn_fifo_domain *f = d->evtchn_fifo;
	struct vcpu *v;

	for_each_vcpu(d, v) {
		struct evtchn_fifo_vcpu *fv = v->evtchn_fifo;

		v->evtchn_fifo = NULL;
		if (fv)
			release_page(fv->cb);
		xfree(fv);
	}
	d->evtchn_fifo = NULL;
	for (unsigned int i = 0; i < f->nr_words / WORDS_PER_PAGE; i++)
		release_page(f->page[i]);
	xfree(f);
}
