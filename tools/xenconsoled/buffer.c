// SPDX-License-Identifier: GPL-2.0-only
/* A bounded queue of bytes: a ring that doubles up to its limit. */
#include <stdlib.h>
#include <string.h>

#include "buffer.h"

#define FIRST_ROOM	4096u

void buffer_init(struct buffer *b, size_t limit)
{
	*b = (struct buffer){ .limit = limit };
}

void buffer_free(struct buffer *b)
{
	free(b->data);
	buffer_init(b, b->limit);
}

static void put_at(struct buffer *b, size_t at, const char *p, size_t n)
{
	size_t first = b->room - at < n ? b->room - at : n;

	memcpy(b->data + at, p, first);
	memcpy(b->data, p + first, n - first);
}

/* Tries to make room for @need bytes in all; a smaller buffer than wished still works. */
static void grow(struct buffer *b, size_t need)
{
	size_t room = b->room ? b->room : FIRST_ROOM, first;
	char *data;

	while (room < need && room < b->limit)
		room *= 2;
	if (room > b->limit)
		room = b->limit;
	if (room <= b->room)
		return;
	data = malloc(room);
	if (!data)
		return;
	first = b->room - b->head < b->used ? b->room - b->head : b->used;
	if (b->used) {
		memcpy(data, b->data + b->head, first);
		memcpy(data + first, b->data, b->used - first);
	}
	free(b->data);
	b->data = data;
	b->room = room;
	b->head = 0;
}

void buffer_put(struct buffer *b, const char *p, size_t n)
{
	grow(b, b->used + n);
	if (n > b->room) {
		b->lost += n - b->room;
		p += n - b->room;
		n = b->room;
	}
	if (!n)
		return;
	if (b->used + n > b->room) {
		size_t excess = b->used + n - b->room;

		b->lost += excess;
		b->head = (b->head + excess) % b->room;
		b->used -= excess;
	}
	put_at(b, (b->head + b->used) % b->room, p, n);
	b->used += n;
}

size_t buffer_peek(const struct buffer *b, const char **p)
{
	*p = b->data + b->head;
	return b->room - b->head < b->used ? b->room - b->head : b->used;
}

void buffer_drop(struct buffer *b, size_t n)
{
	b->used -= n;
	if (!b->used)
		buffer_free(b);
	else
		b->head = (b->head + n) % b->room;
}
