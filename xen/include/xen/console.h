/* SPDX-License-Identifier: GPL-2.0-only */
/* The hypervisor's console: serial and VGA out, a ring that XEN_SYSCTL_readconsole reads, serial input to dom0 or the debug keys. */
#ifndef XEN_CONSOLE_H
#define XEN_CONSOLE_H

#include <xen/percpu.h>

struct xen_sysctl_readconsole;

u16 serial_port(void);			/* first of its eight I/O ports, 0: none; dom0 may not touch them */
void console_init_early(void);		/* after the command line: serial works by polling */
void console_init_ring(void);		/* after the heap: conring_size= */
void console_init_irq(void);		/* after IRQs: serial input by interrupt */
void console_endboot(void);		/* dom0 starts: give it the input */
DECLARE_PER_CPU(bool, console_in_nmi);	/* set by the NMI handler around its messages: some may be lost */
void console_start_sync(void);		/* panic: break locks, poll */
void console_puts(const char *s, size_t n);	/* to the devices and the ring, as is */
void console_tell_dom0(void);		/* after those: there is something new in the ring; no lock held */
/* CONSOLEIO_read's source: bytes typed on the serial line while dom0 has the input. Returns the count. */
size_t console_input(char *buf, size_t n);
/* Copy ring bytes from *index (absolute position) into buf; *index moves. Returns bytes copied. clear: forget what was read. */
size_t console_ring_read(u32 *index, bool incremental, bool clear, char *buf, size_t n);

typedef void (*keyhandler_fn)(unsigned char key);
/* Debug keys; see docs/debug-keys.md. Handlers run in softirq context with interrupts on. */
void register_keyhandler(unsigned char key, keyhandler_fn fn, const char *desc);
void handle_keypress(unsigned char key);
void keyhandlers_init(void);		/* boot, once printk works */
void keyhandlers_register_dumps(void);	/* those of common/debug/dump.c */

#endif
