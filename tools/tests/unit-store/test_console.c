// SPDX-License-Identifier: GPL-2.0-only
/* The console daemon's ring and buffer. */
#include "buffer.h"
#include "conring.h"
#include "test.h"

static unsigned int guest_writes(struct xencons_interface *page, const char *s, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n && page->out_prod - page->out_cons < sizeof(page->out); i++)
		page->out[MASK_XENCONS_IDX(page->out_prod++, page->out)] = s[i];
	return i;
}

void test_console_ring(void)
{
	static struct xencons_interface page;
	char buf[4096], text[2048];
	unsigned int i;

	memset(&page, 0, sizeof(page));
	for (i = 0; i < sizeof(text); i++)
		text[i] = 'a' + i % 26;
	/* Around the end of the ring and of the index. */
	page.out_cons = page.out_prod = 0xfffffff0;
	for (i = 0; i < 20; i++) {
		unsigned int n = 1 + rnd(sizeof(text));

		CHECK(guest_writes(&page, text, n) == n);
		CHECK(conring_take(&page, buf, sizeof(buf)) == n && !memcmp(buf, text, n));
		CHECK(!conring_take(&page, buf, sizeof(buf)));
	}
	/* In two portions. */
	CHECK(guest_writes(&page, text, 100) == 100);
	CHECK(conring_take(&page, buf, 60) == 60 && conring_take(&page, buf + 60, 60) == 40 &&
	      !memcmp(buf, text, 100));
	/* Nonsense from the guest. */
	page.out_prod = page.out_cons + 5000;
	CHECK(!conring_take(&page, buf, sizeof(buf)) && page.out_cons == page.out_prod);
	/* Input. */
	CHECK(conring_room(&page) == sizeof(page.in));
	CHECK(conring_give(&page, text, 2000) == 1024 && !conring_room(&page) &&
	      !conring_give(&page, text, 1));
	page.in_cons += 24;
	CHECK(conring_give(&page, text, 100) == 24);
	page.in_cons = page.in_prod + 7;
	CHECK(!conring_room(&page) && !conring_give(&page, text, 10));
}

static void take(struct buffer *b, const char *expect)
{
	char got[64] = "";
	size_t at = 0, n;
	const char *p;

	while ((n = buffer_peek(b, &p))) {
		memcpy(got + at, p, n);
		at += n;
		buffer_drop(b, n);
	}
	CHECK(at == strlen(expect) && !memcmp(got, expect, at));
}

void test_console_buffer(void)
{
	struct buffer b;
	char big[20000];
	unsigned int i;

	buffer_init(&b, 10);
	buffer_put(&b, "hello", 5);
	take(&b, "hello");
	CHECK(!b.data);
	buffer_put(&b, "hello", 5);
	buffer_put(&b, "world!", 6);
	CHECK(b.lost == 1);
	take(&b, "elloworld!");
	buffer_put(&b, "0123456789abcdef", 16);
	take(&b, "6789abcdef");
	buffer_free(&b);
	/* Growing keeps order. */
	buffer_init(&b, sizeof(big) - 1000);
	for (i = 0; i < sizeof(big); i++)
		big[i] = i % 251;
	for (i = 0; i < sizeof(big); i += 100) {
		buffer_put(&b, big + i, 100);
		if (i == 3000)
			buffer_drop(&b, 1000);
	}
	CHECK(b.lost == 0 && b.used == sizeof(big) - 1000);
	for (i = 1000; b.used; ) {
		const char *p;
		size_t n = buffer_peek(&b, &p);

		CHECK(!memcmp(p, big + i, n));
		i += n;
		buffer_drop(&b, n);
	}
	CHECK(i == sizeof(big));
	buffer_free(&b);
}
