// SPDX-License-Identifier: GPL-2.0-only
/* Domains that are nothing but a page and two port states. Port 100 + domid is the daemon's end. */
#include "domain.h"
#include "test.h"
#include "xenif.h"

#define PORT(domid)	(100 + (domid))

static struct fake {
	struct xenstore_domain_interface page;
	enum xenif_state state;
	bool mapped, bound, masked, pending;
	unsigned int notified;
} fake[FAKE_DOMAINS];

struct xenstore_domain_interface *fake_page(unsigned int domid)
{
	return &fake[domid].page;
}

void fake_create(unsigned int domid)
{
	memset(&fake[domid], 0, sizeof(fake[domid]));
	fake[domid].state = XENIF_RUNNING;
}

void fake_shutdown(unsigned int domid)
{
	fake[domid].state = XENIF_SHUTDOWN;
}

void fake_destroy(unsigned int domid)
{
	fake[domid].state = XENIF_GONE;
}

void fake_kick(unsigned int domid)
{
	fake[domid].pending = fake[domid].bound;
}

unsigned int fake_notified(unsigned int domid)
{
	return fake[domid].notified;
}

unsigned int fake_held(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < FAKE_DOMAINS; i++)
		n += fake[i].mapped + fake[i].bound;
	return n;
}

void fake_deliver(void)
{
	unsigned int i;

	for (i = 0; i < FAKE_DOMAINS; i++) {
		if (!fake[i].pending || fake[i].masked)
			continue;
		fake[i].pending = false;
		fake[i].masked = true;
		domain_event(PORT(i));
	}
}

void xenif_unmask(uint32_t port)
{
	fake[port - 100].masked = false;
}

void xenif_notify(uint32_t port)
{
	fake[port - 100].notified++;
}

int xenif_bind(unsigned int domid, uint32_t remote_port)
{
	if (domid >= FAKE_DOMAINS || fake[domid].state == XENIF_GONE || remote_port == 666)
		return -EINVAL;
	fake[domid].bound = true;
	fake[domid].masked = false;
	return PORT(domid);
}

/* Binding anew takes the new port first, so here, with one port for both, it stays bound while mapped. */
void xenif_unbind(uint32_t port)
{
	fake[port - 100].bound = false;
}

int xenif_map_ring(unsigned int domid, uint64_t frame, struct xenstore_domain_interface **ring, bool *granted)
{
	if (domid >= FAKE_DOMAINS || fake[domid].state == XENIF_GONE)
		return -EINVAL;
	fake[domid].mapped = true;
	*ring = &fake[domid].page;
	*granted = true;
	return 0;
}

void xenif_unmap_ring(struct xenstore_domain_interface *ring, bool granted)
{
	struct fake *f = (struct fake *)((char *)ring - offsetof(struct fake, page));

	f->mapped = false;
}

int xenif_map_own_ring(struct xenstore_domain_interface **ring, uint32_t *remote_port)
{
	return -ENODEV;
}

enum xenif_state xenif_domain_state(unsigned int domid)
{
	return domid < FAKE_DOMAINS ? fake[domid].state : XENIF_GONE;
}
