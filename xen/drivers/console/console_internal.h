/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the console and its devices. */
#ifndef CONSOLE_INTERNAL_H
#define CONSOLE_INTERNAL_H

#include <xen/types.h>

bool serial_init(void);		/* false: no such port */
void serial_init_irq(void);
void serial_putc(char c);
void vga_init(void);
void vga_putc(char c);
void console_rx(char c);	/* from the serial interrupt, interrupts off */

#endif
