// SPDX-License-Identifier: GPL-2.0-only
/* Introduced domains: their rings, and noticing their end. Found by id and by port without searching. */
#include <errno.h>
#include <stdlib.h>

#include "domain.h"
#include "guest.h"
#include "log.h"
#include "ports.h"
#include "ring.h"
#include "store.h"
#include "watch.h"
#include "xenif.h"

#define LIST_MAX	64

struct domain {
	struct list link;
	struct domain_saved saved;
	struct conn *conn;
};

static struct list domains = LIST_INIT(domains);
static struct domain *by_domid[DOMAIN_IDS];
static unsigned int nr_domains;
unsigned long domain_changes;

static struct domain *find(unsigned int domid)
{
	return domid < DOMAIN_IDS ? by_domid[domid] : NULL;
}

/* ---- coming ---- */

typedef struct conn *(*make_conn_fn)(struct xenstore_domain_interface *page, uint32_t port,
				     const struct cred *cred);

static struct domain *add(const struct domain_saved *s, struct xenstore_domain_interface *page,
			  make_conn_fn make_conn)
{
	struct cred cred = { .domid = s->domid, .target = s->target, .privileged = s->domid == 0 };
	struct domain *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->saved = *s;
	if (s->port && ports_set(s->port, d)) {
		free(d);
		return NULL;
	}
	d->conn = make_conn(page, s->port, &cred);
	if (!d->conn) {
		ports_clear(s->port, d);
		free(d);
		return NULL;
	}
	list_add_tail(&d->link, &domains);
	by_domid[s->domid] = d;
	nr_domains++;
	domain_changes++;
	return d;
}

int domain_connect_dom0(void)
{
	struct domain_saved s = { .target = CRED_NO_TARGET };
	struct xenstore_domain_interface *page;
	int port, r = xenif_map_own_ring(&page, &s.remote_port);

	if (r)
		return r;
	port = guest_bind(0, s.remote_port);
	if (port < 0)
		return port;
	s.port = port;
	return add(&s, page, ring_conn_new) ? 0 : -ENOMEM;
}

static int map_ring(unsigned int domid, struct xenstore_domain_interface **page)
{
	void *p;
	int r = guest_map(domid, GUEST_STORE_GRANT, &p);

	if (!r)
		*page = p;
	return r;
}

static int introduce_new(unsigned int domid, uint64_t frame, uint32_t remote)
{
	struct domain_saved s = { .domid = domid, .target = CRED_NO_TARGET, .frame = frame,
		.remote_port = remote };
	struct xenstore_domain_interface *page;
	int port, r = map_ring(domid, &page);

	if (r)
		return r;
	port = guest_bind(domid, remote);
	s.port = port < 0 ? 0 : port;
	if (port >= 0 && add(&s, page, ring_conn_new))
		return 0;
	if (port >= 0)
		guest_unbind(port);
	guest_unmap(page);
	return port < 0 ? port : -ENOMEM;
}

static int rebind(struct domain *d, uint32_t remote)
{
	int port = guest_bind(d->saved.domid, remote);

	if (port < 0)
		return port;
	if (ports_set(port, d)) {
		guest_unbind(port);
		return -ENOMEM;
	}
	if ((uint32_t)port != d->saved.port)
		ports_clear(d->saved.port, d);
	ring_set_port(d->conn, port);
	d->saved.port = port;
	d->saved.remote_port = remote;
	domain_changes++;
	return 0;
}

int domain_introduce(unsigned int domid, uint64_t frame, uint32_t port)
{
	struct domain *d = find(domid);
	int r;

	if (!port || (!d && !domid))
		return -EINVAL;
	if (d)
		return rebind(d, port);
	r = introduce_new(domid, frame, port);
	if (r) {
		log_line("domain %u cannot be introduced: error %d", domid, -r);
		return r;
	}
	watch_fire_special(WATCH_INTRODUCE);
	return 0;
}

/* ---- going ---- */

static void forget_target(unsigned int domid)
{
	struct list *l;

	list_for_each(l, &domains) {
		struct domain *d = list_entry(l, struct domain, link);

		if (d->saved.target != domid)
			continue;
		d->saved.target = CRED_NO_TARGET;
		d->conn->cred.target = CRED_NO_TARGET;
	}
}

static void drop(struct domain *d)
{
	list_del(&d->link);
	by_domid[d->saved.domid] = NULL;
	ports_clear(d->saved.port, d);
	ring_conn_free(d->conn);
	free(d);
	nr_domains--;
	domain_changes++;
}

static void end(struct domain *d)
{
	unsigned int domid = d->saved.domid;

	drop(d);
	forget_target(domid);
	store_forget_domain(domid);
}

void domain_forget_all(void)
{
	while (!list_empty(&domains))
		drop(list_entry(domains.next, struct domain, link));
}

int domain_release(unsigned int domid)
{
	struct domain *d = find(domid);

	if (!domid)
		return -EINVAL;
	if (!d)
		return -ENOENT;
	end(d);
	watch_fire_special(WATCH_RELEASE);
	return 0;
}

/* ---- what is asked of them ---- */

int domain_resume(unsigned int domid)
{
	struct domain *d = find(domid);

	if (!d)
		return -ENOENT;
	d->saved.shutdown = false;
	domain_changes++;
	return 0;
}

int domain_set_target(unsigned int domid, unsigned int target)
{
	struct domain *d = find(domid);

	if (!d || !find(target))
		return -ENOENT;
	d->saved.target = target;
	d->conn->cred.target = target;
	domain_changes++;
	return 0;
}

bool domain_introduced(unsigned int domid)
{
	return find(domid) != NULL;
}

unsigned int domain_count(void)
{
	return nr_domains;
}

void domain_event(uint32_t port)
{
	struct domain *d = ports_owner(port);

	if (d)
		ring_event(d->conn);
}

/* ---- noticing the end ---- */

/* What the hypervisor says of all domains, a page at a time. */
struct census {
	struct xenif_domain list[LIST_MAX];
	unsigned int next, n, first;
	bool failed, complete;
};

static void census_more(struct census *c)
{
	int n = xenif_list(c->first, c->list, LIST_MAX);

	c->next = 0;
	c->n = n > 0 ? n : 0;
	c->failed = n < 0;
	/* Each question may have to wait for its answer. */
	c->complete = n < LIST_MAX;
	if (n > 0)
		c->first = c->list[n - 1].domid + 1;
}

/* To be asked in order of ids. A failure says nothing about a domain: it must not be taken for dead. */
static enum xenif_state census_state(struct census *c, unsigned int domid)
{
	for (;;) {
		while (c->next < c->n && c->list[c->next].domid < domid)
			c->next++;
		if (c->next < c->n || c->complete)
			break;
		census_more(c);
	}
	if (c->failed)
		return XENIF_RUNNING;
	if (c->next < c->n && c->list[c->next].domid == domid)
		return c->list[c->next].state;
	return XENIF_GONE;
}

void domain_check_all(void)
{
	struct census census = { .first = 1 };
	bool news = false;
	unsigned int i;

	for (i = 1; i < DOMAIN_IDS; i++) {
		struct domain *d = by_domid[i];
		enum xenif_state state;

		if (!d)
			continue;
		state = census_state(&census, i);
		if (state == XENIF_SHUTDOWN && !d->saved.shutdown) {
			d->saved.shutdown = true;
			domain_changes++;
			news = true;
		}
		if (state == XENIF_GONE) {
			log_line("domain %u is gone", i);
			end(d);
			news = true;
		}
	}
	if (news)
		watch_fire_special(WATCH_RELEASE);
}

/* ---- in another process ---- */

void domain_save(const struct conn *c, struct domain_saved *s)
{
	*s = find(c->cred.domid)->saved;
}

struct conn *domain_restore(const struct domain_saved *saved, bool dry, bool *lost)
{
	struct xenstore_domain_interface *page = NULL;
	struct domain_saved s = *saved;
	struct domain *d;
	int r = 0, port;

	if (s.domid >= DOMAIN_IDS || find(s.domid))
		return NULL;
	if (!dry)
		r = s.domid ? map_ring(s.domid, &page) : xenif_map_own_ring(&page, &s.remote_port);
	if (dry)
		s.port = 0;
	if (!dry && !r && !s.port) {
		port = guest_bind(s.domid, s.remote_port);
		s.port = port < 0 ? 0 : port;
		r = port < 0 ? port : 0;
		/* It may have waited for a daemon. */
		if (!r)
			guest_notify(port);
	}
	if (r)
		log_line("domain %u: its ring cannot be had again: error %d", s.domid, -r);
	d = add(&s, page, ring_conn_adopt);
	*lost = !page || !s.port;
	return d ? d->conn : NULL;
}
