// SPDX-License-Identifier: GPL-2.0-only
/* The console daemon's ring and buffer. */
#include <fcntl.h>
#include <unistd.h>

#include "buffer.h"
#include "conring.h"
#include "console.h"
#include "loop.h"
#include "logfile.h"
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

/* ---- logs ---- */

static bool becomes(const char *in, size_t n, const char *expect)
{
	char out[PLAIN_GROWTH * 200 + 2 * PLAIN_EXTRA];
	struct plain p = { 0 };
	size_t i, len = 0;
	bool whole;

	len = plain_text(&p, in, n, out);
	whole = len == strlen(expect) && !memcmp(out, expect, len);
	/* However it comes in. */
	p = (struct plain){ 0 };
	for (i = 0, len = 0; i < n; i++)
		len += plain_text(&p, in + i, 1, out + len);
	return whole && len == strlen(expect) && !memcmp(out, expect, len);
}

#define BECOMES(in, expect)	CHECK(becomes(in, sizeof(in) - 1, expect))

#define LINE(from, to) do { \
	char line[] = from; \
	plain_line(line, sizeof(line) - 1); \
	CHECK(!strcmp(line, to)); \
} while (0)

void test_console_text(void)
{
	char in[4096], out[PLAIN_GROWTH * sizeof(in) + PLAIN_EXTRA];
	struct plain p = { 0 };
	unsigned int i, k;

	BECOMES("line\r\nnext\r\r\n\tx\n", "line\nnext\n\tx\n");
	BECOMES("10%\r20%\n", "10%^M20%\n");
	BECOMES("\033[31mred\033]0;title\007\177", "^[[31mred^[]0;title^G^?");
	BECOMES("gr\303\274n \342\202\254 \360\237\230\200\n", "gr\303\274n \342\202\254 \360\237\230\200\n");
	/* Alone, overlong, surrogate, beyond the end, and the C1 controls in both forms. */
	BECOMES("\300\200 \355\240\200 \364\220\200\200\n",
		"\\xc0\\x80 \\xed\\xa0\\x80 \\xf4\\x90\\x80\\x80\n");
	BECOMES("\23331m \302\23331m \303x\n", "\\x9b31m \\xc2\\x9b31m \\xc3x\n");
	BECOMES("\0\001", "^@^A");
	BECOMES("\r\r\r\r\r\r\rx", "^M^M^M^Mx");
	LINE("a line", "a line");
	LINE("two\nlines\t\033[1m\177", "two?lines??[1m?");
	LINE("gr\303\274n \342\202\254\360\237\230\200", "gr\303\274n \342\202\254\360\237\230\200");
	LINE("\302\233m \233 \355\240\200 \303x \342\202", "??m ? ??? ?x ??");
	for (k = 0; k < 200; k++) {
		size_t n;

		for (i = 0; i < sizeof(in); i++)
			in[i] = rnd(4) ? rnd(256) : '\r';
		n = plain_text(&p, in, rnd(sizeof(in)), out);
		CHECK(n <= sizeof(out) && !memchr(out, 033, n) && !memchr(out, '\r', n));
	}
}

static long size_of(const char *dir, const char *name)
{
	char path[200];
	int fd;
	long n;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return -1;
	n = lseek(fd, 0, SEEK_END);
	close(fd);
	return n;
}

static void flood(struct logfile *l, unsigned int kb)
{
	char text[1024];

	memset(text, 'x', sizeof(text));
	while (kb--)
		logfile_write(l, text, sizeof(text));
}

static void remove_logs(const char *dir)
{
	static const char *const names[] = { "g_1.log", "g_1.log.1", "g_1.log.2", "moved", "g:boot.log",
		"g:boot.log.1", "g_boot.log" };
	char path[200];
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	CHECK(!rmdir(dir));
}

void test_console_log(void)
{
	char dir[] = "/tmp/unit-store-XXXXXX", from[100], to[100];
	struct logfile_settings s = { .dir = dir, .limit = 64 << 10, .keep = 2 };
	struct logfile l;

	if (!mkdtemp(dir))
		abort();
	/* Names are made harmless; sizes are bounded, and so is the number of old ones. */
	CHECK(!logfile_open(&l, &s, "g/1"));
	flood(&l, 300);
	CHECK(size_of(dir, "g_1.log") == 44 << 10 && size_of(dir, "g_1.log.1") == 64 << 10 &&
	      size_of(dir, "g_1.log.2") == 64 << 10 && size_of(dir, "g_1.log.3") == -1);
	/* Moved away by somebody, as logrotate does: written there until told. */
	snprintf(from, sizeof(from), "%s/g_1.log", dir);
	snprintf(to, sizeof(to), "%s/moved", dir);
	CHECK(!rename(from, to));
	flood(&l, 1);
	CHECK(size_of(dir, "moved") == 45 << 10 && size_of(dir, "g_1.log") == -1);
	logfile_reopen(&l);
	flood(&l, 1);
	CHECK(size_of(dir, "moved") == 45 << 10 && size_of(dir, "g_1.log") == 1 << 10);
	/* Removed by somebody: written there until it would be rotated. */
	CHECK(!unlink(from));
	flood(&l, 80);
	CHECK(size_of(dir, "g_1.log") == 17 << 10);
	CHECK(!unlink(from));
	s.keep = 0;
	flood(&l, 80);
	CHECK(size_of(dir, "g_1.log") > 0 && size_of(dir, "g_1.log") < 64 << 10);
	s.keep = 2;
	CHECK(!truncate(from, 1 << 10));
	logfile_close(&l);
	/* What was there counts. */
	CHECK(!logfile_open(&l, &s, "g/1") && l.size == 1 << 10);
	logfile_close(&l);
	/* The first text of a domain, and that of the one before. */
	CHECK(!logfile_open_once(&l, &s, "g", 8 << 10));
	flood(&l, 100);
	CHECK(l.fd == -1 && size_of(dir, "g:boot.log") > 8 << 10 && size_of(dir, "g:boot.log") < 9 << 10);
	CHECK(!logfile_open_once(&l, &s, "g", 8 << 10));
	CHECK(size_of(dir, "g:boot.log") == 0 && size_of(dir, "g:boot.log.1") > 8 << 10);
	logfile_close(&l);
	/* A guest of such a name has a log of its own. */
	CHECK(!logfile_open(&l, &s, "g:boot"));
	flood(&l, 1);
	CHECK(size_of(dir, "g_boot.log") == 1 << 10 && size_of(dir, "g:boot.log") == 0);
	logfile_close(&l);
	remove_logs(dir);
}

/* ---- a guest that prints without end, and one that does not ---- */

static struct console *console_of(unsigned int domid)
{
	struct console_info info = { .frame = 1, .port = 1 };
	struct console *con;

	snprintf(info.name, sizeof(info.name), "g%u", domid);
	fake_create(domid);
	con = console_new(domid, &info, NULL);
	if (!con || console_connect(con, &info))
		abort();
	return con;
}

/* What has come out at the pty. */
static size_t read_tty(int fd, char *buf, size_t size)
{
	ssize_t n = read(fd, buf, size);

	return n > 0 ? n : 0;
}

void test_console_flood(void)
{
	struct console *loud, *quiet;
	char text[sizeof(fake_console(1)->out)], got[200];
	unsigned long taken = 0;
	int64_t now = 1000000, end;
	unsigned int answers = 0;
	int tty;

	CHECK(!loop_init());
	memset(text, 'f', sizeof(text));
	loud = console_of(1);
	quiet = console_of(2);
	tty = open(console_tty(quiet), O_RDONLY | O_NOCTTY | O_NONBLOCK);
	CHECK(tty >= 0);
	for (end = now + 2000; now < end; now++) {
		unsigned int n = guest_writes(fake_console(1), text, sizeof(text));

		taken += n;
		/* It sends events as it likes; the real port is masked while it waits for service. */
		if (n)
			console_event(loud);
		if (now % 100 == 0) {
			guest_writes(fake_console(2), "hello", 5);
			console_event(quiet);
		}
		console_serve_queue(now);
		/* Served in the same round. */
		if (now % 100 == 0)
			answers += read_tty(tty, got, sizeof(got)) == 5 && !memcmp(got, "hello", 5);
	}
	CHECK(answers == 20);
	/* Two seconds are ten periods of 64 services of a page. */
	CHECK(taken > 200000 && taken <= 11 * 65 * sizeof(text));
	CHECK(console_queue_ms(now) >= 0);
	/* Nonsense in the page, and the end. */
	fake_console(1)->out_prod += 100000;
	console_event(loud);
	console_serve_queue(now + 1000);
	guest_writes(fake_console(2), "last", 4);
	console_end(quiet, now);
	CHECK(read_tty(tty, got, sizeof(got)) == 4 && !memcmp(got, "last", 4));
	CHECK(console_lingering(quiet, now) && !console_lingering(quiet, now + 1000));
	console_free(loud);
	console_free(quiet);
	CHECK(console_queue_ms(now) == -1);
	close(tty);
	/* Their numbers are free again. */
	fake_destroy(1);
	fake_destroy(2);
}
