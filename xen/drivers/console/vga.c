/* SPDX-License-Identifier: GPL-2.0-only */
/* VGA text screen of 80 x 25: until dom0 takes it. */
#include <xen/boot_info.h>
#include <xen/lib.h>
#include <asm/page.h>
#include "console_internal.h"

#define COLUMNS	80
#define LINES	25

static u16 *screen;
static unsigned int column, line;

void __init vga_init(void)
{
	if (!boot_info.vga_text)
		return;
	screen = maddr_to_virt(_maddr(0xb8000));
	for (unsigned int i = 0; i < COLUMNS * LINES; i++)
		screen[i] = 0x0720;
}

static void newline(void)
{
	column = 0;
	if (++line < LINES)
		return;
	line = LINES - 1;
	memmove(screen, screen + COLUMNS, COLUMNS * (LINES - 1) * 2);
	for (unsigned int i = 0; i < COLUMNS; i++)
		screen[line * COLUMNS + i] = 0x0720;
}

void vga_putc(char c)
{
	if (!screen)
		return;
	if (c == '\n') {
		newline();
		return;
	}
	if (c < ' ')
		return;
	if (column == COLUMNS)
		newline();
	screen[line * COLUMNS + column++] = 0x0700 | (u8)c;
}
