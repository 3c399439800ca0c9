/* SPDX-License-Identifier: GPL-2.0-only */
/* Who a local event channel port belongs to, found without searching. */
#ifndef LIBDAEMON_PORTS_H
#define LIBDAEMON_PORTS_H

#include <stdint.h>

/* -EINVAL: no such port can be; -ENOMEM. */
int ports_set(uint32_t port, void *owner);
/* Only if it is @owner's. */
void ports_clear(uint32_t port, const void *owner);
/* NULL: nobody's. */
void *ports_owner(uint32_t port);

#endif
