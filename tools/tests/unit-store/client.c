// SPDX-License-Identifier: GPL-2.0-only
/* Clients of the daemon that lives in this process. */
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test.h"	/* first: errno.h must come before the protocol, which then has its table of errors */

#include "domain.h"
#include "loop.h"
#include "socket.h"
#include "watch.h"

static struct client *dom0;	/* introduces guests */

void world_run(void)
{
	unsigned int idle = 0;

	while (idle < 2) {
		fake_deliver();
		idle = conn_sleep_ms() == 0 ? 0 : idle + 1;
		conn_round(0);
	}
}

void world_reset(void)
{
	unsigned int i;

	CHECK(!loop_init());
	for (i = 1; i < FAKE_DOMAINS; i++)
		domain_release(i);
	if (dom0)
		client_close(dom0);
	dom0 = NULL;
	world_run();
	CHECK(list_empty(&conn_all));
	CHECK(!fake_held());
	CHECK(watch_count() == 0);
	CHECK(!store_init());
	CHECK(!watch_init());
}

static struct client *client_new(unsigned int domid, int fd)
{
	struct client *c = calloc(1, sizeof(*c));

	c->fd = fd;
	c->domid = domid;
	c->events_tail = &c->events;
	return c;
}

struct client *client_dom0(void)
{
	static const struct cred cred = { .domid = 0, .target = CRED_NO_TARGET, .privileged = true };
	struct client *c;
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd))
		abort();
	c = client_new(0, fd[0]);
	c->conn = socket_conn_new(fd[1], &cred);
	return c;
}

struct client *client_guest(unsigned int domid)
{
	char num[12], home[40];

	if (!dom0)
		dom0 = client_dom0();
	fake_create(domid);
	snprintf(num, sizeof(num), "%u", domid);
	snprintf(home, sizeof(home), "/local/domain/%u", domid);
	/* The home belongs to dom0, a data directory below it to the guest, as toolstacks do it. */
	CHECK(!ask(dom0, XS_MKDIR, home, NULL));
	strcat(home, "/data");
	CHECK(!ask(dom0, XS_MKDIR, home, NULL));
	{
		char perms[80];
		unsigned int n = strlen(home) + 1;

		memcpy(perms, home, n);
		n += sprintf(perms + n, "n%u", domid) + 1;
		CHECK(!ask_raw(dom0, XS_SET_PERMS, perms, n));
	}
	CHECK(!ask(dom0, XS_INTRODUCE, num, "1234", "7", NULL));
	drop_events(dom0);
	return client_new(domid, -1);
}

void client_close(struct client *c)
{
	drop_events(c);
	if (c->fd >= 0)
		close(c->fd);
	free(c);
}

/* ---- bytes ---- */

static unsigned int ring_send(unsigned int domid, const char *data, unsigned int len)
{
	struct xenstore_domain_interface *page = fake_page(domid);
	unsigned int i;

	for (i = 0; i < len && page->req_prod - page->req_cons < XENSTORE_RING_SIZE; i++)
		page->req[MASK_XENSTORE_IDX(page->req_prod++)] = data[i];
	fake_kick(domid);
	return i;
}

static unsigned int ring_recv(unsigned int domid, char *buf, unsigned int room)
{
	struct xenstore_domain_interface *page = fake_page(domid);
	unsigned int i;

	for (i = 0; i < room && page->rsp_cons != page->rsp_prod; i++)
		buf[i] = page->rsp[MASK_XENSTORE_IDX(page->rsp_cons++)];
	if (i)
		fake_kick(domid);
	return i;
}

unsigned int client_send(struct client *c, const void *data, unsigned int len)
{
	ssize_t n;

	if (c->fd < 0)
		return ring_send(c->domid, data, len);
	n = send(c->fd, data, len, MSG_NOSIGNAL);
	return n > 0 ? n : 0;
}

static void take_event(struct client *c, const char *body, unsigned int len)
{
	struct event *e = calloc(1, sizeof(*e));
	unsigned int plen = strnlen(body, len);

	CHECK(plen < len && strnlen(body + plen + 1, len - plen - 1) == len - plen - 2);
	e->path = strdup(body);
	e->token = strdup(body + plen + 1);
	*c->events_tail = e;
	c->events_tail = &e->next;
}

/* Takes one whole message out of c->in. */
static bool take_message(struct client *c)
{
	struct xsd_sockmsg hdr;
	unsigned int total;

	if (c->in_len < sizeof(hdr))
		return false;
	memcpy(&hdr, c->in, sizeof(hdr));
	CHECK(hdr.len <= XENSTORE_PAYLOAD_MAX);
	total = sizeof(hdr) + hdr.len;
	if (hdr.len > XENSTORE_PAYLOAD_MAX || c->in_len < total)
		return false;
	if (hdr.type == XS_WATCH_EVENT) {
		take_event(c, c->in + sizeof(hdr), hdr.len);
	} else {
		c->type = hdr.type;
		c->len = hdr.len;
		memcpy(c->body, c->in + sizeof(hdr), hdr.len);
		c->body[hdr.len] = '\0';
	}
	c->in_len -= total;
	memmove(c->in, c->in + total, c->in_len);
	return true;
}

void client_drain(struct client *c)
{
	unsigned int room = sizeof(c->in) - c->in_len;
	ssize_t n;

	if (c->fd < 0) {
		c->in_len += ring_recv(c->domid, c->in + c->in_len, room);
	} else {
		n = recv(c->fd, c->in + c->in_len, room, 0);
		c->in_len += n > 0 ? n : 0;
	}
	while (take_message(c))
		;
}

/* ---- requests ---- */

static int error_of(const char *name)
{
	unsigned int i;

	for (i = 0; i < sizeof(xsd_errors) / sizeof(xsd_errors[0]); i++)
		if (!strcmp(name, xsd_errors[i].errstring))
			return -xsd_errors[i].errnum;
	return -EPROTO;
}

int ask_raw(struct client *c, uint32_t type, const void *data, unsigned int len)
{
	char msg[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX];
	struct xsd_sockmsg hdr = { .type = type, .req_id = 77, .tx_id = c->tx, .len = len };
	unsigned int sent = 0, total = sizeof(hdr) + len, tries;

	memcpy(msg, &hdr, sizeof(hdr));
	memcpy(msg + sizeof(hdr), data, len);
	c->type = XS_INVALID;
	for (tries = 0; tries < 2000 && c->type == XS_INVALID; tries++) {
		sent += client_send(c, msg + sent, total - sent);
		world_run();
		client_drain(c);
	}
	if (c->type == XS_INVALID)
		return -ETIMEDOUT;
	if (c->type == XS_ERROR)
		return error_of(c->body);
	CHECK(c->type == type);
	return 0;
}

int ask(struct client *c, enum xsd_sockmsg_type type, ...)
{
	char data[XENSTORE_PAYLOAD_MAX];
	unsigned int at = 0;
	const char *s;
	va_list ap;

	va_start(ap, type);
	while ((s = va_arg(ap, const char *))) {
		memcpy(data + at, s, strlen(s) + 1);
		at += strlen(s) + 1;
	}
	va_end(ap);
	return ask_raw(c, type, data, at);
}

int put(struct client *c, const char *path, const char *value)
{
	char data[XENSTORE_PAYLOAD_MAX];
	unsigned int n = strlen(path) + 1;

	memcpy(data, path, n);
	memcpy(data + n, value, strlen(value));
	return ask_raw(c, XS_WRITE, data, n + strlen(value));
}

bool value_is(struct client *c, const char *path, const char *value)
{
	return !ask(c, XS_READ, path, NULL) && c->len == strlen(value) && !memcmp(c->body, value, c->len);
}

int txn_begin(struct client *c)
{
	int r;

	c->tx = 0;
	r = ask(c, XS_TRANSACTION_START, "", NULL);
	c->tx = r ? 0 : strtoul(c->body, NULL, 10);
	return r;
}

int txn_finish(struct client *c, bool commit)
{
	int r = ask(c, XS_TRANSACTION_END, commit ? "T" : "F", NULL);

	c->tx = 0;
	return r;
}

bool next_event(struct client *c, char *path, char *token)
{
	struct event *e;

	world_run();
	client_drain(c);
	world_run();
	client_drain(c);
	e = c->events;
	if (!e)
		return false;
	c->events = e->next;
	if (!c->events)
		c->events_tail = &c->events;
	strcpy(path, e->path);
	strcpy(token, e->token);
	free(e->path);
	free(e->token);
	free(e);
	return true;
}

bool event_is(struct client *c, const char *path, const char *token)
{
	char p[XENSTORE_PAYLOAD_MAX], t[XENSTORE_PAYLOAD_MAX];

	if (!next_event(c, p, t)) {
		fprintf(stderr, "no event, expected %s\n", path);
		return false;
	}
	if (strcmp(p, path) || strcmp(t, token)) {
		fprintf(stderr, "event %s %s, expected %s %s\n", p, t, path, token);
		return false;
	}
	return true;
}

unsigned int drop_events(struct client *c)
{
	char p[XENSTORE_PAYLOAD_MAX], t[XENSTORE_PAYLOAD_MAX];
	unsigned int n = 0;

	while (next_event(c, p, t))
		n++;
	return n;
}

bool counts_right(void)
{
	return store_recount() == 0;
}
