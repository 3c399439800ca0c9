/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine's console by hypercall: lengths, addresses, strange characters, reading what was not typed. */
#include "guest.h"

const char test_title[] = "console_io";

static long console(u64 cmd, u64 count, const void *buf)
{
	return hypercall(__HYPERVISOR_console_io, cmd, count, P(buf), 0);
}

void test_main(void)
{
	char buf[64] = "text";
	char *page;

	if (!is_dom0()) {
		EXPECT(console(CONSOLEIO_read, 4, buf), -XEN_EPERM);
		EXPECT(console(99, 4, buf), -XEN_EPERM);
		return;
	}
	EXPECT(console(CONSOLEIO_write, 0, buf), 0);
	EXPECT(console(CONSOLEIO_write, 0, (void *)8), 0);
	EXPECT(console(CONSOLEIO_write, 4, (void *)8), -XEN_EFAULT);
	EXPECT(console(CONSOLEIO_write, 4, (void *)0xffff82d040200000UL), -XEN_EFAULT);
	EXPECT(console(CONSOLEIO_write, 0xffffffff, (void *)~7UL) < 0, 1);
	EXPECT(console(CONSOLEIO_write, 23, "no end of line, a\0zero\n"), 0);
	EXPECT(console(CONSOLEIO_write, 14, "\x1b[1mbold\x1b[0m\n"), 0);
	page = alloc_page();
	alloc_page();
	memset(page, '.', 2 * PAGE_SIZE);
	for (unsigned i = 99; i < 2 * PAGE_SIZE; i += 100)
		page[i] = '\n';
	EXPECT(console(CONSOLEIO_write, 2 * PAGE_SIZE, page), 0);
	printf("\n");
	EXPECT(console(CONSOLEIO_read, sizeof(buf), buf), 0);		/* nobody typed */
	EXPECT(console(CONSOLEIO_read, 0, buf), 0);
	EXPECT(console(CONSOLEIO_read, 0xffffffff, buf) <= 0, 1);
	EXPECT(console(99, 0, buf), -XEN_ENOSYS);
	EXPECT(console(0xffffffff, 1, buf), -XEN_ENOSYS);
}
