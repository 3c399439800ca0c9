// SPDX-License-Identifier: GPL-2.0-only
/* Records of bytes. */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pack.h"

#define FIRST_ROOM	65536u

struct head {
	uint32_t type, len;
};

void pack_free(struct pack *p)
{
	free(p->data);
	*p = (struct pack){ 0 };
}

void pack_bytes(struct pack *p, const void *data, size_t n)
{
	size_t room = p->room ? p->room : FIRST_ROOM;
	char *bigger;

	while (room < p->len + n)
		room *= 2;
	if (room != p->room) {
		bigger = p->error ? NULL : realloc(p->data, room);
		if (!bigger) {
			p->error = p->error ? p->error : -ENOMEM;
			return;
		}
		p->data = bigger;
		p->room = room;
	}
	if (n)
		memcpy(p->data + p->len, data, n);
	p->len += n;
}

static void flush(struct pack *p)
{
	size_t done = 0;
	ssize_t r;

	while (!p->error && done < p->len) {
		r = write(p->fd, p->data + done, p->len - done);
		if (r < 0)
			p->error = -errno;
		else
			done += r;
	}
	p->len = 0;
}

void pack_begin(struct pack *p, uint32_t type)
{
	p->record = p->len;
	pack_u32(p, type);
	pack_u32(p, 0);
}

void pack_end(struct pack *p)
{
	uint32_t len;

	if (p->error)
		return;
	len = htole32(p->len - p->record - sizeof(struct head));
	memcpy(p->data + p->record + offsetof(struct head, len), &len, sizeof(len));
	if (p->fd && p->len >= FIRST_ROOM / 2)
		flush(p);
}

void pack_u32(struct pack *p, uint32_t v)
{
	v = htole32(v);
	pack_bytes(p, &v, sizeof(v));
}

void pack_u64(struct pack *p, uint64_t v)
{
	v = htole64(v);
	pack_bytes(p, &v, sizeof(v));
}

void pack_string(struct pack *p, const void *s, size_t n)
{
	pack_u32(p, n);
	pack_bytes(p, s, n);
}

int pack_finish(struct pack *p)
{
	if (p->fd)
		flush(p);
	return p->error;
}

/* ---- reading ---- */

static const char *take(struct unpack *u, size_t n)
{
	const char *p = u->at;

	if (u->bad || n > (size_t)(u->end - u->at)) {
		u->bad = true;
		return NULL;
	}
	u->at += n;
	return p;
}

bool unpack_record(struct unpack *u, uint32_t *type, struct unpack *body)
{
	uint32_t len;
	const char *p;

	if (u->bad || u->at == u->end)
		return false;
	*type = unpack_u32(u);
	len = unpack_u32(u);
	p = take(u, len);
	if (!p)
		return false;
	*body = (struct unpack){ .at = p, .end = p + len };
	return true;
}

uint32_t unpack_u32(struct unpack *u)
{
	const char *p = take(u, 4);
	uint32_t v = 0;

	if (p)
		memcpy(&v, p, 4);
	return le32toh(v);
}

uint64_t unpack_u64(struct unpack *u)
{
	const char *p = take(u, 8);
	uint64_t v = 0;

	if (p)
		memcpy(&v, p, 8);
	return le64toh(v);
}

const char *unpack_string(struct unpack *u, size_t *n)
{
	uint32_t len = unpack_u32(u);
	const char *p = take(u, len);

	*n = p ? len : 0;
	return p ? p : "";
}

void unpack_name(struct unpack *u, char *to, size_t size)
{
	size_t n;
	const char *p = unpack_string(u, &n);

	if (n >= size || memchr(p, '\0', n)) {
		u->bad = true;
		n = 0;
	}
	memcpy(to, p, n);
	to[n] = '\0';
}

bool unpack_done(const struct unpack *u)
{
	return !u->bad && u->at == u->end;
}
