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

static bool owing;		/* an index has moved that the store was not told of */

static void notify(void)
{
	struct evtchn_send s = { .port = start_info->store_evtchn };

	owing = false;
	event_op(EVTCHNOP_send, &s);
}

/*
 * Until the store moves @index from @seen, or for a while. The mark is taken away before the look, so that an event
 * between look and sleep ends the sleep: a guest with nothing to do costs nothing.
 */
static void wait(volatile u32 *index, u32 seen)
{
	evtchn_port_t port = start_info->store_evtchn;
	struct sched_poll p = { .nr_ports = 1, .timeout = system_time() + 2000000000UL };

	if (owing)
		notify();
	set_xen_guest_handle(p.ports, &port);
	__atomic_fetch_and(&shared_info->evtchn_pending[port / 64], ~(1UL << port % 64), __ATOMIC_SEQ_CST);
	if (*index == seen && !ring->error)
		sched_op(SCHEDOP_poll, &p);
}

/* Nothing is expected: the store is told of something that need not be so, ten times in a second. */
static void pester(void)
{
	struct sched_poll p = { .timeout = system_time() + 100000000UL };

	notify();
	sched_op(SCHEDOP_poll, &p);
}

static void put(const void *from, u32 len)
{
	const char *p = from;

	while (len && !ring->error) {
		u32 prod = ring->req_prod, cons = ring->req_cons;

		if (prod - cons >= XENSTORE_RING_SIZE) {
			wait(&ring->req_cons, cons);
			continue;
		}
		ring->req[MASK_XENSTORE_IDX(prod)] = *p++;
		barrier();
		ring->req_prod = prod + 1;
		owing = true;
		len--;
	}
}

static void take(void *to, u32 len)
{
	char *p = to;

	while (len && !ring->error) {
		u32 cons = ring->rsp_cons;

		if (ring->rsp_prod == cons) {
			wait(&ring->rsp_prod, cons);
			continue;
		}
		*p++ = ring->rsp[MASK_XENSTORE_IDX(cons)];
		barrier();
		ring->rsp_cons = cons + 1;
		owing = true;
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

/* What another has written below the watches of a good guest. */
static struct {
	unsigned events;		/* of all watches, their first ones too */
	unsigned go;
	bool busy;
	bool end_asked;
} heard;

static void shut_down(unsigned reason)
{
	struct sched_shutdown down = { .reason = reason };

	for (;;)
		sched_op(SCHEDOP_shutdown, &down);
}

static void hear(void)
{
	heard.events++;
	heard.go += contains(body, "data/w7/go");
	if (contains(body, "data/w8/on"))
		heard.busy = true;
	if (contains(body, "data/w8/off"))
		heard.busy = false;
	if (contains(body, "data/w9/crash"))
		shut_down(SHUTDOWN_crash);
	if (contains(body, "data/w9/reboot"))
		shut_down(SHUTDOWN_reboot);
	heard.end_asked |= contains(body, "control/shutdown");
}

static void take_event(void)
{
	if (take_message() == XS_WATCH_EVENT)
		hear();
}

/* The type of the answer, which is in body; events on the way are heard. */
static u32 ask(u32 type, u32 tx, const void *data, u32 len)
{
	put_message(type, tx, data, len);
	for (;;) {
		u32 answer = take_message();

		if (answer != XS_WATCH_EVENT)
			return answer;
		hear();
	}
}

static u32 write_value(const char *name, unsigned n, const void *value, u32 size)
{
	static char text[XENSTORE_PAYLOAD_MAX];
	u32 len = snprintf(text, sizeof(text), "data/%s%u", name, n) + 1;

	memcpy(text + len, value, size);
	return ask(XS_WRITE, 0, text, len + size);
}

static u32 write_number(const char *name, unsigned n, unsigned value)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", value);

	return write_value(name, n, text, len);
}

static u32 watch(const char *name, const char *token)
{
	char text[64];
	int len = snprintf(text, sizeof(text), "%s", name) + 1;

	len += snprintf(text + len, sizeof(text) - len, "%s", token) + 1;
	return ask(XS_WATCH, 0, text, len);
}

static u32 watch_data(const char *name, unsigned n)
{
	char path[64], token[32];

	snprintf(path, sizeof(path), "data/%s%u", name, n);
	snprintf(token, sizeof(token), "token%u", n);
	return watch(path, token);
}

#define TOO_MANY	5000u		/* no limit is that far */
#define VALUE_SIZE	2048u		/* xenstored's limit, node-size */

/* Values of the longest kind, one byte more, and the longest that a message can hold. */
static char value[XENSTORE_PAYLOAD_MAX - 32];

static void huge(void)
{
	EXPECT(write_value("huge", 0, value, VALUE_SIZE + 1), XS_ERROR);
	CHECK(!memcmp(body, "ENOSPC", 7), "a value that is too long: %s", body);
	EXPECT(write_value("huge", 1, value, sizeof(value)), XS_ERROR);
	EXPECT(ask(XS_READ, 0, "data/huge0", 11), XS_ERROR);
	CHECK(!memcmp(body, "ENOENT", 7), "nothing of it is there: %s", body);
	EXPECT(write_value("huge", 2, value, VALUE_SIZE), XS_WRITE);
	EXPECT(ask(XS_RM, 0, "data/huge2", 11), XS_RM);
	printf("huge values: %u wrong\n", test_failures);
}

/* Takes all that it may have of everything; then writes for ever to what it watches itself. */
static void greedy(void)
{
	unsigned nodes = 0, watches = 0, transactions = 0;

	huge();
	while (nodes < TOO_MANY && write_number("n", nodes, 0) != XS_ERROR)
		nodes++;
	while (watches < TOO_MANY && watch_data("n", watches) != XS_ERROR)
		watches++;
	while (transactions < TOO_MANY && ask(XS_TRANSACTION_START, 0, "", 1) != XS_ERROR)
		transactions++;
	printf("refused after %u nodes, %u watches, %u transactions\n", nodes, watches, transactions);
	while (!ring->error)
		write_number("n", 0, 0);
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
		pester();
}

static void indices(void)
{
	for (unsigned i = 1; i < 1000 && !ring->error; i++) {
		ring->req_prod = ring->req_cons + XENSTORE_RING_SIZE + i * 7919;
		ring->rsp_cons = ring->rsp_prod + i * 104729;
		pester();
	}
}

/* There are events of that watch without a wish: its first. */
static void end_if_asked(void)
{
	static const char path[] = "control/shutdown";

	heard.end_asked = false;
	if (ask(XS_READ, 0, path, sizeof(path)) == XS_READ && body[0])
		shut_down(SHUTDOWN_poweroff);
}

/*
 * A good one has twenty watches. To what is written to data/w7/go it says in data/seenN how many events it has heard in
 * all; from data/w8/on to data/w8/off it asks without end; data/w9 and control/shutdown end it.
 */
static void good(void)
{
	unsigned seen = 0, count = 0;

	EXPECT(watch("control/shutdown", "shutdown"), XS_WATCH);
	for (unsigned i = 0; i < 19; i++)
		EXPECT(watch_data("w", i), XS_WATCH);
	while (heard.events < 20)
		take_event();
	printf("watches\n");
	while (!ring->error) {
		if (heard.end_asked)
			end_if_asked();
		else if (seen < heard.go)
			EXPECT(write_number("seen", ++seen, heard.events), XS_WRITE);
		else if (heard.busy)
			EXPECT(write_number("count", 0, ++count), XS_WRITE);
		else
			take_event();
	}
}

/* Its life is short. */
static void crash(void)
{
	shut_down(SHUTDOWN_crash);
}

static const struct {
	const char *word;
	void (*fn)(void);
} roles[] = {
	{ "role=greedy", greedy }, { "role=deaf", deaf }, { "role=half", half }, { "role=garbage", garbage },
	{ "role=length", length }, { "role=indices", indices }, { "role=watch", good },
	{ "role=crash", crash },
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
		pester();
}
