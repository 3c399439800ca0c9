/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bounded queue of bytes that loses the oldest when it overflows. Memory is taken as it fills, given back
 * when empty.
 */
#ifndef XENCONSOLED_BUFFER_H
#define XENCONSOLED_BUFFER_H

#include <stddef.h>

struct buffer {
	char *data;
	size_t room, head, used;
	size_t limit;			/* most that is kept */
	unsigned long lost;		/* bytes dropped so far */
};

void buffer_init(struct buffer *b, size_t limit);
void buffer_free(struct buffer *b);
void buffer_put(struct buffer *b, const char *p, size_t n);
/* The oldest bytes, as far as they are contiguous. */
size_t buffer_peek(const struct buffer *b, const char **p);
void buffer_drop(struct buffer *b, size_t n);

#endif
