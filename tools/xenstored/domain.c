// SPDX-License-Identifier: GPL-2.0-only
/* Introduced domains: their rings, and noticing their end. */
#include <errno.h>
#include <stdlib.h>

#include "domain.h"
#include "log.h"
#include "ring.h"
#include "store.h"
#include "watch.h"
#include "xenif.h"

struct domain {
	struct list link;
	unsigned int domid;
	struct conn *conn;
	bool shutdown;		/* its shutdown has been told */
};

static struct list domains = LIST_INIT(domains);

static struct domain *find(unsigned int domid)
{
	struct list *l;

	list_for_each(l, &domains)
		if (list_entry(l, struct domain, link)->domid == domid)
			return list_entry(l, struct domain, link);
	return NULL;
}

static int add(unsigned int domid, struct xenstore_domain_interface *page, bool granted, uint32_t port)
{
	struct cred cred = { .domid = domid, .target = CRED_NO_TARGET, .privileged = domid == 0 };
	struct domain *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	d->domid = domid;
	d->conn = ring_conn_new(page, granted, port, &cred);
	if (!d->conn) {
		free(d);
		return -ENOMEM;
	}
	list_add_tail(&d->link, &domains);
	return 0;
}

int domain_connect_dom0(void)
{
	struct xenstore_domain_interface *page;
	uint32_t remote;
	int port, r = xenif_map_own_ring(&page, &remote);

	if (r)
		return r;
	port = xenif_bind(0, remote);
	if (port < 0)
		return port;
	return add(0, page, false, port);
}

static int introduce_new(unsigned int domid, uint64_t frame, uint32_t remote)
{
	struct xenstore_domain_interface *page;
	bool granted;
	int port, r = xenif_map_ring(domid, frame, &page, &granted);

	if (r)
		return r;
	port = xenif_bind(domid, remote);
	r = port < 0 ? port : add(domid, page, granted, port);
	if (!r)
		return 0;
	if (port >= 0)
		xenif_unbind(port);
	xenif_unmap_ring(page, granted);
	return r;
}

static int rebind(struct domain *d, uint32_t remote)
{
	int port = xenif_bind(d->domid, remote);

	if (port < 0)
		return port;
	ring_set_port(d->conn, port);
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

static void forget_target(unsigned int domid)
{
	struct list *l;

	list_for_each(l, &domains) {
		struct conn *c = list_entry(l, struct domain, link)->conn;

		if (c->cred.target == domid)
			c->cred.target = CRED_NO_TARGET;
	}
}

static void end(struct domain *d)
{
	unsigned int domid = d->domid;

	list_del(&d->link);
	ring_conn_free(d->conn);
	free(d);
	forget_target(domid);
	store_forget_domain(domid);
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

int domain_resume(unsigned int domid)
{
	struct domain *d = find(domid);

	if (!d)
		return -ENOENT;
	d->shutdown = false;
	return 0;
}

int domain_set_target(unsigned int domid, unsigned int target)
{
	struct domain *d = find(domid);

	if (!d || !find(target))
		return -ENOENT;
	d->conn->cred.target = target;
	return 0;
}

bool domain_introduced(unsigned int domid)
{
	return find(domid) != NULL;
}

unsigned int domain_count(void)
{
	struct list *l;
	unsigned int n = 0;

	list_for_each(l, &domains)
		n++;
	return n;
}

void domain_event(uint32_t port)
{
	struct list *l;

	list_for_each(l, &domains) {
		struct domain *d = list_entry(l, struct domain, link);

		if (ring_port(d->conn) == port) {
			ring_event(d->conn);
			return;
		}
	}
}

void domain_check_all(void)
{
	struct list *l, *tmp;
	bool news = false;

	list_for_each_safe(l, tmp, &domains) {
		struct domain *d = list_entry(l, struct domain, link);
		enum xenif_state state = d->domid ? xenif_domain_state(d->domid) : XENIF_RUNNING;

		if (state == XENIF_SHUTDOWN && !d->shutdown) {
			d->shutdown = true;
			news = true;
		}
		if (state == XENIF_GONE) {
			log_line("domain %u is gone", d->domid);
			end(d);
			news = true;
		}
	}
	if (news)
		watch_fire_special(WATCH_RELEASE);
}
