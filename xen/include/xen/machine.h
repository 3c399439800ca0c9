/* SPDX-License-Identifier: GPL-2.0-only */
/* Ends of the machine's day. */
#ifndef XEN_MACHINE_H
#define XEN_MACHINE_H

#include <xen/types.h>

/* Restart at once, as somebody asked for. Any context. */
void machine_restart(void) __noreturn;
void machine_halt(void) __noreturn;
/* After a panic, or when dom0 died: restart after a while in which the last messages can be read, or halt with noreboot. */
void machine_restart_or_halt(void) __noreturn;
/* Write the two sleep values and wait for the power to go. Returns if it does not. */
void machine_acpi_sleep(u16 pm1a, u16 pm1b);
void machine_acpi_sleep_extended(u8 type);	/* the same on hardware-reduced machines */

#endif
