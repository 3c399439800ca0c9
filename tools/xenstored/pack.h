/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records of bytes: a header of type and length, then numbers (little-endian) and byte strings with their
 * length in front. Writing fails late: pack_finish() tells. Reading never leaves the buffer: what is missing
 * reads as 0 or as an empty string, and `bad` stays set.
 */
#ifndef XENSTORED_PACK_H
#define XENSTORED_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pack {
	char *data;
	size_t len, room;
	size_t record;		/* where the open record begins */
	int fd;			/* finished records go there and not into memory; 0: none */
	int error;
};

void pack_free(struct pack *p);
void pack_bytes(struct pack *p, const void *data, size_t n);
void pack_begin(struct pack *p, uint32_t type);
void pack_end(struct pack *p);
void pack_u32(struct pack *p, uint32_t v);
void pack_u64(struct pack *p, uint64_t v);
void pack_string(struct pack *p, const void *s, size_t n);
/* Writes what is left to the descriptor, if there is one. -ENOMEM, or what write() said. */
int pack_finish(struct pack *p);

struct unpack {
	const char *at, *end;
	bool bad;
};

/* The next record; false at the end, or when what is left is no record (bad is set then). */
bool unpack_record(struct unpack *u, uint32_t *type, struct unpack *body);
uint32_t unpack_u32(struct unpack *u);
uint64_t unpack_u64(struct unpack *u);
const char *unpack_string(struct unpack *u, size_t *n);
/* Copies a string that must fit @size with its NUL and contain none. */
void unpack_name(struct unpack *u, char *to, size_t size);
/* All is read, and nothing was wrong. */
bool unpack_done(const struct unpack *u);

#endif
