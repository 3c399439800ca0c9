// SPDX-License-Identifier: GPL-2.0-only
/* The console ring, from the backend's side. */
#include <string.h>

#include "conring.h"

static uint32_t load(const uint32_t *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static void store(uint32_t *p, uint32_t v)
{
	__atomic_store_n(p, v, __ATOMIC_SEQ_CST);
}

size_t conring_take(struct xencons_interface *page, char *buf, size_t size)
{
	const size_t ring = sizeof(page->out);
	uint32_t cons = load(&page->out_cons), prod = load(&page->out_prod);
	size_t n = prod - cons, at, first;

	if (n > ring) {
		/* Impossible indices: meet the guest where it says it is. */
		store(&page->out_cons, prod);
		return 0;
	}
	if (n > size)
		n = size;
	at = MASK_XENCONS_IDX(cons, page->out);
	first = ring - at < n ? ring - at : n;
	memcpy(buf, page->out + at, first);
	memcpy(buf + first, page->out, n - first);
	store(&page->out_cons, cons + n);
	return n;
}

size_t conring_room(const struct xencons_interface *page)
{
	uint32_t used = load(&page->in_prod) - load(&page->in_cons);

	return used > sizeof(page->in) ? 0 : sizeof(page->in) - used;
}

size_t conring_give(struct xencons_interface *page, const char *buf, size_t n)
{
	const size_t ring = sizeof(page->in);
	size_t room = conring_room(page), at, first;
	uint32_t prod = load(&page->in_prod);

	if (n > room)
		n = room;
	at = MASK_XENCONS_IDX(prod, page->in);
	first = ring - at < n ? ring - at : n;
	memcpy(page->in + at, buf, first);
	memcpy(page->in, buf + first, n - first);
	store(&page->in_prod, prod + n);
	return n;
}
