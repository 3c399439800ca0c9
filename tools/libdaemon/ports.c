// SPDX-License-Identifier: GPL-2.0-only
/* A table that grows to the highest port seen. */
#include <errno.h>
#include <stdlib.h>

#include "ports.h"

#define FIRST_PORTS	64u
/* No port is above it, whatever the hypervisor's event ABI. */
#define MAX_PORTS	(1u << 20)

static void **owners;
static uint32_t nr;

static int grow(uint32_t port)
{
	uint32_t n = nr ? nr : FIRST_PORTS;
	void **p;

	if (port >= MAX_PORTS)
		return -EINVAL;
	while (n <= port)
		n *= 2;
	p = realloc(owners, n * sizeof(*p));
	if (!p)
		return -ENOMEM;
	while (nr < n)
		p[nr++] = NULL;
	owners = p;
	return 0;
}

int ports_set(uint32_t port, void *owner)
{
	int r = port < nr ? 0 : grow(port);

	if (!r)
		owners[port] = owner;
	return r;
}

void ports_clear(uint32_t port, const void *owner)
{
	if (port < nr && owners[port] == owner)
		owners[port] = NULL;
}

void *ports_owner(uint32_t port)
{
	return port < nr ? owners[port] : NULL;
}
