/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest for tests of others: what a kernel can do to the store through its ring. One word on the command line says
 * what; all but "watch" are hostile, and go on for as long as the store serves them.
 */
#include "guest.h"
#include <public/event_channel.h>
#include <public/io/xs_wire.h>
#include <public/sched.h>

const char test_title[] = "a guest and its store";

static volatile struct xenstore_domain_interface *ring = (void *)SCRATCH;

static void notify(void)
{
	struct evtchn_send s = { .port = start_info->store_evtchn };

	event_op(EVTCHNOP_send, &s);
}

/* Until the store is told of something, or for 100 ms. */
static void wait(void)
{
	evtchn_port_t port = start_info->store_evtchn;
	struct sched_poll p = { .nr_ports = 1, .timeout = system_time() + 100000000UL };

	set_xen_guest_handle(p.ports, &port);
	__atomic_fetch_and(&shared_info->evtchn_pending[port / 64], ~(1UL << port % 64), __ATOMIC_SEQ_CST);
	notify();
	sched_op(SCHEDOP_poll, &p);
}

static void put(const void *from, u32 len)
{
	const char *p = from;

	while (len && !ring->error) {
		u32 prod = ring->req_prod;

		if (prod - ring->req_cons >= XENSTORE_RING_SIZE) {
			wait();
			continue;
		}
		ring->req[MASK_XENSTORE_IDX(prod)] = *p++;
		barrier();
		ring->req_prod = prod + 1;
		len--;
	}
}

static void take(void *to, u32 len)
{
	char *p = to;

	while (len && !ring->error) {
		u32 cons = ring->rsp_cons;

		if (ring->rsp_prod == cons) {
			wait();
			continue;
		}
		*p++ = ring->rsp[MASK_XENSTORE_IDX(cons)];
		barrier();
		ring->rsp_cons = cons + 1;
		len--;
	}
}

static char body[XENSTORE_PAYLOAD_MAX + 1];

static u32 take_message(void)
{
	struct xsd_sockmsg m = { .type = XS_INVALID };

	take(&m, sizeof(m));
	if (m.len > XENSTORE_PAYLOAD_MAX)
		finish("ERROR");
	take(body, m.len);
	body[m.len] = '\0';
	return m.type;
}

static void put_message(u32 type, u32 tx, const void *data, u32 len)
{
	struct xsd_sockmsg m = { .type = type, .tx_id = tx, .len = len };

	put(&m, sizeof(m));
	put(data, len);
	notify();
}

/* The type of the answer, which is in body; events on the way are passed over. */
static u32 ask(u32 type, u32 tx, const void *data, u32 len)
{
	u32 answer;

	put_message(type, tx, data, len);
	do {
		answer = take_message();
	} while (answer == XS_WATCH_EVENT && !ring->error);
	return answer;
}

static u32 write_node(u32 tx, const char *name, unsigned n)
{
	char text[64];
	int len = snprintf(text, sizeof(text), "data/%s%u", name, n) + 1;

	memcpy(text + len, "x", 1);
	return ask(XS_WRITE, tx, text, len + 1);
}

static u32 watch(const char *name, unsigned n)
{
	char text[64];
	int len = snprintf(text, sizeof(text), "data/%s%u", name, n) + 1;

	len += snprintf(text + len, sizeof(text) - len, "token%u", n) + 1;
	return ask(XS_WATCH, 0, text, len);
}

#define TOO_MANY	5000u		/* no limit is that far */

/* Takes all that it may have of everything; then writes for ever to what it watches itself. */
static void greedy(void)
{
	unsigned nodes = 0, watches = 0, transactions = 0;

	while (nodes < TOO_MANY && write_node(0, "n", nodes) != XS_ERROR)
		nodes++;
	while (watches < TOO_MANY && watch("n", watches) != XS_ERROR)
		watches++;
	while (transactions < TOO_MANY && ask(XS_TRANSACTION_START, 0, "", 1) != XS_ERROR)
		transactions++;
	printf("refused after %u nodes, %u watches, %u transactions\n", nodes, watches, transactions);
	while (!ring->error)
		write_node(0, "n", 0);
}

/* Asks, and never takes an answer; then only events. */
static void deaf(void)
{
	for (unsigned i = 0; i < 100; i++) {
		struct xsd_sockmsg m = { .type = XS_DIRECTORY, .len = 2 };

		if (ring->req_prod - ring->req_cons > XENSTORE_RING_SIZE - 32)
			break;
		put(&m, sizeof(m));
		put(".", 2);
		notify();
	}
	printf("asked\n");
	while (!ring->error)
		notify();
}

/* Half a header, half a message behind it; then only events. */
static void half(void)
{
	struct xsd_sockmsg m = { .type = XS_WRITE, .len = 4000 };

	put(&m, 7);
	notify();
	put((char *)&m + 7, sizeof(m) - 7);
	put("data/half", 9);
	printf("half is said\n");
	while (!ring->error)
		notify();
}

static void garbage(void)
{
	u64 seed = 88172645463325252UL;

	while (!ring->error) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		put(&seed, sizeof(seed));
		ring->rsp_cons = ring->rsp_prod;
	}
}

static void length(void)
{
	struct xsd_sockmsg m = { .type = XS_READ, .len = 0xfffffff0 };

	put(&m, sizeof(m));
	for (unsigned i = 0; i < 1000 && !ring->error; i++)
		wait();
}

static void indices(void)
{
	for (unsigned i = 1; i < 1000 && !ring->error; i++) {
		ring->req_prod = ring->req_cons + XENSTORE_RING_SIZE + i * 7919;
		ring->rsp_cons = ring->rsp_prod + i * 104729;
		wait();
	}
}

/* A good one: has twenty watches, and repeats in data/seen what another writes to a node below one of them. */
static void good(void)
{
	for (unsigned i = 0; i < 20; i++)
		EXPECT(watch("w", i), XS_WATCH);
	printf("watches\n");
	for (unsigned seen = 0; !ring->error;) {
		if (take_message() != XS_WATCH_EVENT || !contains(body, "data/w7/"))
			continue;
		EXPECT(write_node(0, "seen", seen++), XS_WRITE);
	}
}

static const struct {
	const char *word;
	void (*fn)(void);
} roles[] = {
	{ "role=greedy", greedy }, { "role=deaf", deaf }, { "role=half", half }, { "role=garbage", garbage },
	{ "role=length", length }, { "role=indices", indices }, { "role=watch", good },
};

void test_main(void)
{
	void (*fn)(void) = NULL;

	for (unsigned i = 0; i < ARRAY_SIZE(roles); i++)
		if (contains((const char *)start_info->cmd_line, roles[i].word))
			fn = roles[i].fn;
	if (!fn)
		skip("says on its command line what it should do");
	if (map_page(SCRATCH, start_info->store_mfn, PTE_RWX))
		finish("ERROR");
	events_off();
	fn();
	printf("given up: %u\n", ring->error);
	for (;;)
		wait();
}
