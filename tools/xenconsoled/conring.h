/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page a guest shares for its console. The guest can change it at any time: indices are read once and
 * checked, and nonsense in them costs nobody but the guest.
 */
#ifndef XENCONSOLED_CONRING_H
#define XENCONSOLED_CONRING_H

#include <stddef.h>
#include <stdint.h>

#include <public/io/console.h>

/* Takes what the guest has written, up to @size bytes. */
size_t conring_take(struct xencons_interface *page, char *buf, size_t size);
/* How many bytes of input the guest has room for. */
size_t conring_room(const struct xencons_interface *page);
/* Gives the guest up to @n bytes of input; returns how many fitted. */
size_t conring_give(struct xencons_interface *page, const char *buf, size_t n);

#endif
